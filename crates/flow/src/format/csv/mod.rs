//! CSV: results in long form, a line a value, as statistics programs like it; readings and results of windows as tables.

mod delimiter;
mod fields;
mod head;
mod numbers;
mod readings;
mod records;
mod table;
#[cfg(test)]
mod tests;

pub use delimiter::delimiter;

use super::time::ARRIVAL;
use super::{Carrier, Format, Idle, Job, Message, ReadReadings, TimeUnit};
use crate::config::{Named, defaults};
use crate::data::{Data, Kind};
use crate::part::FormatPlan;
use passband_signal::{Fault, Result};
use std::io::Write;

crate::settings! {
    /// CSV, a line a value: samples as `index,channel,value`, spectra as `start,channel,frequency,value`,
    /// statistics as `recording,frequency,mean,deviation,count`.
    ///
    /// For files and standard output; these cannot be read back.
    ///
    /// Readings are rows of a table, the first of which names the columns; a field in double quotes may hold the
    /// delimiter, doubled quotes and line ends (RFC 4180). A value that is missing or no number costs that value; a row
    /// without a value, a time or a key is refused, and so is a file in which nothing but a setting can tell what its
    /// rows mean. Results of windows are a table too, of the key and the columns of the pipeline; the names of a path
    /// are joined with a dot.
    pub struct Csv {
        /// What stands between the fields: a character, `tab`, or `auto`, which is the comma, semicolon, tab or vertical bar by
        /// which the first line has the columns that are wanted. A line `sep=;` is read as Excel does. Results have
        /// commas with `auto`.
        delimiter: String = "auto",
        /// The lines before the one that names the columns. Of files of Campbell (TOA5) the lines around it are known.
        skip: u32 = "0",
        /// The lines between the names of the columns and the first row, such as units.
        skip_after: u32 = "0",
        /// What a line begins with that is passed over, such as `#`.
        comment: Option<String>,
        /// The names of the columns, where no first line names them.
        columns: Vec<String> = "",
        /// The column of a reading's key; if not given, the message's own key is taken. Here and below a column is
        /// named as in the first line, or by its place: `#3` is the third.
        key: Option<String>,
        /// The column of the date, where the time of day stands in a column of its own: both are read with a blank
        /// between them.
        date: Option<String>,
        /// The column of the time, or `arrival` for the time the transport tells. It is read as ISO 8601, or as a number
        /// since 1970, or as `time_format` says.
        time: String = "ts",
        /// The values of a reading, by name, and their columns; if not given, it is `value`.
        values: Named,
        /// Whether every column is a sensor of its own, and its name the key: a row gives a reading of each, with a
        /// `value`, where the field has one. `values` then names the sensors and their columns; if not given, they are
        /// all that have a name but those of the time and the id.
        melt: Melt = "no",
        /// The column of something that names a row, so that it is known when it comes twice.
        id: Option<String>,
        /// Which field has no name in rows that have one more than the columns.
        extra: Extra = "auto",
        /// The sign before the decimals: `.` or `,`.
        decimal: String = ".",
        /// The sign between thousands, or `space`.
        thousands: Option<String>,
        /// The words, or numbers, that say that there is no value. Capitals do not count.
        missing: Vec<String> = "nan, na, n/a, #n/a, null, nil, none, missing, unavailable, unknown, -, --, ?",
        /// Words that stand for numbers, such as `on` for 1.
        words: Named,
        /// Where times that name no zone are at home, like `Europe/Berlin`; UTC, if not given. A time that the clock
        /// skips is moved on by what was skipped; of one that it shows twice it is the earlier.
        time_zone: Option<String>,
        /// What a time that is a number counts; `auto` tells it by its size where it can be nothing else: seconds, ms, µs
        /// or ns since 1970, from 2001-09-09 to 2100. `excel` is the days of a spreadsheet.
        time_unit: TimeUnit = "auto",
        /// How times are written, as in `strptime`: `%d.%m.%Y %H:%M:%S`, `%m/%d/%Y %I:%M %p`, `%Y%m%d%H%M`. `%.f` is a
        /// fraction of a second, `%z` an offset. 24:00 is the end of its day.
        time_format: Option<String>,
    }
}

crate::choice! {
    /// Whether every column is a sensor of its own.
    pub enum Melt {
        /// A line is a reading.
        No = "no",
        /// A line is a reading of each column.
        Yes = "yes",
    }
}

crate::choice! {
    /// Which field has no name in rows that have one more than the columns.
    pub enum Extra {
        /// The last, if it is empty. The first, if the time stands in its column only then, as where R writes the names
        /// of rows. Other rows are refused.
        Auto = "auto",
        /// The first.
        First = "first",
        /// The last, and what follows it.
        Last = "last",
    }
}

