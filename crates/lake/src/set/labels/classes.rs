//! Labels as they come: integers, or names that have numbers in the end.

use super::header::quoted;
use super::names::Names;
use super::{LabelMap, Labels, NewLabels};
use passband_signal::{Fault, Result};
use std::collections::HashMap;

/// So many different names are no labels, but some other column.
const MOST_NAMES: usize = 1_000_000;

/// Each label that came, numbered as they came.
#[derive(Debug)]
pub(super) enum Classes {
    Integers { ids: HashMap<i64, u32>, values: Vec<i64>, detected: bool },
    Names { names: Names, map: LabelMap, new: NewLabels },
}

impl Classes {
    /// As the options say; where they leave it open, integers if most of the first labels are.
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

    /// The number of a label, or why it is none.
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
                        .why("so many names are hardly labels")
                        .fix("say which column is the label"));
                }
                Ok(Ok(id))
            }
        }
    }

    /// The value of each label by its number, and the map, if they have names.
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

/// A whole number; also as `3.0`, as a column of numbers with gaps is often written.
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
    fn most_of_the_first_labels_say_what_labels_are() {
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
