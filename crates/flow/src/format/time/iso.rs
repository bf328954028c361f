//! ISO 8601: `2024-03-01T12:00:03.12+01:00`.

mod last;

use crate::data::days;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
pub use last::Last;

pub(super) const DAY: i64 = 86_400;
pub(super) const SECOND: i64 = 1_000_000;

/// Parses `YYYY-MM-DD[T ]hh:mm[:ss[.fraction]][Z|UTC|±hh[[:]mm]]` to µs since 1970.
///
/// The date may have slashes or dots, as in `2026/03/01`, and a space may precede the offset: both are unambiguous.
/// 24:00 is the end of its day. Digits beyond a microsecond are truncated. Second 60 is the first of the next minute,
/// as in POSIX. Without an offset, the time is in the given zone, or UTC. A time skipped by a clock change is moved
/// forward by the change, and an ambiguous time is the earlier one, as in RFC 5545.
///
/// # Errors   why it is not a time
pub fn read(text: &[u8], zone: Option<&TimeZone>) -> Result<i64, &'static str> {
    let Some((
        &[
            y,
            yy,
            yyy,
            yyyy,
            dash @ (b'-' | b'/' | b'.'),
            mo,
            mm,
            same,
            d,
            dd,
            b'T' | b't' | b' ',
            h,
            hh,
            b':',
            mi,
            mn,
        ],
        rest,
    )) = text.split_first_chunk()
    else {
        return Err("a date and a time of day are required");
    };
    if dash != same {
        return Err("a date and a time of day are required");
    }
    let year = pair(y, yy)? * 100 + pair(yyy, yyyy)?;
    let (month, day, hour, minute) = (pair(mo, mm)?, pair(d, dd)?, pair(h, hh)?, pair(mi, mn)?);
    let (second, rest) = match rest {
        [b':', s, ss, rest @ ..] => (pair(*s, *ss)?, rest),
        rest => (0, rest),
    };
    let (micros, rest) = match rest {
        [b'.' | b',', rest @ ..] => fraction(rest)?,
        rest => (0, rest),
    };
    if !(1..=12).contains(&month) || day < 1 || day > length(year, month) {
        return Err("there is no such day");
    }
    let over = hour == 24 && (minute, second, micros) == (0, 0, 0);
    if hour > 23 && !over || minute > 59 || second > 60 {
        return Err("there is no such time of day");
    }
    let clock = hour * 3600 + minute * 60 + second;
    let local = (days(year, month, day) * DAY + clock) * SECOND + micros;
    let rest = match rest {
        [b' ', rest @ ..] if !rest.is_empty() => rest,
        rest => rest,
    };
    match (rest, zone) {
        ([], None) | ([b'Z' | b'z'] | b"UTC" | b"GMT", _) => Ok(local),
        ([], Some(zone)) => {
            let small = [month, day, hour % 24, minute].map(|number| number as i8);
            let time = DateTime::new(year as i16, small[0], small[1], small[2], small[3], 0, 0)
                .and_then(
                    |time| if over { time.date().tomorrow().map(|day| day.at(0, 0, 0, 0)) } else { Ok(time) },
                )
                .and_then(|time| zone.to_ambiguous_timestamp(time).compatible())
                .map_err(|_| "it is out of range")?;
            Ok(time.as_microsecond() + second * SECOND + micros)
        }
        (offset, _) => Ok(local - east(offset)? * 60 * SECOND),
    }
}

/// Two digits.
fn pair(tens: u8, ones: u8) -> Result<i64, &'static str> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    if tens > 9 || ones > 9 {
        return Err("a digit is missing");
    }
    Ok(i64::from(tens * 10 + ones))
}

/// A fraction of a second in microseconds, and the rest.
fn fraction(text: &[u8]) -> Result<(i64, &[u8]), &'static str> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 {
        return Err("the fraction has no digits");
    }
    let micros = (0..6).fold(0, |micros, at| {
        let digit = if at < digits { text[at] - b'0' } else { 0 };
        micros * 10 + i64::from(digit)
    });
    Ok((micros, &text[digits..]))
}

/// An offset in minutes, east of Greenwich.
fn east(text: &[u8]) -> Result<i64, &'static str> {
    let (sign, hours, minutes) = match text {
        [sign @ (b'+' | b'-'), h, hh] => (sign, pair(*h, *hh)?, 0),
        [sign @ (b'+' | b'-'), h, hh, b':', m, mm] | [sign @ (b'+' | b'-'), h, hh, m, mm] => {
            (sign, pair(*h, *hh)?, pair(*m, *mm)?)
        }
        _ => return Err("the time of day is followed by neither Z nor an offset like +01:00"),
    };
    if hours > 23 || minutes > 59 {
        return Err("there is no such offset");
    }
    Ok(if *sign == b'-' { -(hours * 60 + minutes) } else { hours * 60 + minutes })
}

fn length(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
