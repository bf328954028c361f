//! The plan that measures frames of I/Q and folds them into moments.

use super::transform::{Level, Transform};
use super::{Factor, Order};
use crate::decibel::power_to_decibels;
use crate::fft::{Lines, Processor};
use crate::moments::Moments;
use crate::spectrum::Scale;
use crate::taper::Taper;

/// Two-sided spectra of complex frames of one length, with one taper, on one [`Scale`].
///
/// With `X` the transform of `w·(I + i·Q)`, `w` the taper, and the power multiplied by the [`Factor`]:
///
/// | scale | value |
/// |---|---|
/// | magnitude | `abs(X)` |
/// | power | `abs(X)²` |
/// | amplitude | `abs(X) / Σw`: the amplitude of a complex tone on the bin |
/// | density | `abs(X)² / (rate·Σw²)`: two-sided power per Hz |
/// | dbfs | `20·log10(amplitude)`, at least [`Scale::FLOOR_DBFS`] |
///
/// The transform is computed in f32, the moments in f64. Clones share the tables, so a plan can be cloned cheaply for
/// each thread.
///
/// # Shape      in `[length]` of I and of Q; out `[length]`, in the selected [`Order`]
/// # Units      in full scale (±1); out [`Scale::unit`]; bins are `rate / length` Hz apart
/// # Edges
/// any length from 1, including odd and prime lengths; silence gives 0, or [`Scale::FLOOR_DBFS`]; finite input gives
/// finite output (values beyond the range of f32 are clamped); a frame with a NaN or an infinity gives NaN in every
/// bin, and is not folded
/// # Agrees
/// scipy 1.17 `fft.fft`, `signal.periodogram(scaling="density", detrend=False, return_onesided=False)`: 1e-5 of
/// the frame's largest bin
/// # Reference  Oppenheim & Schafer, Discrete-Time Signal Processing, 3rd ed., ch. 8 and 10
/// # Example
/// ```
/// use passband_dsp::{iq::{Factor, IqSpectrum, Order}, spectrum::Scale, taper::Taper};
/// let rectangular = Taper::by_name("rectangular", None).unwrap();
/// let mut spectrum =
///     IqSpectrum::new(4, 8.0, &rectangular, Scale::Power, Factor::ONE, Order::Centred).unwrap();
/// let mut out = [0.0; 4];
/// // A tone that turns backwards, a quarter turn a sample.
/// spectrum.measure(&[1.0, 0.0, -1.0, 0.0], &[0.0, -1.0, 0.0, 1.0], &mut out);
/// assert_eq!(out, [0.0, 16.0, 0.0, 0.0]);
/// assert_eq!(spectrum.frequency(1), -2.0);
/// ```
#[derive(Clone)]
pub struct IqSpectrum {
    rate_hz: f64,
    taper: Taper,
    scale: Scale,
    factor: Factor,
    order: Order,
    /// The factor on `abs(X)²`.
    gain: f64,
    transform: Transform,
    /// The spectrum of the current frame.
    row: Lines,
}

/// The outcome of [`IqSpectrum::fold`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Folded {
    /// Number of frames added to the moments.
    pub frames: u64,
    /// Number of frames refused because they contain a NaN or an infinity.
    pub refused: u64,
    /// Number of samples after the last complete frame, which are not processed.
    pub left_over: usize,
}

impl IqSpectrum {
    /// A plan for frames of `length` complex samples at the rate `rate_hz`.
    ///
    /// # Edges
    /// a length of 0, a rate that is not above 0, and a taper that is zero almost everywhere at this length are refused
    pub fn new(
        length: usize,
        rate_hz: f64,
        taper: &Taper,
        scale: Scale,
        factor: Factor,
        order: Order,
    ) -> Result<IqSpectrum, String> {
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
        let gain = match scale {
            Scale::Magnitude | Scale::Power => 1.0,
            Scale::Amplitude | Scale::Dbfs => 1.0 / (sum * sum),
            Scale::Density => 1.0 / (rate_hz * squares),
        };
        Ok(IqSpectrum {
            rate_hz,
            taper: *taper,
            scale,
            factor,
            order,
            gain: gain * factor.value,
            transform: Transform::new(&weights, Processor::best()),
            row: Lines::new(length),
        })
    }

