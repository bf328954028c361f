//! The serialised form of stored values, so that partial sums can be kept elsewhere.
//!
//! The format begins with the version, a byte 1. It is followed by the values: their number, starting with 0, and eight
//! bytes per value, little-endian; or, for a sketch, a number greater than the maximum number of exact values, the
//! minimum, the maximum, and the bins: their number, and for each bin its distance from the previous one and its count.
//! Then follow the values with times: their number, and for each the time, as the distance from the previous one, and
//! the value. Integers are encoded as varints as in Protocol Buffers; signed integers use the ZigZag encoding.

use super::kept::Kept;
use super::sketch::Sketch;
use super::timed::Timed;
use super::values::{FEW, Values};

const VERSION: u8 = 1;
/// Upper limit of counts, so that sums of counts cannot overflow.
const MUCH: u64 = 1 << 53;

impl Kept {
    /// Appends the serialised form.
    pub fn to_bytes(&self, out: &mut Vec<u8>) {
        out.push(VERSION);
        match &self.values {
            Values::Few(values) => {
                whole(values.len() as u64, out);
                values.iter().for_each(|value| number(*value, out));
            }
            Values::Many(sketch) => {
                whole(FEW as u64 + 1, out);
                number(sketch.minimum, out);
                number(sketch.maximum, out);
                whole(sketch.bins.len() as u64, out);
                let mut last = 0;
                for (bin, count) in &sketch.bins {
                    signed(i64::from(*bin) - last, out);
                    whole(*count, out);
                    last = i64::from(*bin);
                }
            }
        }
        whole(self.timed.0.len() as u64, out);
        let mut last = 0i64;
        for (time, value) in &self.timed.0 {
            signed(time.wrapping_sub(last), out);
            number(*value, out);
            last = *time;
        }
    }

    /// Parses the serialised form; returns `None` for incomplete bytes or another version.
    ///
    /// ```
    /// use passband_dsp::aggregate::{Kept, Layout, Measure};
    /// let measure = Measure::by_name("p90").unwrap();
    /// let layout = Layout::new(measure.needs);
    /// let (mut sums, mut kept) = layout.start();
    /// (0..=1000).for_each(|n| layout.add(&mut sums, &mut kept, n, n as f64));
    /// let mut bytes = vec![];
    /// kept.to_bytes(&mut bytes);
    /// let again = Kept::from_bytes(&bytes).unwrap();
    /// assert_eq!(again, kept);
    /// assert!((measure.finish(&layout.view(&sums, &again)) - 900.0).abs() <= 0.9);
    /// assert_eq!(Kept::from_bytes(&bytes[1..]), None);
    /// ```
    pub fn from_bytes(bytes: &[u8]) -> Option<Kept> {
        let mut rest = bytes.strip_prefix(&[VERSION])?;
        let input = &mut rest;
        let values = match whole_of(input)? {
            count if count <= FEW as u64 => {
                Values::Few((0..count).map(|_| number_of(input)).collect::<Option<_>>()?)
            }
            count if count == FEW as u64 + 1 => Values::Many(Box::new(sketch_of(input)?)),
            _ => return None,
        };
        let (mut timed, mut last) = (Timed::default(), 0i64);
        for _ in 0..whole_of(input)? {
            last = last.wrapping_add(signed_of(input)?);
            timed.add(last, number_of(input)?);
        }
        rest.is_empty().then_some(Kept { values, timed })
    }
}

fn sketch_of(input: &mut &[u8]) -> Option<Sketch> {
    let (minimum, maximum) = (number_of(input)?, number_of(input)?);
    let (mut bins, mut last, mut total) = (vec![], 0i64, 0u64);
    for at in 0..whole_of(input)? {
        let way = signed_of(input)?;
        last = last.checked_add(way).filter(|_| at == 0 || way > 0)?;
        let count = whole_of(input).filter(|count| *count > 0)?;
        total = total.checked_add(count).filter(|total| *total < MUCH)?;
        bins.push((i32::try_from(last).ok().filter(|bin| *bin > i32::MIN)?, count));
    }
    (total > FEW as u64).then_some(Sketch { minimum, maximum, bins })
}

fn number(value: f64, out: &mut Vec<u8>) {
    out.extend_from_slice(&value.to_le_bytes());
}

fn number_of(input: &mut &[u8]) -> Option<f64> {
    let (bytes, rest) = input.split_first_chunk()?;
    *input = rest;
    Some(f64::from_le_bytes(*bytes))
}

fn whole(mut value: u64, out: &mut Vec<u8>) {
    while value > 127 {
        out.push(value as u8 | 128);
        value >>= 7;
    }
    out.push(value as u8);
}

fn whole_of(input: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for at in 0..10 {
        let (byte, rest) = input.split_first()?;
        *input = rest;
        let bits = u64::from(byte & 127);
        if at == 9 && bits > 1 {
            return None;
        }
        value |= bits << (7 * at);
        if byte & 128 == 0 {
            return Some(value);
        }
    }
    None
}

fn signed(value: i64, out: &mut Vec<u8>) {
    whole((value << 1 ^ value >> 63) as u64, out);
}

fn signed_of(input: &mut &[u8]) -> Option<i64> {
    whole_of(input).map(|value| (value >> 1) as i64 ^ -((value & 1) as i64))
}
