//! Readings of many keys, folded by event time: which window a reading belongs to, when a window closes, and what must
//! be read again after a restart.

mod clock;
mod counts;
mod keys;
mod pane;
mod panes;
mod saved;
mod sessions;
mod sums;
#[cfg(test)]
mod tests;

pub use clock::{Clock, Cuts, Saves, Sums};
pub use saved::Part;
pub use sums::{Cell, Sheet};

use crate::data::{Aggregate, Data, Origin, Reading, Readings, Refusal};
use crate::engine::Tally;
use keys::Keys;
use passband_dsp::aggregate::Kept;
use passband_signal::{Fault, Result};
use std::time::Instant;

/// What a window says of a key.
struct Window<'a> {
    key: u32,
    start: i64,
    end: i64,
    /// It is still open.
    early: bool,
    sums: &'a [f64],
    kept: &'a [Kept],
}

type Windows<'a> = &'a mut dyn FnMut(Window<'_>) -> Result<()>;

/// What becomes of a reading.
enum Fate {
    Folded,
    Late,
    Duplicate,
    Ahead,
}

/// One kind of window, over all keys.
trait Cut: Send {
    /// Folds a reading in, when the greatest time before it was `watermark`.
    fn fold(&mut self, reading: &Reading<'_>, key: u32, sheet: &Sheet, watermark: i64) -> Fate;
    /// The watermark at which the next window closes.
    fn next(&self) -> Option<i64>;
    /// The watermark at which all are closed.
    fn last(&self) -> Option<i64>;
    /// Gives the windows that are over, in the order of their ends.
    fn close(&mut self, watermark: i64, sheet: &Sheet, give: Windows<'_>) -> Result<()>;
    /// Offset of the oldest reading that a window to come needs.
    fn oldest(&self) -> Option<i64>;
    /// The watermark that a replay begins with, where it is not the one that was reached: then windows that close in
    /// the replay were given before.
    fn replays(&self) -> Option<i64> {
        None
    }
    /// Gives what changed in windows that are open, since the last time.
    fn early(&mut self, _: &Sheet, _give: Windows<'_>) -> Result<()> {
        Ok(())
    }
    /// Tells every key that it has.
    fn needs(&self, key: &mut dyn FnMut(u32));
    /// Gives what was saved and is no longer needed, and if `all`, what is not saved yet.
    fn save(&mut self, _all: bool, _: &Keys, _: &Sheet, _give: &mut dyn FnMut(Part)) {}
    /// Takes back what was saved.
    fn restore(&mut self, _part: &Part, _: &mut Keys, _: &Sheet) -> Option<()> {
        None
    }
    /// Nothing needs this any more, though it was saved.
    fn forget(&mut self, _part: &Part) {}
}

/// The readings of one shard and stream.
pub struct Keyed {
    clock: Clock,
    sums: Sums,
    keys: Keys,
    cut: Box<dyn Cut>,
    /// The greatest time so far.
    watermark: i64,
    /// Offset of the newest reading.
    newest: i64,
    /// When it came, by the wall clock.
    touched: Instant,
    /// The watermark at which early results are due.
    tick: i64,
    /// How what is open is saved, and when it was.
    saved: Option<(Saves, Instant)>,
}

type Give<'a> = &'a mut dyn FnMut(Aggregate) -> Result<()>;
type Refuse<'a> = &'a mut dyn FnMut(Refusal);

const LATE: &str = "late: its window was closed";
const AHEAD: &str = "its time lies further ahead of its arrival than max_ahead";

impl Keyed {
    /// Nothing yet; `watermark` is from the position, and readings from offset `needed` on are to come. What is open is
    /// `saved`, or else read again.
    pub fn new(clock: Clock, sums: Sums, watermark: Option<i64>, needed: i64, saved: Option<Saves>) -> Self {
        let watermark = watermark.unwrap_or(i64::MIN);
        let cut: Box<dyn Cut> = match clock.windows {
            Cuts::Hopping { length, hop, grace } => {
                Box::new(panes::Panes::new(length, hop, grace, watermark, saved.is_some()))
            }
            Cuts::Sessions { gap, grace } => Box::new(sessions::Sessions::new(gap, grace)),
            Cuts::Counts(length) => Box::new(counts::Counts::new(length)),
        };
        let (newest, touched) = (needed - 1, Instant::now());
        let (keys, saved) = (Keys::default(), saved.map(|saves| (saves, touched)));
        Self { clock, sums, keys, cut, watermark, newest, touched, tick: i64::MIN, saved }
    }

    /// Takes readings, of which those before offset `known` were counted before a restart, and those before `needed` are
    /// part of windows that were given then.
    pub fn take(
        &mut self,
        readings: &Readings,
        known: i64,
        needed: i64,
        tally: Tally<'_>,
        refuse: Refuse<'_>,
        give: Give<'_>,
    ) -> Result<()> {
        self.touched = Instant::now();
        let (mut folded, mut late, mut refused, mut duplicate) = (0, 0, 0, 0);
        for reading in readings.iter().filter(|reading| reading.arrival.offset >= needed) {
            self.newest = reading.arrival.offset;
            let silent = reading.arrival.offset < known;
            let (count, reason) = match self.fold(&reading) {
                Fate::Folded => (&mut folded, None),
                Fate::Late => (&mut late, Some(LATE)),
                Fate::Duplicate => (&mut duplicate, None),
                Fate::Ahead => (&mut refused, Some(AHEAD)),
            };
            *count += u64::from(!silent);
            if let Some(reason) = reason.filter(|_| !silent) {
                refuse(refusal(&reading, reason, readings.place_of(reading.arrival.offset)));
            }
            if self.cut.next().is_some_and(|next| next <= self.watermark) {
                self.close(self.watermark, silent, give)?;
            }
            if let Some(every) = self.clock.early.filter(|_| self.watermark >= self.tick) {
                if self.tick > i64::MIN {
                    self.early(silent, give)?;
                }
                self.tick = (self.watermark.div_euclid(every) + 1) * every;
            }
        }
        if self.keys.are_many() {
            self.keys.retain(|needed| self.cut.needs(needed));
        }
        let came = tally.came;
        came.folded.add(folded);
        came.late.add(late);
        came.refused.add(refused);
        came.duplicate.add(duplicate);
        came.missing_values.add(readings.missing(known.max(needed)));
        Ok(())
    }

    fn fold(&mut self, reading: &Reading<'_>) -> Fate {
        let latest = self.clock.max_ahead.map(|ahead| reading.arrival.time.saturating_add(ahead));
        if latest.is_some_and(|latest| reading.time > latest) {
            return Fate::Ahead;
        }
        let key = self.keys.number(reading.key);
        let fate = self.cut.fold(reading, key, &self.sums.sheet, self.watermark);
        if let Fate::Folded = fate {
            self.watermark = self.watermark.max(reading.time);
        }
        fate
    }

    fn close(&mut self, watermark: i64, silent: bool, give: Give<'_>) -> Result<()> {
        let Self { cut, sums, keys, .. } = self;
        cut.close(watermark, &sums.sheet, &mut |window| match silent {
            true => Ok(()),
            false => give(sums.row(keys, window)),
        })
    }

    fn early(&mut self, silent: bool, give: Give<'_>) -> Result<()> {
        let Self { cut, sums, keys, .. } = self;
        cut.early(&sums.sheet, &mut |window| match silent {
            true => Ok(()),
            false => give(sums.row(keys, window)),
        })
    }

    /// Gives what must be safe with the position; with `all` also what is not due yet.
    pub fn save(&mut self, all: bool, give: &mut dyn FnMut(Part)) {
        let Some((saves, last)) = &mut self.saved else { return };
        let all = all || last.elapsed() >= saves.every;
        if all {
            *last = Instant::now();
        }
        self.cut.save(all, &self.keys, &self.sums.sheet, give);
    }

    /// Whether something is still to be saved.
    pub fn unsaved(&self) -> bool {
        self.saved.is_some() && self.cut.oldest().is_some()
    }

    /// Of which windows and measures what is saved is.
    pub fn of(&self) -> u64 {
        self.saved.as_ref().map_or(0, |(saves, _)| saves.of)
    }

    /// Takes back what was saved. Without a watermark nothing was folded yet: then it is of another group's life.
    pub fn restore(&mut self, state: &[Data]) -> Result<()> {
        let (of, foreign) = (self.of(), self.watermark == i64::MIN);
        for pane in state.iter().filter_map(|data| match data {
            Data::Pane(pane) => Some(pane),
            _ => None,
        }) {
            let part = &pane.part;
            if foreign {
                self.cut.forget(part);
                continue;
            }
            let ours = (pane.of == of).then_some(part);
            ours.and_then(|part| self.cut.restore(part, &mut self.keys, &self.sums.sheet)).ok_or_else(
                || {
                    Fault::new("what was kept of the open windows is of other windows or measures")
                        .why("the pipeline was changed")
                        .fix("set it back, or begin with another group: then all readings are folded anew")
                },
            )?;
        }
        Ok(())
    }

    /// Closes all windows if nothing has come for long enough, or at the `end`.
    pub fn idle(&mut self, end: bool, give: Give<'_>) -> Result<()> {
        let over = self.clock.idle_after.is_some_and(|after| self.touched.elapsed() >= after);
        let Some(last) = self.cut.last().filter(|_| end || over) else { return Ok(()) };
        if last < i64::MAX {
            self.watermark = self.watermark.max(last);
        }
        self.close(last, false, give)
    }

    /// Whether closing may be a matter of time.
    pub fn waits(&self) -> bool {
        self.clock.idle_after.is_some() && self.cut.last().is_some()
    }

    /// Offset of the oldest reading that a window to come needs.
    pub fn oldest(&self) -> Option<i64> {
        self.cut.oldest()
    }

    /// Offset from which on readings are needed.
    pub fn needed(&self) -> i64 {
        self.oldest().unwrap_or(self.newest + 1)
    }

    /// The watermark that a replay begins with, for the position.
    pub fn watermark(&self) -> Option<i64> {
        Some(self.cut.replays().unwrap_or(self.watermark)).filter(|watermark| *watermark > i64::MIN)
    }
}

fn refusal(reading: &Reading<'_>, reason: &str, place: String) -> Refusal {
    let origin = Origin { shard: 0, offset: reading.arrival.offset };
    Refusal { origin, place, reason: reason.into(), bytes: reading.bytes.to_vec() }
}
