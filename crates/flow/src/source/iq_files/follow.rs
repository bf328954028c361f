//! Waits for complete files.

use super::Layout;
use super::shelf::{Group, Shelf};
use passband_signal::iq::Info;
use std::collections::{BTreeMap, HashSet};
use std::io;
use std::time::{Duration, Instant};

const LATE: &str = "arrived after a file with the same or a higher number";

/// Watches a shelf, and returns complete groups in the order of their numbers.
pub struct Watch {
    settle: Duration,
    /// Groups that were returned, as long as they exist.
    given: HashSet<String>,
    /// The number of the last group returned.
    floor: Option<i64>,
    /// Whether the shelf was not listed yet.
    first: bool,
    waiting: BTreeMap<(i64, String), Waiting>,
    due: Instant,
}

struct Waiting {
    group: Group,
    infos: Vec<Info>,
    /// When it was first seen in its current state.
    since: Instant,
    /// Whether it has been unchanged for long enough.
    rests: bool,
    whole: bool,
}

/// What to do with a group.
pub enum Seen {
    /// It is to be read, if possible.
    Take(Group),
    /// It is refused because of its order.
    Refuse(Group, &'static str),
}

impl Watch {
    /// Watches for groups that have not grown for `settle`; numbers below `from` were returned before.
    pub fn new(settle: Duration, from: Option<i64>) -> Self {
        let floor = from.map(|from| from - 1);
        Self {
            settle,
            given: HashSet::new(),
            floor,
            first: true,
            waiting: BTreeMap::new(),
            due: Instant::now(),
        }
    }

    /// The next group, if one is complete; lists the shelf at limited intervals.
    pub fn next(&mut self, shelf: &Shelf, seen: &mut Vec<Seen>) -> io::Result<()> {
        if self.take(seen) || Instant::now() < self.due {
            return Ok(());
        }
        let began = Instant::now();
        self.look(shelf, began, seen)?;
        // limits how often a large folder is listed
        let pause = (self.settle / 4).clamp(Duration::from_millis(10), Duration::from_millis(250));
        self.due = Instant::now() + pause.max(began.elapsed() * 20);
        self.take(seen);
        Ok(())
    }

    fn look(&mut self, shelf: &Shelf, now: Instant, seen: &mut Vec<Seen>) -> io::Result<()> {
        let groups = shelf.groups()?;
        if std::mem::take(&mut self.first)
            && let Some(floor) = self.floor
        {
            // the first listing after a restart: these were returned before it
            let before = groups.iter().filter(|group| group.number.is_some_and(|n| n <= floor));
            self.given.extend(before.map(|group| group.key.clone()));
        }
        let there: HashSet<&str> = groups.iter().map(|group| group.key.as_str()).collect();
        self.given.retain(|key| there.contains(key.as_str()));
        let mut waiting = BTreeMap::new();
        for group in groups {
            if self.given.contains(&group.key) {
                continue;
            }
            let Some(number) = group.number else {
                self.refuse(
                    group,
                    "has no number in its name, which orders files with follow = \"yes\"",
                    seen,
                );
                continue;
            };
            if self.floor.is_some_and(|floor| number <= floor) {
                self.refuse(group, LATE, seen);
                continue;
            }
            // a group that was just removed is no longer waited for
            let Ok(infos) = shelf.infos(&group) else { continue };
            let key = (number, group.key.clone());
            let before = self.waiting.remove(&key).filter(|before| before.infos == infos);
            let since = before.map_or(now, |before| before.since);
            let rests = now - since >= self.settle;
            let equal =
                shelf.layout != Layout::Pairs || infos.windows(2).all(|two| two[0].size == two[1].size);
            let sizes = equal && infos.iter().all(|info| info.size > 0);
            let whole = group.lacks.is_none() && sizes && (rests || shelf.reached(&infos));
            waiting.insert(key, Waiting { group, infos, since, rests, whole });
        }
        self.waiting = waiting;
        Ok(())
    }

    /// Returns the first waiting group if it is complete, or if it is unchanged and a complete one follows it.
    fn take(&mut self, seen: &mut Vec<Seen>) -> bool {
        let mut waiting = self.waiting.values();
        let ready = waiting.next().is_some_and(|first| {
            first.whole || first.rests && waiting.any(|later| later.whole && later.rests)
        });
        let Some(((number, key), first)) = ready.then(|| self.waiting.pop_first()).flatten() else {
            return false;
        };
        if self.floor == Some(number) {
            self.refuse(first.group, LATE, seen);
        } else {
            self.floor = Some(number);
            self.given.insert(key);
            seen.push(Seen::Take(first.group));
        }
        true
    }

    fn refuse(&mut self, group: Group, why: &'static str, seen: &mut Vec<Seen>) {
        self.given.insert(group.key.clone());
        seen.push(Seen::Refuse(group, why));
    }
}
