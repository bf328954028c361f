//! Onsets: the times at which notes and drums begin.

use super::envelope::{OnsetEnvelope, quantile};

/// Settings of peak picking. A frame is an onset if it is the maximum from `pre_max_s` before it to `post_max_s` after
/// it, and exceeds the mean from `pre_avg_s` before it to `post_avg_s` after it by `delta`.
#[derive(Clone, Debug, PartialEq)]
pub struct OnsetSettings {
    /// Seconds.
    pub pre_max_s: f64,
    /// Seconds.
    pub post_max_s: f64,
    /// Seconds.
    pub pre_avg_s: f64,
    /// Seconds.
    pub post_avg_s: f64,
    /// Relative to the 99th percentile of the onset strength.
    pub delta: f64,
    /// Minimum time between two onsets, in seconds.
    pub wait_s: f64,
}

impl Default for OnsetSettings {
    fn default() -> Self {
        Self {
            pre_max_s: 0.03,
            post_max_s: 0.03,
            pre_avg_s: 0.1,
            post_avg_s: 0.07,
            delta: 0.07,
            wait_s: 0.03,
        }
    }
}

/// Onsets of a recording, in seconds.
///
/// # Shape      in onset strength; out ascending times
/// # Edges      silence has none
/// # Reference  Böck, Krebs & Schedl, Evaluating the Online Capabilities of Onset Detection Methods, ISMIR 2012
/// # Example
/// ```
/// use passband_dsp::music::{Flux, OnsetEnvelope, OnsetSettings, onsets};
/// let mut envelope = OnsetEnvelope::new(100.0);
/// for t in 0..200 {
///     envelope.push(Flux { all: [(50, 4.0), (130, 5.0), (133, 1.0)].iter().find(|p| p.0 == t).map_or(0.1, |p| p.1), ..Flux::default() });
/// }
/// assert_eq!(onsets(&envelope, &OnsetSettings::default()), [0.5, 1.3]);
/// ```
pub fn onsets(envelope: &OnsetEnvelope, settings: &OnsetSettings) -> Vec<f64> {
    let (strength, rate) = (envelope.strength(), envelope.frames_per_second());
    let full = quantile(strength, 0.99);
    if full <= 0.0 {
        return vec![];
    }
    let frames = |seconds: f64| (seconds * rate).round().clamp(0.0, 1e6) as usize;
    let range = |t: usize, before: f64, after: f64| {
        t.saturating_sub(frames(before))..(t + frames(after) + 1).min(strength.len())
    };
    let mut out: Vec<usize> = vec![];
    for (t, value) in strength.iter().enumerate() {
        let most = range(t, settings.pre_max_s, settings.post_max_s);
        let mean = &strength[range(t, settings.pre_avg_s, settings.post_avg_s)];
        let sum: f64 = mean.iter().map(|value| f64::from(*value)).sum();
        let threshold = sum / mean.len() as f64 + settings.delta * full;
        let waited = out.last().is_none_or(|last| t - last > frames(settings.wait_s));
        if waited && f64::from(*value) >= threshold && most.clone().all(|other| strength[other] <= *value) {
            out.push(t);
        }
    }
    out.into_iter().map(|t| t as f64 / rate).collect()
}
