//! A pane: the sums of the readings in one segment of time, in chunks of a few hundred keys.

use super::keys::Keys;
use super::saved;
use crate::data::PanePart as Part;
use crate::part::Sheet;
use hashbrown::HashSet;
use passband_dsp::aggregate::Kept;

const NONE: u32 = u32::MAX;

/// Keys per chunk; a chunk is stored as a unit.
const CHUNK: usize = 256;

/// The sums of the readings in one segment of time.
pub struct Pane {
    /// Its start.
    pub start: i64,
    /// Offset of its first reading that is in no stored chunk.
    pub unsaved: Option<i64>,
    /// The place of each key, by its number.
    places: Vec<u32>,
    chunks: Vec<Chunk>,
    /// The ids of its readings, if they have ids.
    ids: HashSet<u64>,
    /// Ids that have not been stored, and how often ids were stored.
    new_ids: (Vec<u64>, u32),
    changed: bool,
}

/// Some keys of a pane, in order of arrival.
#[derive(Default)]
pub struct Chunk {
    /// Their numbers.
    pub keys: Vec<u32>,
    /// The sums of each key, one after the other.
    pub sums: Vec<f64>,
    /// The kept values of each key, one after the other.
    pub kept: Vec<Kept>,
    /// Whether it was stored at least once.
    pub saved: bool,
    /// Whether it has changed since.
    dirty: bool,
    /// A bit for each key that has changed since the last early result.
    changed: [u64; CHUNK / 64],
}

impl Pane {
    /// Creates an empty pane.
    pub fn new(start: i64) -> Self {
        let (places, chunks, ids, new_ids) = (vec![], vec![], HashSet::new(), (vec![], 0));
        Self { start, unsaved: None, places, chunks, ids, new_ids, changed: false }
    }

    /// Registers the id of a reading; returns whether it is new.
    pub fn is_new(&mut self, id: u64, carried: bool) -> bool {
        let new = self.ids.insert(id);
        if new && carried {
            self.new_ids.0.push(id);
        }
        new
    }

    /// Folds a reading.
    pub fn add(&mut self, sheet: &Sheet, key: u32, offset: i64, time: i64, values: &[f64]) {
        let number = key as usize;
        if number >= self.places.len() {
            self.places.resize((number + 1).next_power_of_two(), NONE);
        }
        if self.places[number] == NONE {
            let place = self.place(sheet, key);
            self.places[number] = place;
        }
        let (chunk, at) = split(self.places[number]);
        let chunk = &mut self.chunks[chunk];
        let (width, lists) = (sheet.width(), sheet.lists());
        let kept = &mut chunk.kept[at * lists..(at + 1) * lists];
        sheet.add(&mut chunk.sums[at * width..(at + 1) * width], kept, time, values);
        chunk.dirty = true;
        chunk.changed[at / 64] |= 1 << (at % 64);
        self.changed = true;
        self.unsaved.get_or_insert(offset);
    }

    /// Assigns a place to a new key.
    fn place(&mut self, sheet: &Sheet, key: u32) -> u32 {
        if self.chunks.last().is_none_or(|chunk| chunk.keys.len() == CHUNK) {
            self.chunks.push(Chunk::default());
        }
        let number = self.chunks.len() - 1;
        let chunk = &mut self.chunks[number];
        chunk.keys.push(key);
        sheet.start(&mut chunk.sums, &mut chunk.kept);
        (number * CHUNK + chunk.keys.len() - 1) as u32
    }

    /// The keys with readings, in order of arrival.
    pub fn keys(&self) -> impl Iterator<Item = u32> {
        self.chunks.iter().flat_map(|chunk| chunk.keys.iter().copied())
    }

    /// The sums of one key.
    pub fn of(&self, sheet: &Sheet, key: u32) -> Option<(&[f64], &[Kept])> {
        let (chunk, at) = split(*self.places.get(key as usize).filter(|place| **place != NONE)?);
        let (chunk, width, lists) = (&self.chunks[chunk], sheet.width(), sheet.lists());
        Some((&chunk.sums[at * width..(at + 1) * width], &chunk.kept[at * lists..(at + 1) * lists]))
    }

    /// Moves the keys that have changed since the last call to `keys`.
    pub fn changed(&mut self, keys: &mut Vec<u32>) {
        if !std::mem::take(&mut self.changed) {
            return;
        }
        for chunk in &mut self.chunks {
            let changed = std::mem::take(&mut chunk.changed);
            let has = |at: &usize| changed[at / 64] & (1 << (at % 64)) != 0;
            keys.extend((0..chunk.keys.len()).filter(has).map(|at| chunk.keys[at]));
        }
    }

    /// Emits the parts that have changed since they were stored.
    pub fn save(&mut self, keys: &Keys, sheet: &Sheet, give: &mut dyn FnMut(Part)) {
        let start = self.start;
        for (number, chunk) in self.chunks.iter_mut().enumerate().filter(|(_, chunk)| chunk.dirty) {
            (chunk.saved, chunk.dirty) = (true, false);
            give(Part { start, name: number.to_string(), bytes: Some(saved::cells(chunk, keys, sheet)) });
        }
        let (ids, times) = &mut self.new_ids;
        if !ids.is_empty() {
            give(Part { start, name: format!("i{times}"), bytes: Some(saved::ids(ids)) });
            ids.clear();
            *times += 1;
        }
        self.unsaved = None;
    }

    /// Emits a removal for each stored part.
    pub fn forget(&self, give: &mut dyn FnMut(Part)) {
        let saved = self.chunks.iter().enumerate().filter(|(_, chunk)| chunk.saved);
        let names = saved.map(|(number, _)| number.to_string());
        let ids = (0..self.new_ids.1).map(|number| format!("i{number}"));
        names.chain(ids).for_each(|name| give(Part { start: self.start, name, bytes: None }));
    }

    /// Restores a stored part.
    pub fn restore(&mut self, name: &str, bytes: &[u8], keys: &mut Keys, sheet: &Sheet) -> Option<()> {
        if let Some(number) = name.strip_prefix('i') {
            self.ids.extend(saved::read_ids(bytes)?);
            self.new_ids.1 = self.new_ids.1.max(number.parse::<u32>().ok()?.checked_add(1)?);
            return Some(());
        }
        let number: usize = name.parse().ok().filter(|number| *number < 1 << 22)?;
        let chunk = saved::read_cells(bytes, keys, sheet).filter(|chunk| chunk.keys.len() <= CHUNK)?;
        for (at, key) in chunk.keys.iter().enumerate() {
            let key = *key as usize;
            if key >= self.places.len() {
                self.places.resize((key + 1).next_power_of_two(), NONE);
            }
            self.places[key] = (number * CHUNK + at) as u32;
        }
        if number >= self.chunks.len() {
            self.chunks.resize_with(number + 1, Chunk::default);
        }
        self.chunks[number] = chunk;
        Some(())
    }
}

/// The chunk of a place, and the index within it.
fn split(place: u32) -> (usize, usize) {
    (place as usize / CHUNK, place as usize % CHUNK)
}
