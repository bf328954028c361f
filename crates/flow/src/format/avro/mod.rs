//! Avro, written and read by hand: an array of floats is copied as it lies, some twenty times faster than by a
//! general codec, and to the same bytes. Schemas: `schemas/*.avsc`.

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
    /// Apache Avro, after the schemas in `schemas/`.
    ///
    /// On Kafka each message is one datum, plain or with the Confluent prefix of 5 bytes (0 and the schema's id).
    /// In a file it is an Avro object container file. Samples and spectra with items of type double are read as
    /// well as float. Statistics and runs come back to the last bit, so that they can be merged and carried on.
    /// A reading without a key of its own has that of its message.
    ///
    /// Readings are read from container files (null, deflate, zstandard) by the schema in their head, and from messages
    /// by `schema`, whatever the schema: paths say where in the record everything stands, as for `json`. Times are
    /// taken by their logical types; a `date` is its first moment, `local-timestamp` and `date` are by the clock of
    /// `time_zone`, and a number without a logical type is read by `time_unit`. A value that is missing, null or no
    /// number costs that value, and a reading without any of its values is refused.
    pub struct Avro {
        /// What stands before each message: nothing, or the Confluent prefix.
        framing: Framing = "plain",
        /// The schema's id in the registry, for the Confluent prefix. When reading, any id is taken.
        schema_id: u32 = "0",
        /// The values of a reading that are wanted, by name, or as `temp=payload.temp` with where it stands; others are
        /// passed over.
        values: Vec<String> = "value",
        /// Where a reading's key stands in a schema that is not ours; if not given, the message's own key is taken, or
        /// the name of the file.
        key: Option<String>,
        /// Where the time of a reading stands in such a schema, or `arrival` for the time the transport tells.
        time: String = "time",
        /// Where times that name no zone are at home, like `Europe/Berlin`; UTC, if not given.
        time_zone: Option<String>,
        /// What a time counts that is a number and has no logical type, as for `json`.
        time_unit: TimeUnit = "auto",
        /// How a time is written that is a text, or a number without a logical type, as for `csv`.
        time_format: Option<String>,
        /// Words that stand for numbers in values that are texts, enums or booleans, such as `{ true = 1, false = 0 }`.
        words: Named,
        /// The schema with which messages of readings were written, where it is not ours: a file (`reading.avsc`), or
        /// the JSON itself. A message of which bytes are left over is refused.
        schema: Option<String>,
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

/// Avro's schema for a kind of data, if it has one.
pub fn avro_schema(kind: Kind) -> Option<String> {
    match (kind.declaration(), kind) {
        (Some(declaration), _) => Some(definition::of(declaration)),
        (None, Kind::Readings) => Some(definition::of_readings()),
        (None, _) => None,
    }
}

/// Appends a record as its declaration says, field after field.
pub fn avro_record(record: &dyn AnyRecord, out: &mut Vec<u8>) {
    write::record(record, out);
}

/// Reads a record as its declaration says; the error says what is wrong with the bytes.
pub fn read_avro_record(kind: Kind, bytes: &[u8]) -> Result<Data, String> {
    let declaration = kind.declaration().ok_or_else(|| format!("{kind} are no records"))?;
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
    /// The datum without what stands before it.
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

/// What tells where a reading stands in a schema, and how it is read.
const PLACES: &[&str] = &["key", "time", "time_zone", "time_unit", "time_format", "words"];

/// Which values there are, and where.
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
            (Carrier::Files, _) => idle.push((&["framing", "schema_id"], "it is for messages")),
            (_, Job::Write(Kind::Readings, _)) => {
                idle.push((&["framing", "schema_id"], "readings go to Kafka as they came"));
            }
            _ if *framing == Framing::Plain => {
                idle.push((&["schema_id"], "it is for framing = \"confluent\""));
            }
            _ => {}
        }
        match job {
            Job::Read(Kind::Readings, Carrier::Messages) if schema.is_none() => {
                idle.push((PLACES, "without schema messages are of our own schema, which has key and time"));
            }
            Job::Read(Kind::Readings, carrier) => {
                if carrier == Carrier::Files {
                    idle.push((&["schema"], "a container file has its schema in its head"));
                }
                if time == ARRIVAL {
                    idle.push((OF_TIMES, "time is \"arrival\": no time is read"));
                }
            }
            Job::Read(..) => idle.extend([(PLACES, "it is for readings"), (VALUES, "it is for readings")]),
            Job::Write(..) => idle.extend([(PLACES, "it is for reading"), (VALUES, "it is for reading")]),
        }
        idle
    }

    fn encode(&mut self, data: &Data, out: &mut Vec<u8>) -> Result<()> {
        if let Data::Readings(readings) = data {
            return match readings.len() {
                1 => readings
                    .iter()
                    .try_for_each(|reading| self.encode_reading(&readings.fields, &reading, out)),
                n => Err(Fault::new(format!("{n} readings are no message")).fix("write them one a message")),
            };
        }
        self.prefix(out);
        write::datum(data, out)
    }

    fn refuses(&self, kind: Kind) -> Option<String> {
        let known = kind.declaration().is_some() || kind == Kind::Readings;
        (!known).then(|| format!("there is no Avro of {kind}"))
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
            // the two widths of item cannot both use up the message
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
