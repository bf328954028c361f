//! Values stored besides the sums.

use super::timed::Timed;
use super::values::Values;

/// Values, and values with their times, if a measure requires them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kept {
    pub(super) values: Values,
    pub(super) timed: Timed,
}
