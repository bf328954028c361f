//! The second derivative of MFCCs over time.

use super::cut::Cut;
use super::delta::{self, MfccDelta, Order};
use super::{Agreement, Feature};

/// Second deltas of [`MFCC`](super::MFCC)s: the second derivative of a parabola fitted to `width` frames.
///
/// `d[t] = 2·Σ s[i]·c[t + i] / Σ s[i]²`, `s[i] = i² − mean(i²)`, i from −width/2 to width/2
///
/// # Shape      in samples; out frames × `[n_mfcc]`
/// # Units      in full scale (±1); out dB per frame²
/// # Edges
/// the first and last `width / 2` rows use the first and last complete window (`mode="interp"` in librosa); fewer
/// frames than `width` form a single window, whereas librosa refuses them; silence gives 0; a NaN or an infinity makes
/// all frames NaN whose windows contain it; rows are delayed by `width / 2` frames; `top_db` needs the whole recording,
/// so a [`Stream`](super::Stream) refuses it
/// # Agrees     librosa 0.11 `feature.delta(feature.mfcc(...), order=2)`, abs 1e-4
/// # Reference  Savitzky & Golay, Analytical Chemistry 36 (1964); Furui, IEEE Trans. ASSP 34 (1986)
/// # Example
/// ```
/// use passband_dsp::feature::{Feature, Plan};
/// let settings = Feature::by_name("mfcc_delta2").unwrap().settings().with("n_mfcc", "13").unwrap();
/// let mut out = vec![];
/// Plan::new(&settings, 22050.0).unwrap().frames(&[0.0; 10000], &mut out);
/// assert_eq!(out.len(), 20 * 13);
/// assert!(out.iter().all(|value| value.abs() < 1e-6)); // silence does not change
/// ```
pub static MFCC_DELTA2: Feature = Feature {
    name: "mfcc_delta2",
    summary: "second derivative of the MFCCs over time",
    row: "n_mfcc",
    unit: "dB per frame²",
    settings: delta::OF_MFCC,
    agrees: Agreement {
        with: "librosa 0.11 feature.delta of feature.mfcc, order 2",
        relative: 0.0,
        absolute: 1e-4,
    },
    cut: Cut::tapered,
    start: |settings, rate_hz, analysis| MfccDelta::start(settings, rate_hz, analysis, Order::Second),
};
