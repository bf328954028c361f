//! Parses the times of readings.

mod epoch;
mod iso;
mod pattern;
#[cfg(test)]
mod tests;

use super::Reach;
use crate::config::Named;
use epoch::Not;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use pattern::Pattern;
use std::fmt;

crate::choice! {
    /// The unit of a time that is a number.
    pub enum TimeUnit {
        /// Detected from the magnitude if it is unambiguous: from 2001-09-09 to 2100, seconds since 1970 have 10 digits
        /// before the point, ms 13, µs 16 and ns 19. Other numbers, and digits that read as a date, are refused.
        Auto = "auto",
        /// Seconds since 1970.
        Seconds = "s",
        /// Milliseconds since 1970.
        Milliseconds = "ms",
        /// Microseconds since 1970.
        Microseconds = "us",
        /// Nanoseconds since 1970.
        Nanoseconds = "ns",
        /// Spreadsheet days, counted from 1899-12-30, in the time zone.
        Excel = "excel",
    }
}

/// Why a text is not a time.
#[derive(Clone, Debug, PartialEq)]
pub struct NoTime {
    why: String,
    /// Whether a setting is needed to interpret such texts.
    pub reach: Reach,
}

impl fmt::Display for NoTime {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.why)
    }
}

/// The word for the transport's own time.
pub const ARRIVAL: &str = "arrival";

/// Parses times to µs since 1970.
pub struct Clock {
    /// The zone of times without a zone; `None` for UTC.
    zone: Option<TimeZone>,
    unit: TimeUnit,
    pattern: Option<Pattern>,
    last: iso::Last,
}

impl Clock {
    /// Creates the parser from settings.
    ///
    /// # Errors   an unknown zone
    pub fn new(zone: Option<&str>, unit: TimeUnit) -> Result<Self, String> {
        let find = |name| {
            TimeZone::get(name)
                .map_err(|_| format!("there is no time zone '{name}'; names are like Europe/Berlin or UTC"))
        };
        Ok(Self { zone: zone.map(find).transpose()?, unit, pattern: None, last: iso::Last::default() })
    }
    /// Adds a pattern of `strptime`, if one is set.
    ///
    /// # Errors   an invalid pattern, or one together with a unit
    pub fn with(self, pattern: Option<&str>) -> Result<Self, String> {
        let pattern = pattern.map(Pattern::new).transpose()?;
        if pattern.is_some() && self.unit != TimeUnit::Auto {
            return Err("time_format and time_unit are both set: remove one of them".into());
        }
        Ok(Self { pattern, ..self })
    }
    /// Fast path for a time in the usual format, close to the previous one; `None` for any other.
    #[inline]
    pub fn quick(&self, text: &[u8]) -> Option<i64> {
        self.last.read(text, self.zone.is_some())
    }
    /// Fast path for a whole number that cannot overflow; `None` for any other.
    #[inline]
    pub fn whole(&self, text: &[u8]) -> Option<i64> {
        match self.pattern {
            None => epoch::whole(text, self.unit),
            Some(_) => None,
        }
    }
    /// Parses a time that is a text: by the pattern, otherwise ISO 8601 or the digits of a number.
    pub fn text(&mut self, text: &str) -> Result<i64, NoTime> {
        // the fast path is disabled if there is a pattern
        if let Some(time) = self.quick(text.as_bytes()) {
            return Ok(time);
        }
        let trimmed = text.trim_ascii();
        let bytes = trimmed.as_bytes();
        if self.pattern.is_some() {
            return self.by_pattern(trimmed);
        }
        match bytes {
            [_, _, _, _, b'-', ..]
            | [_, _, _, _, b'/', _, _, b'/', ..]
            | [_, _, _, _, b'.', _, _, b'.', ..] => {
                let time = iso::read(bytes, self.zone.as_ref());
                if time.is_ok() {
                    self.last.keep(bytes, self.zone.as_ref());
                }
                // a date alone has no time of day
                let reach = if bytes.len() <= 10 { Reach::Setting } else { Reach::Line };
                time.map_err(|why| unlike(text, why, reach))
            }
            _ => self.number(trimmed),
        }
    }
    /// Parses a time that is a number.
    pub fn number(&self, text: &str) -> Result<i64, NoTime> {
        if self.pattern.is_some() {
            return self.by_pattern(text);
        }
        let time = epoch::read(text, self.unit).map_err(|not| match not {
            Not::Decided(why) => unlike(text, why, Reach::Setting),
            // digits and separators in another date format: 01/02/2026 12:00
            Not::Time(why) if is_some_date(text) => unlike(text, why, Reach::Setting),
            Not::Time(why) => unlike(text, why, Reach::Line),
        })?;
        match &self.zone {
            Some(zone) if self.unit == TimeUnit::Excel => {
                local(time, zone).ok_or_else(|| unlike(text, "it is beyond the years 0 to 9999", Reach::Line))
            }
            _ => Ok(time),
        }
    }

