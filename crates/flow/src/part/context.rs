//! What a part may know when it is opened, and what a run comes to.

use super::{Ahead, Control, Ledgers, Prefixes, Settle};
use crate::data::{Rows, Set};
use std::any::{Any, TypeId};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

/// How long a broker has to answer before it is said that the start waits for it, and how long after that.
const FIRST: Duration = Duration::from_secs(3);
const LATER: Duration = Duration::from_secs(8);

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The source came to its end, or a source without an end was stopped.
    Complete,
    /// A source with an end was stopped before it.
    Interrupted,
    /// A part met a fault.
    Failed,
}

/// What a sink has written, for the person who reads how a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Where: a path, `topic spectra`, `standard output`.
    pub to: String,
    /// Bytes, where the sink knows them.
    pub bytes: Option<u64>,
    /// How many.
    pub rows: u64,
    /// Of what: "lines", "messages", "results".
    pub of: &'static str,
    /// Whether it is all there and has its own name.
    pub whole: bool,
}

/// What a part may know when it is opened.
#[derive(Default)]
pub struct Context {
    /// The pipeline's name, the default for groups and transactions.
    pub pipeline: String,
    /// What it was given on the command line.
    pub variables: BTreeMap<String, String>,
    /// Those of them that are secrets, or hold some: their values are written down nowhere.
    pub secrets: BTreeSet<String>,
    /// Counters and notes.
    pub control: Control,
    /// How the source's positions are settled, for a sink that commits them in its transactions.
    pub settle: Option<Arc<dyn Settle>>,
    /// A sink is to keep the source's positions.
    pub kept: bool,
    /// What the transforms say before anything comes.
    pub ahead: Vec<Arc<dyn Ahead>>,
    /// What the source says before it gives examples: sinks are opened after it.
    pub set: OnceLock<Arc<Set>>,
    /// What is in the shards of that set, while sinks are opened.
    pub rows: Mutex<Option<Arc<dyn Rows>>>,
    /// How often this start has waited for something outside that did not answer.
    pub waits: Waits,
    /// Set once what the parts need from outside has answered: from then on, that it is away is waited for.
    pub answered: Arc<AtomicBool>,
    /// The positions that sinks keep; known once all sinks are open.
    pub ledgers: Arc<Ledgers>,
    /// What sinks write under a prefix, which a source must not read.
    pub prefixes: Prefixes,
    /// What parts of one transport share in this attempt, such as a transaction of several sinks.
    pub shared: Shared,
    /// What they keep over all attempts of this run.
    pub run: Arc<Shared>,
}

/// How often a start has waited.
#[derive(Debug, Default)]
pub struct Waits(pub(crate) AtomicU32);

impl Context {
    /// How long a broker has to answer when a part is opened.
    pub fn answer(&self) -> Duration {
        if self.has_waited() { LATER } else { FIRST }
    }
    /// Whether this start has waited for something outside.
    pub fn has_waited(&self) -> bool {
        self.waits.0.load(Ordering::Relaxed) > 0
    }
}

/// Values that parts share by their type; the contract knows none of these types.
#[derive(Default)]
pub struct Shared(Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>);

impl Shared {
    /// The value of this type, made with its default where there is none yet.
    pub fn get<T: Any + Default + Send + Sync>(&self) -> Arc<T> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = all.entry(TypeId::of::<T>()).or_insert_with(|| Arc::new(T::default())).clone();
        known.downcast().unwrap_or_default()
    }
}
