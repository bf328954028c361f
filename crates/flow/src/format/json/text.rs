//! JSON texts with escapes.

use super::scan::plain;

/// Appends the unescaped content of a text whose escapes the scanner has validated.
///
/// # Errors   an unpaired surrogate
pub fn unescape(raw: &str, out: &mut String) -> Result<(), &'static str> {
    out.clear();
    let mut rest = raw;
    loop {
        let (before, after) = rest.split_at(plain(rest.as_bytes()));
        out.push_str(before);
        let Some(escape) = after.as_bytes().get(1) else { return Ok(()) };
        rest = &after[2..];
        out.push(match escape {
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let (letter, left) = letter(rest).ok_or("a string has an unpaired surrogate")?;
                rest = left;
                letter
            }
            same => char::from(*same),
        });
    }
}

/// The character of an escape `\u`, which may take two escapes; and the rest.
fn letter(text: &str) -> Option<(char, &str)> {
    let unit = |text: &str| u16::from_str_radix(text.get(..4)?, 16).ok();
    let (first, rest) = (unit(text)?, &text[4..]);
    if let Some(letter) = char::from_u32(first.into()) {
        return Some((letter, rest));
    }
    let second = unit(rest.strip_prefix("\\u")?)?;
    let letter = char::decode_utf16([first, second]).next()?.ok()?;
    Some((letter, &rest[6..]))
}

/// The text of a message, without a byte order mark.
pub fn utf8(bytes: &[u8]) -> Result<&str, String> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| or_utf16(bytes, format!("it is not UTF-8: byte {}", error.valid_up_to())))?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// Why a message cannot be decoded: the given reason, or UTF-16, in which one of the first two bytes of JSON is zero.
pub fn or_utf16(bytes: &[u8], why: String) -> String {
    let utf16 = match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => true,
        [one, other, ..] => (*one == 0) != (*other == 0),
        _ => false,
    };
    if utf16 { "it is UTF-16, and should be UTF-8".into() } else { why }
}
