//! One setting of a feature: its name, its default, and what it may be.

use std::fmt;

/// The declaration of one setting.
#[derive(Debug)]
pub struct Setting {
    /// Its name everywhere: librosa's, where librosa has it.
    pub name: &'static str,
    /// What it does.
    pub summary: &'static str,
    /// The unit of a number, "" where there is none.
    pub unit: &'static str,
    /// Taken where none is given.
    pub default: Value,
    /// What it may be.
    pub allowed: Allowed,
}

/// What a setting is set to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// A number; a count too.
    Number(f64),
    /// One of the words that the setting knows.
    Word(&'static str),
    /// On or off.
    Switch(bool),
}

/// What a setting may be.
#[derive(Clone, Copy, Debug)]
pub enum Allowed {
    /// A whole number, or perhaps a word.
    Count {
        /// Smallest value allowed.
        least: u32,
        /// Largest value allowed.
        most: u32,
        /// Allowed in place of a number.
        or: Option<&'static str>,
    },
    /// A number, or perhaps a word.
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
    /// Reads a value as it stands in a pipeline file or on a command line.
    ///
    /// # Edges      what is out of range, not finite or no such word is refused; the error says what is allowed
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
                // Plain digits where a person would write them so.
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
