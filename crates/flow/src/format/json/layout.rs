//! Readings as JSON.

use super::Json;
use super::path::Path;
use super::write::{members, name};
use crate::data::{Reading, Timestamp};
use crate::format::time::ARRIVAL;
use passband_signal::Fault;

/// How a reading is written: so that the same settings read it.
pub struct Layout {
    /// The names of the values it is for.
    pub names: Vec<String>,
    columns: Vec<(Vec<String>, What)>,
    /// Whether the key stands among them.
    key: bool,
}

/// What stands at a place.
#[derive(Clone, Copy)]
enum What {
    Key,
    Time,
    Value(usize),
}

impl Layout {
    /// Of values with these names; one that the settings do not name stands under its own name, if they name none.
    pub fn new(settings: &Json, names: &[String]) -> Result<Self, Fault> {
        let path = |path: &str| Path::read(path).map(|path| path.names()).map_err(Fault::new);
        let mut columns = vec![];
        if let Some(key) = &settings.key {
            columns.push((path(key)?, What::Key));
        }
        if settings.time != ARRIVAL {
            columns.push((path(&settings.time)?, What::Time));
        }
        for (name, place) in &settings.values.0 {
            let index = names.iter().position(|known| known == name).ok_or_else(|| {
                Fault::new(format!("the readings have no value {name}"))
                    .why(format!("they have {}", names.join(", ")))
                    .fix("name one of them in the format's values")
            })?;
            columns.push((path(place)?, What::Value(index)));
        }
        if settings.values.0.is_empty() {
            let own = |(at, name): (usize, &String)| (vec![name.clone()], What::Value(at));
            columns.extend(names.iter().enumerate().map(own));
        }
        Ok(Self { names: names.to_vec(), columns, key: settings.key.is_some() })
    }

    /// Appends a reading; in a file its key comes first, where it has no place of its own.
    pub fn write(&self, reading: &Reading<'_>, file: bool, out: &mut Vec<u8>) -> Result<(), Fault> {
        out.push(b'{');
        if file && !self.key {
            name("key", out)?;
            super::write(&reading.key, out)?;
        }
        let all: Vec<usize> = (0..self.columns.len()).collect();
        members(
            &all,
            0,
            &|column| &self.columns[column].0,
            out,
            &mut |column, out| match self.columns[column].1 {
                What::Key => super::write(&reading.key, out),
                What::Time => super::write(&Timestamp(reading.time).to_string(), out),
                What::Value(index) => super::write(&reading.values[index], out),
            },
        )?;
        out.push(b'}');
        Ok(())
    }
}
