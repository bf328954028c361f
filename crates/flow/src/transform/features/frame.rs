//! The features of one frame, as a record.

use crate::data::{Data, Declaration, Field, Form, Kind, Record, Role, Type, Value, Values, of_form};
use std::sync::{Arc, LazyLock};

/// The features of one frame that share `n_fft`, `hop_length` and `center`.
#[derive(Clone, Debug, PartialEq)]
pub struct FrameFeatures {
    /// The recording, as in samples.
    pub recording: i64,
    /// The number of the frame in the recording.
    pub frame: u64,
    /// Index of its first sample; negative if the frame starts before the recording.
    pub start: i64,
    /// Time of the last sample (µs since 1970).
    pub time: i64,
    /// Sample rate in Hz.
    pub rate: f64,
    /// The names of the features.
    pub names: Arc<Names>,
    /// One row of each feature.
    pub values: Vec<Box<[f32]>>,
}

/// The names of the features of a frame.
#[derive(Debug, PartialEq)]
pub struct Names {
    /// In the order of the values.
    pub names: Vec<String>,
    plain: Vec<Field>,
}

impl Names {
    /// Creates the list.
    pub fn new(names: Vec<String>) -> Self {
        let own = names.iter().map(|name| {
            let unit = passband_dsp::feature::Feature::by_name(name).map_or("", |feature| feature.unit);
            Field::new(name.clone(), "What was measured.", Type::Float.list()).unit(unit)
        });
        let plain = fixed().into_iter().chain(own).collect();
        Self { names, plain }
    }
}

fn fixed() -> Vec<Field> {
    vec![
        Field::new(
            "recording",
            "Names the recording, as in Samples; in a folder, by its number.",
            Type::Long,
        )
        .role(Role::Name),
        Field::new("frame", "The number of the frame in the recording.", Type::Long).role(Role::Name),
        Field::new(
            "start",
            "Index of the first sample of the frame; negative if the frame starts before the recording.",
            Type::Long,
        ),
        Field::new("time", "When the last sample of the frame was taken.", Type::Time).role(Role::Time),
        Field::new("rate", "Sample rate in Hz.", Type::Double).unit("Hz"),
    ]
}

static DECLARATION: Declaration = Declaration {
    name: "features",
    title: "Features",
    doc: &[
        "The features of one frame.",
        "The message key is the name of the stream.",
        "In JSON and tables, each feature is a separate field.",
    ],
    fields: FrameFeatures::declared,
    streams: true,
    of: |form| match form {
        Form::Exact => &FIELDS,
        Form::Plain => &[],
    },
    read: |form, values| FrameFeatures::take(form, &mut Values::new(values)).map(Data::row),
};

static FIELDS: LazyLock<Vec<Field>> = LazyLock::new(|| of_form(FrameFeatures::declared(), Form::Exact));

impl FrameFeatures {
    /// The kind of this record.
    pub const KIND: Kind = Kind::Row(&DECLARATION);
}

impl Record for FrameFeatures {
    const TITLE: &'static str = "Features";
    fn declaration() -> &'static Declaration {
        &DECLARATION
    }
    fn declared() -> Vec<Field> {
        let values = Field::new("values", "A row of each feature, by name.", {
            Type::Map(Box::new(Type::Float.list()))
        });
        fixed().into_iter().chain([values.only(Form::Exact)]).collect()
    }
    fn fields(&self, form: Form) -> &[Field] {
        match form {
            Form::Exact => &FIELDS,
            Form::Plain => &self.names.plain,
        }
    }
    fn put<'a>(&'a self, form: Form, out: &mut Vec<Value<'a>>) {
        let Self { recording, frame, start, time, rate, .. } = *self;
        out.extend([recording, frame as i64, start, time].map(Value::Long));
        out.push(Value::Double(rate));
        let rows = self.values.iter().map(|row| Value::Floats((&**row).into()));
        match form {
            Form::Plain => out.extend(rows),
            Form::Exact => {
                let names = self.names.names.iter().map(|name| name.as_str().into());
                out.push(Value::Map(names.zip(rows).collect()));
            }
        }
    }
    fn take(form: Form, from: &mut Values<'_>) -> Result<Self, String> {
        let (recording, frame, start, time) = (from.long()?, from.index()?, from.long()?, from.long()?);
        let rate = from.double()?;
        let (Form::Exact, Value::Map(found)) = (form, from.value()) else {
            return Err("its features have no names".into());
        };
        let (mut names, mut values) = (vec![], vec![]);
        for (name, row) in found {
            let Value::Floats(row) = row else { return Err(format!("{name} is not a list of numbers")) };
            names.push(name.into_owned());
            values.push(row.into_owned().into());
        }
        let names = Arc::new(Names::new(names));
        Ok(Self { recording, frame, start, time, rate, names, values })
    }
    fn time(&self) -> i64 {
        self.time
    }
    fn numbers(&self) -> usize {
        self.values.iter().map(|row| row.len()).sum()
    }
}
