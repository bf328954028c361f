//! The output of readers that parse frames themselves, and seeking in it.

use crate::Fault;
use std::io;
use symphonia::core::errors::{Error, Result, SeekErrorKind};
use symphonia::core::formats::{FormatReader, SeekTo};
use symphonia::core::packet::Packet;
use symphonia::core::units::Timestamp;

/// The next item in a stream.
pub enum Event {
    Packet(Packet),
    /// The start of another recording with its own decoder.
    Reset,
    Damaged(&'static str),
    Failed(Fault),
}

impl Event {
    /// In the form of a format reader's `next_packet`.
    pub fn into_packet(self) -> Result<Option<Packet>> {
        match self {
            Event::Packet(packet) => Ok(Some(packet)),
            Event::Reset => Err(Error::ResetRequired),
            Event::Damaged(why) => Err(Error::DecodeError(why)),
            Event::Failed(fault) => Err(Error::IoError(io::Error::other(fault))),
        }
    }
}

/// The time and track of a seek.
pub fn sought(to: SeekTo, is_seekable: bool) -> Result<(Timestamp, u32)> {
    let SeekTo::Timestamp { ts, track_id } = to else {
        return Err(Error::SeekError(SeekErrorKind::Unseekable));
    };
    match is_seekable {
        true => Ok((ts, track_id)),
        false => Err(Error::SeekError(SeekErrorKind::ForwardOnly)),
    }
}

/// Skips packets without decoding, up to the first that ends after the target.
pub fn pass_to<R: FormatReader>(reader: &mut R, is_far_enough: impl Fn(&R, i64) -> bool) -> Result<Packet> {
    loop {
        match reader.next_packet() {
            Ok(Some(packet)) => {
                let end = packet.pts.get().saturating_add_unsigned(packet.dur.get());
                if is_far_enough(reader, end) {
                    return Ok(packet);
                }
            }
            Ok(None) => return Err(Error::SeekError(SeekErrorKind::OutOfRange)),
            // the decoder is reset after a seek
            Err(Error::ResetRequired | Error::DecodeError(_)) => {}
            Err(e) => return Err(e),
        }
    }
}
