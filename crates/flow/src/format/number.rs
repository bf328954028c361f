//! Decimal numbers as text.

/// All whole numbers up to this one are exact doubles (2⁵³).
const EXACT: u64 = 1 << 53;

/// The powers of ten that are exact doubles.
const TENS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
];

/// The double nearest to a decimal number; `None` if the text is not a number or is out of range.
pub fn number(text: &str) -> Option<f64> {
    short(text.as_bytes()).or_else(|| text.parse().ok().filter(|value: &f64| value.is_finite()))
}

/// The number at the start of a text, and its length: a JSON number with few digits and without an exponent.
#[inline]
pub fn decimal(text: &[u8]) -> Option<(usize, f64)> {
    let negative = text.first() == Some(&b'-');
    let from = usize::from(negative);
    let (mut at, mut whole) = (from, 0u64);
    let digit = |at: usize| Some(text.get(at)?.wrapping_sub(b'0')).filter(|digit| *digit <= 9);
    while let Some(digit) = digit(at) {
        whole = whole.wrapping_mul(10).wrapping_add(u64::from(digit));
        at += 1;
    }
    let (digits, mut places) = (at - from, 0);
    if digits == 0 || digits > 1 && text[from] == b'0' {
        return None;
    }
    if text.get(at) == Some(&b'.') {
        let point = at + 1;
        at = point;
        while let Some(digit) = digit(at) {
            whole = whole.wrapping_mul(10).wrapping_add(u64::from(digit));
            at += 1;
        }
        places = at - point;
        if places == 0 {
            return None;
        }
    }
    // both operands of the division are exact doubles, as below
    if digits + places > 18 || whole > EXACT {
        return None;
    }
    let value = if places == 0 { whole as f64 } else { whole as f64 / TENS[places] };
    Some((at, if negative { -value } else { value }))
}

/// The length of the JSON number at the start of a text.
pub fn length(text: &[u8]) -> Option<usize> {
    let digits = |from: usize| text[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let from = usize::from(text.first() == Some(&b'-'));
    let mut at = match text.get(from)? {
        b'0' => from + 1,
        _ => from + Some(digits(from)).filter(|count| *count > 0)?,
    };
    if text.get(at) == Some(&b'.') {
        at += 1 + Some(digits(at + 1)).filter(|count| *count > 0)?;
    }
    if let Some(b'e' | b'E') = text.get(at) {
        at += 1 + usize::from(matches!(text.get(at + 1), Some(b'+' | b'-')));
        at += Some(digits(at)).filter(|count| *count > 0)?;
    }
    Some(at)
}

/// Parses a number with few digits and without an exponent. Numerator and denominator are exact doubles, so that one
/// division rounds once (Clinger, "How to read floating point numbers accurately", 1990).
fn short(text: &[u8]) -> Option<f64> {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if digits.is_empty() || digits.len() > 18 {
        return None;
    }
    let (mut whole, mut point) = (0u64, None);
    for (at, byte) in digits.iter().enumerate() {
        match byte {
            b'0'..=b'9' => whole = whole * 10 + u64::from(byte - b'0'),
            b'.' if point.is_none() && at > 0 && at + 1 < digits.len() => point = Some(at + 1),
            _ => return None,
        }
    }
    let value = match point {
        _ if whole > EXACT => return None,
        None => whole as f64,
        Some(point) => whole as f64 / TENS[digits.len() - point],
    };
    Some(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_the_nearest_doubles() {
        let known = [
            "0",
            "-0",
            "42",
            "21.5",
            "-0.1",
            "0.0259833",
            "9007199254740993",
            "123456789012345678",
            "1e3",
            "1E-7",
            "0.30000000000000004",
            "179769313486231570000000000000000000000",
            "2.2250738585072014e-308",
            "100.0",
        ];
        for text in known {
            let value: f64 = text.parse().unwrap();
            assert_eq!(number(text).map(f64::to_bits), Some(value.to_bits()), "{text}");
        }
        let mut seed = 7u64;
        for _ in 0..100_000 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let text = format!(
                "{}.{:0width$}",
                (seed >> 40) % 100_000,
                (seed >> 20) % 1000,
                width = 3 + (seed >> 61) as usize
            );
            assert_eq!(number(&text), text.parse().ok(), "{text}");
            let short = decimal(text.as_bytes()).map(|(length, value)| (length, Some(value)));
            assert!(short.is_none_or(|short| short == (text.len(), text.parse().ok())), "{text}");
        }
        for bad in ["", "-", ".", "1.", ".5", "1..2", "NaN", "inf", "1e999", "0x10", "1 2", "--1", "1,5"] {
            let std = bad.parse().ok().filter(|value: &f64| value.is_finite());
            assert_eq!(number(bad), std, "{bad}");
        }
        let begins = |text: &str| decimal(text.as_bytes());
        for (text, length) in [("0,", 1), ("-0.5}", 4), ("21.530 ", 6), ("9007199254740992", 16), ("0.0}", 3)]
        {
            let value: f64 = text[..length].parse().unwrap();
            assert_eq!(
                begins(text).map(|(at, v)| (at, v.to_bits())),
                Some((length, value.to_bits())),
                "{text}"
            );
        }
        for other in
            ["", "-", "x", ".5", "1.", "01", "-01.5", "1.x", "9007199254740993", "1234567890123456789", "+1"]
        {
            assert_eq!(begins(other), None, "{other}");
        }
        let all = ["0", "-0.5", "1e3", "1.5E-07", "9007199254740993.25", "10", "0.30000000000000004"];
        for text in all {
            assert_eq!(length(format!("{text},").as_bytes()), Some(text.len()), "{text}");
            assert_eq!(length(text.as_bytes()), Some(text.len()), "{text}");
        }
        for (text, told) in [
            ("01", Some(1)),
            ("-", None),
            ("1.", None),
            ("1e", None),
            ("1e+", None),
            ("", None),
            (".5", None),
            ("+1", None),
        ] {
            assert_eq!(length(text.as_bytes()), told, "{text}");
        }
        assert_eq!((number("NaN"), number("inf"), number("1e999"), number("1,5")), (None, None, None, None));
    }
}
