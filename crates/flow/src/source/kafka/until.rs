//! Reads a topic to the end that it had when the pipeline started.

use crate::kafka::{Rebalances, explain};
use passband_signal::Result;
use rdkafka::consumer::{BaseConsumer, Consumer};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// How long a member of a group without partitions waits for one.
const GRACE: Duration = Duration::from_secs(15);
/// How long a broker may take to answer.
const ANSWER: Duration = Duration::from_secs(10);

/// The ends of a topic's partitions, and the assigned partitions that have not reached them. Transaction markers occupy
/// offsets and are not messages, so the last message may be before the end: librdkafka's end event counts too.
pub struct Ends {
    /// The oldest offset of each partition, and one past the newest committed one.
    bounds: Vec<(i64, i64)>,
    open: BTreeSet<i32>,
    assigned: bool,
    began: Instant,
}

impl Ends {
    /// The current ends.
    pub fn of(
        consumer: &BaseConsumer<Rebalances>,
        brokers: &str,
        topic: &str,
        partitions: i32,
    ) -> Result<Self> {
        let bounds = (0..partitions).map(|partition| {
            let bounds = consumer.fetch_watermarks(topic, partition, ANSWER);
            bounds.map_err(|error| explain(&error, brokers).at(format!("topic {topic}")))
        });
        Ok(Self::new(bounds.collect::<Result<_>>()?))
    }

    fn new(bounds: Vec<(i64, i64)>) -> Self {
        Self { bounds, open: BTreeSet::new(), assigned: false, began: Instant::now() }
    }

    fn end(&self, partition: i32) -> i64 {
        usize::try_from(partition).ok().and_then(|at| self.bounds.get(at)).map_or(0, |(_, end)| *end)
    }

    /// A partition is assigned, and read from this offset; from its oldest offset if `None`.
    pub fn assign(&mut self, partition: i32, from: Option<i64>) {
        self.assigned = true;
        let oldest = usize::try_from(partition).ok().and_then(|at| self.bounds.get(at)).map_or(0, |b| b.0);
        if from.unwrap_or(oldest).max(oldest) < self.end(partition) {
            self.open.insert(partition);
        }
    }

    /// A partition is revoked.
    pub fn revoke(&mut self, partition: i32) {
        self.open.remove(&partition);
    }

    /// Whether a message existed at the start.
    pub fn takes(&mut self, partition: i32, offset: i64) -> bool {
        let end = self.end(partition);
        if offset + 1 >= end {
            self.open.remove(&partition);
        }
        offset < end
    }

    /// The end of a partition is reached.
    pub fn reached(&mut self, partition: i32) {
        self.open.remove(&partition);
    }

    /// Whether everything that existed at the start is read.
    pub fn over(&self) -> bool {
        self.open.is_empty() && (self.assigned || self.began.elapsed() > GRACE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partition_ends_at_its_last_message_at_a_marker_or_where_it_is_empty() {
        let mut ends = Ends::new(vec![(0, 3), (5, 5), (0, 4), (2, 9)]);
        assert!(!ends.over());
        ends.assign(0, None);
        ends.assign(1, None); // empty
        ends.assign(2, Some(1));
        ends.assign(3, Some(9)); // read already
        assert!(ends.takes(0, 1) && !ends.over());
        assert!(ends.takes(0, 2) && !ends.takes(0, 3) && !ends.over());
        assert!(ends.takes(2, 2) && !ends.over());
        ends.reached(2); // what follows is a marker
        assert!(ends.over());
        ends.assign(0, Some(0));
        ends.revoke(0);
        assert!(ends.over());
    }
}
