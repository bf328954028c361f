//! What stands for a value of a reading: one rule for every format.
//!
//! A value that is missing or is no number costs that value, not its reading. In [`Readings`] it is NaN, which no window
//! folds; the engine counts it as `missing_values`. A reading without any value is refused.
//!
//! [`Readings`]: crate::data::Readings

use super::number::number;
use crate::config::Named;

crate::choice! {
    /// Whether a text in quotes may be a number.
    pub enum NumbersAsText {
        /// A number is not a text.
        No = "no",
        /// A text that holds a number is that number.
        Yes = "yes",
    }
}

/// What a text says where a number is wanted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Said {
    /// A finite number.
    Number(f64),
    /// One of the words that say that there is no value, or nothing at all.
    Missing,
    /// Neither: the value is lost, and should be told with a reason.
    Other,
}

/// The words of a sender that stand for numbers, and those that say that there is none.
#[derive(Clone, Debug, Default)]
pub struct Words {
    missing: Vec<String>,
    numbers: Vec<(String, f64)>,
}

impl Words {
    /// Of the settings `missing` and `words`; the error says what is wrong with them.
    pub fn new(missing: &[String], words: &Named) -> Result<Self, String> {
        let number = |(word, digits): &(String, String)| match number(digits.trim()) {
            Some(value) => Ok((word.clone(), value)),
            None => Err(format!("the word '{word}' stands for '{digits}', which is not a number")),
        };
        Ok(Self { missing: missing.to_vec(), numbers: words.0.iter().map(number).collect::<Result<_, _>>()? })
    }

    /// What a text says that may hold a number, as in a field of a table.
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

    /// What a text says that is no number. Capitals do not count.
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

/// Why a reading of which no value could be used is refused: `whys` are the reasons of its values, each a sentence such
/// as "temp is null, and should be a number".
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
    fn words_are_numbers_or_say_that_there_is_none() {
        let missing = ["null".to_owned(), "NaN".to_owned(), "unavailable".to_owned()];
        let words =
            Named(vec![("on".into(), "1".into()), ("OFF".into(), "0".into()), ("7".into(), "8".into())]);
        let words = Words::new(&missing, &words).unwrap();
        for (text, said) in [
            ("21.5", Said::Number(21.5)),
            (" -1e3\t", Said::Number(-1000.0)),
            ("ON", Said::Number(1.0)),
            ("off ", Said::Number(0.0)),
            // a number is itself, whatever the words say
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
