//! How a reader begins: its consumer, and the partitions that it reads.

use super::until::Ends;
use super::{From, Kafka, Reader, Until};
use crate::data::{Kind, Spare, Stream};
use crate::kafka::{Connection, ERRORS, Group, Rebalances, Watch, explain};
use crate::part::{Context, SourcePlan};
use crate::source::guard::Guard;
use passband_signal::{Fault, Result};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How long a broker may take to answer.
const ANSWER: Duration = Duration::from_secs(10);

impl Kafka {
    /// All partitions of all topics, for a reader without a group.
    fn shards(
        &self,
        connection: &Connection,
        consumer: &BaseConsumer<Rebalances>,
    ) -> Result<Vec<(&str, i32)>> {
        let mut shards = vec![];
        for topic in std::iter::once(&self.topic).chain(&self.also) {
            let partitions = connection.partitions(consumer.client(), topic, 0)?;
            shards.extend((0..partitions).map(|partition| (topic.as_str(), partition)));
        }
        Ok(shards)
    }
    /// Connects, and joins the group or assigns itself every partition.
    pub(super) fn reader(&self, context: &Context) -> Result<Reader> {
        let connection = self.connection().at_start(context);
        let tell = |error: KafkaError| explain(&error, &self.brokers);
        // the client requires a group even if nothing is committed
        let group = self.group.clone().unwrap_or_else(|| format!("{}-reader", context.pipeline));
        let member = format!("{group}-{}", self.instance);
        let mut ours = vec![
            ("group.id", group.as_str()),
            ("enable.auto.commit", "false"),
            ("enable.auto.offset.store", "false"),
            ("isolation.level", "read_committed"),
            ("auto.offset.reset", if self.from == From::Earliest { "earliest" } else { "latest" }),
            ("fetch.wait.max.ms", "50"),
            ("fetch.queue.backoff.ms", "5"),
            ("queued.max.messages.kbytes", "16384"),
            ("topic.metadata.refresh.interval.ms", "10000"),
        ];
        if self.until == Until::End {
            ours.push(("enable.partition.eof", "true"));
        }
        if self.group.is_some() {
            ours.extend([
                ("group.instance.id", member.as_str()),
                ("group.protocol", "classic"),
                ("partition.assignment.strategy", "cooperative-sticky"),
                ("session.timeout.ms", "6000"),
                ("heartbeat.interval.ms", "500"),
            ]);
        }
        let config = connection.config(&ours);
        let consumer: BaseConsumer<Rebalances> =
            config.create_with_context(Rebalances::default()).map_err(tell)?;
        let found = connection.partitions(consumer.client(), &self.topic, 0).map_err(|fault| {
            // connection errors are taken from the queue by polling
            (0..ERRORS).for_each(|_| drop(consumer.poll(Duration::ZERO)));
            consumer.context().connection_errors.explain(fault, &self.brokers)
        });
        let partitions = found?;
        context.answered.store(true, Ordering::SeqCst);
        let mut ends = match self.until {
            Until::Stopped => None,
            Until::End => Some(Ends::of(&consumer, &self.brokers, &self.topic, partitions)?),
        };
        if self.group.is_some() {
            consumer.subscribe(&[&self.topic]).map_err(tell)?;
        } else {
            let mut all = TopicPartitionList::new();
            for (topic, partition) in self.shards(&connection, &consumer)? {
                let start = match (self.last, self.from) {
                    (Some(last), _) => {
                        let ends = consumer.fetch_watermarks(topic, partition, ANSWER).map_err(tell)?;
                        Offset::Offset((ends.1 - i64::from(last)).max(ends.0))
                    }
                    (None, From::Earliest) => Offset::Beginning,
                    (None, From::Latest) => Offset::End,
                };
                if let Some(ends) = &mut ends {
                    ends.assign(
                        partition,
                        match start {
                            Offset::Offset(offset) => Some(offset),
                            Offset::End => Some(i64::MAX),
                            _ => None,
                        },
                    );
                }
                all.add_partition_offset(topic, partition, start).map_err(tell)?;
            }
            consumer.assign(&all).map_err(tell)?;
        }
        let consumer = Arc::new(consumer);
        let (topic, brokers) = (self.topic.clone(), self.brokers.clone());
        Ok(Reader {
            group: Arc::new(Group {
                consumer: consumer.clone(),
                topic,
                brokers,
                name: group,
                member,
                lost: AtomicBool::new(false),
                connection,
                before: Default::default(),
            }),
            consumer,
            watch: self.group.is_some().then(|| Watch::new(partitions)),
            grouped: self.group.is_some(),
            kind: self.gives(),
            readings: match self.data {
                Kind::Readings => Some(self.format.open()?.readings().map_err(Fault::new)?),
                _ => None,
            },
            stream: Stream::from(self.topic.as_str()),
            spare: Spare::new(),
            id_header: self.id_header.clone(),
            format: (self.format.name, self.format.open()?),
            others: HashMap::new(),
            also: self.also.clone(),
            guard: Guard::expecting(self.rate, self.channels),
            streams: HashMap::new(),
            stream_limits: HashMap::new(),
            leaving: None,
            ledgers: context.ledgers.clone(),
            latest: self.from == From::Latest,
            ends,
        })
    }
}
