//! A feature with values for its settings.

use std::fmt;

use super::{Feature, Setting, Value};

/// The settings of one feature, with librosa's defaults for those that were not set.
///
/// # Example
/// ```
/// use passband_dsp::feature::{Feature, Value};
/// let mut settings = Feature::by_name("mfcc").unwrap().settings();
/// settings.set("n_mfcc", "13").unwrap();
/// assert_eq!(settings.value("n_mfcc"), Some(Value::Number(13.0)));
/// assert_eq!(settings.value("n_mels"), Some(Value::Number(128.0)));
/// assert!(settings.set("mels", "40").unwrap_err().contains("n_mels"));
/// ```
#[derive(Clone)]
pub struct Settings {
    feature: &'static Feature,
    /// Values, in the order of the settings of the feature.
    values: Vec<Value>,
}

impl Settings {
    pub(super) fn of(feature: &'static Feature) -> Settings {
        Settings { feature, values: feature.all_settings().map(|setting| setting.default).collect() }
    }

    /// The feature.
    pub fn feature(&self) -> &'static Feature {
        self.feature
    }

    /// Sets a setting by name.
    ///
    /// # Edges      the error for an unknown name lists the known ones; a value that is not allowed leaves the setting
    /// unchanged
    pub fn set(&mut self, name: &str, text: &str) -> Result<(), String> {
        let found = self.feature.all_settings().position(|setting| setting.name == name);
        let (Some(at), Some(setting)) = (found, self.feature.setting(name)) else {
            let names: Vec<_> = self.feature.all_settings().map(|setting| setting.name).collect();
            return Err(format!(
                "{} has no setting \"{name}\"; it has {}",
                self.feature.name,
                names.join(", ")
            ));
        };
        self.values[at] = setting.read(text)?;
        Ok(())
    }

    /// As [`Settings::set`], for method chaining.
    pub fn with(mut self, name: &str, text: &str) -> Result<Settings, String> {
        self.set(name, text)?;
        Ok(self)
    }

    /// The value of a setting, if the feature has it.
    pub fn value(&self, name: &str) -> Option<Value> {
        self.iter().find(|(setting, _)| setting.name == name).map(|(_, value)| value)
    }

    /// All settings with their values.
    pub fn iter(&self) -> impl Iterator<Item = (&'static Setting, Value)> {
        self.feature.all_settings().zip(self.values.iter().copied())
    }

    /// The number of a setting; `None` if its value is a word.
    pub(super) fn number(&self, name: &str) -> Option<f64> {
        match self.value(name) {
            Some(Value::Number(x)) => Some(x),
            _ => None,
        }
    }

    /// The whole number of a setting, as validated by [`Setting::read`].
    pub(super) fn count(&self, name: &str) -> Option<usize> {
        self.number(name).map(|x| x as usize)
    }

    pub(super) fn word(&self, name: &str) -> &'static str {
        match self.value(name) {
            Some(Value::Word(word)) => word,
            _ => "",
        }
    }

    pub(super) fn is_on(&self, name: &str) -> bool {
        self.value(name) == Some(Value::Switch(true))
    }
}

impl PartialEq for Settings {
    fn eq(&self, other: &Settings) -> bool {
        self.feature.name == other.feature.name && self.values == other.values
    }
}

/// `mfcc (n_fft = 2048, hop_length = 512, ...)` with all settings, to be stored with the results.
impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (", self.feature.name)?;
        for (i, (setting, value)) in self.iter().enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            write!(f, "{comma}{} = {value}", setting.name)?;
        }
        f.write_str(")")
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
