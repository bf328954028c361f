//! Numbers since 1970.

use super::TimeUnit;

/// The years 0 to 9999, as dates can say them (µs).
const YEARS: std::ops::RangeInclusive<i128> = -62_167_219_200_000_000..=253_402_300_799_999_999;

/// Reads a number, whole or not, to µs since 1970; what is finer is cut off towards the past.
pub fn read(text: &str, unit: TimeUnit) -> Result<i64, &'static str> {
    let (digits, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], text[at + 1..].parse::<i32>().map_err(|_| "it is neither")?),
        None => (text, 0),
    };
    let (negative, digits) = match digits.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, digits),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let mut number = 0i128;
    for byte in whole.bytes().chain(fraction.bytes()) {
        if !byte.is_ascii_digit() {
            return Err("it is neither");
        }
        number = number
            .checked_mul(10)
            .and_then(|n| n.checked_add(i128::from(byte - b'0')))
            .ok_or("it is too long")?;
    }
    if whole.is_empty() {
        return Err("it is neither");
    }
    if negative {
        number = -number;
    }
    // number · 10^shift are µs
    let shift = exponent.saturating_sub(fraction.len() as i32).saturating_add(decades(
        number,
        exponent,
        fraction.len(),
        unit,
    ));
    let micros = match number {
        0 => Some(0),
        _ if shift >= 0 => 10i128.checked_pow(shift as u32).and_then(|tens| number.checked_mul(tens)),
        _ => Some(
            10i128.checked_pow(shift.unsigned_abs()).map_or(number >> 127, |tens| number.div_euclid(tens)),
        ),
    };
    let within = micros.filter(|micros| YEARS.contains(micros)).ok_or("it is beyond the years 0 to 9999")?;
    Ok(within as i64)
}

/// The same of a whole number of up to 19 digits; of any other, and of one that is beyond the years, nothing.
#[inline]
pub fn whole(text: &[u8], unit: TimeUnit) -> Option<i64> {
    if text.is_empty() || text.len() > 19 || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = text.iter().fold(0, |all, digit| all * 10 + u64::from(digit - b'0'));
    let micros = match unit {
        TimeUnit::Seconds => number.checked_mul(1_000_000)?,
        TimeUnit::Milliseconds => number.checked_mul(1000)?,
        TimeUnit::Microseconds => number,
        TimeUnit::Nanoseconds => number / 1000,
        TimeUnit::Auto if number < 100_000_000_000 => number * 1_000_000,
        TimeUnit::Auto if number < 100_000_000_000_000 => number * 1000,
        // as a double, as it is read above
        TimeUnit::Auto if (number as f64) < 1e17 => number,
        TimeUnit::Auto => number / 1000,
    };
    i64::try_from(micros).ok().filter(|micros| YEARS.contains(&i128::from(*micros)))
}

/// The power of ten that makes µs of the unit.
fn decades(number: i128, exponent: i32, fraction: usize, unit: TimeUnit) -> i32 {
    match unit {
        TimeUnit::Seconds => 6,
        TimeUnit::Milliseconds => 3,
        TimeUnit::Microseconds => 0,
        TimeUnit::Nanoseconds => -3,
        TimeUnit::Auto => {
            let size = number.unsigned_abs() as f64 * 10f64.powi(exponent.saturating_sub(fraction as i32));
            [(1e11, 6), (1e14, 3), (1e17, 0)]
                .iter()
                .find(|(below, _)| size < *below)
                .map_or(-3, |(_, decades)| *decades)
        }
    }
}
