//! A list of recordings as a source that several pipelines can share.

use super::BLOCK;
use super::player::Player;
use super::tracks::Track;
use crate::data::Kind;
use crate::part::{Context, Source, SourcePlan};
use passband_signal::{Result, Span};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// A list of recordings from which each reader takes the next.
///
/// Pipelines on several threads that read from clones of one playlist measure each recording once; numbers
/// and names are the same as those of [`Recordings`](super::Recordings).
#[derive(Clone)]
pub struct Playlist {
    left: Arc<Mutex<VecDeque<Track>>>,
    count: usize,
}

impl Playlist {
    /// A playlist of these recordings.
    pub fn new(tracks: Vec<Track>) -> Self {
        let count = tracks.len();
        Self { left: Arc::new(Mutex::new(tracks.into())), count }
    }

    fn left(&self) -> std::sync::MutexGuard<'_, VecDeque<Track>> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the next recording; no other reader receives it.
    pub(super) fn next(&self) -> Option<Track> {
        self.left().pop_front()
    }

    /// Whether all recordings were taken.
    pub fn is_empty(&self) -> bool {
        self.left().is_empty()
    }

    /// Number of completed recordings, and the total number.
    pub(super) fn progress(&self, playing: bool) -> (u64, u64) {
        let taken = self.count - self.left().len();
        ((taken - usize::from(playing).min(taken)) as u64, self.count as u64)
    }
}

impl SourcePlan for Playlist {
    fn gives(&self) -> Kind {
        Kind::Samples
    }
    fn ends(&self) -> bool {
        true
    }
    fn gives_recordings(&self) -> bool {
        true
    }
    fn open(&self, context: &Context) -> Result<Box<dyn Source>> {
        Ok(Box::new(Player::new(
            self.clone(),
            Span::Samples(BLOCK),
            context.describes_files,
            &context.control,
        )))
    }
}
