//! The most likely path through the pitch candidates of successive frames.

use super::pitch::Pitch;

/// A candidate fundamental of a frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    pub(super) hz: f64,
    pub(super) probability: f64,
}

/// Maximum change of pitch in octaves per second, as in librosa.
const FASTEST: f64 = 35.92;
/// Probability that a voice starts or stops from one frame of 23 ms to the next.
const SWITCH: f64 = 0.01;
/// Probability of "unvoiced" relative to a pitch, all else being equal. In the paper it is distributed over as many
/// states as there are pitches.
const UNVOICED: f64 = 0.01;

/// A Viterbi search whose states are the candidates of each frame, and "unvoiced".
///
/// # Reference  Mauch & Dixon 2014, section 2.2, on the candidates in place of a grid of pitches
#[derive(Debug)]
pub(super) struct PitchPath {
    hop_s: f64,
    lag: usize,
    /// Maximum step in octaves.
    reach: f64,
    /// Log probabilities of a change between voiced and unvoiced, and of no change.
    switch: f64,
    stay: f64,
    /// The frames that are not final.
    steps: Vec<Step>,
    given: u64,
}

/// One frame. State 0 is "unvoiced".
#[derive(Debug)]
struct Step {
    rms: f64,
    voiced: f64,
    /// `log2` of the frequency; 0 for "unvoiced".
    octaves: Vec<f64>,
    scores: Vec<f64>,
    origins: Vec<u16>,
}

impl PitchPath {
    pub(super) fn new(hop_s: f64, lag: usize) -> PitchPath {
        let switch = 1.0 - libm::pow(1.0 - SWITCH, hop_s / 0.0232);
        PitchPath {
            hop_s,
            lag: lag.max(2),
            reach: (FASTEST * hop_s).max(0.05),
            switch: libm::log(switch),
            stay: libm::log(1.0 - switch),
            steps: vec![],
            given: 0,
        }
    }

    pub(super) fn push(&mut self, candidates: Vec<Candidate>, rms: f64, each: &mut impl FnMut(Pitch)) {
        let voiced = candidates.iter().map(|candidate| candidate.probability).sum::<f64>().min(1.0);
        let mut octaves = vec![0.0];
        octaves.extend(candidates.iter().map(|candidate| libm::log2(candidate.hz)));
        let (mut scores, mut origins) = (vec![], vec![]);
        for (state, to) in octaves.iter().enumerate() {
            let observed = match state.checked_sub(1) {
                Some(at) => candidates[at].probability,
                None => UNVOICED * (1.0 - voiced),
            };
            let (score, origin) = self.best_origin(state > 0, *to);
            scores.push(score + libm::log(observed.max(1e-6)));
            origins.push(origin);
        }
        // relative to the best, so that sums stay small in recordings of any length
        let best = scores.iter().fold(f64::NEG_INFINITY, |best: f64, score| best.max(*score));
        scores.iter_mut().for_each(|score| *score -= best);
        self.steps.push(Step { rms, voiced, octaves, scores, origins });
        if self.steps.len() >= 2 * self.lag {
            self.give(self.lag, each);
        }
    }

    fn best_origin(&self, voiced: bool, to: f64) -> (f64, u16) {
        let Some(before) = self.steps.last() else { return (0.0, 0) };
        let step = |from: usize| match (from > 0, voiced) {
            (false, false) => self.stay,
            (true, true) => {
                // a triangle around the previous pitch, with a floor for larger steps
                let near = 1.0 - (to - before.octaves[from]).abs() / self.reach;
                self.stay + libm::log(near.max(1e-4))
            }
            _ => self.switch,
        };
        let mut best = (f64::NEG_INFINITY, 0);
        for (from, score) in before.scores.iter().enumerate() {
            let score = score + step(from);
            if score > best.0 {
                best = (score, from as u16);
            }
        }
        best
    }

    pub(super) fn finish(&mut self, each: &mut impl FnMut(Pitch)) {
        self.give(self.steps.len(), each);
        self.given = 0;
    }

    /// Emits the oldest `count` frames.
    fn give(&mut self, count: usize, each: &mut impl FnMut(Pitch)) {
        let Some(last) = self.steps.last() else { return };
        let mut state = (0..last.scores.len())
            .fold(0, |best, at| if last.scores[at] > last.scores[best] { at } else { best });
        let mut path = vec![0; self.steps.len()];
        for (place, step) in path.iter_mut().zip(&self.steps).rev() {
            *place = state;
            state = usize::from(step.origins[state]);
        }
        for (step, state) in self.steps.drain(..count).zip(path) {
            let hz = (state > 0).then(|| libm::exp2(step.octaves[state]));
            each(Pitch { time_s: self.given as f64 * self.hop_s, hz, voiced: step.voiced, rms: step.rms });
            self.given += 1;
        }
    }
}
