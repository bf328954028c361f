//! The folders of partitions.

use iceberg::spec::{PartitionKey, TableMetadata};
use iceberg::writer::file_writer::location_generator::LocationGenerator;
use xxhash_rust::xxh3::xxh3_64;

/// Maximum bytes of a value in a path; a longer one is cut and made unique by its hash.
const LONGEST: usize = 120;

/// The locations of data files: `data/key=value/FILE`, with values encoded as in a URL. Iceberg reads the values of a
/// partition from its metadata, not from paths.
#[derive(Clone, Debug)]
pub struct Locations(String);

impl Locations {
    pub fn new(metadata: &TableMetadata) -> Self {
        let set = metadata.properties().get("write.data.path");
        Self(set.map_or_else(|| format!("{}/data", metadata.location()), Clone::clone))
    }
}

impl LocationGenerator for Locations {
    fn generate_location(&self, key: Option<&PartitionKey>, file: &str) -> String {
        let mut path = self.0.clone();
        let of = key.filter(|key| !key.spec().is_unpartitioned());
        let types = of.and_then(|key| Some((key, key.spec().partition_type(key.schema()).ok()?)));
        if let Some((key, types)) = types {
            for (at, (field, of)) in key.spec().fields().iter().zip(types.fields()).enumerate() {
                let value = field.transform.to_human_string(&of.field_type, key.data()[at].as_ref());
                path += &format!("/{}={}", encoded(&field.name), encoded(&value));
            }
        }
        format!("{path}/{file}")
    }
}

/// Letters, digits, `-` and `_` unchanged, everything else as `%XX`; dots too, unless they stand between digits.
fn encoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    let mut out = String::new();
    for (at, byte) in bytes.iter().enumerate() {
        let plain = byte.is_ascii_alphanumeric() || b"-_".contains(byte);
        let point = *byte == b'.' && digit(at.checked_sub(1)) && digit(Some(at + 1));
        if plain || point {
            out.push(char::from(*byte));
        } else {
            out += &format!("%{byte:02X}");
        }
        if out.len() > LONGEST {
            return format!("{out}-{:016x}", xxh3_64(bytes));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_cannot_leave_their_folder() {
        for (value, path) in [
            ("s1", "s1"),
            ("2026-01-31", "2026-01-31"),
            ("1.5", "1.5"),
            ("../x", "%2E%2E%2Fx"),
            ("a#b?c d", "a%23b%3Fc%20d"),
            ("\t\0ü", "%09%00%C3%BC"),
            ("", ""),
        ] {
            assert_eq!(encoded(value), path);
        }
        let long = |last: &str| encoded(&("x".repeat(300) + last));
        assert!(long("a").len() < 200 && long("a") != long("b"));
    }
}
