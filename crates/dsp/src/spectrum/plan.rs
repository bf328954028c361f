//! The plan that measures frames: taper, transform and scale in one pass, two channels at a time.

use super::Scale;
use super::engine::Engine;
use super::level::{Level, two_to};
use super::reading::{Pair, Reading};
use crate::fft::Processor;
use crate::taper::Taper;

/// Spectra of frames of one length, with one taper, on one [`Scale`], for all channels at once.
///
/// Two real channels are transformed as one complex signal, the first as its real part, the second as its imaginary
/// part. Each is first scaled to the same level by a power of two, which is exact, so that the crosstalk of a loud
/// channel into a quiet one is at most 2e-6 of the *quiet* one's largest bin: the result of a channel does not visibly
/// depend on the other. A channel of exact zeros gives exact silence.
///
/// Clones share the tables and have separate work space, so a plan can be cloned cheaply for each thread.
///
/// # Shape      in channels × `[length]`; out channels × `[length/2 + 1]`, channel after channel
/// # Units      in full scale (±1); out [`Scale::unit`]; bins are `rate / length` Hz apart
/// # Edges
/// any length from 1, including odd and prime lengths; silence gives 0, or [`Scale::FLOOR_DBFS`]; finite input gives
/// finite output (values beyond the range of f32 are clamped); a channel with a NaN or an infinity gives NaN in every
/// bin and does not affect other channels
/// # Agrees
/// scipy 1.17 `fft.rfft`, `signal.periodogram(scaling="density", detrend=False)`: 1e-5 of the
/// frame's largest bin
/// # Reference  Oppenheim & Schafer, Discrete-Time Signal Processing, 3rd ed., ch. 8 and 10
/// # Example
/// ```
/// use passband_dsp::{spectrum::{Scale, Spectrum}, taper::Taper};
/// let rectangular = Taper::by_name("rectangular", None).unwrap();
/// let mut spectrum = Spectrum::new(4, 8.0, &rectangular, Scale::Magnitude).unwrap();
/// let mut out = [0.0; 6];
/// spectrum.measure(&[&[1.0, 0.0, -1.0, 0.0], &[0.5; 4]], &mut out);
/// assert_eq!(out, [0.0, 2.0, 0.0, 2.0, 0.0, 0.0]); // a cosine on bin 1; a constant on bin 0
/// ```
#[derive(Clone)]
pub struct Spectrum {
    rate_hz: f64,
    taper: Taper,
    scale: Scale,
    /// The factor of `scale` on the power of bins that have a mirror image.
    gain: f64,
    /// The factor at 0 Hz and Nyquist.
    edge_gain: f64,
    processor: Processor,
    engine: Engine,
    /// Output of the second channel of a pair if there is none.
    spare: Vec<f32>,
}

impl Spectrum {
    /// A plan for frames of `length` samples at the rate `rate_hz`.
    ///
    /// # Edges
    /// a length of 0, a rate that is not above 0, and a taper that is zero almost everywhere at this length are refused
    pub fn new(length: usize, rate_hz: f64, taper: &Taper, scale: Scale) -> Result<Spectrum, String> {
        Spectrum::on(Processor::best(), length, rate_hz, taper, scale)
    }

    fn on(
        processor: Processor,
        length: usize,
        rate_hz: f64,
        taper: &Taper,
        scale: Scale,
    ) -> Result<Spectrum, String> {
        if length == 0 {
            return Err("a spectrum needs frames of 1 sample or more".to_string());
        }
        if !(rate_hz > 0.0 && rate_hz.is_finite()) {
            return Err(format!("a sample rate of {rate_hz} Hz is not a rate: it must be above 0"));
        }
        let weights = taper.weights(length);
        let sum: f64 = weights.iter().sum();
        let squares: f64 = weights.iter().map(|w| w * w).sum();
        if sum < 1e-3 {
            return Err(format!("the taper {taper} leaves nothing of a frame of {length} samples"));
        }
        let (gain, edge_gain) = match scale {
            Scale::Magnitude | Scale::Power => (1.0, 1.0),
            Scale::Amplitude | Scale::Dbfs => (4.0 / (sum * sum), 1.0 / (sum * sum)),
            Scale::Density => (2.0 / (rate_hz * squares), 1.0 / (rate_hz * squares)),
        };
        Ok(Spectrum {
            rate_hz,
            taper: *taper,
            scale,
            gain,
            edge_gain,
            processor,
            engine: Engine::new(&weights, processor),
            spare: vec![0.0; length / 2 + 1],
        })
    }

