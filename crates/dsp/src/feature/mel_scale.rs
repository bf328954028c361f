//! Mel scales: perceptual scales of pitch.

/// A mel scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum MelScale {
    /// Linear below 1000 Hz, logarithmic above: Slaney, Auditory Toolbox (1998).
    Slaney,
    /// `2595·log10(1 + f / 700)`: O'Shaughnessy (1987), as in HTK.
    Htk,
}

/// Hz per mel below the break frequency of Slaney's scale, and the break frequency.
const SLANEY_STEP: f64 = 200.0 / 3.0;
const SLANEY_BEND_HZ: f64 = 1000.0;
const SLANEY_BEND_MEL: f64 = SLANEY_BEND_HZ / SLANEY_STEP;

// logarithms and powers by `libm`, not by the platform library: the tables are the same on every machine
impl MelScale {
    fn of_hz(self, hz: f64) -> f64 {
        match self {
            MelScale::Htk => 2595.0 * libm::log10(1.0 + hz / 700.0),
            MelScale::Slaney if hz >= SLANEY_BEND_HZ => {
                SLANEY_BEND_MEL + libm::log(hz / SLANEY_BEND_HZ) / slaney_log_step()
            }
            MelScale::Slaney => hz / SLANEY_STEP,
        }
    }

    fn to_hz(self, mel: f64) -> f64 {
        match self {
            MelScale::Htk => 700.0 * (libm::pow(10.0, mel / 2595.0) - 1.0),
            MelScale::Slaney if mel >= SLANEY_BEND_MEL => {
                SLANEY_BEND_HZ * libm::exp(slaney_log_step() * (mel - SLANEY_BEND_MEL))
            }
            MelScale::Slaney => SLANEY_STEP * mel,
        }
    }

    /// Frequencies in Hz that are evenly spaced on the scale, including both ends. `points` is at least 2.
    pub(super) fn spread(self, fmin: f64, fmax: f64, points: usize) -> Vec<f64> {
        let (low, high) = (self.of_hz(fmin), self.of_hz(fmax));
        let step = (high - low) / (points - 1) as f64;
        (0..points).map(|i| self.to_hz(if i + 1 == points { high } else { low + i as f64 * step })).collect()
    }
}

/// The logarithm of the ratio per mel above the break frequency: 27 mels are a factor of 6.4.
fn slaney_log_step() -> f64 {
    libm::log(6.4) / 27.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of librosa 0.11 `hz_to_mel` and `mel_to_hz`.
    #[test]
    fn the_scales_are_librosas() {
        for (scale, hz, mel) in [
            (MelScale::Slaney, 60.0, 0.9),
            (MelScale::Slaney, 440.0, 6.6),
            (MelScale::Slaney, 1000.0, 15.0),
            (MelScale::Slaney, 6400.0, 42.0),
            (MelScale::Htk, 700.0, 781.172_838_748_031_1),
            (MelScale::Htk, 0.0, 0.0),
        ] {
            assert!((scale.of_hz(hz) - mel).abs() < 1e-9, "{scale:?}, {hz} Hz: {}", scale.of_hz(hz));
            assert!((scale.to_hz(mel) - hz).abs() < 1e-9, "{scale:?}, {mel} mel: {}", scale.to_hz(mel));
        }
    }
}
