//! Avro, with a hand-written codec: an array of floats is copied as one block, about twenty times faster than by a
//! general codec, with the same bytes. Schemas: `schemas/*.avsc`.

pub mod definition;
mod input;
mod keyed;
mod read;
mod readings;
mod schema;
#[cfg(test)]
mod tests;
mod write;

use super::avro_file::Container;
use super::time::ARRIVAL;
use super::{Carrier, Format, Idle, Job, Message, ReadReadings, TimeUnit};
use crate::config::{Named, defaults};
use crate::data::{AnyRecord, Data, Kind, Reading};
use crate::part::FormatPlan;
use passband_signal::{Fault, Result};

pub use write::long;

crate::settings! {
    /// Apache Avro, with the schemas in `schemas/`.
    ///
    /// On Kafka, each message is one datum, plain or with the Confluent prefix of 5 bytes (0 and the schema's id). A file
    /// is an Avro object container file. Samples and spectra may have items of type double or float. Statistics and runs
    /// are restored without rounding, so that they can be merged and carried on. A reading without a key has the key of
    /// its message.
    ///
    /// Readings are decoded from container files (null, deflate, zstandard) by the schema in their header, and from
    /// messages by `schema`. Any schema is supported: paths select the fields, as for `json`. Times are interpreted by
    /// their logical types: a `date` is its first moment, `local-timestamp` and `date` are in `time_zone`, and a number
    /// without a logical type has the unit `time_unit`. A value that is missing, null or not numeric is dropped, and a
    /// reading without any value is refused.
    pub struct Avro {
        /// The prefix of each message: none, or that of Confluent.
        framing: Framing = "plain",
        /// The id of the schema in the registry, for the Confluent prefix. Readers accept any id.
        schema_id: u32 = "0",
        /// The values of a reading, by name, or with their paths as in `temp=payload.temp`; other fields are ignored.
        values: Vec<String> = "value",
        /// The path of a reading's key in a schema that is not Passband's own. Default: the key of the message, or the name of
        /// the file.
        key: Option<String>,
        /// The path of a reading's time in such a schema, or `arrival` for the time of the transport.
        time: String = "time",
        /// The time zone of times without a zone, such as `Europe/Berlin`. Default: UTC.
        time_zone: Option<String>,
        /// The unit of times that are numbers without a logical type, as for `json`.
        time_unit: TimeUnit = "auto",
        /// The format of times that are texts, or numbers without a logical type, as for `csv`.
        time_format: Option<String>,
        /// Words for numbers, in values that are texts, enums or booleans, such as `{ true = 1, false = 0 }`.
        words: Named,
        /// The schema of messages with readings, if it is not Passband's own: a file (`reading.avsc`), or the JSON itself. A
        /// message with bytes left over is refused.
        schema: Option<String>,
    }
}

crate::choice! {
    /// The prefix of each message.
    pub enum Framing {
        /// Nothing.
        Plain = "plain",
        /// A zero byte and the schema's id, big-endian.
        Confluent = "confluent",
    }
}

/// The Avro schema of a kind of data, if it has one.
pub fn avro_schema(kind: Kind) -> Option<String> {
    match (kind.declaration(), kind) {
        (Some(declaration), _) => Some(definition::of(declaration)),
        (None, Kind::Readings) => Some(definition::of_readings()),
        (None, _) => None,
    }
}

/// Appends a record, field by field as declared.
pub fn avro_record(record: &dyn AnyRecord, out: &mut Vec<u8>) {
    write::record(record, out);
}

/// Reads a record, field by field as declared.
///
/// # Errors   invalid bytes
pub fn read_avro_record(kind: Kind, bytes: &[u8]) -> Result<Data, String> {
    let declaration = kind.declaration().ok_or_else(|| format!("{kind} are not records"))?;
    read::record(declaration, &mut input::Input::new(bytes), 4)
}

impl Default for Avro {
    fn default() -> Self {
        defaults()
    }
}

impl Avro {
    /// The codec with these settings.
    pub fn codec(self) -> Codec {
        Codec { settings: self, file: Container::default() }
    }
}

impl Framing {
    /// The datum without its prefix.
    fn plain(self, bytes: &[u8]) -> Result<&[u8], String> {
        match (self, bytes) {
            (Framing::Plain, bytes) => Ok(bytes),
            (Framing::Confluent, [0, _, _, _, _, rest @ ..]) => Ok(rest),
            (Framing::Confluent, _) => Err("no Confluent prefix (0 and a schema id) before the datum".into()),
        }
    }
}

/// Encodes and decodes Avro.
pub struct Codec {
    settings: Avro,
    file: Container,
}

