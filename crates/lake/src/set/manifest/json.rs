//! The JSON form of the parts of a manifest.

use super::ShardEntry;
use crate::set::record::{ShardFormat, Written};
use serde::{Deserialize, Serialize};

/// `"tfrecord"`, `{"tfrecord_gzip": {"level": 6}}`, `"parquet"` or `"webdataset"`.
#[derive(Serialize, Deserialize)]
#[serde(remote = "ShardFormat", rename_all = "lowercase")]
pub enum Format {
    TfRecord,
    #[serde(rename = "tfrecord_gzip")]
    TfRecordGzip {
        level: u32,
    },
    Parquet,
    WebDataset,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShardJson {
    pub file: String,
    pub records: u64,
    pub bytes: u64,
    #[serde(with = "hex")]
    pub crc32c: u32,
}

impl From<ShardJson> for ShardEntry {
    fn from(shard: ShardJson) -> Self {
        let ShardJson { file, records, bytes, crc32c } = shard;
        Self { file, written: Written { records, bytes, crc32c } }
    }
}

impl From<ShardEntry> for ShardJson {
    fn from(entry: ShardEntry) -> Self {
        let Written { records, bytes, crc32c } = entry.written;
        Self { file: entry.file, records, bytes, crc32c }
    }
}

/// A checksum as eight hexadecimal digits.
pub mod hex {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(crc: &u32, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(&format_args!("{crc:08x}"))
    }
    pub fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<u32, D::Error> {
        let text = String::deserialize(input)?;
        let digits = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let value = u32::from_str_radix(&text, 16).ok().filter(|_| digits);
        value
            .ok_or_else(|| D::Error::custom(format!("a checksum has eight hexadecimal digits, not {text:?}")))
    }
}

/// The schema as an object of names and kinds.
pub mod schema {
    use crate::set::record::{Kind, Schema};
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use std::collections::BTreeMap;

    const KINDS: [Kind; 7] =
        [Kind::Int, Kind::Ints, Kind::Float, Kind::Floats, Kind::Text, Kind::Bytes, Kind::Tensor];

    pub fn serialize<S: Serializer>(schema: &Schema, out: S) -> Result<S::Ok, S::Error> {
        out.collect_map(schema.features().map(|(name, kind)| (name, kind.to_string())))
    }
    pub fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Schema, D::Error> {
        let mut schema = Schema::new();
        for (name, kind) in BTreeMap::<String, String>::deserialize(input)? {
            let known = KINDS.into_iter().find(|known| known.to_string() == kind);
            let known = known.ok_or_else(|| D::Error::custom(format!("{kind:?} is no kind of feature")))?;
            schema.add(name, known).map_err(|fault| D::Error::custom(fault.what()))?;
        }
        Ok(schema)
    }
}

/// The label map, if there is one.
pub mod labels {
    use crate::set::labels::LabelMap;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use serde_json::Value;

    pub fn serialize<S: Serializer>(map: &Option<LabelMap>, out: S) -> Result<S::Ok, S::Error> {
        out.collect_map(map.iter().flat_map(LabelMap::iter))
    }
    pub fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<Option<LabelMap>, D::Error> {
        let Some(value) = Option::<Value>::deserialize(input)? else { return Ok(None) };
        LabelMap::from_json(&value.to_string()).map(Some).map_err(|fault| {
            let [_, _, (_, why), _] = fault.parts();
            D::Error::custom(format!("{}: {why}", fault.what()))
        })
    }
}
