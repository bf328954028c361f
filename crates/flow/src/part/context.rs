//! What a part receives when it is opened, and the outcome of a run.

use super::{Ahead, Control, Ledgers, Prefixes, Settle};
use crate::data::{Rows, Set};
use std::any::{Any, TypeId};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

/// How long a broker may take to answer: at the first attempt, and once the start has begun to wait for it.
const FIRST: Duration = Duration::from_secs(3);
const LATER: Duration = Duration::from_secs(8);

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The source ended, or a source without an end was stopped.
    Complete,
    /// A source with an end was stopped early.
    Interrupted,
    /// A part failed.
    Failed,
}

/// An output of a sink, for the summary of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The output: a path, `topic spectra`, `standard output`.
    pub to: String,
    /// Size in bytes, if the sink knows it.
    pub bytes: Option<u64>,
    /// Number of rows.
    pub rows: u64,
    /// The noun for rows: "lines", "messages", "results".
    pub of: &'static str,
    /// Whether it is complete and has its final name.
    pub whole: bool,
}

/// What a part receives when it is opened.
#[derive(Default)]
pub struct Context {
    /// The pipeline's name, the default for groups and transactions.
    pub pipeline: String,
    /// Variables set on the command line.
    pub variables: BTreeMap<String, String>,
    /// Names of variables that are secrets or contain one: their values are never stored.
    pub secrets: BTreeSet<String>,
    /// Counters and notes.
    pub control: Control,
    /// Commits the source's positions, for a sink that includes them in its transactions.
    pub settle: Option<Arc<dyn Settle>>,
    /// What is known of the file of a recording is wanted: its tags, a hash of its bytes.
    pub describes_files: bool,
    /// Whether a sink must store the source's positions.
    pub kept: bool,
    /// What the transforms declare in advance.
    pub ahead: Vec<Arc<dyn Ahead>>,
    /// The plan of a training set, set by its source: sinks are opened after it.
    pub set: OnceLock<Arc<Set>>,
    /// Contents of the shards of that set, while sinks are opened.
    pub rows: Mutex<Option<Arc<dyn Rows>>>,
    /// How often this start has waited for an external service that did not answer.
    pub waits: Waits,
    /// Whether all external services have answered: from then on, an unreachable service is waited for.
    pub answered: Arc<AtomicBool>,
    /// Positions that sinks store; known once all sinks are open.
    pub ledgers: Arc<Ledgers>,
    /// Prefixes that sinks write under, which a source must not read.
    pub prefixes: Prefixes,
    /// State shared by parts of one transport within this attempt, such as a transaction of several sinks.
    pub shared: Shared,
    /// State shared over all attempts of this run.
    pub run: Arc<Shared>,
}

/// Counts how often a start has waited.
#[derive(Debug, Default)]
pub struct Waits(pub(crate) AtomicU32);

impl Context {
    /// How long a broker may take to answer when a part is opened.
    pub fn answer(&self) -> Duration {
        if self.has_waited() { LATER } else { FIRST }
    }
    /// Whether this start has waited for an external service.
    pub fn has_waited(&self) -> bool {
        self.waits.0.load(Ordering::Relaxed) > 0
    }
}

/// Values that parts share, by type. The contract does not depend on these types.
#[derive(Default)]
pub struct Shared(Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>);

impl Shared {
    /// The value of this type, created by default if absent.
    pub fn get<T: Any + Default + Send + Sync>(&self) -> Arc<T> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = all.entry(TypeId::of::<T>()).or_insert_with(|| Arc::new(T::default())).clone();
        known.downcast().unwrap_or_default()
    }
}
