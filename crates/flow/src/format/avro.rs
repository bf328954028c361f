//! Avro, written and read by hand: an array of floats is copied as it lies, some twenty times faster than by a
//! general codec, and to the same bytes. Schemas: `schemas/*.avsc`.

use super::Format;
use super::avro_file::Container;
use crate::data::{Data, Kind, Spectrum};
use crate::part::FormatPlan;
use passband_dsp::spectrum::Scale;
use passband_signal::{Block, Hertz, Result, SignalSpec};

crate::settings! {
    /// Apache Avro, after `schemas/samples.avsc` and `schemas/spectrum.avsc`.
    ///
    /// On Kafka each message is one datum, plain or with the Confluent prefix of 5 bytes (0 and the schema's id).
    /// In a file it is an Avro object container file. Items of type double are read as well as float.
    pub struct Avro {
        /// What stands before each message: nothing, or the Confluent prefix.
        framing: Framing = "plain",
        /// The schema's id in the registry, for the Confluent prefix. When reading, any id is taken.
        schema_id: u32 = "0",
    }
}

crate::choice! {
    /// What stands before each message.
    pub enum Framing {
        /// Nothing.
        Plain = "plain",
        /// A zero byte and the schema's id, big-endian.
        Confluent = "confluent",
    }
}

const SCALES: [Scale; 5] = [Scale::Magnitude, Scale::Power, Scale::Amplitude, Scale::Density, Scale::Dbfs];

/// Avro's schema for one kind of data.
pub fn schema(kind: Kind) -> &'static str {
    match kind {
        Kind::Samples => include_str!("../../../../schemas/samples.avsc"),
        Kind::Spectra => include_str!("../../../../schemas/spectrum.avsc"),
    }
}

impl Avro {
    /// The codec with these settings.
    pub fn codec(self) -> Codec {
        Codec { settings: self, file: Container::default() }
    }
}

/// Encodes and decodes Avro.
pub struct Codec {
    settings: Avro,
    file: Container,
}

impl FormatPlan for Avro {
    fn open(self) -> Box<dyn Format> {
        Box::new(self.codec())
    }
}

impl Format for Codec {
    fn encode(&mut self, data: &Data, out: &mut Vec<u8>) -> Result<()> {
        if self.settings.framing == Framing::Confluent {
            out.push(0);
            out.extend_from_slice(&self.settings.schema_id.to_be_bytes());
        }
        datum(data, out);
        Ok(())
    }

    fn decode(&mut self, kind: Kind, bytes: &[u8]) -> Result<Data, String> {
        let bytes = match (self.settings.framing, bytes) {
            (Framing::Plain, bytes) => bytes,
            (Framing::Confluent, [0, _, _, _, _, rest @ ..]) => rest,
            (Framing::Confluent, _) => {
                return Err("no Confluent prefix (0 and a schema id) before the datum".into());
            }
        };
        // the two widths of item cannot both use up the message
        read(kind, bytes, 4).or_else(|error| {
            read(kind, bytes, 8).map_err(|_| format!("not an Avro datum of {kind}: {error}"))
        })
    }

    fn begin(&mut self, kind: Kind, out: &mut Vec<u8>) {
        self.file.begin(schema(kind), out);
    }
    fn append(&mut self, data: &Data, out: &mut Vec<u8>) -> Result<()> {
        self.file.append(out, |block| datum(data, block));
        Ok(())
    }
    fn end(&mut self, out: &mut Vec<u8>) {
        self.file.end(out);
    }
}

