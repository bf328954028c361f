//! Recordings of which pieces come in any order and through any shard: which are open, and what has come of each.

use crate::data::{Data, Mark, Over, Scans};
use crate::part::Groups;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Recordings that were closed and whose number is still known: a piece of one of them comes late.
const REMEMBERED: usize = 16;

/// A piece with the number of a closed recording, but so much younger (µs), belongs to a new one: numbers begin again
/// when an instrument is started again, or has used up its digits.
const ANEW: i64 = 60_000_000;

/// Scans of one recording that are kept account of, a bit each: a number from outside must not decide how much memory
/// that takes (8 MiB here).
pub const MOST_SCANS: u64 = 1 << 26;

/// The recordings of one lane.
pub struct Recordings {
    groups: Groups,
    open: VecDeque<Open>,
    closed: VecDeque<Closed>,
    /// Offset of the newest piece.
    newest: i64,
    /// One past the newest sample of the newest piece.
    edge: Option<Mark>,
}

struct Open {
    recording: i64,
    /// Index of the first sample of its first piece.
    index: u64,
    /// Offset of its first piece.
    first: i64,
    last: i64,
    time: i64,
    touched: Instant,
    scans: Scans,
    /// Scans that it has; 0 where that is not known.
    of: u64,
}

struct Closed {
    recording: i64,
    /// Of the newest sample (µs).
    time: i64,
    /// Offset of its first piece.
    first: i64,
    /// Offset of the newest piece.
    last: i64,
    /// Whether every scan had come.
    whole: bool,
    /// Those that had, unless that was before a restart.
    scans: Scans,
}

/// What a piece is to its recording.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece {
    /// Not known yet.
    New,
    /// It came before: so many scans again.
    Again(u64),
    /// It came before, and its recording is closed.
    Past,
    /// Its recording was closed without it.
    Late,
    /// It holds no scan, and its recording is closed.
    Empty,
    /// Its scans have numbers that are too great.
    Beyond,
}

impl Recordings {
    /// None yet, but for those `closed` before a restart, when pieces before offset `reached` had come and those from
    /// `needed` on are to come again.
    pub fn new(groups: Groups, closed: &[Over], reached: i64, needed: i64) -> Self {
        let closed = closed.iter().map(|over| Closed {
            recording: over.0,
            time: over.1.saturating_mul(1_000_000),
            first: over.2,
            last: reached,
            whole: over.3,
            scans: Scans::default(),
        });
        Self {
            groups,
            open: VecDeque::new(),
            closed: closed.collect(),
            newest: needed.saturating_sub(1),
            edge: None,
        }
    }

    /// Takes note of a piece.
    pub fn take(&mut self, data: &Data, offset: i64) -> Piece {
        let length = self.groups.length.max(1);
        let mut scans = Scans::default();
        let (recording, time, of, range) = match data {
            Data::Samples(block) if block.end() / length > MOST_SCANS => return Piece::Beyond,
            Data::Samples(block) => {
                scans.add(block.index / length..block.end() / length);
                (block.recording, block.time, block.of / length, block.index..block.end())
            }
            data => {
                let share = if let Data::Row(row) = data { row.share() } else { None };
                let Some(share) = share else { return Piece::New };
                scans = share.scans;
                (share.recording, share.time, share.of, 0..0)
            }
        };
        self.newest = self.newest.max(offset);
        self.edge = Some(Mark { recording, index: range.end });
        let at = self.open.iter().position(|open| open.recording == recording);
        let at = match at {
            Some(at) => at,
            None => {
                // what was closed before a restart has no time to the µs
                let is = |c: &&mut Closed| c.recording == recording && time < c.time.saturating_add(ANEW);
                if let Some(closed) = self.closed.iter_mut().find(is) {
                    closed.last = closed.last.max(offset);
                    return match () {
                        () if scans.count() == 0 => Piece::Empty,
                        () if closed.whole || closed.scans.meets(&scans) => Piece::Past,
                        () => Piece::Late,
                    };
                }
                self.closed.retain(|closed| closed.recording != recording);
                let (touched, scans) = (Instant::now(), Scans::default());
                self.open.push_back(Open {
                    recording,
                    index: range.start,
                    first: offset,
                    last: offset,
                    time,
                    touched,
                    scans,
                    of,
                });
                self.open.len() - 1
            }
        };
        let open = &mut self.open[at];
        open.last = offset;
        if open.scans.meets(&scans) {
            return Piece::Again(scans.count());
        }
        open.scans.merge(&scans);
        open.of = open.of.max(of);
        (open.time, open.touched) = (open.time.max(time), Instant::now());
        Piece::New
    }