impl Codec {
    fn prefix(&self, out: &mut Vec<u8>) {
        if self.settings.framing == Framing::Confluent {
            out.push(0);
            out.extend_from_slice(&self.settings.schema_id.to_be_bytes());
        }
    }
}

impl FormatPlan for Avro {
    fn open(self) -> Box<dyn Format> {
        Box::new(self.codec())
    }
}

/// Settings that select and interpret the fields of readings in a schema.
const PLACES: &[&str] = &["key", "time", "time_zone", "time_unit", "time_format", "words"];

/// Settings that select values.
const VALUES: &[&str] = &["values", "schema"];

impl Format for Codec {
    fn idle(&self, job: Job) -> Vec<Idle> {
        const OF_TIMES: &[&str] = &["time_zone", "time_unit", "time_format"];
        let Avro { framing, schema, time, .. } = &self.settings;
        let mut idle: Vec<Idle> = vec![];
        let carrier = match job {
            Job::Read(_, carrier) | Job::Write(_, carrier) => carrier,
        };
        match (carrier, job) {
            (Carrier::Files, _) => idle.push((&["framing", "schema_id"], "it applies to messages only")),
            (_, Job::Write(Kind::Readings, _)) => {
                idle.push((&["framing", "schema_id"], "readings are written to Kafka unchanged"));
            }
            _ if *framing == Framing::Plain => {
                idle.push((&["schema_id"], "it applies to framing = \"confluent\" only"));
            }
            _ => {}
        }
        match job {
            Job::Read(Kind::Readings, Carrier::Messages) if schema.is_none() => {
                idle.push((
                    PLACES,
                    "without schema, messages have Passband's own schema, which has key and time",
                ));
            }
            Job::Read(Kind::Readings, carrier) => {
                if carrier == Carrier::Files {
                    idle.push((&["schema"], "a container file has its schema in its header"));
                }
                if time == ARRIVAL {
                    idle.push((OF_TIMES, "time is \"arrival\", so no time is read"));
                }
            }
            Job::Read(..) => idle
                .extend([(PLACES, "it applies to readings only"), (VALUES, "it applies to readings only")]),
            Job::Write(..) => {
                idle.extend([(PLACES, "it applies to reading only"), (VALUES, "it applies to reading only")])
            }
        }
        idle
    }

    fn encode(&mut self, data: &Data, out: &mut Vec<u8>) -> Result<()> {
        if let Data::Readings(readings) = data {
            return match readings.len() {
                1 => readings
                    .iter()
                    .try_for_each(|reading| self.encode_reading(&readings.fields, &reading, out)),
                n => Err(Fault::new(format!("{n} readings do not fit one message"))
                    .fix("write one reading per message")),
            };
        }
        self.prefix(out);
        write::datum(data, out)
    }

    fn refuses(&self, kind: Kind) -> Option<String> {
        let known = kind.declaration().is_some() || kind == Kind::Readings;
        (!known).then(|| format!("{kind} cannot be written as Avro"))
    }

    fn encode_reading(&mut self, names: &[String], reading: &Reading<'_>, out: &mut Vec<u8>) -> Result<()> {
        self.prefix(out);
        keyed::write_reading(names, reading, out);
        Ok(())
    }

    fn readings(&self) -> Result<Box<dyn ReadReadings>, String> {
        Ok(Box::new(readings::Reader::new(&self.settings)?))
    }

    fn decode(&mut self, kind: Kind, message: &Message<'_>) -> Result<Data, String> {
        let bytes = self.settings.framing.plain(message.bytes)?;
        let read = match kind {
            // at most one of the two item widths consumes the whole message
            Kind::Samples | Kind::Spectra => {
                read::datum(kind, bytes, 4).or_else(|error| read::datum(kind, bytes, 8).map_err(|_| error))
            }
            _ => read::datum(kind, bytes, 8),
        };
        read.map_err(|error| format!("not an Avro datum of {kind}: {error}"))
    }

    fn begin(&mut self, kind: Kind, out: &mut Vec<u8>) {
        self.file.begin(&avro_schema(kind).unwrap_or_default(), out);
    }
    fn append(&mut self, data: &Data, out: &mut Vec<u8>) -> Result<()> {
        if let Data::Readings(readings) = data {
            for reading in readings.iter() {
                self.file.append(out, |block| keyed::write_reading(&readings.fields, &reading, block));
            }
            return Ok(());
        }
        let mut written = Ok(());
        self.file.append(out, |block| written = write::datum(data, block));
        written
    }
    fn end(&mut self, out: &mut Vec<u8>) -> Result<()> {
        self.file.end(out);
        Ok(())
    }
    fn is_text(&self) -> bool {
        false
    }
}
