//! State shared by the sink and the tasks of all browsers.

use crate::mailbox::{Mailbox, Put};
use crate::metrics::Counter;
use crate::panel::Panel;
use crate::picture::{Held, Picture};
use crate::record_feed::RecordFeed;
use crate::record_log::{self, RecordLog};
use crate::refusals::Refusals;
use crate::report::{Body, Report};
use crate::window_feed::Feed;
use crate::window_log::{Window, WindowLog};
use passband_flow::data::Refusal;
use serde_json::json;
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Maximum number of streams; the header of a picture has 16 bits for them.
const STREAMS: usize = 1024;
/// Maximum number of browsers. Each has at most one queued picture per stream and two in flight.
pub(crate) const BROWSERS: usize = 256;

/// Number of recordings per stream that a browser receives when it connects.
const FILES: usize = 64;

type Provider = Arc<dyn Fn() -> Vec<Counter> + Send + Sync>;

pub(crate) struct Hub {
    title: String,
    fps: f64,
    state: Mutex<State>,
    /// The windows of sensors. Each browser reads the log at its own pace.
    windows: Arc<WindowLog>,
    /// The records of each kind, also read at each browser's pace.
    records: Arc<RecordLog>,
    refusals: Mutex<Refusals>,
    provider: Mutex<Option<Provider>>,
    totals: Totals,
}

#[derive(Default)]
struct State {
    generation: u32,
    description: Option<Arc<str>>,
    streams: Vec<Stream>,
    reports: BTreeMap<usize, Reports>,
    browsers: Vec<Arc<Mailbox>>,
}

#[derive(Default)]
struct Stream {
    values: usize,
    latest: Option<Arc<Held>>,
}

/// Reports of a stream of recordings for browsers that connect.
#[derive(Default)]
struct Reports {
    newest: BTreeMap<u8, Arc<Report>>,
    /// Files before the newest one.
    files: VecDeque<Arc<Report>>,
}

#[derive(Default)]
struct Totals {
    published: AtomicU64,
    refused: AtomicU64,
    sent: AtomicU64,
    thinned: AtomicU64,
    dropped: AtomicU64,
}

