//! A pool of buffers for readings.

use super::{Columns, Readings};
use std::sync::{Arc, Mutex, PoisonError};

/// The maximum number of buffers: as many as are in flight between two threads.
const MOST: usize = 8;
/// Larger buffers are freed, so that memory stays small after unusually long messages.
const LONGEST: usize = 4 << 20;

/// A pool of the buffers of dropped readings: allocating new ones costs more than decoding into them.
#[derive(Clone, Debug, Default)]
pub struct Spare(Option<Arc<Mutex<Vec<Columns>>>>);

impl Spare {
    /// Creates an empty pool.
    pub fn new() -> Self {
        Self(Some(Arc::default()))
    }
    /// A pool that stores nothing.
    pub(super) fn none() -> Self {
        Self(None)
    }
    fn take(&self) -> Option<Columns> {
        self.0.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }
    fn keep(&self, mut columns: Columns) {
        let Some(kept) = self.0.as_ref().filter(|_| columns.bytes.capacity() <= LONGEST) else { return };
        columns.clear();
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < MOST {
            kept.push(columns);
        }
    }
}

// the pool of a list is not part of its value
impl PartialEq for Spare {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Readings {
    /// Uses buffers of a pool, to which they return when the readings are dropped.
    pub fn with(mut self, spare: &Spare) -> Self {
        self.columns = spare.take().unwrap_or_default();
        self.spare = spare.clone();
        self
    }
}

impl Columns {
    fn clear(&mut self) {
        let Self { rows, values, keys, bytes, lost } = self;
        rows.clear();
        values.clear();
        keys.clear();
        bytes.clear();
        lost.clear();
    }
}

impl Drop for Readings {
    fn drop(&mut self) {
        let columns = std::mem::take(&mut self.columns);
        self.spare.keep(columns);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Arrival;

    #[test]
    fn reused_buffers_contain_no_old_readings() {
        let spare = Spare::new();
        let new = || Readings::new(["a".into()].into(), "".into()).with(&spare);
        let mut first = new();
        first.push("k", 1, &[1.5], Arrival::default(), b"bytes");
        let (copy, at) = (first.clone(), first.columns.bytes.as_ptr());
        drop(first);
        let mut second = new();
        assert!(second.is_empty() && second.columns.bytes.capacity() >= 5);
        second.push("k", 1, &[1.5], Arrival::default(), b"bytes");
        assert_eq!((second.columns.bytes.as_ptr(), &second), (at, &copy));
        assert!(new().columns.bytes.capacity() == 0, "it is lent once");
        // what is unusually long is not kept
        second.push("k", 2, &[1.5], Arrival::default(), &vec![0; LONGEST + 1]);
        drop((second, copy));
        let after = [new(), new()];
        assert!(after.iter().all(|readings| readings.columns.bytes.capacity() <= LONGEST));
    }
}
