//! Times with a pattern of `strptime`.

use super::iso::{DAY, SECOND};
use jiff::civil::DateTime;
use jiff::fmt::strtime::{self, BrokenDownTime};
use jiff::tz::TimeZone;

/// A pattern that determines a moment.
pub struct Pattern(String);

impl Pattern {
    /// Parses a pattern of `strptime`.
    ///
    /// # Errors   invalid directives, or a pattern without a date
    pub fn new(text: &str) -> Result<Self, String> {
        let wrong = |why: String| format!("time_format '{text}' cannot be used: {why}");
        let twelve =
            |pattern: &str| pattern.contains("%I") || pattern.contains("%l") || pattern.contains("%-I");
        if twelve(text) && !text.to_ascii_lowercase().contains("%p") {
            return Err(wrong("an hour of 1 to 12 (%I) needs %p for AM or PM".into()));
        }
        // a round trip verifies that the pattern determines a moment
        let moment = DateTime::constant(2026, 11, 28, 15, 46, 57, 0);
        let moment = moment.to_zoned(TimeZone::UTC).map_err(|error| wrong(error.to_string()))?;
        let pattern = Self(text.to_owned());
        let sample = strtime::format(text, &moment).map_err(|error| wrong(error.to_string()))?;
        let back = pattern.read(&sample, None).map_err(|error| wrong(error.to_string()))?;
        let day = |micros: i64| micros.div_euclid(DAY * SECOND);
        if day(back) != day(moment.timestamp().as_microsecond()) {
            return Err(wrong("it has no date: a year, a month and a day are needed".into()));
        }
        Ok(pattern)
    }

    /// The pattern as text.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Parses a time to µs since 1970; without an offset it is in the zone, or UTC. `24:00` is the end of its day.
    pub fn read(&self, text: &str, zone: Option<&TimeZone>) -> Result<i64, String> {
        match self.parse(text) {
            Ok(time) => micros(&time, zone),
            Err(why) => match self.midnight(text) {
                Some(time) => Ok(micros(&time, zone)? + DAY * SECOND),
                None => Err(why),
            },
        }
    }

    fn parse(&self, text: &str) -> Result<BrokenDownTime, String> {
        BrokenDownTime::parse(&self.0, text).map_err(|error| error.to_string())
    }

    /// The start of the day whose end is written as 24:00.
    #[cold]
    fn midnight(&self, text: &str) -> Option<BrokenDownTime> {
        text.match_indices("24").find_map(|(at, _)| {
            let with = |hour: &str| {
                let text = [&text[..at], hour, &text[at + 2..]].concat();
                self.parse(&text).ok()
            };
            let (first, last) = (with("00")?, with("23")?);
            // the 24 must be the hour
            let hour = first.hour() == Some(0) && last.hour() == Some(23) && last.day() == first.day();
            let rest = [first.minute(), first.second()].iter().all(|part| part.unwrap_or(0) == 0);
            (hour && rest && first.subsec_nanosecond().unwrap_or(0) == 0).then_some(first)
        })
    }
}

fn micros(time: &BrokenDownTime, zone: Option<&TimeZone>) -> Result<i64, String> {
    if let Some(year) = time.year().filter(|year| *year < 1000) {
        return Err(format!("the year is {year}: %y reads a year of two digits"));
    }
    let reason = |error: jiff::Error| error.to_string();
    let moment = match (time.timestamp(), time.offset(), time.iana_time_zone()) {
        (Some(moment), ..) => moment,
        (None, None, Some(_)) => time.to_zoned().map_err(reason)?.timestamp(),
        (None, Some(_), _) => time.to_timestamp().map_err(reason)?,
        (None, None, None) => {
            let clock = time.to_datetime().map_err(reason)?;
            let utc = TimeZone::UTC;
            let zone = zone.unwrap_or(&utc);
            zone.to_ambiguous_timestamp(clock).compatible().map_err(reason)?
        }
    };
    Ok(moment.as_microsecond())
}
