//! Observing and stopping a running pipeline.

use super::Counters;
use passband_signal::address::redact;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The handle of a running pipeline: its counters, its notes, and its stop switch.
#[derive(Clone, Default)]
pub struct Control {
    /// The counters of the run.
    pub counters: Arc<Counters>,
    pub(crate) stop: Arc<AtomicBool>,
    /// Stops one attempt of the pipeline, which may be restarted.
    pub(crate) abort: Arc<AtomicBool>,
    progress: Arc<[AtomicU64; 2]>,
    /// Milliseconds of recordings that were measured.
    signal: Arc<AtomicU64>,
    /// Results that sinks have accepted.
    pub(crate) delivered: Arc<AtomicU64>,
    /// Set if the consumer of the results has closed them.
    enough: Arc<AtomicBool>,
    pub(crate) refusal: Arc<Mutex<Option<String>>>,
    notes: Option<Arc<dyn Fn(String) + Send + Sync>>,
    drawing: Option<Arc<Mutex<Option<Drawing>>>>,
}

/// Renders what a terminal shows, within the given columns and lines.
pub type Drawing = Arc<dyn Fn(usize, usize) -> String + Send + Sync>;

impl Control {
    /// A control that passes notes ("page at …", "refused …") to `notes`.
    pub fn with_notes(notes: impl Fn(String) + Send + Sync + 'static) -> Self {
        Self { notes: Some(Arc::new(notes)), ..Self::default() }
    }
    /// Enables drawing: the caller has a terminal, and shows the output of [`drawn`](Self::drawn) there.
    pub fn with_drawing(self) -> Self {
        Self { drawing: Some(Arc::default()), ..self }
    }
    /// Sets the drawing; returns whether drawing is enabled.
    pub fn draw(&self, drawing: Drawing) -> bool {
        let Some(place) = &self.drawing else { return false };
        *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(drawing);
        true
    }
    /// Whether results are shown on a terminal.
    pub fn has_terminal(&self) -> bool {
        self.drawing.is_some()
    }
    /// The current drawing of a sink.
    pub fn drawn(&self, columns: usize, lines: usize) -> Option<String> {
        let drawing = self.drawing.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner).clone()?;
        Some(drawing(columns, lines))
    }
    /// A control for one attempt of the pipeline, which can be aborted separately.
    pub(crate) fn attempt(&self) -> Self {
        Self { abort: Arc::default(), ..self.clone() }
    }
    /// Asks the pipeline to stop; data that has been read is still delivered.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::SeqCst);
    }
    /// Whether a stop was requested.
    pub fn stopping(&self) -> bool {
        self.stop.load(Ordering::SeqCst) || self.abort.load(Ordering::SeqCst)
    }
    /// Stops because the consumer of the results has closed them; this is not an interruption.
    pub fn enough(&self) {
        self.enough.store(true, Ordering::SeqCst);
        self.stop();
    }
    /// Whether it was stopped by [`enough`](Self::enough).
    pub fn has_enough(&self) -> bool {
        self.enough.load(Ordering::SeqCst)
    }
    /// Results that have been computed and not yet delivered.
    pub fn waiting(&self) -> u64 {
        self.counters.out.get().saturating_sub(self.delivered.load(Ordering::Relaxed))
    }
    /// Reports a refusal, and remembers the first.
    pub(crate) fn refused(&self, place: &str, reason: &str) {
        let mut first = self.refusal.lock().unwrap_or_else(PoisonError::into_inner);
        let text = || format!("{place}: {reason}");
        first.get_or_insert_with(text);
        drop(first);
        self.note(|| format!("refused {}", text()));
    }
    /// Place and reason of the first refusal.
    pub(crate) fn first_refusal(&self) -> Option<String> {
        self.refusal.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
    /// Whether a part has failed in this attempt.
    pub(crate) fn aborted(&self) -> bool {
        self.abort.load(Ordering::SeqCst)
    }
    /// Progress of a source with an end, in samples: done, total.
    pub fn progress(&self) -> Option<(u64, u64)> {
        let [done, all] = [0, 1].map(|i| self.progress[i].load(Ordering::Relaxed));
        (all > 0).then_some((done, all))
    }
    /// Sets the progress.
    pub fn tell_progress(&self, done: u64, all: u64) {
        self.progress[0].store(done, Ordering::Relaxed);
        self.progress[1].store(all, Ordering::Relaxed);
    }
    /// Seconds of recordings that were measured.
    pub fn signal(&self) -> f64 {
        self.signal.load(Ordering::Relaxed) as f64 / 1e3
    }
    /// Tells of seconds of a recording that were measured.
    pub(crate) fn tell_signal(&self, seconds: f64) {
        self.signal.fetch_add((seconds * 1e3).round() as u64, Ordering::Relaxed);
    }
    /// Passes a note on, with secrets in addresses redacted.
    pub fn note(&self, text: impl FnOnce() -> String) {
        if let Some(notes) = &self.notes {
            notes(redact(&text()).into_owned());
        }
    }
}
