//! One browser's way through the board of sensors: what is new, at a pace; then what was before it came or had to wait.

use crate::board::{Batch, Board, Row};
use serde::{Serialize, Serializer};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Between two messages of new windows.
const PACE: Duration = Duration::from_millis(100);
/// Between two messages of older ones: a page takes such a message in less than a frame.
const FILLING: Duration = Duration::from_millis(30);
/// Stretches that are to be filled; beyond them two become one.
const GAPS: usize = 16;

pub(crate) struct Feed {
    board: Arc<Board>,
    after: u64,
    /// What was put off, and first what was before this browser came: after one number, up to another.
    gaps: Vec<(u64, u64)>,
    due: Option<Instant>,
    filled: Option<Instant>,
}

/// What there is for the browser now.
pub(crate) enum Fed {
    /// These windows.
    Rows(Windows),
    /// Nothing before then.
    Until(Instant),
    /// Nothing until something comes.
    Nothing,
}

/// Windows as their message.
#[derive(Serialize)]
pub(crate) struct Windows {
    #[serde(rename = "type")]
    kind: &'static str,
    /// They are no news: from before this browser came, or put off.
    kept: bool,
    total: u64,
    #[serde(serialize_with = "each")]
    rows: Vec<Arc<Row>>,
}

fn each<S: Serializer>(rows: &[Arc<Row>], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(rows.iter().map(|row| &**row))
}

impl Feed {
    /// That of a browser that comes now.
    pub fn new(board: Arc<Board>) -> Self {
        let after = board.total();
        Self { board, after, gaps: vec![(0, after)], due: None, filled: None }
    }

    /// What is to be sent now.
    pub fn next(&mut self, now: Instant) -> Fed {
        let wait = self.due.filter(|due| *due > now);
        if wait.is_none() {
            let before = self.after;
            let batch = self.board.newer(&mut self.after);
            if batch.put_off {
                self.gaps.push((before, self.after));
            }
            if self.gaps.len() > GAPS {
                // what lies between two gaps is then sent again, which does no harm
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
            let batch = self.board.between(*from, to);
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
    /// As its message.
    pub fn encode(&self) -> String {
        // Numbers and texts always become JSON; what is not finite becomes null.
        serde_json::to_string(self).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::board::Told;

    #[test]
    fn what_is_new_goes_at_a_pace_and_before_what_is_old() {
        let board = Arc::new(Board::default());
        let put = |start| {
            let key = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"][start as usize % 10];
            board.put(Told { key, start, end: start + 1, readings: 1, early: false, values: [].into() })
        };
        (0..3).for_each(|start| {
            put(start);
        });
        let mut feed = Feed::new(board.clone());
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

        // more than fits: first the newest, then all
        let later = then + 2 * PACE;
        (6..1106).for_each(|start| {
            put(start);
        });
        assert_eq!(starts(feed.next(later)), (1096..1106).collect::<Vec<_>>());
        assert_eq!(starts(feed.next(later)), (106..1106).rev().collect::<Vec<_>>());
        assert_eq!(starts(feed.next(later + FILLING)), (5..106).rev().collect::<Vec<_>>());
    }
}
