//! The results of recordings, kept until what they are written to is whole.

use crate::data::{Data, Output};
use passband_signal::Result;

/// Keeps the results of recordings, each under a key of what it was made of: a start after a crash takes them over, and
/// content that occurs twice is measured once.
pub trait Journal: Send + Sync {
    /// Begins to keep results under a key, and gives the number of their entry.
    fn begin(&self, key: u128) -> u64;
    /// Keeps results of an entry.
    ///
    /// # Errors  they cannot be written down
    fn keep(&self, entry: u64, results: &[Output]) -> Result<()>;
    /// These were all results of an entry: from now on they are found.
    ///
    /// # Errors  that cannot be written down
    fn end(&self, entry: u64) -> Result<()>;
    /// Whether all results under a key are kept.
    fn has(&self, key: u128) -> bool;
    /// Gives the results under a key, in their order.
    ///
    /// # Errors  those of `each`, and that they cannot be read
    fn read(&self, key: u128, each: &mut dyn FnMut(Data) -> Result<()>) -> Result<()>;
}
