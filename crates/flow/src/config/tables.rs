//! Settings that are tables of names and values, and texts that are never printed.

use super::node::{Node, Raw};
use super::settings::{Shape, Value};
use std::collections::BTreeMap;

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
