//! What is kept beside numbers.

use super::timed::Timed;
use super::values::Values;

/// Values, and values with their times, where a measure needs them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kept {
    pub(super) values: Values,
    pub(super) timed: Timed,
}
