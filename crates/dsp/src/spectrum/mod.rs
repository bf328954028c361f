//! Spectra of frames by bin, on a selectable scale.
//!
//! [`Spectrum`] is the plan for a length, taper and [`Scale`]; it measures all channels of a frame at once.
//! [`Averager`] folds the spectra of many frames into one.

mod average;
mod engine;
mod level;
mod plan;
mod reading;
mod scale;

pub use average::{Averager, Averaging, Turn};
pub use plan::Spectrum;
pub use scale::Scale;
