//! Samples of the other signals, each by its index alone.

use super::{Signal, Simulate};
use std::f64::consts::TAU;

impl Simulate {
    /// A sample of any signal except tones and cavity.
    pub(super) fn sample(&self, channel: u32, index: u64) -> f32 {
        let (level, t) = (self.level.0, index as f64 / self.rate.0);
        let value = match self.signal {
            Signal::Tones | Signal::Silence | Signal::Cavity | Signal::Sensors => 0.0,
            Signal::Chirp => level * self.chirp(t),
            Signal::Noise => level * self.noise(channel, index),
            Signal::Demo => {
                let voice = if channel.is_multiple_of(2) { tune(t) } else { 0.5 * self.chirp(t) };
                level * (voice + 0.002 * self.noise(channel, index))
            }
        };
        value as f32
    }

    /// Exponential sweep (Farina 2000): each octave takes the same time.
    fn chirp(&self, t: f64) -> f64 {
        let (low, high, length) = (20.0, (self.rate.0 * 0.45).min(20_000.0), 10.0);
        let (t, k) = (t % length, f64::ln(high / low));
        (TAU * low * length / k * ((t / length * k).exp() - 1.0)).sin()
    }

    /// Gaussian noise by the Box-Muller transform (1958), from the index alone.
    fn noise(&self, channel: u32, index: u64) -> f64 {
        let [a, b] = [0, 1].map(|i| uniform(self.seed, u64::from(channel) * 2 + i, index));
        (-2.0 * (1.0 - a).ln()).sqrt() * (TAU * b).cos()
    }
}

/// A note every 400 ms with three overtones, each fading.
fn tune(t: f64) -> f64 {
    const NOTES: [f64; 8] = [0.0, 4.0, 7.0, 12.0, 16.0, 12.0, 7.0, 4.0]; // semitones above A3
    let note = NOTES[(t / 0.4) as usize % NOTES.len()];
    let (frequency, age) = (220.0 * 2f64.powf(note / 12.0), t % 0.4);
    let attack = (age / 0.01).min(1.0);
    let overtones = (1..=4).map(|n| (TAU * frequency * f64::from(n) * age).sin() / f64::from(n * n));
    attack * (-age * 5.0).exp() * overtones.sum::<f64>()
}

/// SplitMix64 (Steele, Lea and Flood 2014) of seed, row and index, as a number in [0, 1).
pub fn uniform(seed: u64, row: u64, index: u64) -> f64 {
    let mut z = seed
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .wrapping_add(row.wrapping_mul(0xd1b5_4a32_d192_ed03))
        .wrapping_add((index + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use passband_signal::Level;

    #[test]
    fn noise_has_the_level_of_the_setting() {
        let noise = Simulate { signal: Signal::Noise, level: Level(0.25), ..Simulate::default() };
        let samples: Vec<f64> = (0..100_000).map(|i| f64::from(noise.sample(1, i))).collect();
        let mean = samples.iter().sum::<f64>() / 1e5;
        let deviation = (samples.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 1e5).sqrt();
        assert!(mean.abs() < 0.003 && (deviation - 0.25).abs() < 0.003, "{mean} {deviation}");
    }
}
