//! Reads data from a Kafka topic.

mod until;

use super::guard::Guard;
use crate::config::{PassedOn, Place};
use crate::data::{Arrival, Data, Input, Kind, Origin, Readings, Refusal, Spare, Stream};
use crate::format::{Carrier, Choice, Format, Job, Message, ReadReadings, name_hash};
use crate::kafka::{
    Connection, ERRORS, Group, Rebalance, Rebalances, StreamLimit, Watch, explain, fault_of, stream_of,
};
use crate::part::{Context, Ledgers, Reads, Settle, Shares, SinkPlan, Source, SourcePlan, Turn};
use crate::sink::kafka::Delivery;
use passband_signal::{Fault, Hertz, Result};
use rdkafka::Message as _;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Headers};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use rdkafka::types::RDKafkaErrorCode as Code;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;
use until::Ends;

/// Maximum number of messages per batch.
const BATCH: usize = 256;
/// Maximum number of readings per batch: few enough to stay in the CPU cache until they are folded.
const READINGS: usize = 8192;
/// How long a turn waits for the first message.
const WAIT: Duration = Duration::from_millis(20);
/// How long a broker may take to answer.
const ANSWER: Duration = Duration::from_secs(10);

crate::settings! {
    /// Reads samples, spectra or other data from a Kafka topic.
    ///
    /// The message key names the stream. With a `group`, processes share the partitions, and positions are stored, so that
    /// a pipeline resumes where it stopped. Without a group, every reader reads all partitions.
    pub struct Kafka {
        /// The brokers, host:port, separated by commas.
        brokers: String = "localhost:9092",
        /// The topic.
        topic: String,
        /// Further topics, for a reader without a group.
        also: Vec<String> = "",
        /// The kind of messages without a header `kind`.
        data: Kind = "samples",
        /// The format of the messages.
        format: Choice = "avro",
        /// The consumer group. Without one, the reader reads all partitions, and no positions are stored.
        group: Option<String>,
        /// The name of this process within the group: unique in the group, and kept over restarts.
        instance: String = "1",
        /// Where to start if there is no position.
        from: From = "earliest",
        /// Without a group: start this number of messages before the end of each partition; overrides `from`.
        last: Option<u32>,
        /// When reading ends. At `end`, the windows of readers without a group are closed; those of a group stay open for its
        /// next start.
        until: Until = "stopped",
        /// The rate to accept; messages with other rates are refused.
        rate: Option<Hertz>,
        /// The number of channels to accept; messages with other numbers are refused.
        channels: Option<u32>,
        /// For readings: the header with a unique id, by which repeated readings are detected.
        id_header: Option<String>,
        /// How long a start waits for a broker that does not answer before it fails.
        start_timeout: passband_signal::Duration = "1 min",
        /// Settings of librdkafka, by its own names.
        librdkafka: PassedOn,
    }
}

crate::choice! {
    /// Where to start if there is no position.
    pub enum From {
        /// At the oldest message.
        Earliest = "earliest",
        /// At the next message.
        Latest = "latest",
    }
}

crate::choice! {
    /// When reading ends.
    pub enum Until {
        /// When the pipeline is stopped.
        Stopped = "stopped",
        /// When everything is read that existed at the start: for a group, in the partitions of this process.
        End = "end",
    }
}

impl Kafka {
    fn connection(&self) -> Connection {
        Connection::new(&self.brokers, &self.librdkafka)
    }
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
}

