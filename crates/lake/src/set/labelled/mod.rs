//! The source `labelled`: a list of labels and the recordings that it names, decoded in the order of a plan.

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
use passband_flow::store;
use passband_signal::{Fault, Hertz, Result, Span};

passband_flow::settings! {
    /// Labelled recordings for a training set: a list (CSV) of labels and blob names, and the blobs.
    ///
    /// Every blob is decoded once before anything is written. A blob that cannot be used is refused with its row and
    /// the reason, identical audio is found by a hash of its samples, and a plan assigns every row to a split and a
    /// shard. The plan is the same on every machine and with any number of threads. The source then emits the
    /// recordings in the order of the plan.
    pub struct Labelled {
        /// The list: a CSV of labels and names of recordings, whose first line names the columns.
        path: String = "",
        /// Where the recordings are: a folder, `s3://bucket/prefix` (`gs://`, `az://`), or `https://host/folder`. A name
        /// in the list that is itself an address (`https://host/a.wav`, `s3://bucket/a.wav`) or an absolute path is read
        /// from there. A relative name that leads out of the folder by `..` is refused.
        blobs: String = ".",
        /// Options of the object store, as for `iq_files`. Secrets are never printed.
        store: PassedOn,
        /// The column of labels. Default: `Label`, or another unambiguous name (`class`, `category`); of two columns,
        /// the one that does not hold the names. A list with ambiguous columns is refused.
        label: Option<String>,
        /// The column of the recordings' names. Default: `Blob Name`, or another unambiguous name (`filename`, `path`),
        /// or the column whose values are names of recordings.
        blob: Option<String>,
        /// The delimiter of columns, such as `;` or `tab`. Default: detected from the first line.
        delimiter: Option<String>,
        /// The encoding of the list, such as `latin-1`, `utf-16` or `windows-1252`. Default: UTF-8, or UTF-16 if it is
        /// detected.
        encoding: Option<String>,
        /// Whether the first line names the columns.
        header: Headed = "yes",
        /// Further columns that each example contains, separated by commas; `*` for all.
        columns: Option<String>,
        /// A JSON file that maps label names to numbers, such as the `PREFIX-labels.json` of another set.
        label_map: Option<String>,
        /// The splits and their shares, such as `train=0.8,validation=0.1,test=0.1`.
        split: Option<String>,
        /// The column that assigns rows to splits.
        split_column: Option<String>,
        /// What must stay in one split: a column, or a pattern on the recording's name with one group, as `_(\w+)_`.
        group_by: Option<String>,
        /// Whether splits are stratified: each label is distributed by the shares, as far as groups allow.
        stratify: Stratified = "yes",
        /// The seed of splits and order.
        seed: u64 = "0",
        /// The order within a split.
        order: Ordered = "shuffled",
        /// The total number of shards. Each split with records has at least one, and shards of a split differ by at most
        /// one record. Default: about 256 MiB of samples in each shard.
        shards: Option<u32>,
        /// The length of each example, such as `1 s` or `16000 samples`. Default: the whole recording.
        length: Option<Span>,
        /// The distance between the starts of consecutive examples of one recording. Default: only the first `length` of
        /// a recording is used.
        hop: Option<Span>,
        /// For workers: the prefix of a set that another process planned, instead of a list.
        planned: Option<String>,
        /// For workers: the number of the shard to build.
        only: Option<u32>,
        /// What happens to a recording, or the last piece of one, that is shorter than `length`.
        short: Short = "pad",
        /// The number of channels; 1 is the mean of all. Default: as recorded.
        channels: Option<u32>,
        /// The sample rate that recordings are resampled to, such as `16 kHz`; lengths in samples refer to it. Default: as
        /// recorded.
        rate: Option<Hertz>,
        /// How the level of each example is normalised.
        normalise: Normalise = "no",
        /// Recordings shorter than this are refused.
        min_length: Option<Span>,
        /// Recordings longer than this are refused.
        max_length: Option<Span>,
        /// Whether a refused row stops the build.
        strict: Strict = "no",
        /// The number of decoding threads. Default: the number of processors.
        threads: Option<u32>,
    }
}

passband_flow::choice! {
    /// Whether the first line names the columns.
    pub enum Headed {
        /// The first line names the columns.
        Yes = "yes",
        /// The first line is a row; columns are named by number, from 1.
        No = "no",
    }
}

passband_flow::choice! {
    /// Whether splits are stratified by label.
    pub enum Stratified {
        /// Each label is distributed by the shares of the splits, as far as groups allow.
        Yes = "yes",
        /// Only the total number of records is distributed by the shares.
        No = "no",
    }
}

