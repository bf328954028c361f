//! Writes results to a Kafka topic, at least once or exactly once.

use crate::config::{PassedOn, Place};
use crate::data::{Data, Kind, Output, Positions, Refusal, Stream};
use crate::format::{Carrier, Choice, Format};
use crate::kafka::{Carried, Compacted, Connection, Group, Number, Outbox, Outboxes, key_of};
use crate::part::{
    Commit, Commits, Committed, Context, End, Load, Sink, SinkPlan, Writes, Written, same_cluster,
};
use passband_signal::{Duration, Fault, Result};
use rdkafka::message::{Header, Headers, OwnedHeaders};
use rdkafka::producer::{BaseRecord, Producer};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration as Wait;

crate::settings! {
    /// Writes results to a Kafka topic, with the name of the stream as the key.
    ///
    /// `exactly_once` commits results and the source's positions in one transaction: readers of committed messages see
    /// each result once, even if processes are killed. `at_least_once` is faster: the producer is idempotent, and after a
    /// restart readers drop repeated results by their sample index. Readings that were not folded are written unchanged,
    /// in any format: one message each, with the sensor as its key. With `data = "panes"`, the topic stores the state of
    /// open windows, at intervals of `commit_every`, so that a restart need not read their readings again.
    pub struct Kafka {
        /// The brokers, host:port, separated by commas.
        brokers: String = "localhost:9092",
        /// The topic.
        topic: String,
        /// The format of messages.
        format: Choice = "avro",
        /// The delivery guarantee.
        delivery: Delivery = "at_least_once",
        /// The interval of commits. With exactly_once, readers see results after the commit.
        commit_every: Option<Duration>,
        /// The number of partitions to create missing topics with; 0: a missing topic is an error.
        partitions: u32 = "0",
        /// A topic for refused data: the original bytes, with reason and place as headers.
        refused: Option<String>,
        /// The name under which the positions of a source are stored that cannot store them itself, such as files. Default:
        /// the name of the pipeline.
        kept_as: Option<String>,
        /// How long a start waits for a broker that does not answer before it fails.
        start_timeout: Duration = "1 min",
        /// Settings of librdkafka, by its own names.
        librdkafka: PassedOn,
    }
}

/// Settings of a topic in which only the newest message per key is needed; small segments shorten the start.
const COMPACT: &[(&str, &str)] =
    &[("cleanup.policy", "compact"), ("segment.bytes", "16777216"), ("min.cleanable.dirty.ratio", "0.1")];

crate::choice! {
    /// The delivery guarantee.
    pub enum Delivery {
        /// Results may be repeated after a restart.
        AtLeastOnce = "at_least_once",
        /// Each result is delivered once.
        ExactlyOnce = "exactly_once",
    }
}

impl Kafka {
    fn connection(&self) -> Connection {
        Connection::new(&self.brokers, &self.librdkafka)
    }
}

impl SinkPlan for Kafka {
    fn check_format(&self, kinds: &[Kind], place: &Place, faults: &mut Vec<Fault>) {
        self.format.check_writing(kinds, Carrier::Messages, place, faults);
    }
    fn refuses(&self, kind: Kind) -> Option<String> {
        if matches!(kind, Kind::Readings | Kind::Panes) {
            return None;
        }
        let name = self.format.name;
        (self.format.is_for_files())
            .then(|| format!("{name} is for files; {kind} on Kafka are avro or json"))
            .or_else(|| self.format.refuses(kind))
    }
    fn start_timeout(&self) -> Wait {
        self.start_timeout.std()
    }
    fn exactly_once(&self) -> bool {
        self.delivery == Delivery::ExactlyOnce
    }
    fn commit_every(&self) -> Wait {
        let usual = if self.exactly_once() { 0.005 } else { 1.0 };
        self.commit_every.unwrap_or(Duration(usual)).std().max(Wait::from_millis(1))
    }
    fn writes(&self) -> Vec<Writes> {
        let topics = std::iter::once(self.topic.clone()).chain(self.refused.clone());
        topics.map(|topic| Writes::Topic(self.brokers.clone(), topic)).collect()
    }
    fn refused_topic(&self) -> Option<String> {
        self.refused.clone()
    }
    fn loads(&self, kind: Kind) -> Option<Box<dyn Load>> {
        let (connection, topic, format) = (self.connection(), self.topic.clone(), self.format.clone());
        self.exactly_once().then(|| Box::new(Compacted { connection, topic, format, kind }) as Box<dyn Load>)
    }
    fn check(&self, place: &Place, faults: &mut Vec<Fault>) {
        self.connection().check(place, faults);
        if self.exactly_once() && self.commit_every.is_some_and(|every| every.std() > Wait::from_secs(5)) {
            let fault = place.fault("commit_every", "is more than 5 s");
            let why = "a broker aborts a transaction that takes longer than 10 s";
            faults.push(fault.why(why).fix("set it to 5 s or less, or delivery = \"at_least_once\""));
        }
    }

