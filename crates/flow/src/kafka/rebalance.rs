//! Partitions that a group assigns and revokes.

use super::ConnectionErrors;
use rdkafka::TopicPartitionList;
use rdkafka::client::ClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaRespErr;
use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Time within which the end of a group is detected.
const ENDING: Duration = Duration::from_millis(20);

/// Interval of polling a consumer that closes.
const STEP: Duration = Duration::from_millis(50);

/// Time within which the queue of a consumer is processed: no change is added after the error that ended it.
const SERVED: Duration = Duration::from_millis(300);

/// A change of the assignment, reported by the broker and not answered yet.
pub enum Rebalance {
    /// These partitions are assigned to this process.
    Assign(TopicPartitionList),
    /// These partitions are revoked, once this process releases them.
    Revoke(TopicPartitionList),
}

impl Rebalance {
    /// Answers the change. An error means that the group has continued without this member, which is leaving anyway.
    pub fn let_through(&self, consumer: &BaseConsumer<Rebalances>) {
        let _ = match self {
            Rebalance::Assign(list) => consumer.incremental_assign(list),
            Rebalance::Revoke(list) => consumer.incremental_unassign(list).or_else(|_| consumer.unassign()),
        };
    }
}

/// Collects changes; the source answers them between two batches, when their results have been committed.
#[derive(Default)]
pub struct Rebalances {
    pending: Mutex<VecDeque<Rebalance>>,
    closing: AtomicBool,
    /// Why there is no connection.
    pub connection_errors: ConnectionErrors,
}

impl Rebalances {
    /// The oldest change not yet answered.
    pub fn next(&self) -> Option<Rebalance> {
        self.pending.lock().unwrap_or_else(|e| e.into_inner()).pop_front()
    }
    /// Whether there is a pending change.
    pub fn any(&self) -> bool {
        !self.pending.lock().unwrap_or_else(|e| e.into_inner()).is_empty()
    }
    /// Answers changes automatically from now on, since a consumer cannot close while one is pending.
    pub fn leave(&self, consumer: &BaseConsumer<Self>) {
        self.closing.store(true, Ordering::SeqCst);
        while let Some(change) = self.next() {
            change.let_through(consumer);
        }
    }
    /// Closes a consumer, after its last commit.
    pub fn close(&self, consumer: &BaseConsumer<Self>) {
        self.leave(consumer);
        match consumer.close_queue() {
            Ok(()) => {
                while !consumer.closed() {
                    consumer.poll(STEP);
                }
            }
            // the member was replaced: librdkafka ends it without processing a change that is still in its queue, and
            // then waits for its answer for ever
            Err(_) => {
                let began = Instant::now();
                while began.elapsed() < SERVED {
                    consumer.poll(STEP);
                }
            }
        }
    }
}

impl ClientContext for Rebalances {
    // errors are handled where they occur; librdkafka's own messages would be redundant
    fn log(&self, _: rdkafka::config::RDKafkaLogLevel, _: &str, _: &str) {}
    fn error(&self, error: KafkaError, reason: &str) {
        self.connection_errors.record(&error, reason);
    }
}

impl ConsumerContext for Rebalances {
    fn rebalance(&self, consumer: &BaseConsumer<Self>, code: RDKafkaRespErr, list: &mut TopicPartitionList) {
        let change = match code {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => Rebalance::Assign(list.clone()),
            _ => Rebalance::Revoke(list.clone()),
        };
        match self.closing.load(Ordering::SeqCst) {
            false => self.pending.lock().unwrap_or_else(|e| e.into_inner()).push_back(change),
            true => {
                // two changes may be pending when a consumer closes; answering the first may end the group, and
                // librdkafka would wait for ever for an answer to a group that has ended
                std::thread::sleep(ENDING);
                if !consumer.closed() {
                    change.let_through(consumer);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Connection;
    use super::*;
    use passband_testbed::{Kafka, unique};
    use std::sync::mpsc::channel;

    const LIMIT: Duration = Duration::from_secs(60);

    fn member(kafka: &Kafka, group: &str, topic: &str) -> BaseConsumer<Rebalances> {
        let connection = Connection::new(kafka.bootstrap(), &Default::default());
        let ours = [
            ("group.id", group),
            ("group.instance.id", "one"),
            ("partition.assignment.strategy", "cooperative-sticky"),
            ("heartbeat.interval.ms", "200"),
            ("enable.auto.commit", "false"),
        ];
        let consumer: BaseConsumer<Rebalances> =
            connection.config(&ours).create_with_context(Rebalances::default()).unwrap();
        consumer.subscribe(&[topic]).unwrap();
        consumer
    }

    #[test]
    fn a_member_replaced_before_its_first_read_closes() {
        let Some(kafka) = Kafka::shared() else { return };
        let (group, topic) = (unique("group"), unique("topic"));
        kafka.run(&["topics", "--create", "--topic", &topic, "--partitions", "1"], "");
        let older = member(kafka, &group, &topic);
        // its partitions are assigned and not yet polled when another member joins in its place
        let began = Instant::now();
        let assigned = || {
            let known = older.fetch_group_list(Some(&group), Duration::from_secs(5));
            known.is_ok_and(|known| known.groups().first().is_some_and(|known| known.state() == "Stable"))
        };
        while !assigned() {
            assert!(began.elapsed() < LIMIT, "the group does not form");
            std::thread::sleep(Duration::from_millis(100));
        }
        let newer = member(kafka, &group, &topic);
        while older.client().fatal_error().is_none() {
            assert!(began.elapsed() < LIMIT, "the older is not replaced");
            std::thread::sleep(Duration::from_millis(100));
        }
        let (closed, has_closed) = channel();
        std::thread::spawn(move || {
            older.context().close(&older);
            drop(older);
            closed.send(()).unwrap();
        });
        newer.context().close(&newer);
        has_closed.recv_timeout(LIMIT).expect("it never closes");
    }
}
