//! Times soon after one another: the date, and where a zone has it the minute, are those of an earlier one.

use super::{DAY, SECOND, read};
use jiff::tz::TimeZone;

const MINUTE: i64 = 60 * SECOND;

/// What is known of an earlier time.
#[derive(Default)]
pub struct Last {
    /// `2024-03-01T`, and the first moment of that day in UTC.
    date: [u8; 11],
    midnight: i64,
    /// A minute on the clock of the zone, and what is added to have that of UTC.
    minute: Option<(i64, i64)>,
}

impl Last {
    /// Keeps what is known after a time that could be read.
    #[cold]
    pub fn keep(&mut self, text: &[u8], zone: Option<&TimeZone>) {
        let (Some(date), Some(minute)) = (text.first_chunk(), text.get(..16)) else { return };
        let Ok(local) = read(minute, None) else { return };
        (self.date, self.midnight) = (*date, local.div_euclid(DAY * SECOND) * DAY * SECOND);
        self.minute = zone.and_then(|zone| Some((local, read(minute, Some(zone)).ok()? - local)));
    }

    /// Reads `…T12:00:03`, `…T12:00:03.12` and the like, with `Z` or without, of the date that is known; where there is
    /// no `Z` and a time is at home in a zone (`zoned`), also of the minute that is known. Of any other, nothing.
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

/// Up to six digits of a fraction as microseconds, and what follows.
#[inline]
fn fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    if let Some((digits, rest)) = text.split_first_chunk::<6>() {
        let [a, b, c, d, e, f] = *digits;
        let word = u64::from_le_bytes([a, b, c, d, e, f, b'0', b'0']);
        if let Some(pairs) = pairs(word, *b"00000000") {
            let [tens, _, hundreds, _, ones, ..] = pairs.to_le_bytes().map(i64::from);
            // more digits are cut off by whoever reads them all
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

/// In each byte ten times its digit and that of the next, where `like` has a zero; elsewhere `word` must be like it.
#[inline]
fn pairs(word: u64, like: [u8; 8]) -> Option<u64> {
    let digits = word ^ u64::from_le_bytes(like);
    // what is added carries a digit's byte over 127 from 10 on, another's from 1 on
    let limits = like.map(|byte| if byte == b'0' { 0x76 } else { 0x7f });
    let over = (digits | digits.wrapping_add(u64::from_le_bytes(limits))) & 0x8080_8080_8080_8080;
    (over == 0).then(|| digits * 10 + (digits >> 8))
}
