//! The results of a whole recording as a record: features over its frames, and analyses.

use super::summary::Summary;
use crate::data::{
    Data, Declaration, Field, FileInfo, Form, Kind, Record, Role, Type, Value, Values, of_form,
};
use passband_dsp::feature::Feature;
use passband_dsp::music::{ANALYSES, Analysis, Found, OutcomeKind};
use passband_signal::TAGS;
use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

/// The features of a whole recording.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordingFeatures {
    /// The recording, as in samples.
    pub recording: i64,
    /// Time of the last sample (µs since 1970).
    pub time: i64,
    /// Sample rate of the recording in Hz.
    pub sample_rate: f64,
    /// Number of channels. Their mean is measured.
    pub channels: u64,
    /// Number of samples per channel that were measured.
    pub samples: u64,
    /// Metadata of the file, if the recording is read from one.
    pub file: Option<Arc<FileInfo>>,
    /// Version of the feature definitions.
    pub feature_version: u32,
    /// Version of Passband that measured the recording.
    pub passband_version: Cow<'static, str>,
    /// Names of the features and results.
    pub names: Arc<Summaries>,
    /// Mean, median and deviation of each feature.
    pub values: Vec<Summary>,
    /// The results of the analyses.
    pub results: Vec<Found>,
}

/// The names of what was measured of a recording.
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
                field(
                    "median",
                    "The median over all frames: exact for fewer than 16,384 frames, otherwise within 0.05 % in rank.",
                ),
                field("deviation", "The standard deviation over all frames."),
            ]
        });
        let found = results.iter().map(|(name, kind)| result(name, *kind));
        let plain = fixed().into_iter().chain(found).chain(own).collect();
        Self { names, results: results.into_iter().map(|(name, _)| name).collect(), plain }
    }
}

fn fixed() -> Vec<Field> {
    let maybe = |name: &'static str, doc: &'static str| {
        Field::new(name, doc, Type::Optional(Box::new(Type::Text))).role(Role::About)
    };
    let mut fields = vec![
        Field::new(
            "recording",
            "Names the recording, as in Samples; in a folder, by its number.",
            Type::Long,
        )
        .role(Role::Name),
        Field::new("time", "When the last sample was taken.", Type::Time).role(Role::Time),
        maybe("path", "Path or address of the file; null for a stream."),
        Field::new("duration", "Duration of the recording.", Type::Double).unit("s"),
        Field::new("sample_rate", "Sample rate of the recording in Hz.", Type::Double).unit("Hz"),
        Field::new("channels", "Number of channels. Features are measured on their mean.", Type::Long),
        Field::new("samples", "Number of samples per channel that were measured.", Type::Long),
        maybe("container", "Container of the file, such as mp4."),
        maybe("codec", "Codec of the file, such as aac."),
        maybe("content_hash", "XXH3-128 of the bytes of the file, in hexadecimal digits."),
        Field::new(
            "feature_version",
            "Version of the feature definitions; changes when the values for the same recording change.",
            Type::Long,
        ),
        Field::new("passband_version", "The version of Passband that measured it.", Type::Text),
    ];
    fields.extend(TAGS.map(|tag| maybe(tag, "Tag of the file.")));
    fields
}

/// Appends the values of the fixed fields.
fn put_fixed<'a>(of: &'a RecordingFeatures, out: &mut Vec<Value<'a>>) {
    let file = of.file.as_deref();
    let text = |of: fn(&FileInfo) -> &String| {
        file.map(of).filter(|text| !text.is_empty()).map_or(Value::Null, |text| Value::Text(text.into()))
    };
    out.extend([Value::Long(of.recording), Value::Long(of.time), text(|file| &file.path)]);
    out.extend([of.duration(), of.sample_rate].map(Value::Double));
    out.extend([of.channels, of.samples].map(|number| Value::Long(number as i64)));
    out.extend([text(|file| &file.container), text(|file| &file.codec), text(|file| &file.content_hash)]);
    out.extend([Value::Long(of.feature_version.into()), Value::Text((&*of.passband_version).into())]);
    let tags = TAGS.iter().enumerate().map(|(at, _)| file.and_then(|file| file.tags[at].as_deref()));
    out.extend(tags.map(|tag| tag.map_or(Value::Null, |text| Value::Text(text.into()))));
}

