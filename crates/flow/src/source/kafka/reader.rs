//! A reader of a topic: messages in, partitions assigned and revoked.

use super::until::Ends;
use crate::data::{Data, Input, Kind, Origin, Readings, Spare, Stream};
use crate::format::{Format, ReadReadings};
use crate::kafka::{Group, Rebalance, Rebalances, StreamLimit, Watch, fault_of};
use crate::part::{Ledgers, Settle, Source, Turn};
use crate::source::guard::Guard;
use passband_signal::{Fault, Result};
use rdkafka::Message as _;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::BorrowedMessage;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use rdkafka::types::RDKafkaErrorCode as Code;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

/// Messages handed on together, at most.
const BATCH: usize = 256;
/// Readings handed on together, at most: few enough to stay in a processor's cache until they are folded.
const READINGS: usize = 8192;
/// How long a turn waits for the first message.
const WAIT: Duration = Duration::from_millis(20);

/// Reads messages of one topic, or of several without a group.
pub struct Reader {
    pub(super) consumer: Arc<BaseConsumer<Rebalances>>,
    pub(super) group: Arc<Group>,
    pub(super) grouped: bool,
    /// Monitors the group.
    pub(super) watch: Option<Watch>,
    pub(super) kind: Kind,
    /// The decoder of readings, if messages are readings.
    pub(super) readings: Option<Box<dyn ReadReadings>>,
    /// The stream of all readings, named after the topic.
    pub(super) stream: Stream,
    pub(super) spare: Spare,
    pub(super) id_header: Option<String>,
    pub(super) format: (&'static str, Box<dyn Format>),
    /// Formats named by message headers, other than `format`.
    pub(super) others: HashMap<String, Box<dyn Format>>,
    pub(super) also: Vec<String>,
    pub(super) guard: Guard,
    /// Names of streams, cached to avoid an allocation per message.
    pub(super) streams: HashMap<Vec<u8>, Stream>,
    /// By partition, the streams of its position.
    pub(super) stream_limits: HashMap<i32, StreamLimit>,
    /// Partitions to release when their results are committed.
    pub(super) leaving: Option<(TopicPartitionList, Receiver<()>)>,
    /// Whether to start at the latest message if there is no position.
    pub(super) latest: bool,
    /// The offsets to read to, if the source has an end.
    pub(super) ends: Option<Ends>,
    /// The positions that sinks store.
    pub(super) ledgers: Arc<Ledgers>,
}

impl Source for Reader {
    fn next(&mut self, batch: &mut Vec<Input>) -> Result<Turn> {
        self.leave()?;
        let consumer = self.consumer.clone();
        let mut wait = WAIT;
        let (mut readings, mut taken) = (vec![], 0);
        while batch.len() < BATCH && taken < READINGS {
            match consumer.poll(wait) {
                Some(Ok(message)) if self.is_after(&message) => {}
                Some(Err(KafkaError::PartitionEOF(partition))) => {
                    self.ends.iter_mut().for_each(|ends| ends.reached(partition));
                }
                Some(Ok(message)) if self.readings.is_some() => {
                    taken += 1;
                    if self.reading(&message, &mut readings, batch) {
                        break;
                    }
                }
                Some(Ok(message)) => self.message(&message, batch),
                Some(Err(error)) => self.error(error)?,
                None => break,
            }
            wait = Duration::ZERO;
            if consumer.context().any() {
                break;
            }
        }
        batch.extend(readings.into_iter().filter_map(|(partition, readings): (i32, Box<Readings>)| {
            let origin = Origin { shard: partition, offset: readings.offsets()?.0 };
            Some(Input::Datum(self.stream.clone(), origin, Data::Readings(readings)))
        }));
        self.change(batch)?;
        if self.leaving.is_none() && self.watch.as_mut().is_some_and(|watch| watch.asks(&self.group)) {
            let tell = |error: KafkaError| fault_of(&error, &self.group.brokers);
            // leave the group, which reassigns the partitions when the broker is back
            self.consumer.unsubscribe();
            self.consumer.subscribe(&[&self.group.topic]).map_err(tell)?;
        }
        let settled = self.leaving.is_none() && !self.consumer.context().any();
        let over = settled && self.ends.as_ref().is_some_and(Ends::over);
        Ok(if over { Turn::End } else { Turn::More })
    }

