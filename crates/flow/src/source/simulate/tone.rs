//! A sine.

use std::f64::consts::TAU;

/// A sine, generated in segments: `sin(a + b) = sin a · cos b + cos a · sin b`, where a is the phase at the first sample
/// of the segment, and b, the same in every segment, is precomputed. Computing a sine per sample would cost as much as
/// the spectrum.
pub struct Tone {
    turns_per_sample: f64,
    level: f64,
    within: [(f64, f64); STRETCH as usize],
}

/// Samples per segment; segments start at multiples of it, so that a sample depends on its index alone.
pub const STRETCH: u64 = 256;

impl Tone {
    /// A sine of so many turns in a sample.
    pub fn new(turns_per_sample: f64, level: f64) -> Self {
        let within = std::array::from_fn(|i| phase(i as u64, turns_per_sample).sin_cos());
        Self { turns_per_sample, level, within }
    }

    /// Adds the samples of these indices.
    pub fn extend(&self, range: std::ops::Range<u64>, samples: &mut Vec<f32>) {
        let mut index = range.start;
        while index < range.end {
            let first = index - index % STRETCH;
            let end = range.end.min(first + STRETCH);
            let (sine, cosine) = phase(first, self.turns_per_sample).sin_cos();
            let (sine, cosine) = (self.level * sine, self.level * cosine);
            let within = &self.within[(index - first) as usize..(end - first) as usize];
            samples.extend(within.iter().map(|(s, c)| (sine * c + cosine * s) as f32));
            index = end;
        }
    }
}

/// The phase of a sample. Whole turns are removed first, so that it stays exact after hours.
pub fn phase(index: u64, turns_per_sample: f64) -> f64 {
    TAU * (index as f64 * turns_per_sample).fract()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(range: std::ops::Range<u64>) -> Vec<f32> {
        let mut samples = vec![];
        Tone::new(440.0 / 44_100.0, 0.5).extend(range, &mut samples);
        samples
    }

    #[test]
    fn a_tone_stays_exact_after_a_day() {
        let (early, late) = (tone(0..1000), tone(44_100 * 86_400..44_100 * 86_400 + 1000));
        for (i, (early, late)) in early.iter().zip(&late).enumerate() {
            let sine = 0.5 * (TAU * 440.0 * i as f64 / 44_100.0).sin() as f32;
            assert!((early - sine).abs() < 1e-6 && (early - late).abs() < 1e-5, "{i}: {early} {late} {sine}");
        }
    }

    #[test]
    fn a_tone_does_not_depend_on_the_block_size() {
        let parts = [0..1, 1..255, 255..700, 700..1000].map(tone);
        assert_eq!(parts.concat(), tone(0..1000));
    }
}
