//! JSON: one object per message; in a file, one line per datum, and for spectra one line per frame and channel.

mod layout;
pub(super) mod path;
mod pattern;
mod readings;
mod records;
mod scan;
mod senml;
#[cfg(test)]
mod tests;
mod text;
mod write;

pub use records::value;

use super::time::ARRIVAL;
use super::value::NumbersAsText;
use super::{Carrier, Format, Idle, Job, ReadReadings, TimeUnit};
use crate::config::{Named, defaults};
use crate::data::{Data, Declaration, Form, Kind, Reading, Sides, Spectrum};
use crate::part::FormatPlan;
use passband_signal::{Fault, Result};
use serde::Serialize;

crate::settings! {
    /// JSON. On Kafka each message is one object with the fields of the Avro schema.
    ///
    /// In a file it is NDJSON: for samples one line per block; for spectra one line per frame and channel with `start`,
    /// `channel`, `time`, `rate`, `length`, `scale` and `values`; for other kinds one line per datum. NaN and infinity are
    /// written as null.
    ///
    /// A message or line contains an object per reading, a list of objects, or either of these in a string. Settings map
    /// paths to the reading: `payload.temp` is the member `temp` of the object `payload`, or a member with this name
    /// including the dot; `"a.b".c` quotes the dots that are part of a name; `values[0]` is the first item of a list. If a
    /// field occurs twice, the last one counts. Fields that are not mapped may contain anything, including `nan`, `inf` and
    /// `-Infinity`, which are not JSON.
    ///
    /// A value that is missing, null or not numeric is dropped, not its reading: no window uses it, and it is counted as
    /// `missing_values`. A reading without any of its values is refused, and so is a list that contains one. A message
    /// that is a single number, as sent by MQTT devices, is the value, if one value is mapped, the key is that of the
    /// message and `time` is `arrival`.
    ///
    /// In results of windows, a path of two names is a nested object. An early result has `"result": "early"`, and in a
    /// file the key comes first, if no column contains them.
    pub struct Json {
        /// The path of a reading's key. Default: the key of the message.
        key: Option<String>,
        /// The path of a reading's time, or `arrival` for the time of the transport. Format: ISO 8601, a number since 1970, or
        /// `time_format`. If times are ambiguous without a setting, a file is refused as a whole, and messages one by one.
        time: String = "ts",
        /// The values of a reading, by name, and their paths. Default: `value`.
        values: Named,
        /// The path of a unique id of the reading, by which repeated readings are detected.
        id: Option<String>,
        /// The time zone of times without a zone, such as `Europe/Berlin`. Default: UTC. A time skipped by a clock change is
        /// moved forward by the change; an ambiguous time is the earlier one.
        time_zone: Option<String>,
        /// The unit of times that are numbers. `auto` detects it from the magnitude if it is unambiguous: seconds, ms, µs or
        /// ns since 1970, from 2001-09-09 to 2100. `excel` is days of a spreadsheet.
        time_unit: TimeUnit = "auto",
        /// The format of times, as in `strptime` and as for `csv`: `%d.%m.%Y %H:%M:%S`, `%Y%m%d%H%M`.
        time_format: Option<String>,
        /// What happens to a reading whose time is missing or null.
        no_time: NoTime = "refuse",
        /// Words for a missing value, in any case; an empty text is one too.
        missing: Vec<String> = "null, nan, -nan, NA, N/A, none, unavailable, unknown",
        /// Whether a quoted text that contains a number is that number.
        numbers_as_text: NumbersAsText = "no",
        /// Words for numbers, such as `{ on = 1, off = 0, true = 1, false = 0 }`, in any case.
        words: Named,
        /// The structure of a message: `plain`, or `senml`, a list of records after RFC 8428. Each record is a reading of the
        /// sensor it names, its value is `v` (or `s`, by `values`), and a time of less than 2²⁸ s is relative to the arrival.
        records: Records = "plain",
    }
}

crate::choice! {
    /// What happens to a reading without a time.
    pub enum NoTime {
        /// It is refused.
        Refuse = "refuse",
        /// It gets the time of the transport.
        Arrival = "arrival",
    }
}

crate::choice! {
    /// The structure of a message.
    pub enum Records {
        /// One object per reading.
        Plain = "plain",
        /// Sensor Measurement Lists.
        Senml = "senml",
    }
}

impl Default for Json {
    fn default() -> Self {
        defaults()
    }
}

impl Json {
    /// The codec with these settings.
    pub fn codec(self) -> Codec {
        Codec { settings: self, layout: None }
    }
}

/// Reads and writes JSON.
pub struct Codec {
    settings: Json,
    /// The layout of readings, once a reading was written.
    layout: Option<layout::Layout>,
}

/// A line of a file: one channel of a spectrum.
#[derive(Serialize)]
struct Line<'a> {
    start: u64,
    channel: usize,
    time: i64,
    rate: f64,
    length: u64,
    scale: &'a str,
    // omitted for spectra of real signals
    #[serde(skip_serializing_if = "Option::is_none")]
    sides: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    centre: Option<f64>,
    values: &'a [f32],
}

impl FormatPlan for Json {
    fn open(self) -> Box<dyn Format> {
        Box::new(self.codec())
    }
}

