//! When a reading was taken, as its message says it.

mod epoch;
mod iso;
#[cfg(test)]
mod tests;

use crate::config::Named;
use jiff::tz::TimeZone;

crate::choice! {
    /// What a time that is a number counts, from 1970 on.
    pub enum TimeUnit {
        /// Told by its size: seconds below 10¹¹, ms below 10¹⁴, µs below 10¹⁷, ns from there.
        Auto = "auto",
        /// Seconds.
        Seconds = "s",
        /// Milliseconds.
        Milliseconds = "ms",
        /// Microseconds.
        Microseconds = "us",
        /// Nanoseconds.
        Nanoseconds = "ns",
    }
}

/// The word that stands for the transport's own time.
pub const ARRIVAL: &str = "arrival";

/// Reads times, to µs since 1970.
pub struct Clock {
    /// Where a time without a zone is at home; UTC without.
    zone: Option<TimeZone>,
    unit: TimeUnit,
    last: iso::Last,
}

impl Clock {
    /// Of settings; the error says what is wrong with them.
    pub fn new(zone: Option<&str>, unit: TimeUnit) -> Result<Self, String> {
        let find = |name| {
            TimeZone::get(name).map_err(|_| {
                format!("there is no time zone '{name}'; they are named like Europe/Berlin or UTC")
            })
        };
        Ok(Self { zone: zone.map(find).transpose()?, unit, last: iso::Last::default() })
    }
    /// A time as most are, soon after the one before it: of any other, nothing.
    #[inline]
    pub fn quick(&self, text: &[u8]) -> Option<i64> {
        self.last.read(text, self.zone.is_some())
    }
    /// A whole number of so few digits that it is within all limits: of any other, nothing.
    #[inline]
    pub fn whole(&self, text: &[u8]) -> Option<i64> {
        epoch::whole(text, self.unit)
    }
    /// A time that is a text: ISO 8601, or the digits of a number.
    pub fn text(&mut self, text: &str) -> Result<i64, String> {
        if let Some(time) = self.quick(text.as_bytes()) {
            return Ok(time);
        }
        let trimmed = text.trim_ascii();
        match trimmed.as_bytes() {
            [_, _, _, _, b'-', ..] => {
                let time = iso::read(trimmed.as_bytes(), self.zone.as_ref());
                if time.is_ok() {
                    self.last.keep(trimmed.as_bytes(), self.zone.as_ref());
                }
                time.map_err(|why| unlike(text, why))
            }
            _ => epoch::read(trimmed, self.unit).map_err(|why| unlike(text, why)),
        }
    }
    /// A time that is a number.
    pub fn number(&self, text: &str) -> Result<i64, String> {
        epoch::read(text, self.unit).map_err(|why| unlike(text, why))
    }
}

fn unlike(text: &str, why: &str) -> String {
    let short: String = text.chars().take(40).collect();
    let more = if short.len() < text.len() { "…" } else { "" };
    format!("'{short}{more}' is no time like 2024-03-01T12:00:00.5Z nor a number since 1970: {why}")
}

/// The names of the values and where each stands; `value` where none are given.
pub fn named(values: &Named) -> Vec<(String, String)> {
    match values.0.is_empty() {
        true => vec![("value".into(), "value".into())],
        false => values.0.clone(),
    }
}
