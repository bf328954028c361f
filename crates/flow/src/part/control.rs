//! How a running pipeline is watched and stopped.

use super::Counters;
use passband_signal::address::redact;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// What is shared with the one who runs a pipeline: its counters, its notes, and how to stop it.
#[derive(Clone, Default)]
pub struct Control {
    /// What went in, came out, was late, lost or refused.
    pub counters: Arc<Counters>,
    pub(crate) stop: Arc<AtomicBool>,
    /// Stops one attempt at the pipeline, which may be started again.
    pub(crate) abort: Arc<AtomicBool>,
    progress: Arc<[AtomicU64; 2]>,
    /// Results that sinks have taken.
    pub(crate) delivered: Arc<AtomicU64>,
    /// Whoever reads the results wants no more.
    enough: Arc<AtomicBool>,
    pub(crate) refusal: Arc<Mutex<Option<String>>>,
    notes: Option<Arc<dyn Fn(String) + Send + Sync>>,
    drawing: Option<Arc<Mutex<Option<Drawing>>>>,
}

/// What a terminal shows and shows anew, in at most so many columns and lines.
pub type Drawing = Arc<dyn Fn(usize, usize) -> String + Send + Sync>;

impl Control {
    /// A control whose notes ("page at …", "refused …") go to `notes`.
    pub fn with_notes(notes: impl Fn(String) + Send + Sync + 'static) -> Self {
        Self { notes: Some(Arc::new(notes)), ..Self::default() }
    }
    /// The same of one who has a terminal, and shows there what [`drawn`](Self::drawn) gives.
    pub fn with_drawing(self) -> Self {
        Self { drawing: Some(Arc::default()), ..self }
    }
    /// Whether somebody shows drawings: then this one from now on.
    pub fn draw(&self, drawing: Drawing) -> bool {
        let Some(place) = &self.drawing else { return false };
        *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(drawing);
        true
    }
    /// Whether results are shown on a terminal.
    pub fn has_terminal(&self) -> bool {
        self.drawing.is_some()
    }
    /// What a sink wants to be seen now.
    pub fn drawn(&self, columns: usize, lines: usize) -> Option<String> {
        let drawing = self.drawing.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner).clone()?;
        Some(drawing(columns, lines))
    }
    /// The same for one attempt at the pipeline, which can be aborted by itself.
    pub(crate) fn attempt(&self) -> Self {
        Self { abort: Arc::default(), ..self.clone() }
    }
    /// Asks the pipeline to stop; what was read is still delivered.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::SeqCst);
    }
    /// Whether it was asked to stop.
    pub fn stopping(&self) -> bool {
        self.stop.load(Ordering::SeqCst) || self.abort.load(Ordering::SeqCst)
    }
    /// Stops it, for whoever reads the results has seen enough: to leave the rest out is no interruption.
    pub fn enough(&self) {
        self.enough.store(true, Ordering::SeqCst);
        self.stop();
    }
    /// Whether it was stopped so.
    pub fn has_enough(&self) -> bool {
        self.enough.load(Ordering::SeqCst)
    }
    /// Results that are made and not yet delivered.
    pub fn waiting(&self) -> u64 {
        self.counters.out.get().saturating_sub(self.delivered.load(Ordering::Relaxed))
    }
    /// Tells of a refusal, and keeps the first.
    pub(crate) fn refused(&self, place: &str, reason: &str) {
        let mut first = self.refusal.lock().unwrap_or_else(PoisonError::into_inner);
        let told = || format!("{place}: {reason}");
        first.get_or_insert_with(told);
        drop(first);
        self.note(|| format!("refused {}", told()));
    }
    /// Where and why the first datum was refused.
    pub(crate) fn first_refusal(&self) -> Option<String> {
        self.refusal.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
    /// Whether a part has met a fault in this attempt.
    pub(crate) fn aborted(&self) -> bool {
        self.abort.load(Ordering::SeqCst)
    }
    /// How far along a source with an end is, in samples: done, and in all.
    pub fn progress(&self) -> Option<(u64, u64)> {
        let [done, all] = [0, 1].map(|i| self.progress[i].load(Ordering::Relaxed));
        (all > 0).then_some((done, all))
    }
    /// Tells how far along it is.
    pub fn tell_progress(&self, done: u64, all: u64) {
        self.progress[0].store(done, Ordering::Relaxed);
        self.progress[1].store(all, Ordering::Relaxed);
    }
    /// Tells the person at the terminal something, without the secrets of the addresses in it.
    pub fn note(&self, text: impl FnOnce() -> String) {
        if let Some(notes) = &self.notes {
            notes(redact(&text()).into_owned());
        }
    }
}
