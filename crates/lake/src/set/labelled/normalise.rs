//! Normalises the level of examples.

passband_flow::choice! {
    /// How the level of each example is normalised. Silence stays silence.
    pub enum Normalise {
        /// Not at all.
        No = "no",
        /// To a peak of 1.
        Peak = "peak",
        /// To an RMS of 0.1 (-20 dBFS); peaks may then exceed 1.
        Rms = "rms",
    }
}

/// The RMS of an example.
const RMS: f64 = 0.1;

impl Normalise {
    /// Scales an example, all channels by the same gain. Padding is added later.
    pub fn level(self, samples: &mut [f32]) {
        let gain = match self {
            Self::No => return,
            Self::Peak => {
                let peak = samples.iter().fold(0.0_f32, |peak, x| peak.max(x.abs()));
                // division gives a peak of exactly 1; multiplication by the reciprocal does not
                return if peak > 0.0 {
                    samples.iter_mut().for_each(|x| *x /= peak)
                };
            }
            Self::Rms => {
                let power: f64 = samples.iter().map(|x| f64::from(*x) * f64::from(*x)).sum();
                RMS / (power / samples.len() as f64).sqrt()
            }
        };
        if gain.is_finite() {
            samples.iter_mut().for_each(|x| *x = (f64::from(*x) * gain) as f32);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_come_to_their_level_and_silence_stays() {
        let brought = |how: Normalise, samples: &[f32]| {
            let mut samples = samples.to_vec();
            how.level(&mut samples);
            samples
        };
        assert_eq!(brought(Normalise::No, &[0.3, -0.7]), [0.3, -0.7]);
        assert_eq!(brought(Normalise::Peak, &[0.35, -0.7, 0.0]), [0.5, -1.0, 0.0]);
        // a multiplication by the reciprocal would overflow
        assert_eq!(brought(Normalise::Peak, &[1e-45, -1e-45]), [1.0, -1.0]);
        let quiet = brought(Normalise::Rms, &[3e-30, -4e-30]);
        let rms = (quiet.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / 2.0).sqrt();
        assert!((rms - 0.1).abs() < 1e-8 && (quiet[1] / quiet[0] + 4.0 / 3.0).abs() < 1e-6, "{quiet:?}");
        for how in [Normalise::Peak, Normalise::Rms] {
            assert_eq!(brought(how, &[0.0, -0.0]), [0.0, 0.0]);
            assert!(brought(how, &[]).is_empty());
        }
    }
}