impl SourcePlan for Kafka {
    fn gives(&self) -> Kind {
        self.data
    }
    fn value_names(&self) -> Vec<String> {
        let reader = (self.data == Kind::Readings).then(|| self.format.open().ok()?.readings().ok());
        reader.flatten().map_or(vec![], |reader| reader.value_names().to_vec())
    }
    fn reads(&self) -> Vec<Reads> {
        let topics = std::iter::once(&self.topic).chain(&self.also);
        topics.map(|topic| Reads::Topic(self.brokers.clone(), topic.clone())).collect()
    }
    fn ends(&self) -> bool {
        self.until == Until::End
    }
    fn start_timeout(&self) -> Duration {
        self.start_timeout.std()
    }
    fn keeps_positions(&self) -> bool {
        self.group.is_some()
    }
    fn between(&self, shares: &Shares) -> Result<(Box<dyn SinkPlan>, Box<dyn SourcePlan>)> {
        let Shares { topic, kind, every, refused } = shares.clone();
        let Some(group) = &self.group else {
            let fault =
                Fault::new("shares are for processes of one consumer group, and the source has no group");
            return Err(fault.fix("set group of the source, or remove shares"));
        };
        if self.until == Until::End {
            let fault = Fault::new("merging shares has no end, but until ends the source");
            return Err(fault.fix("remove until from the source, or remove shares"));
        }
        let send = crate::sink::kafka::Kafka {
            brokers: self.brokers.clone(),
            topic: topic.clone(),
            format: Choice::named("avro").map_err(Fault::new)?,
            delivery: Delivery::ExactlyOnce,
            commit_every: Some(passband_signal::Duration(every.as_secs_f64())),
            partitions: 1,
            refused,
            kept_as: None,
            start_timeout: self.start_timeout,
            librdkafka: self.librdkafka.clone(),
        };
        let merge = Kafka {
            topic,
            also: vec![],
            last: None,
            id_header: None,
            data: kind,
            format: send.format.clone(),
            group: Some(format!("{group}-merge")),
            from: From::Earliest,
            rate: None,
            channels: None,
            ..self.clone()
        };
        Ok((Box::new(send), Box::new(merge)))
    }
    fn check(&self, place: &Place, faults: &mut Vec<Fault>) {
        self.connection().check(place, faults);
        if self.data == Kind::Readings
            && let Some(Err(why)) = self.format.open().ok().map(|format| format.readings())
        {
            faults.push(place.fault("format", "cannot read readings").why(why));
        }
        self.format.check(&[Job::Read(self.data, Carrier::Messages)], place, "format", faults);
        match self.data {
            Kind::Readings => {
                place.without_effect(&["rate", "channels"], "it applies to samples and spectra only", faults)
            }
            _ => place.without_effect(&["id_header"], "it applies to data = \"readings\" only", faults),
        }
        if self.group.is_none() {
            place.without_effect(&["instance"], "it applies to readers with a group only", faults);
            if self.last.is_some() {
                place.without_effect(&["from"], "last determines where to begin", faults);
            }
        }
        if matches!(self.data, Kind::Panes | Kind::Examples) {
            faults.push(place.fault("data", format!("cannot be {}: no messages are", self.data)));
        } else if self.data != Kind::Readings
            && let Some(why) = self.format.unread(self.data)
        {
            let fault = place.fault("format", format!("cannot be {} of {}", self.format.name, self.data));
            faults
                .push(fault.why(why).fix("set format = \"avro\", here and in the pipeline that writes them"));
        }
        if self.group.is_some() && self.last.is_some() {
            let fault = place.fault("last", "is for readers without a group");
            faults.push(fault.fix("remove group or last: a group resumes at its committed positions"));
        }
        if self.until == Until::End && !self.also.is_empty() {
            let fault = place.fault("until", "is end, which supports one topic only");
            faults.push(fault.fix("remove also or until"));
        }
        if self.group.is_some() && !self.also.is_empty() {
            faults.push(
                place
                    .fault("also", "is for readers without a group")
                    .fix("remove group, or start a process for each topic"),
            );
        }
        if self.format.name == "csv" {
            faults.push(
                place.fault("format", "is csv, which can be written but not read").fix("use avro or json"),
            );
        }
    }

    fn open(&self, context: &Context) -> Result<Box<dyn Source>> {
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
        Ok(Box::new(Reader {
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
        }))
    }
}