    /// Closes a recording that is due and gives its number: complete, or left behind by newer ones.
    pub fn due(&mut self) -> Option<i64> {
        // only the one that has just got a piece can have become full
        let newest = self.edge.map(|edge| edge.recording);
        let full = |open: &Open| open.of > 0 && open.scans.count() >= open.of && !self.groups.shares;
        let at = self.open.iter().position(|open| newest == Some(open.recording) && full(open));
        let at = at.or_else(|| {
            // counted by what a restart finds again; the oldest has most behind it
            let (at, oldest) = self.open.iter().enumerate().min_by_key(|(_, open)| open.first)?;
            let begun = self.open.iter().map(|o| o.first).chain(self.closed.iter().map(|c| c.first));
            (begun.filter(|first| *first > oldest.first).count() > self.groups.open).then_some(at)
        })?;
        self.close(at)
    }

    /// Closes a recording of which nothing has come for too long.
    pub fn overdue(&mut self, now: Instant) -> Option<i64> {
        let deadline = self.groups.deadline?;
        let at = self.open.iter().position(|open| now.saturating_duration_since(open.touched) >= deadline)?;
        self.close(at)
    }

    /// Closes the oldest.
    pub fn oldest_closed(&mut self) -> Option<i64> {
        if self.open.is_empty() { None } else { self.close(0) }
    }

    fn close(&mut self, at: usize) -> Option<i64> {
        let Open { recording, time, first, last, scans, of, .. } = self.open.remove(at)?;
        let whole = of > 0 && scans.count() >= of;
        self.closed.push_back(Closed { recording, time, first, last, whole, scans });
        // one whose pieces would be read again after a restart must be known then
        let needed = self.needed();
        while self.closed.len() > REMEMBERED && self.closed[0].last < needed {
            self.closed.pop_front();
        }
        Some(recording)
    }

    /// Offset from which on pieces are needed.
    pub fn needed(&self) -> i64 {
        self.first().unwrap_or(self.newest.saturating_add(1))
    }

    /// The first sample of the oldest piece that is needed, or one past the newest.
    pub fn mark(&self) -> Option<Mark> {
        let oldest = self.open.iter().min_by_key(|open| open.first);
        oldest.map(|open| Mark { recording: open.recording, index: open.index }).or(self.edge)
    }

    /// What stood still did not let pieces come: it is no time in which none came.
    pub fn forward(&mut self, stood: Duration) {
        self.open.iter_mut().for_each(|open| open.touched += stood);
    }

    /// Forgets everything.
    pub fn give_up(&mut self) {
        self.open.clear();
        self.closed.clear();
    }

    /// Offset of the oldest piece of a recording that is open.
    pub fn first(&self) -> Option<i64> {
        self.open.iter().map(|open| open.first).min()
    }

    /// Those closed, for the position.
    pub fn closed(&self) -> Vec<Over> {
        // rounded up, so that a piece which is late before a restart is late after it
        let over =
            |c: &Closed| Over(c.recording, c.time.div_euclid(1_000_000).saturating_add(1), c.first, c.whole);
        self.closed.iter().map(over).collect()
    }

    /// Whether closing may be a matter of time.
    pub fn waits(&self) -> bool {
        self.groups.deadline.is_some() && !self.open.is_empty()
    }

    /// Whether groups are shares, given when positions are settled.
    pub fn shares(&self) -> bool {
        self.groups.shares
    }
}
