//! Blocks of samples as records. Their Avro encoder is hand-written for speed, and gives the same bytes.

use super::Data;
use super::member::Member;
use super::record::{Declaration, Record, of_form};
use super::schema::{Field, Form, Role, Type};
use super::spectra::{channels, put_channels, take_channels};
use super::value::{Value, Values};
use passband_signal::{Block, Hertz, SignalSpec};
use std::sync::LazyLock;

/// The declaration of samples.
pub static DECLARATION: &Declaration = &Declaration {
    name: "samples",
    title: "Samples",
    doc: &[
        "Contiguous samples of one channel set.",
        "The message key is the name of the stream (the device, the file).",
    ],
    fields: Block::declared,
    streams: false,
    of: |form| match form {
        Form::Exact => &FIELDS.0,
        Form::Plain => &FIELDS.1,
    },
    read: |form, values| Block::take(form, &mut Values::new(values)).map(Data::Samples),
};

static FIELDS: LazyLock<(Vec<Field>, Vec<Field>)> =
    LazyLock::new(|| [Form::Exact, Form::Plain].map(|form| of_form(Block::declared(), form)).into());

impl Record for Block {
    const TITLE: &'static str = "Samples";
    fn declaration() -> &'static Declaration {
        DECLARATION
    }
    fn declared() -> Vec<Field> {
        vec![
            Field::new(
                "recording",
                "When this recording began: names it, so that an index that starts anew is not taken for a repeat.",
                Type::Time,
            )
            .role(Role::Name),
            Field::new(
                "index",
                "Index of the first sample, counted from the start of the recording. A jump is a gap; silence has no jump.",
                Type::Long,
            )
            .role(Role::Name),
            Field::new(
                "time",
                "When the first sample was taken, by the clock of the machine that took it.",
                Type::Time,
            )
            .role(Role::Time),
            Field::new("rate", "Samples per second of each channel, in Hz.", Type::Double).unit("Hz"),
            Field::new(
                "channels",
                "The samples of each channel, all of one length; full scale is -1 to 1. Passband reads items of type double too.",
                channels(),
            ),
            Field::new(
                "centre",
                "Where the channels are I and Q: the frequency that lies at 0 Hz, in Hz. Passband also reads messages that end before this field.",
                Type::Optional(Box::new(Type::Double)),
            )
            .unit("Hz")
            .or(Value::Null),
            Field::new("of", "Samples in the whole recording; 0 where that is not known.", Type::Long)
                .or(Value::Long(0)),
        ]
    }
    fn put<'a>(&'a self, form: Form, out: &mut Vec<Value<'a>>) {
        out.extend([self.recording, self.index as i64, self.time].map(Value::Long));
        self.spec.rate.put(form, out);
        out.push(put_channels((0..self.spec.channels).map(|at| self.channel(at).into())));
        self.spec.centre.put(form, out);
        out.push(Value::Long(self.of as i64));
    }
    fn take(form: Form, from: &mut Values<'_>) -> Result<Self, String> {
        let (recording, index, time) = (from.long()?, from.index()?, from.long()?);
        let rate = Hertz::take(form, from)?;
        let (channels, samples) = take_channels(from.list()?)?;
        let (centre, of) = (<Option<Hertz> as Member>::take(form, from)?, from.index()?);
        if centre.is_some_and(|centre| !centre.0.is_finite()) || centre.is_some() && channels != 2 {
            return Err(format!("{channels} channels with a centre frequency are not I/Q"));
        }
        let spec = SignalSpec { rate, channels, centre };
        Ok(Block { spec, recording, index, time, of, samples })
    }
    fn time(&self) -> i64 {
        self.time
    }
    fn numbers(&self) -> usize {
        self.samples.len()
    }
}
