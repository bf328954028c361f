//! Reads a topic from its beginning, with the position of each message.

use rdkafka::Message;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::Headers;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use rdkafka::types::RDKafkaErrorCode as Code;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

const STEP: Duration = Duration::from_millis(50);

/// A message and its position.
pub struct Entry {
    pub partition: i32,
    pub offset: i64,
    pub key: String,
    pub value: Vec<u8>,
    pub headers: Vec<(String, String)>,
}

/// The committed messages of a topic, from the beginning.
pub struct Log {
    consumer: BaseConsumer,
    partitions: i32,
}

impl Log {
    pub fn open(brokers: &str, topic: &str, partitions: i32) -> Self {
        let consumer: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", brokers)
            .set("group.id", "test")
            .set("isolation.level", "read_committed")
            .set("enable.auto.commit", "false")
            .set("enable.partition.eof", "true")
            .create()
            .expect("a consumer");
        let mut list = TopicPartitionList::new();
        for partition in 0..partitions {
            list.add_partition_offset(topic, partition, Offset::Beginning).expect("an offset");
        }
        consumer.assign(&list).expect("an assignment");
        Self { consumer, partitions }
    }

    /// The next message; or the end of a partition; or nothing after a short wait.
    fn next(&self) -> Option<Result<Entry, i32>> {
        let message = match self.consumer.poll(STEP)? {
            Ok(message) => message,
            Err(KafkaError::PartitionEOF(partition)) => return Some(Err(partition)),
            // a broker may restart, and a topic may not be created yet
            Err(error) => match error.rdkafka_error_code() {
                Some(Code::BrokerTransportFailure | Code::AllBrokersDown | Code::UnknownTopicOrPartition) => {
                    return None;
                }
                _ => panic!("{error}"),
            },
        };
        let text = |bytes: Option<&[u8]>| String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned();
        let headers = message.headers().map_or(vec![], |headers| {
            headers.iter().map(|header| (header.key.to_owned(), text(header.value))).collect()
        });
        let (partition, offset) = (message.partition(), message.offset());
        let value = message.payload().unwrap_or_default().to_vec();
        Some(Ok(Entry { partition, offset, key: text(message.key()), value, headers }))
    }

    /// All messages so far.
    pub fn all(&self) -> Vec<Entry> {
        let (mut all, mut left) = (vec![], (0..self.partitions).collect::<BTreeSet<i32>>());
        while !left.is_empty() {
            match self.next() {
                Some(Ok(entry)) => all.push(entry),
                Some(Err(partition)) => drop(left.remove(&partition)),
                None => {}
            }
        }
        all
    }

    /// Waits for this number of messages; the error is the number of messages after `patience` without a new one.
    pub fn wait(&self, enough: usize, patience: Duration) -> Result<(), usize> {
        let (mut count, mut last) = (0, Instant::now());
        while count < enough {
            if let Some(Ok(_)) = self.next() {
                (count, last) = (count + 1, Instant::now());
            } else if last.elapsed() > patience {
                return Err(count);
            }
        }
        Ok(())
    }
}

/// Sends messages to a topic, by key or to given partitions; waits for an unreachable broker.
pub struct Writer {
    producer: BaseProducer,
    topic: String,
}

impl Writer {
    pub fn open(brokers: &str, topic: &str) -> Self {
        let made = ClientConfig::new()
            .set("bootstrap.servers", brokers)
            .set("enable.idempotence", "true")
            .set("queue.buffering.max.messages", "1000000")
            .set("linger.ms", "5")
            .create();
        Self { producer: made.expect("a producer"), topic: topic.to_owned() }
    }

    pub fn write(&self, partition: Option<i32>, key: &str, value: &[u8]) {
        let record = BaseRecord::to(&self.topic).key(key).payload(value);
        let record = match partition {
            Some(partition) => record.partition(partition),
            None => record,
        };
        self.producer.send(record).map_err(|(error, _)| error).expect("room in the queue");
        self.producer.poll(Duration::ZERO);
    }

    /// Waits until all messages are delivered.
    pub fn flush(&self) {
        self.producer.flush(Duration::from_secs(60)).expect("the broker takes them");
    }
}
