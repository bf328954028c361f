//! The Kafka topic with the shards to be built.

use passband_flow::Control;
use passband_flow::config::PassedOn;
use passband_flow::kafka::{Connection, explain};
use passband_signal::{Fault, Result};
use rdkafka::consumer::BaseConsumer;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};

/// The default topic.
const TOPIC: &str = "passband-shards";
/// The partitions of a new topic, which limit the number of workers that share it.
const PARTITIONS: u32 = 64;
/// The time limit for sending all messages.
const SENT: Duration = Duration::from_secs(60);

/// The brokers and the topic of the shards.
#[derive(Clone, Debug)]
pub struct Queue {
    pub(super) connection: Connection,
    pub(super) topic: String,
}

/// A message: a shard to be built.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Message {
    /// The prefix of the set.
    pub set: String,
    /// The id of the plan.
    pub plan: String,
    /// Its number.
    pub shard: i32,
}

impl Queue {
    /// Reads an address.
    ///
    /// ```
    /// use passband_lake::set::tasks::Queue;
    /// let more = Default::default();
    /// assert_eq!(Queue::of("kafka://a:9092,b:9092/sets", &more).unwrap().to_string(), "kafka://a:9092,b:9092/sets");
    /// assert_eq!(Queue::of("kafka://a:9092", &more).unwrap().to_string(), "kafka://a:9092/passband-shards");
    /// assert!(Queue::of("a:9092", &more).is_err());
    /// ```
    pub fn of(address: &str, more: &PassedOn) -> Result<Self> {
        let rest = address.strip_prefix("kafka://").map(|rest| rest.split_once('/').unwrap_or((rest, "")));
        let Some((brokers, topic)) =
            rest.filter(|(brokers, topic)| !brokers.is_empty() && !topic.contains('/'))
        else {
            return Err(Fault::new("the address of workers is invalid")
                .at(address.to_owned())
                .fix("write it like kafka://localhost:9092, or kafka://one:9092,two:9092/topic"));
        };
        let connection = Connection::new(brokers, more);
        let topic = if topic.is_empty() { TOPIC } else { topic };
        Ok(Self { connection, topic: topic.to_owned() })
    }

    /// Sends these shards of a set; the topic is created if it does not exist.
    pub fn send(&self, set: &str, plan: &str, shards: &[i32]) -> Result<()> {
        let tell = |error| explain(&error, &self.connection.brokers);
        let config = self.connection.config(&[("acks", "all"), ("enable.idempotence", "true")]);
        let producer: BaseProducer = config.create().map_err(tell)?;
        let partitions = self.connection.topic(
            producer.client(),
            &self.topic,
            PARTITIONS,
            // an interrupted build sends its missing shards again
            &[("retention.ms", "604800000")],
        )?;
        for shard in shards {
            let message = Message { set: set.to_owned(), plan: plan.to_owned(), shard: *shard };
            let text = serde_json::to_string(&message).unwrap_or_default();
            let record = BaseRecord::<(), _>::to(&self.topic).payload(&text).partition(shard % partitions);
            producer.send(record).map_err(|(error, _)| tell(error))?;
            producer.poll(Duration::ZERO);
        }
        producer.flush(SENT).map_err(tell)
    }

    /// A member of the workers' consumer group.
    pub(super) fn member(&self, control: &Control) -> Result<BaseConsumer> {
        use rdkafka::consumer::Consumer;
        let tell = |error| explain(&error, &self.connection.brokers);
        let config = self.connection.config(&[
            ("group.id", &format!("{}-workers", self.topic)),
            ("enable.auto.commit", "false"),
            ("auto.offset.reset", "earliest"),
            // partitions stay with their worker when others join or leave
            ("partition.assignment.strategy", "cooperative-sticky"),
            // the partitions of a killed worker are reassigned quickly
            ("session.timeout.ms", "10000"),
            // a topic that was just created may be known in part only; the default of 5 min would leave the rest unread
            ("topic.metadata.refresh.interval.ms", "5000"),
            ("heartbeat.interval.ms", "2000"),
            // prefetched shards are unavailable to other workers
            ("queued.max.messages.kbytes", "64"),
        ]);
        let consumer: BaseConsumer = config.create().map_err(tell)?;
        let began = Instant::now();
        loop {
            match self.connection.topic(consumer.client(), &self.topic, PARTITIONS, &[]) {
                Ok(_) => break,
                Err(fault) if fault.is_passing() && began.elapsed() < SENT && !control.stopping() => {
                    control.note(|| fault.to_string());
                    std::thread::sleep(Duration::from_secs(2));
                }
                Err(fault) => return Err(fault),
            }
        }
        consumer.subscribe(&[&self.topic]).map_err(tell)?;
        Ok(consumer)
    }
}

impl std::fmt::Display for Queue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "kafka://{}/{}", self.connection.brokers, self.topic)
    }
}
