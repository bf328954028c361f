//! Spectra of frames, and their frequency axis.

use super::Data;
use super::member::{Along, Member};
use super::record::{Declaration, Record, of_form};
use super::schema::{Field, Form, Role, Type};
use super::value::{Value, Values};
use passband_dsp::iq::Order;
use passband_dsp::spectrum::Scale;
use passband_signal::Hertz;
use std::borrow::Cow;
use std::sync::LazyLock;

/// The spectrum of one frame, all channels.
#[derive(Clone, Debug, PartialEq)]
pub struct Spectrum {
    /// The recording, as in [`Block::recording`](passband_signal::Block::recording).
    pub recording: i64,
    /// Index of the frame's first sample.
    pub start: u64,
    /// Time of the frame's last sample (µs since 1970): its age is the delay since then.
    pub time: i64,
    /// Sample rate.
    pub rate: Hertz,
    /// Samples per frame: bin k lies at `k · rate / length`.
    pub length: u64,
    /// Samples from one frame to the next: a greater difference of starts is a gap.
    pub hop: u64,
    /// The frequencies of the bins.
    pub band: Band,
    /// The scale of the values.
    pub scale: Scale,
    /// Number of channels.
    pub channels: usize,
    /// The channels one after the other: `length / 2 + 1` values each for a real signal, `length` for I/Q.
    pub values: Vec<f32>,
}

impl Spectrum {
    /// Values per channel.
    pub fn bins(&self) -> usize {
        self.values.len() / self.channels.max(1)
    }
    /// The values of one channel.
    pub fn channel(&self, channel: usize) -> &[f32] {
        let n = self.bins();
        &self.values[channel * n..(channel + 1) * n]
    }
    /// The frequency of a bin.
    pub fn frequency(&self, bin: usize) -> Hertz {
        self.band.frequency(bin, self.rate, self.length)
    }
}

/// The declaration of spectra. Their Avro encoder is hand-written for speed, and gives the same bytes.
pub static DECLARATION: &Declaration = &Declaration {
    name: "spectra",
    title: "Spectrum",
    doc: &["The spectrum of one frame, all channels. The message key is the name of the stream."],
    fields: Spectrum::declared,
    streams: false,
    of: |form| match form {
        Form::Exact => &FIELDS.0,
        Form::Plain => &FIELDS.1,
    },
    read: |form, values| {
        let spectrum = Spectrum::take(form, &mut Values::new(values))?;
        spectrum.check()?;
        Ok(Data::Spectrum(spectrum))
    },
};

static FIELDS: LazyLock<(Vec<Field>, Vec<Field>)> =
    LazyLock::new(|| [Form::Exact, Form::Plain].map(|form| of_form(Spectrum::declared(), form)).into());

impl Record for Spectrum {
    const TITLE: &'static str = "Spectrum";
    fn declaration() -> &'static Declaration {
        DECLARATION
    }
    fn declared() -> Vec<Field> {
        let before = "Passband also reads messages that end before this field.";
        let (mut sides, mut centre) = two(Band::fields("band", String::new()));
        sides.doc = format!("{} {before}", sides.doc).into();
        (sides.default, centre.default) = (Some(Value::Symbol(0)), Some(Value::Double(0.0)));
        vec![
            Field::new("recording", "Names the recording, as in Samples.", Type::Time).role(Role::Name),
            Field::new("start", "Index of the first sample of the frame.", Type::Long).role(Role::Name),
            Field::new(
                "time",
                "When the last sample of the frame was taken: its age is the delay of everything since.",
                Type::Time,
            )
            .role(Role::Time),
            Field::new("rate", "Sample rate in Hz.", Type::Double).unit("Hz"),
            Field::new("length", "Samples in the frame: bins are rate / length Hz apart.", Type::Long),
            Field::new("hop", "Samples from one frame to the next.", Type::Long),
            scale_field("scale"),
            Field::new("channels", "The values of each channel, as many as sides says.", channels()),
            sides,
            centre,
        ]
    }
    fn put<'a>(&'a self, form: Form, out: &mut Vec<Value<'a>>) {
        out.extend([self.recording, self.start as i64, self.time].map(Value::Long));
        self.rate.put(form, out);
        out.extend([self.length as i64, self.hop as i64].map(Value::Long));
        self.scale.put(form, out);
        out.push(put_channels((0..self.channels).map(|at| self.channel(at).into())));
        self.band.put(form, out);
    }
    fn take(form: Form, from: &mut Values<'_>) -> Result<Self, String> {
        let (recording, start, time) = (from.long()?, from.index()?, from.long()?);
        let (rate, length, hop) = (Hertz::take(form, from)?, from.index()?, from.index()?);
        let scale = Scale::take(form, from)?;
        let (channels, values) = take_channels(from.list()?)?;
        let band = Band::take(form, from)?;
        Ok(Self { recording, start, time, rate, length, hop, band, scale, channels, values })
    }
    fn time(&self) -> i64 {
        self.time
    }
    fn numbers(&self) -> usize {
        self.values.len()
    }
    fn along(&self) -> Option<Along<'_>> {
        Some(frequencies(self.band, self.rate, self.length))
    }
    fn check(&self) -> Result<(), String> {
        match self.channels {
            0 => Ok(()),
            _ => self.band.fits(self.bins(), self.length),
        }
    }
}

