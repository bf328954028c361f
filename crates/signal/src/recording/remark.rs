//! Remarks on irregularities of a recording.

use std::sync::{Arc, Mutex, PoisonError};

/// Maximum number of remarks on a recording.
const MOST: usize = 32;

/// An irregularity of a recording that did not lose samples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remark {
    /// A claim in a header that contradicts the bytes; the bytes were used.
    Contradicted(String),
    /// Anything else: concatenated recordings, bytes that are not audio, a part without a decoder.
    Noted(String),
}

impl Remark {
    /// The text, without the name of the recording.
    pub fn text(&self) -> &str {
        match self {
            Self::Contradicted(text) | Self::Noted(text) => text,
        }
    }
}

/// The remarks on one recording, shared by all layers of its reader. Each is stored once, also if the recording is read
/// again.
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

    /// The remarks since the last call.
    pub fn take(&self) -> Vec<Remark> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all = kept.all.len();
        let taken = std::mem::replace(&mut kept.taken, all);
        kept.all[taken..].to_vec()
    }
}
