//! Blocks of a signal, at its pace.

use super::cavity::Cavity;
use super::tone::Tone;
use super::waveform::uniform;
use super::{Signal, Simulate};
use crate::data::{Data, Input, Origin, Positions, Stream};
use crate::part::{Source, Turn};
use crate::source::pace::Pacer;
use passband_signal::{Block, Result, SignalSpec, now};

/// Makes the blocks of all signals but `sensors`.
pub struct Generator {
    pub(super) settings: Simulate,
    /// For tones, by channel.
    pub(super) tones: Vec<Tone>,
    pub(super) cavity: Option<Cavity>,
    /// For cavity, samples per file.
    pub(super) file: u64,
    pub(super) stream: Stream,
    /// When it began: with its first block, since opening the sinks takes time.
    pub(super) began: Option<i64>,
    pub(super) length: Option<u64>,
    pub(super) block: u64,
    pub(super) pacer: Pacer,
    pub(super) index: u64,
    /// The index of the first sample after a resume.
    pub(super) resumed: u64,
}

impl Generator {
    /// Generates one block, unless it is a gap; returns its number of samples over all channels: 0 at the end.
    fn block(&mut self, batch: &mut Vec<Input>) -> usize {
        let s = &self.settings;
        let (rate, channels, index) = (s.rate.0, s.channels as usize, self.index);
        // all signals except cavity are one endless recording
        let (file, within) =
            if self.cavity.is_some() { (index / self.file, index % self.file) } else { (0, index) };
        let whole = self.cavity.as_ref().map_or(u64::MAX, |_| self.file - within).min(self.block);
        let frames = self.length.map_or(whole, |all| whole.min(all - index.min(all)));
        let end = index + frames;
        if frames == 0 {
            return 0;
        }
        let number = file * self.blocks_in_file() + within / self.block;
        let micros = |samples: u64| (samples as f64 * 1e6 / rate).round() as i64;
        let began = *self.began.get_or_insert_with(|| now() - micros(index));
        // a block is due at the time of its last sample
        self.pacer.wait((end - self.resumed) as f64 / rate);
        let there = s.gaps.0 == 0.0 || uniform(s.seed, u64::MAX, number) >= s.gaps.0;
        let mut samples = Vec::with_capacity(frames as usize * channels);
        match &mut self.cavity {
            // skipped samples are generated too, since later ones depend on them
            Some(cavity) => cavity.extend(file, index, frames as usize, &mut samples),
            None if there => (0..channels).for_each(|c| match s.signal {
                Signal::Tones => self.tones[c % self.tones.len()].extend(index..end, &mut samples),
                _ => samples.extend((index..end).map(|i| s.sample(c as u32, i))),
            }),
            None => {}
        }
        if there {
            let (spec, recording, of) = match self.cavity {
                Some(_) => (SignalSpec::iq(s.rate, s.centre), file as i64, self.file),
                None => (SignalSpec::real(s.rate, channels), began, 0),
            };
            let block = Block { spec, recording, index: within, time: began + micros(index), of, samples };
            let origin = Origin { shard: 0, offset: number as i64 };
            batch.push(Input::Datum(self.stream.clone(), origin, Data::Samples(block)));
        }
        self.index = end;
        frames as usize * channels
    }

    fn blocks_in_file(&self) -> u64 {
        self.file.div_ceil(self.block)
    }
}

impl Source for Generator {
    fn next(&mut self, batch: &mut Vec<Input>) -> Result<Turn> {
        let mut samples = 0;
        loop {
            match self.block(batch) {
                0 => return Ok(Turn::End),
                n => samples += n,
            }
            if self.pacer.enough(samples) {
                return Ok(Turn::More);
            }
        }
    }

    fn resume(&mut self, positions: &Positions) -> Result<()> {
        let in_file = self.blocks_in_file();
        if let (Some(cavity), Some(position)) = (&mut self.cavity, positions.get(&0)) {
            let number = position.offset.max(0) as u64;
            let (file, within) = (number / in_file, number % in_file * self.block);
            (self.index, self.resumed) = (file * self.file, file * self.file + within);
            // generates the preceding noise of the file, since each sample depends on the previous one
            let mut skipped = vec![];
            while self.index < self.resumed {
                let frames = (self.resumed - self.index).min(1 << 16);
                skipped.clear();
                cavity.extend(file, self.index, frames as usize, &mut skipped);
                self.index += frames;
            }
        }
        Ok(())
    }

    fn progress(&self) -> Option<(u64, u64)> {
        self.length.map(|all| (self.index, all))
    }
}
