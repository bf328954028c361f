//! Reads recordings block by block, one after another or on their own.

use super::playlist::Playlist;
use super::tracks::Track;
use crate::data::{Data, Input, Origin, Position, Refusal, Stream};
use crate::part::{Control, Source, Turn};
use crate::source::guard::Guard;
use crate::source::recording_blocks::RecordingBlocks;
use passband_signal::{Fault, Result, Span};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Maximum number of samples, over all channels, in one batch.
const TURN: usize = 65_536;

/// Bits of an offset for the block within a recording; the number of the recording is above them.
pub const BLOCKS: u32 = 32;

/// Attempts to open a recording, and the pause after the first.
#[derive(Clone, Copy)]
pub struct Patience {
    pub attempts: u32,
    pub pause: Duration,
}

/// The longest pause between two attempts.
const LONGEST: Duration = Duration::from_secs(60);

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
        Some(Playing::new(self.playlist.next()?, self.block, self.describes, &self.control))
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
pub struct Playing {
    track: Track,
    stream: Stream,
    /// The rest of the recording, once it is open.
    blocks: Option<RecordingBlocks>,
    block: Span,
    describes: bool,
    /// Offset of the next block.
    offset: i64,
    control: Control,
    /// Set for followed recordings.
    followed: Option<Followed>,
}

/// A recording of a watched folder.
pub struct Followed {
    pub patience: Patience,
    /// The identity of the log that numbers it.
    pub log: Option<String>,
    pub told: Told,
    /// Whether the file is still the version that arrived.
    pub is_same: Box<dyn Fn() -> bool + Send>,
}

/// Receives the content hash of a recording.
pub type Told = Box<dyn Fn(&str) -> Result<()> + Send>;

impl Playing {
    pub fn new(track: Track, block: Span, describes: bool, control: &Control) -> Self {
        let (stream, offset) = (Stream::from(track.name.as_str()), track.number << BLOCKS);
        let control = control.clone();
        Self { track, stream, blocks: None, block, describes, offset, control, followed: None }
    }

    /// Retries opening the recording, and reports its content hash to `told`.
    pub fn patient(self, followed: Followed) -> Self {
        Self { followed: Some(followed), ..self }
    }

    pub fn stream(&self) -> &Stream {
        &self.stream
    }

    /// Opens the recording, with retries; `None` if the pipeline was stopped meanwhile.
    fn opened(&mut self, batch: &mut Vec<Input>) -> Option<Result<()>> {
        let (mut left, mut pause) = self
            .followed
            .as_ref()
            .map_or((1, Duration::ZERO), |own| (own.patience.attempts, own.patience.pause));
        loop {
            let fault = match self.open(batch) {
                Err(fault) if left > 1 => fault,
                ended => return Some(ended),
            };
            left -= 1;
            let (name, seconds) = (&self.track.name, pause.as_secs_f64());
            self.control.note(|| format!("{name}: {}; trying again in {seconds:.1} s", fault.reason()));
            let until = Instant::now() + pause;
            while Instant::now() < until {
                if self.control.stopping() {
                    return None;
                }
                std::thread::sleep(Duration::from_millis(20));
            }
            pause = (pause * 2).min(LONGEST);
        }
    }

    fn origin(&mut self) -> Origin {
        let origin = Origin { shard: 0, offset: self.offset };
        self.offset += 1;
        origin
    }

    fn open(&mut self, batch: &mut Vec<Input>) -> Result<()> {
        let track = &self.track;
        if let Some(followed) = &self.followed {
            nameable(&track.name)?;
            if !(followed.is_same)() {
                let fault = Fault::new("the file was replaced before it was measured");
                return Err(fault.why("the new version is a recording of its own"));
            }
        }
        let recording = track.open()?;
        let described = if self.describes { track.describe(&recording, &self.control)? } else { None };
        if let (Some(file), Some(followed)) = (&described, &self.followed) {
            (followed.told)(&file.content_hash)?;
        }
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
    fn end(&self) -> Option<Position> {
        let offset = (self.track.number + 1) << BLOCKS;
        let at = |followed: &Followed| Position {
            offset,
            reached: offset,
            note: followed.log.clone(),
            ..Position::default()
        };
        self.followed.as_ref().map(at)
    }

    fn again(&mut self) -> Result<()> {
        let recording = self.track.open()?;
        // remarks on it were reported and counted in the first pass
        let quiet = Control::default();
        self.blocks = Some(RecordingBlocks::new(recording, self.stream.to_string(), self.block, &quiet));
        Ok(())
    }

    fn next(&mut self, batch: &mut Vec<Input>) -> Result<Turn> {
        if self.blocks.is_none() {
            match self.opened(batch) {
                Some(Ok(())) => {}
                Some(Err(fault)) => {
                    self.refuse(fault.reason(), batch);
                    return Ok(Turn::End);
                }
                None => return Ok(Turn::End),
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

/// Maximum length of a file name in bytes, so that a result can be named after it.
const NAME: usize = 200;

/// Checks that results can be named after a recording.
fn nameable(name: &str) -> Result<()> {
    let is_long = name.split('/').any(|part| part.len() > NAME);
    if !is_long && !name.contains('\\') {
        return Ok(());
    }
    let fault = Fault::new("a result cannot be named after the recording");
    let why =
        if is_long { format!("its name is longer than {NAME} bytes") } else { "its name contains \\".into() };
    Err(fault.why(why).fix("rename it"))
}
