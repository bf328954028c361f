//! Predictions of the next chord, each from another part of the past.

use super::label::{Degree, Mode};
use std::collections::BTreeMap;

pub(super) const K: usize = Degree::COUNT;

/// Counts of what followed a context.
#[derive(Clone)]
struct Counts {
    of: [f32; K],
    total: f32,
    distinct: f32,
}

impl Counts {
    const NONE: Self = Self { of: [0.0; K], total: 0.0, distinct: 0.0 };
    fn add(&mut self, chord: Degree) {
        let count = &mut self.of[chord.index()];
        self.distinct += if *count == 0.0 { 1.0 } else { 0.0 };
        *count += 1.0;
        self.total += 1.0;
    }
}

/// Parts of the past that predict: chords before, from none to six; roots of the last three; with gaps.
const CONTEXTS: usize = 10;
/// Contexts that are also counted within the tune.
const LOCAL: [usize; 6] = [0, 1, 3, 4, 5, 6];
/// Number of predictions: one per context, one per context within the tune, and one by the longest repetition.
pub(super) const EXPERTS: usize = CONTEXTS + LOCAL.len() + 1;

fn contexts(past: &[Degree], mode: Mode) -> [u64; CONTEXTS] {
    let back = |n: usize| past.len().checked_sub(n).map_or(63, |at| u64::from(past[at].0));
    let last = |n: usize| (1..=n).fold(0, |key, i| key << 6 | back(i));
    let roots = (1..=3).fold(0, |key, i| (key << 6) | (back(i) / 4));
    let mode = mode as u64;
    let keys = [
        mode,
        last(1),
        last(1) << 1 | mode,
        last(2),
        last(3),
        last(4),
        last(6),
        roots,
        last(2) << 6 | back(4),
        last(1) << 6 | back(4),
    ];
    let mut kind = 0;
    keys.map(|key| {
        kind += 1;
        kind << 56 | key
    })
}

/// What a training set says.
pub(super) struct Corpus {
    counts: BTreeMap<u64, Counts>,
    /// Shares of all chords, none of them 0.
    shares: [f64; K],
}

impl Corpus {
    pub(super) fn new<'a>(tunes: impl Iterator<Item = (Mode, &'a [Degree])>) -> Self {
        let mut counts: BTreeMap<u64, Counts> = BTreeMap::new();
        let mut shares = [0.02; K];
        for (mode, chords) in tunes {
            chords.iter().for_each(|chord| shares[chord.index()] += 1.0);
            for at in 1..chords.len() {
                for key in contexts(&chords[..at], mode) {
                    counts.entry(key).or_insert(Counts::NONE).add(chords[at]);
                }
            }
        }
        let total: f64 = shares.iter().sum();
        shares.iter_mut().for_each(|share| *share /= total);
        Self { counts, shares }
    }
}

/// The predictions at one place of a tune.
pub(super) struct Opinions {
    /// Logarithms of the probabilities of all chords, by expert.
    pub(super) logs: Vec<[f64; K]>,
    /// How much evidence each expert has, in classes 0 to 6.
    pub(super) evidence: [usize; EXPERTS],
}

/// The past of a tune, chord by chord.
pub(super) struct Past<'a> {
    corpus: &'a Corpus,
    mode: Mode,
    chords: Vec<Degree>,
    local: BTreeMap<u64, Counts>,
}

impl<'a> Past<'a> {
    pub(super) fn new(corpus: &'a Corpus, mode: Mode) -> Self {
        Self { corpus, mode, chords: Vec::new(), local: BTreeMap::new() }
    }

    pub(super) fn last(&self) -> Option<Degree> {
        self.chords.last().copied()
    }

    /// Appends a chord that differs from the last one.
    pub(super) fn push(&mut self, chord: Degree) {
        if !self.chords.is_empty() {
            let keys = contexts(&self.chords, self.mode);
            for context in LOCAL {
                self.local.entry(keys[context]).or_insert(Counts::NONE).add(chord);
            }
        }
        self.chords.push(chord);
    }

    /// All predictions of the next chord, which is not the last one.
    pub(super) fn opinions(&self) -> Opinions {
        let keys = contexts(&self.chords, self.mode);
        let last = self.last();
        let mut distributions: Vec<[f64; K]> = Vec::with_capacity(EXPERTS);
        let mut evidence = [0; EXPERTS];
        for (context, key) in keys.iter().enumerate() {
            let counts = self.corpus.counts.get(key).unwrap_or(&Counts::NONE);
            let shorter = if context > 1 { &distributions[1] } else { &self.corpus.shares };
            let p = without(discounted(counts, shorter), last);
            evidence[context] = class(counts.total);
            distributions.push(p);
        }
        let prior = distributions[3];
        for (i, context) in LOCAL.into_iter().enumerate() {
            let counts = self.local.get(&keys[context]).unwrap_or(&Counts::NONE);
            evidence[CONTEXTS + i] = class(counts.total);
            distributions.push(without(smoothed(counts, &prior), last));
        }
        let (length, next) = self.repetition();
        evidence[EXPERTS - 1] = class(length as f32);
        distributions.push(match next {
            Some(next) => {
                let mut p = prior.map(|p| 0.3 * p);
                p[next.index()] += 0.7;
                without(p, last)
            }
            None => prior,
        });
        // No chord is impossible.
        let logs = distributions.into_iter().map(|p| p.map(|p| libm::log(p + 1e-5))).collect();
        Opinions { logs, evidence }
    }

    /// Length of the longest end of the past that has occurred before, and the chord that followed it; of several the
    /// latest.
    fn repetition(&self) -> (usize, Option<Degree>) {
        let past = &self.chords;
        // Longer matches decide nothing, and the search would be quadratic.
        let most = past.len().min(32);
        let mut best = (0, None);
        for at in 1..past.len() {
            let same = |n: &usize| *n < at && past[at - 1 - n] == past[past.len() - 1 - n];
            let length = (0..most).take_while(same).count();
            if length > 0 && length >= best.0 {
                best = (length, Some(past[at]));
            }
        }
        best
    }
}

/// Absolute discounting (Ney, Essen and Kneser 1994): half a count of each chord goes to the shorter context.
fn discounted(counts: &Counts, shorter: &[f64; K]) -> [f64; K] {
    if counts.total == 0.0 {
        return *shorter;
    }
    let total = f64::from(counts.total);
    let rest = 0.5 * f64::from(counts.distinct) / total;
    std::array::from_fn(|i| (f64::from(counts.of[i]) - 0.5).max(0.0) / total + rest * shorter[i])
}

/// Counts within the tune, with a prior that counts as two chords.
fn smoothed(counts: &Counts, prior: &[f64; K]) -> [f64; K] {
    std::array::from_fn(|i| (f64::from(counts.of[i]) + 2.0 * prior[i]) / (f64::from(counts.total) + 2.0))
}

/// The distribution without the chord that sounds now.
fn without(mut p: [f64; K], last: Option<Degree>) -> [f64; K] {
    if let Some(last) = last {
        p[last.index()] = 0.0;
    }
    let total: f64 = p.iter().sum();
    if total > 0.0 {
        p.iter_mut().for_each(|p| *p /= total);
    }
    p
}

/// Classes of evidence: 0, 1, 2–3, 4–7, 8–19, 20–59 and more.
pub(super) const CLASSES: usize = 7;

fn class(count: f32) -> usize {
    [1.0, 2.0, 4.0, 8.0, 20.0, 60.0].iter().filter(|border| count >= **border).count()
}
