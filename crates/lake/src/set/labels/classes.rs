//! The labels of a list: integers, or names that are mapped to numbers.

use super::header::quoted;
use super::names::Names;
use super::{LabelMap, Labels, NewLabels};
use passband_signal::{Fault, Result};
use std::collections::HashMap;

/// Maximum number of distinct names; a column with more does not contain labels.
const MOST_NAMES: usize = 1_000_000;

/// The distinct labels, numbered in order of appearance.
#[derive(Debug)]
pub(super) enum Classes {
    Integers { ids: HashMap<i64, u32>, values: Vec<i64>, detected: bool },
    Names { names: Names, map: LabelMap, new: NewLabels },
}

impl Classes {
    /// Uses the kind in the options; if it is not set, integers if most of the first labels are integers.
    pub fn new<'a>(labels: &Labels, first: impl Iterator<Item = &'a str>) -> Self {
        let names = |map: LabelMap, new| Self::Names { names: Names::default(), map, new };
        let integers = |detected| Self::Integers { ids: HashMap::new(), values: vec![], detected };
        match labels {
            Labels::Integers => integers(false),
            Labels::Names => names(LabelMap::default(), NewLabels::Added),
            Labels::Map(map, new) => names(map.clone(), *new),
            Labels::Detect => {
                let (mut whole, mut other) = (0, 0);
                for label in first.filter(|label| !label.is_empty()) {
                    *if integer(label).is_some() { &mut whole } else { &mut other } += 1;
                }
                if whole >= other { integers(true) } else { names(LabelMap::default(), NewLabels::Added) }
            }
        }
    }

    /// The id of a label, or the reason why it is not a label.
    pub fn id(&mut self, label: &str) -> Result<Result<u32, String>> {
        if label.is_empty() {
            return Ok(Err("the label is empty".into()));
        }
        match self {
            Self::Integers { ids, values, detected } => {
                let Some(value) = integer(label) else {
                    let why = if *detected { ", as most of the first labels are" } else { "" };
                    return Ok(Err(format!("label {} is not an integer{why}", quoted(label))));
                };
                let next = values.len() as u32;
                Ok(Ok(*ids.entry(value).or_insert_with(|| {
                    values.push(value);
                    next
                })))
            }
            Self::Names { map, new: NewLabels::Refused, .. } if map.number(label).is_none() => {
                Ok(Err(format!("label {} is not in the label map", quoted(label))))
            }
            Self::Names { names, .. } => {
                let id = names.number(label);
                if names.len() > MOST_NAMES {
                    return Err(Fault::new(format!("there are more than {MOST_NAMES} different labels"))
                        .why("the column is probably not that of labels")
                        .fix("set the column of labels with --label"));
                }
                Ok(Ok(id))
            }
        }
    }

    /// The value of each label by its id, and the map if labels have names.
    pub fn finish(self) -> Result<(Vec<i64>, Option<LabelMap>)> {
        match self {
            Self::Integers { values, .. } => Ok((values, None)),
            Self::Names { names, mut map, .. } => {
                map.extend(names.iter())?;
                let values = names.iter().filter_map(|name| map.number(name)).collect();
                Ok((values, Some(map)))
            }
        }
    }
}

/// Parses an integer, also in the form `3.0`, which tools write for integer columns with missing values.
fn integer(label: &str) -> Option<i64> {
    let whole = match label.split_once('.') {
        Some((whole, zeros)) if !zeros.is_empty() && zeros.bytes().all(|b| b == b'0') => whole,
        _ => label,
    };
    whole.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_labels_decide_the_kind_of_labels() {
        let detect = |labels: &[&str]| {
            let mut classes = Classes::new(&Labels::Detect, labels.iter().copied());
            let refused = labels.iter().filter(|label| classes.id(label).unwrap().is_err()).count();
            let (values, map) = classes.finish().unwrap();
            (refused, values, map.is_some())
        };
        assert_eq!(detect(&["3", "x", "-1.0", "", "+3", "3"]), (2, vec![3, -1], false));
        assert_eq!(detect(&["yes", "7", "no", "yes"]), (0, vec![2, 0, 1], true));
        assert_eq!(detect(&["9223372036854775808", "1.5", "1.", "1", "2", "3"]).0, 3);
    }
}
