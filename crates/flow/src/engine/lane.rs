//! A lane: the state of one stream in the engine.

use crate::cut::Cuts;

/// The state of one stream.
pub struct Lane<'a> {
    /// Cuts the stream and folds the cuts.
    pub cuts: Box<dyn Cuts + 'a>,
    /// Offset of the newest datum.
    pub last: i64,
    /// Number of results emitted.
    pub given: u64,
}
