//! Avro's binary encoding, one function a kind.

use super::{SCALES, SIDES, STATES};
use crate::data::{Band, Data, Line, Lines, Noise, Run, Spectrum, Statistics};
use passband_dsp::moments::Moments;
use passband_dsp::spectrum::Scale;
use passband_signal::{Block, Hertz};

/// Appends the plain datum.
pub fn datum(data: &Data, out: &mut Vec<u8>) {
    match data {
        Data::Samples(block) => samples(block, out),
        Data::Spectrum(spectrum_) => spectrum(spectrum_, out),
        Data::Statistics(statistics_) => statistics(statistics_, out),
        Data::Run(run_) => run(run_, out),
        Data::Lines(lines_) => lines(lines_, out),
        Data::Noise(noise_) => noise(noise_, out),
        Data::Aggregate(aggregate) => super::keyed::write_aggregate(aggregate, out),
        // readings are written one by one, panes have bytes of their own, and examples go to shards
        Data::Readings(_) | Data::Pane(_) | Data::Example(_) => {}
    }
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
    symbol(&SCALES, s.scale, out);
    channels(&s.values, s.channels, out);
    symbol(&SIDES, s.band.sides, out);
    double(s.band.centre.0, out);
}

fn statistics(s: &Statistics, out: &mut Vec<u8>) {
    long(s.recording, out);
    long(s.time, out);
    axis(s.rate, s.length, s.band, s.scale, out);
    long(s.of as i64, out);
    symbol(&STATES, s.state, out);
    long(s.duplicates as i64, out);
    let words = s.scans.words();
    array(words.len(), out);
    // a full word is -1, a single byte
    words.iter().for_each(|word| long(*word as i64, out));
    out.push(0);
    moments(&s.moments, out);
}

fn run(r: &Run, out: &mut Vec<u8>) {
    text(&r.id, out);
    long(r.start, out);
    optional(r.end, out, long);
    long(r.time, out);
    long(r.last, out);
    long(r.incomplete as i64, out);
    axis(r.rate, r.length, r.band, r.scale, out);
    long(r.running.files() as i64, out);
    doubles(r.running.mean(), out);
    doubles(r.running.deviation(), out);
    moments(&r.pooled, out);
}

fn lines(l: &Lines, out: &mut Vec<u8>) {
    optional(l.run.as_deref(), out, text);
    long(l.recording, out);
    long(l.time, out);
    long(l.scans as i64, out);
    [l.threshold, l.expected, l.scatter].into_iter().for_each(|x| double(x, out));
    array(l.lines.len(), out);
    for Line { bin, frequency, excess, width, value, baseline } in &l.lines {
        long(*bin as i64, out);
        [frequency.0, *excess, width.0, *value, *baseline].into_iter().for_each(|x| double(x, out));
    }
    out.push(0);
}

fn noise(n: &Noise, out: &mut Vec<u8>) {
    optional(n.run.as_deref(), out, text);
    long(n.time, out);
    long(n.scans as i64, out);
    double(n.sigma, out);
    double(n.expected, out);
    optional(n.slope, out, double);
}

fn axis(rate: Hertz, length: u64, band: Band, scale: Scale, out: &mut Vec<u8>) {
    double(rate.0, out);
    long(length as i64, out);
    symbol(&SIDES, band.sides, out);
    double(band.centre.0, out);
    symbol(&SCALES, scale, out);
}

fn moments(m: &Moments, out: &mut Vec<u8>) {
    long(m.count() as i64, out);
    doubles(m.mean(), out);
    doubles(m.squares(), out);
}

/// Zigzag and seven bits a byte.
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

/// A union of null and something.
fn optional<T>(value: Option<T>, out: &mut Vec<u8>, write: impl FnOnce(T, &mut Vec<u8>)) {
    long(i64::from(value.is_some()), out);
    if let Some(value) = value {
        write(value, out);
    }
}

/// Begins an array: all items in one block.
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

fn channels(values: &[f32], channels: usize, out: &mut Vec<u8>) {
    let length = values.len() / channels.max(1);
    array(channels, out);
    for channel in 0..channels {
        array(length, out);
        let at = out.len();
        out.resize(at + length * 4, 0);
        let values = &values[channel * length..(channel + 1) * length];
        for (bytes, value) in out[at..].as_chunks_mut().0.iter_mut().zip(values) {
            *bytes = value.to_le_bytes();
        }
        out.push(0);
    }
    out.push(0);
}
