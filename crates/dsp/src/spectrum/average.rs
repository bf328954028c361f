//! Averages and holds over the spectra of many frames: a fold by bin.

use super::Scale;
use crate::decibel::decibels_to_power;

/// How the spectra of many frames are combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Averaging {
    /// One spectrum per this many frames: their mean power.
    Linear(usize),
    /// One spectrum per frame: an exponential moving average of power, with a time constant of this many frames.
    Exponential(usize),
    /// One spectrum per frame: the maximum so far.
    MaxHold,
    /// One spectrum per frame: the minimum so far.
    MinHold,
}

impl Averaging {
    /// The names that [`Averaging::by_name`] accepts.
    pub const NAMES: &'static [&'static str] = &["linear", "exponential", "max_hold", "min_hold"];

    /// Finds a method by name; `frames` is used by `linear` and `exponential`.
    ///
    /// # Edges      the error for an unknown name lists the valid ones; 0 frames are refused
    /// # Example
    /// ```
    /// use passband_dsp::spectrum::Averaging;
    /// assert_eq!(Averaging::by_name("linear", 8), Ok(Averaging::Linear(8)));
    /// assert!(Averaging::by_name("mean", 8).unwrap_err().contains("linear, exponential"));
    /// ```
    pub fn by_name(name: &str, frames: usize) -> Result<Averaging, String> {
        let averaging = match name {
            "linear" => Averaging::Linear(frames),
            "exponential" => Averaging::Exponential(frames),
            "max_hold" => Averaging::MaxHold,
            "min_hold" => Averaging::MinHold,
            _ => {
                let names = Averaging::NAMES.join(", ");
                return Err(format!("there is no averaging \"{name}\"; there are {names}"));
            }
        };
        match averaging {
            Averaging::Linear(0) | Averaging::Exponential(0) => {
                Err("averaging takes 1 frame or more".to_string())
            }
            _ => Ok(averaging),
        }
    }
}

/// Whether a spectrum is complete after adding a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// More frames are needed.
    Wait,
    /// A spectrum is complete: call [`Averager::finish`].
    Due,
}

/// The fold over frames: `start`, `add` for each frame, `finish` when [`Turn::Due`] is returned.
///
/// On every scale, power is averaged: magnitudes and amplitudes are squared, and decibels are converted to power. This
/// is known as RMS averaging: the mean of noise does not depend on the scale. Sums are f64.
///
/// # Shape      in and out `[values]`, in any constant order (for example channels × bins)
/// # Units      in and out the unit of the scale
/// # Edges      a NaN makes the mean of its bin NaN until the next start; holds ignore it
/// # Reference  Bendat & Piersol, Random Data, 4th ed., 8.5; for `exponential`, IEC 61672-1 time weighting
/// # Example
/// ```
/// use passband_dsp::spectrum::{Averager, Averaging, Scale, Turn};
/// let mut mean = Averager::start(Averaging::Linear(2), Scale::Magnitude, 1);
/// assert_eq!(mean.add(&[1.0]), Turn::Wait);
/// assert_eq!(mean.add(&[7.0]), Turn::Due);
/// let mut out = [0.0];
/// mean.finish(&mut out);
/// assert_eq!(out, [5.0]); // sqrt((1 + 49) / 2)
/// ```
#[derive(Debug, Clone)]
pub struct Averager {
    averaging: Averaging,
    scale: Scale,
    frames: u64,
    state: Vec<f64>,
    powers: Vec<f32>,
}

impl Averager {
    /// An empty fold for frames of this many values.
    pub fn start(averaging: Averaging, scale: Scale, values: usize) -> Averager {
        let mut averager =
            Averager { averaging, scale, frames: 0, state: vec![0.0; values], powers: vec![0.0; values] };
        averager.restart();
        averager
    }

    /// Removes all frames, for example after a gap in the signal.
    pub fn restart(&mut self) {
        self.frames = 0;
        self.state.fill(match self.averaging {
            Averaging::Linear(_) | Averaging::Exponential(_) => 0.0,
            Averaging::MaxHold => f64::NEG_INFINITY,
            Averaging::MinHold => f64::INFINITY,
        });
    }

