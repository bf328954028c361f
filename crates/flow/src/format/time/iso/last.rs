//! A cache of the previous time: consecutive times usually share the date, and in a time zone the minute.

use super::{DAY, SECOND, read};
use jiff::tz::TimeZone;

const MINUTE: i64 = 60 * SECOND;

/// The cached parts of a time.
#[derive(Default)]
pub struct Last {
    /// `2024-03-01T`, and the first moment of that day in UTC.
    date: [u8; 11],
    midnight: i64,
    /// A minute of local time, and its offset to UTC.
    minute: Option<(i64, i64)>,
}

impl Last {
    /// Caches the parts of a time that was parsed.
    #[cold]
    pub fn keep(&mut self, text: &[u8], zone: Option<&TimeZone>) {
        let (Some(date), Some(minute)) = (text.first_chunk(), text.get(..16)) else { return };
        let Ok(local) = read(minute, None) else { return };
        (self.date, self.midnight) = (*date, local.div_euclid(DAY * SECOND) * DAY * SECOND);
        self.minute = zone.and_then(|zone| Some((local, read(minute, Some(zone)).ok()? - local)));
    }

    /// Parses `…T12:00:03`, `…T12:00:03.12` and the like, with or without `Z`, if the date is cached; without `Z` in a time
    /// zone (`zoned`), also the minute. `None` for any other.
    #[inline]
    pub fn read(&self, text: &[u8], zoned: bool) -> Option<i64> {
        let (date, rest) = text.split_first_chunk::<11>()?;
        let (clock, rest) = rest.split_first_chunk::<8>()?;
        if *date != self.date {
            return None;
        }
        let pairs = pairs(u64::from_le_bytes(*clock), *b"00:00:00")?;
        let [hour, _, _, minute, _, _, second, _] = pairs.to_le_bytes().map(i64::from);
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let (micros, rest) = match rest {
            [b'.', rest @ ..] => fraction(rest)?,
            rest => (0, rest),
        };
        let minute = self.midnight + (hour * 60 + minute) * MINUTE;
        let shift = match rest {
            [b'Z'] => 0,
            [] if !zoned => 0,
            [] => self.minute.filter(|(known, _)| *known == minute)?.1,
            _ => return None,
        };
        Some(minute + second * SECOND + micros + shift)
    }
}

/// Up to six digits of a fraction as microseconds, and the rest.
#[inline]
fn fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    if let Some((digits, rest)) = text.split_first_chunk::<6>() {
        let [a, b, c, d, e, f] = *digits;
        let word = u64::from_le_bytes([a, b, c, d, e, f, b'0', b'0']);
        if let Some(pairs) = pairs(word, *b"00000000") {
            let [tens, _, hundreds, _, ones, ..] = pairs.to_le_bytes().map(i64::from);
            // more digits are truncated by the full parser
            let over = rest.first().is_some_and(u8::is_ascii_digit);
            return (!over).then_some((tens * 10_000 + hundreds * 100 + ones, rest));
        }
    }
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 || digits > 6 {
        return None;
    }
    let micros = text[..digits].iter().fold(0, |all, digit| all * 10 + i64::from(digit - b'0'));
    Some((micros * 10i64.pow(6 - digits as u32), &text[digits..]))
}

/// In each byte, ten times its digit plus the next one, where `like` has a zero; other bytes must equal `like`.
#[inline]
fn pairs(word: u64, like: [u8; 8]) -> Option<u64> {
    let digits = word ^ u64::from_le_bytes(like);
    // the addition carries a digit's byte over 127 from 10 on, another byte from 1 on
    let limits = like.map(|byte| if byte == b'0' { 0x76 } else { 0x7f });
    let over = (digits | digits.wrapping_add(u64::from_le_bytes(limits))) & 0x8080_8080_8080_8080;
    (over == 0).then(|| digits * 10 + (digits >> 8))
}
