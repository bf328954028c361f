//! The label map: the numbers of named labels, which other sets can reuse.

use passband_signal::{Fault, Result};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use std::collections::{BTreeMap, BTreeSet};

/// A map from label names to numbers.
///
/// Its JSON is one object, `{"cat": 0, "dog": 1}`. Numbers are unique and not negative.
///
/// ```
/// use passband_lake::set::labels::LabelMap;
/// let map = LabelMap::from_json(r#"{"dog": 1, "cat": 0}"#).unwrap();
/// assert_eq!(map.number("dog"), Some(1));
/// assert_eq!(map.to_json(), "{\n  \"cat\": 0,\n  \"dog\": 1\n}\n");
/// assert!(LabelMap::from_json(r#"{"dog": 1, "cat": 1}"#).is_err());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelMap(BTreeMap<String, i64>);

impl LabelMap {
    /// Parses a stored map.
    pub fn from_json(text: &str) -> Result<Self> {
        let fault = |why: String| {
            Fault::new("the label map cannot be used")
                .why(why)
                .fix("give an object such as {\"cat\": 0, \"dog\": 1}")
        };
        let Pairs(pairs) = serde_json::from_str(text).map_err(|error| fault(error.to_string()))?;
        let (mut map, mut taken) = (BTreeMap::new(), BTreeMap::new());
        for (name, number) in pairs {
            if number < 0 {
                return Err(fault(format!("label '{name}' has number {number}, which is below 0")));
            }
            if let Some(other) = taken.insert(number, name.clone()) {
                return Err(fault(format!("labels '{other}' and '{name}' both have number {number}")));
            }
            if map.insert(name.clone(), number).is_some() {
                return Err(fault(format!("label '{name}' occurs twice")));
            }
        }
        Ok(Self(map))
    }
    /// The map as it is stored: sorted by name, one label per line.
    pub fn to_json(&self) -> String {
        let lines: Vec<String> = self
            .0
            .iter()
            .map(|(name, number)| format!("  {}: {number}", serde_json::Value::from(name.as_str())))
            .collect();
        match lines.is_empty() {
            true => "{}\n".into(),
            false => format!("{{\n{}\n}}\n", lines.join(",\n")),
        }
    }
    /// The number of a label, if it has one.
    pub fn number(&self, name: &str) -> Option<i64> {
        self.0.get(name).copied()
    }
    /// The number of labels.
    pub fn len(&self) -> usize {
        self.0.len()
    }
    /// Whether there are no labels.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// All labels with their numbers, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, i64)> {
        self.0.iter().map(|(name, number)| (name.as_str(), *number))
    }
    /// Adds new names in sorted order, numbered after the greatest existing number.
    pub(super) fn extend<'a>(&mut self, names: impl Iterator<Item = &'a str>) -> Result<()> {
        let new: BTreeSet<&str> = names.filter(|name| !self.0.contains_key(*name)).collect();
        let mut next = self.0.values().max().map_or(Some(0), |most| most.checked_add(1));
        for name in new {
            let number = next.ok_or_else(|| {
                Fault::new(format!("no number is left for label '{name}'"))
                    .why("the label map contains the greatest possible number")
            })?;
            self.0.insert(name.into(), number);
            next = number.checked_add(1);
        }
        Ok(())
    }
}

/// The entries of an object, including duplicate names, of which a map would silently keep only the last.
struct Pairs(Vec<(String, i64)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Pairs;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object of labels and whole numbers")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = vec![];
                while let Some((name, number)) = map.next_entry::<String, i64>()? {
                    if name.trim().is_empty() {
                        return Err(A::Error::custom("a label is empty"));
                    }
                    pairs.push((name, number));
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_is_extended_by_name_and_reads_back() {
        let mut map = LabelMap::from_json(r#"{"b": 7, "\"q\"": 2}"#).unwrap();
        map.extend(["z", "b", "a", "z", "é"].into_iter()).unwrap();
        let all: Vec<_> = map.iter().collect();
        assert_eq!(all, [("\"q\"", 2), ("a", 8), ("b", 7), ("z", 9), ("é", 10)]);
        assert_eq!(LabelMap::from_json(&map.to_json()).unwrap(), map);
    }

    #[test]
    fn an_invalid_map_is_refused_with_a_reason() {
        for (text, why) in [
            ("[1]", "object"),
            (r#"{"a": 1, "a": 2}"#, "twice"),
            (r#"{"a": 1.5}"#, "1.5"),
            (r#"{"a": -1}"#, "below 0"),
            (r#"{" ": 1}"#, "empty"),
            ("", "EOF"),
        ] {
            let fault = LabelMap::from_json(text).unwrap_err().to_string();
            assert!(fault.contains(why), "{text}: {fault}");
        }
        let mut full = LabelMap::from_json(&format!("{{\"a\": {}}}", i64::MAX)).unwrap();
        assert!(full.extend(["b"].into_iter()).is_err());
    }
}
