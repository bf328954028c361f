//! Scores of the next chord, by tune.

use super::model::{ChordModel, Tune};
use crate::random::Random;
use crate::validate::Interval;
use passband_signal::{Fault, Result};
use serde::{Deserialize, Serialize};

/// How well the next chord is predicted in tunes outside of the training set. A chord that sounds already is never the
/// answer. Intervals are 95 % intervals over bootstrap samples of tunes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HarmonyScores {
    /// Number of tunes.
    pub tunes: usize,
    /// Number of predicted chords.
    pub events: usize,
    /// Share of chords that are the most probable one.
    pub top1: Interval,
    /// Share of chords among the three most probable ones.
    pub top3: Interval,
    /// `exp` of the mean of `-ln p`: the number of equally probable chords that would be as hard to predict.
    pub perplexity: Interval,
}

#[derive(Clone, Copy, Default)]
struct Tally {
    events: f64,
    top1: f64,
    top3: f64,
    loss: f64,
}

impl HarmonyScores {
    /// Trains on all folds but one and tests on it, for each fold; `folds` holds the fold of each tune.
    ///
    /// # Errors
    /// As [`ChordModel::train`]; fewer than two folds.
    pub fn cross_validated(tunes: &[Tune], folds: &[usize], seed: u64) -> Result<Self> {
        let count = folds.iter().max().map_or(0, |last| last + 1);
        if count < 2 || folds.len() != tunes.len() {
            return Err(Fault::new(format!("{count} folds of {} tunes for {}", folds.len(), tunes.len()))
                .why("each fold is tested with a model of the others"));
        }
        let mut tallies = Vec::new();
        for fold in 0..count {
            let part = |held: bool| {
                tunes.iter().zip(folds).filter(move |(_, of)| (**of == fold) == held).map(|(tune, _)| tune)
            };
            let model = ChordModel::train(&part(false).cloned().collect::<Vec<_>>(), seed)?;
            tallies.extend(part(true).map(|tune| tally(&model, tune)));
        }
        Ok(Self::of(&tallies, seed))
    }

    /// Scores of a model for tunes that it was not trained on.
    pub fn tested(model: &ChordModel, tunes: &[Tune], seed: u64) -> Self {
        Self::of(&tunes.iter().map(|tune| tally(model, tune)).collect::<Vec<_>>(), seed)
    }

    fn of(tallies: &[Tally], seed: u64) -> Self {
        let total = sum(tallies.iter());
        let mut random = Random::new(seed, "bootstrap");
        let drawn: Vec<Tally> = (0..1000)
            .map(|_| sum((0..tallies.len()).map(|_| &tallies[random.below(tallies.len())])))
            .collect();
        let interval = |score: &dyn Fn(&Tally) -> f64| {
            let mut values: Vec<f64> = drawn.iter().map(score).collect();
            values.sort_by(f64::total_cmp);
            Interval { value: score(&total), low: values[25], high: values[974] }
        };
        Self {
            tunes: tallies.len(),
            events: total.events as usize,
            top1: interval(&|t| t.top1 / t.events.max(1.0)),
            top3: interval(&|t| t.top3 / t.events.max(1.0)),
            perplexity: interval(&|t| libm::exp(t.loss / t.events.max(1.0))),
        }
    }
}

fn sum<'a>(tallies: impl Iterator<Item = &'a Tally>) -> Tally {
    tallies.fold(Tally::default(), |a, b| Tally {
        events: a.events + b.events,
        top1: a.top1 + b.top1,
        top3: a.top3 + b.top3,
        loss: a.loss + b.loss,
    })
}

fn tally(model: &ChordModel, tune: &Tune) -> Tally {
    let mut progression = model.start(tune.mode);
    let mut tally = Tally::default();
    for pair in tune.chords.windows(2) {
        progression.push(pair[0]);
        let next = progression.next();
        let rank = next.iter().position(|(chord, _)| *chord == pair[1]);
        let p = rank.map_or(0.0, |rank| next[rank].1);
        tally.events += 1.0;
        tally.top1 += f64::from(u8::from(rank == Some(0)));
        tally.top3 += f64::from(u8::from(rank.is_some_and(|rank| rank < 3)));
        tally.loss -= libm::log(p.max(f64::MIN_POSITIVE));
    }
    tally
}
