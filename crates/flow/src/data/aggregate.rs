//! The result of a window for one key. Its columns are chosen by the pipeline, so its plain fields are built at run time.

use super::Data;
use super::record::{Declaration, Record, of_form};
use super::schema::{Field, Form, Role, Type};
use super::timestamp::Timestamp;
use super::value::{Value, Values};
use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

/// The result of a window for one key.
#[derive(Clone, Debug, PartialEq)]
pub struct Aggregate {
    /// The sensor.
    pub key: Box<str>,
    /// Start of the window (µs since 1970), inclusive.
    pub start: i64,
    /// End of the window (µs since 1970), exclusive.
    pub end: i64,
    /// Whether it is the final result of the window.
    pub result: ResultState,
    /// Number of readings in the window.
    pub readings: u64,
    /// The columns.
    pub shape: Arc<Shape>,
    /// The measured values, in the order of the columns that are measures.
    pub values: Box<[f64]>,
}

/// Whether a result may still change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResultState {
    /// It is the last result of the window.
    Final,
    /// Another result of the window will follow.
    Early,
}

impl ResultState {
    /// The name in results.
    pub const fn name(self) -> &'static str {
        match self {
            ResultState::Final => "final",
            ResultState::Early => "early",
        }
    }
}

/// The columns of an aggregate, in the order of output.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shape {
    /// The columns.
    pub columns: Vec<Column>,
    /// The plain fields of a final and of an early result.
    plain: [Vec<Field>; 2],
}

impl Shape {
    /// Creates the shape for these columns.
    pub fn new(columns: Vec<Column>) -> Self {
        let fields: Vec<Field> = columns.iter().map(Column::field).collect();
        let mut early = fields.clone();
        if columns.iter().all(|column| column.of != Of::Result) {
            early.push(Of::Result.field(vec!["result".into()]));
        }
        Self { columns, plain: [fields, early] }
    }
}

/// One column.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its name, after that of its object if it is in one.
    pub path: Vec<String>,
    /// Its content.
    pub of: Of,
}

/// The content of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// The sensor.
    Key,
    /// The window's start, in ms since 1970.
    Start,
    /// The window's end, in ms since 1970.
    End,
    /// The window's start, as ISO 8601 in UTC.
    StartIso,
    /// The window's end, as ISO 8601 in UTC.
    EndIso,
    /// The number of readings.
    Readings,
    /// `final` or `early`.
    Result,
    /// A measured value.
    Value {
        /// Its index among the values.
        index: usize,
        /// Whether it is a count, which is written without a fraction.
        counts: bool,
    },
}

impl Column {
    fn field(&self) -> Field {
        self.of.field(self.path.iter().cloned().map(Cow::Owned).collect())
    }
}

impl Of {
    fn field(self, path: Vec<Cow<'static, str>>) -> Field {
        let (kind, role, doc) = match self {
            Of::Key => (Type::Text, Role::Stream, "The sensor."),
            Of::Start => (Type::Long, Role::Value, "The window's start, in ms since 1970."),
            Of::End => (Type::Long, Role::Value, "The window's end, in ms since 1970."),
            Of::StartIso => (Type::Text, Role::Value, "The window's start, in UTC."),
            Of::EndIso => (Type::Text, Role::Value, "The window's end, in UTC."),
            Of::Readings => (Type::Long, Role::Count, "How many readings are in it."),
            Of::Result => (Type::Text, Role::Value, "final or early."),
            Of::Value { counts: true, .. } => {
                (Type::Optional(Box::new(Type::Long)), Role::Value, "How many values there are.")
            }
            Of::Value { counts: false, .. } => (Type::Double, Role::Value, "What was measured."),
        };
        Field { path, ..Field::new("", doc, kind).role(role) }
    }
}

static DECLARATION: Declaration = Declaration {
    name: "aggregates",
    title: "Aggregate",
    doc: &["What a window says of the readings of one sensor."],
    fields: Aggregate::declared,
    streams: false,
    of: |form| match form {
        Form::Exact => &FIELDS,
        Form::Plain => &[],
    },
    read: |form, values| Aggregate::take(form, &mut Values::new(values)).map(Data::row),
};

static FIELDS: LazyLock<Vec<Field>> = LazyLock::new(|| of_form(Aggregate::declared(), Form::Exact));

