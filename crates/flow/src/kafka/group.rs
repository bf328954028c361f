//! A consumer group: the assigned partitions, and the commits of their positions.

use super::metadata::{METADATA, Transactions, decode, encode};
use super::recovery::Id;
use super::{Connection, Rebalances, explain, fault_of, older};
use crate::data::{Position, Positions};
use crate::part::{Ledger, Settle};
use passband_signal::{Fault, Result};
use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer, ConsumerGroupMetadata};
use rdkafka::error::KafkaError;
use rdkafka::topic_partition_list::Offset;
use rdkafka::types::RDKafkaErrorCode as Code;
use std::any::Any;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How long a broker may take to return positions.
const ANSWER: Duration = Duration::from_secs(20);

/// How long a process takes to learn that another has joined the group in its place: more than two heartbeats.
const TAKEN: Duration = Duration::from_millis(1500);

/// A member of a consumer group.
pub struct Group {
    /// The consumer, shared with the source that polls it.
    pub consumer: Arc<BaseConsumer<Rebalances>>,
    /// The topic it reads.
    pub topic: String,
    /// The brokers.
    pub brokers: String,
    /// The connection, for further clients.
    pub connection: Connection,
    /// The name of the group.
    pub name: String,
    /// The permanent name of this member: group and instance.
    pub member: String,
    /// Set when the partitions were assigned to another member: nothing of them may be committed any more, not even as
    /// a member of the new generation of the group.
    pub lost: AtomicBool,
    /// By partition, the transactions committed with its positions before it was assigned to this process.
    pub before: Mutex<BTreeMap<i32, Transactions>>,
}

impl Group {
    /// A group without members, which stores the positions of a source that cannot store them itself.
    pub fn storage(connection: &Connection, name: &str, topic: &str) -> Result<Self> {
        Self::without_members(connection, name, topic, "read_committed")
    }

    /// A view of a group with other members: it returns committed positions, ignoring pending ones.
    pub fn committed_view(connection: &Connection, name: &str, topic: &str) -> Result<Self> {
        Self::without_members(connection, name, topic, "read_uncommitted")
    }

    fn without_members(connection: &Connection, name: &str, topic: &str, isolation: &str) -> Result<Self> {
        let ours = [("group.id", name), ("enable.auto.commit", "false"), ("isolation.level", isolation)];
        let made = connection.config(&ours).create_with_context(Rebalances::default());
        let consumer = Arc::new(made.map_err(|error| explain(&error, &connection.brokers))?);
        let (topic, brokers) = (topic.to_owned(), connection.brokers.clone());
        let (name, lost) = (name.to_owned(), AtomicBool::new(false));
        Ok(Self {
            consumer,
            topic,
            brokers,
            member: name.clone(),
            name,
            lost,
            connection: connection.clone(),
            before: Mutex::default(),
        })
    }

    /// The group metadata for a transaction.
    pub fn metadata(&self) -> Result<ConsumerGroupMetadata> {
        if self.lost.load(Ordering::SeqCst) {
            return Err(Fault::new("the partitions now belong to another member").passing());
        }
        self.consumer
            .group_metadata()
            .ok_or_else(|| Fault::new("the consumer group has no state yet").passing())
    }

    /// Positions as Kafka stores them: offsets with metadata; in a transaction, with its id.
    pub fn list(&self, positions: &Positions, transaction: Option<Id>) -> Result<TopicPartitionList> {
        let mut list = TopicPartitionList::with_capacity(positions.len());
        let before = self.before.lock().unwrap_or_else(|e| e.into_inner());
        for (partition, position) in positions {
            let mut transactions = before.get(partition).cloned().unwrap_or_default();
            transaction.map(|id| transactions.insert(self.member.clone(), id));
            let metadata = encode(position, &transactions)
                .map_err(|e| Fault::new("a position cannot be written").why(e))?;
            if metadata.len() > METADATA {
                let what = format!(
                    "{} streams on partition {partition} are too many for one position",
                    position.resume.len()
                );
                return Err(Fault::new(what)
                    .at(format!("topic {}", self.topic))
                    .why(format!(
                        "their positions take {} bytes of commit metadata, and a broker stores {METADATA}",
                        metadata.len()
                    ))
                    .fix("distribute the streams over more partitions"));
            }
            let mut entry = list.add_partition(&self.topic, *partition);
            entry
                .set_offset(Offset::Offset(position.offset))
                .map_err(|error| explain(&error, &self.brokers))?;
            entry.set_metadata(metadata);
        }
        Ok(list)
    }

    /// The committed positions of these partitions.
    pub fn committed(&self, partitions: &TopicPartitionList) -> Result<Vec<(i32, Option<Position>)>> {
        let mut asked = TopicPartitionList::new();
        for element in partitions.elements() {
            asked.add_partition(&self.topic, element.partition());
        }
        // a new group, or one whose broker has just started, finds its coordinator after a moment
        let began = Instant::now();
        let known = loop {
            let known = self.consumer.committed_offsets(asked.clone(), ANSWER);
            match known.as_ref().err().and_then(KafkaError::rdkafka_error_code) {
                Some(
                    Code::NotCoordinator | Code::CoordinatorNotAvailable | Code::CoordinatorLoadInProgress,
                ) if began.elapsed() < ANSWER => std::thread::sleep(Duration::from_millis(100)),
                // librdkafka retries while an offset is pending, and finally reports a timeout
                Some(Code::OperationTimedOut) => break Err(self.why_silent(partitions)),
                _ => break known.map_err(|error| fault_of(&error, &self.brokers)),
            }
        }?;
        // an offset that is temporarily unavailable (a transaction is ending) differs from no offset: starting at the
        // beginning would repeat everything
        if let Some(error) = known.elements().iter().find_map(|e| e.error().err()) {
            return Err(fault_of(&error, &self.brokers).at(format!("topic {}", self.topic)));
        }
        let mut before = self.before.lock().unwrap_or_else(|e| e.into_inner());
        for element in known.elements() {
            let transactions = decode(element.metadata()).map(|(_, transactions)| transactions);
            before.insert(element.partition(), transactions.unwrap_or_default());
        }
        let position = |e: &rdkafka::topic_partition_list::TopicPartitionListElem<'_>| {
            let Offset::Offset(offset) = e.offset() else { return (e.partition(), None) };
            // metadata of another program in this group is taken as a plain position
            let kept = decode(e.metadata()).map(|(position, _)| position);
            let kept = kept.unwrap_or(Position { reached: offset, ..Position::default() });
            (e.partition(), Some(Position { offset, ..kept }))
        };
        Ok(known.elements().iter().map(position).collect())
    }
}

