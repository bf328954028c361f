//! Recordings whose pieces arrive in any order and through any shard.

use super::chain::Chain;
use super::ordered::Windowing;
use super::recordings::{MOST_SCANS, Piece, Recordings};
use super::{At, Cuts, Give, Onto};
use crate::data::{Data, Mark, Origin, Refusal, Resume};
use crate::part::{Cut, Groups, Placed, TransformPlan, WindowPlan};
use passband_signal::Result;
use std::time::{Duration, Instant};

/// The recordings of one stream.
pub struct Pieces<'a> {
    window: Windowing<'a>,
    chain: Chain<'a>,
    recordings: Recordings,
    /// Samples per scan.
    scan: Option<u64>,
    /// Pieces before this offset belong to results that were emitted before a restart.
    needed: i64,
    /// The first sample that was needed then.
    first: Option<Mark>,
}

impl<'a> Pieces<'a> {
    /// A stream that resumes at its position; everything before offset `reached` had arrived.
    pub fn new(
        window: Option<&'a Placed<dyn WindowPlan>>,
        transforms: &'a [Placed<dyn TransformPlan>],
        (groups, scan): (Groups, Option<u64>),
        resume: Option<&Resume>,
        reached: i64,
    ) -> Self {
        let closed = resume.map_or(&[][..], |resume| &resume.closed);
        let needed = resume.and_then(|resume| resume.offset).unwrap_or(0);
        Self {
            window: Windowing::new(window, None),
            chain: Chain::new(transforms),
            recordings: Recordings::new(groups, closed, reached, needed),
            scan,
            needed,
            first: resume.map(|resume| resume.next),
        }
    }

    /// Folds the scans of a new piece.
    fn fold(&mut self, data: Data, onto: &mut Onto<'_>) -> Result<()> {
        let Self { window, chain, .. } = self;
        let frames = match &data {
            Data::Samples(block) => window.cut(block, &mut |frame| {
                onto.tally.came.frames.add(1);
                chain.take(Cut::Frame(frame), onto.give)
            }),
            _ => None,
        };
        frames.unwrap_or_else(|| chain.take(Cut::Row(data), onto.give))
    }

    fn close_each(&mut self, next: impl Fn(&mut Recordings) -> Option<i64>, give: Give<'_>) -> Result<()> {
        while let Some(recording) = next(&mut self.recordings) {
            self.chain.close(recording, give)?;
        }
        Ok(())
    }
}

impl Cuts for Pieces<'_> {
    fn take(&mut self, at: At, data: Data, onto: &mut Onto<'_>) -> Result<()> {
        if at.offset < self.needed {
            return Ok(()); // another stream of this shard needs it to be read again
        }
        let (silent, came) = (at.is_replayed(), u64::from(!at.is_replayed()));
        let mut recording = 0;
        if let Data::Samples(block) = &data {
            // pieces of another format cannot belong to the same recording
            if self.window.spec().is_some_and(|spec| spec != block.spec) {
                self.close(onto.give)?;
            }
            self.window.prepare(block.spec)?;
            recording = block.recording;
            if let Some(length) = self.scan
                && !silent
                && block.of > 0
                && block.end() == block.of
            {
                onto.tally.left_over.add(block.of % length);
            }
        } else if let Data::Row(row) = &data {
            recording = row.share().map_or(0, |share| share.recording);
        }
        self.chain.start()?;
        // shares were sent with the positions, so they contain replayed pieces
        let known = silent && self.recordings.shares();
        match self.recordings.take(&data, at.offset) {
            Piece::Beyond if !silent => {
                onto.tally.refused.add(1);
                let index = if let Data::Samples(block) = &data { block.end() } else { 0 };
                (onto.refuse)(Refusal {
                    origin: Origin::default(),
                    place: format!("recording {recording}, up to sample {index}"),
                    reason: format!("a recording of more than {MOST_SCANS} scans is not supported"),
                    bytes: vec![],
                });
            }
            Piece::Late => onto.tally.late.add(came),
            Piece::Past => onto.tally.duplicate.add(came),
            Piece::Empty => onto.tally.came.folded.add(came),
            Piece::Again(scans) if !known => {
                onto.tally.duplicate.add(came);
                self.chain.count_duplicates(recording, scans);
            }
            Piece::New if !known => {
                onto.tally.came.folded.add(came);
                self.fold(data, onto)?;
            }
            // its scans are in a share, but the next share may start in it
            Piece::New => {
                if let Data::Samples(block) = &data {
                    self.window.cut(block, &mut |_| Ok(())).unwrap_or(Ok(()))?;
                }
            }
            _ => {}
        }
        self.close_each(Recordings::due, onto.give)
    }

    fn expire(&mut self, _: bool, give: Give<'_>) -> Result<()> {
        self.close_each(|recordings| recordings.overdue(Instant::now()), give)
    }

    fn close(&mut self, give: Give<'_>) -> Result<()> {
        self.close_each(Recordings::oldest_closed, give)
    }

    fn settle(&mut self, _: bool, give: Give<'_>) -> Result<()> {
        if self.recordings.shares() { self.chain.settle(give) } else { Ok(()) }
    }

    fn restore(&mut self, state: &[Data]) -> Result<()> {
        self.chain.start()?;
        self.chain.restore(state)
    }

    fn drop_unfinished(&mut self) {
        self.window.drop_unfinished();
        self.recordings.give_up();
    }

    fn may_expire(&self) -> bool {
        self.recordings.waits()
    }

    fn exclude(&mut self, pause: Duration) {
        self.recordings.forward(pause);
    }

    fn resume(&self) -> Option<Resume> {
        let next = self.recordings.mark().or(self.first)?;
        let (offset, closed) = (Some(self.recordings.needed()), self.recordings.closed());
        Some(Resume { next, edge: None, offset, closed, watermark: None })
    }

    fn oldest(&self) -> Option<i64> {
        self.recordings.first()
    }
}
