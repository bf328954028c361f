//! Readings as JSON.

use super::Json;
use super::path::Path;
use super::write::{members, name};
use crate::data::{Reading, Timestamp};
use crate::format::time::ARRIVAL;
use passband_signal::Fault;

/// The layout of a reading in JSON, which the same settings can read.
pub struct Layout {
    /// The names of the values.
    pub names: Vec<String>,
    columns: Vec<(Vec<String>, What)>,
    /// Whether one of the members is the key.
    key: bool,
}

/// The content of a member.
#[derive(Clone, Copy)]
enum What {
    Key,
    Time,
    Value(usize),
}

impl Layout {
    /// A layout for values with these names; values without a path are written under their own names.
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

    /// Appends a reading; in a file, its key comes first if it has no path.
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
