//! What went in, came out, was late, lost or refused: every datum is accounted for.

use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! counters {
    ($($(#[doc = $doc:literal])* $name:ident),* $(,)?) => {
        /// The engine's counters. Each part of the engine adds to them; anyone may read them at any time.
        #[derive(Debug, Default)]
        pub struct Counters { $($(#[doc = $doc])* pub $name: Counter),* }
        impl Counters {
            /// Name, meaning and value of each.
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
    /// Data read from the source (blocks, messages, readings), each counted once however often it is read again
    r#in,
    /// Data that results were made of
    folded,
    /// Data that came when their recording or window was over
    late,
    /// Data that had been seen before, dropped
    duplicate,
    /// Data that could not be used, kept apart with the reason
    refused,
    /// Gaps in the sample index; the window began anew after each
    gaps,
    /// Samples of each channel that those gaps left out
    lost_samples,
    /// Times that a stream began a new recording
    restarts,
    /// Frames that the window cut
    frames,
    /// Results handed to the sinks
    out,
    /// Files given as incomplete: something of them never came
    incomplete,
    /// Samples at the end of a file that fill no scan
    left_over,
    /// Claims of headers (lengths, sizes, dates) that the bytes contradict; the bytes were used
    contradicted,
    /// Values of readings that were missing or no number; the readings' other values were used
    missing_values,
    /// Data read again after a restart, in silence
    replayed,
    /// Bytes of samples and features in the examples that were put into shards
    example_bytes,
    /// Times that results and positions were made safe
    commits,
}

/// What all counters were at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Counted(Vec<u64>);

impl Counters {
    /// The values now.
    pub fn now(&self) -> Counted {
        Counted(self.each().into_iter().map(Counter::get).collect())
    }
    /// What was counted since is thrown away and will come again; what was made safe stays so.
    pub fn set_back(&self, to: &Counted) {
        let commits = self.commits.get();
        self.each().into_iter().zip(&to.0).for_each(|(counter, value)| counter.set(*value));
        self.commits.set(commits);
    }
}

/// Where a stage counts: what comes to it, and everything else. Of two stages that make one pipeline, only the first
/// counts what comes, and only the last what goes out.
#[derive(Clone, Copy)]
pub struct Tally<'a> {
    /// What comes.
    pub came: &'a Counters,
    /// What goes out.
    pub out: &'a Counters,
    /// Everything else.
    pub all: &'a Counters,
}

impl Tally<'_> {
    /// Whether nobody else counts here.
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
        // one that is full stays full: what comes from outside may be any number
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
    fn a_counter_that_is_full_stays_full() {
        let counters = Counters::default();
        (0..3).for_each(|_| counters.lost_samples.add(u64::MAX / 2));
        assert_eq!(counters.lost_samples.get(), u64::MAX);
    }

    #[test]
    fn what_is_thrown_away_is_not_counted() {
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
