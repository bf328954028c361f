//! Quantities with units, parsed from text: "48 kHz", "20 ms", "256 samples", "-6 dBFS".

use std::fmt;
use std::str::FromStr;

/// A frequency or a sample rate.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Default)]
pub struct Hertz(pub f64);

/// A length of time, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Duration(pub f64);

/// A length of signal: in samples, or in time until the rate is known.
///
/// ```
/// use passband_signal::{Hertz, Span};
/// assert_eq!("20 ms".parse::<Span>().unwrap().samples(Hertz(48_000.0)), 960);
/// assert_eq!("256 samples".parse::<Span>().unwrap().samples(Hertz(1.0)), 256);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Span {
    /// A number of samples.
    Samples(u64),
    /// A length of time.
    Time(Duration),
}

/// A level relative to full scale, stored as the linear amplitude (1 is full scale).
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Level(pub f64);

/// A share of a whole, from 0 to 1: "1 %" or "0.01".
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Share(pub f64);

impl Span {
    /// The number of samples at `rate`, rounded to nearest.
    pub fn samples(self, rate: Hertz) -> u64 {
        match self {
            Span::Samples(n) => n,
            Span::Time(t) => (t.0 * rate.0).round() as u64,
        }
    }
}

impl Duration {
    /// As a standard duration; negative lengths are zero.
    pub fn std(self) -> std::time::Duration {
        std::time::Duration::from_secs_f64(self.0.clamp(0.0, 1e15))
    }
}

/// Splits "48 kHz" into 48.0 and "kHz"; digits may be grouped by `_`.
fn number(text: &str, example: &str) -> Result<(f64, String), String> {
    let text = text.trim();
    let ends = |c: char| !(c.is_ascii_digit() || matches!(c, '.' | '_' | '-' | '+' | 'e' | 'E'));
    // an exponent needs a digit after it, else the e belongs to the unit
    let cut = text.find(ends).unwrap_or(text.len());
    let digits = text[..cut].trim_end_matches(['e', 'E']);
    let value: f64 =
        digits.replace('_', "").parse().map_err(|_| format!("'{text}' is not a value like \"{example}\""))?;
    if !value.is_finite() {
        return Err(format!("'{text}' is not a finite number"));
    }
    Ok((value, text[digits.len()..].trim().to_owned()))
}

fn unit(name: &str, units: &[(&str, f64)]) -> Result<f64, String> {
    units.iter().find(|(u, _)| *u == name).map(|(_, scale)| *scale).ok_or_else(|| {
        let known: Vec<_> = units.iter().map(|(u, _)| *u).filter(|u| !u.is_empty()).collect();
        match name {
            "" => format!("the unit is missing; units are {}", known.join(", ")),
            _ => format!("'{name}' is not a unit of this setting; units are {}", known.join(", ")),
        }
    })
}

const TIME: [(&str, f64); 9] = [
    ("ns", 1e-9),
    ("us", 1e-6),
    ("µs", 1e-6),
    ("ms", 1e-3),
    ("s", 1.0),
    ("min", 60.0),
    ("h", 3600.0),
    ("d", 86_400.0),
    ("days", 86_400.0),
];

impl FromStr for Hertz {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (value, name) = number(text, "48 kHz")?;
        let scale = unit(&name, &[("Hz", 1.0), ("kHz", 1e3), ("MHz", 1e6), ("GHz", 1e9)])?;
        if value < 0.0 {
            return Err(format!("'{text}' is below zero"));
        }
        Ok(Self(value * scale))
    }
}

impl FromStr for Duration {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (value, name) = number(text, "20 ms")?;
        let seconds = value * unit(&name, &TIME)?;
        if seconds < 0.0 { Err(format!("'{text}' is below zero")) } else { Ok(Self(seconds)) }
    }
}

impl FromStr for Span {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (value, name) = number(text, "256 samples")?;
        if matches!(name.as_str(), "samples" | "sample" | "frames" | "frame") {
            return match value {
                v if v < 0.0 || v.fract() != 0.0 => Err(format!("'{text}' is not a whole number of samples")),
                v => Ok(Self::Samples(v as u64)),
            };
        }
        let mut units = vec![("samples", 1.0)];
        units.extend(TIME);
        unit(&name, &units)?;
        text.parse().map(Self::Time)
    }
}

impl FromStr for Level {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (value, name) = number(text, "-6 dBFS")?;
        match name.as_str() {
            "" if value >= 0.0 => Ok(Self(value)),
            "" => Err(format!("'{text}' is below zero; levels in decibels end in dBFS")),
            _ => unit(&name, &[("dBFS", 1.0), ("dB", 1.0)]).map(|_| Self(10f64.powf(value / 20.0))),
        }
    }
}

impl FromStr for Share {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (value, name) = number(text, "1 %")?;
        let value = value * unit(&name, &[("", 1.0), ("%", 0.01)])?;
        if (0.0..=1.0).contains(&value) {
            Ok(Self(value))
        } else {
            Err(format!("'{text}' is not between 0 and 1"))
        }
    }
}

impl fmt::Display for Hertz {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            v if v >= 1e6 => write!(f, "{} MHz", v / 1e6),
            v if v >= 1e3 => write!(f, "{} kHz", v / 1e3),
            v => write!(f, "{v} Hz"),
        }
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            v if v > 0.0 && v < 1.0 => write!(f, "{} ms", v * 1e3),
            v => write!(f, "{v} s"),
        }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Span::Samples(n) => write!(f, "{n} samples"),
            Span::Time(t) => t.fmt(f),
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_units_as_people_write_them() {
        assert_eq!("44.1 kHz".parse(), Ok(Hertz(44_100.0)));
        assert_eq!("2MHz".parse(), Ok(Hertz(2e6)));
        assert_eq!("1e3 Hz".parse(), Ok(Hertz(1000.0)));
        assert_eq!("8_192 samples".parse(), Ok(Span::Samples(8192)));
        assert_eq!("10 min".parse(), Ok(Duration(600.0)));
        assert_eq!("0.5".parse(), Ok(Level(0.5)));
        assert!(("-6.0206 dBFS".parse::<Level>().unwrap().0 - 0.5).abs() < 1e-6);
        assert_eq!("1 %".parse(), Ok(Share(0.01)));
    }

    #[test]
    fn refuses_with_the_units_that_would_do() {
        assert!("48".parse::<Hertz>().unwrap_err().contains("Hz, kHz"));
        assert!("48 parsecs".parse::<Span>().unwrap_err().contains("samples"));
        assert!("1.5 samples".parse::<Span>().unwrap_err().contains("whole"));
        for bad in ["", "-", "e", "NaN", "inf s", "--3 s"] {
            assert!(bad.parse::<Duration>().is_err(), "{bad}");
        }
    }
}
