//! The faults of recordings.

use super::front::MOST_KEPT;
use crate::{Fault, SignalSpec};
use std::io::{Error, ErrorKind};
use std::time::Duration;

const FORMATS: &str = "use a WAV, FLAC, MP3, Ogg Vorbis, AAC, ALAC, AIFF, CAF or Matroska file";

pub fn io(name: &str, error: &Error) -> Fault {
    // the fault of a store is returned as it is
    if let Some(fault) = error.get_ref().and_then(|inner| inner.downcast_ref::<Fault>()) {
        return fault.clone();
    }
    match error.kind() {
        ErrorKind::NotFound => Fault::new(format!("there is no file {name}")).fix("check the path"),
        ErrorKind::PermissionDenied => Fault::new(format!("{name} may not be read"))
            .why(error)
            .fix("grant read permission (chmod), or run as its owner"),
        _ => Fault::new(format!("{name} cannot be read"))
            .why(error)
            .fix("check the disk or the connection, and try again"),
    }
}

/// The fault of an empty file, pipe or object.
pub const NO_BYTE: &str = "it has 0 bytes";

pub fn empty(name: &str, why: &str) -> Fault {
    Fault::new(format!("{name} is empty")).why(why).fix("record it again, or remove it from the input")
}

pub fn not_audio(name: &str, why: impl std::fmt::Display) -> Fault {
    Fault::new(format!("{name} is not audio that can be read here")).why(why).fix(FORMATS)
}

pub fn codec(name: &str, why: impl std::fmt::Display) -> Fault {
    let why = format!("its container is supported, but its codec is not ({why})");
    Fault::new(format!("{name} has audio that cannot be decoded"))
        .why(why)
        .fix("convert it first, for example with: ffmpeg -i FILE out.flac (Opus is not supported)")
}

pub fn truncated(name: &str, announced: u64, there: u64) -> Fault {
    Fault::new(format!(
        "{name} is cut short: it announces {announced} samples a channel and ends after {there}"
    ))
    .why("the file was not completely copied or written, or its header is wrong")
    .fix("copy it again; if its samples are sufficient, rewrite it with a correct header, for example with sox")
}

/// The fault of a file with fewer bytes than its header claims.
pub fn cut(name: &str, at: u64, claimed: u64, there: u64) -> Fault {
    Fault::new(format!("{name} is cut short after sample {at}"))
        .why(format!("its header states {claimed} bytes, and it ends after {there}"))
        .fix("copy it again; if its samples are sufficient, rewrite it with a correct header, for example with ffmpeg")
}

pub fn broken(name: &str, at: u64, why: impl std::fmt::Display) -> Fault {
    Fault::new(format!("{name} cannot be read past sample {at}"))
        .why(why)
        .fix("copy it again, or repair it with a tool for its format")
}

pub fn changed(name: &str, at: u64, from: SignalSpec, to: SignalSpec) -> Fault {
    let show = |s: SignalSpec| format!("{}, {} channels", s.rate, s.channels);
    Fault::new(format!("{name} changes from {} to {} after sample {at}", show(from), show(to)))
        .why("one recording has one rate and one number of channels")
        .fix("split the file where it changes")
}

pub fn past_end(name: &str, frame: u64, frames: Option<u64>) -> Fault {
    let fault = Fault::new(format!("{name} has no sample {frame}"));
    match frames {
        Some(n) => fault.why(format!("it has {n} samples a channel")).fix(format!("seek to {n} or before")),
        None => fault.why("it ends before").fix("seek to an earlier sample"),
    }
}

pub fn no_way_back(name: &str) -> Fault {
    Fault::new(format!("{name} cannot be read again from an earlier sample"))
        .why("it comes from a pipe or a stream")
        .fix("write it to a file first")
}

/// The fault of a format whose index may be at the end, read from a pipe that is too long to buffer.
pub fn index_behind(name: &str) -> Fault {
    let most = MOST_KEPT >> 20;
    Fault::new(format!("{name} has more than {most} MiB, and must be read to its end before its first sample"))
        .why(format!("the index of an MP4 or CAF may follow the sound, and at most {most} MiB of a pipe are buffered in memory"))
        .fix("write it to a file first; an MP4 with its index at the front (ffmpeg -movflags +faststart) can be read from a pipe of any length")
}

pub fn panicked(name: &str, at: u64, panic: &(dyn std::any::Any + Send)) -> Fault {
    let text = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    broken(name, at, format!("its decoder failed: {text}"))
}

/// The fault of a recording without samples.
pub fn silent(name: &str, damaged: u64, last: &str) -> Fault {
    match damaged {
        0 => empty(name, "it has a header and no samples"),
        n => Fault::new(format!("{name}: none of its {n} packets of audio can be decoded"))
            .why(last)
            .fix("check the file in a player, or copy it again from its origin"),
    }
}

pub fn too_long(name: &str, samples: u64) -> Fault {
    Fault::new(format!("{name} is longer than the {samples} samples, of all channels, that are allowed"))
        .why("a recording that is decoded as a whole is held in memory")
        .fix("split it, or increase the limit")
}

pub fn late(name: &str, time: Duration) -> Fault {
    Fault::new(format!("{name} was not read within {} s", time.as_secs_f64()))
        .why("its store is slow, or its content keeps the decoder from ending")
        .fix("allow more time, or copy it to a disk first")
}
