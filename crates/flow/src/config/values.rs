//! Types that settings have: quantities, numbers, text, lists.

use super::node::{Node, Raw};
use super::settings::{Shape, Value};
use crate::data::Timestamp;
use passband_signal::{Duration, Hertz, Level, Share, Span};

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
