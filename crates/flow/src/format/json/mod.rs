//! JSON: one object a message; in a file, a line a datum, and for spectra a line a frame and channel.

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
    /// In a file it is NDJSON: for samples a line a block; for spectra a line a frame and channel with `start`,
    /// `channel`, `time`, `rate`, `length`, `scale` and `values`; every other kind is a line a datum. What is no
    /// number (NaN, an infinity) stands as null in results.
    ///
    /// Readings are an object a message or line, a list of such, or either in a string; the settings say where in the
    /// object everything stands: `payload.temp` is the member `temp` of the object `payload`, or a member that has this
    /// name with its dot; `"a.b".c` says which dots are part of a name; `values[0]` is the first item of a list. Of a
    /// field that is there twice the last counts. A field that is not wanted may hold anything, also `nan`, `inf` and
    /// `-Infinity`, which are no JSON.
    ///
    /// A value that is missing, null or no number costs that value and not its reading: it is in no window, and counted
    /// as `missing_values`. A reading without any of its values is refused, and so is a list with one such. A message
    /// that is a number alone, as MQTT devices send them, is the value, where one value is wanted, the key is that of
    /// the message and `time` is `arrival`.
    ///
    /// In results of windows a path of two names is an object in the object; an early result has
    /// `"result": "early"`, and in a file the key comes first, where no column has them.
    pub struct Json {
        /// Where a reading's key stands; if not given, the message's own key is taken.
        key: Option<String>,
        /// Where the time of a reading stands, or `arrival` for the time the transport tells. It is read as ISO 8601, or
        /// as a number since 1970, or as `time_format` says. Where only a setting can tell what times mean, a file is
        /// refused as a whole, and messages one by one.
        time: String = "ts",
        /// The values of a reading, by name, and where they stand; if not given, it is `value`.
        values: Named,
        /// Where something stands that names a reading, so that it is known when it comes twice.
        id: Option<String>,
        /// Where times that name no zone are at home, like `Europe/Berlin`; UTC, if not given. A time that the clock
        /// skips is moved on by what was skipped; of one that it shows twice it is the earlier.
        time_zone: Option<String>,
        /// What a time that is a number counts; `auto` tells it by its size where it can be nothing else: seconds, ms, µs
        /// or ns since 1970, from 2001-09-09 to 2100. `excel` is the days of a spreadsheet.
        time_unit: TimeUnit = "auto",
        /// How times are written, as in `strptime`, and as for `csv`: `%d.%m.%Y %H:%M:%S`, `%Y%m%d%H%M`.
        time_format: Option<String>,
        /// What becomes of a reading whose time is missing or null.
        no_time: NoTime = "refuse",
        /// Words that say that there is no value, in capitals or not; an empty text says so too.
        missing: Vec<String> = "null, nan, -nan, NA, N/A, none, unavailable, unknown",
        /// Whether a text in quotes that holds a number is that number.
        numbers_as_text: NumbersAsText = "no",
        /// Words that stand for numbers, such as `{ on = 1, off = 0, true = 1, false = 0 }`, in capitals or not.
        words: Named,
        /// How readings lie in a message: `plain`, or `senml`, a list of records after RFC 8428. There each record is a
        /// reading of the sensor that it names, its value is `v` (or `s`, by `values`), and a time of less than 2²⁸ s
        /// is relative to the arrival.
        records: Records = "plain",
    }
}

crate::choice! {
    /// What becomes of a reading without a time.
    pub enum NoTime {
        /// It is refused.
        Refuse = "refuse",
        /// It has the time that the transport tells.
        Arrival = "arrival",
    }
}

crate::choice! {
    /// How readings lie in a message.
    pub enum Records {
        /// An object a reading.
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

/// Writes and reads JSON.
pub struct Codec {
    settings: Json,
    /// How readings are written, once there was one.
    layout: Option<layout::Layout>,
}

/// A line of a file: a channel of a spectrum.
#[derive(Serialize)]
struct Line<'a> {
    start: u64,
    channel: usize,
    time: i64,
    rate: f64,
    length: u64,
    scale: &'a str,
    // spectra of real signals do not say these
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

/// What decides which readings are taken, and what they say.
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
/// Where everything stands in a reading.
const LAYOUT: &[&str] = &["key", "time", "values"];
/// How times are read.
const TIMES: &[&str] = &["time_zone", "time_unit", "time_format", "no_time"];

impl Format for Codec {
    fn idle(&self, job: Job) -> Vec<Idle> {
        let Json { time, records, .. } = &self.settings;
        match job {
            Job::Read(Kind::Readings, _) if *records == Records::Senml => {
                vec![
                    (TIMES, "records of SenML have times of their own"),
                    (&["time"], "records of SenML have times of their own"),
                ]
            }
            Job::Read(Kind::Readings, _) if time == ARRIVAL => {
                vec![(TIMES, "time is \"arrival\": no time is read")]
            }
            Job::Read(Kind::Readings, _) => vec![],
            Job::Write(Kind::Readings, Carrier::Files) => vec![(READING, "it is for reading")],
            Job::Write(Kind::Readings, Carrier::Messages) => {
                let why = "readings go to Kafka as they came";
                vec![(READING, why), (LAYOUT, why)]
            }
            Job::Read(..) => vec![(READING, "it is for readings"), (LAYOUT, "it is for readings")],
            Job::Write(..) => {
                let why = "it is for readings, and others are written here";
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
                n => Err(Fault::new(format!("{n} readings are no message")).fix("write them one a message")),
            },
            (_, None) => Err(Fault::new(format!("there is no JSON of {}", data.kind()))),
        }
    }

    fn refuses(&self, kind: Kind) -> Option<String> {
        let known = kind.declaration().is_some() || kind == Kind::Readings;
        (!known).then(|| format!("there is no JSON of {kind}"))
    }

    fn unread(&self, kind: Kind) -> Option<String> {
        let own = |of: &Declaration| (of.of)(Form::Plain).is_empty();
        match kind.declaration().is_some_and(own) {
            true => Some(format!(
                "the names in JSON of {kind} are those that a pipeline gave them; avro names them all alike"
            )),
            false => self.refuses(kind),
        }
    }

    fn decode(&mut self, kind: Kind, message: &super::Message<'_>) -> Result<Data, String> {
        match kind.declaration() {
            Some(declaration) => records::read(declaration, message.bytes),
            None => Err("they are read by their own reader".into()),
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
    /// Writes a reading, in a file with its key.
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
