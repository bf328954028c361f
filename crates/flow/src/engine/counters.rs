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
        }
    };
}

counters! {
    /// Data read from the source (blocks, messages), each counted once however often it is read again
    r#in,
    /// Data that results were made of
    folded,
    /// Data of a recording that was already over
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
    /// Data read again after a restart, in silence
    replayed,
    /// Times that results and positions were made safe
    commits,
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
        self.0.fetch_add(n, Ordering::Relaxed);
    }
    /// The value now.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
