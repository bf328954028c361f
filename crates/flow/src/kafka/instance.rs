//! Determines which of two processes that run as the same member of a group is the newer.
//!
//! A broker returns the same error to a producer that was replaced by a newer one and to a producer whose transaction
//! took too long, and either of them would replace the other by restarting. Each process therefore commits a number
//! greater than the one it finds, before it replaces another process, and keeps its number over restarts. A process
//! that finds a number greater than its own is the older one.

use super::{Connection, fault_of};
use passband_signal::{Fault, Result};
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use rdkafka::types::RDKafkaErrorCode as Code;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

/// How long a broker may take to answer when the number is committed.
const ANSWER: Duration = Duration::from_secs(10);
/// How long a broker may take to answer when a pipeline has failed; the pipeline restarts without an answer too.
const SOON: Duration = Duration::from_secs(2);

/// The number of a process, assigned when it is first committed and kept over all attempts of a run.
#[derive(Default)]
pub struct Number(AtomicI64);

/// Where the numbers of a member are stored: as the position of a group without members.
pub struct InstanceNumber {
    consumer: BaseConsumer,
    topic: String,
    brokers: String,
}

impl InstanceNumber {
    /// The number of this member; `topic` is an existing topic.
    pub fn of(connection: &Connection, member: &str, topic: &str) -> Result<Self> {
        let group = format!("{member}-newest");
        let ours = [("group.id", group.as_str()), ("enable.auto.commit", "false")];
        let brokers = connection.brokers.clone();
        let consumer = connection.config(&ours).create().map_err(|error| fault_of(&error, &brokers))?;
        Ok(Self { consumer, topic: topic.to_owned(), brokers })
    }

    /// The number of the newest process; 0 if there is none.
    fn newest(&self, wait: Duration) -> Result<i64> {
        let mut asked = TopicPartitionList::new();
        asked.add_partition(&self.topic, 0);
        let known = patiently(wait, || self.consumer.committed_offsets(asked.clone(), wait));
        let known = known.map_err(|error| fault_of(&error, &self.brokers))?;
        let element = known.elements_for_topic(&self.topic);
        let offset = element.first().map(|element| element.error().map(|()| element.offset()));
        match offset.transpose().map_err(|error| fault_of(&error, &self.brokers))? {
            Some(Offset::Offset(number)) => Ok(number),
            _ => Ok(0),
        }
    }

    /// Commits the number of this process; an error if there is a newer process.
    pub fn make(&self, number: &Number) -> Result<()> {
        let newest = self.newest(ANSWER)?;
        if number.0.load(Ordering::SeqCst) == 0 {
            let now = std::time::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_micros() as i64);
            number.0.store(now.max(newest + 1), Ordering::SeqCst);
        }
        let ours = number.0.load(Ordering::SeqCst);
        if newest > ours {
            return Err(older());
        }
        self.commit(ours)
    }

    fn commit(&self, number: i64) -> Result<()> {
        let mut list = TopicPartitionList::new();
        let added = list.add_partition_offset(&self.topic, 0, Offset::Offset(number));
        added
            .and_then(|()| patiently(ANSWER, || self.consumer.commit(&list, CommitMode::Sync)))
            .map_err(|error| fault_of(&error, &self.brokers))
    }

    /// Whether a newer process is known. False if no broker answers: a restart asks again.
    ///
    /// Of two processes that start at once, the older may commit its number last. The newer then commits its own again.
    pub fn is_older(&self, number: &Number) -> bool {
        let ours = number.0.load(Ordering::SeqCst);
        let Ok(newest) = self.newest(SOON) else { return false };
        if newest < ours {
            // if it fails, the next call retries
            let _ = self.commit(ours);
        }
        newest > ours
    }
}

/// Retries while a broker that has just started has not found the coordinator of the group.
fn patiently<T>(wait: Duration, ask: impl Fn() -> KafkaResult<T>) -> KafkaResult<T> {
    let began = Instant::now();
    loop {
        let answer = ask();
        match answer.as_ref().err().and_then(KafkaError::rdkafka_error_code) {
            Some(Code::NotCoordinator | Code::CoordinatorNotAvailable | Code::CoordinatorLoadInProgress)
                if began.elapsed() < wait =>
            {
                std::thread::sleep(Duration::from_millis(100))
            }
            _ => return answer,
        }
    }
}

/// The error of the older of two processes.
pub fn older() -> Fault {
    Fault::new("another process runs as this instance")
        .why("it started later than this one, and continues")
        .fix("set a unique instance for each process")
}