struct Reader {
    consumer: Arc<BaseConsumer<Rebalances>>,
    group: Arc<Group>,
    grouped: bool,
    /// Monitors the group.
    watch: Option<Watch>,
    kind: Kind,
    /// The decoder of readings, if messages are readings.
    readings: Option<Box<dyn ReadReadings>>,
    /// The stream of all readings, named after the topic.
    stream: Stream,
    spare: Spare,
    id_header: Option<String>,
    format: (&'static str, Box<dyn Format>),
    /// Formats named by message headers, other than `format`.
    others: HashMap<String, Box<dyn Format>>,
    also: Vec<String>,
    guard: Guard,
    /// Names of streams, cached to avoid an allocation per message.
    streams: HashMap<Vec<u8>, Stream>,
    /// By partition, the streams of its position.
    stream_limits: HashMap<i32, StreamLimit>,
    /// Partitions to release when their results are committed.
    leaving: Option<(TopicPartitionList, Receiver<()>)>,
    /// Whether to start at the latest message if there is no position.
    latest: bool,
    /// The offsets to read to, if the source has an end.
    ends: Option<Ends>,
    /// The positions that sinks store.
    ledgers: Arc<Ledgers>,
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

    fn message(&mut self, message: &BorrowedMessage<'_>, batch: &mut Vec<Input>) {
        // partitions of further topics are additional shards
        let further =
            self.also.iter().position(|topic| topic == message.topic()).map_or(0, |at| at as i32 + 1);
        let origin = Origin { shard: further << 16 | message.partition(), offset: message.offset() };
        let (key, bytes) = (message.key().unwrap_or_default(), message.payload().unwrap_or_default());
        let time = header(message, "time").and_then(|time| time.parse().ok());
        let time = time.unwrap_or_else(|| message.timestamp().to_millis().unwrap_or(0) * 1000);
        let read = self.read(message, &Message { key, bytes, time });
        let read = read.and_then(|(stream, data)| {
            match !self.grouped
                || self.stream_limits.entry(origin.shard).or_default().takes(&stream, origin.offset)
            {
                true => Ok((stream, data)),
                false => {
                    Err("more streams in this partition than fit in a position (4 kB): distribute the keys \
                              over more partitions"
                        .to_owned())
                }
            }
        });
        batch.push(match read {
            Ok((stream, data)) => Input::Datum(stream, origin, data),
            Err(reason) => {
                let (topic, partition, offset) = (message.topic(), message.partition(), origin.offset);
                let place = format!("topic {topic}, partition {partition}, offset {offset}");
                Input::Refused(Refusal { origin, place, reason, bytes: bytes.to_vec() })
            }
        });
    }

    /// Adds a reading to the batch of its partition; returns whether the batch is full.
    fn reading(
        &mut self,
        message: &BorrowedMessage<'_>,
        all: &mut Vec<(i32, Box<Readings>)>,
        batch: &mut Vec<Input>,
    ) -> bool {
        let Some(reader) = &mut self.readings else { return true };
        let (partition, offset) = (message.partition(), message.offset());
        let at = all.iter().position(|(of, _)| *of == partition).unwrap_or_else(|| {
            let place = format!("topic {}, partition {partition}, offset ", message.topic());
            let readings = Readings::new(reader.value_names(), place.into()).with(&self.spare);
            all.push((partition, Box::new(readings)));
            all.len() - 1
        });
        let (key, bytes) = (message.key().unwrap_or_default(), message.payload().unwrap_or_default());
        let time = message.timestamp().to_millis().unwrap_or(0) * 1000;
        let named = self.id_header.as_deref().and_then(|name| header_bytes(message, name));
        let arrival = Arrival { time, offset, id: named.map(name_hash) };
        if let Err(reason) = reader.read(&Message { key, bytes, time }, arrival, &mut all[at].1) {
            let (origin, place) =
                (Origin { shard: partition, offset }, format!("{}{offset}", all[at].1.place));
            batch.push(Input::Refused(Refusal { origin, place, reason, bytes: bytes.to_vec() }));
        }
        all[at].1.is_full()
    }

    fn read(&mut self, from: &BorrowedMessage<'_>, message: &Message<'_>) -> Result<(Stream, Data), String> {
        let kind = match header(from, "kind") {
            None => self.kind,
            Some(name) => Kind::by_name(name).ok_or("an unknown kind of data")?,
        };
        let format = match header(from, "format").filter(|name| *name != self.format.0) {
            None => &mut self.format.1,
            Some(name) => match self.others.entry(name.to_owned()) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => {
                    let format =
                        Choice::named(new.key()).and_then(|c| c.open().map_err(|f| f.to_string()))?;
                    new.insert(format)
                }
            },
        };
        let data = format.decode(kind, message)?;
        // if a format defines the keys, the stream is named after the topic
        let name = if format.key_names_stream(kind) { message.key } else { b"" };
        if !self.streams.contains_key(name) {
            let text = if name.is_empty() { from.topic().into() } else { String::from_utf8_lossy(name) };
            self.streams.insert(name.to_vec(), Stream::from(stream_of(&text, &data)));
        }
        let stream = self.streams[name].clone();
        self.guard.check(&stream, &data).map(|()| (stream, data))
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

/// The text of a header.
fn header<'a>(message: &'a BorrowedMessage<'_>, name: &str) -> Option<&'a str> {
    std::str::from_utf8(header_bytes(message, name)?).ok()
}

fn header_bytes<'a>(message: &'a BorrowedMessage<'_>, name: &str) -> Option<&'a [u8]> {
    message.headers()?.iter().find(|header| header.key == name)?.value
}
