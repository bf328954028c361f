//! Spectra of frames: what is in a cut of signal, bin by bin, on the scale that is asked for.
//!
//! [`Spectrum`] is the plan for one length, taper and [`Scale`]; it measures all channels of a frame at
//! once. [`Averager`] folds the spectra of many frames into one.

mod average;
mod engine;
mod level;
mod plan;
mod reading;
mod scale;

pub use average::{Averager, Averaging, Turn};
pub use plan::Spectrum;
pub use scale::Scale;
