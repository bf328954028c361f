//! The operations of [`settle`](super::recovery::settle) on a cluster: reads and ends transactions of this producer.

use super::outbox::{Reports, TRANSACTION};
use super::recovery::{Cluster, Open, Seen, Signed, Tag};
use super::{Connection, Group, PATIENCE, fault_of};
use passband_signal::{Fault, Result};
use rdkafka::Message;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{Headers, OwnedMessage};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// Time limit for ending a transaction, which usually takes much less.
const ENDS: Duration = Duration::from_secs(5);
/// How long to wait for the transaction of another process: the broker aborts it after 10 s.
const OTHERS: Duration = Duration::from_secs(30);
/// How long a broker may take to answer.
const ANSWER: Duration = Duration::from_secs(10);
/// Tolerated clock difference between two processes of a producer.
const CLOCKS: i64 = 60_000;

/// The partitions of a producer, and the group whose positions it commits.
pub struct Unfinished<'a> {
    connection: &'a Connection,
    producer: &'a BaseProducer<Reports>,
    group: &'a Group,
    partitions: Vec<(String, i32)>,
    /// Consumers that read committed messages, and all messages.
    safe: BaseConsumer,
    all: BaseConsumer,
    /// Reads the group's committed positions, ignoring pending ones.
    observer: Group,
    /// Reads the group's positions when none is pending; the group's own consumer may be fenced already.
    stable: Group,
    /// Stores the note.
    notes: BaseConsumer,
    records: BTreeMap<Tag, OwnedMessage>,
}

impl<'a> Unfinished<'a> {
    /// Operations on these topics.
    pub fn new(
        connection: &'a Connection,
        producer: &'a BaseProducer<Reports>,
        group: &'a Group,
        topics: &BTreeMap<String, i32>,
    ) -> Result<Self> {
        let tell = |error: KafkaError| fault_of(&error, &connection.brokers);
        let consumer = |group: &str, isolation: &str| -> Result<BaseConsumer> {
            let ours = [
                ("group.id", group),
                ("enable.auto.commit", "false"),
                ("isolation.level", isolation),
                ("fetch.wait.max.ms", "20"),
                ("enable.partition.eof", "true"),
            ];
            connection.config(&ours).create().map_err(tell)
        };
        let mut partitions = vec![];
        // requested now, since a topic that was just created may not be known to all brokers
        for (topic, count) in topics {
            partitions.extend((0..*count).map(|partition| (topic.clone(), partition)));
        }
        let settling = format!("{}-settling", group.member);
        Ok(Self {
            connection,
            producer,
            group,
            partitions,
            safe: consumer(&settling, "read_committed")?,
            all: consumer(&settling, "read_uncommitted")?,
            observer: Group::committed_view(connection, &group.name, &group.topic)?,
            stable: Group::storage(connection, &group.name, &group.topic)?,
            notes: consumer(&settling, "read_uncommitted")?,
            records: BTreeMap::new(),
        })
    }

    fn tell(&self, error: &KafkaError) -> Fault {
        fault_of(error, &self.connection.brokers)
    }

    fn ends(&self, of: &BaseConsumer, (topic, partition): &(String, i32)) -> Result<(i64, i64)> {
        of.fetch_watermarks(topic, *partition, ANSWER).map_err(|error| self.tell(&error))
    }

    /// The partition in which the note is stored.
    fn place(&self) -> Option<TopicPartitionList> {
        let (topic, partition) = self.partitions.first()?;
        let mut list = TopicPartitionList::new();
        list.add_partition(topic, *partition);
        Some(list)
    }

    /// Whether the group's positions stay pending although the broker answers.
    fn held(&self) -> Result<bool> {
        let count = self.observer.partitions()?;
        let mut asked = TopicPartitionList::new();
        (0..count).for_each(|partition| {
            asked.add_partition(&self.group.topic, partition);
        });
        // librdkafka retries while a position is pending, and finally reports a timeout
        let began = Instant::now();
        loop {
            let known = self.stable.consumer.committed_offsets(asked.clone(), ENDS);
            if known.is_ok_and(|known| known.elements().iter().all(|element| element.error().is_ok())) {
                return Ok(false);
            }
            match self.observer.consumer.committed_offsets(asked.clone(), ENDS) {
                Ok(_) => return Ok(true),
                Err(error) if began.elapsed() > PATIENCE => return Err(self.tell(&error)),
                Err(_) => {}
            }
        }
    }