/// Settings of reading.
const READING: &[&str] = &[
    "id",
    "time_zone",
    "time_unit",
    "time_format",
    "no_time",
    "missing",
    "numbers_as_text",
    "words",
    "records",
];
/// Settings of paths.
const LAYOUT: &[&str] = &["key", "time", "values"];
/// Settings of times.
const TIMES: &[&str] = &["time_zone", "time_unit", "time_format", "no_time"];

impl Format for Codec {
    fn idle(&self, job: Job) -> Vec<Idle> {
        let Json { time, records, .. } = &self.settings;
        match job {
            Job::Read(Kind::Readings, _) if *records == Records::Senml => {
                vec![
                    (TIMES, "records of SenML have their own times"),
                    (&["time"], "records of SenML have their own times"),
                ]
            }
            Job::Read(Kind::Readings, _) if time == ARRIVAL => {
                vec![(TIMES, "time is \"arrival\", so no time is read")]
            }
            Job::Read(Kind::Readings, _) => vec![],
            Job::Write(Kind::Readings, Carrier::Files) => vec![(READING, "it applies to reading only")],
            Job::Write(Kind::Readings, Carrier::Messages) => {
                let why = "readings are written to Kafka unchanged";
                vec![(READING, why), (LAYOUT, why)]
            }
            Job::Read(..) => {
                vec![(READING, "it applies to readings only"), (LAYOUT, "it applies to readings only")]
            }
            Job::Write(..) => {
                let why = "it applies to readings only, and this sink writes other kinds";
                vec![(READING, why), (LAYOUT, why)]
            }
        }
    }

    fn encode(&mut self, data: &Data, out: &mut Vec<u8>) -> Result<()> {
        match (data, data.record()) {
            (_, Some(record)) => records::write(record, None, out),
            (Data::Readings(readings), None) => match readings.len() {
                1 => readings
                    .iter()
                    .try_for_each(|reading| self.reading(&readings.fields, &reading, false, out)),
                n => Err(Fault::new(format!("{n} readings do not fit one message"))
                    .fix("write one reading per message")),
            },
            (_, None) => Err(Fault::new(format!("{} cannot be written as JSON", data.kind()))),
        }
    }

    fn refuses(&self, kind: Kind) -> Option<String> {
        let known = kind.declaration().is_some() || kind == Kind::Readings;
        (!known).then(|| format!("{kind} cannot be written as JSON"))
    }

    fn unread(&self, kind: Kind) -> Option<String> {
        let own = |of: &Declaration| (of.of)(Form::Plain).is_empty();
        match kind.declaration().is_some_and(own) {
            true => Some(format!(
                "the names in JSON of {kind} are chosen by the pipeline that wrote them; avro has fixed names"
            )),
            false => self.refuses(kind),
        }
    }

    fn decode(&mut self, kind: Kind, message: &super::Message<'_>) -> Result<Data, String> {
        match kind.declaration() {
            Some(declaration) => records::read(declaration, message.bytes),
            None => Err("they have a reader of their own".into()),
        }
    }

    fn readings(&self) -> Result<Box<dyn ReadReadings>, String> {
        Ok(match self.settings.records {
            Records::Plain => Box::new(readings::Reader::new(&self.settings)?),
            Records::Senml => Box::new(senml::Reader::new(&self.settings)?),
        })
    }

    fn encode_reading(&mut self, names: &[String], reading: &Reading<'_>, out: &mut Vec<u8>) -> Result<()> {
        self.reading(names, reading, false, out)
    }

    fn append(&mut self, data: &Data, out: &mut Vec<u8>) -> Result<()> {
        self.append_of("", data, out)
    }

    fn append_of(&mut self, stream: &str, data: &Data, out: &mut Vec<u8>) -> Result<()> {
        let s = match (data, data.record()) {
            (Data::Spectrum(s), _) => s,
            (Data::Readings(readings), _) => {
                return readings.iter().try_for_each(|reading| {
                    self.reading(&readings.fields, &reading, true, out)?;
                    out.push(b'\n');
                    Ok(())
                });
            }
            (_, Some(record)) => {
                records::write(record, Some(stream), out)?;
                out.push(b'\n');
                return Ok(());
            }
            _ => return self.encode(data, out),
        };
        for channel in 0..s.channels {
            let Spectrum { start, time, length, .. } = *s;
            let (scale, values, rate) = (s.scale.name(), s.channel(channel), s.rate.0);
            let sides = Some(s.band.sides).filter(|sides| *sides != Sides::One).map(Sides::name);
            let centre = Some(s.band.centre.0).filter(|centre| *centre != 0.0);
            write(&Line { start, channel, time, rate, length, scale, sides, centre, values }, out)?;
            out.push(b'\n');
        }
        Ok(())
    }
}

impl Codec {
    /// Writes a reading; in a file, with its key.
    fn reading(
        &mut self,
        names: &[String],
        reading: &Reading<'_>,
        file: bool,
        out: &mut Vec<u8>,
    ) -> Result<()> {
        let layout = match &mut self.layout {
            Some(layout) if layout.names == names => layout,
            layout => layout.insert(layout::Layout::new(&self.settings, names)?),
        };
        layout.write(reading, file, out)
    }
}

fn write(value: &impl Serialize, out: &mut Vec<u8>) -> Result<()> {
    serde_json::to_writer(out, value).map_err(|e| Fault::new("a result cannot be written as JSON").why(e))
}
