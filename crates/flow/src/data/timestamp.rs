//! Points in time as text: RFC 3339, "2026-11-21T09:30:00Z".

use std::fmt;
use std::str::FromStr;
use toml::value::{Datetime, Offset};

/// A point in time, in µs since 1970-01-01 UTC.
///
/// ```
/// use passband_flow::data::Timestamp;
/// let at: Timestamp = "2026-11-21T02:00:00.5+02:00".parse().unwrap();
/// assert_eq!(at, Timestamp(1_795_219_200_500_000));
/// assert_eq!(at.to_string(), "2026-11-21T00:00:00.500000Z");
/// assert!("2026-11-21T00:00:00".parse::<Timestamp>().unwrap_err().contains("time zone"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(pub i64);

const DAY: i64 = 86_400;

impl FromStr for Timestamp {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let unlike = |why: &str| format!("'{text}' is not a time like \"2026-11-21T00:00:00Z\": {why}");
        let read: Datetime =
            text.trim().parse().map_err(|_| unlike("it is not a date with a time of day"))?;
        let date = read.date.ok_or_else(|| unlike("the date is missing"))?;
        let time = read.time.ok_or_else(|| unlike("the time of day is missing"))?;
        let minutes = match read.offset.ok_or_else(|| unlike("the time zone is missing (Z for UTC)"))? {
            Offset::Z => 0,
            Offset::Custom { minutes } => i64::from(minutes),
        };
        let days = days(i64::from(date.year), i64::from(date.month), i64::from(date.day));
        let clock = i64::from(time.hour) * 3600 + i64::from(time.minute) * 60;
        let seconds = days * DAY + clock + i64::from(time.second.unwrap_or(0)) - minutes * 60;
        Ok(Self(seconds * 1_000_000 + i64::from(time.nanosecond.unwrap_or(0) / 1000)))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, micros) = (self.0.div_euclid(1_000_000), self.0.rem_euclid(1_000_000));
        let (year, month, day) = date(seconds.div_euclid(DAY));
        let clock = seconds.rem_euclid(DAY);
        let (hour, minute, second) = (clock / 3600, clock / 60 % 60, clock % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        if micros > 0 {
            write!(f, ".{micros:06}")?;
        }
        f.write_str("Z")
    }
}

/// Days since 1970-01-01 in the Gregorian calendar. The year is taken to begin in March, so that a leap day is its last
/// (Richards, Explanatory Supplement to the Astronomical Almanac, 3rd ed., 15.11).
pub(crate) fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Year, month and day of a number of days since 1970-01-01.
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let march = (5 * of_year + 2) / 153;
    let month = (march + 2) % 12 + 1;
    (year + era * 400 + i64::from(month <= 2), month, of_year - (153 * march + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_round_trip_over_leap_years() {
        assert_eq!(days(1970, 1, 1), 0);
        assert_eq!(days(2000, 2, 29), 11_016); // date -d 2000-02-29 +%s, over 86400
        assert_eq!(days(2100, 3, 1) - days(2100, 2, 28), 1);
        (-200_000..200_000).for_each(|day| {
            let (year, month, of_month) = date(day);
            assert_eq!(days(year, month, of_month), day);
        });
    }

    #[test]
    fn refuses_invalid_times() {
        for bad in ["", "yesterday", "2026-02-30T00:00:00Z", "2026-11-21", "12:00:00"] {
            assert!(bad.parse::<Timestamp>().is_err(), "{bad}");
        }
    }
}