passband_flow::choice! {
    /// The order within a split.
    pub enum Ordered {
        /// Shuffled by the seed.
        Shuffled = "shuffled",
        /// As in the list.
        Listed = "listed",
    }
}

passband_flow::choice! {
    /// Whether a refused row stops the build.
    pub enum Strict {
        /// The build stops with an error before anything is written.
        Yes = "yes",
        /// The row is quarantined, and the build continues.
        No = "no",
    }
}

impl Labelled {
    /// The options for reading the list; `map` is the content of the label map.
    fn list(&self, map: Option<&str>) -> Result<labels::Options> {
        let labels = match map {
            Some(text) => Labels::Map(labels::LabelMap::from_json(text)?, NewLabels::Refused),
            None => Labels::Detect,
        };
        Ok(labels::Options {
            delimiter: self.delimiter_byte(),
            encoding: self.text_encoding().unwrap_or_default(),
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

    /// The options of the plan.
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

    /// The number of decoding threads.
    fn thread_count(&self) -> usize {
        let own = || std::thread::available_parallelism().map_or(1, usize::from);
        self.threads.map_or_else(own, |threads| threads as usize).clamp(1, 256)
    }

    fn text_encoding(&self) -> Result<Encoding, String> {
        self.encoding.as_deref().map_or(Ok(Encoding::Auto), Encoding::named)
    }

    fn delimiter_byte(&self) -> Option<u8> {
        match self.delimiter.as_deref()? {
            "tab" | "\\t" => Some(b'\t'),
            text => text.bytes().next().filter(|byte| text.len() == 1 && byte.is_ascii()),
        }
    }

    /// How examples are cut from a recording.
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
    /// Without the recordings: they are known only when the list has been read.
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
            faults.push(
                place
                    .fault("only", "is set without planned, or planned without only")
                    .fix("set both or neither"),
            );
        }
        if self.path.is_empty() && self.planned.is_none() {
            faults
                .push(place.fault("path", "is empty").fix("name a CSV with labels and names of recordings"));
        }
        if self.shards == Some(0) {
            faults.push(place.fault("shards", "is 0").fix("set it to 1 or more, or remove it"));
        }
        if let Some(channels) = self.channels.filter(|channels| !(1..=1024).contains(channels)) {
            let fault = place.fault("channels", format!("is {channels}"));
            faults.push(fault.fix("set it to 1 to 1024, or remove it"));
        }
        let spans = [("length", self.length), ("hop", self.hop), ("max_length", self.max_length)];
        for (name, span) in spans {
            let none = |span: &Span| match span {
                Span::Samples(samples) => *samples == 0,
                Span::Time(time) => time.0 <= 0.0,
            };
            if span.as_ref().is_some_and(none) {
                faults.push(place.fault(name, "is 0").fix("set a length, or remove the setting"));
            }
        }
        if self.delimiter.is_some() && self.delimiter_byte().is_none() {
            faults.push(
                place.fault("delimiter", "is not one character").fix("set one character, such as ;, or tab"),
            );
        }
        if let Err(why) = self.text_encoding() {
            let fault = place.fault("encoding", "is unknown").why(why);
            faults.push(fault.fix("set one such as utf-8, utf-16 or latin-1"));
        }
        let whole = |rate: f64| rate >= 1.0 && rate.fract() == 0.0 && rate <= f64::from(u32::MAX);
        if let Some(rate) = self.rate.filter(|rate| !whole(rate.0)) {
            let fault = place.fault("rate", format!("is {rate}"));
            faults.push(fault.fix("set a whole number of samples per second, such as 16 kHz"));
        }
        let more = match (self.min_length, self.max_length) {
            (Some(Span::Samples(min)), Some(Span::Samples(max))) => min > max,
            (Some(Span::Time(min)), Some(Span::Time(max))) => min.0 > max.0,
            _ => false,
        };
        if more {
            faults.push(place.fault("min_length", "is greater than max_length").fix("swap them"));
        }
        if self.hop.is_some() && self.length.is_none() {
            faults.push(
                place
                    .fault("hop", "is set without length")
                    .fix("set the length of an example, or remove hop"),
            );
        }
    }
    fn open(&self, context: &Context) -> Result<Box<dyn Source>> {
        if let (Some(prefix), Some(only)) = (&self.planned, self.only) {
            return Ok(Box::new(shard_stream::PlannedSource::open(prefix, only, self, context)?));
        }
        Ok(Box::new(source::LabelledSource::open(self, context)?))
    }
}
