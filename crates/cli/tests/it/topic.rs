//! Reads and writes topics with an independent client.

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::Headers;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use rdkafka::{ClientConfig, Message};
use std::time::{Duration, Instant};

/// A message of a topic.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    pub key: Vec<u8>,
    pub value: Vec<u8>,
    pub headers: Vec<(String, String)>,
}

/// The position of a group in partition 0 of a topic, once it is above `last`.
pub fn position_above(brokers: &str, group: &str, topic: &str, last: i64, patience: Duration) -> i64 {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("group.id", group)
        .create()
        .expect("a consumer");
    let mut asked = TopicPartitionList::new();
    asked.add_partition(topic, 0);
    let began = Instant::now();
    loop {
        let known = consumer.committed_offsets(asked.clone(), Duration::from_secs(5));
        match known.ok().and_then(|known| known.elements().first().and_then(|one| one.offset().to_raw())) {
            Some(position) if position > last => return position,
            _ => assert!(began.elapsed() < patience, "no position of {group} in {topic} above {last}"),
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// All committed messages, each partition's in order, once there are `enough` of them or none has arrived for
/// `patience`.
pub fn read(brokers: &str, topic: &str, enough: usize, patience: Duration) -> Vec<Record> {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("group.id", "test")
        .set("isolation.level", "read_committed")
        .set("enable.auto.commit", "false")
        .create()
        .expect("a consumer");
    wait_for(brokers, topic, patience);
    let known = consumer.fetch_metadata(Some(topic), Duration::from_secs(10)).expect("the broker answers");
    let mut list = TopicPartitionList::new();
    for partition in known.topics()[0].partitions() {
        list.add_partition_offset(topic, partition.id(), Offset::Beginning).expect("an offset");
    }
    consumer.assign(&list).expect("an assignment");
    let (mut records, mut last) = (vec![], Instant::now());
    while last.elapsed() < patience && records.len() < enough {
        let Some(Ok(message)) = consumer.poll(Duration::from_millis(50)) else { continue };
        last = Instant::now();
        let headers = message.headers().map_or(vec![], |headers| {
            let text = |bytes: Option<&[u8]>| String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned();
            // the id of the transaction differs between runs
            let told = headers.iter().filter(|h| h.key != "transaction");
            told.map(|h| (h.key.to_owned(), text(h.value))).collect()
        });
        let owned = |bytes: Option<&[u8]>| bytes.unwrap_or_default().to_vec();
        records.push(Record { key: owned(message.key()), value: owned(message.payload()), headers });
    }
    // an excess message would follow immediately
    if records.len() == enough
        && let Some(Ok(more)) = consumer.poll(Duration::from_millis(500))
    {
        let twice = records.iter().position(|known| Some(&*known.value) == more.payload());
        let repeat = (1..enough).find(|n| records[..*n].iter().any(|known| known.value == records[*n].value));
        let at = more.offset();
        panic!(
            "{topic} has more than {enough} messages: offset {at}, as number {twice:?}; number {repeat:?} repeats"
        );
    }
    records
}

/// Writes messages to a topic.
pub fn write<K: AsRef<[u8]>, V: AsRef<[u8]>>(brokers: &str, topic: &str, records: &[(K, V)]) {
    let producer: BaseProducer =
        ClientConfig::new().set("bootstrap.servers", brokers).create().expect("a producer");
    for (key, value) in records {
        let record = BaseRecord::to(topic).key(key.as_ref()).payload(value.as_ref());
        producer.send(record).expect("room in the queue");
    }
    producer.flush(Duration::from_secs(20)).expect("the broker takes them");
}

/// As [`write`], in a single transaction, so that the messages are read together.
pub fn write_at_once(brokers: &str, topic: &str, records: &[Record]) {
    let id = passband_testbed::unique("writer");
    let producer: BaseProducer = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("transactional.id", id)
        .create()
        .expect("a producer");
    let wait = Duration::from_secs(20);
    producer.init_transactions(wait).expect("transactions");
    producer.begin_transaction().expect("a transaction");
    for record in records {
        let record = BaseRecord::to(topic).key(&record.key[..]).payload(&record.value[..]);
        producer.send(record).expect("room in the queue");
    }
    producer.commit_transaction(wait).expect("the broker takes them");
}

/// Waits until a topic exists; its writer creates it.
pub fn wait_for(brokers: &str, topic: &str, limit: Duration) {
    let client: BaseConsumer =
        ClientConfig::new().set("bootstrap.servers", brokers).create().expect("a consumer");
    let end = Instant::now() + limit;
    // all topics, because requesting one by name would create it
    let there = || {
        let known = client.fetch_metadata(None, Duration::from_secs(10)).expect("the broker answers");
        known.topics().iter().any(|t| t.name() == topic && !t.partitions().is_empty())
    };
    while !there() {
        assert!(Instant::now() < end, "nobody made the topic {topic} in {limit:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A transaction with a group's position that stays open until the broker aborts it.
pub fn hold_back(brokers: &str, group: &str, topic: &str, timeout: Duration) -> BaseProducer {
    let config = |more: &[(&str, &str)]| {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", brokers);
        for (key, value) in more {
            config.set(*key, *value);
        }
        config
    };
    let consumer: BaseConsumer = config(&[("group.id", group)]).create().expect("a consumer");
    let timeout = timeout.as_millis().to_string();
    let ours = [("transactional.id", "somebody-else"), ("transaction.timeout.ms", &timeout)];
    let producer: BaseProducer = config(&ours).create().expect("a producer");
    let wait = Duration::from_secs(20);
    producer.init_transactions(wait).expect("transactions");
    producer.begin_transaction().expect("a transaction");
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(topic, 0, Offset::Offset(7)).expect("an offset");
    let metadata = consumer.group_metadata().expect("a group");
    producer.send_offsets_to_transaction(&list, &metadata, wait).expect("the broker takes them");
    producer
}
