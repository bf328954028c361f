//! A part's settings: declared once, as a struct whose fields have documentation, type and default.
//!
//! Parsing, `passband explain`, the reference page and the JSON Schema are derived from the declaration.
//! [`settings!`](crate::settings) is a plain `macro_rules!`.

use super::node::{Node, Raw};
use super::reader::Reader;
use crate::data::Timestamp;
use passband_signal::{Duration, Hertz, Level, Share, Span};
use std::collections::BTreeMap;

/// One setting as the reference shows it.
#[derive(Clone, Debug)]
pub struct Field {
    /// The key in the file.
    pub name: &'static str,
    /// The shape of its value.
    pub shape: Shape,
    /// The default, as a pipeline file would write it.
    pub default: Option<&'static str>,
    /// Whether it may be omitted without a default.
    pub optional: bool,
    /// The doc comment.
    pub doc: &'static str,
}

/// The shape of a setting's value.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// Any text.
    Text,
    /// Text that is never printed.
    Secret,
    /// A quantity with its unit, and an example.
    Quantity(&'static str),
    /// A whole number.
    Integer,
    /// Any number.
    Number,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A list.
    List(Box<Shape>),
    /// Names and values, passed on unchanged.
    Map,
    /// Names and values, some of which may be secrets.
    Options,
    /// The name of a format, or a table with its name as `type` and its settings.
    Format,
}

/// A type that a setting can have.
pub trait Value: Sized {
    /// The shape, for the reference.
    fn shape() -> Shape;
    /// Whether the setting may be omitted.
    const OPTIONAL: bool = false;
    /// The value if the setting is omitted.
    fn missing() -> Option<Self> {
        None
    }
    /// Reads the value.
    ///
    /// # Errors   what is wrong with the value
    fn read(node: &Node) -> Result<Self, String>;
    /// The value as a pipeline file would write it. Equal values have equal text, whatever their unit or spelling; a value
    /// that may be a secret is written as `…`.
    fn written(&self) -> String;
}

impl Value for Timestamp {
    fn shape() -> Shape {
        Shape::Quantity("2026-11-21T00:00:00Z")
    }
    fn read(node: &Node) -> Result<Self, String> {
        node.text()?.parse()
    }
    fn written(&self) -> String {
        self.to_string()
    }
}

