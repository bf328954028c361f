//! Sessions: the readings of a key without a gap as long as that of the window.

use super::{Closed, Each, Fate, Window};
use crate::data::Reading;
use crate::part::{Cell, Sheet};
use hashbrown::HashSet;
use passband_signal::Result;
use std::collections::{BTreeSet, HashMap};

/// The sessions of all keys.
pub struct Sessions {
    gap: i64,
    grace: i64,
    /// By key, in order, at least a gap apart.
    open: HashMap<u32, Vec<Session>>,
    /// End and key of each session.
    ends: BTreeSet<(i64, u32)>,
    /// Offset of its first reading, and the watermark before it, for a replay.
    begins: BTreeSet<(i64, i64)>,
}

struct Session {
    first: i64,
    /// Time of the last reading.
    last: i64,
    /// Offset of the oldest reading, and the watermark before it.
    begin: (i64, i64),
    cell: Cell,
    ids: HashSet<u64>,
    /// Whether it has changed since the last early result.
    changed: bool,
}

impl Sessions {
    /// Sessions with this gap and grace (µs).
    pub fn new(gap: i64, grace: i64) -> Self {
        Self { gap, grace, open: HashMap::new(), ends: BTreeSet::new(), begins: BTreeSet::new() }
    }
}

impl Window for Sessions {
    fn fold(&mut self, reading: &Reading<'_>, key: u32, sheet: &Sheet, watermark: i64) -> Fate {
        let Self { gap, grace, .. } = *self;
        let (time, arrival) = (reading.time, reading.arrival);
        let sessions = self.open.entry(key).or_default();
        let touches = |s: &Session| time > s.first.saturating_sub(gap) && time < s.last.saturating_add(gap);
        let (from, to) = match sessions.iter().position(touches) {
            Some(from) => (from, sessions.iter().rposition(touches).map_or(from, |to| to + 1)),
            None if time.saturating_add(gap + grace) <= watermark => return Fate::Late,
            None => {
                let at = sessions.partition_point(|s| s.last < time);
                let begin = (arrival.offset, watermark);
                let ids = HashSet::new();
                let cell = sheet.cell();
                sessions.insert(at, Session { first: time, last: time, begin, cell, ids, changed: true });
                self.ends.insert((time, key));
                self.begins.insert(begin);
                (at, at + 1)
            }
        };
        if arrival.id.is_some_and(|id| sessions[from..to].iter().any(|s| s.ids.contains(&id))) {
            return Fate::Duplicate;
        }
        // a reading between two sessions joins them
        for _ in from + 1..to {
            let later = sessions.remove(from + 1);
            self.ends.remove(&(later.last, key));
            self.begins.remove(&later.begin);
            let session = &mut sessions[from];
            self.ends.remove(&(session.last, key));
            self.begins.remove(&session.begin);
            sheet.merge(&mut session.cell, &later.cell.sums, &later.cell.kept);
            (session.last, session.begin) = (later.last, session.begin.min(later.begin));
            session.ids.extend(later.ids);
            self.ends.insert((session.last, key));
            self.begins.insert(session.begin);
        }
        let session = &mut sessions[from];
        session.ids.extend(arrival.id);
        session.changed = true;
        if time > session.last {
            self.ends.remove(&(session.last, key));
            self.ends.insert((time, key));
            session.last = time;
        }
        session.first = session.first.min(time);
        sheet.add(&mut session.cell.sums, &mut session.cell.kept, time, reading.values);
        Fate::Folded
    }

    fn next(&self) -> Option<i64> {
        self.ends.first().map(|(last, _)| last.saturating_add(self.gap + self.grace))
    }

    fn last(&self) -> Option<i64> {
        self.ends.last().map(|(last, _)| last.saturating_add(self.gap + self.grace))
    }

    fn close(&mut self, watermark: i64, _: &Sheet, give: Each<'_>) -> Result<()> {
        while self.next().is_some_and(|next| next <= watermark) {
            let Some((last, key)) = self.ends.pop_first() else { break };
            let Some(sessions) = self.open.get_mut(&key) else { continue };
            let Some(at) = sessions.iter().position(|session| session.last == last) else { continue };
            let Session { first, begin, cell, .. } = sessions.remove(at);
            if sessions.is_empty() {
                self.open.remove(&key);
            }
            self.begins.remove(&begin);
            let (start, end) = (first, last + self.gap);
            give(Closed { key, start, end, early: false, sums: &cell.sums, kept: &cell.kept })?;
        }
        Ok(())
    }

    fn early(&mut self, _: &Sheet, give: Each<'_>) -> Result<()> {
        for (last, key) in &self.ends {
            let session = self.open.get_mut(key).and_then(|all| all.iter_mut().find(|s| s.last == *last));
            if let Some(Session { first, cell, changed, .. }) = session
                && std::mem::take(changed)
            {
                let (key, start, end) = (*key, *first, last + self.gap);
                give(Closed { key, start, end, early: true, sums: &cell.sums, kept: &cell.kept })?;
            }
        }
        Ok(())
    }

    fn needs(&self, key: &mut dyn FnMut(u32)) {
        self.open.keys().for_each(|number| key(*number));
    }

    fn oldest(&self) -> Option<i64> {
        self.begins.first().map(|(offset, _)| *offset)
    }

    fn replays(&self) -> Option<i64> {
        self.begins.first().map(|(_, watermark)| *watermark)
    }
}
