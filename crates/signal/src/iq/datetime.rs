//! Parses the dates and times that recorders write.

/// A date and a time of day, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Year, month, day.
    pub date: [i64; 3],
    /// Hour, minute, second; the second is 60 in a leap second.
    pub clock: [i64; 3],
    /// Microseconds in the second.
    pub micros: i64,
}

impl Moment {
    /// Creates a valid date and time.
    pub fn new(date: [i64; 3], clock: [i64; 3], micros: i64) -> Option<Self> {
        let ([year, month, day], [hour, minute, second]) = (date, clock);
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let days = match month {
            2 => 28 + i64::from(leap),
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        let right = (1..=9999).contains(&year)
            && (1..=12).contains(&month)
            && (1..=days).contains(&day)
            && (0..24).contains(&hour)
            && (0..60).contains(&minute)
            && (0..=60).contains(&second)
            && (0..1_000_000).contains(&micros);
        right.then_some(Self { date, clock, micros })
    }

    /// Microseconds since 1970-01-01 UTC; a leap second is the first of the next minute.
    pub fn since_1970(self) -> i64 {
        let ([year, month, day], [hour, minute, second]) = (self.date, self.clock);
        // days of the Gregorian calendar, with years that begin in March
        let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
        let days =
            y * 365 + y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400) + (m * 153 + 2) / 5 + day - 1;
        let seconds = (days - 719_468) * 86_400 + hour * 3600 + minute * 60 + second;
        seconds * 1_000_000 + self.micros
    }

    /// Its digits, to the second, as one sortable number: 20260301120000.
    pub fn stamp(self) -> i64 {
        self.date.into_iter().chain(self.clock).fold(0, |sum, part| sum * 100 + part)
    }
}

/// Parses a date and time after RFC 3339 or ISO 8601 to µs since 1970: `2021-06-18T23:17:51.163959Z`, with any number
/// of decimals after a point or a comma, a space instead of the T, and `+02:00`, `+0200`, `+02` or nothing instead of
/// the Z. Without an offset it is UTC, as SigMF requires.
///
/// ```
/// use passband_signal::iq::datetime;
/// assert_eq!(datetime("1970-01-01T01:00:00,5+01:00"), Some(500_000));
/// assert_eq!(datetime("yesterday"), None);
/// ```
pub fn datetime(text: &str) -> Option<i64> {
    let (date, time) = text.trim().split_once(['T', 't', ' '])?;
    let (time, ahead) = zone(time.trim())?;
    let (clock, fraction) = time.split_once(['.', ',']).unwrap_or((time, ""));
    let date = digits(date, '-', [4, 2, 2])?;
    let clock = match clock.len() {
        5 => digits(clock, ':', [2, 2]).map(|[hour, minute]| [hour, minute, 0])?,
        _ => digits(clock, ':', [2, 2, 2])?,
    };
    if !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let micros = fraction.bytes().chain(std::iter::repeat(b'0')).take(6);
    let micros = micros.fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
    Some(Moment::new(date, clock, micros)?.since_1970() - ahead * 60_000_000)
}

/// A time of day without its zone, and the zone's offset from UTC in minutes.
fn zone(time: &str) -> Option<(&str, i64)> {
    if let Some(time) = time.strip_suffix(['Z', 'z']) {
        return Some((time.trim_end(), 0));
    }
    // also U+2212, which some programs write
    let Some(at) = time.rfind(['+', '-', '\u{2212}']) else { return Some((time, 0)) };
    let (time, zone) = time.split_at(at);
    let sign = if zone.starts_with('+') { 1 } else { -1 };
    let zone: String = zone.chars().skip(1).filter(|c| *c != ':').collect();
    let [hours, minutes] = match zone.len() {
        2 => digits(&zone, ':', [2]).map(|[hours]| [hours, 0])?,
        4 => [digits(zone.get(..2)?, ':', [2])?[0], digits(zone.get(2..)?, ':', [2])?[0]],
        _ => return None,
    };
    (hours < 24 && minutes < 60).then_some((time.trim_end(), sign * (hours * 60 + minutes)))
}

/// Numbers with the given numbers of digits.
pub(super) fn digits<const N: usize>(text: &str, by: char, lengths: [usize; N]) -> Option<[i64; N]> {
    let mut parts = text.split(by);
    let mut numbers = [0; N];
    for (number, length) in numbers.iter_mut().zip(lengths) {
        let part = parts.next()?;
        if part.len() != length || !part.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_the_calendar() {
        for (text, micros) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T12:00:00.5Z", 951_825_600_500_000),
            ("2021-06-18T23:17:51.163959Z", 1_624_058_271_163_959),
            ("2021-06-18T23:17:51.1639591234Z", 1_624_058_271_163_959),
            ("2021-06-18t23:17:51,163959z", 1_624_058_271_163_959),
            ("2021-06-18 23:17:51.163959", 1_624_058_271_163_959),
            ("2021-06-19T01:17:51.163959+02:00", 1_624_058_271_163_959),
            ("2021-06-18T17:47:51.163959-0530", 1_624_058_271_163_959),
            ("2021-06-19T00:17:51.163959 +01", 1_624_058_271_163_959),
            ("1970-01-01T00:01Z", 60_000_000),
            // the leap second before 2017
            ("2016-12-31T23:59:60Z", 1_483_228_800_000_000),
            ("1969-12-31T23:59:59Z", -1_000_000),
        ] {
            assert_eq!(datetime(text), Some(micros), "{text}");
        }
        for bad in [
            "",
            "2021-06-18",
            "2021-13-18T23:17:51Z",
            "2021-02-29T00:00:00Z",
            "2021-06-18T-1:17:51Z",
            "2021-06-18T24:17:51Z",
            "2021-06-18T23:17:51+2",
            "2021-06-18T23:17:51+99:00",
            "2021-06-18T23:17:51.1é",
            "0000-06-18T23:17:51Z",
            "18.06.2021 23:17:51",
            "99999999999999999999-06-18T23:17:51Z",
        ] {
            assert_eq!(datetime(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_stamp_rises_with_time() {
        let moment = Moment::new([2026, 3, 1], [12, 0, 0], 0).unwrap();
        assert_eq!(moment.stamp(), 20_260_301_120_000);
    }
}
