//! The kinds of data that flow from one part to the next.

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
    /// What windows of readings that are still open stand on.
    Panes,
    /// Labelled recordings.
    Examples,
    /// Records that a transform declares.
    Row(&'static Declaration),
}

/// The records that parts of this process give: whoever makes a registry of parts adds theirs.
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
    /// The declaration of its records, if it has one.
    pub fn declaration(self) -> Option<&'static Declaration> {
        match self {
            Kind::Samples => Some(super::samples::DECLARATION),
            Kind::Spectra => Some(super::spectra::DECLARATION),
            Kind::Row(declaration) => Some(declaration),
            Kind::Readings | Kind::Panes | Kind::Examples => None,
        }
    }
    /// Adds kinds of records to those that have a name.
    pub(crate) fn declare(records: impl IntoIterator<Item = &'static Declaration>) {
        let mut declared = DECLARED.write().unwrap_or_else(PoisonError::into_inner);
        for record in records {
            if declared.iter().all(|known| known.name != record.name) {
                declared.push(record);
            }
        }
    }
    /// Every kind that parts of this process give or take.
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
        // registries are few, and most give the same
        if known.len() != all.len() {
            *known = Vec::leak(all.into_iter().map(Kind::name).collect());
        }
        &known
    }
    /// The kind of that name, if there is one.
    pub fn by_name(name: &str) -> Option<Kind> {
        Kind::all().into_iter().find(|kind| kind.name() == name)
    }
    /// Whether a sink that wants `only` these gets it; no names mean everything but state.
    pub fn is_among(self, only: &[Kind]) -> bool {
        only.contains(&self) || only.is_empty() && self != Kind::Panes
    }
    /// Whether only the newest datum of each key counts.
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
