//! Averages and holds over the spectra of many frames: a fold, bin by bin.

use super::Scale;
use crate::decibel::decibels_to_power;

/// How the spectra of many frames become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Averaging {
    /// One spectrum for every so many frames: their mean power.
    Linear(usize),
    /// One spectrum a frame: a mean power that forgets, with a time constant of so many frames.
    Exponential(usize),
    /// One spectrum a frame: the largest value so far.
    MaxHold,
    /// One spectrum a frame: the smallest value so far.
    MinHold,
}

impl Averaging {
    /// The names that [`Averaging::by_name`] knows.
    pub const NAMES: &'static [&'static str] = &["linear", "exponential", "max_hold", "min_hold"];

    /// Finds a way of averaging by name; `frames` is for `linear` and `exponential`.
    ///
    /// # Edges      an unknown name lists the valid ones; 0 frames are refused
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

/// Whether a spectrum is due after a frame was added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// More frames are needed first.
    Wait,
    /// Call [`Averager::finish`] now.
    Due,
}

/// The fold over frames: `start`, `add` each frame, `finish` when one is [`Turn::Due`].
///
/// Means are means of power on every scale: squares of magnitudes and amplitudes are averaged, and decibels
/// are averaged as the powers that they stand for. That is what analysers call RMS averaging: the mean of
/// noise does not depend on the scale on which one looks. Sums are kept in f64.
///
/// # Shape      in and out `[values]`, any order, the same each time (say channels × bins)
/// # Units      in and out the unit of the scale
/// # Edges      a NaN makes the mean of its bin NaN until the next start; holds pass over it
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
    /// An empty fold for frames of so many values.
    pub fn start(averaging: Averaging, scale: Scale, values: usize) -> Averager {
        let mut averager =
            Averager { averaging, scale, frames: 0, state: vec![0.0; values], powers: vec![0.0; values] };
        averager.restart();
        averager
    }

    /// Forgets all frames, as after a gap in the signal.
    pub fn restart(&mut self) {
        self.frames = 0;
        self.state.fill(match self.averaging {
            Averaging::Linear(_) | Averaging::Exponential(_) => 0.0,
            Averaging::MaxHold => f64::NEG_INFINITY,
            Averaging::MinHold => f64::INFINITY,
        });
    }

    /// How many frames it holds.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Adds one frame.
    ///
    /// An exponential mean gives frame i (from 1) the weight 1 / min(i, n): until n frames are there it is
    /// their plain mean, so that the first frame does not outweigh the rest.
    ///
    /// # Panics     if `values` has another length than at the start
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

    /// Takes in the frames of another fold of the same kind, as when partitions have folded their shares.
    ///
    /// # Edges
    /// an exponential mean depends on the order of its frames and cannot be merged: an error, as
    /// are folds of different kinds, scales or lengths
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

    /// Writes the spectrum of the frames so far and says how many they are. A linear mean starts afresh, the
    /// others go on. With no frame it writes nothing and says 0.
    ///
    /// # Panics     if `out` has another length than at the start
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
