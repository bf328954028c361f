//! Tracks the recordings of a lane whose pieces arrive in any order and from any shard: which are open or closed.

use crate::data::{Data, Mark, Over, Scans};
use crate::part::Groups;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Closed recordings whose numbers are remembered, so that their further pieces are recognized as late.
const REMEMBERED: usize = 16;

/// A piece with the number of a closed recording that is later by this much (µs) starts a new recording: instruments
/// restart their numbering when they restart or run out of digits.
const ANEW: i64 = 60_000_000;

/// Maximum number of scans tracked per recording, one bit each, which bounds the memory (8 MiB) for any input.
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
    /// Index of the first sample of the first piece.
    index: u64,
    /// Offset of the first piece.
    first: i64,
    last: i64,
    time: i64,
    touched: Instant,
    scans: Scans,
    /// Number of scans in the recording; 0 if unknown.
    of: u64,
}

struct Closed {
    recording: i64,
    /// Time of the newest sample (µs).
    time: i64,
    /// Offset of the first piece.
    first: i64,
    /// Offset of the newest piece.
    last: i64,
    /// Whether every scan had arrived.
    whole: bool,
    /// The scans that had arrived; empty if the recording was closed before a restart.
    scans: Scans,
}

/// How a piece relates to its recording.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece {
    /// Not seen before.
    New,
    /// A repeat of this many scans.
    Again(u64),
    /// A repeat, after the recording was closed.
    Past,
    /// Arrived for the first time after the recording was closed.
    Late,
    /// Holds no scan and arrived after the recording was closed.
    Empty,
    /// Its scan numbers exceed [`MOST_SCANS`].
    Beyond,
}

impl Recordings {
    /// Starts with no open recordings and with those `closed` before a restart; before it, pieces up to offset
    /// `reached` had arrived, and those from `needed` on will be repeated.
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

    /// Records the arrival of a piece.
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
                // recordings closed before a restart have their time rounded up to seconds
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

    /// Closes the next recording that is due and returns its number: it is complete, or enough newer ones have begun.
    pub fn due(&mut self) -> Option<i64> {
        // only the recording of the newest piece can have just become complete
        let newest = self.edge.map(|edge| edge.recording);
        let full = |open: &Open| open.of > 0 && open.scans.count() >= open.of && !self.groups.shares;
        let at = self.open.iter().position(|open| newest == Some(open.recording) && full(open));
        let at = at.or_else(|| {
            // counts only recordings that a restart would find again; the oldest has the most newer ones
            let (at, oldest) = self.open.iter().enumerate().min_by_key(|(_, open)| open.first)?;
            let begun = self.open.iter().map(|o| o.first).chain(self.closed.iter().map(|c| c.first));
            (begun.filter(|first| *first > oldest.first).count() > self.groups.open).then_some(at)
        })?;
        self.close(at)
    }

    /// Closes a recording that has received nothing within the deadline.
    pub fn overdue(&mut self, now: Instant) -> Option<i64> {
        let deadline = self.groups.deadline?;
        let at = self.open.iter().position(|open| now.saturating_duration_since(open.touched) >= deadline)?;
        self.close(at)
    }

    /// Closes the oldest open recording.
    pub fn oldest_closed(&mut self) -> Option<i64> {
        if self.open.is_empty() { None } else { self.close(0) }
    }

    fn close(&mut self, at: usize) -> Option<i64> {
        let Open { recording, time, first, last, scans, of, .. } = self.open.remove(at)?;
        let whole = of > 0 && scans.count() >= of;
        self.closed.push_back(Closed { recording, time, first, last, whole, scans });
        // a recording whose pieces would be read again after a restart must stay known
        let needed = self.needed();
        while self.closed.len() > REMEMBERED && self.closed[0].last < needed {
            self.closed.pop_front();
        }
        Some(recording)
    }

    /// Offset of the first piece that is still needed.
    pub fn needed(&self) -> i64 {
        self.first().unwrap_or(self.newest.saturating_add(1))
    }

    /// The first sample of the oldest piece that is still needed, or one past the newest sample.
    pub fn mark(&self) -> Option<Mark> {
        let oldest = self.open.iter().min_by_key(|open| open.first);
        oldest.map(|open| Mark { recording: open.recording, index: open.index }).or(self.edge)
    }

    /// Extends the deadlines by a period during which the engine was blocked and could not process pieces.
    pub fn forward(&mut self, stood: Duration) {
        self.open.iter_mut().for_each(|open| open.touched += stood);
    }

    /// Discards all state.
    pub fn give_up(&mut self) {
        self.open.clear();
        self.closed.clear();
    }

    /// Offset of the first piece of the oldest open recording.
    pub fn first(&self) -> Option<i64> {
        self.open.iter().map(|open| open.first).min()
    }

    /// The closed recordings, as stored with the position.
    pub fn closed(&self) -> Vec<Over> {
        // rounded up, so that a piece that is late before a restart is late after it
        let over =
            |c: &Closed| Over(c.recording, c.time.div_euclid(1_000_000).saturating_add(1), c.first, c.whole);
        self.closed.iter().map(over).collect()
    }

    /// Whether an open recording may close by its deadline.
    pub fn waits(&self) -> bool {
        self.groups.deadline.is_some() && !self.open.is_empty()
    }

    /// Whether results are shares of groups, emitted when positions are committed.
    pub fn shares(&self) -> bool {
        self.groups.shares
    }
}
