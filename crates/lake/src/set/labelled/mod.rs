//! The source `labelled`: a list of labels and the recordings that it names, decoded, in the order of a plan.

mod blob_store;
mod blobs;
mod content_hash;
mod cutter;
mod decode;
mod decode_pool;
mod example_spec;
mod identity;
mod inspect;
mod memory_budget;
mod normalise;
mod resample;
mod rows;
mod shard_stream;
mod source;

pub use blobs::{BlobInfo, BlobReader};
pub use content_hash::content_key;
pub use cutter::ExampleAudio;
pub use example_spec::{ExampleSpec, Short};
pub use normalise::Normalise;

use crate::set::labels::{self, Header, Labels, NewLabels};
use crate::set::plan::{self, Order, ShardCount, SplitShares, Stratify};
use passband_flow::config::{PassedOn, Place};
use passband_flow::data::Kind;
use passband_flow::engine::Context;
use passband_flow::format::Encoding;
use passband_flow::part::{Reads, Source, SourcePlan};
use passband_flow::source::store;
use passband_signal::{Fault, Hertz, Result, Span};

passband_flow::settings! {
    /// Labelled recordings for a training set: a list of labels and blob names (CSV), and the blobs.
    ///
    /// Every blob is decoded once before anything is written: what cannot be used is refused with row and reason, equal
    /// audio is found by its samples, and a plan says which row goes to which split and shard. The plan is the same on
    /// every machine and with any number of threads. Then the recordings come in the order of the plan.
    pub struct Labelled {
        /// The list: CSV, its first line names the columns.
        path: String = "",
        /// Where the blobs are: a folder, `s3://bucket/prefix` (and likewise `gs://` and `az://`), or
        /// `https://host/folder`. A name in the list that is an address itself, such as `https://host/a.wav` or
        /// `s3://bucket/a.wav`, is read from there, and so is an absolute path of this machine. A name that climbs out
        /// of the folder by `..` is refused.
        blobs: String = ".",
        /// How the object store is cursor, as for `iq_files`. Secrets are never printed.
        store: PassedOn,
        /// The column of labels. If not given: `Label`, or one that is plainly called so (`class`, `category`); of two
        /// columns the one that is not the names. A list whose columns could be mistaken is refused.
        label: Option<String>,
        /// The column of the blobs' names. If not given: `Blob Name`, or one that is plainly called so (`filename`,
        /// `path`), or that has names of recordings in it.
        blob: Option<String>,
        /// What stands between columns, such as `;` or `tab`; found from the first line, if not given.
        delimiter: Option<String>,
        /// The encoding of the list, such as `latin-1`, `utf-16` or `windows-1252`; UTF-8 or UTF-16, if not given.
        encoding: Option<String>,
        /// Whether the first line names the columns.
        header: Headed = "yes",
        /// Further columns that go into each example, with commas between; `*` for all.
        columns: Option<String>,
        /// A file with the numbers of labels that are names, as a set's own `PREFIX-labels.json`.
        label_map: Option<String>,
        /// The splits and their shares, such as `train=0.8,validation=0.1,test=0.1`.
        split: Option<String>,
        /// The column of splits that are given already.
        split_column: Option<String>,
        /// What must not be torn apart by splits: a column, or a pattern on the blob's name with a group, as `_(\w+)_`.
        group_by: Option<String>,
        /// Whether splits have of each label their share, as far as groups allow.
        stratify: Stratified = "yes",
        /// Decides splits and order.
        seed: u64 = "0",
        /// The order within a split.
        order: Ordered = "shuffled",
        /// Shards in all; each split with records has one at least, and those of a split differ by one record at most.
        /// If not given, as many as hold some 256 MiB of samples each.
        shards: Option<u32>,
        /// The length of each example; whole recordings, if not given.
        length: Option<Span>,
        /// Recordings that are longer are cut in pieces, one beginning so much after the other; without it their
        /// beginning is taken.
        hop: Option<Span>,
        /// Of a worker: the prefix of a set that was planned elsewhere, in place of a list.
        planned: Option<String>,
        /// Of a worker: the number of the shard that is given.
        only: Option<u32>,
        /// What becomes of a recording, or a last piece, that is shorter than `length`.
        short: Short = "pad",
        /// Channels: 1 is their mean; as they are, if not given.
        channels: Option<u32>,
        /// The rate to which recordings are resampled, such as 16 kHz; as they are, if not given. Lengths are those at
        /// this rate.
        rate: Option<Hertz>,
        /// The level to which each example is brought.
        normalise: Normalise = "no",
        /// Recordings that are shorter are refused.
        min_length: Option<Span>,
        /// Recordings that are longer are refused.
        max_length: Option<Span>,
        /// Whether one that is refused stops everything.
        strict: Strict = "no",
        /// Threads that decode; as many as there are processors, if not given.
        threads: Option<u32>,
    }
}