impl Hub {
    pub fn new(title: String, fps: f64) -> Self {
        let hub = Self {
            title,
            fps,
            state: Mutex::default(),
            windows: Arc::default(),
            records: Arc::default(),
            refusals: Mutex::default(),
            provider: Mutex::default(),
            totals: Totals::default(),
        };
        hub.describe(Vec::new());
        hub
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn describe(&self, panels: Vec<Panel>) {
        let mut state = self.state();
        state.generation = state.generation.wrapping_add(1);
        let text = json!({
            "type": "describe", "generation": state.generation, "title": self.title, "fps": self.fps,
            "panels": panels,
        });
        state.streams.clear();
        for panel in panels.iter().filter(|panel| panel.stream() < STREAMS) {
            let wanted = state.streams.len().max(panel.stream() + 1);
            state.streams.resize_with(wanted, Stream::default);
            let stream = &mut state.streams[panel.stream()];
            // all panels of a stream describe the same pictures
            if stream.values == 0 {
                stream.values = panel.values();
            }
        }
        let description: Arc<str> = text.to_string().into();
        state.description = Some(description.clone());
        let streams = state.streams.len();
        state.browsers.iter().for_each(|browser| browser.describe(description.clone(), streams));
    }

    pub fn publish(&self, stream: usize, picture: Picture<'_>) {
        self.totals.published.fetch_add(1, Relaxed);
        let mut guard = self.state();
        let State { generation, streams, browsers, .. } = &mut *guard;
        let Some(slot) = streams.get_mut(stream).filter(|s| s.values > 0 && s.values == picture.values.len())
        else {
            self.totals.refused.fetch_add(1, Relaxed);
            return;
        };
        // the buffer of the previous picture is reused if no browser references it
        let spare = slot.latest.take().and_then(Arc::into_inner).map_or_else(Vec::new, |held| held.bytes);
        let held = Arc::new(Held::new(stream, *generation, picture, spare));
        for browser in browsers.iter() {
            match browser.put(&held) {
                Put::Kept => 0,
                Put::Thinned => self.totals.thinned.fetch_add(1, Relaxed),
                Put::Dropped => self.totals.dropped.fetch_add(1, Relaxed),
            };
        }
        slot.latest = Some(held);
    }

    /// Sends a report of a stream of recordings. Reports remain valid when the description changes.
    pub fn report(&self, stream: usize, body: Body) {
        self.totals.published.fetch_add(1, Relaxed);
        let report = Arc::new(Report { stream, published: Instant::now(), body });
        let mut guard = self.state();
        let State { reports, browsers, .. } = &mut *guard;
        for browser in browsers.iter() {
            let thinned = browser.report(&report);
            self.totals.thinned.fetch_add(u64::from(thinned), Relaxed);
        }
        let Reports { newest, files } = reports.entry(stream).or_default();
        let before = newest.insert(report.body.slot(), report.clone());
        if let Some(file) = before.filter(|_| matches!(report.body, Body::Statistics(_))) {
            files.push_back(file);
            if files.len() > FILES {
                files.pop_front();
            }
        }
    }

    /// Adds a window of a sensor, and wakes the browsers that wait for one.
    pub fn window(&self, window: Window<'_>) {
        self.totals.published.fetch_add(1, Relaxed);
        if self.windows.put(window) {
            self.state().browsers.iter().for_each(|browser| browser.wake.notify_one());
        }
    }

    /// Adds a record, and wakes the browsers that wait for one.
    pub fn record(&self, stream: usize, entry: record_log::Entry) {
        self.totals.published.fetch_add(1, Relaxed);
        if self.records.put(stream, entry) {
            self.state().browsers.iter().for_each(|browser| browser.wake.notify_one());
        }
    }

    /// Counts a refusal; browsers receive refusals with the counters.
    pub fn refuse(&self, refusal: &Refusal) {
        self.refusals().add(refusal);
    }

    /// The refusals so far.
    pub fn refusals(&self) -> MutexGuard<'_, Refusals> {
        self.refusals.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a browser. It receives the description, the newest picture or reports of each stream, then older
    /// recordings.
    pub fn join(self: &Arc<Self>) -> Option<Joined> {
        let mailbox = Arc::new(Mailbox::new(Duration::from_secs_f64(1.0 / self.fps)));
        let mut state = self.state();
        if state.browsers.len() >= BROWSERS {
            return None;
        }
        if let Some(description) = &state.description {
            mailbox.describe(description.clone(), state.streams.len());
        }
        state.streams.iter().filter_map(|s| s.latest.as_ref()).for_each(|held| {
            mailbox.put(held);
        });
        for Reports { newest, files } in state.reports.values() {
            newest.values().for_each(|report| {
                mailbox.report(report);
            });
            mailbox.older(files.iter().rev().cloned());
        }
        mailbox.feed(Feed::new(self.windows.clone()), RecordFeed::new(self.records.clone()));
        state.browsers.push(mailbox.clone());
        Some(Joined { hub: self.clone(), mailbox })
    }

    pub fn count_sent(&self) {
        self.totals.sent.fetch_add(1, Relaxed);
    }

    pub fn set_counters(&self, provider: impl Fn() -> Vec<Counter> + Send + Sync + 'static) {
        *self.provider.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(provider));
    }

    /// The counters of the caller and of the dashboard itself.
    pub fn counters(&self) -> Vec<Counter> {
        // the provider is code of the caller, so it runs without holding the lock
        let provider = self.provider.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut all = provider.map_or_else(Vec::new, |provider| provider());
        let own = |name: &str, help: &str, value: u64| Counter::new(name, help, value as f64);
        let t = &self.totals;
        let browsers = self.state().browsers.len() as u64;
        all.extend([
            own("passband_live_browsers", "Browsers connected to the dashboard.", browsers),
            own("passband_live_published_total", "Pictures published.", t.published.load(Relaxed)),
            own("passband_live_sent_total", "Pictures sent, over all browsers.", t.sent.load(Relaxed)),
            own(
                "passband_live_thinned_total",
                "Pictures skipped to keep to a browser's maximum rate.",
                t.thinned.load(Relaxed),
            ),
            own(
                "passband_live_dropped_total",
                "Pictures dropped because a browser had not acknowledged earlier ones.",
                t.dropped.load(Relaxed),
            ),
            own(
                "passband_live_misfit_total",
                "Pictures that do not match a described stream.",
                t.refused.load(Relaxed),
            ),
        ]);
        all
    }
}

/// A browser's place in the hub, released when its task ends.
pub(crate) struct Joined {
    hub: Arc<Hub>,
    pub mailbox: Arc<Mailbox>,
}

impl Drop for Joined {
    fn drop(&mut self) {
        self.hub.state().browsers.retain(|browser| !Arc::ptr_eq(browser, &self.mailbox));
    }
}
