//! The messages queued for one browser: at most the newest picture of each stream and the newest report of each kind,
//! and the browser's positions in the logs of windows and records.

use crate::picture::Held;
use crate::record_feed::{Next, RecordFeed, Records};
use crate::report::Report;
use crate::window_feed::{Fed, Feed, Windows};
use crate::wire::{self, CREDIT, KEPT};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// Interval between reports of one kind; shorter intervals are unreadable.
const PACE: Duration = Duration::from_millis(50);

/// The queue of one browser, filled by the sink and emptied by the browser's task.
pub(crate) struct Mailbox {
    inner: Mutex<Inner>,
    /// Notified when something was added.
    pub wake: Notify,
}

struct Inner {
    slots: Vec<Slot>,
    /// By stream and kind.
    reports: BTreeMap<(usize, u8), Waiting>,
    /// Recordings from before this browser connected, the newest first.
    older: VecDeque<Arc<Report>>,
    /// Windows of sensors.
    feed: Option<Feed>,
    records: Option<RecordFeed>,
    joined: Instant,
    interval: Duration,
    credit: u8,
    thinned: u64,
    dropped: u64,
    description: Option<Arc<str>>,
}

#[derive(Default)]
struct Slot {
    waiting: Option<Arc<Held>>,
    /// Earliest time of the next picture.
    due: Option<Instant>,
    /// Average interval between published pictures.
    spacing: Duration,
    last: Option<Instant>,
    /// Only one miss is counted until this time.
    missed: Option<Instant>,
}

#[derive(Default)]
struct Waiting {
    waiting: Option<Arc<Report>>,
    /// Earliest time of the next report.
    due: Option<Instant>,
}

/// The next action of the browser's task.
pub(crate) enum Step {
    /// Send this description.
    Describe(Arc<str>),
    /// Send this picture.
    Picture(Vec<u8>),
    /// Send this report.
    Report(String),
    /// Send these windows.
    Windows(Windows),
    /// Send these records.
    Records(Records),
    /// Wait until then, or until notified.
    Until(Instant),
    /// Wait until notified.
    Idle,
}

/// The result for the picture that was queued before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Put {
    Kept,
    Thinned,
    Dropped,
}

