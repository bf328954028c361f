//! Reads recordings one after the other, block by block.

use super::playlist::Playlist;
use super::tracks::Track;
use crate::data::{Data, Input, Origin, Refusal, Stream};
use crate::part::{Control, Source, Turn};
use crate::source::guard::Guard;
use crate::source::recording_blocks::RecordingBlocks;
use passband_signal::{Result, Span};

/// Samples, over all channels, in one batch.
const TURN: usize = 65_536;

pub struct Player {
    playlist: Playlist,
    playing: Option<(Track, Stream, RecordingBlocks)>,
    block: Span,
    blocks: i64,
    control: Control,
}

impl Player {
    pub fn new(playlist: Playlist, block: Span, control: &Control) -> Self {
        Self { playlist, playing: None, block, blocks: 0, control: control.clone() }
    }

    fn origin(&mut self) -> Origin {
        let origin = Origin { shard: 0, offset: self.blocks };
        self.blocks += 1;
        origin
    }

    fn refuse(&mut self, place: String, reason: String, batch: &mut Vec<Input>) {
        let origin = self.origin();
        batch.push(Input::Refused(Refusal { origin, place, reason, bytes: vec![] }));
    }

    /// Ends the current recording.
    fn ended(&mut self, batch: &mut Vec<Input>) {
        if let Some((_, stream, _)) = self.playing.take() {
            batch.push(Input::Ended(stream, 0));
        }
    }

    /// Reads a block of the current recording, and gives its number of samples over all channels.
    fn block(&mut self, batch: &mut Vec<Input>) -> usize {
        let Some((track, stream, blocks)) = &mut self.playing else { return 0 };
        let (number, name, stream) = (track.number, track.name.clone(), stream.clone());
        match blocks.next() {
            Ok(None) => self.ended(batch),
            Ok(Some(samples)) => {
                let (index, count) = (samples.index, samples.samples.len());
                let data = Data::Samples(samples.into_block(number, 0));
                // the same checks as in every source
                match Guard::default().check(&stream, &data) {
                    Ok(()) => {
                        let origin = self.origin();
                        batch.push(Input::Datum(stream, origin, data));
                    }
                    Err(reason) => self.refuse(name, format!("from sample {index} on: {reason}"), batch),
                }
                return count;
            }
            Err(fault) => {
                self.refuse(name, fault.reason(), batch);
                self.ended(batch);
            }
        }
        0
    }
}

impl Source for Player {
    fn next(&mut self, batch: &mut Vec<Input>) -> Result<Turn> {
        let mut samples = 0;
        while samples < TURN {
            if self.playing.is_some() {
                samples += self.block(batch);
                continue;
            }
            let Some(track) = self.playlist.next() else { return Ok(Turn::End) };
            match track.open() {
                Ok(recording) => {
                    let name = track.name.clone();
                    let stream = Stream::from(name.as_str());
                    let blocks = RecordingBlocks::new(recording, name, self.block, &self.control);
                    self.playing = Some((track, stream, blocks));
                }
                Err(fault) => {
                    self.refuse(track.name, fault.reason(), batch);
                    return Ok(Turn::More);
                }
            }
        }
        Ok(Turn::More)
    }

    fn progress(&self) -> Option<(u64, u64)> {
        Some(self.playlist.progress(self.playing.is_some()))
    }
}