/// The type of the samples or values of all channels.
pub(super) fn channels() -> Type {
    Type::Float.list().list()
}

/// The values of all channels, as a list of lists.
pub(super) fn put_channels<'a>(channels: impl Iterator<Item = Cow<'a, [f32]>>) -> Value<'a> {
    Value::List(channels.map(Value::Floats).collect())
}

/// The number of channels, and their values one after the other.
pub(super) fn take_channels(list: Vec<Value<'_>>) -> Result<(usize, Vec<f32>), String> {
    let (count, mut all, mut length) = (list.len(), vec![], None);
    for channel in list {
        let Value::Floats(values) = channel else { return Err("a channel is not a list of numbers".into()) };
        if *length.get_or_insert(values.len()) != values.len() {
            return Err("the channels have different lengths".into());
        }
        all.extend_from_slice(&values);
    }
    Ok((count, all))
}

fn two(fields: Vec<Field>) -> (Field, Field) {
    match <[Field; 2]>::try_from(fields) {
        Ok([one, other]) => (one, other),
        Err(fields) => unreachable!("{} fields", fields.len()),
    }
}

/// The frequencies of the bins of a spectrum.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Band {
    /// The order of the bins, and whether there are negative frequencies.
    pub sides: Sides,
    /// The frequency at 0 Hz: that of the local oscillator, 0 for a real signal.
    pub centre: Hertz,
}

/// The order of bins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sides {
    /// From 0 Hz to half the rate, `length / 2 + 1` bins.
    #[default]
    One,
    /// From minus half the rate upwards, `length` bins; 0 Hz is bin `length / 2`.
    Centred,
    /// From 0 Hz upwards, then the negative frequencies, `length` bins.
    FromZero,
}

const SIDES: [Sides; 3] = [Sides::One, Sides::Centred, Sides::FromZero];
const SIDE_NAMES: [&str; 3] = ["one", "centred", "from_zero"];

impl Sides {
    /// Its name in messages.
    pub fn name(self) -> &'static str {
        SIDE_NAMES[SIDES.iter().position(|known| *known == self).unwrap_or(0)]
    }
}

impl Member for Band {
    fn fields(_: &'static str, _: String) -> Vec<Field> {
        vec![
            Field::new(
                "sides",
                "The order of the bins. one: from 0 Hz to half the rate, length / 2 + 1 of them. centred: from minus half the rate upwards, length of them, 0 Hz at bin length / 2 (rounded down). from_zero: from 0 Hz upwards, then the negative ones.",
                Type::Symbol("Sides", &SIDE_NAMES),
            ),
            Field::new(
                "centre",
                "The frequency that lies at 0 Hz, in Hz: that of the local oscillator. Add it to the frequency of a bin.",
                Type::Double,
            )
            .unit("Hz"),
        ]
    }
    fn put<'a>(&'a self, form: Form, out: &mut Vec<Value<'a>>) {
        out.push(Value::Symbol(SIDES.iter().position(|known| *known == self.sides).unwrap_or(0)));
        self.centre.put(form, out);
    }
    fn take(form: Form, values: &mut Values<'_>) -> Result<Self, String> {
        let (sides, centre) = (values.symbol(&SIDES)?, Hertz::take(form, values)?);
        match centre.0.is_finite() {
            true => Ok(Self { sides, centre }),
            false => Err(format!("the centre frequency is {centre} Hz")),
        }
    }
}