impl Aggregate {
    /// Its kind.
    pub const KIND: super::Kind = super::Kind::Row(&DECLARATION);

    fn value(&self, of: Of) -> Value<'_> {
        match of {
            Of::Key => Value::Text((&*self.key).into()),
            Of::Start => Value::Long(self.start.div_euclid(1000)),
            Of::End => Value::Long(self.end.div_euclid(1000)),
            Of::StartIso => Value::Text(Timestamp(self.start).to_string().into()),
            Of::EndIso => Value::Text(Timestamp(self.end).to_string().into()),
            Of::Readings => Value::Long(self.readings as i64),
            Of::Result => Value::Text(self.result.name().into()),
            Of::Value { index, counts } => match self.values.get(index) {
                Some(value) if counts && value.is_finite() => Value::Long(*value as i64),
                Some(value) if value.is_finite() => Value::Double(*value),
                _ => Value::Null,
            },
        }
    }
}

impl Record for Aggregate {
    const TITLE: &'static str = "Aggregate";
    fn declaration() -> &'static Declaration {
        &DECLARATION
    }
    fn declared() -> Vec<Field> {
        vec![
            Field::new("key", "The sensor.", Type::Text).role(Role::Stream),
            Field::new("start", "The first moment of the window.", Type::Time),
            Field::new("end", "One past its last moment.", Type::Time).role(Role::Time),
            Field::new("final", "Whether it stays as it is.", Type::Bool),
            Field::new("readings", "How many readings are in it.", Type::Long).role(Role::Count),
            Field::new(
                "values",
                "What was measured, by name; the names of an object's members are joined to its own with a dot.",
                Type::Map(Box::new(Type::Double)),
            ),
        ]
    }
    fn fields(&self, form: Form) -> &[Field] {
        match (form, self.result) {
            (Form::Exact, _) => &FIELDS,
            (Form::Plain, ResultState::Final) => &self.shape.plain[0],
            (Form::Plain, ResultState::Early) => &self.shape.plain[1],
        }
    }
    fn put<'a>(&'a self, form: Form, out: &mut Vec<Value<'a>>) {
        let columns = &self.shape.columns;
        if form == Form::Plain {
            out.extend(columns.iter().map(|column| self.value(column.of)));
            if self.shape.plain[0].len() < Record::fields(self, form).len() {
                out.push(self.value(Of::Result));
            }
            return;
        }
        let values = columns.iter().filter_map(|column| match column.of {
            Of::Value { index, .. } => {
                let name = match &column.path[..] {
                    [name] => Cow::Borrowed(name.as_str()),
                    path => path.join(".").into(),
                };
                Some((name, Value::Double(*self.values.get(index)?)))
            }
            _ => None,
        });
        out.extend([
            Value::Text((&*self.key).into()),
            Value::Long(self.start),
            Value::Long(self.end),
            Value::Bool(self.result == ResultState::Final),
            Value::Long(self.readings as i64),
            Value::Map(values.collect()),
        ]);
    }
    /// The columns are those of the values; the last name of a path tells whether the value is a count.
    fn take(form: Form, from: &mut Values<'_>) -> Result<Self, String> {
        if form == Form::Plain {
            return Err("which of its columns is what stands in the pipeline alone".into());
        }
        let (key, start, end) = (from.text()?.into(), from.long()?, from.long()?);
        let result = match from.value() {
            Value::Bool(false) => ResultState::Early,
            _ => ResultState::Final,
        };
        let readings = from.index()?;
        let Value::Map(found) = from.value() else { return Err("it has no values".into()) };
        let (mut columns, mut values) = (vec![], vec![]);
        for (name, value) in found {
            let Value::Double(value) = value else { continue };
            let path: Vec<_> = name.split('.').map(str::to_owned).collect();
            let counts = path.last().is_some_and(|last| last == "count");
            columns.push(Column { path, of: Of::Value { index: values.len(), counts } });
            values.push(value);
        }
        let shape = Arc::new(Shape::new(columns));
        Ok(Self { key, start, end, result, readings, shape, values: values.into() })
    }
    fn time(&self) -> i64 {
        self.end
    }
    fn key(&self) -> Option<String> {
        Some(self.key.to_string())
    }
    fn numbers(&self) -> usize {
        self.values.len() + 4
    }
}
