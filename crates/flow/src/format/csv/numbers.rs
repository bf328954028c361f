//! The numbers of a table: decimal separator, thousands separator, and words for missing values.

use super::Csv;
use crate::format::number::number;
use crate::format::value::{Said, Words};

/// The format of numbers.
pub struct Numbers {
    words: Words,
    /// Numbers that stand for a missing value.
    none: Vec<f64>,
    decimal: u8,
    thousands: Option<char>,
    /// A buffer for the number in standard notation.
    usual: String,
}

/// The meaning of a field where a number is expected.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// A finite number.
    Number(f64),
    /// A missing value.
    Missing,
    /// Not a number: the value is dropped.
    Other,
    /// Digits with separators that no setting names, such as `21,5`.
    Undecided,
}

impl Numbers {
    /// Creates the parser from settings.
    ///
    /// # Errors   invalid separators
    pub fn new(settings: &Csv) -> Result<Self, String> {
        let decimal = match settings.decimal.as_str() {
            "." => b'.',
            "," => b',',
            other => return Err(format!("decimal is '{other}', and should be . or ,")),
        };
        let thousands = match settings.thousands.as_deref() {
            None => None,
            Some("space") => Some(' '),
            Some(text) => match text.chars().collect::<Vec<_>>()[..] {
                [sign] if !sign.is_ascii_alphanumeric() && !"+-\"".contains(sign) => Some(sign),
                _ => return Err(format!("thousands is '{text}', and should be one character, or space")),
            },
        };
        if thousands == Some(char::from(decimal)) {
            return Err("decimal and thousands are the same character".into());
        }
        let words = Words::new(&settings.missing, &settings.words)?;
        let none = settings.missing.iter().filter_map(|word| number(word.trim())).collect();
        Ok(Self { words, none, decimal, thousands, usual: String::new() })
    }

    /// The meaning of a field.
    #[inline]
    pub fn read(&mut self, field: &[u8]) -> Value {
        // bytes that are not UTF-8 are not a number
        let Ok(text) = std::str::from_utf8(field) else { return Value::Other };
        let said = match (self.decimal, self.thousands) {
            (b'.', None) => self.words.number(text),
            _ => self.localised(text),
        };
        match said {
            Said::Number(value) if self.none.contains(&value) => Value::Missing,
            Said::Number(value) => Value::Number(value),
            Said::Missing => Value::Missing,
            Said::Other if is_undecided(text) => Value::Undecided,
            Said::Other => Value::Other,
        }
    }

    fn localised(&mut self, text: &str) -> Said {
        let (whole, fraction) = match text.split_once(char::from(self.decimal)) {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (text, None),
        };
        let mut usual = std::mem::take(&mut self.usual);
        usual.clear();
        let said = match self.whole(whole, &mut usual) {
            // a point that is not the decimal separator is invalid
            Some(()) if !whole.contains('.') || self.thousands == Some('.') => {
                if let Some(fraction) = fraction {
                    usual.push('.');
                    usual.push_str(fraction);
                }
                match fraction.is_some_and(|fraction| fraction.contains('.')) {
                    true => self.words.word(text),
                    false => match self.words.number(&usual) {
                        Said::Number(value) => Said::Number(value),
                        _ => self.words.word(text),
                    },
                }
            }
            _ => self.words.word(text),
        };
        self.usual = usual;
        said
    }

    /// Appends the integer part without thousands separators, if they are at valid positions.
    fn whole(&self, text: &str, usual: &mut String) -> Option<()> {
        let Some(thousands) = self.thousands else {
            usual.push_str(text);
            return Some(());
        };
        let is_between =
            |sign: char| sign == thousands || thousands == ' ' && matches!(sign, '\u{a0}' | '\u{202f}');
        for (at, group) in text.split(is_between).enumerate() {
            if at > 0 && (group.len() != 3 || !group.bytes().all(|byte| byte.is_ascii_digit())) {
                return None;
            }
            usual.push_str(group);
        }
        Some(())
    }
}

/// Whether a text consists of groups of digits with separators, so that the decimal separator is ambiguous.
#[cold]
fn is_undecided(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_sign = |sign: char| matches!(sign, ',' | '.' | '\'' | ' ' | '\u{a0}' | '\u{202f}');
    text.len() > 2
        && text.starts_with(|sign: char| sign.is_ascii_digit())
        && text.ends_with(|sign: char| sign.is_ascii_digit())
        && text.contains([',', '.'])
        && text.chars().all(|sign| sign.is_ascii_digit() || is_sign(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(decimal: &str, thousands: Option<&str>) -> Numbers {
        let missing = ["nan", "-", "-9999"].map(String::from).to_vec();
        let settings = Csv {
            decimal: decimal.into(),
            thousands: thousands.map(String::from),
            missing,
            ..Csv::default()
        };
        Numbers::new(&settings).unwrap()
    }

    #[test]
    fn numbers_are_parsed_by_the_settings_without_guessing() {
        use Value::{Missing, Number, Other, Undecided};
        for (decimal, thousands, text, value) in [
            (".", None, "21.5", Number(21.5)),
            (".", None, "21,5", Undecided),
            (".", None, "1,234", Undecided),
            (".", None, "-1.234,5", Undecided),
            (".", None, "1.234.567", Undecided),
            (".", None, "1 234,5", Undecided),
            (".", None, "NaN", Missing),
            (".", None, "-", Missing),
            (".", None, "", Missing),
            (".", None, "-9999", Missing),
            (".", None, "-9999.0", Missing),
            (".", None, "-9998", Number(-9998.0)),
            (".", None, "x", Other),
            (".", None, "21.5 C", Other),
            (".", None, "inf", Other),
            (".", None, "1e999", Other),
            (",", None, "21,5", Number(21.5)),
            (",", None, "-0,5e-3", Number(-0.0005)),
            (",", None, "21", Number(21.0)),
            (",", None, "21.5", Undecided),
            (",", None, "1.234,5", Undecided),
            (",", None, "nan", Missing),
            (",", None, "-9999", Missing),
            (",", None, "1,2,3", Undecided),
            (",", Some("."), "1.234,5", Number(1234.5)),
            (",", Some("."), "-1.234.567", Number(-1_234_567.0)),
            (",", Some("."), "21.5", Undecided),
            (",", Some("."), "1234,5", Number(1234.5)),
            (".", Some(","), "1,234.5", Number(1234.5)),
            (".", Some(","), "12,34.5", Undecided),
            (".", Some(","), "1,5", Undecided),
            (".", Some("'"), "1'234.5", Number(1234.5)),
            (",", Some("space"), "1 234,5", Number(1234.5)),
            (",", Some("space"), "1\u{202f}234,5", Number(1234.5)),
        ] {
            let read = numbers(decimal, thousands).read(text.as_bytes());
            assert_eq!(read, value, "{text} with {decimal} and {thousands:?}");
        }
        assert_eq!(numbers(".", None).read(b"\xff"), Value::Other);
        for (decimal, thousands) in [(";", None), (".", Some(".")), (".", Some("ab")), (".", Some("1"))] {
            let settings =
                Csv { decimal: decimal.into(), thousands: thousands.map(String::from), ..Csv::default() };
            assert!(Numbers::new(&settings).is_err(), "{decimal} {thousands:?}");
        }
    }
}
