//! The schema of the records of a set.

use super::{Feature, Record};
use passband_signal::{Fault, Result};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// The kind of a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One integer.
    Int,
    /// Several integers.
    Ints,
    /// One floating-point number.
    Float,
    /// Several floating-point numbers.
    Floats,
    /// Text.
    Text,
    /// Bytes.
    Bytes,
    /// Samples with a shape.
    Tensor,
}

/// The names and kinds of features. A record may lack some of them, and has no others.
///
/// ```
/// use passband_lake::set::record::{Kind, Record, Schema};
/// let (mut one, mut two) = (Record::new("1"), Record::new("2"));
/// one.push("label", 3)?;
/// two.push("label", vec![3i64, 4])?;
/// two.push("speaker", "theo")?;
/// let schema = Schema::of(&[&one, &two])?;
/// assert_eq!(schema.to_string(), "label: ints, speaker: text");
/// two.push("weight", 0.5)?;
/// assert!(schema.check(&one).is_ok() && schema.check(&two).is_err());
/// # Ok::<(), passband_signal::Fault>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schema(BTreeMap<Arc<str>, Kind>);

impl Schema {
    /// A schema without features.
    pub fn new() -> Self {
        Self::default()
    }

    /// The schema of these records: a feature with one number in some records and several in others is a list.
    pub fn of(records: &[&Record]) -> Result<Self> {
        let mut schema = Self::new();
        for (name, feature) in records.iter().flat_map(|record| record.features()) {
            schema.add(name, kind(feature))?;
        }
        Ok(schema)
    }

    /// Adds a feature. A name that exists with another kind is a fault, except that a single number fits a list of the
    /// same type.
    pub fn add(&mut self, name: impl Into<Arc<str>>, kind: Kind) -> Result<()> {
        let name = name.into();
        match self.0.get(&name) {
            Some(known) if holds(*known, kind) => Ok(()),
            Some(known) if !holds(kind, *known) => Err(unfit(&name, *known, kind)),
            _ => {
                self.0.insert(name, kind);
                Ok(())
            }
        }
    }

    /// All features, by name.
    pub fn features(&self) -> impl ExactSizeIterator<Item = (&str, Kind)> {
        self.0.iter().map(|(name, kind)| (&**name, *kind))
    }

    /// Checks a record against the schema.
    pub fn check(&self, record: &Record) -> Result<()> {
        for (name, feature) in record.features() {
            match self.0.get(name) {
                Some(known) if holds(*known, kind(feature)) => {}
                Some(known) => return Err(unfit(name, *known, kind(feature)).at(place(record))),
                None => {
                    return Err(Fault::new(format!("the schema has no feature {name:?}")).at(place(record)));
                }
            }
        }
        Ok(())
    }
}

pub(super) fn place(record: &Record) -> String {
    format!("record {:?}", record.key())
}

fn holds(known: Kind, new: Kind) -> bool {
    known == new || matches!((known, new), (Kind::Ints, Kind::Int) | (Kind::Floats, Kind::Float))
}

fn unfit(name: &str, known: Kind, new: Kind) -> Fault {
    Fault::new(format!("the feature {name:?} is {new} here, and {known} elsewhere"))
        .why("all records of a set have one schema")
}

fn kind(feature: &Feature) -> Kind {
    match feature {
        Feature::Ints(values) if values.len() == 1 => Kind::Int,
        Feature::Ints(_) => Kind::Ints,
        Feature::Floats(values) if values.len() == 1 => Kind::Float,
        Feature::Floats(_) => Kind::Floats,
        Feature::Text(_) => Kind::Text,
        Feature::Bytes(_) => Kind::Bytes,
        Feature::Tensor(_) => Kind::Tensor,
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Int => "int",
            Self::Ints => "ints",
            Self::Float => "float",
            Self::Floats => "floats",
            Self::Text => "text",
            Self::Bytes => "bytes",
            Self::Tensor => "tensor",
        })
    }
}

impl fmt::Display for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (name, kind)) in self.0.iter().enumerate() {
            write!(f, "{}{name}: {kind}", if place == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}
