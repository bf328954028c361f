//! CSV: results in long form, one value per line; readings and results of windows as tables.

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
    /// CSV, one value per line: samples as `index,channel,value`, spectra as `start,channel,frequency,value`,
    /// statistics as `recording,frequency,mean,deviation,standard_error,scans`.
    ///
    /// Results are for files and standard output; they cannot be read back.
    ///
    /// Readings are rows of a table whose first line names the columns. A field in double quotes may contain the
    /// delimiter, doubled quotes and line ends (RFC 4180). A value that is missing or not numeric is dropped. A row
    /// without a value, a time or a key is refused, and so is a file whose rows cannot be interpreted without a setting.
    /// Results of windows are a table too, with the key and the columns of the pipeline; the names of a path are joined
    /// with a dot.
    pub struct Csv {
        /// The delimiter: a character, `tab`, or `auto` for the comma, semicolon, tab or vertical bar that splits the first
        /// line into the mapped columns. A line `sep=;` is read as in Excel. Results are written with commas for `auto`.
        delimiter: String = "auto",
        /// Number of lines before the column names. The header of Campbell TOA5 files is detected.
        skip: u32 = "0",
        /// Number of lines between the column names and the first row, such as units.
        skip_after: u32 = "0",
        /// The start of lines to skip, such as `#`.
        comment: Option<String>,
        /// The column names, if there is no header line.
        columns: Vec<String> = "",
        /// The column of a reading's key. Default: the key of the message. Here and below, a column is given by its name in
        /// the header, or by its position: `#3` is the third.
        key: Option<String>,
        /// The column of the date, if date and time of day are in separate columns: they are joined with a space.
        date: Option<String>,
        /// The column of the time, or `arrival` for the time of the transport. Format: ISO 8601, a number since 1970, or
        /// `time_format`.
        time: String = "ts",
        /// The values of a reading, by name, and their columns. Default: `value`.
        values: Named,
        /// Whether each column is a sensor whose key is the name of the column: a row gives one reading with a `value` for
        /// each non-empty field. `values` then maps sensors to columns. Default: all named columns except those of time and id.
        melt: Melt = "no",
        /// The column of a unique id of the reading, by which repeated readings are detected.
        id: Option<String>,
        /// Which field is extra in rows with one field more than there are columns.
        extra: Extra = "auto",
        /// The decimal separator: `.` or `,`.
        decimal: String = ".",
        /// The thousands separator, or `space`.
        thousands: Option<String>,
        /// Words, or numbers, for a missing value. Case is ignored.
        missing: Vec<String> = "nan, na, n/a, #n/a, null, nil, none, missing, unavailable, unknown, -, --, ?",
        /// Words for numbers, such as `on` for 1.
        words: Named,
        /// The time zone of times without a zone, such as `Europe/Berlin`. Default: UTC. A time skipped by a clock change is
        /// moved forward by the change; an ambiguous time is the earlier one.
        time_zone: Option<String>,
        /// The unit of times that are numbers. `auto` detects it from the magnitude if it is unambiguous: seconds, ms, µs or
        /// ns since 1970, from 2001-09-09 to 2100. `excel` is days of a spreadsheet.
        time_unit: TimeUnit = "auto",
        /// The format of times, as in `strptime`: `%d.%m.%Y %H:%M:%S`, `%m/%d/%Y %I:%M %p`, `%Y%m%d%H%M`. `%.f` is a fraction
        /// of a second, `%z` an offset. 24:00 is the end of its day.
        time_format: Option<String>,
    }
}

crate::choice! {
    /// Whether each column is a sensor.
    pub enum Melt {
        /// A row is a reading.
        No = "no",
        /// A row is a reading of each column.
        Yes = "yes",
    }
}

crate::choice! {
    /// Which field is extra in rows with one field more than there are columns.
    pub enum Extra {
        /// The last, if it is empty. The first, if only then the time is in its column, as in files with row names of R. Other
        /// rows are refused.
        Auto = "auto",
        /// The first.
        First = "first",
        /// The last, and those after it.
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
    /// The delimiter that is set; `None` if it is detected.
    fn set_delimiter(&self) -> Result<Option<u8>, String> {
        match self.delimiter.as_bytes() {
            b"auto" => Ok(None),
            b"tab" | b"\\t" => Ok(Some(b'\t')),
            b"space" => Ok(Some(b' ')),
            [one] if !one.is_ascii_alphanumeric() && !b"\"\r\n".contains(one) => Ok(Some(*one)),
            _ => Err(format!(
                "the delimiter '{}' is neither one ASCII character nor tab nor auto",
                self.delimiter
            )),
        }
    }
    /// The delimiter for writing.
    fn delimiter_byte(&self) -> Result<u8, String> {
        Ok(self.set_delimiter()?.unwrap_or(b','))
    }
}

/// Reads and writes CSV.
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

/// Settings of times.
const TIMES: &[&str] = &["date", "time_zone", "time_unit", "time_format"];
/// Settings of reading.
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
                    idle.push((TIMES, "time is \"arrival\", so no time is read"));
                }
                if carrier == Carrier::Messages {
                    idle.push((&["skip", "skip_after"], "messages have no lines before their rows"));
                }
            }
            Job::Read(..) => {}
            Job::Write(kind, _) => {
                idle.extend([(TIMES, "it applies to reading only"), (READING, "it applies to reading only")]);
                if matches!(kind, Kind::Samples | Kind::Spectra) {
                    idle.push((&["delimiter"], "it applies to readings and records only"));
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
                return Err(Fault::new(format!("{} cannot be written as CSV", data.kind())));
            }
        }
        Ok(())
    }

    fn refuses(&self, kind: Kind) -> Option<String> {
        kind.declaration().is_none().then(|| format!("{kind} cannot be written as CSV"))
    }

    fn is_for_files(&self) -> bool {
        true
    }

    fn unread(&self, kind: Kind) -> Option<String> {
        (kind != Kind::Readings).then(|| "only readings can be read from CSV".into())
    }

    fn decode(&mut self, _: Kind, _: &Message<'_>) -> Result<Data, String> {
        Err("only readings can be read from CSV".into())
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