passband_flow::choice! {
    /// Whether the first line names the columns.
    pub enum Headed {
        /// It does.
        Yes = "yes",
        /// It is a row already.
        No = "no",
    }
}

passband_flow::choice! {
    /// Whether labels are spread evenly.
    pub enum Stratified {
        /// As far as groups allow.
        Yes = "yes",
        /// Only the number of records counts.
        No = "no",
    }
}

passband_flow::choice! {
    /// The order within a split.
    pub enum Ordered {
        /// By the seed.
        Shuffled = "shuffled",
        /// As in the list.
        Listed = "listed",
    }
}

passband_flow::choice! {
    /// Whether one that is refused stops everything.
    pub enum Strict {
        /// It does.
        Yes = "yes",
        /// It is set aside, and the rest goes on.
        No = "no",
    }
}

impl Labelled {
    /// How the list is read; `map` is the text of the label map.
    fn list(&self, map: Option<&str>) -> Result<labels::Options> {
        let labels = match map {
            Some(text) => Labels::Map(labels::LabelMap::from_json(text)?, NewLabels::Refused),
            None => Labels::Detect,
        };
        Ok(labels::Options {
            delimiter: self.delimiter(),
            encoding: self.encoding().unwrap_or_default(),
            header: if self.header == Headed::Yes { Header::Present } else { Header::Absent },
            label: self.label.clone(),
            blob: self.blob.clone(),
            split: self.split_column.clone(),
            group: self.group_by.clone(),
            carry: self
                .columns
                .iter()
                .flat_map(|list| list.split(','))
                .map(|name| name.trim().to_owned())
                .collect(),
            labels,
            watch: self.group_by.is_none() && (self.split.is_some() || self.split_column.is_some()),
        })
    }

    /// How it is planned.
    fn plan(&self) -> Result<plan::Options> {
        let shares: Option<SplitShares> = self.split.as_deref().map(str::parse).transpose()?;
        Ok(plan::Options {
            seed: self.seed,
            order: if self.order == Ordered::Shuffled { Order::Shuffled } else { Order::Listed },
            shards: self.shards.map_or(ShardCount::BySize, ShardCount::Total),
            shares,
            labels: if self.stratify == Stratified::Yes { Stratify::Labels } else { Stratify::No },
        })
    }

    /// Threads that decode.
    fn threads(&self) -> usize {
        let own = || std::thread::available_parallelism().map_or(1, usize::from);
        self.threads.map_or_else(own, |threads| threads as usize).clamp(1, 256)
    }

    fn encoding(&self) -> Result<Encoding, String> {
        self.encoding.as_deref().map_or(Ok(Encoding::Auto), Encoding::named)
    }

    fn delimiter(&self) -> Option<u8> {
        match self.delimiter.as_deref()? {
            "tab" | "\\t" => Some(b'\t'),
            text => text.bytes().next().filter(|byte| text.len() == 1 && byte.is_ascii()),
        }
    }