/// Implemented by [`settings!`](crate::settings).
pub trait Settings: Sized {
    /// The lines of the doc comment.
    const DOC: &'static [&'static str];
    /// All settings, in order.
    fn fields() -> Vec<Field>;
    /// Reads all settings; errors are reported to the reader, all at once.
    fn read(reader: &mut Reader<'_>) -> Option<Self>;
    /// All settings with their values by [`Value::written`], in the order of [`Settings::fields`].
    fn written(&self) -> Vec<(&'static str, String)>;
}

/// Declares the settings of a part.
#[macro_export]
macro_rules! settings {
    ($(#[doc = $doc:literal])* pub struct $name:ident { $($body:tt)* }) => {
        $crate::settings!(@declare $(#[doc = $doc])* pub struct $name { $($body)* });
        $crate::settings!(@whole $name { $($body)* });
    };
    (@declare $(#[doc = $doc:literal])* pub struct $name:ident {
        $($(#[doc = $text:literal])* $field:ident : $type:ty $(= $default:literal)?),* $(,)?
    }) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug)]
        pub struct $name { $($(#[doc = $text])* pub $field: $type),* }
        impl $name {
            // methods of a private struct may be unused
            $($(#[doc = $text])* #[must_use] #[allow(dead_code)] pub fn $field(mut self, $field: impl Into<$type>) -> Self {
                self.$field = $field.into();
                self
            })*
        }
        impl $crate::config::Settings for $name {
            const DOC: &'static [&'static str] = &[$($doc),*];
            fn fields() -> Vec<$crate::config::Field> {
                vec![$($crate::config::Field {
                    name: stringify!($field),
                    shape: <$type as $crate::config::Value>::shape(),
                    default: $crate::settings!(@default $($default)?),
                    optional: <$type as $crate::config::Value>::OPTIONAL,
                    doc: concat!($($text, "\n"),*),
                }),*]
            }
            fn read(reader: &mut $crate::config::Reader<'_>) -> Option<Self> {
                // every field is read before any early return, so that all errors are reported
                $(let $field = reader.field::<$type>(stringify!($field), $crate::settings!(@default $($default)?));)*
                reader.end(&[$(stringify!($field)),*]);
                Some(Self { $($field: $field?),* })
            }
            fn written(&self) -> Vec<(&'static str, String)> {
                vec![$((stringify!($field), $crate::config::Value::written(&self.$field))),*]
            }
        }
    };
    (@default $default:literal) => { Some($default) };
    (@default) => { None };
    // settings that may all be omitted have a `Default`: optional fields are removed from the list one by one
    (@whole $name:ident { $(#[doc = $text:literal])* $field:ident : Option<$type:ty>, $($rest:tt)* }) => {
        $crate::settings!(@whole $name { $($rest)* });
    };
    (@whole $name:ident { $(#[doc = $text:literal])* $field:ident : $type:ty = $default:literal, $($rest:tt)* }) => {
        $crate::settings!(@whole $name { $($rest)* });
    };
    (@whole $name:ident {}) => {
        impl Default for $name {
            /// The settings of an empty table.
            fn default() -> Self { $crate::config::defaults() }
        }
    };
    (@whole $name:ident { $($rest:tt)* }) => {};
}

/// Settings that are all omitted.
///
/// # Panics   if a setting has no default, or an invalid one; a test covers every part
pub fn defaults<S: Settings>() -> S {
    let nothing = Node { line: 0, value: Raw::Table(vec![]) };
    let mut faults = vec![];
    let settings = S::read(&mut Reader::new("", "defaults", 0, &nothing, &mut faults));
    settings.unwrap_or_else(|| panic!("{faults:?}"))
}

/// Declares the type of a setting that is one of several words.
#[macro_export]
macro_rules! choice {
    ($(#[doc = $doc:literal])* pub enum $name:ident { $($(#[doc = $text:literal])* $variant:ident = $word:literal),* $(,)? }) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[doc = $text])* $variant),* }
        impl $crate::config::Value for $name {
            fn shape() -> $crate::config::Shape { $crate::config::Shape::Choice(&[$($word),*]) }
            fn read(node: &$crate::config::Node) -> Result<Self, String> {
                match node.text()?.as_str() {
                    $($word => Ok(Self::$variant),)*
                    other => Err($crate::config::unknown(other, &[$($word),*])),
                }
            }
            fn written(&self) -> String {
                match self { $(Self::$variant => $word.to_owned()),* }
            }
        }
    };
}

/// "'x' is not one of a, b, c; did you mean …".
pub fn unknown(name: &str, known: &[&str]) -> String {
    let lower = name.to_lowercase();
    let nearest = known.iter().map(|k| (distance(&lower, &k.to_lowercase()), k));
    let nearest = nearest.min().filter(|(d, k)| *d <= k.len() / 3 + 1);
    let hint = nearest.map(|(_, k)| format!("; did you mean '{k}'?")).unwrap_or_default();
    format!("'{name}' is not one of {}{hint}", known.join(", "))
}

/// Levenshtein distance.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, y) in b.chars().enumerate() {
            let above = row[j + 1];
            row[j + 1] = (above + 1).min(row[j] + 1).min(corner + usize::from(x != y));
            corner = above;
        }
    }
    *row.last().unwrap_or(&0)
}

impl Node {
    /// The value as text; numbers are formatted.
    pub fn text(&self) -> Result<String, String> {
        match &self.value {
            Raw::Text(text) => Ok(text.clone()),
            Raw::Integer(i) => Ok(i.to_string()),
            Raw::Number(x) => Ok(x.to_string()),
            Raw::Switch(b) => Ok(b.to_string()),
            Raw::List(_) => Err("is a list, and should be a single value".into()),
            Raw::Table(_) => Err("is a table, and should be a single value".into()),
        }
    }
}

macro_rules! quantity {
    ($($type:ty => $example:literal),*) => {$(
        impl Value for $type {
            fn shape() -> Shape { Shape::Quantity($example) }
            fn read(node: &Node) -> Result<Self, String> { node.text()?.parse() }
            fn written(&self) -> String { self.to_string() }
        }
    )*};
}
quantity!(Hertz => "48 kHz", Duration => "20 ms", Span => "256 samples", Level => "-6 dBFS", Share => "1 %");

macro_rules! integer {
    ($($type:ty),*) => {$(
        impl Value for $type {
            fn shape() -> Shape { Shape::Integer }
            fn read(node: &Node) -> Result<Self, String> {
                let text = node.text()?;
                text.trim().parse().map_err(|_| format!("'{text}' is not a whole number from {} to {}", <$type>::MIN, <$type>::MAX))
            }
            fn written(&self) -> String {
                self.to_string()
            }
        }
    )*};
}
integer!(u16, u32, u64, i64);

impl Value for f64 {
    fn shape() -> Shape {
        Shape::Number
    }
    fn read(node: &Node) -> Result<Self, String> {
        let text = node.text()?;
        text.trim()
            .parse()
            .ok()
            .filter(|x: &f64| x.is_finite())
            .ok_or_else(|| format!("'{text}' is not a number"))
    }
    fn written(&self) -> String {
        self.to_string()
    }
}

impl Value for String {
    fn shape() -> Shape {
        Shape::Text
    }
    fn read(node: &Node) -> Result<Self, String> {
        node.text()
    }
    fn written(&self) -> String {
        self.clone()
    }
}

/// An empty text counts as unset, so that `${VAR:-}` can omit a setting.
impl<T: Value> Value for Option<T> {
    const OPTIONAL: bool = true;
    fn shape() -> Shape {
        T::shape()
    }
    fn missing() -> Option<Self> {
        Some(None)
    }
    fn read(node: &Node) -> Result<Self, String> {
        match &node.value {
            Raw::Text(text) if text.is_empty() => Ok(None),
            _ => T::read(node).map(Some),
        }
    }
    fn written(&self) -> String {
        self.as_ref().map(T::written).unwrap_or_default()
    }
}

/// A list; a single value is a list of one. Text is split at commas, so that a variable can hold a list.
impl<T: Value> Value for Vec<T> {
    fn shape() -> Shape {
        Shape::List(Box::new(T::shape()))
    }
    fn read(node: &Node) -> Result<Self, String> {
        match &node.value {
            Raw::List(list) => list.iter().map(T::read).collect(),
            Raw::Text(text) => text
                .split(',')
                .map(str::trim)
                .filter(|t| !t.is_empty())
                .map(|t| T::read(&Node { line: node.line, value: Raw::Text(t.into()) }))
                .collect(),
            _ => Ok(vec![T::read(node)?]),
        }
    }
    fn written(&self) -> String {
        self.iter().map(T::written).collect::<Vec<_>>().join(",")
    }
}

/// Settings of another library, passed on unchanged; never printed, since they may contain a password.
#[derive(Clone, Default, PartialEq)]
pub struct PassedOn(pub BTreeMap<String, String>);

impl std::fmt::Debug for PassedOn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Names and values in the order of the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Named(pub Vec<(String, String)>);

/// Implements both types, which differ only in the order of their entries. Text is split at commas, so that a variable
/// can hold a table.
macro_rules! names_and_values {
    ($($type:ty => $shape:ident, $written:expr);*) => {$(
        impl Value for $type {
            const OPTIONAL: bool = true;
            fn shape() -> Shape {
                Shape::$shape
            }
            fn missing() -> Option<Self> {
                Some(Self::default())
            }
            fn read(node: &Node) -> Result<Self, String> {
                let texts: Result<_, String> = match &node.value {
                    Raw::Table(entries) => entries.iter().map(|(k, v)| Ok((k.clone(), v.text()?))).collect(),
                    Raw::Text(text) => return text.parse(),
                    _ => Err(NO_TABLE.into()),
                };
                texts.map(Self)
            }
            fn written(&self) -> String {
                $written(self)
            }
        }
        impl std::str::FromStr for $type {
            type Err = String;
            /// Parses a text such as `a=1,b=2`.
            fn from_str(text: &str) -> Result<Self, String> {
                let pair = |text: &str| {
                    let (name, value) = text.split_once('=').ok_or(NO_TABLE)?;
                    Ok((name.trim().to_owned(), value.trim().to_owned()))
                };
                let pairs = text.split(',').map(str::trim).filter(|pair| !pair.is_empty()).map(pair);
                pairs.collect::<Result<_, String>>().map(Self)
            }
        }
    )*};
}
names_and_values!(
    PassedOn => Options, |all: &PassedOn| if all.0.is_empty() { String::new() } else { HIDDEN.to_owned() };
    Named => Map, |all: &Named| {
        all.0.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(",")
    }
);

/// Replaces a value that may be a secret.
const HIDDEN: &str = "…";

/// The error for other values; it must not show them, since they may be secrets.
const NO_TABLE: &str = "is neither a table of names and values nor a string such as a=1,b=2";

/// A text that is never printed, logged or shown.
#[derive(Clone, PartialEq)]
pub struct Secret(String);

impl Secret {
    /// The text itself, for the code that sends it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("<secret>")
    }
}

impl Value for Secret {
    fn shape() -> Shape {
        Shape::Secret
    }
    fn read(node: &Node) -> Result<Self, String> {
        node.text().map(Self)
    }
    fn written(&self) -> String {
        HIDDEN.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::part::Role;

    /// [`defaults`] panics where this fails.
    #[test]
    fn optional_settings_can_be_omitted() {
        let nothing = Node { line: 0, value: Raw::Table(vec![]) };
        for part in crate::Registry::new(&[]).parts() {
            let whole = (part.fields)().iter().all(|field| field.optional || field.default.is_some());
            let mut faults = vec![];
            let mut reader = Reader::new("", part.name, 0, &nothing, &mut faults);
            let read = match part.role {
                Role::Source(read) => read(&mut reader).is_some(),
                Role::Window(read) => read(&mut reader).is_some(),
                Role::Transform(read) => read(&mut reader).is_some(),
                Role::Sink(read) => read(&mut reader).is_some(),
                Role::Format(read) => read(&mut reader).is_some(),
            };
            assert_eq!(read, whole, "{} {}: {faults:?}", part.role.name(), part.name);
        }
    }
}
