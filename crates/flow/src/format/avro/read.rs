//! Reads Avro's binary encoding of records by their declarations; samples and spectra with hand-written code, for speed.

use super::input::Input;
use crate::data::{Band, Data, Declaration, Field, Form, Kind, Sides, Spectrum, Type, Value};
use passband_dsp::spectrum::Scale;
use passband_signal::{Block, Hertz, SignalSpec};

type Read<T> = Result<T, String>;

/// Reads a message of one datum, in which samples and values of spectra have `width` bytes each.
pub fn datum(kind: Kind, bytes: &[u8], width: usize) -> Read<Data> {
    let mut input = Input::new(bytes);
    let data = match (kind, kind.declaration()) {
        (Kind::Samples, _) => Data::Samples(samples(&mut input, width)?),
        (Kind::Spectra, _) => Data::Spectrum(spectrum(&mut input, width)?),
        (_, Some(declaration)) => record(declaration, &mut input, width)?,
        (_, None) => return Err("they cannot be read as messages of one datum".into()),
    };
    match input.left() {
        0 => Ok(data),
        n => Err(format!("{n} bytes follow the datum")),
    }
}

/// Reads a record, field by field.
pub fn record(declaration: &Declaration, input: &mut Input<'_>, width: usize) -> Read<Data> {
    let fields = (declaration.of)(Form::Exact);
    let values = fields.iter().map(|field| match &field.default {
        // messages of older versions end here
        Some(default) if input.left() == 0 => Ok(default.clone()),
        _ => value(&field.kind, input, width),
    });
    let values = values.collect::<Read<Vec<_>>>()?;
    (declaration.read)(Form::Exact, values)
}

fn value(kind: &Type, input: &mut Input<'_>, width: usize) -> Read<Value<'static>> {
    Ok(match kind {
        Type::Bool => Value::Bool(input.truth()?),
        Type::Long | Type::Time => Value::Long(input.long()?),
        Type::Double => Value::Double(input.double()?),
        Type::Float => Value::Double(f64::from(input.float()?)),
        Type::Text => Value::Text(input.text()?.into()),
        Type::Symbol(name, words) => {
            let numbers: Vec<usize> = (0..words.len()).collect();
            Value::Symbol(input.symbol(name, &numbers)?)
        }
        Type::Optional(kind) => input.optional(|input| value(kind, input, width))?.unwrap_or(Value::Null),
        Type::List(kind) => match &**kind {
            Type::Double => Value::Doubles(input.doubles()?.into()),
            Type::Float => {
                let mut values = vec![];
                input.floats(width, &mut values)?;
                Value::Floats(values.into())
            }
            Type::Long | Type::Time => Value::Longs(input.array(1, Input::long)?.into()),
            kind => Value::List(input.array(least(kind), |input| value(kind, input, width))?),
        },
        Type::Map(kind) => {
            let entry = |input: &mut Input<'_>| Ok((input.text()?.into(), value(kind, input, width)?));
            Value::Map(input.array(1 + least(kind), entry)?)
        }
        Type::Record(_, fields) => {
            let of = |field: &Field| value(&field.kind, input, width);
            Value::Record(fields.iter().map(of).collect::<Read<_>>()?)
        }
    })
}

/// The minimum size of a value: an array cannot have more items than fit in the message.
fn least(kind: &Type) -> usize {
    match kind {
        Type::Double => 8,
        Type::Float => 4,
        Type::Record(_, fields) => fields.iter().map(|field| least(&field.kind)).sum(),
        _ => 1,
    }
}

fn samples(input: &mut Input<'_>, width: usize) -> Read<Block> {
    let (recording, index, time, rate) = (input.long()?, input.index()?, input.long()?, input.double()?);
    let (channels, samples) = input.channels(width)?;
    // messages of older versions end here
    let (centre, of) = match input.left() {
        0 => (None, 0),
        _ => (input.optional(Input::double)?.map(Hertz), input.index()?),
    };
    if centre.is_some_and(|centre| !centre.0.is_finite()) || centre.is_some() && channels != 2 {
        return Err(format!("{channels} channels with a centre frequency are not I/Q"));
    }
    let spec = SignalSpec { rate: Hertz(rate), channels, centre };
    Ok(Block { spec, recording, index, time, of, samples })
}

fn spectrum(input: &mut Input<'_>, width: usize) -> Read<Spectrum> {
    let (recording, start, time) = (input.long()?, input.index()?, input.long()?);
    let rate = Hertz(input.double()?);
    let (length, hop, scale) = (input.index()?, input.index()?, input.symbol("scale", Scale::ALL)?);
    let (channels, values) = input.channels(width)?;
    // messages of older versions end here
    let band = match input.left() {
        0 => Band::default(),
        _ => band(input)?,
    };
    if let Some(bins) = values.len().checked_div(channels) {
        band.fits(bins, length)?;
    }
    Ok(Spectrum { recording, start, time, rate, length, hop, band, scale, channels, values })
}

fn band(input: &mut Input<'_>) -> Read<Band> {
    let sides = [Sides::One, Sides::Centred, Sides::FromZero];
    let (sides, centre) = (input.symbol("order of bins", &sides)?, input.double()?);
    if !centre.is_finite() {
        return Err(format!("the centre frequency is {centre} Hz"));
    }
    Ok(Band { sides, centre: Hertz(centre) })
}