    /// A number since 1970 in a known unit.
    pub fn stamp(&self, count: i64, unit: TimeUnit) -> Result<i64, NoTime> {
        let text = count.to_string();
        epoch::read(&text, unit).map_err(|not| match not {
            Not::Decided(why) | Not::Time(why) => unlike(&text, why, Reach::Line),
        })
    }
    /// A number since 1970 in a known unit, in the time zone.
    pub fn local_stamp(&self, count: i64, unit: TimeUnit) -> Result<i64, NoTime> {
        let time = self.stamp(count, unit)?;
        let Some(zone) = &self.zone else { return Ok(time) };
        local(time, zone)
            .ok_or_else(|| unlike(&count.to_string(), "it is beyond the years 0 to 9999", Reach::Line))
    }

    fn by_pattern(&self, text: &str) -> Result<i64, NoTime> {
        let Some(pattern) = &self.pattern else { return Err(unlike(text, "", Reach::Line)) };
        pattern.read(text, self.zone.as_ref()).map_err(|why| NoTime {
            why: format!("'{}' is not a time like '{}': {why}", shortened(text), pattern.text()),
            // a pattern that does not match the first times of a file is the wrong one
            reach: if text.bytes().filter(u8::is_ascii_digit).count() >= 3 {
                Reach::Setting
            } else {
                Reach::Line
            },
        })
    }
}

/// The moment at which clocks of a zone show the given wall-clock time.
fn local(micros: i64, zone: &TimeZone) -> Option<i64> {
    let clock = jiff::Timestamp::from_microsecond(micros).ok()?;
    let clock: DateTime = TimeZone::UTC.to_datetime(clock);
    Some(zone.to_ambiguous_timestamp(clock).compatible().ok()?.as_microsecond())
}

/// Whether it resembles a date or time of day in another order: digits in groups.
fn is_some_date(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let groups = text.split(|sign: char| !sign.is_ascii_digit()).filter(|group| !group.is_empty()).count();
    digits >= 3 && groups >= 2
}

fn shortened(text: &str) -> String {
    let short: String = text.chars().take(40).collect();
    let more = if short.len() < text.len() { "…" } else { "" };
    format!("{short}{more}")
}

fn unlike(text: &str, why: &str, reach: Reach) -> NoTime {
    let set = match (reach, why) {
        (Reach::Setting, "it is neither" | "a date and a time of day are required") => {
            "; set time_format to its format, such as %d.%m.%Y %H:%M"
        }
        _ => "",
    };
    let why = format!(
        "'{}' is neither a time like 2024-03-01T12:00:00.5Z nor a number since 1970: {why}{set}",
        shortened(text)
    );
    NoTime { why, reach }
}

/// The names of the values and their paths; `value` by default.
pub fn named(values: &Named) -> Vec<(String, String)> {
    match values.0.is_empty() {
        true => vec![("value".into(), "value".into())],
        false => values.0.clone(),
    }
}
