//! A setting of a feature: its name, default and allowed values.

use std::fmt;

/// The declaration of one setting.
#[derive(Debug)]
pub struct Setting {
    /// Name: that of librosa, if it has the setting.
    pub name: &'static str,
    /// Description.
    pub summary: &'static str,
    /// Unit of a number; empty if it has none.
    pub unit: &'static str,
    /// Default value.
    pub default: Value,
    /// Allowed values.
    pub allowed: Allowed,
}

/// The value of a setting.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// A number or a count.
    Number(f64),
    /// One of the words of the setting.
    Word(&'static str),
    /// On or off.
    Switch(bool),
}

/// The allowed values of a setting.
#[derive(Clone, Copy, Debug)]
pub enum Allowed {
    /// A whole number, or optionally a word.
    Count {
        /// Smallest value allowed.
        least: u32,
        /// Largest value allowed.
        most: u32,
        /// Allowed in place of a number.
        or: Option<&'static str>,
    },
    /// A number, or optionally a word.
    Number {
        /// Smallest value allowed.
        least: f64,
        /// Largest value allowed.
        most: f64,
        /// Allowed in place of a number.
        or: Option<&'static str>,
    },
    /// One of these words.
    Word(fn() -> Vec<&'static str>),
    /// `true` or `false`.
    Switch,
}

impl Setting {
    /// Parses a value as written in a pipeline file or on the command line.
    ///
    /// # Edges      refuses values that are out of range or not finite, and unknown words; the error states the allowed
    /// values
    /// # Example
    /// ```
    /// use passband_dsp::feature::{Feature, Value};
    /// let n_mels = Feature::by_name("log_mel").unwrap().setting("n_mels").unwrap();
    /// assert_eq!(n_mels.read("64"), Ok(Value::Number(64.0)));
    /// assert!(n_mels.read("0").unwrap_err().contains("1 to 4096"));
    /// ```
    pub fn read(&self, text: &str) -> Result<Value, String> {
        let number = text.parse::<f64>().ok();
        let value = match (self.allowed, number) {
            (Allowed::Count { least, most, .. }, Some(x)) => (x.fract() == 0.0
                && (f64::from(least)..=f64::from(most)).contains(&x))
            .then_some(Value::Number(x)),
            (Allowed::Number { least, most, .. }, Some(x)) => {
                (least..=most).contains(&x).then_some(Value::Number(x))
            }
            (Allowed::Count { or, .. } | Allowed::Number { or, .. }, None) => {
                or.filter(|word| *word == text).map(Value::Word)
            }
            (Allowed::Word(words), _) => words().into_iter().find(|word| *word == text).map(Value::Word),
            (Allowed::Switch, _) => text.parse().ok().map(Value::Switch),
        };
        value.ok_or_else(|| {
            let unit = if self.unit.is_empty() { String::new() } else { format!(" {}", self.unit) };
            format!("{} = \"{text}\" is not {}{unit} ({})", self.name, self.allowed, self.summary)
        })
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Number(x) => x.fmt(f),
            Value::Word(word) => f.write_str(word),
            Value::Switch(on) => on.fmt(f),
        }
    }
}

impl fmt::Display for Allowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or = match self {
            Allowed::Count { least, most, or } => {
                write!(f, "a whole number from {least} to {most}")?;
                or
            }
            Allowed::Number { least, most, or } => {
                // decimal notation for numbers of common magnitude
                let plain = |x: f64| x == 0.0 || (1e-3..1e7).contains(&x);
                let digits = |x: f64| if plain(x) { format!("{x}") } else { format!("{x:e}") };
                write!(f, "a number from {} to {}", digits(*least), digits(*most))?;
                or
            }
            Allowed::Word(words) => return write!(f, "one of {}", words().join(", ")),
            Allowed::Switch => return f.write_str("true or false"),
        };
        or.map_or(Ok(()), |word| write!(f, " or \"{word}\""))
    }
}
