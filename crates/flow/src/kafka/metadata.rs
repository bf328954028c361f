//! Metadata of committed offsets: the rest of a position, within the 4 kB that a broker stores.

use super::recovery::Id;
use crate::data::{Mark, Position, Resume};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use std::collections::BTreeMap;

/// The size that a broker stores for a position (default of offset.metadata.max.bytes).
pub const METADATA: usize = 4096;

/// Number of producers stored per partition.
const PRODUCERS: usize = 4;

/// Compression level, low because positions are committed frequently.
const LEVEL: i32 = 3;

/// Maximum size after decompression.
const UNPACKED: usize = 1 << 20;

/// By producer, the newest transaction committed with a position of this partition.
pub type Transactions = BTreeMap<String, Id>;

#[derive(serde::Serialize, serde::Deserialize)]
struct Kept<'a> {
    #[serde(flatten)]
    position: std::borrow::Cow<'a, Position>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    txns: Transactions,
}

/// Encodes metadata as text: JSON, or if it is too long, `z` and the JSON as zstd in Base64.
pub fn encode(position: &Position, transactions: &Transactions) -> serde_json::Result<String> {
    let mut newest: Vec<_> = transactions.iter().collect();
    newest.sort_by_key(|(_, id)| std::cmp::Reverse(id.1));
    let txns = newest.into_iter().take(PRODUCERS).map(|(name, id)| (name.clone(), *id)).collect();
    let json = serde_json::to_string(&Kept { position: std::borrow::Cow::Borrowed(position), txns })?;
    if json.len() <= METADATA {
        return Ok(json);
    }
    let packed = zstd::bulk::compress(json.as_bytes(), LEVEL).map_err(serde_json::Error::io)?;
    Ok(format!("z{}", BASE64.encode(packed)))
}

/// Decodes the output of [`encode`]; `None` for metadata of another program.
pub fn decode(text: &str) -> Option<(Position, Transactions)> {
    let json = match text.strip_prefix('z') {
        None => text.to_owned(),
        Some(packed) => {
            let packed = BASE64.decode(packed).ok()?;
            String::from_utf8(zstd::bulk::decompress(&packed, UNPACKED).ok()?).ok()?
        }
    };
    let Kept { position, txns } = serde_json::from_str(&json).ok()?;
    Some((position.into_owned(), txns))
}

/// Whether the positions of streams with these names and one more fit, whatever their values: with the longest possible
/// numbers.
pub fn fits<'a>(names: impl Iterator<Item = &'a str>) -> bool {
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut number = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed >> 1
    };
    let resume: BTreeMap<String, Resume> = names
        .map(|name| {
            let next = Mark { recording: number() as i64, index: number() };
            let mark = Resume { next, edge: Some(number()), offset: None, closed: vec![], watermark: None };
            (name.to_owned(), mark)
        })
        .collect();
    let long = Position { offset: 0, reached: i64::MAX, resume, note: None };
    let producers =
        (0..PRODUCERS).map(|n| (format!("{n}{:060}", number()), Id(i64::MAX, i64::MAX))).collect();
    encode(&long, &producers).is_ok_and(|text| text.len() <= METADATA)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn streams(count: usize, name: impl Fn(usize) -> String) -> Position {
        let mark = |n: usize| Resume {
            next: Mark { recording: 1_700_000_000_000_000, index: 256 * n as u64 },
            edge: None,
            offset: None,
            closed: vec![],
            watermark: None,
        };
        let resume = (0..count).map(|n| (name(n), mark(n))).collect();
        Position { offset: 0, reached: 12_345, resume, note: None }
    }

    #[test]
    fn long_metadata_is_compressed_and_round_trips() {
        let txns = Transactions::from([("g-1".to_owned(), Id(3, 4))]);
        for count in [0, 1, 40, 300] {
            let position = streams(count, |n| format!("mic-{n:04}"));
            let text = encode(&position, &txns).unwrap();
            assert_eq!(decode(&text), Some((position, txns.clone())));
            assert!(text.len() <= METADATA, "{count} streams take {}", text.len());
        }
        // metadata of an earlier version, and of another program
        assert_eq!(decode(r#"{"reached":7,"resume":{}}"#).unwrap().0.reached, 7);
        assert!(
            ["", "z", "zz", "zAAAA", "NO-METADATA", "zKLUv/QBY"].iter().all(|text| decode(text).is_none())
        );
    }

    #[test]
    fn what_fits_does_not_depend_on_positions() {
        let name = |n: usize| format!("5f3c{n:x}e2-{:x}", n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let names: Vec<String> = (0..500).map(name).collect();
        let most = (0..500).take_while(|n| fits(names[..*n].iter().map(String::as_str))).count() - 1;
        assert!((50..300).contains(&most), "{most}");
        assert!(fits(std::iter::empty()));
    }
}
