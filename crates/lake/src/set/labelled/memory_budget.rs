//! How much sound there may be at once between its decoding and its writing, however large the blobs are.
//!
//! Examples wait in queues until the sink has them, and a thread that decodes what comes later runs ahead. All samples
//! are counted from the moment they are decoded until they are dropped; whoever wants more waits. What comes later may
//! take a part only, so that the thread whose chunk it is finds budget for the largest example there can be as soon as what
//! it gave before is written: nobody waits for ever.

use super::example_spec::MAX_SAMPLES;
use passband_flow::Control;
use passband_flow::data::{Floats, Lender};
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Samples that may be there of later chunks: a song of three minutes.
const LATER: u64 = 16 << 20;
/// Samples that may be there in all: those, the largest example, and what a thread collects before it hands it over.
const ALL: u64 = BESIDE + MAX_SAMPLES;
/// Samples that there may be beside the example that grows: many short ones fill no more than that.
const BESIDE: u64 = LATER + (1 << 20);
/// The most samples of memory that is used again, each and in all.
const SPARE: (usize, usize) = (1 << 16, 1 << 21);
/// How often one who waits looks whether all is to stop.
const LOOK: Duration = Duration::from_millis(50);

/// What the threads share.
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
    /// Samples of all chunks, and the most there ever were.
    alive: u64,
    peak: u64,
    /// The chunk that is taken from now.
    chunk: usize,
    /// Samples of each later chunk, and of all of them.
    later: VecDeque<u64>,
    ahead: u64,
    waiting: usize,
    closed: bool,
    /// Memory to be used again.
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

    /// Waits until there is budget for more of an example that has `own` already; false if nothing is wanted any more.
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

    /// From now on this chunk is taken from.
    pub fn chunk(&self, chunk: usize) {
        self.change(|state| {
            while state.chunk < chunk {
                state.chunk += 1;
                state.ahead -= state.later.pop_front().unwrap_or(0);
            }
        });
    }

    /// Nothing more is wanted.
    pub fn close(&self) {
        self.change(|state| state.closed = true);
    }

    /// Samples that are there.
    #[cfg(test)]
    pub fn alive(&self) -> u64 {
        self.lock().alive
    }

    /// The most samples there ever were at once.
    #[cfg(test)]
    pub fn peak(&self) -> u64 {
        self.lock().peak
    }
}

/// What an example has of the budget, and gives back when it is dropped. By default it is of no budget, and has no bound.
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

    /// Another of the same chunk, with nothing yet.
    pub fn another(&self) -> Self {
        Self { budget: self.budget.clone(), chunk: self.chunk, samples: 0 }
    }

    /// So many samples more, when there is budget; false if nothing is wanted any more.
    pub fn grow(&mut self, samples: usize) -> bool {
        let samples = samples as u64;
        let taken = samples == 0
            || self.budget.as_ref().is_none_or(|budget| budget.take(self.chunk, self.samples, samples));
        self.samples += if taken { samples } else { 0 };
        taken
    }

    /// So many samples more at once: what is next waits the longer.
    pub fn owe(&mut self, samples: usize) {
        self.samples += samples as u64;
        if let Some(budget) = &self.budget {
            budget.change(|state| state.add(self.chunk, samples as u64));
        }
    }

    /// Memory to be used again, if there is some.
    pub fn spare(&self) -> Vec<f32> {
        let Some(budget) = &self.budget else { return vec![] };
        let mut state = budget.lock();
        let spare = state.spare.pop().unwrap_or_default();
        state.spared -= spare.capacity();
        spare
    }

    /// The samples that are counted here.
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
