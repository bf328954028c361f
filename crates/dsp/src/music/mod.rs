//! Music: what a recording as a whole, or each of its events, tells: onsets, tempo, beats, key, chords, pitch, notes.
//!
//! Each analysis is a fold: it takes samples in blocks of any length, and `finish` gives the result. What it keeps
//! meanwhile is stated under *Memory*. Arithmetic is plain f64 with functions from libm, so that results are the same on
//! every machine. Silence has no tempo, no key and no chord: results are `None`, never a default.

mod autocorrelation;
mod bands;
mod bar_pointer;
mod beats;
mod envelope;
mod folding;
mod frames;
mod onset_strength;
mod onsets;
mod rate;
mod rhythm;
mod tempo;
mod tempo_weights;

pub use bar_pointer::BarPointerSettings;
pub use beats::{BeatSettings, beats};
pub use envelope::OnsetEnvelope;
pub use onset_strength::{EDGES_HZ, Flux, OnsetStrength, OnsetStrengthSettings};
pub use onsets::{OnsetSettings, onsets};
pub use rhythm::{Rhythm, RhythmResult, RhythmSettings};
pub use tempo::{MeterProbabilities, Tempo, TempoSettings, tempo};
