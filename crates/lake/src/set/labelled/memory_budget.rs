//! The memory budget of decoded samples between the decoding threads and the sink, whatever the size of the blobs.
//!
//! Examples wait in queues until the sink writes them, and threads decode later chunks ahead. All samples are counted
//! from decoding until they are dropped; a thread that exceeds the budget waits. Later chunks may take only a part of
//! the budget, so that the thread of the current chunk can always allocate the largest possible example once its
//! earlier ones are written: there is no deadlock.

use super::example_spec::MAX_SAMPLES;
use passband_flow::Control;
use passband_flow::data::{Floats, Lender};
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Samples that later chunks may hold: a song of three minutes.
const LATER: u64 = 16 << 20;
/// Samples in all: those, the largest example, and what a thread collects before it sends it.
const ALL: u64 = BESIDE + MAX_SAMPLES;
/// Samples that may be held beside the example that is being decoded.
const BESIDE: u64 = LATER + (1 << 20);
/// The largest buffer that is reused, and the most samples of all such buffers.
const SPARE: (usize, usize) = (1 << 16, 1 << 21);
/// How often a waiting thread checks whether the pipeline was stopped.
const LOOK: Duration = Duration::from_millis(50);

/// The budget that the threads share.
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
    /// Samples of all chunks now, and their maximum so far.
    alive: u64,
    peak: u64,
    /// The chunk that is being emitted.
    chunk: usize,
    /// Samples of each later chunk, and of all of them.
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

    /// With bounds for all samples, for those of later chunks, and for those beside the example that grows.
    pub fn of(all: u64, later: u64, beside: u64, control: &Control) -> Arc<Self> {
        let (state, changed) = (Mutex::default(), Condvar::new());
        Arc::new(Self { all, later, beside, control: control.clone(), state, changed })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until an example that has `own` samples may grow by `samples`; false if the budget is closed.
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

    /// Wakes all waiting threads; further reservations fail.
    pub fn close(&self) {
        self.change(|state| state.closed = true);
    }

    /// Samples held now.
    #[cfg(test)]
    pub fn alive(&self) -> u64 {
        self.lock().alive
    }

    /// The most samples held at one time.
    #[cfg(test)]
    pub fn peak(&self) -> u64 {
        self.lock().peak
    }
}

/// The samples that an example has reserved; they are released on drop. The default has no budget and no limit.
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

    /// Reserves more samples, and waits for them; false if the budget is closed.
    pub fn grow(&mut self, samples: usize) -> bool {
        let samples = samples as u64;
        let taken = samples == 0
            || self.budget.as_ref().is_none_or(|budget| budget.take(self.chunk, self.samples, samples));
        self.samples += if taken { samples } else { 0 };
        taken
    }

    /// Reserves more samples without waiting; later reservations wait for longer.
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
