//! The schema of a record: fields with a type, a unit and a role, in two forms.

use super::value::Value;
use std::borrow::Cow;

/// The two forms of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Lossless: numbers are restored to the last bit, so that sums can be merged and carried on. Avro.
    Exact,
    /// For display and tables: deviations instead of sums of squares. JSON, CSV, Arrow.
    Plain,
}

/// The type of a field.
#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    /// True or false.
    Bool,
    /// A whole number of 64 bits.
    Long,
    /// A time in µs since 1970.
    Time,
    /// A number of 64 bits; NaN for none.
    Double,
    /// A number of 32 bits.
    Float,
    /// A text.
    Text,
    /// An enumeration with its name and its words.
    Symbol(&'static str, &'static [&'static str]),
    /// Null, or a value of this type.
    Optional(Box<Type>),
    /// A list of values of one type.
    List(Box<Type>),
    /// Values of one type, by name.
    Map(Box<Type>),
    /// A nested record.
    Record(&'static str, Vec<Field>),
}

impl Type {
    /// A list with items of this type.
    pub fn list(self) -> Self {
        Type::List(Box::new(self))
    }
}

/// The role of a field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// A value.
    #[default]
    Value,
    /// The name of the record's stream.
    Stream,
    /// Identifies the record together with the stream, so that a newer record replaces it; part of the Kafka key.
    Key,
    /// Distinguishes the records of a stream.
    Name,
    /// The event time of the record.
    Time,
    /// The number of parts that were folded.
    Count,
    /// A list with one item per event, of varying length: a single column in tables.
    Events,
    /// What is known of the file that the record is of, if anything.
    About,
}

/// A field of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its name, after the names of the objects that contain it.
    pub path: Vec<Cow<'static, str>>,
    /// Its documentation.
    pub doc: Cow<'static, str>,
    /// The unit of its values; empty for none.
    pub unit: &'static str,
    /// Its type.
    pub kind: Type,
    /// Its role.
    pub role: Role,
    /// The only form that has it; `None` for both.
    pub form: Option<Form>,
    /// Its value in a message without it; the plain form omits fields with this value.
    pub default: Option<Value<'static>>,
}

impl Field {
    /// A value field of both forms.
    pub fn new(name: impl Into<Cow<'static, str>>, doc: impl Into<Cow<'static, str>>, kind: Type) -> Self {
        Self {
            path: vec![name.into()],
            doc: doc.into(),
            unit: "",
            kind,
            role: Role::Value,
            form: None,
            default: None,
        }
    }
    /// Restricts it to one form.
    pub fn only(mut self, form: Form) -> Self {
        self.form = Some(form);
        self
    }
    /// Sets the role.
    pub fn role(mut self, role: Role) -> Self {
        self.role = role;
        if role == Role::Time && self.kind == Type::Long {
            self.kind = Type::Time;
        }
        self
    }
    /// Sets the unit.
    pub fn unit(mut self, unit: &'static str) -> Self {
        self.unit = unit;
        self
    }
    /// Sets the default.
    pub fn or(mut self, default: Value<'static>) -> Self {
        self.default = Some(default);
        self
    }
    /// Marks it as a field of the plain form that is computed from others: it is written, and not read back.
    pub fn derived(self) -> Self {
        self.only(Form::Plain).or(Value::Null)
    }
    /// Its full name: the names of the containing objects and its own, joined.
    pub fn name(&self) -> Cow<'static, str> {
        match &self.path[..] {
            [one] => one.clone(),
            path => path.join(".").into(),
        }
    }
}