/// Reads the fixed fields, without features and results.
fn take_fixed(from: &mut Values<'_>) -> Result<RecordingFeatures, String> {
    let maybe = |from: &mut Values<'_>| match from.value() {
        Value::Null => Ok(None),
        Value::Text(text) => Ok(Some(text.into_owned())),
        other => Err(format!("{other:?} is no text")),
    };
    let (recording, time, path, _) = (from.long()?, from.long()?, maybe(from)?, from.double()?);
    let (sample_rate, channels, samples) = (from.double()?, from.index()?, from.index()?);
    let [container, codec, content_hash] = [maybe(from)?, maybe(from)?, maybe(from)?];
    let version = from.index()?;
    let feature_version = u32::try_from(version).map_err(|_| format!("{version} is not a version"))?;
    let passband_version = from.text()?.into();
    let mut tags = [const { None }; TAGS.len()];
    for tag in &mut tags {
        *tag = maybe(from)?;
    }
    let known = |text: Option<String>| text.unwrap_or_default();
    let file = path.map(|path| {
        let (container, codec) = (known(container), known(codec));
        Arc::new(FileInfo { path, content_hash: known(content_hash), container, codec, tags })
    });
    Ok(RecordingFeatures {
        recording,
        time,
        sample_rate,
        channels,
        samples,
        file,
        feature_version,
        passband_version,
        names: Arc::new(Summaries::new(vec![], vec![])),
        values: vec![],
        results: vec![],
    })
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

/// Index of a result among those of all analyses.
fn order(name: &str) -> usize {
    let mut all = ANALYSES.iter().flat_map(|analysis| analysis.results);
    all.position(|result| result.name == name).unwrap_or(usize::MAX)
}

static DECLARATION: Declaration = Declaration {
    name: "recording_features",
    title: "RecordingFeatures",
    doc: &[
        "The results for a whole recording: mean, median and standard deviation of features over its frames, and results of \
         analyses.",
        "The message key is the name of the stream.",
        "In JSON and tables, mean, median and deviation of each feature are separate fields.",
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
    /// The kind of this record.
    pub const KIND: Kind = Kind::Row(&DECLARATION);
    /// Version of this build of Passband.
    pub const PASSBAND_VERSION: &str = env!("CARGO_PKG_VERSION");

    /// Duration in seconds.
    pub fn duration(&self) -> f64 {
        self.samples as f64 / self.sample_rate
    }
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
            Field::new("medians", "The median of each feature, by name.", map()),
            Field::new("deviations", "The standard deviation of each feature, by name.", map()),
            Field::new("numbers", "Results with one number or null, by name.", of(number())),
            Field::new("words", "Results with one word or null, by name.", of(word())),
            Field::new("events", "Results with one number per event, by name.", of(Type::Double.list())),
            Field::new("labels", "Results with one word per event, by name.", of(Type::Text.list())),
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
        put_fixed(self, out);
        match form {
            Form::Plain => {
                out.extend(self.results.iter().map(value));
                let each = self.values.iter();
                out.extend(
                    each.flat_map(|one| {
                        [&one.mean, &one.median, &one.deviation].map(|values| floats(values))
                    }),
                );
            }
            Form::Exact => {
                let named = |of: fn(&Summary) -> &[f32]| {
                    let names = self.names.names.iter().map(|name| name.as_str().into());
                    Value::Map(names.zip(self.values.iter().map(|one| floats(of(one)))).collect())
                };
                out.extend([named(|one| &one.mean), named(|one| &one.median), named(|one| &one.deviation)]);
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
        let known = take_fixed(from)?;
        let (Form::Exact, Value::Map(means), Value::Map(medians), Value::Map(deviations)) =
            (form, from.value(), from.value(), from.value())
        else {
            return Err("its features have no names".into());
        };
        let (mut names, mut values) = (vec![], vec![]);
        for (((name, mean), (second, median)), (third, deviation)) in
            means.into_iter().zip(medians).zip(deviations)
        {
            let (Value::Floats(mean), Value::Floats(median), Value::Floats(deviation)) =
                (mean, median, deviation)
            else {
                return Err(format!("{name} is not a list of numbers"));
            };
            let lengths = [median.len(), deviation.len()];
            if name != second || name != third || lengths != [mean.len(); 2] {
                return Err(format!("mean, median and deviation of {name} do not belong together"));
            }
            names.push(name.into_owned());
            let [mean, median, deviation] =
                [mean, median, deviation].map(|values| values.into_owned().into());
            values.push(Summary { mean, median, deviation });
        }
        let mut found = vec![];
        for kind in [OutcomeKind::Number, OutcomeKind::Word, OutcomeKind::Numbers, OutcomeKind::Words] {
            let Value::Map(of) = from.value() else { return Err("its results have no names".into()) };
            for (name, value) in of {
                let value = read(kind, value).ok_or_else(|| format!("{name} is of another type"))?;
                found.push(((name.into_owned(), kind), value));
            }
        }
        // in the order of the analyses, regardless of type
        found.sort_by_key(|((name, _), _)| order(name));
        let (kinds, results): (Vec<_>, Vec<_>) = found.into_iter().unzip();
        let names = Arc::new(Summaries::new(names, kinds));
        Ok(Self { names, values, results, ..known })
    }
    fn time(&self) -> i64 {
        self.time
    }
    fn numbers(&self) -> usize {
        self.values.iter().map(|one| 3 * one.mean.len()).sum()
    }
}
