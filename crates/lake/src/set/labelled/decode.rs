//! Decodes recordings of any size block by block.

use super::blob_store::{BlobStore, OpenBlob, ReadError};
use super::example_spec::RecordingFormat;
use passband_flow::Control;
use passband_signal::{Fault, Limits, MediaSource, Recording, Remark, read_all};
use std::cmp::Ordering;
use std::io::Cursor;
use std::ops::ControlFlow;
use std::sync::PoisonError;
use std::time::Duration;

/// Maximum size in bytes and samples of a recording that is decoded in one call.
const WHOLE: (usize, u64) = (256 << 10, 1 << 20);
/// Samples in a block of a longer recording.
const BLOCK: usize = 1 << 16;

/// Maximum number of remarks that one thread prints.
const NOTES: usize = 20;

/// Interleaved samples.
pub enum Block<'a> {
    /// The whole recording. The buffer may be swapped for another.
    Whole(&'a mut Vec<f32>),
    /// The next block of the recording.
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

/// Receives a block; returns a break when no more blocks are needed.
pub type Visit<'a> = &'a mut dyn FnMut(RecordingFormat, Block) -> Result<ControlFlow<()>, ReadError>;

/// Decodes recordings one after another, reusing its buffers.
pub struct Decoder {
    place: BlobStore,
    control: Control,
    bytes: Vec<u8>,
    samples: Vec<f32>,
    /// Bytes of all recordings opened so far.
    pub bytes_read: u64,
    /// Remarks printed so far.
    noted: usize,
}

impl Decoder {
    pub fn new(place: BlobStore, control: &Control) -> Self {
        let (bytes, samples) = (vec![], vec![]);
        Self { place, control: control.clone(), bytes, samples, bytes_read: 0, noted: 0 }
    }

    /// Decodes a recording and passes its blocks to `visit`. With `timed`, one that takes longer than a minute plus a
    /// second per MiB is refused.
    pub fn decode(&mut self, name: &str, timed: bool, visit: Visit) -> Result<(), ReadError> {
        let limits = |size: u64| Limits {
            samples: u64::MAX,
            time: timed.then(|| Duration::from_secs(60 + (size >> 20))),
        };
        match self.place.read(name, &mut self.bytes)? {
            OpenBlob::Whole => {
                let size = self.bytes.len() as u64;
                self.bytes_read += size;
                if size == 0 {
                    return Err(ReadError::Refused("it is empty".to_owned()));
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
                        let of = RecordingFormat { rate: format.rate, channels: format.channels };
                        visit(of, Block::Whole(&mut self.samples)).map(drop)
                    }
                    // decoded again in blocks, to locate the fault or detect that it is too long
                    _ => {
                        let bytes = std::mem::take(&mut self.bytes);
                        self.stream(name, limits(size), timed, Box::new(Cursor::new(bytes)), visit)
                    }
                }
            }
            OpenBlob::Streamed(source, size, away) => {
                self.bytes_read += size;
                let bytes_read = self.stream(name, limits(size), timed, source, visit);
                let away = away.lock().unwrap_or_else(PoisonError::into_inner).take();
                match (bytes_read, away) {
                    (Err(_), _) if self.control.stopping() => Err(ReadError::Stopped),
                    (Err(_), Some(fault)) => Err(ReadError::Unavailable(fault)),
                    (bytes_read, _) => bytes_read,
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
    ) -> Result<(), ReadError> {
        let refused = |fault: Fault| ReadError::Refused(said(&fault, name));
        let mut recording = Recording::read_within(limits, source, name).map_err(refused)?;
        let bytes_read = self.blocks(name, &mut recording, visit);
        self.remark(name, timed, recording.remarks());
        bytes_read
    }

    fn blocks(&mut self, name: &str, recording: &mut Recording, visit: Visit) -> Result<(), ReadError> {
        let refused = |fault: Fault| ReadError::Refused(said(&fault, name));
        let spec = recording.spec();
        let of = RecordingFormat { rate: spec.rate.0, channels: spec.channels };
        let most = (BLOCK / of.channels.max(1)).max(1);
        loop {
            if self.control.stopping() {
                return Err(ReadError::Stopped);
            }
            let frames = recording.next_interleaved(most, &mut self.samples).map_err(refused)?;
            if recording.damaged() > 0 {
                return Err(ReadError::Refused("packets of it are damaged".to_owned()));
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

    /// Prints the remarks on a recording that is inspected, up to [`NOTES`] of them.
    fn remark(&mut self, name: &str, inspected: bool, remarks: Vec<Remark>) {
        for remark in remarks.iter().filter(|_| inspected) {
            if matches!(remark, Remark::Contradicted(_)) {
                self.control.counters.contradicted.add(1);
            }
            self.noted += 1;
            match self.noted.cmp(&NOTES) {
                Ordering::Less => self.control.note(|| format!("{name}: {}", remark.text())),
                Ordering::Equal => {
                    self.control.note(|| format!("{name}: {}; further ones are only counted", remark.text()))
                }
                Ordering::Greater => {}
            }
        }
    }
}

fn finite(samples: &[f32]) -> Result<(), ReadError> {
    // without an early exit, the loop is vectorised
    match samples.iter().fold(true, |all, sample| all & sample.is_finite()) {
        true => Ok(()),
        false => Err(ReadError::Refused("it has samples that are not finite".to_owned())),
    }
}

/// The text of a fault without the name of the blob, so that equal reasons are counted together.
fn said(fault: &Fault, name: &str) -> String {
    let why =
        fault.parts().into_iter().filter(|(part, text)| !["at", "do"].contains(part) && !text.is_empty());
    let text: Vec<&str> = why.map(|(_, text)| text).collect();
    text.join(": ").replace(name, "it")
}
