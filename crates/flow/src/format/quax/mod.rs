//! The formats of the QUAX haloscope's own stream processing: its topics `chunk_data` and `results`.

mod chunk;
mod results;
#[cfg(test)]
mod tests;

use super::{Format, Idle, Job, Message};
use crate::config::{Node, Shape, Value};
use crate::data::{Data, Kind};
use crate::part::FormatPlan;
use crate::transform::statistics::Statistics;
use passband_signal::{Fault, Hertz, Result};

crate::settings! {
    /// The formats of the QUAX haloscope, for Kafka: samples as on its topic `chunk_data`, statistics as on `results`.
    ///
    /// Samples: the key is the number of the file and the number of the message in it, 2 bytes each, big-endian; the
    /// value is the I of all scans of the message, then their Q, as little-endian float32. Blocks hold a whole number of
    /// messages, and only the last message of a file may be shorter; samples there that fill no scan are not sent. The
    /// messages carry no time: on Kafka it is in the header `time` (µs since 1970), and without the header the message's
    /// own timestamp is used. A reader needs the same settings.
    ///
    /// Statistics: one JSON array per file with an object per bin: `{"data": {"index": "FILE_BIN", "mean_x": 1.5e-9,
    /// "stddev_x": 2e-9, "count_x": 2731}}`; the key is the number of the file as text. Bin 0 is the lowest frequency. For
    /// an incomplete file, each object also has `"of": 2731` and `"state": "incomplete"`.
    pub struct Quax {
        /// Samples per scan.
        scan: Positive = "3072",
        /// Scans per message, 1 to 40; the last message of a file has the rest.
        scans: Several = "1",
        /// Samples per file, of I and of Q: 8193 · 1024.
        file: Positive = "8389632",
        /// Sample rate, which messages do not carry.
        rate: Hertz = "2 MHz",
        /// The frequency of the local oscillator, which messages do not carry.
        centre: Hertz = "0 Hz",
        /// How statistics name a bin: `index` is the text "FILE_BIN", `indice` the number FILE · bins + BIN.
        key: Key = "index",
    }
}

crate::choice! {
    /// How statistics name a bin.
    pub enum Key {
        /// `"index": "FILE_BIN"`.
        Index = "index",
        /// `"indice": FILE · bins + BIN`.
        Indice = "indice",
    }
}

/// A number of samples, at least 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Positive(pub u32);

impl Value for Positive {
    fn shape() -> Shape {
        Shape::Integer
    }
    fn read(node: &Node) -> Result<Self, String> {
        let number = u32::read(node)?;
        if number == 0 { Err("must be at least 1".into()) } else { Ok(Self(number)) }
    }
    fn written(&self) -> String {
        self.0.to_string()
    }
}

/// A number of scans per message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Several(pub u32);

impl Value for Several {
    fn shape() -> Shape {
        Shape::Integer
    }
    fn read(node: &Node) -> Result<Self, String> {
        match u32::read(node)? {
            number @ 1..=40 => Ok(Self(number)),
            number => Err(format!("{number} is not a number of scans from 1 to 40")),
        }
    }
    fn written(&self) -> String {
        self.0.to_string()
    }
}

impl FormatPlan for Quax {
    fn open(self) -> Box<dyn Format> {
        Box::new(self)
    }
}

impl Quax {
    fn scan_length(&self) -> u64 {
        self.scan.0.into()
    }
    /// Samples per message.
    fn message(&self) -> u64 {
        self.scan_length() * u64::from(self.scans.0)
    }
    /// Samples per file.
    fn file_length(&self) -> u64 {
        self.file.0.into()
    }
}

impl Format for Quax {
    fn idle(&self, job: Job) -> Vec<Idle> {
        match job {
            Job::Read(Kind::Samples, _) | Job::Write(Kind::Samples, _) => {
                vec![(&["key"], "it is for statistics")]
            }
            _ => vec![],
        }
    }

    fn encode(&mut self, data: &Data, out: &mut Vec<u8>) -> Result<()> {
        let unwritable = |why: String| Fault::new("a result cannot be written in the quax format").why(why);
        match (data, data.get::<Statistics>()) {
            (Data::Samples(block), _) => chunk::write(self, block, out).map_err(|why| {
                unwritable(why).fix("set the source's block to `scans` scans, or a multiple, or write avro")
            }),
            (_, Some(statistics)) => results::write(self, statistics, out).map_err(|why| {
                unwritable(why).fix("set the format's settings to those of the pipeline, or write avro")
            }),
            _ => Err(unwritable(format!("there is none of {}", data.kind())).fix("write avro or json")),
        }
    }

    fn decode(&mut self, kind: Kind, message: &Message<'_>) -> Result<Data, String> {
        match kind {
            Kind::Samples => chunk::read(self, message).map(Data::Samples),
            kind if kind == Statistics::KIND => results::read(self, message).map(Data::row),
            _ => Err(format!("{kind} cannot be written as quax")),
        }
    }

    fn key(&self, data: &Data) -> Option<Vec<u8>> {
        match data {
            Data::Samples(block) => chunk::key(self, block).ok().map(|key| key.to_vec()),
            // files are distributed over the partitions of `results`
            data => data.get::<Statistics>().map(|file| file.recording.to_string().into_bytes()),
        }
    }

    fn key_names_stream(&self, _: Kind) -> bool {
        false
    }

    fn tells_time(&self) -> bool {
        false
    }

    fn samples(&self) -> Option<u64> {
        Some(self.message())
    }

    fn refuses(&self, kind: Kind) -> Option<String> {
        let known = [Kind::Samples, Statistics::KIND].contains(&kind);
        (!known).then(|| format!("quax is a format of samples and of statistics; {kind} are avro or json"))
    }

    fn append(&mut self, data: &Data, out: &mut Vec<u8>) -> Result<()> {
        if let Data::Samples(_) = data {
            return Err(Fault::new("samples cannot be written to a file in the quax format")
                .why("the key of a message gives its position, and a file has no keys")
                .fix("write avro or json, or send them to Kafka"));
        }
        self.encode(data, out)?;
        out.push(b'\n');
        Ok(())
    }
}
