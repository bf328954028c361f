//! The columns of the table: those of the records that the transform `features` gives.

use crate::table::columns::column;
use datafusion::arrow::datatypes::{Field as Column, Schema, SchemaRef};
use passband_dsp::feature::FEATURES;
use passband_dsp::music::ANALYSES;
use passband_flow::data::{Field, Form, Record, Type};
use passband_flow::transform::features::{FrameFeatures, Name, Names, Over, RecordingFeatures, Summaries};
use std::sync::Arc;

/// The path or address by which a recording can be opened.
pub const PATH: &str = "path";
/// The name of its stream: the path below the folder that was named.
pub const STREAM: &str = "stream";
/// Its number in the order of the paths.
pub const RECORDING: &str = "recording";

/// What must be known for a column.
#[derive(Clone, Copy, Debug)]
pub enum Needs {
    /// The names of the recordings.
    Listing,
    /// The samples.
    Samples,
    /// This feature or analysis.
    Measured(Name),
}

/// One column.
#[derive(Debug)]
pub struct Of {
    pub name: String,
    /// Its type in the record; of names a text.
    pub kind: Type,
    pub needs: Needs,
}

/// All columns.
#[derive(Debug)]
pub struct Columns {
    pub all: Vec<Of>,
    pub schema: SchemaRef,
}

impl Columns {
    /// Of rows of this kind.
    pub fn of(per: Over) -> Self {
        let mut fields = vec![
            (Field::new(PATH, "The path or address of the recording.", Type::Text), Needs::Listing),
            (
                Field::new(STREAM, "The path of the recording below the folder that was named.", Type::Text),
                Needs::Listing,
            ),
        ];
        match per {
            Over::Recording => recording(&mut fields),
            Over::Frame => frame(&mut fields),
            over => {
                let declared = over.events().and_then(|(kind, _)| kind.declaration());
                let own = declared.map(|declared| (declared.of)(Form::Plain)).unwrap_or_default();
                fields.extend(own.iter().map(|field| (field.clone(), Needs::Samples)));
            }
        }
        for (field, needs) in &mut fields {
            if field.name() == RECORDING {
                *needs = Needs::Listing;
            }
        }
        // of frames of another cut there is no value
        let columns = fields.iter().filter_map(|(field, _)| column(field).ok());
        let columns: Vec<Column> = columns.map(|column| column.with_nullable(true)).collect();
        let all = fields.into_iter().map(|(field, needs)| Of {
            name: field.name().into_owned(),
            kind: field.kind,
            needs,
        });
        Self { all: all.collect(), schema: Arc::new(Schema::new(columns)) }
    }
}

/// The fields that a record has beside what was measured, and those of each feature and analysis.
fn recording(fields: &mut Vec<(Field, Needs)>) {
    let of = |names: Summaries| {
        let (values, results) = (vec![], vec![]);
        let row = RecordingFeatures {
            recording: 0,
            time: 0,
            sample_rate: 0.0,
            channels: 0,
            samples: 0,
            file: None,
            feature_version: 0,
            passband_version: "".into(),
            names: Arc::new(names),
            values,
            results,
        };
        row.fields(Form::Plain).to_vec()
    };
    let fixed = of(Summaries::new(vec![], vec![]));
    let count = fixed.len();
    // the path is known from the listing
    let measured = fixed.into_iter().filter(|field| field.name() != PATH);
    fields.extend(measured.map(|field| (field, Needs::Samples)));
    for analysis in ANALYSES.iter().copied() {
        let results =
            analysis.results.iter().map(|outcome| (outcome.name.to_owned(), outcome.kind)).collect();
        let own = of(Summaries::new(vec![], results)).split_off(count);
        // some results are given by several analyses
        for field in own {
            if fields.iter().all(|(known, _)| known.name() != field.name()) {
                fields.push((field, Needs::Measured(Name::Analysis(analysis))));
            }
        }
    }
    for feature in FEATURES.iter().copied() {
        let own = of(Summaries::new(vec![feature.name.to_owned()], vec![])).split_off(count);
        fields.extend(own.into_iter().map(|field| (field, Needs::Measured(Name::Feature(feature)))));
    }
}

fn frame(fields: &mut Vec<(Field, Needs)>) {
    let of = |names: Vec<String>| {
        let names = Arc::new(Names::new(names));
        let row =
            FrameFeatures { recording: 0, frame: 0, start: 0, time: 0, rate: 0.0, names, values: vec![] };
        row.fields(Form::Plain).to_vec()
    };
    let fixed = of(vec![]);
    let count = fixed.len();
    fields.extend(fixed.into_iter().map(|field| (field, Needs::Samples)));
    for feature in FEATURES.iter().copied() {
        let own = of(vec![feature.name.to_owned()]).split_off(count);
        fields.extend(own.into_iter().map(|field| (field, Needs::Measured(Name::Feature(feature)))));
    }
}
