//! A record: named features, sorted by name.

use super::Tensor;
use passband_signal::{Fault, Result};
use std::sync::Arc;

/// One example of a training set.
///
/// Features are sorted by name, so that the order of insertion does not change the bytes written.
///
/// ```
/// use passband_lake::set::record::{Feature, Record};
/// let mut record = Record::new("000017");
/// record.push("label", 3)?;
/// record.push("audio", vec![0.5f32, -0.5])?;
/// let names: Vec<&str> = record.features().map(|(name, _)| name).collect();
/// assert_eq!(names, ["audio", "label"]);
/// assert_eq!(record.get("label"), Some(&Feature::Ints(vec![3])));
/// assert!(record.push("label", 4).is_err());
/// # Ok::<(), passband_signal::Fault>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record {
    key: String,
    features: Vec<(Arc<str>, Feature)>,
}

/// The value of a feature.
#[derive(Clone, Debug, PartialEq)]
pub enum Feature {
    /// Integers: an `Int64List`.
    Ints(Vec<i64>),
    /// Numbers: a `FloatList`.
    Floats(Vec<f32>),
    /// Text: a `BytesList` with one value, in UTF-8.
    Text(String),
    /// Bytes: a `BytesList` with one value.
    Bytes(Vec<u8>),
    /// Samples with a shape: a `BytesList` with one serialised `TensorProto`.
    Tensor(Tensor),
}

impl Record {
    /// A record without features. The key must be unique in the set; only WebDataset stores it.
    pub fn new(key: impl Into<String>) -> Self {
        Self { key: key.into(), features: vec![] }
    }

    /// The key of the record.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Adds a feature. A duplicate name is a fault.
    pub fn push(&mut self, name: impl Into<Arc<str>>, feature: impl Into<Feature>) -> Result<()> {
        let name = name.into();
        match self.find(&name) {
            Ok(_) => Err(Fault::new(format!("a record has two features named {name:?}"))
                .why("the second would hide the first")
                .fix("rename one of them")),
            Err(place) => {
                self.features.insert(place, (name, feature.into()));
                Ok(())
            }
        }
    }

    /// The feature of this name.
    pub fn get(&self, name: &str) -> Option<&Feature> {
        self.find(name).ok().map(|place| &self.features[place].1)
    }

    /// All features, by name.
    pub fn features(&self) -> impl ExactSizeIterator<Item = (&str, &Feature)> {
        self.features.iter().map(|(name, feature)| (&**name, feature))
    }

    fn find(&self, name: &str) -> Result<usize, usize> {
        self.features.binary_search_by(|(known, _)| (**known).cmp(name))
    }
}

impl From<i64> for Feature {
    fn from(value: i64) -> Self {
        Self::Ints(vec![value])
    }
}
impl From<f32> for Feature {
    fn from(value: f32) -> Self {
        Self::Floats(vec![value])
    }
}
impl From<Vec<i64>> for Feature {
    fn from(values: Vec<i64>) -> Self {
        Self::Ints(values)
    }
}
impl From<Vec<f32>> for Feature {
    fn from(values: Vec<f32>) -> Self {
        Self::Floats(values)
    }
}
impl From<&str> for Feature {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}
impl From<String> for Feature {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}
impl From<Vec<u8>> for Feature {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}
impl From<Tensor> for Feature {
    fn from(tensor: Tensor) -> Self {
        Self::Tensor(tensor)
    }
}
