//! Filters: the parameters of a request as conditions on columns.

use super::Library;
use super::column::{MISSING, Values};
use passband_signal::{Fault, Result};

/// Parameters that are no columns.
pub const RESERVED: [&str; 16] = [
    "columns", "sort", "order", "offset", "limit", "near", "column", "bins", "x", "y", "color", "from", "to",
    "mark", "query", "token",
];

/// A condition on a column.
#[derive(Clone, Debug, PartialEq)]
enum Condition {
    /// Numbers between two ends, both included; or that there is none.
    Numbers { column: usize, ranges: Vec<(f64, f64)>, missing: bool },
    /// Any of these texts.
    Texts { column: usize, codes: Vec<u32> },
    /// Any of these recordings.
    Rows(Vec<u32>),
    /// All of these words, in lower case.
    Words(Vec<String>),
}

impl Condition {
    fn column(&self) -> Option<usize> {
        match self {
            Self::Numbers { column, .. } | Self::Texts { column, .. } => Some(*column),
            Self::Rows(_) | Self::Words(_) => None,
        }
    }
}

/// The conditions of a request; a recording must meet all of them.
#[derive(Clone, Debug, Default)]
pub struct Filters(Vec<Condition>);

impl Filters {
    /// Reads the parameters of a request.
    ///
    /// # Errors  a name that is neither a column nor another parameter, a range that cannot be read
    pub fn of(parameters: &[(String, String)], library: &Library) -> Result<Self> {
        let mut by_name: Vec<(&str, Vec<&str>)> = vec![];
        for (name, value) in parameters.iter().filter(|(name, _)| !RESERVED.contains(&name.as_str())) {
            match by_name.iter_mut().find(|(known, _)| known == name) {
                Some((_, values)) => values.push(value),
                None => by_name.push((name, vec![value])),
            }
        }
        let conditions = by_name.into_iter().map(|(name, values)| condition(name, &values, library));
        Ok(Self(conditions.collect::<Result<Vec<_>>>()?))
    }

    /// The same without conditions on a column.
    pub fn without(&self, column: usize) -> Self {
        Self(self.0.iter().filter(|condition| condition.column() != Some(column)).cloned().collect())
    }

    /// For each recording whether it meets all conditions.
    pub fn matching(&self, library: &Library) -> Vec<bool> {
        let mut all = vec![true; library.len()];
        self.0.iter().for_each(|condition| condition.apply(library, &mut all));
        all
    }

    /// The recordings that meet all conditions, in the order of the table.
    pub fn rows(&self, library: &Library) -> Vec<u32> {
        let matching = self.matching(library);
        (0..).zip(matching).filter(|(_, matching)| *matching).map(|(row, _)| row).collect()
    }
}

fn condition(name: &str, values: &[&str], library: &Library) -> Result<Condition> {
    match name {
        "search" => {
            let words = values.iter().flat_map(|text| text.split_whitespace());
            return Ok(Condition::Words(words.map(str::to_lowercase).collect()));
        }
        "id" => {
            let rows = values.iter().filter_map(|id| library.row(id));
            return Ok(Condition::Rows(rows.collect()));
        }
        _ => {}
    }
    let column = library.column(name)?;
    match &library.columns[column].values {
        Values::Texts(texts) => {
            // a text that no recording has matches none
            let codes = values.iter().filter_map(|text| match *text {
                "" => Some(MISSING),
                text => texts.code(text),
            });
            Ok(Condition::Texts { column, codes: codes.collect() })
        }
        Values::Numbers(_) => {
            let ranges = values.iter().filter(|text| !text.is_empty()).map(|text| range(name, text));
            let (ranges, missing) = (ranges.collect::<Result<_>>()?, values.contains(&""));
            Ok(Condition::Numbers { column, ranges, missing })
        }
    }
}

/// Reads `lo..hi`, `lo..`, `..hi` or a single number.
fn range(name: &str, text: &str) -> Result<(f64, f64)> {
    let (low, high) = text.split_once("..").unwrap_or((text, text));
    let end = |text: &str, other: f64| match text.trim() {
        "" => Some(other),
        text => text.parse().ok().filter(|number: &f64| !number.is_nan()),
    };
    match (end(low, f64::NEG_INFINITY), end(high, f64::INFINITY)) {
        (Some(low), Some(high)) if !text.trim().is_empty() => Ok((low, high)),
        _ => {
            let fault = Fault::new(format!("'{text}' is not a range of numbers")).at(name);
            Err(fault.fix("write two numbers with .. between them, such as 90..120, 90.. or ..120"))
        }
    }
}

impl Condition {
    fn apply(&self, library: &Library, all: &mut [bool]) {
        match self {
            Self::Numbers { column, ranges, missing } => {
                let Values::Numbers(numbers) = &library.columns[*column].values else { return };
                let is_in = |value: f64| ranges.iter().any(|(low, high)| *low <= value && value <= *high);
                for (all, value) in all.iter_mut().zip(numbers) {
                    *all &= is_in(*value) || (*missing && value.is_nan());
                }
            }
            Self::Texts { column, codes } => {
                let Values::Texts(texts) = &library.columns[*column].values else { return };
                let mut wanted = vec![false; texts.distinct.len()];
                codes.iter().filter(|code| **code != MISSING).for_each(|code| wanted[*code as usize] = true);
                let missing = codes.contains(&MISSING);
                for (all, code) in all.iter_mut().zip(&texts.codes) {
                    *all &= wanted.get(*code as usize).copied().unwrap_or(missing);
                }
            }
            Self::Rows(rows) => {
                let mut wanted = vec![false; all.len()];
                rows.iter().for_each(|row| wanted[*row as usize] = true);
                all.iter_mut().zip(wanted).for_each(|(all, wanted)| *all &= wanted);
            }
            Self::Words(words) => {
                // each distinct text is searched once
                let mut found: Vec<Vec<(usize, Vec<bool>)>> = vec![];
                for word in words {
                    let in_column = |column: &super::Column| match &column.values {
                        Values::Texts(texts) => {
                            let has = |text: &String| text.to_lowercase().contains(word.as_str());
                            Some(texts.distinct.iter().map(has).collect())
                        }
                        Values::Numbers(_) => None,
                    };
                    let columns = library.columns.iter().enumerate();
                    found.push(columns.filter_map(|(at, column)| Some((at, in_column(column)?))).collect());
                }
                for (row, all) in all.iter_mut().enumerate().filter(|(_, all)| **all) {
                    let occurs = |columns: &Vec<(usize, Vec<bool>)>| {
                        columns.iter().any(|(column, has)| match &library.columns[*column].values {
                            Values::Texts(texts) => {
                                has.get(texts.codes[row] as usize).copied().unwrap_or(false)
                            }
                            Values::Numbers(_) => false,
                        })
                    };
                    *all = found.iter().all(occurs);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::range;

    #[test]
    fn ranges_are_open_or_closed() {
        assert_eq!(range("tempo", "90..120.5").unwrap(), (90.0, 120.5));
        assert_eq!(range("tempo", "-3..").unwrap(), (-3.0, f64::INFINITY));
        assert_eq!(range("tempo", "..1e3").unwrap(), (f64::NEG_INFINITY, 1000.0));
        assert_eq!(range("tempo", "7").unwrap(), (7.0, 7.0));
        for wrong in ["fast", "1..x", "NaN..", "1…2"] {
            assert!(range("tempo", wrong).is_err(), "{wrong}");
        }
    }
}
