//! Reads samples from a recording.

use super::guard::Guard;
use super::pace::{Pace, Pacer};
use super::recording_blocks::RecordingBlocks;
use crate::config::{PassedOn, Place};
use crate::data::{Data, Input, Kind, Origin, Refusal, Stream};
use crate::part::{Context, Reads, Source, SourcePlan, Turn};
use crate::store;
use passband_signal::address::{REDACTED, shown};
use passband_signal::{Fault, ReadOnlySource, Recording, Result, SignalSpec, Span, now};
use std::path::Path;

crate::settings! {
    /// Reads samples from a recording: WAV, FLAC, MP3, Ogg Vorbis, AAC, ALAC, AIFF, CAF, Matroska and more.
    ///
    /// Encoder delay and padding are removed. A damaged packet is a gap. `-` reads standard input. If the data contradicts
    /// a length in a header, this is noted and counted (`contradicted`), and no sample is lost.
    pub struct File {
        /// The path of the file, or an address: `https://host/song.flac`, `s3://bucket/song.flac` (`gs://`, `az://`), which is
        /// read by ranges.
        path: String,
        /// Options of the object store, as for `iq_files`. Secrets are never printed.
        store: PassedOn,
        /// Samples per channel in a block.
        block: Span = "256 samples",
        /// The pace of reading.
        pace: Pace = "as fast as it goes",
        /// The name of the stream. Default: the name of the file.
        name: Option<String>,
        /// The start of the recording, in µs since 1970. Default: now.
        recording: Option<i64>,
    }
}

impl SourcePlan for File {
    fn gives(&self) -> Kind {
        Kind::Samples
    }
    fn reads(&self) -> Vec<Reads> {
        vec![Reads::File(self.path.clone())]
    }
    fn ends(&self) -> bool {
        true
    }
    fn check(&self, place: &Place, faults: &mut Vec<Fault>) {
        if self.path.is_empty() {
            faults.push(place.fault("path", "is empty").fix("set path to a recording"));
        }
        if !store::is_web(&self.path) {
            store::check(&self.path, &self.store, place, faults);
        }
        if self.block == Span::Samples(0) {
            faults.push(place.fault("block", "is 0 samples").fix("set it to at least 1 sample"));
        }
    }

    fn open(&self, context: &Context) -> Result<Box<dyn Source>> {
        let recording = match self.path.as_str() {
            "-" => Recording::read(Box::new(ReadOnlySource::new(std::io::stdin())), "standard input")?,
            path if path.contains("://") => {
                Recording::read(store::media(path, &self.store, &context.control)?, &shown(path))?
            }
            path => Recording::open(path)?,
        };
        let name = self.name.clone().unwrap_or_else(|| own_name(&self.path));
        let path = shown(&self.path).into_owned();
        Ok(Box::new(Player {
            blocks: RecordingBlocks::new(recording, path.clone(), self.block, &context.control),
            stream: Stream::from(name),
            began: self.recording,
            pacer: Pacer::new(self.pace, &context.control),
            guard: Guard::default(),
            path,
            sent: 0,
            done: 0,
        }))
    }
}

/// The name of a recording: that of its file without extension, and without secrets of an address.
fn own_name(path: &str) -> String {
    let shown = shown(path);
    let plain =
        if shown == path { path } else { shown.trim_end_matches(REDACTED).trim_end_matches(['?', '#']) };
    let stem =
        Path::new(plain).file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    stem.rsplit(REDACTED).next().unwrap_or_default().trim_start_matches('@').to_owned()
}

struct Player {
    blocks: RecordingBlocks,
    stream: Stream,
    /// When the recording began: at its first block, since opening the sinks takes time.
    began: Option<i64>,
    pacer: Pacer,
    guard: Guard,
    path: String,
    sent: i64,
    done: u64,
}

impl Player {
    /// Reads one block, and returns its number of samples over all channels: 0 at the end.
    fn block(&mut self, batch: &mut Vec<Input>) -> Result<usize> {
        let Some(samples) = self.blocks.next()? else { return Ok(0) };
        let (index, rate, numbers) = (samples.index, samples.spec.rate, samples.samples.len());
        self.done = samples.end();
        let began = *self.began.get_or_insert_with(now);
        // a block is due at the time of its last sample
        self.pacer.wait(self.done as f64 / rate.0);
        let data = Data::Samples(samples.into_block(began, began));
        let origin = Origin { shard: 0, offset: self.sent };
        self.sent += 1;
        batch.push(match self.guard.check(&self.stream, &data) {
            Ok(()) => Input::Datum(self.stream.clone(), origin, data),
            Err(reason) => {
                let Data::Samples(block) = data else { return Ok(numbers) };
                let bytes = block.samples.iter().flat_map(|x| x.to_le_bytes()).collect();
                let place = format!("{}, samples {index} to {}", self.path, self.done - 1);
                Input::Refused(Refusal { origin, place, reason, bytes })
            }
        });
        Ok(numbers)
    }
}

impl Source for Player {
    fn next(&mut self, batch: &mut Vec<Input>) -> Result<Turn> {
        let mut samples = 0;
        loop {
            match self.block(batch)? {
                0 => return Ok(Turn::End),
                n => samples += n,
            }
            if self.pacer.enough(samples) {
                return Ok(Turn::More);
            }
        }
    }

    fn extent(&self) -> Option<(u64, SignalSpec, u64)> {
        let (frames, spec) = (self.blocks.recording().frames()?, self.blocks.recording().spec());
        let known = std::fs::metadata(&self.path).ok().filter(|known| known.is_file());
        // the size of a remote file is estimated, as if it had 16 bits per sample
        let bytes = known.map_or(2 * frames * spec.channels as u64, |known| known.len());
        Some((frames, spec, bytes))
    }

    fn progress(&self) -> Option<(u64, u64)> {
        self.blocks.recording().frames().map(|all| (self.done, all.max(self.done)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_is_named_after_its_file_without_secrets() {
        for (path, right) in [
            ("/data/me@home.wav", "me@home"),
            ("https://ada:lovelace@host/songs/one.mp3?sig=x", "one"),
            ("https://host/one.mp3#t=3", "one"),
            ("https://ada:lovelace@host", "host"),
            ("s3://bucket/take #3.wav", "take #3"),
        ] {
            assert_eq!(own_name(path), right);
        }
    }
}
