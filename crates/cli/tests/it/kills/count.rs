//! Counts results: lost and repeated ones.

use crate::log::Log;
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::topic_partition_list::TopicPartitionList;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

const ANSWER: Duration = Duration::from_secs(10);

/// The number of occurrences of each result.
pub type Counts = BTreeMap<Vec<u8>, usize>;

fn consumer(brokers: &str, group: &str, isolation: &str) -> BaseConsumer {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", brokers).set("group.id", group).set("isolation.level", isolation);
    config.create().expect("a consumer")
}

/// Waits until a group has counted the whole content of its topic, according to the metadata of its positions. Returns
/// false if this takes longer than `patience`.
pub fn has_counted_all(brokers: &str, group: &str, topic: &str, patience: Duration) -> bool {
    let consumer = consumer(brokers, group, "read_committed");
    let known = consumer.fetch_metadata(Some(topic), ANSWER).expect("the broker answers");
    let mut asked = TopicPartitionList::new();
    for partition in known.topics()[0].partitions() {
        asked.add_partition(topic, partition.id());
    }
    let reached = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok()?["reached"].as_i64();
    let ends = |partition| consumer.fetch_watermarks(topic, partition, ANSWER).expect("the broker answers").1;
    let began = Instant::now();
    while began.elapsed() < patience {
        let positions = consumer.committed_offsets(asked.clone(), ANSWER);
        let all = positions.is_ok_and(|positions| {
            let there = |end: i64, metadata: &str| {
                end == 0 || reached(metadata).is_some_and(|reached| reached >= end)
            };
            positions.elements().iter().all(|one| there(ends(one.partition()), one.metadata()))
        });
        if all {
            return true;
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    false
}

/// Whether no transaction is open in partition 0 of a topic.
fn is_settled(brokers: &str, topic: &str) -> bool {
    let end = |isolation: &str| {
        let marks = consumer(brokers, "test", isolation).fetch_watermarks(topic, 0, ANSWER);
        marks.expect("the broker answers").1
    };
    end("read_uncommitted") == end("read_committed")
}

/// The committed results on partition 0 of a topic, once there are `enough` of them and no transaction is open, or
/// after `patience`.
pub fn counts(brokers: &str, topic: &str, enough: usize, patience: Duration) -> Counts {
    let began = Instant::now();
    loop {
        let settled = is_settled(brokers, topic);
        let entries = Log::open(brokers, topic, 1).all();
        if settled && entries.len() >= enough || began.elapsed() > patience {
            let mut counts = Counts::new();
            for entry in entries {
                *counts.entry([entry.key.into_bytes(), entry.value].concat()).or_insert(0) += 1;
            }
            return counts;
        }
        std::thread::sleep(Duration::from_secs(1));
    }
}

/// The numbers of lost and repeated results.
pub fn judge(got: &Counts, want: &Counts) -> (usize, usize) {
    let lost = want.keys().filter(|key| !got.contains_key(*key)).count();
    let repeated =
        got.iter().map(|(key, count)| count - usize::from(want.contains_key(key)).min(*count)).sum();
    (lost, repeated)
}