/// Appends the plain datum.
fn datum(data: &Data, out: &mut Vec<u8>) {
    match data {
        Data::Samples(b) => {
            long(b.recording, out);
            long(b.index as i64, out);
            long(b.time, out);
            out.extend_from_slice(&b.spec.rate.0.to_le_bytes());
            channels(&b.samples, b.spec.channels, out);
        }
        Data::Spectrum(s) => {
            long(s.recording, out);
            long(s.start as i64, out);
            long(s.time, out);
            out.extend_from_slice(&s.rate.0.to_le_bytes());
            long(s.length as i64, out);
            long(s.hop as i64, out);
            long(SCALES.iter().position(|scale| *scale == s.scale).unwrap_or(0) as i64, out);
            channels(&s.values, s.channels, out);
        }
    }
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

fn channels(values: &[f32], channels: usize, out: &mut Vec<u8>) {
    let length = values.len() / channels.max(1);
    if channels > 0 {
        long(channels as i64, out);
    }
    for channel in 0..channels {
        if length > 0 {
            long(length as i64, out);
            let at = out.len();
            out.resize(at + length * 4, 0);
            let values = &values[channel * length..(channel + 1) * length];
            for (bytes, value) in out[at..].chunks_exact_mut(4).zip(values) {
                bytes.copy_from_slice(&value.to_le_bytes());
            }
        }
        out.push(0);
    }
    out.push(0);
}

fn read(kind: Kind, bytes: &[u8], width: usize) -> Result<Data, String> {
    let mut input = Input { bytes, all: bytes.len() };
    let data = match kind {
        Kind::Samples => {
            let (recording, index, time, rate) =
                (input.long()?, input.index()?, input.long()?, input.double()?);
            let (channels, samples) = input.channels(width)?;
            Data::Samples(Block {
                spec: SignalSpec { rate: Hertz(rate), channels },
                recording,
                index,
                time,
                samples,
            })
        }
        Kind::Spectra => {
            let (recording, start, time, rate) =
                (input.long()?, input.index()?, input.long()?, input.double()?);
            let (length, hop, scale) = (input.index()?, input.index()?, input.index()?);
            let scale =
                *SCALES.get(scale as usize).ok_or_else(|| format!("there is no scale number {scale}"))?;
            let (channels, values) = input.channels(width)?;
            let rate = Hertz(rate);
            if channels > 0 && values.len() / channels != (length / 2 + 1) as usize {
                return Err(format!(
                    "{} values a channel do not fit a frame of {length} samples",
                    values.len() / channels
                ));
            }
            Data::Spectrum(Spectrum { recording, start, time, rate, length, hop, scale, channels, values })
        }
    };
    match input.bytes.len() {
        0 => Ok(data),
        n => Err(format!("{n} bytes are left over after the datum")),
    }
}

struct Input<'a> {
    bytes: &'a [u8],
    all: usize,
}

