//! What a signal is, and how one is read.
//!
//! A signal is a run of [`Block`]s: contiguous samples of one channel set, each block with the index and the
//! time of its first sample, so that a reader can tell a gap from silence. Quantities are types ([`Hertz`],
//! [`Span`], [`Level`]) that read as people write them, and every failure a person can meet is a [`Fault`]
//! that says what, where, why and what to do.
//!
//! Signals come in by [`Recording`], which reads audio files and streams, and by [`sound`], which records what the
//! speakers play or a microphone hears. Plain numbers in files, as instruments write them, are read by [`iq`].

mod block;
mod fault;
mod recording;
mod unit;

pub mod address;
pub mod iq;
pub mod sound;

pub use block::{Block, SignalSpec, now};
pub use fault::{Fault, Result};
pub use recording::{
    Format, Limits, MediaSource, RangedSource, Ranges, ReadOnlySource, Recording, Remark, read_all,
};
pub use unit::{Duration, Hertz, Level, Share, Span};