impl Default for Csv {
    fn default() -> Self {
        defaults()
    }
}

impl Csv {
    /// The codec with these settings.
    pub fn codec(self) -> Codec {
        Codec { settings: self, rows: records::Rows::default() }
    }
    /// The delimiter that is set; none where it is to be found.
    fn set_delimiter(&self) -> Result<Option<u8>, String> {
        match self.delimiter.as_bytes() {
            b"auto" => Ok(None),
            b"tab" | b"\\t" => Ok(Some(b'\t')),
            b"space" => Ok(Some(b' ')),
            [one] if !one.is_ascii_alphanumeric() && !b"\"\r\n".contains(one) => Ok(Some(*one)),
            _ => Err(format!(
                "the delimiter '{}' is neither one sign of ASCII nor tab nor auto",
                self.delimiter
            )),
        }
    }
    /// The delimiter of what is written.
    fn delimiter_byte(&self) -> Result<u8, String> {
        Ok(self.set_delimiter()?.unwrap_or(b','))
    }
}

/// Writes and reads CSV.
pub struct Codec {
    settings: Csv,
    /// The columns of records.
    rows: records::Rows,
}

impl FormatPlan for Csv {
    fn open(self) -> Box<dyn Format> {
        Box::new(self.codec())
    }
}

/// How times are read.
const TIMES: &[&str] = &["date", "time_zone", "time_unit", "time_format"];
/// What is for reading.
const READING: &[&str] = &[
    "skip",
    "skip_after",
    "comment",
    "columns",
    "key",
    "time",
    "values",
    "melt",
    "id",
    "extra",
    "decimal",
    "thousands",
    "missing",
    "words",
];

impl Format for Codec {
    fn idle(&self, job: Job) -> Vec<Idle> {
        let mut idle: Vec<Idle> = vec![];
        match job {
            Job::Read(Kind::Readings, carrier) => {
                if self.settings.time == ARRIVAL {
                    idle.push((TIMES, "time is \"arrival\": no time is read"));
                }
                if carrier == Carrier::Messages {
                    idle.push((&["skip", "skip_after"], "messages have no lines before their rows"));
                }
            }
            Job::Read(..) => {}
            Job::Write(kind, _) => {
                idle.extend([(TIMES, "it is for reading"), (READING, "it is for reading")]);
                if matches!(kind, Kind::Samples | Kind::Spectra) {
                    idle.push((&["delimiter"], "it is for readings and records"));
                }
            }
        }
        idle
    }

    fn encode(&mut self, data: &Data, out: &mut Vec<u8>) -> Result<()> {
        self.append_of("", data, out)
    }

    fn append_of(&mut self, stream: &str, data: &Data, out: &mut Vec<u8>) -> Result<()> {
        // writing to memory cannot fail
        match data {
            Data::Samples(b) => {
                for channel in 0..b.spec.channels {
                    for (index, value) in (b.index..).zip(b.channel(channel)) {
                        let _ = writeln!(out, "{index},{channel},{value}");
                    }
                }
            }
            Data::Spectrum(s) => {
                for channel in 0..s.channels {
                    for (bin, value) in s.channel(channel).iter().enumerate() {
                        let _ = writeln!(out, "{},{channel},{},{value}", s.start, s.frequency(bin).0);
                    }
                }
            }
            Data::Row(row) => {
                let delimiter = self.settings.delimiter_byte().map_err(Fault::new)?;
                self.rows.write(stream, &**row, delimiter, out)?;
            }
            Data::Readings(_) | Data::Pane(_) | Data::Example(_) => {
                return Err(Fault::new(format!("there is no CSV of {}", data.kind())));
            }
        }
        Ok(())
    }

    fn refuses(&self, kind: Kind) -> Option<String> {
        kind.declaration().is_none().then(|| format!("there is no CSV of {kind}"))
    }

    fn is_for_files(&self) -> bool {
        true
    }

    fn unread(&self, kind: Kind) -> Option<String> {
        (kind != Kind::Readings).then(|| "CSV is written, and only readings are read".into())
    }

    fn decode(&mut self, _: Kind, _: &Message<'_>) -> Result<Data, String> {
        Err("CSV is written, and only readings are read".into())
    }

    fn readings(&self) -> Result<Box<dyn ReadReadings>, String> {
        Ok(Box::new(readings::Reader::new(&self.settings)?))
    }

    fn begin(&mut self, kind: Kind, out: &mut Vec<u8>) {
        out.extend_from_slice(match kind {
            Kind::Samples => b"index,channel,value\n",
            Kind::Spectra => b"start,channel,frequency,value\n",
            _ => b"",
        });
    }
}