impl Member for Scale {
    fn fields(name: &'static str, _: String) -> Vec<Field> {
        vec![scale_field(name)]
    }
    fn put<'a>(&'a self, _: Form, out: &mut Vec<Value<'a>>) {
        out.push(Value::Symbol(Scale::ALL.iter().position(|known| known == self).unwrap_or(0)));
    }
    fn take(_: Form, values: &mut Values<'_>) -> Result<Self, String> {
        values.symbol(Scale::ALL)
    }
}

const SCALE_NAMES: [&str; 5] = ["magnitude", "power", "amplitude", "density", "dbfs"];

fn scale_field(name: &'static str) -> Field {
    let doc = "What the values are; see the reference of the transform spectrum.";
    Field::new(name, doc, Type::Symbol("Scale", &SCALE_NAMES))
}

/// The frequency axis and scale of an averaged spectrum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Axis {
    /// Sample rate.
    pub rate: Hertz,
    /// Samples per scan.
    pub length: u64,
    /// The frequencies of the bins.
    pub band: Band,
    /// The scale of the values.
    pub scale: Scale,
}

impl Member for Axis {
    fn fields(_: &'static str, _: String) -> Vec<Field> {
        let mut fields = vec![
            Field::new("rate", "Sample rate in Hz.", Type::Double).unit("Hz"),
            Field::new("length", "Samples in a scan: bins are rate / length Hz apart.", Type::Long),
        ];
        fields.extend(Band::fields("band", String::new()));
        let first = Field::new("first", "The frequency of the first bin, in Hz.", Type::Double);
        let step = Field::new("step", "From one bin to the next, in Hz.", Type::Double);
        fields.extend([first, step].map(|field| field.unit("Hz").derived()));
        fields.push(scale_field("scale"));
        fields
    }
    fn put<'a>(&'a self, form: Form, out: &mut Vec<Value<'a>>) {
        let Axis { rate, length, band, scale } = self;
        rate.put(form, out);
        length.put(form, out);
        band.put(form, out);
        if form == Form::Plain {
            let first = band.frequency(0, *rate, *length).0;
            out.extend([first, rate.0 / *length as f64].map(Value::Double));
        }
        scale.put(form, out);
    }
    fn take(form: Form, values: &mut Values<'_>) -> Result<Self, String> {
        let (rate, length) = (Hertz::take(form, values)?, values.index()?);
        if !(rate.0.is_finite() && rate.0 > 0.0) {
            return Err(format!("the sample rate is {} Hz", rate.0));
        }
        let band = Band::take(form, values)?;
        if form == Form::Plain {
            // the first frequency and the step are computed
            values.value();
            values.value();
        }
        Ok(Self { rate, length, band, scale: Scale::take(form, values)? })
    }
    fn along(&self) -> Option<Along<'_>> {
        Some(frequencies(self.band, self.rate, self.length))
    }
}

fn frequencies(band: Band, rate: Hertz, length: u64) -> Along<'static> {
    Along { name: "frequency", unit: "Hz", at: Box::new(move |bin| band.frequency(bin, rate, length).0) }
}

impl Band {
    /// Checks the number of values of a spectrum.
    ///
    /// # Errors   the number does not fit
    pub fn fits(&self, values: usize, length: u64) -> Result<(), String> {
        match values == self.bins(length) {
            true => Ok(()),
            false => Err(format!("{values} values do not fit a frame of {length} samples")),
        }
    }
    /// The number of bins of the spectrum of a frame of `length` samples.
    pub fn bins(&self, length: u64) -> usize {
        match self.sides {
            Sides::One => length as usize / 2 + 1,
            Sides::Centred | Sides::FromZero => length as usize,
        }
    }
    /// The centre frequency of a bin.
    pub fn frequency(&self, bin: usize, rate: Hertz, length: u64) -> Hertz {
        let step = match self.sides {
            Sides::One => bin as i64,
            Sides::Centred => Order::Centred.step(bin, length as usize),
            Sides::FromZero => Order::FromZero.step(bin, length as usize),
        };
        Hertz(self.centre.0 + step as f64 * rate.0 / length as f64)
    }
}
