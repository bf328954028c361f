//! The model of the next chord.

use super::experts::{CLASSES, Corpus, EXPERTS, K, Past};
use super::label::{Degree, Key, Mode, degrees};
use super::mixture::{self, Event, Weights};
use crate::random::Random;
use passband_signal::{Fault, Result};
use serde::{Deserialize, Serialize};

const FORMAT: &str = "passband-chord-model";
const VERSION: u32 = 1;
/// Folds of tunes within the training set, whose predictions the weights are fitted to.
const FOLDS: usize = 10;
/// Events that the weights are fitted to at most; more do not change them.
const MOST_EVENTS: usize = 20_000;

/// The chords of a tune, without repetitions of a chord, relative to its key ([`degrees`]).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tune {
    /// Major or minor.
    pub mode: Mode,
    /// The chords.
    pub chords: Vec<Degree>,
}

impl Tune {
    /// A tune from labels of chords in a key.
    ///
    /// # Errors
    /// A label that is no chord.
    pub fn new(labels: &[impl AsRef<str>], key: Key) -> Result<Self> {
        Ok(Self { mode: key.mode, chords: degrees(labels, key)? })
    }
}

/// Predicts the next chord from those before it.
///
/// Contexts of up to six chords in the training tunes and in the tune itself, and its longest repetition, give a
/// distribution each; a log-linear mixture combines them, with weights fitted to tunes outside of the counts. A chord
/// is a degree above the tonic, so that the key does not matter. The model contains the chords of its training tunes.
///
/// ```
/// use passband_learn::{ChordModel, Key, Tune};
/// let key: Key = "C major".parse()?;
/// let tune = Tune::new(&["C", "F", "G7", "C", "F", "G7", "C"], key)?;
/// let model = ChordModel::train(&vec![tune; 20], 0)?;
/// let next = model.predict(&["G:maj", "C:maj"], "G major".parse()?)?;
/// assert_eq!(next[0].0, "D:7");
/// assert!(next[0].1 > 0.8);
/// # Ok::<(), passband_signal::Fault>(())
/// ```
pub struct ChordModel {
    tunes: Vec<Tune>,
    weights: Weights,
    seed: u64,
    corpus: Corpus,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    format: String,
    version: u32,
    seed: u64,
    weights: Weights,
    tunes: Vec<Tune>,
}

impl ChordModel {
    /// A model of these tunes. The same tunes and seed give the same model.
    ///
    /// # Errors
    /// Fewer than two tunes with two chords or more; a chord that follows itself.
    pub fn train(tunes: &[Tune], seed: u64) -> Result<Self> {
        let tunes: Vec<Tune> = tunes.iter().filter(|tune| tune.chords.len() > 1).cloned().collect();
        if tunes.len() < 2 {
            return Err(Fault::new(format!("{} tunes with two chords or more", tunes.len()))
                .why("weights are fitted to tunes outside of the counts")
                .fix("use more tunes; ten give a rough model, a hundred a fair one"));
        }
        check(&tunes)?;
        let mut order: Vec<usize> = (0..tunes.len()).collect();
        Random::new(seed, "chords").shuffle(&mut order);
        let folds = FOLDS.min(tunes.len());
        let mut events = Vec::new();
        for fold in 0..folds {
            let inside = |held: bool| {
                let of_fold = move |(i, _): &(usize, &usize)| (i % folds == fold) == held;
                order.iter().enumerate().filter(of_fold).map(|(_, &tune)| &tunes[tune])
            };
            let corpus = Corpus::new(inside(false).map(|tune| (tune.mode, tune.chords.as_slice())));
            for tune in inside(true) {
                if events.len() < MOST_EVENTS * (fold + 1) / folds {
                    events.extend(events_of(&corpus, tune));
                }
            }
        }
        Ok(Self::assembled(tunes, mixture::fit(&events), seed))
    }

    fn assembled(tunes: Vec<Tune>, weights: Weights, seed: u64) -> Self {
        let corpus = Corpus::new(tunes.iter().map(|tune| (tune.mode, tune.chords.as_slice())));
        Self { tunes, weights, seed, corpus }
    }

