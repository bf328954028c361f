//! A part's settings: declared once, as a struct whose fields have documentation, type and default.
//!
//! Parsing, `passband explain`, the reference page and the JSON Schema are derived from the declaration.
//! [`settings!`](crate::settings) is a plain `macro_rules!`.

use super::node::{Node, Raw};
use super::reader::Reader;

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
