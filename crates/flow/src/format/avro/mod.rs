//! Avro, written and read by hand: an array of floats is copied as it lies, some twenty times faster than by a
//! general codec, and to the same bytes. Schemas: `schemas/*.avsc`.

mod input;
mod read;
#[cfg(test)]
mod tests;
mod write;

use super::avro_file::Container;
use super::{Format, Message};
use crate::data::{Data, Kind, Sides, State};
use crate::part::FormatPlan;
use passband_dsp::spectrum::Scale;
use passband_signal::Result;

pub use write::long;

crate::settings! {
    /// Apache Avro, after the schemas in `schemas/`.
    ///
    /// On Kafka each message is one datum, plain or with the Confluent prefix of 5 bytes (0 and the schema's id).
    /// In a file it is an Avro object container file. Samples and spectra with items of type double are read as
    /// well as float. Statistics and runs come back to the last bit, so that they can be merged and carried on.
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

// the symbols of the schemas' enums, in their order
const SCALES: [Scale; 5] = [Scale::Magnitude, Scale::Power, Scale::Amplitude, Scale::Density, Scale::Dbfs];
const SIDES: [Sides; 3] = [Sides::One, Sides::Centred, Sides::FromZero];
const STATES: [State; 3] = [State::Share, State::Complete, State::Incomplete];

/// Avro's schema for one kind of data.
pub fn schema(kind: Kind) -> &'static str {
    match kind {
        Kind::Samples => include_str!("../../../../../schemas/samples.avsc"),
        Kind::Spectra => include_str!("../../../../../schemas/spectrum.avsc"),
        Kind::Statistics => include_str!("../../../../../schemas/statistics.avsc"),
        Kind::Runs => include_str!("../../../../../schemas/run.avsc"),
        Kind::Lines => include_str!("../../../../../schemas/lines.avsc"),
        Kind::Noise => include_str!("../../../../../schemas/noise.avsc"),
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
        write::datum(data, out);
        Ok(())
    }

    fn decode(&mut self, kind: Kind, message: &Message<'_>) -> Result<Data, String> {
        let bytes = match (self.settings.framing, message.bytes) {
            (Framing::Plain, bytes) => bytes,
            (Framing::Confluent, [0, _, _, _, _, rest @ ..]) => rest,
            (Framing::Confluent, _) => {
                return Err("no Confluent prefix (0 and a schema id) before the datum".into());
            }
        };
        let read = match kind {
            // the two widths of item cannot both use up the message
            Kind::Samples | Kind::Spectra => {
                read::datum(kind, bytes, 4).or_else(|error| read::datum(kind, bytes, 8).map_err(|_| error))
            }
            Kind::Statistics | Kind::Runs | Kind::Lines | Kind::Noise => read::datum(kind, bytes, 8),
        };
        read.map_err(|error| format!("not an Avro datum of {kind}: {error}"))
    }

    fn begin(&mut self, kind: Kind, out: &mut Vec<u8>) {
        self.file.begin(schema(kind), out);
    }
    fn append(&mut self, data: &Data, out: &mut Vec<u8>) -> Result<()> {
        self.file.append(out, |block| write::datum(data, block));
        Ok(())
    }
    fn end(&mut self, out: &mut Vec<u8>) {
        self.file.end(out);
    }
}
