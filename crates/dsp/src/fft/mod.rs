//! An FFT for lengths that are powers of two and three times these. Real and imaginary parts are separate, so that two
//! real channels form a complex signal without copying.
//!
//! With W lanes, a length N = W·M is computed in three steps (Cooley & Tukey 1965; lanes as in Bailey's four-step
//! method, 1990):
//! 1. Row m of the signal consists of its samples W·m to W·m + W − 1, one per lane. Each lane transforms its own M
//!    numbers with butterflies of 8, 4 and 3, without shuffling. The first stage reads the channels and applies the
//!    taper; the others run in place on parts that fit the L1 cache.
//! 2. Each row is multiplied by the twiddle factors of its lanes.
//! 3. Blocks of W×W are transposed and transformed by one butterfly of W, which results in natural order.

mod butterfly;
mod lanes;
mod lines;
mod pass;
mod plan;
mod processor;

pub(crate) use lanes::{Lanes, Plain};
pub(crate) use lines::Lines;
pub(crate) use plan::{Job, Plan, PowerJob};
pub(crate) use processor::{Kernel, Processor};
