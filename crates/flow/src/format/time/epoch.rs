//! Numbers since 1970, and spreadsheet days.

use super::TimeUnit;

/// The years 0 to 9999, which dates can represent (µs).
const YEARS: std::ops::RangeInclusive<i128> = -62_167_219_200_000_000..=253_402_300_799_999_999;

/// Seconds since 1970 that are unambiguous: from 2001-09-09, when they have ten digits, to 2100.
const PLAIN: std::ops::Range<f64> = 1e9..4_102_444_800.0;

/// The year 10000 in ns, the limit of any unit.
const BEYOND: f64 = 253_402_300_800e9;
const BEYOND_YEARS: Not = Not::Time("it is beyond the years 0 to 9999");

/// µs from day 0 of spreadsheets (1899-12-30) to 1970.
const SPREADSHEET: i128 = 25_569 * 86_400_000_000;

/// The condition for `auto`, and the settings for other numbers.
const UNDECIDED: &str = "a number without a unit is a time since 1970 only from 2001 to 2100, and only where its digits \
     cannot be a date; set time_unit (s, ms, us, ns, or excel for the days of a spreadsheet), or time_format for digits \
     of a date, such as %Y%m%d%H%M";

/// Why a number is not a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Not {
    /// It is not a number, or out of range.
    Time(&'static str),
    /// It is ambiguous: a setting is needed.
    Decided(&'static str),
}

/// Parses a number to µs since 1970, or to local time if it counts spreadsheet days. Finer digits are truncated towards
/// the past.
///
/// With `auto`, it is a time since 1970 if it is unambiguous: 10 digits before the point are seconds, 13 ms, 16 µs and
/// 19 ns, from 2001-09-09 to 2100, unless the digits are a date (`2026030112`).
pub fn read(text: &str, unit: TimeUnit) -> Result<i64, Not> {
    let neither = Not::Time("it is neither");
    let (digits, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], text[at + 1..].parse::<i32>().map_err(|_| neither)?),
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
            return Err(neither);
        }
        number = number
            .checked_mul(10)
            .and_then(|n| n.checked_add(i128::from(byte - b'0')))
            .ok_or(Not::Time("it is too long"))?;
    }
    if whole.is_empty() {
        return Err(neither);
    }
    if negative {
        number = -number;
    }
    let decades = match unit {
        TimeUnit::Seconds => 6,
        TimeUnit::Milliseconds => 3,
        TimeUnit::Microseconds | TimeUnit::Excel => 0,
        TimeUnit::Nanoseconds => -3,
        TimeUnit::Auto => {
            let size = number as f64 * 10f64.powi(exponent.saturating_sub(fraction.len() as i32));
            if size.abs() >= BEYOND {
                return Err(BEYOND_YEARS);
            }
            auto(size).filter(|_| !is_date(size)).ok_or(Not::Decided(UNDECIDED))?
        }
    };
    let mut shift = exponent.saturating_sub(fraction.len() as i32).saturating_add(decades);
    if unit == TimeUnit::Excel {
        // days, with as many digits of the fraction as a double has; clocks of spreadsheets have ms
        number = number.checked_mul(86_400_000).ok_or(Not::Time("it is too long"))?;
        shift = shift.saturating_add(3);
    }
    let micros = match number {
        0 => Some(0),
        _ if shift >= 0 => 10i128.checked_pow(shift as u32).and_then(|tens| number.checked_mul(tens)),
        _ => Some(
            10i128.checked_pow(shift.unsigned_abs()).map_or(number >> 127, |tens| number.div_euclid(tens)),
        ),
    };
    let micros = match unit {
        TimeUnit::Excel => micros.map(|micros| (micros + 500).div_euclid(1000) * 1000 - SPREADSHEET),
        _ => micros,
    };
    let within = micros.filter(|micros| YEARS.contains(micros)).ok_or(BEYOND_YEARS)?;
    Ok(within as i64)
}

/// Parses a whole number of up to 19 digits; `None` for any other, and if it is not a time.
#[inline]
pub fn whole(text: &[u8], unit: TimeUnit) -> Option<i64> {
    if text.is_empty() || text.len() > 19 || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = text.iter().fold(0, |all, digit| all * 10 + u64::from(digit - b'0'));
    let decades = match unit {
        TimeUnit::Seconds => 6,
        TimeUnit::Milliseconds => 3,
        TimeUnit::Microseconds => 0,
        TimeUnit::Nanoseconds => -3,
        TimeUnit::Auto => auto(number as f64).filter(|_| !is_date(number as f64))?,
        TimeUnit::Excel => return None,
    };
    let micros = match decades {
        6 => number.checked_mul(1_000_000)?,
        3 => number.checked_mul(1000)?,
        0 => number,
        _ => number / 1000,
    };
    i64::try_from(micros).ok().filter(|micros| YEARS.contains(&i128::from(*micros)))
}

/// The power of ten that converts a number without a unit to µs, if its magnitude is unambiguous.
fn auto(size: f64) -> Option<i32> {
    [(1.0, 6), (1e3, 3), (1e6, 0), (1e9, -3)]
        .iter()
        .find(|(of_second, _)| PLAIN.contains(&(size / of_second)))
        .map(|(_, decades)| *decades)
}

/// Whether the digits are a date and an hour (`2026030112`), or a date and a time to 0.01 s, from 1900 to 2099.
fn is_date(size: f64) -> bool {
    let digits = size as u64;
    let hours = match size {
        _ if size < 1e10 => digits,
        _ if (1e15..1e16).contains(&size) && digits / 10_000 % 100 < 60 && digits / 100 % 100 <= 60 => {
            digits / 1_000_000
        }
        _ => return false,
    };
    let (year, month, day, hour) = (hours / 1_000_000, hours / 10_000 % 100, hours / 100 % 100, hours % 100);
    (1900..2100).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day) && hour <= 24
}