    /// Reads partitions from these offsets to their ends for `consumer`; one by one, since the end event of a partition
    /// only has its number.
    fn scan(
        &self,
        consumer: &BaseConsumer,
        from: &TopicPartitionList,
        mut each: impl FnMut(OwnedMessage, Option<Signed>),
    ) -> Result<()> {
        for element in from.elements() {
            let mut one = TopicPartitionList::new();
            let added = one.add_partition_offset(element.topic(), element.partition(), element.offset());
            added.and_then(|()| consumer.assign(&one)).map_err(|error| self.tell(&error))?;
            let mut came = Instant::now();
            loop {
                match consumer.poll(Duration::from_millis(50)) {
                    Some(Ok(message)) => {
                        came = Instant::now();
                        let signed = signed(&message);
                        each(message.detach(), signed);
                    }
                    Some(Err(KafkaError::PartitionEOF(_))) => break,
                    Some(Err(error)) => return Err(self.tell(&error)),
                    None => {}
                }
                if came.elapsed() > OTHERS {
                    return Err(Fault::new("the last records written cannot be read")
                        .at(format!("topic {}", element.topic()))
                        .passing());
                }
            }
        }
        consumer.unassign().map_err(|error| self.tell(&error))
    }

    /// The offsets to start from: those of the newest committed positions, or the beginning if there are none.
    fn starts(&self, settled: Option<i64>) -> Result<TopicPartitionList> {
        let mut starts = TopicPartitionList::new();
        for (topic, partition) in &self.partitions {
            let offset = Offset::Offset(settled.map_or(0, |began| began / 1000 - CLOCKS));
            starts.add_partition_offset(topic, *partition, offset).map_err(|error| self.tell(&error))?;
        }
        let found = match settled {
            Some(_) => Some(self.all.offsets_for_times(starts, ANSWER).map_err(|error| self.tell(&error))?),
            None => None,
        };
        let mut from = TopicPartitionList::new();
        for place in &self.partitions {
            let (low, end) = self.ends(&self.all, place)?;
            let stable = self.ends(&self.safe, place)?.1;
            let found = found.as_ref().and_then(|found| found.find_partition(&place.0, place.1));
            // a missing answer must not be taken for the end of the partition
            let found = found.map(|element| element.error().map(|()| element.offset())).transpose();
            let at = match found.map_err(|error| self.tell(&error))? {
                Some(Offset::Offset(offset)) if offset >= 0 => offset,
                Some(Offset::End) => end,
                _ => low,
            };
            let at = at.min(stable).max(low);
            if at < end {
                from.add_partition_offset(&place.0, place.1, Offset::Offset(at))
                    .map_err(|e| self.tell(&e))?;
            }
        }
        Ok(from)
    }

    /// Waits until transactions of others before this producer's last records have ended.
    fn pass(
        &self,
        last: &BTreeMap<(String, i32), i64>,
        holders: &BTreeMap<(String, i32, i64), String>,
    ) -> Result<()> {
        let began = Instant::now();
        for (place, last) in last {
            loop {
                let stable = self.ends(&self.safe, place)?.1;
                if stable > *last {
                    break;
                }
                if began.elapsed() > OTHERS {
                    let from = (place.0.clone(), place.1, stable);
                    let to = (place.0.clone(), place.1, i64::MAX);
                    let holder = holders.range(from..to).next().map(|(_, member)| member.as_str());
                    return Err(pending_in(holder).at(format!("topic {}, partition {}", place.0, place.1)));
                }
                std::thread::sleep(Duration::from_millis(50));
            }
        }
        Ok(())
    }

    /// A transaction of offsets that no consumer uses. An error ends this attempt: an empty transaction
    /// cannot be aborted.
    fn touch(&self, topic: &str, partition: i32) -> Result<()> {
        let mut any = TopicPartitionList::new();
        any.add_partition_offset(topic, partition, Offset::Offset(0)).map_err(|error| self.tell(&error))?;
        // without a member id, as transactions permit
        let sent = self.producer.send_offsets_to_transaction(&any, &self.observer.metadata()?, PATIENCE);
        sent.map_err(|error| self.tell(&error))
    }

    fn drain(&self) -> Result<()> {
        let began = Instant::now();
        while self.producer.in_flight_count() > 0 {
            self.producer.poll(Duration::from_millis(5));
            if began.elapsed() > PATIENCE {
                return Err(
                    self.tell(&KafkaError::Flush(rdkafka::types::RDKafkaErrorCode::OperationTimedOut))
                );
            }
        }
        self.producer.context().failed().map_or(Ok(()), |error| Err(self.tell(&error)))
    }

    fn send(&self, mut record: BaseRecord<'_, [u8], [u8]>) -> Result<()> {
        loop {
            match self.producer.send(record) {
                Ok(()) => return Ok(()),
                Err((error, _))
                    if error.rdkafka_error_code() != Some(rdkafka::types::RDKafkaErrorCode::QueueFull) =>
                {
                    return Err(self.tell(&error));
                }
                Err((_, back)) => record = back,
            }
            self.producer.poll(Duration::from_millis(5));
        }
    }
}

