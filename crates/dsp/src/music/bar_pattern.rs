//! The bar pattern: onset strength by position in the bar.

use super::envelope::OnsetEnvelope;

/// Steps in a beat.
const STEPS_PER_BEAT: usize = 4;

/// Onset strength over the course of a bar, four steps per beat: 16 in 4/4, 12 in 3/4.
#[derive(Clone, Debug, PartialEq)]
pub struct BarPattern {
    /// Over all bands; the strongest step is 1.
    pub all: Vec<f64>,
    /// Below 150 Hz; the strongest step is 1, or all are 0.
    pub low: Vec<f64>,
    /// Bars that were averaged.
    pub bars: usize,
}

/// Maximum onset strength around each step, averaged over all bars.
///
/// # Shape      in downbeats in seconds; out four steps per beat
/// # Edges      `None` without a whole bar, and for silence
/// # Reference  after Dixon, Gouyon & Widmer, Towards Characterisation of Music via Rhythmic Patterns, ISMIR 2004
/// # Example
/// ```
/// use passband_dsp::music::{Flux, OnsetEnvelope, bar_pattern};
/// let mut envelope = OnsetEnvelope::new(100.0);
/// for t in 0..900 {
///     // Two seconds a bar: an onset on each beat, and a strong one on the first.
///     let all = if t % 200 == 0 { 4.0 } else if t % 50 == 0 { 1.0 } else { 0.0 };
///     envelope.push(Flux { all, ..Flux::default() });
/// }
/// let pattern = bar_pattern(&envelope, &[0.0, 2.0, 4.0, 6.0, 8.0], 4).unwrap();
/// assert_eq!(pattern.all[..5], [1.0, 0.0, 0.0, 0.0, 0.25]);
/// assert_eq!((pattern.all.len(), pattern.bars), (16, 4));
/// ```
pub fn bar_pattern(envelope: &OnsetEnvelope, downbeats: &[f64], beats_per_bar: usize) -> Option<BarPattern> {
    let steps = STEPS_PER_BEAT * beats_per_bar.max(1);
    let rate = envelope.frames_per_second();
    let bars: Vec<&[f64]> = downbeats.windows(2).filter(|bar| bar[1] > bar[0]).collect();
    let profile = |strength: &[f32]| -> Vec<f64> {
        let mut sums = vec![0.0; steps];
        for bar in &bars {
            let step_s = (bar[1] - bar[0]) / steps as f64;
            for (step, sum) in sums.iter_mut().enumerate() {
                let centre = bar[0] + step as f64 * step_s;
                let frame = |s: f64| ((s * rate).round().max(0.0) as usize).min(strength.len());
                let near = &strength[frame(centre - step_s / 2.0)..frame(centre + step_s / 2.0)];
                *sum += near.iter().fold(0.0, |most: f64, value| most.max(f64::from(*value)));
            }
        }
        let most = sums.iter().fold(0.0, |most: f64, sum| most.max(*sum));
        sums.iter().map(|sum| if most > 0.0 { sum / most } else { 0.0 }).collect()
    };
    let (all, low) = (profile(envelope.strength()), profile(envelope.low_strength()));
    let sounds = all.iter().any(|value| *value > 0.0);
    (sounds && !bars.is_empty()).then_some(BarPattern { all, low, bars: bars.len() })
}
