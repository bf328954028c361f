//! Recordings that were measured before: by an interrupted run, or under another name.

use super::Delivery;
use crate::data::{Data, FileInfo, Form, Value};
use crate::part::{Control, Journal};
use passband_dsp::FEATURE_VERSION;
use passband_signal::{Fault, Result};
use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use xxhash_rust::xxh3::xxh3_128;

/// Known results of recordings, identified by content.
pub struct Known {
    journal: Arc<dyn Journal>,
    /// The settings that determine the results, apart from the recording.
    measured_by: String,
    /// Recordings that are being measured: the key and number of each.
    under_way: Mutex<HashMap<u128, u64>>,
}

/// A recording whose results are stored while it is measured.
pub struct Kept<'a> {
    known: &'a Known,
    key: u128,
    number: u64,
    entry: u64,
    /// Whether data of it was refused, or results could not be stored.
    spoiled: AtomicBool,
}

/// Whether a recording must be measured.
pub enum Claim<'a> {
    /// It must be measured.
    Measure(Kept<'a>),
    /// All its results are stored.
    There,
    /// An earlier recording with the same content is being measured.
    Wait,
}

impl Known {
    /// The contents of a journal, for a pipeline whose window and transforms are `measured_by`.
    pub fn new(journal: Arc<dyn Journal>, measured_by: String) -> Self {
        Self { journal, measured_by, under_way: Mutex::default() }
    }

    /// The key for the results of a recording. It includes the file extension, which may determine how the
    /// bytes are decoded.
    pub fn key(&self, file: &FileInfo) -> u128 {
        let ending = Path::new(&file.path).extension().unwrap_or_default().to_string_lossy().to_lowercase();
        let version = env!("CARGO_PKG_VERSION");
        let of = [&file.content_hash, &ending, &FEATURE_VERSION.to_string(), version, &self.measured_by];
        xxh3_128(of.join("\n").as_bytes())
    }

    /// Whether the recording with this number must be measured. It waits only for an earlier recording: the
    /// results of a later one may have to wait for its own.
    pub fn claim(&self, key: u128, number: u64) -> Claim<'_> {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        // a recording is in the journal before it is removed from `under_way`
        if under_way.get(&key).is_some_and(|other| *other < number) {
            return Claim::Wait;
        }
        if self.journal.has(key) {
            return Claim::There;
        }
        under_way.insert(key, number);
        let (entry, spoiled) = (self.journal.begin(key), AtomicBool::new(false));
        Claim::Measure(Kept { known: self, key, number, entry, spoiled })
    }

    /// Reads the results of a key as those of the recording with this number and file.
    pub fn read(
        &self,
        key: u128,
        (recording, file): (i64, &FileInfo),
        give: &mut dyn FnMut(Data) -> Result<()>,
    ) -> Result<()> {
        self.journal.read(key, &mut |data| give(of(data, recording, file)?))
    }
}

/// The same result for another recording with the same content.
fn of(data: Data, recording: i64, file: &FileInfo) -> Result<Data> {
    let Data::Row(row) = &data else { return Ok(data) };
    let (fields, mut values) = (row.fields(Form::Exact), row.values(Form::Exact));
    for (field, value) in fields.iter().zip(&mut values) {
        match &*field.name() {
            "recording" => *value = Value::Long(recording),
            "path" => *value = Value::Text((&*file.path).into()),
            _ => {}
        }
    }
    (row.declaration().read)(Form::Exact, values).map_err(Fault::new)
}

impl Kept<'_> {
    /// Stores results.
    pub fn keep(&self, delivery: &Delivery, control: &Control) {
        let kept = self.known.journal.keep(self.entry, &delivery.outputs);
        if let Err(fault) = &kept {
            control.note(|| format!("a recording will be measured again after a restart: {fault}"));
        }
        if kept.is_err() || !delivery.refused.is_empty() {
            self.spoiled.store(true, Ordering::Relaxed);
        }
    }

    /// Ends the recording; `whole`: it reached its end.
    pub fn end(self, whole: bool) -> Result<()> {
        if whole && !self.spoiled.load(Ordering::Relaxed) {
            self.known.journal.end(self.entry)?;
        }
        Ok(())
    }
}

impl Drop for Kept<'_> {
    fn drop(&mut self) {
        let mut under_way = self.known.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        if under_way.get(&self.key) == Some(&self.number) {
            under_way.remove(&self.key);
        }
    }
}