impl<'a> Input<'a> {
    fn take(&mut self, n: usize) -> Result<&'a [u8], String> {
        let short = || format!("the message ends early, after {} bytes", self.all);
        let (head, rest) = self.bytes.split_at_checked(n).ok_or_else(short)?;
        self.bytes = rest;
        Ok(head)
    }
    fn long(&mut self) -> Result<i64, String> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok((value >> 1) as i64 ^ -((value & 1) as i64));
            }
        }
        Err("a number runs over 64 bits".into())
    }
    fn index(&mut self) -> Result<u64, String> {
        let value = self.long()?;
        u64::try_from(value).map_err(|_| format!("{value} where no negative number can stand"))
    }
    fn double(&mut self) -> Result<f64, String> {
        let bytes = self.take(8)?;
        Ok(f64::from_le_bytes(std::array::from_fn(|i| bytes[i])))
    }
    /// The items of a block of an array; none at the array's end.
    fn block(&mut self, width: usize) -> Result<usize, String> {
        let mut count = self.long()?;
        if count < 0 {
            self.long()?; // the block's size in bytes, for readers that skip
            count = count.checked_neg().ok_or("an array has too many items")?;
        }
        // an item takes at least `width` bytes, so that a broken count cannot ask for all the memory there is
        match usize::try_from(count) {
            Ok(count) if count.checked_mul(width).is_some_and(|size| size <= self.bytes.len()) => Ok(count),
            _ => Err(format!("an array claims {count} items, the message ends before")),
        }
    }
    fn channels(&mut self, width: usize) -> Result<(usize, Vec<f32>), String> {
        let (mut channels, mut values, mut length) = (0, Vec::with_capacity(self.bytes.len() / width), None);
        loop {
            let block = self.block(1)?;
            if block == 0 {
                return Ok((channels, values));
            }
            for _ in 0..block {
                let before = values.len();
                self.values(width, &mut values)?;
                let got = values.len() - before;
                if *length.get_or_insert(got) != got {
                    return Err("the channels have different lengths".into());
                }
                channels += 1;
            }
        }
    }
    fn values(&mut self, width: usize, values: &mut Vec<f32>) -> Result<(), String> {
        loop {
            let count = self.block(width)?;
            if count == 0 {
                return Ok(());
            }
            let bytes = self.take(count * width)?;
            match width {
                4 => values.extend(bytes.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b))),
                _ => values.extend(bytes.as_chunks().0.iter().map(|b| f64::from_le_bytes(*b) as f32)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub fn block() -> Block {
        let samples = (0..512).map(|i| (i as f32 * 0.1).sin()).collect();
        Block {
            spec: SignalSpec { rate: Hertz(44_100.0), channels: 2 },
            recording: 7,
            index: 256,
            time: -3,
            samples,
        }
    }

    fn codec(framing: Framing) -> Codec {
        Avro { framing, schema_id: 42 }.codec()
    }

    #[test]
    fn what_is_written_is_read() {
        let spectrum = Spectrum {
            recording: 1_767_225_600_000_000,
            start: 1 << 40,
            time: 5,
            rate: Hertz(48_000.0),
            length: 8,
            hop: 4,
            scale: Scale::Dbfs,
            channels: 2,
            values: (0..10).map(|i| i as f32).collect(),
        };
        for framing in [Framing::Plain, Framing::Confluent] {
            for (kind, data) in
                [(Kind::Samples, Data::Samples(block())), (Kind::Spectra, Data::Spectrum(spectrum.clone()))]
            {
                let mut bytes = vec![];
                codec(framing).encode(&data, &mut bytes).unwrap();
                assert_eq!(codec(framing).decode(kind, &bytes), Ok(data));
            }
        }
    }

    #[test]
    fn reads_doubles_and_blocks_with_sizes() {
        let mut bytes = vec![];
        [1, 0, 2].iter().for_each(|v| long(*v, &mut bytes));
        bytes.extend(8000f64.to_le_bytes());
        long(1, &mut bytes);
        // two samples in a block that states its size, a third in a block of its own
        long(-2, &mut bytes);
        long(16, &mut bytes);
        bytes.extend([0.5f64, -0.25].iter().flat_map(|x| x.to_le_bytes()));
        long(1, &mut bytes);
        bytes.extend(1f64.to_le_bytes());
        bytes.extend([0, 0]);
        let Ok(Data::Samples(b)) = codec(Framing::Plain).decode(Kind::Samples, &bytes) else {
            panic!("not read")
        };
        assert_eq!((b.samples, b.spec.channels), (vec![0.5, -0.25, 1.0], 1));
    }

    #[test]
    fn anything_else_is_an_error_and_no_panic() {
        let mut good = vec![];
        codec(Framing::Plain).encode(&Data::Samples(block()), &mut good).unwrap();
        for cut in 0..good.len() {
            assert!(codec(Framing::Plain).decode(Kind::Samples, &good[..cut]).is_err(), "cut at {cut}");
        }
        let mut seed = 1u32;
        for _ in 0..20_000 {
            let mut bad = good.clone();
            for _ in 0..3 {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let at = (seed >> 8) as usize % 60;
                bad[at] = seed as u8;
            }
            let _ = codec(Framing::Plain).decode(Kind::Samples, &bad);
            let _ = codec(Framing::Confluent).decode(Kind::Spectra, &bad);
        }
        let huge = [2, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
        assert!(codec(Framing::Plain).decode(Kind::Samples, &huge).is_err());
    }
}