impl Mailbox {
    /// An empty mailbox that releases at most one picture of a stream per `interval`.
    pub fn new(interval: Duration) -> Self {
        let inner = Inner {
            slots: Vec::new(),
            reports: BTreeMap::new(),
            older: VecDeque::new(),
            feed: None,
            records: None,
            joined: Instant::now(),
            interval,
            credit: CREDIT,
            thinned: 0,
            dropped: 0,
            description: None,
        };
        Self { inner: Mutex::new(inner), wake: Notify::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets a new description; pictures for the old one are discarded.
    pub fn describe(&self, description: Arc<str>, streams: usize) {
        let mut inner = self.lock();
        inner.slots.clear();
        inner.slots.resize_with(streams, Slot::default);
        inner.description = Some(description);
        drop(inner);
        self.wake.notify_one();
    }

    /// Queues a picture, which replaces one that is still queued.
    pub fn put(&self, held: &Arc<Held>) -> Put {
        let mut inner = self.lock();
        let interval = inner.interval;
        let Some(slot) = inner.slots.get_mut(held.stream) else { return Put::Kept };
        slot.arrived(held.published);
        let put = match slot.waiting.replace(held.clone()) {
            None => Put::Kept,
            Some(old) => slot.missed(old.published, interval),
        };
        inner.thinned += u64::from(put == Put::Thinned);
        inner.dropped += u64::from(put == Put::Dropped);
        drop(inner);
        self.wake.notify_one();
        put
    }

    /// Queues a report. Returns true if it replaces one of its kind.
    pub fn report(&self, report: &Arc<Report>) -> bool {
        let mut inner = self.lock();
        let slot = inner.reports.entry((report.stream, report.body.slot())).or_default();
        let gave_way = slot.waiting.replace(report.clone()).is_some();
        inner.thinned += u64::from(gave_way);
        drop(inner);
        self.wake.notify_one();
        gave_way
    }

    /// Queues recordings from before this browser connected; they are sent when no newer message is queued.
    pub fn older(&self, files: impl Iterator<Item = Arc<Report>>) {
        self.lock().older.extend(files);
    }

    /// Sets the logs of windows and records to read from.
    pub fn feed(&self, windows: Feed, records: RecordFeed) {
        let mut inner = self.lock();
        inner.feed = Some(windows);
        inner.records = Some(records);
    }

    /// Records that the browser has acknowledged a message.
    pub fn acknowledged(&self) {
        let mut inner = self.lock();
        inner.credit = (inner.credit + 1).min(CREDIT);
    }

    /// The next step. A message to send takes one credit.
    pub fn next(&self, now: Instant) -> Step {
        let mut guard = self.lock();
        let inner = &mut *guard;
        if let Some(description) = inner.description.take() {
            return Step::Describe(description);
        }
        if inner.credit == 0 {
            return Step::Idle;
        }
        let mut soonest: Option<Instant> = None;
        for slot in inner.reports.values_mut().filter(|slot| slot.waiting.is_some()) {
            match slot.due.filter(|due| *due > now) {
                Some(due) => soonest = Some(soonest.map_or(due, |s| s.min(due))),
                None => {
                    let Some(report) = slot.waiting.take() else { continue };
                    slot.due = Some(now + PACE);
                    inner.credit -= 1;
                    let kept = report.published < inner.joined;
                    drop(guard); // serializing takes a millisecond
                    return Step::Report(report.encode(kept));
                }
            }
        }
        for slot in &mut inner.slots {
            let Some(ready) = slot.ready(inner.interval) else { continue };
            if ready > now {
                soonest = Some(soonest.map_or(ready, |s| s.min(ready)));
                continue;
            }
            let Some(held) = slot.waiting.take() else { continue };
            slot.due = Some(slot.due.map_or(now + inner.interval, |due| (due + inner.interval).max(now)));
            inner.credit -= 1;
            let flags = if held.published < inner.joined { KEPT } else { 0 };
            return Step::Picture(wire::encode(&held, flags, inner.thinned, inner.dropped));
        }
        match inner.feed.as_mut().map_or(Fed::Nothing, |feed| feed.next(now)) {
            Fed::Rows(windows) => {
                inner.credit -= 1;
                return Step::Windows(windows);
            }
            Fed::Until(due) => soonest = Some(soonest.map_or(due, |s| s.min(due))),
            Fed::Nothing => {}
        }
        match inner.records.as_mut().map_or(Next::Nothing, |feed| feed.next(now)) {
            Next::Records(records) => {
                inner.credit -= 1;
                return Step::Records(records);
            }
            Next::Until(due) => soonest = Some(soonest.map_or(due, |s| s.min(due))),
            Next::Nothing => {}
        }
        if let Some(file) = inner.older.pop_front() {
            inner.credit -= 1;
            drop(guard);
            return Step::Report(file.encode(true));
        }
        soonest.map_or(Step::Idle, Step::Until)
    }
}

impl Slot {
    fn arrived(&mut self, now: Instant) {
        if let Some(last) = self.last.replace(now) {
            self.spacing = (self.spacing * 7 + now.saturating_duration_since(last)) / 8;
        }
    }

    /// Why a queued picture was not sent: it was early, or the browser was not ready. At most one per interval could
    /// have been sent, so at most one is counted as dropped.
    fn missed(&mut self, published: Instant, interval: Duration) -> Put {
        let early = |limit: Option<Instant>| limit.is_some_and(|limit| published < limit);
        if early(self.due) || early(self.missed) {
            return Put::Thinned;
        }
        self.missed = Some(published + interval);
        Put::Dropped
    }

    /// The time at which the queued picture is sent: at once if it was due on arrival; an early picture waits as long
    /// as a newer one is likely to arrive.
    fn ready(&self, interval: Duration) -> Option<Instant> {
        let published = self.waiting.as_ref()?.published;
        Some(match self.due {
            Some(due) if published < due && self.spacing < interval => due + self.spacing * 3 / 2,
            Some(due) if published < due => due,
            _ => published,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Picture;

    fn held(index: u64, published: Instant) -> Arc<Held> {
        let mut held = Held::new(0, 1, Picture { index, time_us: 0, values: &[0.0] }, Vec::new());
        held.published = published;
        Arc::new(held)
    }

    fn index(step: Step) -> Option<u64> {
        let Step::Picture(bytes) = step else { return None };
        Some(u64::from_le_bytes(bytes[8..16].try_into().unwrap()))
    }

    fn open(interval: Duration) -> Mailbox {
        let mailbox = Mailbox::new(interval);
        mailbox.describe("{}".into(), 1);
        assert!(matches!(mailbox.next(Instant::now()), Step::Describe(_)));
        mailbox
    }

    #[test]
    fn newest_wins_and_credit_bounds() {
        let mailbox = open(Duration::from_nanos(1));
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        for k in 0..2 {
            assert_eq!(mailbox.put(&held(k, at(k))), Put::Kept);
            assert_eq!(index(mailbox.next(at(k))), Some(k));
        }
        assert_eq!(mailbox.put(&held(2, at(2))), Put::Kept);
        assert!(matches!(mailbox.next(at(3)), Step::Idle), "two are under way, so the third waits");
        assert_eq!(mailbox.put(&held(3, at(4))), Put::Dropped);
        mailbox.acknowledged();
        assert_eq!(index(mailbox.next(at(5))), Some(3));
    }

    #[test]
    fn a_fast_stream_is_thinned_to_fresh_pictures_at_the_asked_rate() {
        let mailbox = open(Duration::from_millis(16));
        let start = Instant::now();
        let mut sent = 0;
        for ms in (0..8000).step_by(5) {
            let now = start + Duration::from_millis(ms);
            mailbox.put(&held(ms, now));
            if let Some(index) = index(mailbox.next(now)) {
                assert_eq!(index, ms, "what goes out is what has just come in");
                sent += 1;
                mailbox.acknowledged();
            }
        }
        assert!((499..=501).contains(&sent), "{sent} of 500");
    }

    #[test]
    fn the_last_picture_is_not_kept_back() {
        let mailbox = open(Duration::from_millis(16));
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        mailbox.put(&held(0, at(0)));
        assert_eq!(index(mailbox.next(at(0))), Some(0));
        mailbox.put(&held(1, at(4)));
        let Step::Until(then) = mailbox.next(at(4)) else { panic!("it is early") };
        assert_eq!(index(mailbox.next(then)), Some(1));
    }
}
