//! Key: tonic and mode, with the probability of each candidate.

use super::chords::{Chord, ChordQuality};
use super::chroma::TENTHS;
use super::pitch_class::PitchClass;

/// Major or minor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Major.
    Major,
    /// Minor.
    Minor,
}

/// A key profile: the frequency of each pitch class in a key, tonic first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyProfile {
    /// Kostka-Payne corpus: Temperley, Music and Probability, MIT Press 2007, table 6.1.
    #[default]
    Temperley,
    /// Ratings by listeners: Krumhansl & Kessler, Psychological Review 89(4), 1982.
    Krumhansl,
    /// 490 works: Albrecht & Shanahan, Music Perception 31(1), 2013.
    Albrecht,
    /// Electronic dance music: Faraldo et al., Key Estimation in Electronic Dance Music, ECIR 2016.
    Edma,
}

impl KeyProfile {
    pub(super) fn values(self) -> [[f64; 12]; 2] {
        match self {
            KeyProfile::Temperley => [
                [0.748, 0.060, 0.488, 0.082, 0.670, 0.460, 0.096, 0.715, 0.104, 0.366, 0.057, 0.400],
                [0.712, 0.084, 0.474, 0.618, 0.049, 0.460, 0.105, 0.747, 0.404, 0.067, 0.133, 0.330],
            ],
            KeyProfile::Krumhansl => [
                [6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88],
                [6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17],
            ],
            KeyProfile::Albrecht => [
                [0.238, 0.006, 0.111, 0.006, 0.137, 0.094, 0.016, 0.214, 0.009, 0.080, 0.008, 0.081],
                [0.220, 0.006, 0.104, 0.123, 0.019, 0.103, 0.012, 0.214, 0.062, 0.022, 0.061, 0.052],
            ],
            KeyProfile::Edma => [
                [1.00, 0.29, 0.50, 0.40, 0.60, 0.56, 0.32, 0.80, 0.31, 0.45, 0.42, 0.39],
                [1.00, 0.31, 0.44, 0.58, 0.33, 0.49, 0.29, 0.78, 0.43, 0.29, 0.53, 0.32],
            ],
        }
    }
}

/// Settings of the key estimate.
#[derive(Clone, Debug, PartialEq)]
pub struct KeySettings {
    /// The profile with which pitch classes are correlated.
    pub profile: KeyProfile,
    /// Weight of the chords relative to the pitch classes; 0 ignores them.
    pub chord_weight: f64,
}

impl Default for KeySettings {
    fn default() -> Self {
        Self { profile: KeyProfile::default(), chord_weight: 0.5 }
    }
}

/// A key and its probability.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Key {
    /// The tonic.
    pub tonic: PitchClass,
    /// The mode.
    pub mode: Mode,
    /// Probability among the 24 keys.
    pub confidence: f64,
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.tonic, if self.mode == Mode::Major { "major" } else { "minor" })
    }
}

/// The 24 keys, the most likely first. The score of a key is the correlation of the pitch classes with its profile,
/// plus the weighted fit of the chords to the key.
///
/// # Shape      in pitch-class histogram in tenths of a semitone, tuning and chords; out 24 keys, or none
/// # Edges      silence has no key
/// # Reference  Krumhansl, Cognitive Foundations of Musical Pitch, 1990 (correlation with profiles); Gómez, Tonal
/// Description of Music Audio Signals, 2006 (harmonic pitch-class profile)
pub(super) fn keys(
    histogram: &[f64; TENTHS],
    cents: f64,
    chords: &[Chord],
    settings: &KeySettings,
) -> Vec<Key> {
    ranked(&tuned(histogram, cents), chords, settings)
}

