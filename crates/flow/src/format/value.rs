//! Missing values of readings: one rule for all formats.
//!
//! A value that is missing or not numeric is dropped, not its reading. In [`Readings`] it is NaN, which windows skip;
//! the engine counts it as `missing_values`. A reading without any value is refused.
//!
//! [`Readings`]: crate::data::Readings

use super::number::number;
use crate::config::Named;

crate::choice! {
    /// Whether a quoted text may be a number.
    pub enum NumbersAsText {
        /// A text is not a number.
        No = "no",
        /// A text that contains a number is that number.
        Yes = "yes",
    }
}

/// The meaning of a text where a number is expected.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Said {
    /// A finite number.
    Number(f64),
    /// Empty, or a word for a missing value.
    Missing,
    /// Neither: the value is dropped, and reported with a reason.
    Other,
}

/// The words for numbers and for missing values.
#[derive(Clone, Debug, Default)]
pub struct Words {
    missing: Vec<String>,
    numbers: Vec<(String, f64)>,
}

impl Words {
    /// From the settings `missing` and `words`.
    ///
    /// # Errors   a word for something that is not a number
    pub fn new(missing: &[String], words: &Named) -> Result<Self, String> {
        let number = |(word, digits): &(String, String)| match number(digits.trim()) {
            Some(value) => Ok((word.clone(), value)),
            None => Err(format!("the word '{word}' stands for '{digits}', which is not a number")),
        };
        Ok(Self { missing: missing.to_vec(), numbers: words.0.iter().map(number).collect::<Result<_, _>>()? })
    }

    /// The meaning of a text that may contain a number, such as a field of a table.
    ///
    /// ```ignore
    /// assert_eq!(words.number(" 21.5"), Said::Number(21.5));
    /// assert_eq!(words.number("NaN"), Said::Missing);
    /// assert_eq!(words.number("21.5 C"), Said::Other);
    /// ```
    pub fn number(&self, text: &str) -> Said {
        let text = text.trim();
        match number(text) {
            Some(value) => Said::Number(value),
            None => self.word(text),
        }
    }

    /// The meaning of a text that is not a number. Case is ignored.
    pub fn word(&self, text: &str) -> Said {
        let text = text.trim();
        let same = |word: &str| word.eq_ignore_ascii_case(text);
        match self.numbers.iter().find(|(word, _)| same(word)) {
            Some((_, value)) => Said::Number(*value),
            None if text.is_empty() || self.missing.iter().any(|word| same(word)) => Said::Missing,
            None => Said::Other,
        }
    }
}

/// Why a reading without any usable value is refused: `whys` are the reasons of its values, such as
/// "temp is null, and should be a number".
pub fn no_value(whys: &[String]) -> String {
    match whys {
        [why] => why.clone(),
        whys => format!("none of its values can be used: {}", whys.join("; ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_map_to_numbers_or_missing_values() {
        let missing = ["null".to_owned(), "NaN".to_owned(), "unavailable".to_owned()];
        let words =
            Named(vec![("on".into(), "1".into()), ("OFF".into(), "0".into()), ("7".into(), "8".into())]);
        let words = Words::new(&missing, &words).unwrap();
        for (text, said) in [
            ("21.5", Said::Number(21.5)),
            (" -1e3\t", Said::Number(-1000.0)),
            ("ON", Said::Number(1.0)),
            ("off ", Said::Number(0.0)),
            // a number is never replaced by a word
            ("7", Said::Number(7.0)),
            ("nan", Said::Missing),
            ("NULL", Said::Missing),
            ("", Said::Missing),
            (" ", Said::Missing),
            ("Unavailable", Said::Missing),
            ("unknown", Said::Other),
            ("21.5 C", Said::Other),
            ("1e999", Said::Other),
            ("inf", Said::Other),
            ("0x10", Said::Other),
        ] {
            assert_eq!(words.number(text), said, "{text:?}");
        }
        let wrong = Named(vec![("on".into(), "yes".into())]);
        assert!(Words::new(&missing, &wrong).unwrap_err().contains("the word 'on' stands for 'yes'"));
        assert_eq!(Words::default().number("nan"), Said::Other);
    }
}
