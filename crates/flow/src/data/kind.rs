//! The kinds of data that parts exchange.

use super::record::Declaration;
use std::sync::{PoisonError, RwLock};

/// A kind of data.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Blocks of samples.
    Samples,
    /// Spectra of frames.
    Spectra,
    /// Timestamped values of sensors.
    Readings,
    /// State of open windows of readings.
    Panes,
    /// Labelled recordings.
    Examples,
    /// Records declared by a transform.
    Row(&'static Declaration),
}

/// The records of all parts of this process; every registry of parts adds its own.
static DECLARED: RwLock<Vec<&'static Declaration>> = RwLock::new(vec![]);

impl Kind {
    /// Its name in pipeline files and message headers.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Samples => "samples",
            Kind::Spectra => "spectra",
            Kind::Readings => "readings",
            Kind::Panes => "panes",
            Kind::Examples => "examples",
            Kind::Row(declaration) => declaration.name,
        }
    }
    /// The declaration of its records, if it is a kind of record.
    pub fn declaration(self) -> Option<&'static Declaration> {
        match self {
            Kind::Samples => Some(super::samples::DECLARATION),
            Kind::Spectra => Some(super::spectra::DECLARATION),
            Kind::Row(declaration) => Some(declaration),
            Kind::Readings | Kind::Panes | Kind::Examples => None,
        }
    }
    /// Registers kinds of records, so that they can be found by name.
    pub(crate) fn declare(records: impl IntoIterator<Item = &'static Declaration>) {
        let mut declared = DECLARED.write().unwrap_or_else(PoisonError::into_inner);
        for record in records {
            if declared.iter().all(|known| known.name != record.name) {
                declared.push(record);
            }
        }
    }
    /// All kinds of this process.
    pub fn all() -> Vec<Kind> {
        let declared = DECLARED.read().unwrap_or_else(PoisonError::into_inner);
        let rows = declared.iter().copied().map(Kind::Row);
        [Kind::Samples, Kind::Spectra]
            .into_iter()
            .chain(rows)
            .chain([Kind::Readings, Kind::Panes, Kind::Examples])
            .collect()
    }
    /// Their names.
    pub fn names() -> &'static [&'static str] {
        static NAMES: RwLock<&[&str]> = RwLock::new(&[]);
        let mut known = NAMES.write().unwrap_or_else(PoisonError::into_inner);
        let all = Kind::all();
        // registries are few, and most declare the same kinds
        if known.len() != all.len() {
            *known = Vec::leak(all.into_iter().map(Kind::name).collect());
        }
        &known
    }
    /// The kind of that name, if there is one.
    pub fn by_name(name: &str) -> Option<Kind> {
        Kind::all().into_iter().find(|kind| kind.name() == name)
    }
    /// Whether a sink restricted to `only` receives it; an empty list selects everything but state.
    pub fn is_among(self, only: &[Kind]) -> bool {
        only.contains(&self) || only.is_empty() && self != Kind::Panes
    }
    /// Whether only the newest datum of each key is of interest, so that its topic can be compacted.
    pub fn keeps_newest(self) -> bool {
        self == Kind::Panes || self.declaration().is_some_and(Declaration::keeps_newest)
    }
}

impl PartialEq for Kind {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Kind {}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