    /// Number of samples in a frame.
    pub fn length(&self) -> usize {
        self.transform.length()
    }

    /// Number of values in a spectrum, which is the number of samples in a frame.
    pub fn bins(&self) -> usize {
        self.length()
    }

    /// The sample rate in Hz.
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

    /// The factor on power.
    pub fn factor(&self) -> Factor {
        self.factor
    }

    /// The order of the bins.
    pub fn order(&self) -> Order {
        self.order
    }

    /// Centre frequency of a bin, in Hz relative to the local oscillator.
    pub fn frequency(&self, bin: usize) -> f64 {
        self.order.step(bin, self.length()) as f64 * self.rate_hz / self.length() as f64
    }

    /// Measures one frame without allocating.
    ///
    /// # Panics     if the length of `i`, `q` or `out` is not `length`
    pub fn measure(&mut self, i: &[f32], q: &[f32], out: &mut [f32]) {
        let length = self.length();
        assert!(i.len() == length && q.len() == length, "a frame has its plan's length");
        assert_eq!(out.len(), length, "the output holds a value for every bin");
        match self.transform.power(i, q, self.order, out) {
            Level::Broken => out.fill(f32::NAN),
            Level::Times(unit) => read(self.scale, self.gain * unit, out),
        }
    }

    /// Measures contiguous frames without allocating, and folds each into `moments`. The distribution of frames over
    /// calls changes the result only by rounding of f64.
    ///
    /// # Shape      in `[frames × length]` of I and of Q, and any remaining samples; `moments` of `length` bins
    /// # Edges      a frame with a NaN or an infinity is skipped and counted
    /// # Panics     if `i` and `q` differ in length, or `moments` does not have `length` bins
    /// # Example
    /// ```
    /// use passband_dsp::iq::{Factor, IqSpectrum, Order};
    /// use passband_dsp::{moments::Moments, spectrum::Scale, taper::Taper};
    /// let none = Taper::by_name("rectangular", None).unwrap();
    /// let mut spectrum = IqSpectrum::new(2, 1.0, &none, Scale::Power, Factor::ONE, Order::Centred).unwrap();
    /// let mut moments = Moments::start(2);
    /// let folded = spectrum.fold(&[1.0, 1.0, 2.0, 2.0, 0.5], &[0.0; 5], &mut moments);
    /// assert_eq!((folded.frames, folded.left_over), (2, 1));
    /// assert_eq!(moments.mean(), [0.0, 10.0]); // of 4 and 16, at 0 Hz
    /// ```
    pub fn fold(&mut self, i: &[f32], q: &[f32], moments: &mut Moments) -> Folded {
        let length = self.length();
        assert_eq!(i.len(), q.len(), "every sample of I has one of Q");
        assert_eq!(moments.bins(), length, "the moments have a place for every bin");
        let mut folded = Folded { left_over: i.len() % length, ..Folded::default() };
        for (i, q) in i.chunks_exact(length).zip(q.chunks_exact(length)) {
            let row = self.row.as_mut();
            match (self.transform.power(i, q, self.order, row), self.scale) {
                (Level::Broken, _) => {
                    folded.refused += 1;
                    continue;
                }
                // The gain is applied to the moments, in f64.
                (Level::Times(unit), Scale::Power | Scale::Density) => {
                    moments.add_times(self.gain * unit, row);
                }
                (Level::Times(unit), Scale::Magnitude | Scale::Amplitude | Scale::Dbfs) => {
                    read(self.scale, self.gain * unit, row);
                    moments.add(row);
                }
            }
            folded.frames += 1;
        }
        folded
    }
}

/// Converts `abs(X)²` to the value of the scale.
fn read(scale: Scale, gain: f64, powers: &mut [f32]) {
    let most = f64::from(f32::MAX);
    match scale {
        Scale::Power | Scale::Density => {
            powers.iter_mut().for_each(|x| *x = (f64::from(*x) * gain).min(most) as f32);
        }
        Scale::Magnitude | Scale::Amplitude => {
            powers.iter_mut().for_each(|x| *x = (f64::from(*x) * gain).sqrt().min(most) as f32);
        }
        Scale::Dbfs => {
            powers.iter_mut().for_each(|x| *x = (f64::from(*x) * gain).min(most) as f32);
            power_to_decibels(powers, Scale::FLOOR_DBFS);
        }
    }
}
