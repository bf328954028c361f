//! What is odd about a recording, as data for whoever reads it.

use std::sync::{Arc, Mutex, PoisonError};

/// More remarks on one recording tell nobody more.
const MOST: usize = 32;

/// Something about a recording that its reader should be told. It cost no sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remark {
    /// A header claims what the bytes contradict; the bytes were used.
    Contradicted(String),
    /// Anything else: recordings appended to one another, bytes that are no sound, a part of the sound without a
    /// decoder.
    Noted(String),
}

impl Remark {
    /// What was found, without the name of the recording.
    pub fn text(&self) -> &str {
        match self {
            Self::Contradicted(text) | Self::Noted(text) => text,
        }
    }
}

/// The remarks on one recording, which all layers of its reader share. Each is kept once, also if the recording is
/// read again from its beginning.
#[derive(Clone, Default)]
pub struct Remarks(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    all: Vec<Remark>,
    taken: usize,
}

impl Remarks {
    pub fn contradicted(&self, text: String) {
        self.add(Remark::Contradicted(text));
    }

    pub fn noted(&self, text: String) {
        self.add(Remark::Noted(text));
    }

    fn add(&self, remark: Remark) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.all.len() < MOST && !kept.all.contains(&remark) {
            kept.all.push(remark);
        }
    }

    /// Those that came since this was last asked.
    pub fn take(&self) -> Vec<Remark> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all = kept.all.len();
        let taken = std::mem::replace(&mut kept.taken, all);
        kept.all[taken..].to_vec()
    }
}
