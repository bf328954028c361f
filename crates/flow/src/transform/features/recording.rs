//! The results of a whole recording as a record: features over its frames, and analyses.

use crate::data::{Data, Declaration, Field, Form, Kind, Record, Role, Type, Value, Values, of_form};
use passband_dsp::feature::Feature;
use passband_dsp::moments::Moments;
use passband_dsp::music::{Analysis, Found, OutcomeKind};
use std::sync::{Arc, LazyLock};

/// The features of a whole recording.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordingFeatures {
    /// The recording, as in samples.
    pub recording: i64,
    /// Time of its last sample (µs since 1970).
    pub time: i64,
    /// Sample rate in Hz.
    pub rate: f64,
    /// Samples per channel that were measured.
    pub samples: u64,
    /// The names of features and results.
    pub names: Arc<Summaries>,
    /// By feature, mean and deviation.
    pub values: Vec<Summary>,
    /// The results of the analyses.
    pub results: Vec<Found>,
}

/// One feature over all frames of a recording.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// The mean of each value of a row.
    pub mean: Box<[f32]>,
    /// The standard deviation of each value of a row.
    pub deviation: Box<[f32]>,
}

impl Summary {
    /// Mean and deviation from the moments of the frames.
    pub fn of(moments: &Moments) -> Self {
        let mean = moments.mean().iter().map(|value| *value as f32).collect();
        Self { mean, deviation: moments.deviation().map(|value| value as f32).collect() }
    }
}

/// The names of the features and results of a recording.
#[derive(Debug, PartialEq)]
pub struct Summaries {
    /// Features, in the order of the values.
    pub names: Vec<String>,
    /// Results of analyses, in order.
    pub results: Vec<String>,
    plain: Vec<Field>,
}

/// The field of a result.
fn result(name: &str, kind: OutcomeKind) -> Field {
    let kind = match kind {
        OutcomeKind::Number => Type::Optional(Box::new(Type::Double)),
        OutcomeKind::Word => Type::Optional(Box::new(Type::Text)),
        OutcomeKind::Numbers => Type::Double.list(),
        OutcomeKind::Words => Type::Text.list(),
    };
    let (doc, unit) = Analysis::outcome(name).map_or(("What was found.", ""), |of| (of.summary, of.unit));
    let events = matches!(kind, Type::List(_));
    let field = Field::new(name.to_owned(), doc, kind).unit(unit);
    if events { field.role(Role::Events) } else { field }
}

impl Summaries {
    /// Creates the names of features and results.
    pub fn new(names: Vec<String>, results: Vec<(String, OutcomeKind)>) -> Self {
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
        let found = results.iter().map(|(name, kind)| result(name, *kind));
        let plain = fixed().into_iter().chain(found).chain(own).collect();
        Self { names, results: results.into_iter().map(|(name, _)| name).collect(), plain }
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

fn value(found: &Found) -> Value<'_> {
    match found {
        Found::Number(number) => number.map_or(Value::Null, Value::Double),
        Found::Word(word) => word.as_deref().map_or(Value::Null, |word| Value::Text(word.into())),
        Found::Numbers(numbers) => Value::Doubles(numbers.as_slice().into()),
        Found::Words(words) => {
            Value::List(words.iter().map(|word| Value::Text(word.as_str().into())).collect())
        }
    }
}

fn read(kind: OutcomeKind, value: Value<'_>) -> Option<Found> {
    Some(match (kind, value) {
        (OutcomeKind::Number, Value::Null) => Found::Number(None),
        (OutcomeKind::Number, Value::Double(number)) => Found::Number(Some(number)),
        (OutcomeKind::Word, Value::Null) => Found::Word(None),
        (OutcomeKind::Word, Value::Text(word)) => Found::Word(Some(word.into_owned())),
        (OutcomeKind::Numbers, Value::Doubles(numbers)) => Found::Numbers(numbers.into_owned()),
        (OutcomeKind::Words, Value::List(words)) => {
            let word = |word| if let Value::Text(word) = word { Some(word.into_owned()) } else { None };
            Found::Words(words.into_iter().map(word).collect::<Option<_>>()?)
        }
        _ => return None,
    })
}

static DECLARATION: Declaration = Declaration {
    name: "recording_features",
    title: "RecordingFeatures",
    doc: &[
        "What was measured of a whole recording: of features the mean and the standard deviation over its frames, of \
         analyses their results.",
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
        let of = |kind| Type::Map(Box::new(kind));
        let map = || of(Type::Float.list());
        let (number, word) =
            (|| Type::Optional(Box::new(Type::Double)), || Type::Optional(Box::new(Type::Text)));
        let values = [
            Field::new("means", "The mean of each feature, by name.", map()),
            Field::new("deviations", "The standard deviation of each feature, by name.", map()),
            Field::new("numbers", "Results that are a number, or none, by name.", of(number())),
            Field::new("words", "Results that are a word, or none, by name.", of(word())),
            Field::new(
                "events",
                "Results of which each event has a number, by name.",
                of(Type::Double.list()),
            ),
            Field::new("labels", "Results of which each event has a word, by name.", of(Type::Text.list())),
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
                out.extend(self.results.iter().map(value));
                let each = self.values.iter();
                out.extend(each.flat_map(|one| [floats(&one.mean), floats(&one.deviation)]));
            }
            Form::Exact => {
                let named = |of: fn(&Summary) -> &[f32]| {
                    let names = self.names.names.iter().map(|name| name.as_str().into());
                    Value::Map(names.zip(self.values.iter().map(|one| floats(of(one)))).collect())
                };
                out.extend([named(|one| &one.mean), named(|one| &one.deviation)]);
                let results = || self.names.results.iter().zip(&self.results);
                let kinds: [fn(&Found) -> bool; 4] = [
                    |found| matches!(found, Found::Number(_)),
                    |found| matches!(found, Found::Word(_)),
                    |found| matches!(found, Found::Numbers(_)),
                    |found| matches!(found, Found::Words(_)),
                ];
                out.extend(kinds.map(|is| {
                    let of = results().filter(|(_, found)| is(found));
                    Value::Map(of.map(|(name, found)| (name.as_str().into(), value(found))).collect())
                }));
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
                return Err(format!("{name} is not a list of numbers"));
            };
            if name != other || mean.len() != deviation.len() {
                return Err(format!("the mean of {name} stands beside the deviation of {other}"));
            }
            names.push(name.into_owned());
            values.push(Summary { mean: mean.into_owned().into(), deviation: deviation.into_owned().into() });
        }
        let (mut kinds, mut results) = (vec![], vec![]);
        for kind in [OutcomeKind::Number, OutcomeKind::Word, OutcomeKind::Numbers, OutcomeKind::Words] {
            let Value::Map(found) = from.value() else { return Err("its results have no names".into()) };
            for (name, value) in found {
                let found = read(kind, value).ok_or_else(|| format!("{name} is of another type"))?;
                kinds.push((name.into_owned(), kind));
                results.push(found);
            }
        }
        let names = Arc::new(Summaries::new(names, kinds));
        Ok(Self { recording, time, rate, samples, names, values, results })
    }
    fn time(&self) -> i64 {
        self.time
    }
    fn numbers(&self) -> usize {
        self.values.iter().map(|one| 2 * one.mean.len()).sum()
    }
}
