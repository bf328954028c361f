//! Counters: every datum is accounted for.

use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! counters {
    ($($(#[doc = $doc:literal])* $name:ident),* $(,)?) => {
        /// The engine's counters. The parts of the engine increment them; they can be read at any time.
        #[derive(Debug, Default)]
        pub struct Counters { $($(#[doc = $doc])* pub $name: Counter),* }
        impl Counters {
            /// Name, description and value of each counter.
            pub fn all(&self) -> Vec<(&'static str, &'static str, u64)> {
                vec![$((stringify!($name).trim_start_matches("r#"), concat!($($doc),*).trim_ascii(), self.$name.get())),*]
            }
            fn each(&self) -> Vec<&Counter> {
                vec![$(&self.$name),*]
            }
        }
    };
}

counters! {
    /// Data read (blocks, messages, readings); data that is read again is counted once
    r#in,
    /// Data that contributed to results
    folded,
    /// Data of a recording or window that was already closed
    late,
    /// Data that had been read before, dropped
    duplicate,
    /// Data that could not be used
    refused,
    /// Gaps in the sample index; the window starts again after each
    gaps,
    /// Samples of each channel that are missing in those gaps
    lost_samples,
    /// Starts of a new recording within a stream
    restarts,
    /// Frames cut by the window
    frames,
    /// Results delivered to the sinks
    out,
    /// Files emitted as incomplete, because some of their data never arrived
    incomplete,
    /// Samples at the end of a file that fill no scan
    left_over,
    /// Header fields (lengths, sizes, dates) that the data contradicts; the data was used
    contradicted,
    /// Values of readings that were missing or not numeric; the other values of the reading were used
    missing_values,
    /// Data read again after a restart, without results
    replayed,
    /// Recordings whose results were taken over: the same content was measured before
    reused,
    /// Bytes of samples and features in the examples written to shards
    example_bytes,
    /// Commits of results and positions
    commits,
}

/// A snapshot of all counters.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Counted(Vec<u64>);

impl Counters {
    /// The current values.
    pub fn now(&self) -> Counted {
        Counted(self.each().into_iter().map(Counter::get).collect())
    }
    /// Resets the counters of data that will be read again to a snapshot; counters of committed work keep their values.
    pub fn set_back(&self, to: &Counted) {
        let commits = self.commits.get();
        self.each().into_iter().zip(&to.0).for_each(|(counter, value)| counter.set(*value));
        self.commits.set(commits);
    }
}

/// The counters of a stage: one set for its input, one for its output, one for everything else. If a pipeline has two
/// stages, the first counts the input and the last the output.
#[derive(Clone, Copy)]
pub struct Tally<'a> {
    /// Input.
    pub came: &'a Counters,
    /// Output.
    pub out: &'a Counters,
    /// Everything else.
    pub all: &'a Counters,
}

impl Tally<'_> {
    /// Whether the pipeline has a single stage.
    pub fn is_whole(&self) -> bool {
        std::ptr::eq(self.came, self.out)
    }
}

impl std::ops::Deref for Tally<'_> {
    type Target = Counters;
    fn deref(&self) -> &Counters {
        self.all
    }
}

/// One counter.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Adds.
    pub fn add(&self, n: u64) {
        // saturates: values from outside may be arbitrary
        if self.0.fetch_add(n, Ordering::Relaxed).checked_add(n).is_none() {
            self.0.store(u64::MAX, Ordering::Relaxed);
        }
    }
    fn set(&self, value: u64) {
        self.0.store(value, Ordering::Relaxed);
    }
    /// The value now.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_saturate() {
        let counters = Counters::default();
        (0..3).for_each(|_| counters.lost_samples.add(u64::MAX / 2));
        assert_eq!(counters.lost_samples.get(), u64::MAX);
    }

    #[test]
    fn discarded_work_is_not_counted() {
        let counters = Counters::default();
        counters.folded.add(3);
        let safe = counters.now();
        counters.folded.add(4);
        counters.late.add(1);
        counters.commits.add(1);
        counters.set_back(&safe);
        assert_eq!([counters.folded.get(), counters.late.get(), counters.commits.get()], [3, 0, 1]);
    }
}
