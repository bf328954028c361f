//! One recording after the other, block by block.

use super::tracks::Track;
use crate::data::{Data, Input, Origin, Refusal, Stream};
use crate::part::{Control, Source, Turn};
use crate::source::guard::Guard;
use passband_signal::{Block, Recording, Remark, Result, Span};

/// Samples, of all channels, that are handed on in one turn.
const TURN: usize = 65_536;

pub struct Player {
    tracks: Vec<Track>,
    /// The number of the one that plays, or comes next.
    at: usize,
    playing: Option<(Stream, Recording)>,
    block: Span,
    blocks: i64,
    control: Control,
}

impl Player {
    pub fn new(tracks: Vec<Track>, block: Span, control: &Control) -> Self {
        Self { tracks, at: 0, playing: None, block, blocks: 0, control: control.clone() }
    }

    fn origin(&mut self) -> Origin {
        let origin = Origin { shard: 0, offset: self.blocks };
        self.blocks += 1;
        origin
    }

    fn refuse(&mut self, reason: String, batch: &mut Vec<Input>) {
        let (origin, place) = (self.origin(), self.tracks[self.at].name.clone());
        batch.push(Input::Refused(Refusal { origin, place, reason, bytes: vec![] }));
    }

    /// The recording that plays is over.
    fn ended(&mut self, batch: &mut Vec<Input>) {
        if let Some((stream, recording)) = self.playing.take() {
            let damaged = recording.damaged();
            if damaged > 0 {
                self.control.note(|| format!("{stream}: {damaged} damaged packets were left out"));
            }
            batch.push(Input::Ended(stream, 0));
        }
        self.at += 1;
    }

    /// Reads a block of the recording that plays; gives how many samples of all channels it has.
    fn block(&mut self, batch: &mut Vec<Input>) -> usize {
        let Some((stream, recording)) = &mut self.playing else { return 0 };
        let (stream, spec) = (stream.clone(), recording.spec());
        let most = self.block.samples(spec.rate).clamp(1, 1 << 24) as usize;
        let mut samples = Vec::with_capacity(most.min(1 << 16) * spec.channels);
        let read = recording.next_block(most, &mut samples);
        for remark in recording.remarks() {
            if matches!(remark, Remark::Contradicted(_)) {
                self.control.counters.contradicted.add(1);
            }
            self.control.note(|| format!("{stream}: {}", remark.text()));
        }
        let index = recording.index();
        match read {
            Ok(0) => self.ended(batch),
            Ok(_) => {
                let time = (index as f64 * 1e6 / spec.rate.0).round() as i64;
                let (number, count) = (self.at as i64 + 1, samples.len());
                let data = Data::Samples(Block { spec, recording: number, index, time, of: 0, samples });
                // the rules for what can be measured are those of every source
                match Guard::default().check(&stream, &data) {
                    Ok(()) => {
                        let origin = self.origin();
                        batch.push(Input::Datum(stream, origin, data));
                    }
                    Err(reason) => self.refuse(format!("from sample {index} on: {reason}"), batch),
                }
                return count;
            }
            Err(fault) => {
                self.refuse(fault.to_string(), batch);
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
            let Some(track) = self.tracks.get(self.at) else { return Ok(Turn::End) };
            match track.open() {
                Ok(recording) => self.playing = Some((Stream::from(track.name.as_str()), recording)),
                Err(fault) => {
                    self.refuse(fault.to_string(), batch);
                    self.at += 1;
                    return Ok(Turn::More);
                }
            }
        }
        Ok(Turn::More)
    }

    fn progress(&self) -> Option<(u64, u64)> {
        Some((self.at as u64, self.tracks.len() as u64))
    }
}
