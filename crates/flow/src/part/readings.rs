//! What a pipeline says of windows of readings: how they are cut, what is measured, how it is saved.

use super::Sheet;
use crate::data::{Column, Of, Shape, name_hash};
use std::sync::Arc;
use std::time::Duration;

/// How readings are cut. Times are in µs.
#[derive(Clone, Debug, PartialEq)]
pub struct Clock {
    /// The windows.
    pub windows: Windows,
    /// Windows are closed when nothing has come for so long.
    pub idle_after: Option<Duration>,
    /// A reading that is so much younger than its arrival is refused.
    pub max_ahead: Option<i64>,
    /// Results are given as they change, each time so much has passed by the readings' time.
    pub early: Option<i64>,
}

/// Kinds of window.
#[derive(Clone, Debug, PartialEq)]
pub enum Windows {
    /// Of one length, one beginning a hop after the other; they stay open for a grace after their end.
    Hopping {
        /// How long a window lasts.
        length: i64,
        /// From one start to the next.
        hop: i64,
        /// How long it waits.
        grace: i64,
    },
    /// As long as readings follow each other by less than a gap.
    Sessions {
        /// The gap.
        gap: i64,
        /// How long a session waits.
        grace: i64,
    },
    /// So many readings.
    Counts(u64),
}

/// How what windows to come need is saved, so that it need not be read again.
#[derive(Clone, Copy, Debug)]
pub struct Saves {
    /// How often.
    pub every: Duration,
    /// Tells these windows and measures from others.
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

/// What is measured, and how it is written.
#[derive(Clone, Debug)]
pub struct Sums {
    /// What is folded.
    pub sheet: Sheet,
    /// How results are written.
    pub shape: Arc<Shape>,
}

impl Sums {
    /// Adds the column that tells whether a result is final, where there is none.
    pub fn tell_result(&mut self) {
        let columns = &self.shape.columns;
        if columns.iter().all(|column| column.of != Of::Result) {
            let column = Column { path: vec!["result".into()], of: Of::Result };
            self.shape = Arc::new(Shape::new(columns.iter().cloned().chain([column]).collect()));
        }
    }
}
