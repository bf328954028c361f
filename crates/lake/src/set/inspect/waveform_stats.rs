//! Statistics of a waveform: peak, clipping, non-finite samples.

/// Statistics of samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WaveformStats {
    /// The greatest finite magnitude.
    pub peak: f32,
    /// Whether all samples are finite.
    pub finite: bool,
    /// The longest run at full scale in any channel.
    pub clipped: usize,
}

/// Full scale, allowing for rounding to 16 bits.
pub const FULL: f32 = 0.9999;
/// −60 dBFS.
pub const SILENT: f32 = 0.001;
/// The minimum run of samples at full scale that counts as clipping; a normalised peak is shorter.
pub const RUN: usize = 3;

/// Measures interleaved samples.
pub fn measure(samples: &[f32], channels: usize) -> WaveformStats {
    // the bit patterns of magnitudes are ordered, non-finite ones last: a single pass finds both
    let most = samples.iter().fold(0, |most, x| most.max(magnitude(*x)));
    let finite = most < f32::INFINITY.to_bits();
    let peak = match finite {
        true => f32::from_bits(most),
        false => samples.iter().filter(|x| x.is_finite()).fold(0.0, |most: f32, x| most.max(x.abs())),
    };
    let clipped = if peak < FULL && finite { 0 } else { longest_run(samples, channels.max(1)) };
    WaveformStats { peak, finite, clipped }
}

fn magnitude(x: f32) -> u32 {
    x.to_bits() & 0x7fff_ffff
}

fn longest_run(samples: &[f32], channels: usize) -> usize {
    let (mut runs, mut longest) = (vec![0; channels], 0);
    for frame in samples.chunks(channels) {
        for (run, x) in runs.iter_mut().zip(frame) {
            *run = if x.abs() >= FULL { *run + 1 } else { 0 };
            longest = longest.max(*run);
        }
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peaks_runs_and_what_is_not_finite() {
        let sound = |peak, finite, clipped| WaveformStats { peak, finite, clipped };
        assert_eq!(measure(&[], 1), sound(0.0, true, 0));
        assert_eq!(measure(&[0.5, -0.75, -0.0], 1), sound(0.75, true, 0));
        assert_eq!(measure(&[1.0, -1.0, 0.99995, 0.0, 1.0], 1), sound(1.0, true, 3));
        // channels are measured separately
        assert_eq!(measure(&[1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 1.0, 1.0], 2), sound(1.0, true, 2));
        assert_eq!(measure(&[0.25, f32::NAN, -0.5], 1), sound(0.5, false, 0));
        assert_eq!(measure(&[f32::NEG_INFINITY; 4], 1), sound(0.0, false, 4));
        assert_eq!(measure(&[1.0], 0), sound(1.0, true, 1));
    }
}