/// Like [`keys`], for pitch classes that are corrected for tuning.
pub(super) fn ranked(classes: &[f64; 12], chords: &[Chord], settings: &KeySettings) -> Vec<Key> {
    if classes.iter().sum::<f64>() <= 0.0 {
        return vec![];
    }
    let shares = chord_shares(chords);
    let profiles = settings.profile.values();
    let mut scored = vec![];
    for tonic in 0..12 {
        for (mode, profile) in [Mode::Major, Mode::Minor].into_iter().zip(&profiles) {
            let turned: [f64; 12] = std::array::from_fn(|degree| classes[(tonic + degree) % 12]);
            let chords = settings.chord_weight * fit_of_chords(&shares, tonic, mode);
            scored.push((correlation(&turned, profile) + chords, tonic, mode));
        }
    }
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    // a difference of 0.1 in correlation is a factor of e in probability
    let best = scored[0].0;
    let sum: f64 = scored.iter().map(|(score, ..)| libm::exp((score - best) * 10.0)).sum();
    let key = |(score, tonic, mode): (f64, usize, Mode)| Key {
        tonic: PitchClass::of(tonic),
        mode,
        confidence: libm::exp((score - best) * 10.0) / sum,
    };
    scored.into_iter().map(key).collect()
}

/// Folds a histogram in tenths of semitones into the twelve tuned pitch classes, by a squared cosine of 4/3 semitones.
fn tuned(histogram: &[f64; TENTHS], cents: f64) -> [f64; 12] {
    let mut classes = [0.0; 12];
    for (tenth, value) in histogram.iter().enumerate() {
        let place = tenth as f64 / 10.0 - cents / 100.0;
        for (class, sum) in classes.iter_mut().enumerate() {
            let distance = (place - class as f64 + 6.0).rem_euclid(12.0) - 6.0;
            if distance.abs() < 2.0 / 3.0 {
                let cosine = libm::cos(distance * std::f64::consts::PI * 0.75);
                *sum += value * cosine * cosine;
            }
        }
    }
    classes
}

/// The share of time of each major-like and each minor-like chord.
pub(super) fn chord_shares(chords: &[Chord]) -> [[f64; 12]; 2] {
    let mut shares = [[0.0; 12]; 2];
    for chord in chords {
        if let Some((root, quality)) = chord.root {
            let minor = matches!(quality, ChordQuality::Minor | ChordQuality::Diminished);
            shares[usize::from(minor)][root.semitones()] += chord.end_s - chord.start_s;
        }
    }
    let sum: f64 = shares.iter().flatten().sum();
    if sum > 0.0 {
        shares.iter_mut().flatten().for_each(|share| *share /= sum);
    }
    shares
}

/// The fit of chords to a key, with weights for tonic, dominant, subdominant and the other chords of the scale.
pub(super) fn fit_of_chords(shares: &[[f64; 12]; 2], tonic: usize, mode: Mode) -> f64 {
    const OF_MAJOR: [&[(usize, f64)]; 2] =
        [&[(0, 1.0), (7, 0.7), (5, 0.7), (2, 0.1)], &[(2, 0.3), (9, 0.4), (4, 0.2), (11, 0.2)]];
    const OF_MINOR: [&[(usize, f64)]; 2] =
        [&[(7, 0.7), (3, 0.3), (10, 0.4), (8, 0.3), (5, 0.1)], &[(0, 1.0), (5, 0.6), (7, 0.4)]];
    let weights = if mode == Mode::Major { OF_MAJOR } else { OF_MINOR };
    let fit = |shares: &[f64; 12], weights: &[(usize, f64)]| {
        weights.iter().map(|(degree, weight)| weight * shares[(tonic + degree) % 12]).sum::<f64>()
    };
    fit(&shares[0], weights[0]) + fit(&shares[1], weights[1])
}

fn correlation(x: &[f64; 12], y: &[f64; 12]) -> f64 {
    let mean = |values: &[f64; 12]| values.iter().sum::<f64>() / 12.0;
    let (mx, my) = (mean(x), mean(y));
    let sum = |f: &dyn Fn(usize) -> f64| (0..12).map(f).sum::<f64>();
    let product = sum(&|i| (x[i] - mx) * (y[i] - my));
    let norm = (sum(&|i| (x[i] - mx) * (x[i] - mx)) * sum(&|i| (y[i] - my) * (y[i] - my))).sqrt();
    if norm > 0.0 { product / norm } else { 0.0 }
}
