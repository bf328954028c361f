//! Pure mathematics over slices: tapers, spectra, features, averages, moments, baselines, lines. No I/O, no clock, no
//! threads.
//!
//! ```
//! use passband_dsp::spectrum::{Scale, Spectrum};
//! use passband_dsp::taper::Taper;
//!
//! // A full-scale sine of 1 kHz, 64 samples at 8 kHz: on bin 8 it reads 0 dBFS.
//! let sine: Vec<f32> = (0..64).map(|n| (std::f32::consts::TAU * n as f32 / 8.0).sin()).collect();
//! let hann = Taper::by_name("hann", None).unwrap();
//! let mut spectrum = Spectrum::new(64, 8000.0, &hann, Scale::Dbfs).unwrap();
//! let mut out = vec![0.0; spectrum.bins()];
//! spectrum.measure(&[&sine], &mut out);
//! assert_eq!(spectrum.frequency(8), 1000.0);
//! assert!(out[8].abs() < 0.001);
//! ```

pub mod aggregate;
pub mod baseline;
pub mod decibel;
pub mod feature;
mod fft;
pub mod iq;
pub mod line;
pub mod medians;
pub mod moments;
pub mod music;
pub mod noise;
pub mod resample;
pub mod running;
pub mod spectrum;
pub mod taper;

/// The version of all results of [`feature`] and [`music`]. It is incremented whenever one of them changes, so that a
/// table shows which of its rows are comparable.
pub const FEATURE_VERSION: u32 = 1;
