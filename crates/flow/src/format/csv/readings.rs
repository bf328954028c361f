//! Readings of CSV: a line of a table each, or one of each column.

use super::fields::Fields;
use super::{Csv, Melt};
use crate::data::{Arrival, Readings};
use crate::format::number::number;
use crate::format::time::{ARRIVAL, Clock, named};
use crate::format::{Message, ReadReadings, name_hash};
use std::sync::Arc;

/// Reads them.
pub struct Reader {
    settings: Csv,
    delimiter: u8,
    clock: Clock,
    names: Arc<[String]>,
    /// The columns, once they have names.
    table: Option<Table>,
    /// Whether the next line names the columns.
    header: bool,
    fields: Fields,
    numbers: Vec<Option<f64>>,
    row: Vec<f64>,
}

/// Which column is what.
struct Table {
    width: usize,
    key: Option<usize>,
    time: Option<usize>,
    id: Option<usize>,
    /// The values: their names, and where they stand.
    values: Vec<(String, usize)>,
}

impl Reader {
    /// As the settings say; the error says what is wrong with them.
    pub fn new(settings: &Csv) -> Result<Self, String> {
        let melt = settings.melt == Melt::Yes;
        if melt && settings.key.is_some() {
            return Err("with melt the names of the columns are the keys: take out key, or melt".into());
        }
        let names = match melt {
            true => ["value".to_owned()].into(),
            false => named(&settings.values).into_iter().map(|(name, _)| name).collect(),
        };
        let clock = Clock::new(settings.time_zone.as_deref(), settings.time_unit)?;
        let (fields, numbers, row) = (Fields::default(), vec![], vec![]);
        let delimiter = settings.delimiter()?;
        let settings = settings.clone();
        let mut reader =
            Self { settings, delimiter, clock, names, table: None, header: false, fields, numbers, row };
        if !reader.settings.columns.is_empty() {
            reader.table = Some(reader.table(reader.settings.columns.clone())?);
        }
        Ok(reader)
    }

    /// Finds the columns that are wanted.
    fn table(&self, columns: Vec<String>) -> Result<Table, String> {
        let find = |name: &str| {
            let at = columns.iter().position(|column| column == name);
            at.ok_or_else(|| format!("there is no column {name}; there are {}", columns.join(", ")))
        };
        let set = &self.settings;
        let key = set.key.as_deref().map(find).transpose()?;
        let time = (set.time != ARRIVAL).then(|| find(&set.time)).transpose()?;
        let id = set.id.as_deref().map(find).transpose()?;
        let values = if set.melt == Melt::Yes && set.values.0.is_empty() {
            let rest = columns.iter().cloned().zip(0..);
            rest.filter(|(_, at)| ![time, id].contains(&Some(*at))).collect()
        } else {
            let place = |(name, column): (String, String)| Ok((name, find(&column)?));
            named(&set.values).into_iter().map(place).collect::<Result<_, String>>()?
        };
        Ok(Table { width: columns.len(), key, time, id, values })
    }

    fn header(&mut self, line: &str) -> Result<(), String> {
        let line = line.strip_prefix('\u{feff}').unwrap_or(line);
        self.fields.split(line, self.delimiter)?;
        let columns = (0..self.fields.len()).map(|at| self.fields.get(at, line).into_owned()).collect();
        self.table = Some(self.table(columns)?);
        Ok(())
    }

    fn row(
        &mut self,
        line: &str,
        message: &Message<'_>,
        mut arrival: Arrival,
        into: &mut Readings,
    ) -> Result<(), String> {
        let table = self.table.as_ref().ok_or("no line names the columns")?;
        self.fields.split(line, self.delimiter)?;
        let shift = match self.fields.len().wrapping_sub(table.width) {
            shift @ (0 | 1) => shift,
            _ => return Err(format!("{} fields where there are {} columns", self.fields.len(), table.width)),
        };
        let field = |column: usize| self.fields.get(column + shift, line);
        let time = match table.time {
            None if arrival.time == 0 => return Err("the transport tells no time of arrival".into()),
            None => arrival.time,
            Some(at) => {
                self.clock.text(&field(at)).map_err(|why| format!("{}: {why}", self.settings.time))?
            }
        };
        arrival.id = match table.id.map(field) {
            Some(id) if !id.is_empty() => Some(name_hash(id.as_bytes())),
            _ => arrival.id,
        };
        let melt = self.settings.melt == Melt::Yes;
        self.numbers.clear();
        for (name, column) in &table.values {
            let text = field(*column);
            let value = number(&text);
            if value.is_none() && !(melt && text.is_empty()) {
                return Err(match &*text {
                    "" => format!("{name} is empty"),
                    _ => format!("{name} is '{text}', and should be a number"),
                });
            }
            self.numbers.push(value);
        }
        if melt {
            let readings = table.values.iter().zip(&self.numbers);
            for (name, value) in readings.filter_map(|((name, _), value)| Some((name, (*value)?))) {
                into.push(name, time, &[value], arrival, message.bytes);
            }
            return Ok(());
        }
        let key = match table.key {
            Some(at) => field(at),
            None => std::str::from_utf8(message.key).map_err(|_| "its key is not UTF-8")?.into(),
        };
        if key.is_empty() {
            return Err("it has no key".into());
        }
        self.row.clear();
        self.row.extend(self.numbers.iter().flatten());
        into.push(&key, time, &self.row, arrival, message.bytes);
        Ok(())
    }
}

impl ReadReadings for Reader {
    fn value_names(&self) -> Arc<[String]> {
        self.names.clone()
    }

    fn begin(&mut self) {
        if self.settings.columns.is_empty() {
            (self.header, self.table) = (true, None);
        }
    }

    fn read(&mut self, message: &Message<'_>, arrival: Arrival, into: &mut Readings) -> Result<(), String> {
        let line = std::str::from_utf8(message.bytes)
            .map_err(|error| format!("it is not UTF-8: byte {}", error.valid_up_to()))?;
        let line = line.trim_end_matches(['\n', '\r']);
        match std::mem::take(&mut self.header) {
            true => self.header(line),
            false if line.is_empty() => Ok(()),
            false => self.row(line, message, arrival, into),
        }
    }
}
