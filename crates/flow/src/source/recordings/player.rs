//! Reads recordings block by block, one after another or on their own.

use super::playlist::Playlist;
use super::tracks::Track;
use crate::data::{Data, Input, Origin, Refusal, Stream};
use crate::part::{Control, Source, Turn};
use crate::source::guard::Guard;
use crate::source::recording_blocks::RecordingBlocks;
use passband_signal::{Result, Span};
use std::sync::Arc;

/// Maximum number of samples, over all channels, in one batch.
const TURN: usize = 65_536;

/// Bits of an offset that number the blocks of a recording.
const BLOCKS: u32 = 32;

/// All recordings.
pub struct Player {
    playlist: Playlist,
    playing: Option<Playing>,
    block: Span,
    /// Whether the properties of each file are emitted.
    describes: bool,
    control: Control,
}

impl Player {
    pub fn new(playlist: Playlist, block: Span, describes: bool, control: &Control) -> Self {
        Self { playlist, playing: None, block, describes, control: control.clone() }
    }

    fn following(&mut self) -> Option<Playing> {
        let track = self.playlist.next()?;
        let stream = Stream::from(track.name.as_str());
        let Self { block, describes, ref control, .. } = *self;
        let (offset, control) = (track.number << BLOCKS, control.clone());
        Some(Playing { track, stream, blocks: None, block, describes, offset, control })
    }
}

impl Source for Player {
    fn next(&mut self, batch: &mut Vec<Input>) -> Result<Turn> {
        if self.playing.is_none() {
            self.playing = self.following();
        }
        let Some(playing) = &mut self.playing else { return Ok(Turn::End) };
        if playing.next(batch)? == Turn::End {
            self.playing = None;
        }
        Ok(Turn::More)
    }

    fn next_recording(&mut self) -> Result<Option<(Stream, Box<dyn Source>)>> {
        Ok(self.following().map(|one| (one.stream.clone(), Box::new(one) as Box<dyn Source>)))
    }

    fn progress(&self) -> Option<(u64, u64)> {
        Some(self.playlist.progress(self.playing.is_some()))
    }
}

/// One recording.
struct Playing {
    track: Track,
    stream: Stream,
    /// The rest of the recording, once it is open.
    blocks: Option<RecordingBlocks>,
    block: Span,
    describes: bool,
    /// Offset of the next block.
    offset: i64,
    control: Control,
}

impl Playing {
    fn origin(&mut self) -> Origin {
        let origin = Origin { shard: 0, offset: self.offset };
        self.offset += 1;
        origin
    }

    fn open(&mut self, batch: &mut Vec<Input>) -> Result<()> {
        let track = &self.track;
        let recording = track.open()?;
        let described = if self.describes { track.describe(&recording, &self.control)? } else { None };
        batch.extend(described.map(|file| Input::Began(self.stream.clone(), 0, Arc::new(file))));
        let name = self.stream.to_string();
        self.blocks = Some(RecordingBlocks::new(recording, name, self.block, &self.control));
        Ok(())
    }

    fn refuse(&mut self, reason: String, batch: &mut Vec<Input>) {
        let (origin, place) = (self.origin(), self.stream.to_string());
        batch.push(Input::Refused(Refusal { origin, place, reason, bytes: vec![] }));
    }

    /// Reads a block; returns its number of samples over all channels, or `None` at the end.
    fn block(&mut self, batch: &mut Vec<Input>) -> Result<Option<usize>> {
        let Some(blocks) = &mut self.blocks else { return Ok(None) };
        let Some(samples) = blocks.next()? else { return Ok(None) };
        let (index, count) = (samples.index, samples.samples.len());
        let data = Data::Samples(samples.into_block(self.track.number, 0));
        // the same checks as in every source
        match Guard::default().check(&self.stream, &data) {
            Ok(()) => {
                let origin = self.origin();
                batch.push(Input::Datum(self.stream.clone(), origin, data));
            }
            Err(reason) => self.refuse(format!("from sample {index} on: {reason}"), batch),
        }
        Ok(Some(count))
    }
}

impl Source for Playing {
    fn again(&mut self) -> Result<()> {
        let recording = self.track.open()?;
        // remarks on it were reported and counted in the first pass
        let quiet = Control::default();
        self.blocks = Some(RecordingBlocks::new(recording, self.stream.to_string(), self.block, &quiet));
        Ok(())
    }

    fn next(&mut self, batch: &mut Vec<Input>) -> Result<Turn> {
        if self.blocks.is_none() {
            if let Err(fault) = self.open(batch) {
                self.refuse(fault.reason(), batch);
                return Ok(Turn::End);
            }
            // the receiver may know this file already and need none of its samples
            return Ok(Turn::More);
        }
        let mut samples = 0;
        while samples < TURN {
            match self.block(batch) {
                Ok(Some(count)) => samples += count,
                ended => {
                    if let Err(fault) = ended {
                        self.refuse(fault.reason(), batch);
                    }
                    batch.push(Input::Ended(self.stream.clone(), 0));
                    return Ok(Turn::End);
                }
            }
        }
        Ok(Turn::More)
    }
}