    fn open(&self, kinds: &[Kind], context: &Context) -> Result<Box<dyn Sink>> {
        let connection = self.connection().at_start(context);
        let outbox = self.outbox(&connection, context)?;
        let partitions;
        {
            let mut outbox = outbox.lock().unwrap_or_else(PoisonError::into_inner);
            let client = outbox.producer.client();
            // of the states of a run, only the newest is needed
            let state = matches!(kinds, [kind] if kind.keeps_newest());
            let settings: &[_] = if state { COMPACT } else { &[] };
            let found = connection.topic(client, &self.topic, self.partitions, settings);
            partitions = found.map_err(|fault| outbox.explain(fault))?;
            let mut topics = vec![(&self.topic, partitions)];
            if let Some(refused) = &self.refused {
                topics.push((refused, connection.partitions(client, refused, self.partitions)?));
            }
            context.answered.store(true, Ordering::SeqCst);
            topics.into_iter().for_each(|(topic, partitions)| outbox.writes_to(topic, partitions));
        }
        Ok(Box::new(Writer {
            outbox,
            topic: self.topic.clone(),
            refused: self.refused.clone(),
            format: (self.format.name, self.format.open()?),
            bytes: vec![],
            partitions,
            messages: 0,
            refusals: 0,
        }))
    }
}

impl Kafka {
    /// The producer: exactly-once sinks of a pipeline with the same brokers share one, and its transaction.
    fn outbox(&self, connection: &Connection, context: &Context) -> Result<Arc<Mutex<Outbox>>> {
        let number = context.run.get::<Number>();
        if !self.exactly_once() {
            return Ok(Arc::new(Mutex::new(Outbox::open(connection, None, &number)?)));
        }
        let outboxes = context.shared.get::<Outboxes>();
        let mut shared = outboxes.0.lock().unwrap_or_else(PoisonError::into_inner);
        for outbox in shared.iter() {
            if same_cluster(&outbox.lock().unwrap_or_else(PoisonError::into_inner).brokers, &self.brokers) {
                return Ok(outbox.clone());
            }
        }
        let of_source = context.settle.clone().and_then(Group::of);
        let positions = match of_source {
            None if context.kept => {
                let name = self.kept_as.clone().unwrap_or_else(|| context.pipeline.clone());
                Some(Carried::Kept(Arc::new(Group::storage(connection, &name, &self.topic)?)))
            }
            group => group.map(Carried::Source),
        };
        match &positions {
            Some(of) if same_cluster(&of.group().brokers, &self.brokers) => {}
            _ => {
                return Err(Fault::new(
                    "delivery is exactly_once, but source and sink have different brokers",
                )
                .why("one transaction cannot span two clusters")
                .fix("use one cluster, or delivery = \"at_least_once\""));
            }
        }
        let outbox = Arc::new(Mutex::new(Outbox::open(connection, positions, &number)?));
        shared.push(outbox.clone());
        Ok(outbox)
    }
}

