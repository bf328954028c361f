//! Readings of many keys, folded by event time: the windows of a reading, the time at which a window closes, and what
//! must be read again after a restart.

mod counts;
mod keys;
mod pane;
mod panes;
mod saved;
mod sessions;
#[cfg(test)]
mod tests;

use super::chain::Chain;
use super::{At, Cuts, Give, Onto};
use crate::data::{
    Aggregate, Data, Mark, Origin, Pane, PanePart as Part, Reading, Readings, Refusal, ResultState, Resume,
};
use crate::part::{Clock, Placed, Saves, Sheet, Sums, TransformPlan, Windows as Kind};
use keys::Keys;
use passband_dsp::aggregate::Kept;
use passband_signal::{Fault, Result};
use std::time::Instant;

/// The result of a window for one key.
struct Closed<'a> {
    key: u32,
    start: i64,
    end: i64,
    /// Whether the window is still open.
    early: bool,
    sums: &'a [f64],
    kept: &'a [Kept],
}

type Each<'a> = &'a mut dyn FnMut(Closed<'_>) -> Result<()>;

/// The outcome for a reading.
enum Fate {
    Folded,
    Late,
    Duplicate,
    Ahead,
}

/// A kind of window, over all keys.
trait Window: Send {
    /// Folds a reading; `watermark` is the greatest time before it.
    fn fold(&mut self, reading: &Reading<'_>, key: u32, sheet: &Sheet, watermark: i64) -> Fate;
    /// The watermark at which the next window closes.
    fn next(&self) -> Option<i64>;
    /// The watermark at which all windows are closed.
    fn last(&self) -> Option<i64>;
    /// Emits the windows that close at this watermark, in the order of their ends.
    fn close(&mut self, watermark: i64, sheet: &Sheet, give: Each<'_>) -> Result<()>;
    /// Offset of the oldest reading that a future result needs.
    fn oldest(&self) -> Option<i64>;
    /// The watermark to start a replay with, if it differs from the one reached: windows that close during the replay
    /// were emitted before.
    fn replays(&self) -> Option<i64> {
        None
    }
    /// Emits the changes of open windows since the last call.
    fn early(&mut self, _: &Sheet, _give: Each<'_>) -> Result<()> {
        Ok(())
    }
    /// Reports every key in use.
    fn needs(&self, key: &mut dyn FnMut(u32));
    /// Emits removals of stored parts that are no longer needed, and with `all` the parts that have not been stored.
    fn save(&mut self, _all: bool, _: &Keys, _: &Sheet, _give: &mut dyn FnMut(Part)) {}
    /// Restores a stored part.
    fn restore(&mut self, _part: &Part, _: &mut Keys, _: &Sheet) -> Option<()> {
        None
    }
    /// Removes a stored part that is no longer needed.
    fn forget(&mut self, _part: &Part) {}
}

/// The readings of one shard and stream.
pub struct Keyed<'a> {
    clock: Clock,
    sums: Sums,
    keys: Keys,
    windows: Box<dyn Window>,
    /// The transforms after the fold.
    chain: Chain<'a>,
    shard: i32,
    /// Readings before this offset belong to windows that were emitted before a restart.
    needed: i64,
    /// The greatest time so far.
    watermark: i64,
    /// Offset of the newest reading.
    newest: i64,
    /// Its time of arrival, by the wall clock.
    touched: Instant,
    /// The watermark at which early results are due.
    tick: i64,
    /// How open windows are stored, and when they were stored last.
    saved: Option<(Saves, Instant)>,
}

const LATE: &str = "late: its window was closed";
const AHEAD: &str = "its time is ahead of its arrival by more than max_ahead";

impl<'a> Keyed<'a> {
    /// Creates the state of a stream, which resumes at its position. Open windows are restored, or else read again.
    pub fn new(
        (clock, sums, saves): (Clock, Sums, Option<Saves>),
        transforms: &'a [Placed<dyn TransformPlan>],
        shard: i32,
        resume: Option<&Resume>,
    ) -> Self {
        let watermark = resume.and_then(|resume| resume.watermark).unwrap_or(i64::MIN);
        let needed = resume.and_then(|resume| resume.offset).unwrap_or(0);
        let windows: Box<dyn Window> = match clock.windows {
            Kind::Hopping { length, hop, grace } => {
                Box::new(panes::Panes::new(length, hop, grace, watermark, saves.is_some()))
            }
            Kind::Sessions { gap, grace } => Box::new(sessions::Sessions::new(gap, grace)),
            Kind::Counts(length) => Box::new(counts::Counts::new(length)),
        };
        let touched = Instant::now();
        Self {
            clock,
            sums,
            keys: Keys::default(),
            windows,
            chain: Chain::new(transforms),
            shard,
            needed,
            watermark,
            newest: needed - 1,
            touched,
            tick: i64::MIN,
            saved: saves.map(|saves| (saves, touched)),
        }
    }

    /// Folds readings; those before offset `known` were counted before a restart.
    fn readings(&mut self, readings: &Readings, known: i64, onto: &mut Onto<'_>) -> Result<()> {
        let needed = self.needed;
        self.touched = Instant::now();
        let (mut folded, mut late, mut refused, mut duplicate) = (0, 0, 0, 0);
        for reading in readings.iter().filter(|reading| reading.arrival.offset >= needed) {
            self.newest = reading.arrival.offset;
            let silent = reading.arrival.offset < known;
            onto.offset.set(reading.arrival.offset);
            let (count, reason) = match self.fold(&reading) {
                Fate::Folded => (&mut folded, None),
                Fate::Late => (&mut late, Some(LATE)),
                Fate::Duplicate => (&mut duplicate, None),
                Fate::Ahead => (&mut refused, Some(AHEAD)),
            };
            *count += u64::from(!silent);
            if let Some(reason) = reason.filter(|_| !silent) {
                (onto.refuse)(refusal(&reading, reason, readings.place_of(reading.arrival.offset)));
            }
            if self.windows.next().is_some_and(|next| next <= self.watermark) {
                self.close_until(self.watermark, silent, onto.give)?;
            }
            if let Some(every) = self.clock.early.filter(|_| self.watermark >= self.tick) {
                if self.tick > i64::MIN {
                    self.early(silent, onto.give)?;
                }
                self.tick = (self.watermark.div_euclid(every) + 1) * every;
            }
        }
        if self.keys.are_many() {
            self.keys.retain(|needed| self.windows.needs(needed));
        }
        let came = onto.tally.came;
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
        let fate = self.windows.fold(reading, key, &self.sums.sheet, self.watermark);
        if let Fate::Folded = fate {
            self.watermark = self.watermark.max(reading.time);
        }
        fate
    }

    fn close_until(&mut self, watermark: i64, silent: bool, give: Give<'_>) -> Result<()> {
        let Self { windows, sums, keys, chain, .. } = self;
        windows.close(watermark, &sums.sheet, &mut |closed| match silent {
            true => Ok(()),
            false => chain.onward(Data::row(row(sums, keys, closed)), give),
        })
    }

    fn early(&mut self, silent: bool, give: Give<'_>) -> Result<()> {
        let Self { windows, sums, keys, chain, .. } = self;
        windows.early(&sums.sheet, &mut |closed| match silent {
            true => Ok(()),
            false => chain.onward(Data::row(row(sums, keys, closed)), give),
        })
    }

    /// A hash of the windows and measures.
    fn of(&self) -> u64 {
        self.saved.as_ref().map_or(0, |(saves, _)| saves.of)
    }

    /// Closes all windows.
    fn close_all(&mut self, give: Give<'_>) -> Result<()> {
        let Some(last) = self.windows.last() else { return Ok(()) };
        if last < i64::MAX {
            self.watermark = self.watermark.max(last);
        }
        self.close_until(last, false, give)
    }

    /// Offset of the first reading that is needed.
    fn needed(&self) -> i64 {
        self.oldest().unwrap_or(self.newest + 1)
    }
}

impl Cuts for Keyed<'_> {
    fn take(&mut self, at: At, data: Data, onto: &mut Onto<'_>) -> Result<()> {
        self.chain.start()?;
        match data {
            Data::Readings(readings) => self.readings(&readings, at.known, onto),
            other => self.chain.onward(other, onto.give),
        }
    }

    fn expire(&mut self, replaying: bool, give: Give<'_>) -> Result<()> {
        // closing during a replay would omit readings that are still to be read again
        let over = self.clock.idle_after.is_some_and(|after| self.touched.elapsed() >= after);
        if over && !replaying { self.close_all(give) } else { Ok(()) }
    }

    fn close(&mut self, give: Give<'_>) -> Result<()> {
        self.close_all(give)
    }

    fn settle(&mut self, all: bool, give: Give<'_>) -> Result<()> {
        let (shard, of, mut given) = (self.shard, self.of(), Ok(()));
        let Some((saves, last)) = &mut self.saved else { return Ok(()) };
        let all = all || last.elapsed() >= saves.every;
        if all {
            *last = Instant::now();
        }
        self.windows.save(all, &self.keys, &self.sums.sheet, &mut |part| {
            if given.is_ok() {
                given = give(Data::Pane(Box::new(Pane { shard, of, part })));
            }
        });
        given
    }

    /// Without a watermark nothing was folded yet, so stored state belongs to an earlier use of the group.
    fn restore(&mut self, state: &[Data]) -> Result<()> {
        self.chain.start()?;
        let (of, foreign) = (self.of(), self.watermark == i64::MIN);
        for pane in state.iter().filter_map(|data| match data {
            Data::Pane(pane) => Some(pane),
            _ => None,
        }) {
            let part = &pane.part;
            if foreign {
                self.windows.forget(part);
                continue;
            }
            let ours = (pane.of == of).then_some(part);
            ours.and_then(|part| self.windows.restore(part, &mut self.keys, &self.sums.sheet)).ok_or_else(
                || {
                    Fault::new("the stored panes belong to other windows or measures")
                        .why("the pipeline was changed")
                        .fix("restore the pipeline, or use another group: then all readings are folded again")
                },
            )?;
        }
        Ok(())
    }

    fn drop_unfinished(&mut self) {}

    fn is_unsaved(&self) -> bool {
        self.saved.is_some() && self.windows.oldest().is_some()
    }

    fn may_expire(&self) -> bool {
        self.clock.idle_after.is_some() && self.windows.last().is_some()
    }

    fn resume(&self) -> Option<Resume> {
        let (next, offset) = (Mark { recording: 0, index: 0 }, Some(self.needed()));
        // a replay starts with this watermark
        let watermark = Some(self.windows.replays().unwrap_or(self.watermark));
        let watermark = watermark.filter(|watermark| *watermark > i64::MIN);
        Some(Resume { next, edge: None, offset, closed: vec![], watermark })
    }

    fn oldest(&self) -> Option<i64> {
        self.windows.oldest()
    }
}

/// The result of a window as a row.
fn row(
    sums: &Sums,
    keys: &Keys,
    Closed { key, start, end, early, sums: folded, kept }: Closed<'_>,
) -> Aggregate {
    let (readings, values) = sums.sheet.finish(folded, kept);
    let result = if early { ResultState::Early } else { ResultState::Final };
    let shape = sums.shape.clone();
    Aggregate { key: keys.name(key).into(), start, end, result, readings, shape, values }
}

fn refusal(reading: &Reading<'_>, reason: &str, place: String) -> Refusal {
    let origin = Origin { shard: 0, offset: reading.arrival.offset };
    Refusal { origin, place, reason: reason.into(), bytes: reading.bytes.to_vec() }
}
