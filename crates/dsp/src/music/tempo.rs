//! Tempo in beats per minute, with a second candidate and probabilities.

use super::autocorrelation::Autocorrelation;
use super::envelope::OnsetEnvelope;
use super::folding::folded;
use super::tempo_weights::{FEATURES, TYPES};

/// The candidate tempi in beats per minute: from `LOWEST` in steps of a sixtieth of an octave.
const LOWEST: f64 = 40.0;
const PER_OCTAVE: f64 = 60.0;
const TEMPI: usize = 155;

/// Multiples of the beat period at which the autocorrelation is read.
const MULTIPLES: [f64; 11] =
    [1.0 / 4.0, 1.0 / 3.0, 1.0 / 2.0, 2.0 / 3.0, 1.0, 3.0 / 2.0, 2.0, 3.0, 4.0, 6.0, 8.0];

/// Number of phases of a beat in [`folded`].
const PHASES: usize = 24;

/// Settings of [`tempo`].
#[derive(Clone, Debug, PartialEq)]
pub struct TempoSettings {
    /// Slowest candidate in beats per minute; at least 40.
    pub min_bpm: f64,
    /// Fastest candidate in beats per minute; at most 237.
    pub max_bpm: f64,
    /// Length in seconds of the windows that are averaged. The tempo should be steady within a window.
    pub window_s: f64,
}

impl Default for TempoSettings {
    fn default() -> Self {
        Self { min_bpm: LOWEST, max_bpm: 240.0, window_s: 12.0 }
    }
}

/// The tempo of a recording.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tempo {
    /// Beats per minute.
    pub bpm: f64,
    /// Probability that the true tempo is within 4 % of `bpm`, between 0 and 1.
    pub confidence: f64,
    /// The most likely tempo more than 8 % away from `bpm`, often half or twice `bpm`.
    pub second_bpm: f64,
    /// Probability of `second_bpm`.
    pub second_confidence: f64,
    /// Probabilities of the groupings and subdivisions of beats.
    pub meter: MeterProbabilities,
}

/// The grouping and subdivision of beats, as probabilities that sum to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct MeterProbabilities {
    /// Two or four beats per bar, two quavers per beat: 2/4, 4/4.
    pub duple: f64,
    /// Three beats per bar: 3/4.
    pub triple: f64,
    /// Three quavers per beat: 6/8, 9/8, 12/8, and swing.
    pub compound: f64,
}

/// Tempo of a recording.
///
/// The features of each tempo from 40 to 237 beats per minute are the autocorrelation of onset strength at multiples of
/// the beat period, and the onset strength folded at one to four beats. A multinomial logistic regression
/// (`tempo_weights.rs`) scores each tempo with each grouping and subdivision of beats. Combining pulse trains at
/// several metrical levels follows Percival & Tzanetakis.
///
/// # Shape      in onset strength; out one tempo
/// # Units      beats per minute
/// # Edges      `None` for silence, and for less than two seconds
/// # Reference  Percival & Tzanetakis, Streamlined Tempo Estimation Based on Autocorrelation and Cross-correlation with
/// Pulses, IEEE/ACM TASLP 22(12), 2014; Peeters, Template-based Estimation of Time-varying Tempo, EURASIP JASP 2007
/// # Example
/// ```
/// use passband_dsp::music::{Flux, OnsetEnvelope, TempoSettings, tempo};
/// let mut envelope = OnsetEnvelope::new(100.0);
/// for t in 0..2400 {
///     let strength = [9.0, 2.0, 6.0, 2.0][t / 25 % 4]; // strong and weak beats, weaker quavers
///     envelope.push(Flux { all: if t % 25 == 0 { strength } else { 0.0 }, ..Flux::default() });
/// }
/// let tempo = tempo(&envelope, &TempoSettings::default()).unwrap();
/// assert!((tempo.bpm / 120.0 - 1.0).abs() < 0.01, "{tempo:?}");
/// ```
pub fn tempo(envelope: &OnsetEnvelope, settings: &TempoSettings) -> Option<Tempo> {
    let salient = envelope.salient();
    let rate = envelope.frames_per_second();
    if salient.len() < (2.0 * rate) as usize || salient.iter().all(|value| *value <= 0.0) {
        return None;
    }
    let features = Evidence::of(&salient, rate, settings.window_s).features(rate);
    let allowed = |bpm: f64| bpm >= settings.min_bpm * 0.999 && bpm <= settings.max_bpm * 1.001;
    let mut scores = vec![[f64::NEG_INFINITY; 3]; TEMPI];
    for (at, (scores, features)) in scores.iter_mut().zip(&features).enumerate() {
        if allowed(bpm_at(at as f64)) {
            *scores = TYPES.each_ref().map(|(weights, bias)| {
                bias + weights.iter().zip(features).map(|(weight, feature)| weight * feature).sum::<f64>()
            });
        }
    }
    settle(&scores)
}

fn bpm_at(step: f64) -> f64 {
    LOWEST * libm::exp2(step / PER_OCTAVE)
}

