//! One browser's position in the log of windows: new windows are sent at a fixed pace, followed by windows from before
//! it connected and windows that were skipped.

use crate::window_log::{Batch, Entry, WindowLog};
use serde::{Serialize, Serializer};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Interval between two messages of new windows.
const PACE: Duration = Duration::from_millis(100);
/// Interval between two messages of older windows: a page handles one in less than a frame.
const FILLING: Duration = Duration::from_millis(30);
/// Maximum number of tracked gaps; if exceeded, the oldest two are merged.
const GAPS: usize = 16;

pub(crate) struct Feed {
    log: Arc<WindowLog>,
    after: u64,
    /// Ranges of numbers of skipped windows; the first range is that of windows from before this browser connected.
    gaps: Vec<(u64, u64)>,
    due: Option<Instant>,
    filled: Option<Instant>,
}

/// What to send to the browser next.
pub(crate) enum Fed {
    /// These windows.
    Rows(Windows),
    /// Nothing before this time.
    Until(Instant),
    /// Nothing until a window is added.
    Nothing,
}

/// The message `windows`.
#[derive(Serialize)]
pub(crate) struct Windows {
    #[serde(rename = "type")]
    kind: &'static str,
    /// Whether the windows are from before this browser connected, or were skipped earlier.
    kept: bool,
    total: u64,
    #[serde(serialize_with = "each")]
    rows: Vec<Arc<Entry>>,
}

fn each<S: Serializer>(rows: &[Arc<Entry>], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(rows.iter().map(|row| &**row))
}

impl Feed {
    /// The feed of a browser that connects now.
    pub fn new(log: Arc<WindowLog>) -> Self {
        let after = log.total();
        Self { log, after, gaps: vec![(0, after)], due: None, filled: None }
    }

    /// The next message to send.
    pub fn next(&mut self, now: Instant) -> Fed {
        let wait = self.due.filter(|due| *due > now);
        if wait.is_none() {
            let before = self.after;
            let batch = self.log.newer(&mut self.after);
            if batch.skipped {
                self.gaps.push((before, self.after));
            }
            if self.gaps.len() > GAPS {
                // windows between the two gaps are sent again; the page ignores them
                let (from, _) = self.gaps.remove(0);
                self.gaps[0].0 = from;
            }
            if !batch.rows.is_empty() {
                self.due = Some(now + PACE);
                return Fed::Rows(windows(batch, false));
            }
        }
        let filling = self.filled.filter(|filled| *filled > now);
        while filling.is_none()
            && let Some((from, to)) = self.gaps.last_mut()
        {
            let batch = self.log.between(*from, to);
            if to == from {
                self.gaps.pop();
            }
            if !batch.rows.is_empty() {
                self.filled = Some(now + FILLING);
                return Fed::Rows(windows(batch, true));
            }
        }
        let filling = filling.filter(|_| !self.gaps.is_empty());
        wait.into_iter().chain(filling).min().map_or(Fed::Nothing, Fed::Until)
    }
}

fn windows(batch: Batch, kept: bool) -> Windows {
    let Batch { rows, total, .. } = batch;
    Windows { kind: "windows", kept, total, rows }
}

impl Windows {
    /// The message as text.
    pub fn encode(&self) -> String {
        // numbers and text can always be serialised; non-finite values become null
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::window_log::Window;

    #[test]
    fn what_is_new_goes_at_a_pace_and_before_what_is_old() {
        let log = Arc::new(WindowLog::default());
        let put = |start| {
            let key = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"][start as usize % 10];
            log.put(Window { key, start, end: start + 1, readings: 1, early: false, values: [].into() })
        };
        (0..3).for_each(|start| {
            put(start);
        });
        let mut feed = Feed::new(log.clone());
        put(3);
        let now = Instant::now();
        let starts = |fed: Fed| match fed {
            Fed::Rows(windows) => {
                serde_json::from_str::<serde_json::Value>(&windows.encode()).unwrap()["rows"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|row| row[1].as_i64().unwrap())
                    .collect()
            }
            _ => vec![],
        };
        assert_eq!(starts(feed.next(now)), [3]);
        put(4);
        assert_eq!(starts(feed.next(now)), [2, 1, 0]);
        let Fed::Until(then) = feed.next(now) else { panic!("it is early") };
        assert_eq!(then, now + PACE);
        assert_eq!(starts(feed.next(then)), [4]);
        assert!(matches!(feed.next(then + PACE), Fed::Nothing));
        assert!(put(5), "who found nothing is to be woken");

        // more than fits in a message: first the newest of each sensor, then all
        let later = then + 2 * PACE;
        (6..1106).for_each(|start| {
            put(start);
        });
        assert_eq!(starts(feed.next(later)), (1096..1106).collect::<Vec<_>>());
        assert_eq!(starts(feed.next(later)), (106..1106).rev().collect::<Vec<_>>());
        assert_eq!(starts(feed.next(later + FILLING)), (5..106).rev().collect::<Vec<_>>());
    }
}
