//! Windows of readings: how they are cut, measured and stored.

use super::Sheet;
use crate::data::{Column, Of, Shape, name_hash};
use std::sync::Arc;
use std::time::Duration;

/// How readings are cut. Times are in µs.
#[derive(Clone, Debug, PartialEq)]
pub struct Clock {
    /// The kind of window.
    pub windows: Windows,
    /// Windows close after this time without any reading.
    pub idle_after: Option<Duration>,
    /// A reading whose time is further ahead of its arrival is refused.
    pub max_ahead: Option<i64>,
    /// The interval of event time at which intermediate results are emitted.
    pub early: Option<i64>,
}

/// Kinds of window.
#[derive(Clone, Debug, PartialEq)]
pub enum Windows {
    /// Windows of equal length that start at intervals of a hop.
    Hopping {
        /// The length.
        length: i64,
        /// The interval from one start to the next.
        hop: i64,
        /// How long after its end a window stays open.
        grace: i64,
    },
    /// Windows of readings that follow each other by less than a gap.
    Sessions {
        /// The gap.
        gap: i64,
        /// How long after its end a session stays open.
        grace: i64,
    },
    /// Windows of a fixed number of readings.
    Counts(u64),
}

/// How panes are stored, so that a restart need not replay their readings.
#[derive(Clone, Copy, Debug)]
pub struct Saves {
    /// The interval.
    pub every: Duration,
    /// A hash of windows and measures, to detect panes of another pipeline.
    pub of: u64,
}

impl Saves {
    /// For readings with values of these names.
    pub fn new(every: Duration, clock: &Clock, sums: &Sums, names: &[String]) -> Self {
        let windows = match clock.windows {
            Windows::Hopping { length, hop, .. } => (length, hop),
            _ => (0, 0),
        };
        Self { every, of: name_hash(format!("{windows:?} {names:?} {:?}", sums.sheet.fields()).as_bytes()) }
    }
}

/// What is measured, and how results are written.
#[derive(Clone, Debug)]
pub struct Sums {
    /// The measures.
    pub sheet: Sheet,
    /// The columns of the results.
    pub shape: Arc<Shape>,
}

impl Sums {
    /// Adds the column `result` (early or final), if it is missing.
    pub fn tell_result(&mut self) {
        let columns = &self.shape.columns;
        if columns.iter().all(|column| column.of != Of::Result) {
            let column = Column { path: vec!["result".into()], of: Of::Result };
            self.shape = Arc::new(Shape::new(columns.iter().cloned().chain([column]).collect()));
        }
    }
}
