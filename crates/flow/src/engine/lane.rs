//! A lane: one stream on its way through the engine.

use crate::cut::Cuts;

/// One stream's state.
pub struct Lane<'a> {
    /// How it is cut and folded.
    pub cuts: Box<dyn Cuts + 'a>,
    /// Offset of the newest datum.
    pub last: i64,
    /// How many results it has given.
    pub given: u64,
}