    /// A progression without chords yet, to which chords are added as they come.
    pub fn start(&self, mode: Mode) -> Progression<'_> {
        Progression { past: Past::new(&self.corpus, mode), weights: &self.weights }
    }

    /// Labels and probabilities of the next chord after these in a key, the most probable first.
    ///
    /// # Errors
    /// A label that is no chord.
    pub fn predict(&self, labels: &[impl AsRef<str>], key: Key) -> Result<Vec<(String, f64)>> {
        let mut progression = self.start(key.mode);
        degrees(labels, key)?.into_iter().for_each(|chord| progression.push(chord));
        let next = progression.next().into_iter();
        Ok(next.map(|(chord, p)| (chord.label(key), p)).collect())
    }

    /// Number of training tunes.
    pub fn tunes(&self) -> usize {
        self.tunes.len()
    }

    /// The model as JSON. The same model gives the same bytes.
    pub fn to_json(&self) -> String {
        let stored = Stored {
            format: FORMAT.to_owned(),
            version: VERSION,
            seed: self.seed,
            weights: self.weights.clone(),
            tunes: self.tunes.clone(),
        };
        // Fails only for maps with keys that are not text, of which there are none.
        serde_json::to_string(&stored).unwrap_or_default() + "\n"
    }

    /// Reads a model.
    ///
    /// # Errors
    /// Text that is no chord model, another version, weights or chords that do not exist.
    pub fn from_json(text: &str) -> Result<Self> {
        let broken = |why: String| {
            Fault::new("the chord model cannot be read")
                .why(why)
                .fix("copy the file again, or train it again")
        };
        let stored: Stored = serde_json::from_str(text).map_err(|e| broken(e.to_string()))?;
        if stored.format != FORMAT || stored.version != VERSION {
            let found = format!("it is {} {}, not {FORMAT} {VERSION}", stored.format, stored.version);
            return Err(broken(found));
        }
        let row = |row: &Vec<f32>| row.len() == CLASSES && row.iter().all(|w| w.is_finite());
        if stored.weights.len() != EXPERTS || !stored.weights.iter().all(row) {
            return Err(broken(format!("its weights are not {EXPERTS} times {CLASSES} numbers")));
        }
        check(&stored.tunes).map_err(|fault| broken(fault.reason()))?;
        Ok(Self::assembled(stored.tunes, stored.weights, stored.seed))
    }
}

fn check(tunes: &[Tune]) -> Result<()> {
    for (at, Tune { chords, .. }) in tunes.iter().enumerate() {
        if let Some(chord) = chords.iter().find(|chord| chord.index() >= K) {
            return Err(Fault::new(format!("chord {} of tune {at} is not among the {K} classes", chord.0)));
        }
        if let Some(pair) = chords.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(Fault::new(format!("chord {} follows itself in tune {at}", pair[0]))
                .why("a run of one chord is one event")
                .fix("merge runs of equal chords"));
        }
    }
    Ok(())
}

/// All places of a tune but the first, with their predictions.
fn events_of<'a>(corpus: &'a Corpus, tune: &'a Tune) -> impl Iterator<Item = Event> + 'a {
    let mut past = Past::new(corpus, tune.mode);
    tune.chords.windows(2).map(move |pair| {
        past.push(pair[0]);
        Event { opinions: past.opinions(), last: pair[0], next: pair[1] }
    })
}

/// The chords of a tune so far.
pub struct Progression<'a> {
    past: Past<'a>,
    weights: &'a Weights,
}

impl Progression<'_> {
    /// Appends a chord. The chord that sounds already is not appended again.
    pub fn push(&mut self, chord: Degree) {
        if self.past.last() != Some(chord) {
            self.past.push(chord);
        }
    }

    /// Probabilities of all chords in the order of their number; the one that sounds now has 0. Their sum is 1.
    pub fn probabilities(&self) -> [f64; Degree::COUNT] {
        mixture::mix(self.weights, &self.past.opinions(), self.past.last())
    }

    /// All chords with a probability above 0, the most probable first.
    pub fn next(&self) -> Vec<(Degree, f64)> {
        let p = self.probabilities();
        let mut chords: Vec<_> = (0..K).map(|i| (Degree(i as u8), p[i])).filter(|(_, p)| *p > 0.0).collect();
        chords.sort_by(|a, b| b.1.total_cmp(&a.1));
        chords
    }
}
