//! Which of two processes that run as one member of a group is the newer.
//!
//! A broker says the same of a producer that a newer one has replaced and of one whose transaction took too long, and
//! whoever starts again replaces the other. So each process writes down, before it replaces anybody, a number above
//! the one that it finds; it keeps the number when it starts again. Who finds a number above its own is the older.

use super::{Connection, fault_of};
use passband_signal::{Fault, Result};
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use rdkafka::types::RDKafkaErrorCode as Code;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

/// How long a broker may take to answer when it is written down.
const ANSWER: Duration = Duration::from_secs(10);
/// And when a pipeline has failed: it starts again without an answer too.
const SOON: Duration = Duration::from_secs(2);

/// The number of a process, which it has once it has written it down: one for all attempts of a run.
#[derive(Default)]
pub struct Number(AtomicI64);

/// The place of a member's numbers: the position of a group that has no members.
pub struct Claim {
    keeper: BaseConsumer,
    topic: String,
    brokers: String,
}

impl Claim {
    /// Of this member; `topic` is one that is there.
    pub fn of(connection: &Connection, member: &str, topic: &str) -> Result<Self> {
        let group = format!("{member}-newest");
        let ours = [("group.id", group.as_str()), ("enable.auto.commit", "false")];
        let brokers = connection.brokers.clone();
        let keeper = connection.config(&ours).create().map_err(|error| fault_of(&error, &brokers))?;
        Ok(Self { keeper, topic: topic.to_owned(), brokers })
    }

    /// The number of the newest process, 0 if there is none.
    fn newest(&self, wait: Duration) -> Result<i64> {
        let mut asked = TopicPartitionList::new();
        asked.add_partition(&self.topic, 0);
        let known = patiently(wait, || self.keeper.committed_offsets(asked.clone(), wait));
        let known = known.map_err(|error| fault_of(&error, &self.brokers))?;
        let element = known.elements_for_topic(&self.topic);
        let offset = element.first().map(|element| element.error().map(|()| element.offset()));
        match offset.transpose().map_err(|error| fault_of(&error, &self.brokers))? {
            Some(Offset::Offset(number)) => Ok(number),
            _ => Ok(0),
        }
    }

    /// Writes the number of this process down; an error if a newer one has.
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
        let mut list = TopicPartitionList::new();
        let added = list.add_partition_offset(&self.topic, 0, Offset::Offset(ours));
        added
            .and_then(|()| patiently(ANSWER, || self.keeper.commit(&list, CommitMode::Sync)))
            .map_err(|error| fault_of(&error, &self.brokers))
    }

    /// Whether a newer process is known. No, if no broker answers: who starts again asks again.
    pub fn is_older(&self, number: &Number) -> bool {
        self.newest(SOON).is_ok_and(|newest| newest > number.0.load(Ordering::SeqCst))
    }
}

/// Asks again for as long as a broker that has just come finds out who coordinates the group.
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

/// What the older of two processes ends with.
pub fn older() -> Fault {
    Fault::new("another process runs as this instance")
        .why("it began later than this one, and goes on")
        .fix("give each process an instance of its own")
}
