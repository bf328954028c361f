//! A transform of our own for lengths of powers of two and three times those: complex numbers with their
//! real and imaginary parts apart, so that two real channels are one complex signal as they lie.
//!
//! With W lanes a length N = W·M is done in three moves (Cooley & Tukey 1965; lanes as in Bailey's four
//! steps, 1990):
//! 1. Row m of the signal is its samples W·m to W·m + W − 1, one a lane. Each lane transforms its own M
//!    numbers: butterflies of 8, 4 and 3 without any shuffling. The first reads the channels and lays the
//!    taper on; the rest run in place on parts that fit the first cache.
//! 2. Each row is turned by its lanes' angles.
//! 3. Blocks of W×W are transposed and transformed by one butterfly of W, which leaves natural order.

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
