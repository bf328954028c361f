//! Positions that sinks store together with their results.

use crate::data::{Origin, Position, Positions};
use passband_signal::Result;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// When a sink must commit its results at a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Commit {
    /// The sink may delay the commit, if it stores positions itself.
    Due,
    /// A shard moves to another process, or the run ends: everything must be committed now.
    Now,
}

/// The outcome of a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Committed {
    /// Nothing was committed; the ledger is unchanged. The sink may commit when it is idle.
    Later,
    /// There are no results to commit; the ledger is unchanged.
    Empty,
    /// The results are committed.
    Safe,
    /// The results and the source's own positions are committed, in one transaction.
    WithPositions,
}

/// The positions that a sink commits together with its results, such as those of a transaction, a table or a database.
///
/// The engine starts each shard at the oldest position of its source and sinks, and withholds from each sink what that
/// sink already has. A pipeline with several sinks is therefore exactly once for each of them, even if they commit at
/// different times.
pub trait Ledger: Send + Sync {
    /// Where its results of each shard end; `None` for a shard whose results start with the source's first datum.
    fn positions(&self) -> Result<BTreeMap<i32, Option<Position>>>;
    /// Registers that results of this shard start here, if nothing was stored for it yet. Durable on return, or else the
    /// sink does not delay results of the shard ([`Committed::Later`]) until it has committed some of them.
    fn begin(&self, _shard: i32, _position: Option<&Position>) -> Result<()> {
        Ok(())
    }
}

/// The positions that a sink commits with its results.
pub enum Commits {
    /// None: results may be repeated after a crash.
    Results,
    /// The source's own positions.
    OfSource,
    /// Positions that the sink stores itself.
    Kept(Arc<dyn Ledger>),
}

/// The id of the source among the numbers of the sinks.
const SOURCE: usize = usize::MAX;

/// The ledgers of a pipeline's sinks.
#[derive(Default)]
pub struct Ledgers {
    /// Each ledger with the number of its sink.
    all: OnceLock<Vec<(usize, Arc<dyn Ledger>)>>,
    /// Sinks that commit the source's own positions.
    of_source: OnceLock<Vec<usize>>,
    /// By sink and shard, the offset up to which the sink has the results.
    held: Mutex<BTreeMap<(usize, i32), i64>>,
    any: AtomicBool,
}

impl Ledgers {
    /// Registers the sinks that store positions, when all sinks are open.
    pub(crate) fn set(&self, sinks: impl Iterator<Item = (usize, Commits)>) {
        let (mut all, mut of_source) = (vec![], vec![]);
        for (sink, commits) in sinks {
            match commits {
                Commits::Results => {}
                Commits::OfSource => of_source.push(sink),
                Commits::Kept(ledger) => all.push((sink, ledger)),
            }
        }
        let _ = (self.all.set(all), self.of_source.set(of_source));
    }

    fn all(&self) -> &[(usize, Arc<dyn Ledger>)] {
        self.all.get().map_or(&[], Vec::as_slice)
    }

    /// Where a source that stores positions starts its newly assigned shards; `own` are its positions.
    pub fn begin(&self, own: Vec<(i32, Option<Position>)>) -> Result<Vec<(i32, Option<Position>)>> {
        if self.all().is_empty() {
            return Ok(own);
        }
        let mut kept = vec![];
        for (sink, ledger) in self.all() {
            let mut positions = ledger.positions()?;
            for (shard, own) in &own {
                if !positions.contains_key(shard) {
                    ledger.begin(*shard, own.as_ref())?;
                    positions.insert(*shard, own.clone());
                }
            }
            kept.push((*sink, positions));
        }
        let begin = |(shard, own): (i32, Option<Position>)| {
            let of = |positions: &BTreeMap<i32, Option<Position>>| positions.get(&shard).cloned().flatten();
            let all = kept.iter().map(|(_, positions)| of(positions)).chain([own.clone()]);
            let oldest = all.min_by_key(reached).flatten();
            let of_source = self.of_source.get().into_iter().flatten();
            let of_source = of_source.chain([&SOURCE]);
            of_source.for_each(|sink| self.hold(*sink, shard, &own, &oldest));
            kept.iter().for_each(|(sink, positions)| self.hold(*sink, shard, &of(positions), &oldest));
            (shard, oldest)
        };
        Ok(own.into_iter().map(begin).collect())
    }

    /// Where a source that stores no positions starts; `None` if no sink stores any for it.
    pub(crate) fn resume(&self) -> Result<Option<Positions>> {
        let mut oldest: Option<Positions> = None;
        let mut kept = vec![];
        for (sink, ledger) in self.all() {
            let positions = ledger.positions()?;
            let known = oldest.get_or_insert_default();
            if kept.is_empty() {
                known.extend(positions.iter().filter_map(|(shard, p)| Some((*shard, p.clone()?))));
            }
            known.retain(|shard, old| match positions.get(shard).cloned().flatten() {
                Some(position) => {
                    if position.reached < old.reached {
                        *old = position;
                    }
                    true
                }
                None => false,
            });
            kept.push((*sink, positions));
        }
        for (sink, positions) in &kept {
            for (shard, position) in positions {
                let begins = oldest.as_ref().and_then(|oldest| oldest.get(shard)).cloned();
                self.hold(*sink, *shard, position, &begins);
            }
        }
        Ok(oldest)
    }

    fn hold(&self, sink: usize, shard: i32, position: &Option<Position>, begins: &Option<Position>) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        match reached(position) > reached(begins) {
            true => held.insert((sink, shard), reached(position)),
            false => held.remove(&(sink, shard)),
        };
        self.any.store(!held.is_empty(), Ordering::SeqCst);
    }

    /// The positions that a sink commits (or the source, for `None`), without the shards for which its position is already
    /// ahead: results and positions must be committed together.
    pub(crate) fn of<'a>(&self, sink: Option<usize>, positions: &'a Positions) -> Cow<'a, Positions> {
        if !self.any.load(Ordering::Relaxed) {
            return Cow::Borrowed(positions);
        }
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let behind = |shard: i32, position: &Position| {
            held.get(&(sink.unwrap_or(SOURCE), shard)).is_some_and(|reached| position.reached < *reached)
        };
        let passed = positions.iter().filter(|(shard, position)| !behind(**shard, position));
        Cow::Owned(passed.map(|(shard, position)| (*shard, position.clone())).collect())
    }

    /// Whether a sink already has the results of the datum at this place.
    pub(crate) fn holds(&self, sink: usize, origin: Origin) -> bool {
        self.any.load(Ordering::Relaxed) && {
            let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
            held.get(&(sink, origin.shard)).is_some_and(|reached| origin.offset < *reached)
        }
    }
}

/// The offset below which everything was counted.
fn reached(position: &Option<Position>) -> i64 {
    position.as_ref().map_or(0, |position| position.reached)
}
