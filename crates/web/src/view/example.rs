//! Labelled examples as records: the fields of the list, and the mean of each feature over its frames.

use passband_dsp::feature::Feature;
use passband_flow::data::{
    ColumnValue, Data, Declaration, Example, Field, Form, Record, Role, Row, Type, Value, Values,
};

/// An example without its samples.
#[derive(Clone, Debug, PartialEq)]
struct Shown {
    fields: Vec<Field>,
    values: Vec<Value<'static>>,
}

/// An example as a record.
pub(super) fn row(example: &Example) -> Row {
    let mut shown = Shown { fields: vec![], values: vec![] };
    let mut add = |field: Field, value| {
        shown.fields.push(field);
        shown.values.push(value);
    };
    let field = |name: &str, doc: &str, kind| Field::new(name.to_owned(), doc.to_owned(), kind);
    add(
        field("row", "Number of the row in the list.", Type::Long).role(Role::Name),
        Value::Long(example.row as i64),
    );
    add(
        field("piece", "Number of the piece of the recording.", Type::Long).role(Role::Name),
        Value::Long(i64::from(example.piece)),
    );
    add(
        field("recording", "Name of the recording in the list.", Type::Text).role(Role::Name),
        Value::Text(example.name.to_string().into()),
    );
    add(field("label", "Label of the recording.", Type::Long).role(Role::Name), Value::Long(example.label));
    for (name, value) in &example.columns {
        let (kind, value) = match value {
            ColumnValue::Int(value) => (Type::Long, Value::Long(*value)),
            ColumnValue::Float(value) => (Type::Double, Value::Double(*value)),
            ColumnValue::Text(value) => (Type::Text, Value::Text(value.to_string().into())),
        };
        add(field(name, "Column of the list.", kind), value);
    }
    add(
        field("split", "Split of the training set.", Type::Text),
        Value::Text(example.shard.split.clone().into()),
    );
    add(field("rate", "Sample rate.", Type::Double).unit("Hz"), Value::Double(example.rate.0));
    add(field("channels", "Number of channels.", Type::Long), Value::Long(example.channels as i64));
    if let Some(audio) = &example.audio {
        let seconds = audio.len() as f64 / example.channels.max(1) as f64 / example.rate.0;
        add(field("duration", "Length of the samples.", Type::Double).unit("s"), Value::Double(seconds));
    }
    for feature in &example.features {
        let frames = feature.values.len() / feature.width.max(1);
        let mean = |at: usize| {
            let values = feature.values.iter().skip(at).step_by(feature.width.max(1));
            values.map(|value| f64::from(*value)).sum::<f64>() / frames as f64
        };
        let means: Vec<f64> = (0..feature.width).map(mean).collect();
        let unit = Feature::by_name(feature.name).map_or("", |feature| feature.unit);
        add(
            field(feature.name, "Mean of the feature over the frames.", Type::Double.list()).unit(unit),
            Value::Doubles(means.into()),
        );
    }
    Row::new(shown)
}

static DECLARATION: Declaration = Declaration {
    name: "examples",
    title: "Example",
    doc: &["A labelled recording, or a piece of one."],
    fields: Shown::declared,
    streams: false,
    of: |_| &[],
    read: |form, values| Shown::take(form, &mut Values::new(values)).map(Data::row),
};

impl Record for Shown {
    const TITLE: &'static str = "Example";
    fn declaration() -> &'static Declaration {
        &DECLARATION
    }
    fn declared() -> Vec<Field> {
        vec![]
    }
    fn fields(&self, _: Form) -> &[Field] {
        &self.fields
    }
    fn put<'a>(&'a self, _: Form, out: &mut Vec<Value<'a>>) {
        out.extend(self.values.iter().cloned());
    }
    fn take(_: Form, _: &mut Values<'_>) -> Result<Self, String> {
        Err("examples are shown and never read".into())
    }
    fn numbers(&self) -> usize {
        self.values.iter().map(|value| value.items().unwrap_or(1)).sum()
    }
}
