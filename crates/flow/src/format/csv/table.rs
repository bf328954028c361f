//! Maps the columns of a table.

use super::fields::Fields;
use super::{Csv, Melt};
use crate::format::number::number;
use crate::format::time::{ARRIVAL, named};
use std::collections::HashSet;

/// Maximum number of names listed in an error.
const MOST: usize = 50;

/// The mapped columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Number of columns, up to the last with a name.
    pub width: usize,
    pub key: Option<usize>,
    pub date: Option<usize>,
    pub time: Option<usize>,
    pub id: Option<usize>,
    /// The values: names and columns.
    pub values: Vec<(String, usize)>,
}

impl Table {
    /// Maps the columns.
    ///
    /// # Errors   missing or ambiguous names
    pub fn new(columns: &[String], set: &Csv) -> Result<Self, String> {
        let find = |name: &str| one(columns, name);
        let key = set.key.as_deref().map(find).transpose()?;
        let date = set.date.as_deref().map(find).transpose()?;
        let time = (set.time != ARRIVAL).then(|| find(&set.time)).transpose()?;
        let id = set.id.as_deref().map(find).transpose()?;
        let all = set.melt == Melt::Yes && set.values.0.is_empty();
        let values: Vec<(String, usize)> = if all {
            let rest = columns.iter().cloned().zip(0..);
            // a column without a name is not a sensor
            rest.filter(|(name, at)| ![date, time, id].contains(&Some(*at)) && !name.is_empty()).collect()
        } else {
            let place = |(name, column): (String, String)| Ok((name, find(&column)?));
            named(&set.values).into_iter().map(place).collect::<Result<_, String>>()?
        };
        if all {
            distinct(columns, &values)?;
            if time.is_none() && values.iter().all(|(name, _)| is_datum(name)) {
                let first = columns.first().map_or("", |name| name);
                return Err(format!(
                    "the header line is a row of numbers ({first}, …): set columns to the column names"
                ));
            }
        }
        let width = columns.iter().rposition(|name| !name.is_empty()).map_or(0, |last| last + 1);
        Ok(Self { width, key, date, time, id, values })
    }

    /// Maps the columns of a header line.
    pub fn of_line(line: &[u8], delimiter: u8, fields: &mut Fields, set: &Csv) -> Result<Self, String> {
        fields.split(line, delimiter).map_err(|broken| broken.to_string())?;
        let names: Vec<_> = (0..fields.len()).map(|at| fields.get(at, line).into_owned()).collect();
        let foreign = names.iter().find_map(|name| std::str::from_utf8(name).err());
        let columns: Vec<String> =
            names.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
        let table = match (Self::new(&columns, set), foreign) {
            (Ok(table), None) => return Ok(table),
            // the undecodable name may belong to a column that is not mapped
            (Ok(table), Some(_)) => table,
            (Err(why), None) if columns.iter().any(|name| is_datum(name)) => {
                return Err(format!(
                    "{why}; the line looks like a row: set columns if there is no header line"
                ));
            }
            (Err(why), None) => return Err(why),
            (Err(_), Some(_)) => return Err(FOREIGN.into()),
        };
        match table.values.iter().any(|(name, _)| name.contains('\u{fffd}')) {
            true => Err(FOREIGN.into()),
            false => Ok(table),
        }
    }
}

const FOREIGN: &str =
    "the names of the columns are not UTF-8: set encoding of the source files, such as latin-1";

/// Whether a name looks like the content of a row.
fn is_datum(name: &str) -> bool {
    number(name).is_some()
        || matches!(name.as_bytes(), [b'0'..=b'9', _, _, ..] if name.contains([':', '-', '/']))
}

/// The column with a name, or at a position such as `#3`.
fn one(columns: &[String], name: &str) -> Result<usize, String> {
    let mut found = columns.iter().zip(0..).filter(|(column, _)| *column == name).map(|(_, at)| at);
    match (found.next(), found.next()) {
        (Some(at), None) => Ok(at),
        (Some(first), Some(second)) => {
            let more = found.count();
            Err(format!(
                "{} columns are named {name}: select one by its position, as #{} or #{}",
                more + 2,
                first + 1,
                second + 1
            ))
        }
        _ => match name.strip_prefix('#').and_then(|place| place.parse::<usize>().ok()) {
            Some(place) if (1..=columns.len()).contains(&place) => Ok(place - 1),
            _ => Err(format!("there is no column {name}; there are {}", list(columns))),
        },
    }
}

/// Refuses two sensors with one name.
fn distinct(columns: &[String], values: &[(String, usize)]) -> Result<(), String> {
    let mut names = HashSet::with_capacity(values.len());
    match values.iter().find(|(name, _)| !names.insert(name)) {
        Some((name, _)) => one(columns, name).map(|_| ()),
        None => Ok(()),
    }
}

/// The names, truncated if there are many.
fn list(columns: &[String]) -> String {
    let more = if columns.len() > MOST { ", …" } else { "" };
    format!("{}{more}", columns[..columns.len().min(MOST)].join(", "))
}
