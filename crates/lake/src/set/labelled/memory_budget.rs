//! The memory budget for decoded samples between the decoding threads and the sink, independent of the size
//! of the blobs.
//!
//! Examples are queued until the sink writes them, and threads decode later chunks in advance. All samples
//! are counted from decoding until they are dropped; a thread that exceeds the budget blocks. Later chunks
//! may use only part of the budget, so that the thread of the current chunk can always allocate the largest
//! possible example once its earlier ones are written. This prevents a deadlock.

use super::example_spec::MAX_SAMPLES;
use passband_flow::Control;
use passband_flow::data::{Floats, Lender};
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Maximum number of samples held by later chunks: three minutes of music.
const LATER: u64 = 16 << 20;
/// Maximum number of samples in total: those above, the largest example, and the examples that a thread
/// collects before sending.
const ALL: u64 = BESIDE + MAX_SAMPLES;
/// Maximum number of samples held besides the example that is being decoded.
const BESIDE: u64 = LATER + (1 << 20);
/// Maximum size of a buffer that is reused, and of all such buffers together, in samples.
const SPARE: (usize, usize) = (1 << 16, 1 << 21);
/// Interval at which a blocked thread checks whether the pipeline was stopped.
const LOOK: Duration = Duration::from_millis(50);

/// The budget shared by the threads.
pub struct MemoryBudget {
    all: u64,
    later: u64,
    beside: u64,
    control: Control,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// Current and maximum number of samples of all chunks.
    alive: u64,
    peak: u64,
    /// The chunk that is being emitted.
    chunk: usize,
    /// Samples of each later chunk, and their sum.
    later: VecDeque<u64>,
    ahead: u64,
    waiting: usize,
    closed: bool,
    /// Buffers to reuse.
    spare: Vec<Vec<f32>>,
    spared: usize,
}

impl State {
    fn of(&mut self, chunk: usize) -> Option<&mut u64> {
        let place = chunk.checked_sub(self.chunk + 1)?;
        if self.later.len() <= place {
            self.later.resize(place + 1, 0);
        }
        self.later.get_mut(place)
    }

    fn add(&mut self, chunk: usize, samples: u64) {
        self.alive += samples;
        self.peak = self.peak.max(self.alive);
        if let Some(of) = self.of(chunk) {
            *of += samples;
            self.ahead += samples;
        }
    }

    fn remove(&mut self, chunk: usize, samples: u64) {
        self.alive -= samples;
        if let Some(of) = self.of(chunk) {
            *of -= samples;
            self.ahead -= samples;
        }
    }
}

impl MemoryBudget {
    pub fn new(control: &Control) -> Arc<Self> {
        Self::of(ALL, LATER, BESIDE, control)
    }

    /// A budget with limits for all samples, for those of later chunks, and for those besides the growing
    /// example.
    pub fn of(all: u64, later: u64, beside: u64, control: &Control) -> Arc<Self> {
        let (state, changed) = (Mutex::default(), Condvar::new());
        Arc::new(Self { all, later, beside, control: control.clone(), state, changed })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Blocks until an example with `own` samples may grow by `samples`; returns false if the budget is
    /// closed.
    fn take(&self, chunk: usize, own: u64, samples: u64) -> bool {
        let mut state = self.lock();
        loop {
            if state.closed || self.control.stopping() {
                return false;
            }
            let fits = chunk <= state.chunk || state.ahead + samples <= self.later;
            let beside = state.alive.saturating_sub(own);
            if fits && beside <= self.beside && state.alive + samples <= self.all {
                state.add(chunk, samples);
                return true;
            }
            state.waiting += 1;
            state = self.changed.wait_timeout(state, LOOK).unwrap_or_else(PoisonError::into_inner).0;
            state.waiting -= 1;
        }
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.lock();
        change(&mut state);
        if state.waiting > 0 {
            self.changed.notify_all();
        }
    }

    /// Advances to this chunk.
    pub fn chunk(&self, chunk: usize) {
        self.change(|state| {
            while state.chunk < chunk {
                state.chunk += 1;
                state.ahead -= state.later.pop_front().unwrap_or(0);
            }
        });
    }

    /// Wakes all blocked threads; further reservations fail.
    pub fn close(&self) {
        self.change(|state| state.closed = true);
    }

    /// Number of samples held now.
    #[cfg(test)]
    pub fn alive(&self) -> u64 {
        self.lock().alive
    }

    /// Maximum number of samples held at one time.
    #[cfg(test)]
    pub fn peak(&self) -> u64 {
        self.lock().peak
    }
}

/// The samples reserved by an example, released on drop. The default reservation has no budget and no limit.
#[derive(Default)]
pub struct Reservation {
    budget: Option<Arc<MemoryBudget>>,
    chunk: usize,
    samples: u64,
}

impl Reservation {
    pub fn new(budget: &Arc<MemoryBudget>, chunk: usize) -> Self {
        Self { budget: Some(budget.clone()), chunk, samples: 0 }
    }

    /// An empty reservation for the same chunk.
    pub fn another(&self) -> Self {
        Self { budget: self.budget.clone(), chunk: self.chunk, samples: 0 }
    }

    /// Reserves more samples, blocking until they are available; returns false if the budget is closed.
    pub fn grow(&mut self, samples: usize) -> bool {
        let samples = samples as u64;
        let taken = samples == 0
            || self.budget.as_ref().is_none_or(|budget| budget.take(self.chunk, self.samples, samples));
        self.samples += if taken { samples } else { 0 };
        taken
    }

    /// Reserves more samples without blocking; later reservations block longer.
    pub fn owe(&mut self, samples: usize) {
        self.samples += samples as u64;
        if let Some(budget) = &self.budget {
            budget.change(|state| state.add(self.chunk, samples as u64));
        }
    }

    /// A buffer to reuse, if there is one.
    pub fn spare(&self) -> Vec<f32> {
        let Some(budget) = &self.budget else { return vec![] };
        let mut state = budget.lock();
        let spare = state.spare.pop().unwrap_or_default();
        state.spared -= spare.capacity();
        spare
    }

    /// The samples, with this reservation attached.
    pub fn lend(self, samples: Vec<f32>) -> Floats {
        if self.budget.is_some() { Floats::lent(samples, Box::new(self)) } else { samples.into() }
    }
}

impl Lender for Reservation {
    fn returned(&self, mut values: Vec<f32>) {
        let (size, Some(budget)) = (values.capacity(), &self.budget) else { return };
        if (1..=SPARE.0).contains(&size) {
            let mut state = budget.lock();
            if state.spared + size <= SPARE.1 {
                state.spared += size;
                values.clear();
                state.spare.push(values);
            }
        }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if let Some(budget) = self.budget.as_ref().filter(|_| self.samples > 0) {
            budget.change(|state| state.remove(self.chunk, self.samples));
        }
    }
}

#[cfg(test)]
mod tests;