struct Writer {
    outbox: Arc<Mutex<Outbox>>,
    topic: String,
    refused: Option<String>,
    format: (&'static str, Box<dyn Format>),
    bytes: Vec<u8>,
    /// Number of partitions of its topic.
    partitions: i32,
    messages: u64,
    refusals: u64,
}

impl Writer {
    fn with<T>(&self, act: impl FnOnce(&mut Outbox) -> Result<T>) -> Result<T> {
        let mut outbox = self.outbox.lock().unwrap_or_else(PoisonError::into_inner);
        act(&mut outbox).map_err(|fault| fault.at(format!("topic {}", self.topic)))
    }
}

impl Writer {
    fn message(&mut self, stream: &Stream, data: &Data) -> Result<()> {
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.clear();
        self.format.1.encode(data, &mut bytes)?;
        // data that a format omits (samples that do not fill a scan) produces no message
        if bytes.is_empty() {
            return Ok(());
        }
        let key = self.format.1.key(data).unwrap_or_else(|| key_of(stream, data).into_bytes());
        let time = (!self.format.1.tells_time()).then(|| data.time().to_string());
        let named = !matches!(data, Data::Samples(_) | Data::Spectrum(_));
        let mut headers = OwnedHeaders::new();
        for (key, value) in [
            ("kind", named.then(|| data.kind().name())),
            ("format", named.then_some(self.format.0)),
            ("time", time.as_deref()),
        ] {
            if value.is_some() {
                headers = headers.insert(Header { key, value });
            }
        }
        let mut record = BaseRecord::to(&self.topic).key(&key[..]).payload(&bytes[..]);
        if headers.count() > 0 {
            record = record.headers(headers);
        }
        let sent = self.with(|outbox| outbox.send(record));
        self.messages += 1;
        self.bytes = bytes;
        sent
    }
}

impl Sink for Writer {
    fn write(&mut self, output: &Output) -> Result<()> {
        match (&output.data, self.format.1.samples()) {
            (Data::Samples(block), Some(size)) if block.frames() as u64 > size => {
                let mut starts = (block.index..block.end()).step_by(size as usize);
                starts.try_for_each(|start| {
                    let part = block.part(start..(start + size).min(block.end()));
                    self.message(&output.stream, &Data::Samples(part))
                })
            }
            (Data::Readings(readings), _) => {
                self.messages += readings.len() as u64;
                readings.iter().try_for_each(|reading| {
                    let record =
                        BaseRecord::to(&self.topic).key(reading.key.as_bytes()).payload(reading.bytes);
                    self.with(|outbox| outbox.send(record))
                })
            }
            (Data::Pane(pane), _) => {
                // panes of a shard are read together
                let (partition, key) = (pane.shard % self.partitions, key_of(&output.stream, &output.data));
                let bytes = pane.part.bytes.as_ref();
                let bytes = bytes.map(|bytes| [&pane.of.to_le_bytes()[..], bytes].concat());
                let mut record = BaseRecord::to(&self.topic).key(key.as_bytes()).partition(partition);
                if let Some(bytes) = &bytes {
                    record = record.payload(&bytes[..]);
                }
                self.with(|outbox| outbox.send(record))
            }
            (data, _) => self.message(&output.stream, data),
        }
    }

    fn refuse(&mut self, refusal: &Refusal) -> Result<bool> {
        let Some(topic) = &self.refused else { return Ok(false) };
        let header = |key, value| Header { key, value: Some(value) };
        let headers = OwnedHeaders::new_with_capacity(2)
            .insert(header("reason", &refusal.reason))
            .insert(header("source", &refusal.place));
        self.refusals += 1;
        let record = BaseRecord::to(topic).key(&b""[..]).payload(&refusal.bytes[..]).headers(headers);
        self.with(|outbox| outbox.send(record)).map(|()| true)
    }

    fn begin(&mut self) -> Result<Option<String>> {
        self.with(Outbox::settle).map(|fate| fate.map(|fate| fate.to_string()))
    }

    fn is_newest(&self) -> Option<Result<()>> {
        self.outbox.lock().unwrap_or_else(PoisonError::into_inner).is_newest()
    }

    fn ledger(&self) -> Commits {
        self.outbox.lock().unwrap_or_else(PoisonError::into_inner).ledger()
    }

    fn commit(&mut self, positions: &Positions, _: Commit) -> Result<Committed> {
        self.with(|outbox| outbox.commit(positions))
    }

    fn idle(&mut self) -> Result<()> {
        self.with(Outbox::idle)
    }

    fn written(&self) -> Vec<Written> {
        let one = |topic: &String, rows| {
            let to = format!("topic {topic} at {}", self.with(|outbox| Ok(outbox.brokers.clone())).ok()?);
            Some(Written { to, bytes: None, rows, of: "messages", whole: true })
        };
        let refused = self.refused.as_ref().filter(|_| self.refusals > 0);
        let refused = refused.and_then(|topic| one(topic, self.refusals));
        one(&self.topic, self.messages).into_iter().chain(refused).collect()
    }

    fn finish(&mut self, end: End) -> Result<()> {
        match end {
            // the next start of this instance aborts an unfinished transaction, and its results are computed again;
            // waiting here for messages that a lost broker never received would only delay that start
            End::Failed => Ok(()),
            _ => self.with(|outbox| outbox.drain()),
        }
    }
}