/// Converts scores to probabilities and selects the two most likely tempi.
fn settle(scores: &[[f64; 3]]) -> Option<Tempo> {
    let best = scores.iter().flatten().fold(f64::NEG_INFINITY, |best, score| best.max(*score));
    if !best.is_finite() {
        return None;
    }
    let mut masses: Vec<[f64; 3]> =
        scores.iter().map(|scores| scores.map(|score| libm::exp(score - best))).collect();
    let total: f64 = masses.iter().flatten().sum();
    masses.iter_mut().flatten().for_each(|mass| *mass /= total);
    let mass_at = |at: usize| masses[at].iter().sum::<f64>();
    // within 3 %: two steps to each side
    let near = |at: usize| at.saturating_sub(2)..(at + 3).min(masses.len());
    let sum = |at: usize| near(at).map(mass_at).sum::<f64>();
    let pick = |allowed: &dyn Fn(usize) -> bool| {
        let candidates = (0..masses.len()).filter(|at| allowed(*at));
        candidates.max_by(|a, b| sum(*a).total_cmp(&sum(*b)))
    };
    // the centroid around a candidate is more precise than a step
    let centre =
        |at: usize| bpm_at(near(at).map(|i| i as f64 * mass_at(i)).sum::<f64>() / sum(at).max(1e-300));
    let first = pick(&|_| true)?;
    let second = pick(&|at| at.abs_diff(first) >= 7).unwrap_or(first);
    let kinds =
        near(first).fold([0.0; 3], |sums, at| std::array::from_fn(|kind| sums[kind] + masses[at][kind]));
    let all: f64 = kinds.iter().sum::<f64>().max(1e-300);
    let [duple, triple, compound] = kinds.map(|kind| kind / all);
    Some(Tempo {
        bpm: centre(first),
        confidence: sum(first).min(1.0),
        second_bpm: centre(second),
        second_confidence: sum(second).min(1.0),
        meter: MeterProbabilities { duple, triple, compound },
    })
}

/// Averages over the windows of a recording.
struct Evidence {
    autocorrelation: Vec<f64>,
    folds: Vec<[f64; 8]>,
}

impl Evidence {
    fn of(salient: &[f32], rate: f64, window_s: f64) -> Evidence {
        let window = ((window_s * rate) as usize).clamp(64, 1 << 16);
        let lags = window * 5 / 6;
        let mut correlation = Autocorrelation::new(window);
        let mut evidence = Evidence { autocorrelation: vec![0.0; lags], folds: vec![[0.0; 8]; TEMPI] };
        let (mut one, mut two, mut count) = (vec![0.0; lags], vec![0.0; lags], 0.0);
        let (mut bins, mut counts) = (vec![], vec![]);
        let mut start = 0;
        loop {
            let frame = &salient[start..(start + window).min(salient.len())];
            let frame: Vec<f64> = frame.iter().map(|value| f64::from(*value)).collect();
            count += 1.0;
            let mean = frame.iter().sum::<f64>() / frame.len() as f64;
            if mean > 0.0 {
                let last = (frame.len().max(2) - 1) as f64;
                let hann = |n: usize| 0.5 - 0.5 * libm::cos(std::f64::consts::TAU * n as f64 / last);
                let tapered: Vec<f64> =
                    frame.iter().enumerate().map(|(n, value)| (value - mean) * hann(n)).collect();
                correlation.pair([&tapered, &[]], [&mut one, &mut two]);
                let scale = 1.0 / one[0].max(1e-300);
                evidence.autocorrelation.iter_mut().zip(&one).for_each(|(sum, value)| *sum += value * scale);
                let level: Vec<f64> = frame.iter().map(|value| value / mean).collect();
                for (at, fold) in evidence.folds.iter_mut().enumerate() {
                    let period = 60.0 * rate / bpm_at(at as f64);
                    let mut profile = [0.0; 8];
                    folded(&level, period, PHASES, &mut bins, &mut counts);
                    let pair = |phase: usize| (bins[phase] + bins[PHASES - phase]) / 2.0;
                    profile[..5].copy_from_slice(&[bins[0], pair(4), pair(6), pair(8), bins[12]]);
                    for beats in 2..=4 {
                        folded(&level, period * beats as f64, PHASES * beats, &mut bins, &mut counts);
                        profile[3 + beats] = bins[0];
                    }
                    fold.iter_mut().zip(profile).for_each(|(sum, value)| *sum += value);
                }
            }
            start += window / 2;
            if start + window > salient.len() {
                break;
            }
        }
        evidence.autocorrelation.iter_mut().for_each(|sum| *sum /= count);
        evidence.folds.iter_mut().flatten().for_each(|sum| *sum /= count);
        evidence
    }

    /// The features of each tempo, in the order of `tempo_weights.rs`.
    fn features(&self, rate: f64) -> Vec<[f64; FEATURES]> {
        let row = |at: usize| {
            let bpm = bpm_at(at as f64);
            let period = 60.0 * rate / bpm;
            let mut row = [0.0; FEATURES];
            for (value, multiple) in row.iter_mut().zip(MULTIPLES) {
                let lag = period * multiple;
                if lag <= self.autocorrelation.len() as f64 - 2.0 {
                    let near = [lag, 0.99 * lag, 1.01 * lag].map(|lag| self.correlation(lag));
                    *value = near.iter().fold(f64::NEG_INFINITY, |most, value| most.max(*value));
                }
            }
            row[11..19].copy_from_slice(&self.folds[at]);
            let octaves = libm::log2(bpm / 110.0);
            row[19..].copy_from_slice(&[octaves, octaves * octaves]);
            row
        };
        (0..TEMPI).map(row).collect()
    }

    /// The autocorrelation at a lag between two frames.
    fn correlation(&self, lag: f64) -> f64 {
        let last = self.autocorrelation.len() - 1;
        let (whole, part) = (lag as usize, lag - lag.floor());
        let at = |lag: usize| self.autocorrelation[lag.min(last)];
        at(whole) * (1.0 - part) + at(whole + 1) * part
    }
}
