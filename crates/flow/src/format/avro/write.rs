//! Writes Avro's binary encoding of records by their declarations; samples and spectra with hand-written code, for speed.

use crate::data::{Data, Form, Sides, Spectrum, Type, Value};
use passband_dsp::spectrum::Scale;
use passband_signal::{Block, Fault, Result};

/// Appends the datum without a prefix.
pub fn datum(data: &Data, out: &mut Vec<u8>) -> Result<()> {
    match (data, data.record()) {
        (Data::Samples(block), _) => samples(block, out),
        (Data::Spectrum(of), _) => spectrum(of, out),
        (_, Some(of)) => record(of, out),
        (_, None) => return Err(Fault::new(format!("{} cannot be written as Avro", data.kind()))),
    }
    Ok(())
}

/// Appends a record, field by field.
pub fn record(record: &dyn crate::data::AnyRecord, out: &mut Vec<u8>) {
    for (field, of) in record.fields(Form::Exact).iter().zip(record.values(Form::Exact)) {
        value(&of, &field.kind, out);
    }
}

fn value(of: &Value<'_>, kind: &Type, out: &mut Vec<u8>) {
    if let Type::Optional(kind) = kind {
        return optional(Some(of).filter(|of| **of != Value::Null), out, |of, out| value(of, kind, out));
    }
    match of {
        Value::Null => {}
        Value::Bool(truth) => out.push(u8::from(*truth)),
        Value::Long(number) => long(*number, out),
        Value::Double(number) if *kind == Type::Float => {
            out.extend_from_slice(&(*number as f32).to_le_bytes())
        }
        Value::Double(number) => double(*number, out),
        Value::Text(letters) => text(letters, out),
        Value::Symbol(number) => long(*number as i64, out),
        Value::Longs(numbers) => list(numbers.len(), out, |out| numbers.iter().for_each(|n| long(*n, out))),
        Value::Doubles(numbers) => doubles(numbers, out),
        Value::Floats(numbers) => floats(numbers, out),
        Value::List(items) => {
            let Type::List(kind) = kind else { return };
            list(items.len(), out, |out| items.iter().for_each(|item| value(item, kind, out)));
        }
        Value::Map(entries) => {
            let Type::Map(kind) = kind else { return };
            list(entries.len(), out, |out| {
                entries.iter().for_each(|(name, of)| {
                    text(name, out);
                    value(of, kind, out);
                })
            });
        }
        Value::Record(values) => {
            let Type::Record(_, fields) = kind else { return };
            fields.iter().zip(values).for_each(|(field, of)| value(of, &field.kind, out));
        }
    }
}

/// Appends an array or a map, with all items in one block.
fn list(items: usize, out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    array(items, out);
    write(out);
    out.push(0);
}

fn samples(b: &Block, out: &mut Vec<u8>) {
    long(b.recording, out);
    long(b.index as i64, out);
    long(b.time, out);
    double(b.spec.rate.0, out);
    channels(&b.samples, b.spec.channels, out);
    optional(b.spec.centre, out, |centre, out| double(centre.0, out));
    long(b.of as i64, out);
}

fn spectrum(s: &Spectrum, out: &mut Vec<u8>) {
    long(s.recording, out);
    long(s.start as i64, out);
    long(s.time, out);
    double(s.rate.0, out);
    long(s.length as i64, out);
    long(s.hop as i64, out);
    symbol(Scale::ALL, s.scale, out);
    channels(&s.values, s.channels, out);
    symbol(&[Sides::One, Sides::Centred, Sides::FromZero], s.band.sides, out);
    double(s.band.centre.0, out);
}

/// Zigzag encoding with seven bits per byte.
pub fn long(value: i64, out: &mut Vec<u8>) {
    let mut rest = ((value << 1) ^ (value >> 63)) as u64;
    while rest >= 0x80 {
        out.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

pub fn double(value: f64, out: &mut Vec<u8>) {
    out.extend_from_slice(&value.to_le_bytes());
}

pub fn text(value: &str, out: &mut Vec<u8>) {
    long(value.len() as i64, out);
    out.extend_from_slice(value.as_bytes());
}

fn symbol<T: PartialEq>(symbols: &[T], value: T, out: &mut Vec<u8>) {
    long(symbols.iter().position(|s| *s == value).unwrap_or(0) as i64, out);
}

/// A union of null and another type.
fn optional<T>(value: Option<T>, out: &mut Vec<u8>, write: impl FnOnce(T, &mut Vec<u8>)) {
    long(i64::from(value.is_some()), out);
    if let Some(value) = value {
        write(value, out);
    }
}

/// Starts an array, with all items in one block.
pub fn array(items: usize, out: &mut Vec<u8>) {
    if items > 0 {
        long(items as i64, out);
    }
}

fn doubles(values: &[f64], out: &mut Vec<u8>) {
    array(values.len(), out);
    let at = out.len();
    out.resize(at + values.len() * 8, 0);
    for (bytes, value) in out[at..].as_chunks_mut().0.iter_mut().zip(values) {
        *bytes = value.to_le_bytes();
    }
    out.push(0);
}

fn floats(values: &[f32], out: &mut Vec<u8>) {
    array(values.len(), out);
    let at = out.len();
    out.resize(at + values.len() * 4, 0);
    for (bytes, value) in out[at..].as_chunks_mut().0.iter_mut().zip(values) {
        *bytes = value.to_le_bytes();
    }
    out.push(0);
}

fn channels(values: &[f32], channels: usize, out: &mut Vec<u8>) {
    let length = values.len() / channels.max(1);
    array(channels, out);
    (0..channels).for_each(|channel| floats(&values[channel * length..(channel + 1) * length], out));
    out.push(0);
}
