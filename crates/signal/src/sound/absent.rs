//! A build without support for sound devices.

use super::{CaptureOptions, Device};
use crate::{Fault, Result, SignalSpec};
use std::time::Instant;

/// Never constructed.
pub enum Stream {}

impl Stream {
    pub fn receive(&mut self, _: &mut Vec<f32>, _: Instant) -> Result<bool> {
        match *self {}
    }
}

pub fn devices() -> Result<Vec<Device>> {
    Err(Fault::new("this build cannot record sound")
        .why("on this system, sound cards need cpal, an optional feature")
        .fix("build with --features cpal"))
}

pub fn open(_: &CaptureOptions) -> Result<(Stream, Device, SignalSpec)> {
    devices().map(|_| unreachable!("there are no devices"))
}
