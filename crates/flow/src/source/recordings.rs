//! Reads recordings from files, folders, lists and buckets, one after another, without labels.

mod events;
mod follow;
mod player;
mod playlist;
mod replay;
mod tracks;

pub use playlist::Playlist;
pub use replay::replay;
pub use tracks::Track;

use crate::config::{Node, PassedOn, Place, Raw, Shape, Value};
use crate::data::Kind;
use crate::part::{Context, Control, Reads, Source, SourcePlan};
use crate::store;
use follow::Follower;
use passband_signal::{Duration, Fault, Result, Span};
use player::Player;
use std::path::Path;
use tracks::{is_audio, tracks, wanted};

crate::settings! {
    /// Reads recordings (in the formats of `file`) from files, folders, patterns, lists and buckets, one after the other.
    ///
    /// Each recording is a stream named by its path relative to the folder. `recording` is its number, counted from 1 in
    /// the order of the paths, and times are relative to the start of the recording. A recording that cannot be read or
    /// measured is refused with the reason, and the next one follows; a recording that is cut short is refused too, after
    /// its data was emitted. In a folder and its subfolders, only files with the extension of a recording are read.
    pub struct Recordings {
        /// Files, folders, patterns such as `music/*.flac`, and buckets: `s3://bucket/prefix` (likewise `gs://`, `az://`), of
        /// which the objects directly under the prefix are read. A text is split at commas, unless it is the path of an
        /// existing file; in a list, names may contain commas.
        path: Paths = "",
        /// A file with one path per line, as for `path`; empty lines and lines that start with `#` are skipped.
        list: Option<String>,
        /// Options of the object store, as for `iq_files`. Secrets are never printed.
        store: PassedOn,
        /// Samples per channel in a block.
        block: Span = "4096 samples",
        /// Whether to wait for new recordings in local folders until the pipeline is stopped. Each recording is measured once,
        /// across restarts and kills, in the order of arrival, which `events` records. A changed file is measured again.
        /// Sinks with `exactly_once` store the positions.
        follow: Follow = "no",
        /// With `follow`: how long size and modification time of a file must stay unchanged before the file is considered
        /// complete. Empty files, hidden files, and files named `.part`, `.tmp` and the like are ignored until they change.
        settle: Duration = "2 s",
        /// With `follow`: the log of events, one line of JSON each: `arrived`, `read`, `done`, `failed`, with number, path,
        /// time, content hash, position and error. It is only appended to.
        events: String = "events.ndjson",
        /// With `follow`: attempts to open a recording before it is refused.
        attempts: u32 = "3",
        /// With `follow`: the pause before the second attempt; it doubles with each attempt, up to a minute.
        retry: Duration = "1 s",
        /// With `follow`: what happens to a file after all sinks committed its results.
        after: After = "keep",
        /// With `after = "move"`: the folder the file is moved to. It is not watched.
        done: String = "done",
        /// With `follow`: the folder a refused file is moved to, with the reason beside it in `NAME.reason.txt`. Default: the
        /// file stays.
        failed: Option<String>,
        /// Recordings that are decoded and measured at once, each by a thread of its own; as many as there are
        /// processors, if not given. Results leave in the order of the recordings, and do not depend on it.
        threads: Option<u32>,
    }
}

crate::choice! {
    /// Whether to wait for new recordings.
    pub enum Follow {
        /// Waits until the pipeline is stopped.
        Yes = "yes",
        /// Reads the existing recordings and ends.
        No = "no",
    }
}

crate::choice! {
    /// What happens to a file after its results are committed.
    pub enum After {
        /// It stays.
        Keep = "keep",
        /// It is moved to the folder `done`.
        Move = "move",
        /// It is removed.
        Delete = "delete",
    }
}

/// The usual samples of each channel in a block.
pub const BLOCK: u64 = 4096;

/// Paths of recordings.
#[derive(Clone, Debug, Default)]
pub struct Paths {
    /// The paths; a string was split at commas.
    split: Vec<String>,
    /// The unsplit string, which may be a single path.
    whole: Option<String>,
}

impl Paths {
    /// The intended paths: a string that is the path of an existing file is not split.
    fn resolve(&self) -> Vec<String> {
        match &self.whole {
            Some(whole) if Path::new(whole).exists() => vec![whole.clone()],
            _ => self.split.clone(),
        }
    }
}

