//! The values of a record's fields, borrowed from the record where this saves a copy.

use std::borrow::Cow;

/// The value of a field.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// No value.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number, or a time in µs since 1970.
    Long(i64),
    /// A number.
    Double(f64),
    /// A text.
    Text(Cow<'a, str>),
    /// The index of a word of an enumeration.
    Symbol(usize),
    /// A list of whole numbers.
    Longs(Cow<'a, [i64]>),
    /// A list of numbers of 64 bits.
    Doubles(Cow<'a, [f64]>),
    /// A list of numbers of 32 bits.
    Floats(Cow<'a, [f32]>),
    /// A list of anything else.
    List(Vec<Value<'a>>),
    /// Values by name.
    Map(Vec<(Cow<'a, str>, Value<'a>)>),
    /// The fields of a record.
    Record(Vec<Value<'a>>),
}

impl Value<'_> {
    /// Copies everything that is borrowed.
    pub fn into_owned(self) -> Value<'static> {
        let all = |values: Vec<Value<'_>>| values.into_iter().map(Value::into_owned).collect();
        match self {
            Value::Null => Value::Null,
            Value::Bool(truth) => Value::Bool(truth),
            Value::Long(number) => Value::Long(number),
            Value::Double(number) => Value::Double(number),
            Value::Symbol(at) => Value::Symbol(at),
            Value::Text(text) => Value::Text(text.into_owned().into()),
            Value::Longs(values) => Value::Longs(values.into_owned().into()),
            Value::Doubles(values) => Value::Doubles(values.into_owned().into()),
            Value::Floats(values) => Value::Floats(values.into_owned().into()),
            Value::List(items) => Value::List(all(items)),
            Value::Record(values) => Value::Record(all(values)),
            Value::Map(entries) => {
                let entry =
                    |(name, of): (Cow<'_, str>, Value<'_>)| (name.into_owned().into(), of.into_owned());
                Value::Map(entries.into_iter().map(entry).collect())
            }
        }
    }
    /// The number of items, if it is a list.
    pub fn items(&self) -> Option<usize> {
        match self {
            Value::Longs(items) => Some(items.len()),
            Value::Doubles(items) => Some(items.len()),
            Value::Floats(items) => Some(items.len()),
            Value::List(items) => Some(items.len()),
            _ => None,
        }
    }
}

/// An iterator over the values of a record in the order of its fields, for reading.
pub struct Values<'a>(std::vec::IntoIter<Value<'a>>);

impl<'a> Values<'a> {
    /// Creates the iterator.
    pub fn new(values: Vec<Value<'a>>) -> Self {
        Self(values.into_iter())
    }
    /// The next value.
    pub fn value(&mut self) -> Value<'a> {
        self.0.next().unwrap_or(Value::Null)
    }
    /// The next value, a whole number.
    pub fn long(&mut self) -> Result<i64, String> {
        match self.value() {
            Value::Long(value) => Ok(value),
            other => Err(unlike("a whole number", &other)),
        }
    }
    /// The next value, a non-negative whole number.
    pub fn index(&mut self) -> Result<u64, String> {
        let value = self.long()?;
        u64::try_from(value).map_err(|_| format!("{value}, and negative numbers are not allowed here"))
    }
    /// The next value, a number; null is NaN.
    pub fn double(&mut self) -> Result<f64, String> {
        match self.value() {
            Value::Double(value) => Ok(value),
            Value::Null => Ok(f64::NAN),
            other => Err(unlike("a number", &other)),
        }
    }
    /// The next value, a text.
    pub fn text(&mut self) -> Result<String, String> {
        match self.value() {
            Value::Text(text) => Ok(text.into_owned()),
            other => Err(unlike("a string", &other)),
        }
    }
    /// The next value, a word of an enumeration; `symbols` are in the order of its words.
    pub fn symbol<T: Copy>(&mut self, symbols: &[T]) -> Result<T, String> {
        match self.value() {
            Value::Symbol(at) => {
                symbols.get(at).copied().ok_or_else(|| format!("an enumeration has no symbol {at}"))
            }
            other => Err(unlike("a word", &other)),
        }
    }
    /// The next value, a list of numbers.
    pub fn doubles(&mut self) -> Result<Vec<f64>, String> {
        match self.value() {
            Value::Doubles(values) => Ok(values.into_owned()),
            other => Err(unlike("a list of numbers", &other)),
        }
    }
    /// The next value, a list of whole numbers.
    pub fn longs(&mut self) -> Result<Vec<i64>, String> {
        match self.value() {
            Value::Longs(values) => Ok(values.into_owned()),
            other => Err(unlike("a list of whole numbers", &other)),
        }
    }
    /// The next value, a list.
    pub fn list(&mut self) -> Result<Vec<Value<'a>>, String> {
        match self.value() {
            Value::List(values) => Ok(values),
            other => Err(unlike("a list", &other)),
        }
    }
}

fn unlike(wanted: &str, found: &Value<'_>) -> String {
    let found = match found {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Long(_) => "a whole number",
        Value::Double(_) => "a number",
        Value::Text(_) | Value::Symbol(_) => "a string",
        Value::Map(_) | Value::Record(_) => "an object",
        _ => "a list",
    };
    format!("{found} stands where {wanted} belongs")
}
