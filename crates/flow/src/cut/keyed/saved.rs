//! The stored form of panes, on a compacted topic, for windows that are too long to be read again.

use super::keys::Keys;
use super::pane::Chunk;
use crate::part::Sheet;
use passband_dsp::aggregate::Kept;

/// The version of the format.
const VERSION: u8 = 1;

/// The keys of a chunk with their sums: a version, then for each key its name, sums and kept values.
pub fn cells(chunk: &Chunk, keys: &Keys, sheet: &Sheet) -> Vec<u8> {
    let mut out = vec![VERSION];
    let (width, lists, mut kept) = (sheet.width(), sheet.lists(), vec![]);
    for (at, key) in chunk.keys.iter().enumerate() {
        sized(keys.name(*key).as_bytes(), &mut out);
        chunk.sums[at * width..(at + 1) * width].iter().for_each(|sum| out.extend(sum.to_le_bytes()));
        for list in &chunk.kept[at * lists..(at + 1) * lists] {
            kept.clear();
            list.to_bytes(&mut kept);
            sized(&kept, &mut out);
        }
    }
    out
}

/// Reads [`cells`].
pub fn read_cells(bytes: &[u8], keys: &mut Keys, sheet: &Sheet) -> Option<Chunk> {
    let mut rest = bytes.strip_prefix(&[VERSION])?;
    let mut chunk = Chunk::default();
    chunk.saved = true;
    while !rest.is_empty() {
        chunk.keys.push(keys.number(std::str::from_utf8(part(&mut rest)?).ok()?));
        for _ in 0..sheet.width() {
            chunk.sums.push(f64::from_le_bytes(array(&mut rest)?));
        }
        for _ in 0..sheet.lists() {
            chunk.kept.push(Kept::from_bytes(part(&mut rest)?)?);
        }
    }
    Some(chunk)
}

/// Ids of readings.
pub fn ids(ids: &[u64]) -> Vec<u8> {
    std::iter::once(VERSION).chain(ids.iter().flat_map(|id| id.to_le_bytes())).collect()
}

/// Reads [`ids`].
pub fn read_ids(bytes: &[u8]) -> Option<impl Iterator<Item = u64>> {
    let (ids, rest) = bytes.strip_prefix(&[VERSION])?.as_chunks::<8>();
    rest.is_empty().then(|| ids.iter().map(|id| u64::from_le_bytes(*id)))
}

fn sized(bytes: &[u8], out: &mut Vec<u8>) {
    out.extend((bytes.len() as u32).to_le_bytes());
    out.extend(bytes);
}

fn part<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = u32::from_le_bytes(array(rest)?) as usize;
    let (part, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(part)
}

fn array<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (array, after) = rest.split_first_chunk::<N>()?;
    *rest = after;
    Some(*array)
}
