//! What a record consists of: fields with a type, a unit and a role, in two forms.

use super::value::Value;
use std::borrow::Cow;

/// A record is written in one of two forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// For programs: every number comes back to the last bit, so that sums can be merged and carried on. Avro.
    Exact,
    /// For people and tables: deviations in place of sums of squares. JSON, CSV, Arrow.
    Plain,
}

/// The type of a field.
#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    /// True or false.
    Bool,
    /// A whole number of 64 bits.
    Long,
    /// A time: µs since 1970.
    Time,
    /// A number of 64 bits; NaN where there is none.
    Double,
    /// A number of 32 bits.
    Float,
    /// A text.
    Text,
    /// One of these words; the enumeration has a name of its own.
    Symbol(&'static str, &'static [&'static str]),
    /// Null, or a value of that type.
    Optional(Box<Type>),
    /// Values of one type.
    List(Box<Type>),
    /// Values of one type by name.
    Map(Box<Type>),
    /// A record in the record.
    Record(&'static str, Vec<Field>),
}

impl Type {
    /// A list of this type.
    pub fn list(self) -> Self {
        Type::List(Box::new(self))
    }
}

/// What a field is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// A value.
    #[default]
    Value,
    /// The name of the record's stream.
    Stream,
    /// Together with the stream it says what the record is the newest of; on Kafka it is part of the key.
    Key,
    /// It tells the records of a stream apart.
    Name,
    /// The event time of the record.
    Time,
    /// How many parts were folded.
    Count,
    /// A list of events, each time as long as there are any: of a table one column.
    Events,
}

/// A field of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its name; of a field in an object of its own, the names of the objects before it.
    pub path: Vec<Cow<'static, str>>,
    /// What it is.
    pub doc: Cow<'static, str>,
    /// The unit of its values; empty where they have none.
    pub unit: &'static str,
    /// Its type.
    pub kind: Type,
    /// What it is for.
    pub role: Role,
    /// The only form that has it; none: both.
    pub form: Option<Form>,
    /// What stands for it in a message without it; the plain form leaves it out where it is that.
    pub default: Option<Value<'static>>,
}

impl Field {
    /// A field of both forms that holds a value.
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
    /// The same in one form only.
    pub fn only(mut self, form: Form) -> Self {
        self.form = Some(form);
        self
    }
    /// The same with a role.
    pub fn role(mut self, role: Role) -> Self {
        self.role = role;
        if role == Role::Time && self.kind == Type::Long {
            self.kind = Type::Time;
        }
        self
    }
    /// The same with a unit.
    pub fn unit(mut self, unit: &'static str) -> Self {
        self.unit = unit;
        self
    }
    /// The same with what stands for it where it is missing.
    pub fn or(mut self, default: Value<'static>) -> Self {
        self.default = Some(default);
        self
    }
    /// A field of the plain form that is computed from others: it is written, and not read back.
    pub fn derived(self) -> Self {
        self.only(Form::Plain).or(Value::Null)
    }
    /// Its name, after those of the objects that it stands in.
    pub fn name(&self) -> Cow<'static, str> {
        match &self.path[..] {
            [one] => one.clone(),
            path => path.join(".").into(),
        }
    }
}