    /// Number of frames folded.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Adds a frame.
    ///
    /// The exponential mean gives frame i (from 1) the weight 1 / min(i, n): the first n frames have equal weights, so
    /// that the first frame does not dominate.
    ///
    /// # Panics     if the number of values differs from that at the start
    pub fn add(&mut self, values: &[f32]) -> Turn {
        assert_eq!(values.len(), self.state.len(), "the frames of one average have one length");
        self.frames += 1;
        match self.averaging {
            Averaging::Linear(n) => {
                self.fold_powers(values, |sum, power| sum + power);
                if self.frames >= n as u64 { Turn::Due } else { Turn::Wait }
            }
            Averaging::Exponential(n) => {
                let weight = 1.0 / self.frames.min(n.max(1) as u64) as f64;
                self.fold_powers(values, |mean, power| mean + (power - mean) * weight);
                Turn::Due
            }
            Averaging::MaxHold => self.hold(values, f64::max),
            Averaging::MinHold => self.hold(values, f64::min),
        }
    }

    /// Merges the frames of another fold of the same kind, for example of another partition.
    ///
    /// # Edges
    /// an exponential mean depends on the order of its frames and cannot be merged: this is an error, as are folds of
    /// different kinds, scales or lengths
    pub fn merge(&mut self, other: &Averager) -> Result<(), String> {
        let same = self.averaging == other.averaging && self.scale == other.scale;
        if !same || self.state.len() != other.state.len() {
            return Err("only averages of one kind, scale and length can be merged".to_string());
        }
        let join: fn(f64, f64) -> f64 = match self.averaging {
            Averaging::Linear(_) => |a, b| a + b,
            Averaging::MaxHold => f64::max,
            Averaging::MinHold => f64::min,
            Averaging::Exponential(_) => {
                return Err("an exponential average depends on order and cannot be merged".to_string());
            }
        };
        self.frames += other.frames;
        for (a, b) in self.state.iter_mut().zip(&other.state) {
            *a = join(*a, *b);
        }
        Ok(())
    }

    /// Writes the spectrum of the frames so far, and returns their number. A linear mean is reset, other methods
    /// continue. Without frames, nothing is written and 0 is returned.
    ///
    /// # Panics     if the number of values differs from that at the start
    pub fn finish(&mut self, out: &mut [f32]) -> u64 {
        assert_eq!(out.len(), self.state.len(), "an average is as long as its frames");
        let frames = self.frames;
        if frames == 0 {
            return 0;
        }
        match self.averaging {
            Averaging::Linear(_) => {
                self.write_powers(out, 1.0 / frames as f64);
                self.restart();
            }
            Averaging::Exponential(_) => self.write_powers(out, 1.0),
            Averaging::MaxHold | Averaging::MinHold => {
                out.iter_mut().zip(&self.state).for_each(|(out, held)| *out = *held as f32);
            }
        }
        frames
    }

    fn fold_powers(&mut self, values: &[f32], fold: impl Fn(f64, f64) -> f64) {
        match self.scale {
            Scale::Magnitude | Scale::Amplitude => {
                for (state, value) in self.state.iter_mut().zip(values) {
                    *state = fold(*state, f64::from(*value) * f64::from(*value));
                }
            }
            Scale::Power | Scale::Density => {
                for (state, value) in self.state.iter_mut().zip(values) {
                    *state = fold(*state, f64::from(*value));
                }
            }
            Scale::Dbfs => {
                self.powers.copy_from_slice(values);
                decibels_to_power(&mut self.powers);
                for (state, power) in self.state.iter_mut().zip(&self.powers) {
                    *state = fold(*state, f64::from(*power));
                }
            }
        }
    }

    fn write_powers(&self, out: &mut [f32], factor: f64) {
        for (out, power) in out.iter_mut().zip(&self.state) {
            let power = power * factor;
            *out = match self.scale {
                Scale::Magnitude | Scale::Amplitude => power.sqrt() as f32,
                Scale::Power | Scale::Density => power as f32,
                Scale::Dbfs => power as f32,
            };
        }
        if self.scale == Scale::Dbfs {
            crate::decibel::power_to_decibels(out, Scale::FLOOR_DBFS);
        }
    }

    fn hold(&mut self, values: &[f32], keep: fn(f64, f64) -> f64) -> Turn {
        for (held, value) in self.state.iter_mut().zip(values) {
            *held = keep(*held, f64::from(*value));
        }
        Turn::Due
    }
}
