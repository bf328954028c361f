//! Encodes and decodes `tf.train.Example`, byte for byte as TensorFlow serialises it with its features sorted by name.

use super::output::Put;
use super::wire::{self, Fields, Value, field_len, head};
use super::{Feature, Record, tensor};
use passband_signal::{Fault, Result};

/// Appends the Example of a record.
///
/// ```
/// use passband_lake::set::record::{Record, example};
/// let mut record = Record::new("0");
/// record.push("label", 7)?;
/// let mut bytes = vec![];
/// example::encode(&record, &mut bytes);
/// // Features, an entry of its map, the name, a Feature with an Int64List of 7
/// let expected = [&[10, 16, 10, 14, 10, 5][..], b"label", &[18, 5, 26, 3, 10, 1, 7]].concat();
/// assert_eq!(bytes, expected);
/// assert_eq!(example::decode(&bytes)?.get("label"), record.get("label"));
/// # Ok::<(), passband_signal::Fault>(())
/// ```
pub fn encode(record: &Record, out: &mut Vec<u8>) {
    let mut example = Example::default();
    out.reserve(example.measure(record));
    example.write(record, out);
}

/// The lengths of nested messages, from the outside in. The buffer is reused.
#[derive(Default)]
pub(super) struct Example {
    entries: usize,
    contents: Vec<Option<usize>>,
}

impl Example {
    /// Computes the size of the Example in bytes. Must be called before each `write`.
    pub(super) fn measure(&mut self, record: &Record) -> usize {
        self.contents.clear();
        self.contents.extend(record.features().map(|(_, feature)| content_len(feature)));
        let names = record.features().map(|(name, _)| name.len());
        self.entries =
            names.zip(&self.contents).map(|(name, content)| field_len(entry_len(name, *content))).sum();
        field_len(self.entries)
    }

    pub(super) fn write(&self, record: &Record, out: &mut impl Put) {
        head(1, self.entries, out);
        for ((name, feature), content) in record.features().zip(&self.contents) {
            head(1, entry_len(name.len(), *content), out);
            head(1, name.len(), out);
            out.put(name.as_bytes());
            let list = list_len(*content);
            head(2, field_len(list), out);
            head(number(feature), list, out);
            if let Some(content) = content {
                head(1, *content, out);
                write_content(feature, out);
            }
        }
    }
}

fn entry_len(name: usize, content: Option<usize>) -> usize {
    field_len(name) + field_len(field_len(list_len(content)))
}

fn list_len(content: Option<usize>) -> usize {
    content.map_or(0, field_len)
}

/// The size of a list's only field; `None` for an empty list of numbers, which has no field. A list of bytes always has
/// one value.
fn content_len(feature: &Feature) -> Option<usize> {
    Some(match feature {
        Feature::Ints(values) if values.is_empty() => return None,
        Feature::Floats(values) if values.is_empty() => return None,
        Feature::Ints(values) => values.iter().map(|value| wire::varint_len(*value as u64)).sum(),
        Feature::Floats(values) => 4 * values.len(),
        Feature::Text(text) => text.len(),
        Feature::Bytes(bytes) => bytes.len(),
        Feature::Tensor(tensor) => tensor::len(tensor),
    })
}

/// The field number of a Feature's list.
fn number(feature: &Feature) -> u8 {
    match feature {
        Feature::Text(_) | Feature::Bytes(_) | Feature::Tensor(_) => 1,
        Feature::Floats(_) => 2,
        Feature::Ints(_) => 3,
    }
}

fn write_content(feature: &Feature, out: &mut impl Put) {
    match feature {
        Feature::Ints(values) => values.iter().for_each(|value| wire::varint(*value as u64, out)),
        Feature::Floats(values) => out.put_floats(values),
        Feature::Text(text) => out.put(text.as_bytes()),
        Feature::Bytes(bytes) => out.put(bytes),
        Feature::Tensor(tensor) => tensor::write(tensor, out),
    }
}

/// Decodes an Example. A `BytesList` is decoded to bytes; use [`str::from_utf8`] for text and [`tensor::decode`] for a
/// tensor. The key is empty.
pub fn decode(bytes: &[u8]) -> Result<Record> {
    let mut record = Record::default();
    for features in messages(bytes, 1) {
        for entry in messages(features?, 1) {
            let (mut name, mut feature) = ("", None);
            for field in Fields(entry?) {
                match field? {
                    (1, Value::Bytes(bytes)) => {
                        name = str::from_utf8(bytes)
                            .map_err(|_| Fault::new("the name of a feature is not UTF-8"))?;
                    }
                    (2, Value::Bytes(bytes)) => feature = read_feature(bytes)?,
                    _ => {}
                }
            }
            let feature = feature.ok_or_else(|| Fault::new(format!("the feature {name:?} has no list")))?;
            record.push(name, feature)?;
        }
    }
    Ok(record)
}

/// The messages of a field.
fn messages(bytes: &[u8], number: u64) -> impl Iterator<Item = Result<&[u8]>> {
    Fields(bytes).filter_map(move |field| match field {
        Ok((n, Value::Bytes(bytes))) if n == number => Some(Ok(bytes)),
        Ok(_) => None,
        Err(fault) => Some(Err(fault)),
    })
}

fn read_feature(bytes: &[u8]) -> Result<Option<Feature>> {
    let mut feature = None;
    for field in Fields(bytes) {
        feature = match field? {
            (1, Value::Bytes(list)) => Some(Feature::Bytes(read_bytes(list)?)),
            (2, Value::Bytes(list)) => Some(Feature::Floats(read_floats(list)?)),
            (3, Value::Bytes(list)) => Some(Feature::Ints(read_ints(list)?)),
            _ => feature,
        };
    }
    Ok(feature)
}

fn read_bytes(list: &[u8]) -> Result<Vec<u8>> {
    let values = messages(list, 1).collect::<Result<Vec<_>>>()?;
    match values[..] {
        [value] => Ok(value.to_vec()),
        _ => Err(Fault::new(format!("a BytesList has {} values", values.len()))
            .why("Passband writes one, and reads what it writes")),
    }
}

fn read_floats(list: &[u8]) -> Result<Vec<f32>> {
    let mut values = vec![];
    for field in Fields(list) {
        match field? {
            (1, Value::Fixed32(bytes)) => values.push(f32::from_le_bytes(bytes)),
            (1, Value::Bytes(packed)) => {
                let (all, rest) = packed.as_chunks::<4>();
                if !rest.is_empty() {
                    return Err(Fault::new(format!("a FloatList has {} bytes", packed.len())));
                }
                values.extend(all.iter().map(|bytes| f32::from_le_bytes(*bytes)));
            }
            _ => {}
        }
    }
    Ok(values)
}

fn read_ints(list: &[u8]) -> Result<Vec<i64>> {
    let mut values = vec![];
    for field in Fields(list) {
        match field? {
            (1, Value::Varint(value)) => values.push(value as i64),
            (1, Value::Bytes(mut packed)) => {
                while !packed.is_empty() {
                    let value = wire::read_varint(&mut packed);
                    values.push(value.ok_or_else(|| Fault::new("an Int64List is cut short"))? as i64);
                }
            }
            _ => {}
        }
    }
    Ok(values)
}
