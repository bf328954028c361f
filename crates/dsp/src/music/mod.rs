//! Music analysis of whole recordings: onsets, tempo, beats, key, chords, pitch, notes.
//!
//! Each analysis is a fold: it accepts samples in blocks of any length, and `finish` returns the result. Its state is
//! documented under *Memory*. Arithmetic is plain f64 with functions from libm, so that results are the same on every
//! machine. Silence has no tempo, no key and no chord: results are `None`, never a default.

mod analyses;
mod analyzer;
mod autocorrelation;
mod bands;
mod bar_pattern;
mod bar_pointer;
mod bars;
mod beats;
mod chords;
mod chroma;
mod decimator;
mod envelope;
mod fingerprint;
mod folding;
mod frames;
mod harmony;
mod key;
mod local_keys;
mod log_spectrum;
mod loudness;
mod monitor;
mod note_dictionary;
mod notes;
mod onset_strength;
mod onsets;
mod pitch;
mod pitch_class;
mod pitch_path;
mod rate;
mod rhythm;
mod spectral_peaks;
mod structure;
mod tempo;
mod tempo_curve;
mod tempo_weights;
mod tuning;

pub use analyses::{ANALYSES, Analysis, Found, Outcome, OutcomeKind};
pub use analyzer::{MusicAnalyzer, MusicResult, Stage};
pub use bar_pattern::{BarPattern, bar_pattern};
pub use bar_pointer::BarPointerSettings;
pub use bars::{BarSettings, Bars, bars};
pub use beats::{BeatSettings, beats};
pub use chords::{Chord, ChordQuality, ChordSettings, Chords};
pub use chroma::{Chroma, ChromaSettings, NnlsChroma};
pub use envelope::OnsetEnvelope;
pub use fingerprint::{Fingerprint, FingerprintMatch, Fingerprinter};
pub use harmony::{Harmony, HarmonyResult, HarmonySettings};
pub use key::{Key, KeyProfile, KeySettings, Mode};
pub use local_keys::{LocalKey, LocalKeySettings};
pub use loudness::{LiveLoudness, Loudness, LoudnessResult};
pub use monitor::{MusicMonitor, MusicState};
pub use notes::{Note, NoteSettings, Notes};
pub use onset_strength::{EDGES_HZ, Flux, OnsetStrength, OnsetStrengthSettings};
pub use onsets::{OnsetSettings, onsets};
pub use pitch::{Pitch, PitchMethod, PitchSettings, PitchTracker};
pub use pitch_class::PitchClass;
pub use rhythm::{Rhythm, RhythmResult, RhythmSettings};
pub use structure::{StructureSettings, borders};
pub use tempo::{MeterProbabilities, Tempo, TempoSettings, tempo};
pub use tempo_curve::{TempoCurve, tempo_curve};
pub use tuning::Tuning;
