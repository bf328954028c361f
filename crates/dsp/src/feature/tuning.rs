//! The deviation of the tuning from A440: librosa's `estimate_tuning`.

use super::chroma_bank::octaves;

/// Range of pitches that are used, in Hz.
const LEAST_HZ: f64 = 150.0;
const MOST_HZ: f64 = 4000.0;

/// A peak is used if it exceeds this share of the maximum of its frame.
const THRESHOLD: f64 = 0.1;

/// Number of histogram steps per pitch class.
const STEPS: usize = 100;

/// The most frequent deviation of the peaks of spectra, in pitch classes from −½ to ½.
pub(super) fn estimate<'a>(
    spectra: impl Iterator<Item = &'a [f32]>,
    n_fft: usize,
    rate_hz: f64,
    classes: f64,
) -> f64 {
    let bin_hz = rate_hz / n_fft as f64;
    let mut peaks: Vec<(f64, f64)> = vec![];
    for spectrum in spectra {
        let greatest = spectrum.iter().copied().fold(0.0, f32::max);
        peaks.extend(
            (1..spectrum.len())
                .filter_map(|bin| peak(spectrum, bin, THRESHOLD * f64::from(greatest), (bin_hz, rate_hz))),
        );
    }
    let mut sizes: Vec<f64> = peaks.iter().map(|(size, _)| *size).collect();
    if sizes.is_empty() {
        return 0.0;
    }
    let median = median(&mut sizes);
    let mut counts = [0; STEPS];
    for (_, pitch) in peaks.iter().filter(|(size, _)| *size >= median) {
        let deviation = (classes * octaves(*pitch)).rem_euclid(1.0);
        let deviation = if deviation >= 0.5 { deviation - 1.0 } else { deviation };
        let step = ((deviation + 0.5) * STEPS as f64) as usize;
        counts[step.min(STEPS - 1)] += 1;
    }
    let most = (0..STEPS).rev().max_by_key(|step| counts[*step]).unwrap_or_default();
    most as f64 / STEPS as f64 - 0.5
}

/// Magnitude and pitch of a peak at this bin, by a parabola through the bin and its neighbours.
fn peak(spectrum: &[f32], bin: usize, threshold: f64, (bin_hz, rate_hz): (f64, f64)) -> Option<(f64, f64)> {
    let hz = bin as f64 * bin_hz;
    let last = bin + 1 == spectrum.len();
    if !(LEAST_HZ..MOST_HZ.min(rate_hz / 2.0)).contains(&hz) {
        return None;
    }
    // values up to the threshold count as 0, and so does NaN
    let above = |x: f64| if x > threshold { x } else { 0.0 };
    let x = f64::from(spectrum[bin]);
    let before = f64::from(spectrum[bin - 1]);
    let after = spectrum.get(bin + 1).map(|x| f64::from(*x));
    let peak = above(x) > above(before) && after.is_none_or(|after| above(x) >= above(after));
    if !peak {
        return None;
    }
    let after = after.unwrap_or(x);
    let (bend, slope) = (after + before - 2.0 * x, (after - before) / 2.0);
    let shift = if last || slope.abs() >= bend.abs() { 0.0 } else { -slope / bend };
    Some((x + 0.5 * slope * shift, (bin as f64 + shift) * bin_hz))
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let half = values.len() / 2;
    if values.len() % 2 == 1 { values[half] } else { (values[half - 1] + values[half]) / 2.0 }
}
