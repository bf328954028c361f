//! A recording's samples, block after block, whatever its size.

use super::cut::Recorded;
use super::place::{Ended, Opened, Place};
use passband_flow::Control;
use passband_signal::{Fault, Limits, MediaSource, Recording, Remark, read_all};
use std::cmp::Ordering;
use std::io::Cursor;
use std::ops::ControlFlow;
use std::sync::PoisonError;
use std::time::Duration;

/// The most bytes, and samples, of what is decoded at once.
const WHOLE: (usize, u64) = (256 << 10, 1 << 20);
/// Samples of a block of what is longer.
const BLOCK: usize = 1 << 16;

/// Remarks that one thread notes.
const NOTES: usize = 20;

/// Samples, the channels of each frame together.
pub enum Block<'a> {
    /// All of a recording: they may be taken, and other memory be put in their place.
    Whole(&'a mut Vec<f32>),
    /// The next of it.
    Part(&'a [f32]),
}

impl Block<'_> {
    pub fn samples(&self) -> &[f32] {
        match self {
            Self::Whole(samples) => samples,
            Self::Part(samples) => samples,
        }
    }
}

/// Takes a block; a break when it needs no more.
pub type Visit<'a> = &'a mut dyn FnMut(Recorded, Block) -> Result<ControlFlow<()>, Ended>;

/// Reads recordings, one after the other, with the same memory.
pub struct Listener {
    place: Place,
    control: Control,
    bytes: Vec<u8>,
    samples: Vec<f32>,
    /// Bytes of all that was opened.
    pub heard: u64,
    /// Remarks on recordings that were noted one by one.
    noted: usize,
}

impl Listener {
    pub fn new(place: Place, control: &Control) -> Self {
        let (bytes, samples) = (vec![], vec![]);
        Self { place, control: control.clone(), bytes, samples, heard: 0, noted: 0 }
    }

    /// Gives a recording to `visit`. With `timed` one that takes very long is refused: a minute, and a second for
    /// each MiB.
    pub fn listen(&mut self, name: &str, timed: bool, visit: Visit) -> Result<(), Ended> {
        let limits = |size: u64| Limits {
            samples: u64::MAX,
            time: timed.then(|| Duration::from_secs(60 + (size >> 20))),
        };
        match self.place.read(name, &mut self.bytes)? {
            Opened::Whole => {
                let size = self.bytes.len() as u64;
                self.heard += size;
                if size == 0 {
                    return Err(Ended::Refused("it is empty".to_owned()));
                }
                if self.bytes.len() > WHOLE.0 {
                    let bytes = std::mem::take(&mut self.bytes);
                    return self.stream(name, limits(size), timed, Box::new(Cursor::new(bytes)), visit);
                }
                let bounded = Limits { samples: WHOLE.1, ..limits(size) };
                match read_all(&self.bytes, name, &bounded, &mut self.samples) {
                    Ok(format) if format.damaged == 0 => {
                        self.remark(name, timed, format.remarks);
                        finite(&self.samples)?;
                        let of = Recorded { rate: format.rate, channels: format.channels };
                        visit(of, Block::Whole(&mut self.samples)).map(drop)
                    }
                    // what is wrong with it, or that it is longer than it looks, is found in the way of long ones
                    _ => {
                        let bytes = std::mem::take(&mut self.bytes);
                        self.stream(name, limits(size), timed, Box::new(Cursor::new(bytes)), visit)
                    }
                }
            }
            Opened::Long(source, size, away) => {
                self.heard += size;
                let heard = self.stream(name, limits(size), timed, source, visit);
                let away = away.lock().unwrap_or_else(PoisonError::into_inner).take();
                match (heard, away) {
                    (Err(_), _) if self.control.stopping() => Err(Ended::Stopped),
                    (Err(_), Some(fault)) => Err(Ended::Away(fault)),
                    (heard, _) => heard,
                }
            }
        }
    }

    fn stream(
        &mut self,
        name: &str,
        limits: Limits,
        timed: bool,
        source: Box<dyn MediaSource>,
        visit: Visit,
    ) -> Result<(), Ended> {
        let refused = |fault: Fault| Ended::Refused(said(&fault, name));
        let mut recording = Recording::read_within(limits, source, name).map_err(refused)?;
        let heard = self.blocks(name, &mut recording, visit);
        self.remark(name, timed, recording.remarks());
        heard
    }

    fn blocks(&mut self, name: &str, recording: &mut Recording, visit: Visit) -> Result<(), Ended> {
        let refused = |fault: Fault| Ended::Refused(said(&fault, name));
        let spec = recording.spec();
        let of = Recorded { rate: spec.rate.0, channels: spec.channels };
        let most = (BLOCK / of.channels.max(1)).max(1);
        loop {
            if self.control.stopping() {
                return Err(Ended::Stopped);
            }
            let frames = recording.next_interleaved(most, &mut self.samples).map_err(refused)?;
            if recording.damaged() > 0 {
                return Err(Ended::Refused("packets of it are damaged".to_owned()));
            }
            if frames == 0 {
                return Ok(());
            }
            finite(&self.samples)?;
            if visit(of, Block::Part(&self.samples))?.is_break() {
                return Ok(());
            }
        }
    }

    /// Tells what is odd about a recording, when it is inspected; of very many the first ones.
    fn remark(&mut self, name: &str, inspected: bool, remarks: Vec<Remark>) {
        for remark in remarks.iter().filter(|_| inspected) {
            if matches!(remark, Remark::Contradicted(_)) {
                self.control.counters.contradicted.add(1);
            }
            self.noted += 1;
            match self.noted.cmp(&NOTES) {
                Ordering::Less => self.control.note(|| format!("{name}: {}", remark.text())),
                Ordering::Equal => {
                    self.control.note(|| format!("{name}: {}; further ones are counted only", remark.text()))
                }
                Ordering::Greater => {}
            }
        }
    }
}

fn finite(samples: &[f32]) -> Result<(), Ended> {
    // no end at the first: the compiler makes vector instructions of it
    match samples.iter().fold(true, |all, sample| all & sample.is_finite()) {
        true => Ok(()),
        false => Err(Ended::Refused("it has samples that are no numbers".to_owned())),
    }
}

/// What a fault says without the name of the blob, so that equal reasons are equal.
fn said(fault: &Fault, name: &str) -> String {
    let why =
        fault.parts().into_iter().filter(|(part, text)| !["at", "do"].contains(part) && !text.is_empty());
    let text: Vec<&str> = why.map(|(_, text)| text).collect();
    text.join(": ").replace(name, "it")
}
