//! Spectra of I/Q: a complex signal whose real part (I) and imaginary part (Q) are two slices.
//!
//! [`IqSpectrum`] is the plan for a length, taper, [`Scale`](crate::spectrum::Scale), [`Factor`] and [`Order`]. It
//! measures single frames, or folds many frames directly into their [`Moments`](crate::moments::Moments).

mod factor;
mod order;
mod plan;
mod power;
mod transform;

pub use factor::{FACTORS, Factor};
pub use order::Order;
pub use plan::{Folded, IqSpectrum};
