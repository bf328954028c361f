//! The features of a whole recording, as a record: mean and deviation over its frames.

use crate::data::{Data, Declaration, Field, Form, Kind, Record, Role, Type, Value, Values, of_form};
use passband_dsp::feature::Feature;
use passband_dsp::moments::Moments;
use std::sync::{Arc, LazyLock};

/// The features of a whole recording.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordingFeatures {
    /// Names the recording, as in samples.
    pub recording: i64,
    /// When its last sample was taken (µs since 1970).
    pub time: i64,
    /// Sample rate in Hz.
    pub rate: f64,
    /// Samples that were measured.
    pub samples: u64,
    /// What was measured.
    pub names: Arc<Summaries>,
    /// Of each feature.
    pub values: Vec<Summary>,
}

/// One feature over all frames of a recording.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// The mean of each value of a row.
    pub mean: Box<[f32]>,
    /// The standard deviation of each.
    pub deviation: Box<[f32]>,
}

impl Summary {
    /// What the frames were.
    pub fn of(moments: &Moments) -> Self {
        let mean = moments.mean().iter().map(|value| *value as f32).collect();
        Self { mean, deviation: moments.deviation().map(|value| value as f32).collect() }
    }
}

/// The names of the features of a recording.
#[derive(Debug, PartialEq)]
pub struct Summaries {
    /// In the order of the values.
    pub names: Vec<String>,
    plain: Vec<Field>,
}

impl Summaries {
    /// Of features with these names.
    pub fn new(names: Vec<String>) -> Self {
        let own = names.iter().flat_map(|name| {
            let unit = Feature::by_name(name).map_or("", |feature| feature.unit);
            let field = |of: &str, doc: &'static str| {
                Field::new(format!("{name}_{of}"), doc, Type::Float.list()).unit(unit)
            };
            [
                field("mean", "The mean over all frames."),
                field("deviation", "The standard deviation over all frames."),
            ]
        });
        let plain = fixed().into_iter().chain(own).collect();
        Self { names, plain }
    }
}

fn fixed() -> Vec<Field> {
    vec![
        Field::new("recording", "Names the recording, as in Samples: of a folder its number.", Type::Long)
            .role(Role::Name),
        Field::new("time", "When the last sample was taken.", Type::Time).role(Role::Time),
        Field::new("rate", "Sample rate in Hz.", Type::Double).unit("Hz"),
        Field::new("samples", "Samples of each channel that were measured.", Type::Long),
    ]
}

static DECLARATION: Declaration = Declaration {
    name: "recording_features",
    title: "RecordingFeatures",
    doc: &[
        "The features of a whole recording: mean and standard deviation over its frames.",
        "The message key is the name of the stream.",
        "In JSON and tables the mean and the deviation of each feature are fields of their own.",
    ],
    fields: RecordingFeatures::declared,
    streams: true,
    of: |form| match form {
        Form::Exact => &FIELDS,
        Form::Plain => &[],
    },
    read: |form, values| RecordingFeatures::take(form, &mut Values::new(values)).map(Data::row),
};

static FIELDS: LazyLock<Vec<Field>> = LazyLock::new(|| of_form(RecordingFeatures::declared(), Form::Exact));

impl RecordingFeatures {
    /// Its kind.
    pub const KIND: Kind = Kind::Row(&DECLARATION);
}

impl Record for RecordingFeatures {
    const TITLE: &'static str = "RecordingFeatures";
    fn declaration() -> &'static Declaration {
        &DECLARATION
    }
    fn declared() -> Vec<Field> {
        let map = || Type::Map(Box::new(Type::Float.list()));
        let values = [
            Field::new("means", "The mean of each feature, by name.", map()),
            Field::new("deviations", "The standard deviation of each feature, by name.", map()),
        ];
        fixed().into_iter().chain(values.map(|field| field.only(Form::Exact))).collect()
    }
    fn fields(&self, form: Form) -> &[Field] {
        match form {
            Form::Exact => &FIELDS,
            Form::Plain => &self.names.plain,
        }
    }
    fn put<'a>(&'a self, form: Form, out: &mut Vec<Value<'a>>) {
        let floats = |values: &'a [f32]| Value::Floats(values.into());
        out.extend([Value::Long(self.recording), Value::Long(self.time), Value::Double(self.rate)]);
        out.push(Value::Long(self.samples as i64));
        match form {
            Form::Plain => {
                let each = self.values.iter();
                out.extend(each.flat_map(|one| [floats(&one.mean), floats(&one.deviation)]));
            }
            Form::Exact => {
                let named = |of: fn(&Summary) -> &[f32]| {
                    let names = self.names.names.iter().map(|name| name.as_str().into());
                    Value::Map(names.zip(self.values.iter().map(|one| floats(of(one)))).collect())
                };
                out.extend([named(|one| &one.mean), named(|one| &one.deviation)]);
            }
        }
    }
    fn take(form: Form, from: &mut Values<'_>) -> Result<Self, String> {
        let (recording, time, rate, samples) = (from.long()?, from.long()?, from.double()?, from.index()?);
        let (Form::Exact, Value::Map(means), Value::Map(deviations)) = (form, from.value(), from.value())
        else {
            return Err("its features have no names".into());
        };
        let (mut names, mut values) = (vec![], vec![]);
        for ((name, mean), (other, deviation)) in means.into_iter().zip(deviations) {
            let (Value::Floats(mean), Value::Floats(deviation)) = (mean, deviation) else {
                return Err(format!("{name} is no list of numbers"));
            };
            if name != other || mean.len() != deviation.len() {
                return Err(format!("the mean of {name} stands beside the deviation of {other}"));
            }
            names.push(name.into_owned());
            values.push(Summary { mean: mean.into_owned().into(), deviation: deviation.into_owned().into() });
        }
        Ok(Self { recording, time, rate, samples, names: Arc::new(Summaries::new(names)), values })
    }
    fn time(&self) -> i64 {
        self.time
    }
    fn numbers(&self) -> usize {
        self.values.iter().map(|one| 2 * one.mean.len()).sum()
    }
}