impl Drop for Group {
    /// The last positions are committed after the source has ended, so a member leaves only now.
    fn drop(&mut self) {
        if self.member != self.name {
            self.consumer.context().close(&self.consumer);
        }
    }
}

impl Group {
    /// Number of partitions of its topic; 0 if the topic does not exist. It is an error if a broker does not answer, or
    /// does not know its topics yet: this must not be mistaken for a group without positions.
    pub fn partitions(&self) -> Result<i32> {
        match self.connection.partitions(self.consumer.client(), &self.topic, 0) {
            Err(fault) if !fault.is_passing() => Ok(0),
            count => count,
        }
    }

    /// The committed positions of all partitions of the topic, ignoring pending ones.
    fn known(&self) -> Result<TopicPartitionList> {
        let mut asked = TopicPartitionList::new();
        let count = self.partitions()?;
        (0..count).for_each(|partition| {
            asked.add_partition(&self.topic, partition);
        });
        self.consumer.committed_offsets(asked, ANSWER).map_err(|error| fault_of(&error, &self.brokers))
    }

    /// The newest transaction of a producer with committed positions.
    pub fn last_of(&self, member: &str) -> Result<Option<Id>> {
        let known = self.known()?;
        let of = |metadata: &str| decode(metadata)?.1.get(member).copied();
        Ok(known.elements().iter().filter_map(|element| of(element.metadata())).max())
    }

    /// Waits until no transaction has pending positions of these partitions.
    pub fn wait_until_stable(&self, partitions: impl Iterator<Item = i32>) -> Result<()> {
        let mut asked = TopicPartitionList::new();
        partitions.for_each(|partition| {
            asked.add_partition(&self.topic, partition);
        });
        let known = self.consumer.committed_offsets(asked, ANSWER);
        let stable = known.and_then(|known| known.elements().iter().try_for_each(|element| element.error()));
        stable.map_err(|error| fault_of(&error, &self.brokers))
    }

    /// Why positions are unavailable: they are pending in a transaction, of a known member if possible, or no broker
    /// answers.
    fn why_silent(&self, partitions: &TopicPartitionList) -> Fault {
        let (config, brokers) = (&self.connection, &self.brokers);
        let silent = || fault_of(&KafkaError::OffsetFetch(Code::OperationTimedOut), brokers);
        let Ok(committed_view) = Self::committed_view(config, &self.name, &self.topic) else {
            return silent();
        };
        let mut asked = TopicPartitionList::new();
        for element in partitions.elements() {
            asked.add_partition(&self.topic, element.partition());
        }
        let Ok(known) = committed_view.consumer.committed_offsets(asked, ANSWER) else { return silent() };
        // most likely, the transaction belongs to the member that committed last
        let newest = known
            .elements()
            .iter()
            .filter_map(|element| {
                let (_, transactions) = decode(element.metadata())?;
                transactions.into_iter().max_by_key(|(_, id)| id.1)
            })
            .max_by_key(|(_, id)| id.1);
        let holder = newest.as_ref().map(|(member, _)| member.as_str());
        super::unfinished::pending_in(holder.filter(|member| *member != self.member))
            .at(format!("topic {}", self.topic))
    }

    /// Whether another process has joined as this instance since this one did; waits at most `wait` to find out.
    pub fn is_taken(&self, wait: Duration) -> bool {
        let began = Instant::now();
        loop {
            let fatal = self.consumer.client().fatal_error();
            if fatal.is_some_and(|(code, _)| code == Code::FencedInstanceId) {
                return true;
            }
            if began.elapsed() >= wait {
                return false;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// The positions of a source with one shard.
impl Ledger for Group {
    fn positions(&self) -> Result<BTreeMap<i32, Option<Position>>> {
        let mut asked = TopicPartitionList::new();
        asked.add_partition(&self.topic, 0);
        let known = self.committed(&asked)?;
        Ok(known.into_iter().filter(|(_, position)| position.is_some()).collect())
    }
}

impl Settle for Group {
    fn settle(&self, positions: &Positions) -> Result<()> {
        if positions.is_empty() {
            return Ok(());
        }
        let list = self.list(positions, None)?;
        self.consumer.commit(&list, CommitMode::Sync).map_err(|error| fault_of(&error, &self.brokers))
    }
    fn is_newest(&self) -> Option<Result<()>> {
        Some(if self.is_taken(TAKEN) { Err(older()) } else { Ok(()) })
    }
}

impl Group {
    /// The group that stores these positions, if it is one.
    pub fn of(settle: Arc<dyn Settle>) -> Option<Arc<Self>> {
        let any: Arc<dyn Any + Send + Sync> = settle;
        any.downcast().ok()
    }
}
