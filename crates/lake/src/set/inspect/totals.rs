//! Totals over all records of a set.

use super::duplicates::ContentIndex;
use super::{Lengths, Report, Shown, SplitReport, render, warnings};
use crate::set::manifest::Manifest;
use crate::set::record::{Feature, Kind, Record, Tensor, tensor};
use passband_signal::Fault;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

/// The number of records shown.
const SHOWN: usize = 3;

pub struct Totals<'a> {
    pub manifest: &'a Manifest,
    kinds: BTreeMap<&'a str, Kind>,
    names: HashMap<i64, String>,
    pub splits: Vec<SplitReport>,
    /// The split, file and first record number of each shard.
    shards: Vec<(usize, &'a str, u64)>,
    /// The number of records so far.
    pub number: u64,
    pub contents: ContentIndex,
    pub frames: Lengths,
    pub micros: Lengths,
    /// The first two distinct sample rates.
    pub rates: Vec<f64>,
    first: Vec<Shown>,
    pub clipped: Flagged,
    pub silent: Flagged,
    pub not_finite: Flagged,
    pub unfit: Flagged,
}

/// The number of records with a fault, and the first of them.
#[derive(Default)]
pub struct Flagged {
    pub records: u64,
    pub first: Option<(u64, String)>,
}

impl Flagged {
    pub fn add(&mut self, number: u64, what: impl FnOnce() -> String) {
        self.records += 1;
        self.first.get_or_insert_with(|| (number, what()));
    }
}

impl<'a> Totals<'a> {
    pub fn new(manifest: &'a Manifest) -> Self {
        let named = |split: &crate::set::manifest::SplitEntry| SplitReport {
            name: split.name.clone(),
            ..Default::default()
        };
        let map = manifest.label_map.iter().flat_map(|map| map.iter());
        Self {
            manifest,
            kinds: manifest.schema.features().collect(),
            names: map.map(|(name, number)| (number, name.to_owned())).collect(),
            splits: manifest.splits.iter().map(named).collect(),
            shards: vec![],
            number: 0,
            contents: ContentIndex::default(),
            frames: Lengths::default(),
            micros: Lengths::default(),
            rates: vec![],
            first: vec![],
            clipped: Flagged::default(),
            silent: Flagged::default(),
            not_finite: Flagged::default(),
            unfit: Flagged::default(),
        }
    }

    pub fn begin(&mut self, split: usize, file: &'a str) {
        self.shards.push((split, file, self.number));
    }
    /// The number of records of the current shard.
    pub fn in_shard(&self) -> u64 {
        self.shards.last().map_or(0, |(.., first)| self.number - first)
    }
    pub fn unread(&mut self, split: usize) {
        self.splits[split].unread += 1;
    }
    /// The split of a record, and its shard and number there.
    pub fn place(&self, number: u64) -> (usize, String) {
        let after = self.shards.partition_point(|(.., first)| *first <= number);
        let (split, file, first) = self.shards[after - 1];
        (split, format!("{file}, record {}", number - first))
    }

    pub fn take(&mut self, record: &Record) {
        let Some((split, file, first)) = self.shards.last().copied() else { return };
        self.splits[split].records += 1;
        if let Some(Feature::Ints(values)) = record.get("label")
            && let [label] = values[..]
        {
            let counts = &mut self.splits[split].labels;
            // not counted if there were too many labels for the manifest
            if !self.manifest.splits[split].labels.is_empty() {
                let name = self.names.entry(label).or_insert_with(|| label.to_string());
                match counts.get_mut(name) {
                    Some(count) => *count += 1,
                    None => *counts.entry(name.clone()).or_default() += 1,
                }
            }
        }
        let tensors = self.tensors(record);
        self.add_audio(record, &tensors);
        if self.first.len() < SHOWN {
            let features = record.features().map(|(name, feature)| {
                let tensor = tensors.iter().find(|(of, _)| *of == name).map(|(_, tensor)| &**tensor);
                (name.to_owned(), render::feature(feature, tensor, self.kinds.get(name).copied()))
            });
            self.first.push(Shown {
                file: file.to_owned(),
                record: self.number - first,
                features: features.collect(),
            });
        }
        self.number += 1;
    }

    /// The tensors of a record; also checks it against the schema.
    fn tensors<'r>(&mut self, record: &'r Record) -> Vec<(&'r str, Cow<'r, Tensor>)> {
        let (mut tensors, mut unfit) = (vec![], None);
        for (name, feature) in record.features() {
            let fits = match (self.kinds.get(name), feature) {
                (Some(Kind::Tensor), Feature::Tensor(tensor)) => {
                    tensors.push((name, Cow::Borrowed(tensor)));
                    true
                }
                (Some(Kind::Tensor), Feature::Bytes(bytes)) => {
                    let read = tensor::decode(bytes).map(|tensor| tensors.push((name, Cow::Owned(tensor))));
                    read.is_ok()
                }
                (Some(Kind::Text), Feature::Bytes(bytes)) => str::from_utf8(bytes).is_ok(),
                (Some(Kind::Int), Feature::Ints(values)) => values.len() == 1,
                (Some(Kind::Float), Feature::Floats(values)) => values.len() == 1,
                (Some(Kind::Ints), Feature::Ints(_)) | (Some(Kind::Floats), Feature::Floats(_)) => true,
                (Some(Kind::Bytes), Feature::Bytes(_)) | (Some(Kind::Text), Feature::Text(_)) => true,
                _ => false,
            };
            if !fits && unfit.is_none() {
                let kind = self
                    .kinds
                    .get(name)
                    .map_or("not in the schema".into(), |kind| format!("not of kind {kind}"));
                unfit = Some(format!("its feature {name:?} is {kind}"));
            }
        }
        if let Some(why) = unfit {
            self.unfit.add(self.number, || why);
        }
        tensors
    }

    pub fn report(mut self, mut errors: Vec<Fault>) -> Report {
        let mut warnings = self.manifest.warnings.clone();
        let contents = std::mem::take(&mut self.contents);
        warnings::counts(&self, &mut errors, &mut warnings);
        warnings::sounds(&self, contents, &mut errors, &mut warnings);
        let rate = if let [rate] = self.rates[..] { Some(rate) } else { None };
        let Self { manifest, splits, frames, micros, first, .. } = self;
        Report { manifest: manifest.clone(), splits, frames, micros, rate, first, errors, warnings }
    }
}