impl Recordings {
    /// The recordings that the paths name, in order; none is opened.
    ///
    /// # Errors  a folder or bucket that cannot be listed; no recording at all
    pub fn tracks(&self, control: &Control) -> Result<Vec<Track>> {
        tracks(&self.path.resolve(), self.list.as_deref(), &self.store, control)
    }
}

/// Settings that need `follow`.
const FOLLOWING: [&str; 7] = ["settle", "events", "attempts", "retry", "after", "done", "failed"];

impl Recordings {
    fn check_following(&self, place: &Place, faults: &mut Vec<Fault>) {
        if self.follow == Follow::No {
            return place.without_effect(&FOLLOWING, "it applies with follow = \"yes\" only", faults);
        }
        if self.after != After::Move {
            place.without_effect(&["done"], "it applies with after = \"move\" only", faults);
        }
        if self.list.is_some() || self.path.split.iter().any(|path| path.contains("://")) {
            let fault = place.fault("follow", "is for local folders");
            faults.push(fault.fix("set path to a local folder or pattern, and remove list"));
        }
        if self.events.is_empty() {
            faults.push(place.fault("events", "is empty").fix("set events to the name of a file"));
        }
        if self.attempts == 0 {
            faults.push(place.fault("attempts", "is 0").fix("set it to 1 or more"));
        }
    }
}

impl From<Vec<String>> for Paths {
    /// Wraps these paths unchanged.
    fn from(paths: Vec<String>) -> Self {
        Self { split: paths, whole: None }
    }
}

impl Value for Paths {
    fn shape() -> Shape {
        Vec::<String>::shape()
    }
    fn read(node: &Node) -> Result<Self, String> {
        let text = if let Raw::Text(text) = &node.value { Some(text) } else { None };
        let whole = text.filter(|text| text.contains(',')).cloned();
        Vec::read(node).map(|split| Self { split, whole })
    }
    fn written(&self) -> String {
        self.split.written()
    }
}

impl SourcePlan for Recordings {
    fn gives(&self) -> Kind {
        Kind::Samples
    }
    fn reads(&self) -> Vec<Reads> {
        let files = self.path.resolve().into_iter().map(|path| match wanted(&path) {
            Ok((path, pattern)) => {
                let meant = move |name: &str| match &pattern {
                    Some(pattern) => pattern.read(name).is_some(),
                    None => is_audio(name),
                };
                Reads::Files(path.to_owned(), Box::new(meant))
            }
            Err(_) => Reads::File(path.clone()),
        });
        files.chain(self.list.clone().map(Reads::File)).collect()
    }
    fn ends(&self) -> bool {
        self.follow == Follow::No
    }
    fn resumes(&self) -> bool {
        self.follow == Follow::Yes
    }
    fn takes_once(&self) -> bool {
        self.follow == Follow::Yes
    }
    fn gives_recordings(&self) -> bool {
        true
    }
    fn apart(&self) -> Option<usize> {
        let own = || std::thread::available_parallelism().map_or(1, usize::from);
        Some(self.threads.map_or_else(own, |threads| threads as usize).clamp(1, 256))
    }
    fn check(&self, place: &Place, faults: &mut Vec<Fault>) {
        if self.path.split.is_empty() && self.list.is_none() {
            faults
                .push(place.fault("path", "is missing").fix("set path to a folder of recordings, or a list"));
        }
        for path in &self.path.split {
            match wanted(path) {
                Ok((path, _)) if path.contains("://") => store::check(path, &self.store, place, faults),
                Ok(_) => {}
                Err(why) => {
                    let fault = place.fault("path", format!("cannot be used: {why}"));
                    faults.push(fault.fix("write a pattern like \"music/*.flac\""));
                }
            }
        }
        if !self.store.0.is_empty() && !self.path.split.iter().any(|path| path.contains("://")) {
            let fault = place.fault("store", "is set, but path is local");
            faults.push(fault.fix("write path = \"s3://bucket/prefix\", or remove store"));
        }
        self.check_following(place, faults);
        if self.block == Span::Samples(0) {
            faults.push(place.fault("block", "is 0 samples").fix("set it to at least 1 sample"));
        }
    }
    fn open(&self, context: &Context) -> Result<Box<dyn Source>> {
        if self.follow == Follow::Yes {
            let follower = Follower::open(self, context.describes_files, &context.control);
            return Ok(Box::new(follower?));
        }
        let tracks = self.tracks(&context.control)?;
        let playlist = Playlist::new(tracks);
        Ok(Box::new(Player::new(playlist, self.block, context.describes_files, &context.control)))
    }
}