    /// How recordings are cut.
    pub fn cut(&self) -> ExampleSpec {
        ExampleSpec {
            length: self.length,
            hop: self.hop,
            short: self.short,
            channels: self.channels.map(|n| n as usize),
            rate: self.rate.map(|rate| rate.0 as u32),
            normalise: self.normalise,
            min: self.min_length,
            max: self.max_length,
        }
    }
}

impl SourcePlan for Labelled {
    fn gives(&self) -> Kind {
        Kind::Examples
    }
    /// The recordings are known once the list is read.
    fn reads(&self) -> Vec<Reads> {
        let files = [Some(&self.path), self.label_map.as_ref()].into_iter().flatten();
        files.filter(|path| !path.is_empty()).cloned().map(Reads::File).collect()
    }
    fn ends(&self) -> bool {
        true
    }
    fn resumes(&self) -> bool {
        true
    }
    fn check(&self, place: &Place, faults: &mut Vec<Fault>) {
        if !store::is_web(&self.blobs) {
            store::check(&self.blobs, &self.store, place, faults);
        }
        if let Err(fault) = self.plan() {
            faults.push(fault.at(place.of("split")));
        }
        if self.planned.is_some() != self.only.is_some() {
            faults.push(place.fault("only", "and planned go together").fix("set both, or none"));
        }
        if self.path.is_empty() && self.planned.is_none() {
            faults.push(place.fault("path", "is empty").fix("name a CSV of labels and blob names"));
        }
        if self.shards == Some(0) {
            faults.push(place.fault("shards", "is 0").fix("give it 1 or more, or leave it out"));
        }
        if let Some(channels) = self.channels.filter(|channels| !(1..=1024).contains(channels)) {
            let fault = place.fault("channels", format!("is {channels}"));
            faults.push(fault.fix("give it 1 to 1024, or leave it out"));
        }
        let spans = [("length", self.length), ("hop", self.hop), ("max_length", self.max_length)];
        for (name, span) in spans {
            let none = |span: &Span| match span {
                Span::Samples(samples) => *samples == 0,
                Span::Time(time) => time.0 <= 0.0,
            };
            if span.as_ref().is_some_and(none) {
                faults.push(place.fault(name, "is 0").fix("give it a length, or leave it out"));
            }
        }
        if self.delimiter.is_some() && self.delimiter().is_none() {
            faults.push(place.fault("delimiter", "is not one character").fix("give one such as ; or tab"));
        }
        if let Err(why) = self.encoding() {
            let fault = place.fault("encoding", "is not known").why(why);
            faults.push(fault.fix("give one such as utf-8, utf-16 or latin-1"));
        }
        let whole = |rate: f64| rate >= 1.0 && rate.fract() == 0.0 && rate <= f64::from(u32::MAX);
        if let Some(rate) = self.rate.filter(|rate| !whole(rate.0)) {
            let fault = place.fault("rate", format!("is {rate}"));
            faults.push(fault.fix("give a whole number of samples a second, such as 16 kHz"));
        }
        let more = match (self.min_length, self.max_length) {
            (Some(Span::Samples(min)), Some(Span::Samples(max))) => min > max,
            (Some(Span::Time(min)), Some(Span::Time(max))) => min.0 > max.0,
            _ => false,
        };
        if more {
            faults.push(place.fault("min_length", "is more than max_length").fix("exchange them"));
        }
        if self.hop.is_some() && self.length.is_none() {
            faults.push(place.fault("hop", "is set without length").fix("give the length of a piece"));
        }
    }
    fn open(&self, context: &Context) -> Result<Box<dyn Source>> {
        if let (Some(prefix), Some(only)) = (&self.planned, self.only) {
            return Ok(Box::new(shard_stream::PlannedSource::open(prefix, only, self, context)?));
        }
        Ok(Box::new(source::LabelledSource::open(self, context)?))
    }
}