impl Cluster for Unfinished<'_> {
    fn open(&mut self) -> Result<Open> {
        let mut open = Open::default();
        let mut waiting = vec![];
        for place in &self.partitions {
            waiting.push((place.clone(), self.ends(&self.all, place)?.1));
        }
        // transactions of others end within this time; one that remains open may belong to this producer
        let began = Instant::now();
        while !waiting.is_empty() {
            let mut still = vec![];
            for (place, end) in waiting {
                match self.ends(&self.safe, &place)?.1 >= end {
                    true => {}
                    false if began.elapsed() > ENDS => drop(open.partitions.insert(place)),
                    false => still.push((place, end)),
                }
            }
            waiting = still;
            if !waiting.is_empty() {
                std::thread::sleep(Duration::from_millis(50));
            }
        }
        open.positions = self.held()?;
        if let Some(place) = self.place() {
            let known = self.notes.committed_offsets(place, ANSWER).map_err(|error| self.tell(&error))?;
            open.begun = known.elements().iter().any(|element| element.offset() == Offset::Offset(1));
        }
        Ok(open)
    }

    fn note(&mut self, begun: bool) -> Result<()> {
        let Some(mut place) = self.place() else { return Ok(()) };
        let (topic, partition) = self.partitions[0].clone();
        place
            .set_partition_offset(&topic, partition, Offset::Offset(i64::from(begun)))
            .map_err(|e| self.tell(&e))?;
        self.notes.commit(&place, CommitMode::Sync).map_err(|error| self.tell(&error))
    }

    fn abort(&mut self, partitions: &BTreeSet<(String, i32)>) -> Result<()> {
        self.producer.begin_transaction().map_err(|error| self.tell(&error))?;
        for (topic, partition) in partitions {
            // the record is never visible
            self.send(BaseRecord::to(topic).partition(*partition).key(&b""[..]).payload(&b""[..]))?;
        }
        // a message still in flight would be discarded before its partition is added to the transaction
        self.drain()?;
        self.producer.abort_transaction(PATIENCE).map_err(|error| self.tell(&error))
    }

    fn read(&mut self) -> Result<Seen> {
        let settled = self.observer.last_of(&self.group.member)?;
        let from = self.starts(settled.map(|id| id.1))?;
        let (mut seen, mut last, mut holders) =
            (Seen { settled, ..Seen::default() }, BTreeMap::new(), BTreeMap::new());
        let mut records = BTreeMap::new();
        self.scan(&self.all, &from, |message, signed| {
            let Some(Signed { member, tag }) = signed else { return };
            let place = (message.topic().to_owned(), message.partition());
            if member == self.group.member {
                last.insert(place, message.offset());
                seen.written.insert(tag);
                records.insert(tag, message);
            } else {
                holders.insert((place.0, place.1, message.offset()), member);
            }
        })?;
        self.pass(&last, &holders)?;
        self.scan(&self.safe, &from, |_, signed| {
            if let Some(Signed { member, tag }) = signed
                && member == self.group.member
            {
                seen.visible.insert(tag);
            }
        })?;
        self.records = records;
        Ok(seen)
    }

    fn drop_positions(&mut self) -> Result<()> {
        self.producer.begin_transaction().map_err(|error| self.tell(&error))?;
        self.touch(&self.group.topic, 0)?;
        self.producer.abort_transaction(PATIENCE).map_err(|error| self.tell(&error))
    }

    fn commit(&mut self, missing: &BTreeSet<Tag>, positions: bool) -> Result<()> {
        self.producer.begin_transaction().map_err(|error| self.tell(&error))?;
        for record in missing.iter().filter_map(|tag| self.records.get(tag)) {
            let mut again: BaseRecord<'_, [u8], [u8]> =
                BaseRecord::to(record.topic()).partition(record.partition());
            again.key = record.key();
            again.payload = record.payload();
            again.timestamp = record.timestamp().to_millis();
            again.headers = record.headers().cloned();
            self.send(again)?;
        }
        if positions {
            // positions pending for this producer are committed together with any other offset of the group
            let apart = self.partitions.iter().find(|(topic, _)| *topic != self.group.topic);
            let apart = apart.or_else(|| self.partitions.iter().find(|(_, partition)| *partition > 0));
            match apart {
                Some((topic, partition)) => self.touch(topic, *partition)?,
                None => self.touch("__consumer_offsets", 0)?,
            }
        }
        self.drain()?;
        self.producer.commit_transaction(PATIENCE).map_err(|error| self.tell(&error))
    }
}

/// The error for positions or results that are pending in a transaction of another process.
pub fn pending_in(member: Option<&str>) -> Fault {
    let fault = Fault::new("an unfinished transaction of another process blocks this and does not end")
        .why("UNSTABLE_OFFSET_COMMIT: its broker was lost before the transaction had ended on all partitions")
        .passing();
    match member {
        Some(member) => fault.fix(format!("start the process that ran as {member} (group and instance): it recovers its transaction")),
        None => fault.fix("start each instance of the group once that ran before the broker was lost: it recovers its transaction"),
    }
}

/// The signature in a message's header.
fn signed<M: Message>(message: &M) -> Option<Signed> {
    let header = message.headers()?.iter().find(|header| header.key == TRANSACTION)?;
    Signed::read(std::str::from_utf8(header.value?).ok()?)
}