    fn settle(&self) -> Option<Arc<dyn Settle>> {
        self.grouped.then(|| self.group.clone() as Arc<dyn Settle>)
    }
}

impl Reader {
    /// Whether a message is after the end.
    fn is_after(&mut self, message: &BorrowedMessage<'_>) -> bool {
        self.ends.as_mut().is_some_and(|ends| !ends.takes(message.partition(), message.offset()))
    }

    fn error(&self, error: KafkaError) -> Result<()> {
        match error.rdkafka_error_code() {
            // librdkafka reconnects by itself
            Some(
                Code::BrokerTransportFailure | Code::AllBrokersDown | Code::OperationTimedOut | Code::Resolve,
            ) => Ok(()),
            Some(Code::PartitionEOF | Code::NotCoordinator | Code::CoordinatorLoadInProgress) => Ok(()),
            Some(Code::UnknownTopicOrPartition) => Ok(()),
            _ => Err(fault_of(&error, &self.group.brokers)),
        }
    }

    /// Passes one change of partitions to the engine; a revocation is answered in the next turn, after its commit.
    fn change(&mut self, batch: &mut Vec<Input>) -> Result<()> {
        let tell = |error: KafkaError| fault_of(&error, &self.group.brokers);
        match self.consumer.context().next() {
            None => {}
            Some(Rebalance::Assign(list)) => {
                let mut start = TopicPartitionList::new();
                let own = self.group.committed(&list);
                let committed = own.and_then(|own| self.ledgers.begin(own));
                if committed.is_err() {
                    Rebalance::Assign(list).let_through(&self.consumer);
                }
                for (partition, position) in committed? {
                    let offset = position.as_ref().map_or(Offset::Invalid, |p| Offset::Offset(p.offset));
                    start.add_partition_offset(&self.group.topic, partition, offset).map_err(tell)?;
                    self.stream_limits.insert(partition, StreamLimit::new(position.as_ref()));
                    if let Some(ends) = &mut self.ends {
                        let from = position.as_ref().map(|position| position.offset);
                        ends.assign(partition, from.or(self.latest.then_some(i64::MAX)));
                    }
                    batch.push(Input::Assigned(partition, position));
                }
                self.consumer.incremental_assign(&start).map_err(tell)?;
            }
            Some(change @ Rebalance::Revoke(_)) if self.consumer.assignment_lost() => {
                self.group.lost.store(true, Ordering::SeqCst);
                change.let_through(&self.consumer);
                return Err(Fault::new(
                    "the group assigned the partitions of this process to another member",
                )
                .why("this process did not answer the broker in time")
                .passing());
            }
            Some(Rebalance::Revoke(list)) => {
                let (done, settled) = sync_channel(1);
                let partitions: Vec<i32> = list.elements().iter().map(|e| e.partition()).collect();
                if let Some(ends) = &mut self.ends {
                    partitions.iter().for_each(|partition| ends.revoke(*partition));
                }
                batch.push(Input::Revoked(partitions, done));
                self.leaving = Some((list, settled));
            }
        }
        Ok(())
    }

    fn leave(&mut self) -> Result<()> {
        let Some((list, settled)) = self.leaving.take() else { return Ok(()) };
        // an error here means that the pipeline is ending with another fault
        let _ = settled.recv();
        self.consumer.incremental_unassign(&list).map_err(|error| fault_of(&error, &self.group.brokers))
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        if let Some((list, _)) = self.leaving.take() {
            Rebalance::Revoke(list).let_through(&self.consumer);
        }
        self.consumer.context().leave(&self.consumer);
    }
}