    /// Samples in a frame.
    pub fn length(&self) -> usize {
        self.engine.length()
    }

    /// Values in the spectrum of one channel: `length/2 + 1`.
    pub fn bins(&self) -> usize {
        self.length() / 2 + 1
    }

    /// Samples a second, in Hz.
    pub fn rate_hz(&self) -> f64 {
        self.rate_hz
    }

    /// The taper.
    pub fn taper(&self) -> Taper {
        self.taper
    }

    /// The scale of the values.
    pub fn scale(&self) -> Scale {
        self.scale
    }

    /// Centre frequency of a bin in Hz.
    pub fn frequency(&self, bin: usize) -> f64 {
        bin as f64 * self.rate_hz / self.length() as f64
    }

    /// Measures one frame of every channel without allocating.
    ///
    /// # Panics     if the length of a channel is not `length`, or that of `out` is not channels × bins
    pub fn measure(&mut self, channels: &[&[f32]], out: &mut [f32]) {
        let bins = self.bins();
        assert!(
            channels.iter().all(|channel| channel.len() == self.length()),
            "a frame has its plan's length"
        );
        assert_eq!(out.len(), channels.len() * bins, "the output holds channels × bins");
        for (pair, out) in channels.chunks(2).zip(out.chunks_mut(2 * bins)) {
            let (first, second) = out.split_at_mut(bins);
            match pair {
                [a, b] => match (Level::of(a, self.processor), Level::of(b, self.processor)) {
                    (Level::Rms(i), Level::Rms(j)) => self.measure_pair([a, b], [i, j], first, second),
                    (i, j) => {
                        self.measure_alone(a, i, first);
                        self.measure_alone(b, j, second);
                    }
                },
                [a] => self.measure_alone(a, Level::of(a, self.processor), first),
                _ => unreachable!("chunks of two hold one or two"),
            }
        }
    }

    fn measure_pair(&mut self, pair: [&[f32]; 2], levels: [i32; 2], first: &mut [f32], second: &mut [f32]) {
        let [i, j] = levels.map(|level| Reading::new(self.scale, self.gain, self.edge_gain, level));
        let (re, im) = self.engine.transform(pair, levels.map(|level| two_to(-level)));
        self.processor.run(Pair { re, im, first: (i, first), second: (j, second) });
    }

    fn measure_alone(&mut self, channel: &[f32], level: Level, out: &mut [f32]) {
        let rms = match level {
            Level::Silent if self.scale == Scale::Dbfs => return out.fill(Scale::FLOOR_DBFS),
            Level::Silent => return out.fill(0.0),
            Level::Broken => return out.fill(f32::NAN),
            Level::Rms(rms) => rms,
        };
        let reading = Reading::new(self.scale, self.gain, self.edge_gain, rms);
        let (re, im) = self.engine.transform([channel, channel], [two_to(-rms), 0.0]);
        self.processor.run(Pair { re, im, first: (reading, out), second: (reading, &mut self.spare) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The results of all instruction sets agree up to rounding of f32.
    #[test]
    fn every_instruction_set_reads_the_same() {
        let hann = Taper::by_name("hann", None).unwrap();
        for length in [64, 100, 255, 256, 768, 1024, 3072, 8192] {
            let tone = |pitch: f32| (0..length).map(|n| (n as f32 * pitch).sin()).collect::<Vec<f32>>();
            let (a, b) = (tone(0.1), tone(0.37));
            for &scale in Scale::ALL {
                let read = |processor| {
                    let mut spectrum = Spectrum::on(processor, length, 48000.0, &hann, scale).unwrap();
                    let mut out = vec![f32::NAN; 3 * spectrum.bins()];
                    spectrum.measure(&[&a, &b, &b], &mut out);
                    out
                };
                let best = read(Processor::best());
                for processor in Processor::all() {
                    let out = read(processor);
                    let linear = |v: f32| if scale == Scale::Dbfs { 10f32.powf(v / 20.0) } else { v };
                    let most = best.iter().map(|v| linear(*v)).fold(0.0, f32::max);
                    for (k, (x, y)) in out.iter().zip(&best).enumerate() {
                        let off = (linear(*x) - linear(*y)).abs() / most;
                        assert!(off < 3e-6, "{processor:?}, {length} samples, {scale}, value {k}: {x}, {y}");
                    }
                }
            }
        }
    }
}
