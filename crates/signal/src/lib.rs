//! Signals and their sources.
//!
//! A signal is a sequence of [`Block`]s: contiguous samples of one channel set, each block with the index and the time
//! of its first sample, so that a gap differs from silence. Quantities are types with units ([`Hertz`], [`Span`],
//! [`Level`]), and every error is a [`Fault`] with a description, a place, a reason and a remedy.
//!
//! [`Recording`] reads audio files and streams, [`sound`] records from sound servers and sound cards, and [`iq`] reads
//! the raw samples of instruments.

mod block;
mod fault;
mod recording;
mod unit;

pub mod address;
pub mod iq;
pub mod sound;

pub use block::{Block, SignalSpec, mean_of_channels, now};
pub use fault::{Fault, Result};
pub use recording::{
    Format, Limits, MediaSource, RangedSource, Ranges, ReadOnlySource, Recording, Remark, TAGS,
    has_recording_extension, read_all, tags,
};
pub use unit::{Duration, Hertz, Level, Share, Span};
