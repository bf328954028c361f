//! Results to a Kafka topic, at least once or exactly once.

use crate::config::{PassedOn, Place};
use crate::data::{Kind, Output, Positions, Refusal};
use crate::engine::{Context, End};
use crate::format::{Choice, Format};
use crate::kafka::{Connection, explain, same_cluster};
use crate::part::{Settle, Sink, SinkPlan};
use passband_signal::{Duration, Fault, Result};
use rdkafka::ClientContext;
use rdkafka::error::KafkaError;
use rdkafka::message::{DeliveryResult, Header, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};
use rdkafka::types::RDKafkaErrorCode as Code;
use std::sync::{Arc, Mutex};
use std::time::{Duration as Wait, Instant};

/// How long the broker may be away before the pipeline starts again.
const PATIENCE: Wait = Wait::from_secs(60);

/// How long a broker takes to end a transaction, after it has said that it will.
const BREATH: Wait = Wait::from_millis(3);

crate::settings! {
    /// Results to a Kafka topic, the name of the stream as the key.
    ///
    /// `exactly_once` commits results and the source's positions in one transaction: readers of committed messages
    /// see each result once, whatever is killed. `at_least_once` is quicker: the producer is idempotent, and
    /// after a restart readers drop repeats by their sample index.
    pub struct Kafka {
        /// The brokers, host:port, several with commas.
        brokers: String = "localhost:9092",
        /// The topic.
        topic: String,
        /// How messages are written.
        format: Choice = "avro",
        /// What a restart may do to results.
        delivery: Delivery = "at_least_once",
        /// How often results are made safe. With exactly_once readers wait this long for them.
        commit_every: Option<Duration>,
        /// Create the topics with so many partitions if they are missing; 0: a missing topic is an error.
        partitions: u32 = "0",
        /// A topic for what was refused: the original bytes, with the reason and the place as headers.
        refused: Option<String>,
        /// Any setting of librdkafka, by its own name.
        librdkafka: PassedOn,
    }
}

crate::choice! {
    /// What a restart may do to results.
    pub enum Delivery {
        /// Results may come again after a restart.
        AtLeastOnce = "at_least_once",
        /// Each result is seen once.
        ExactlyOnce = "exactly_once",
    }
}

impl Kafka {
    fn connection(&self) -> Connection {
        Connection { brokers: self.brokers.clone(), more: self.librdkafka.clone() }
    }
}

impl SinkPlan for Kafka {
    fn refuses(&self, kind: Kind) -> Option<String> {
        (self.format.name == "csv").then(|| format!("csv is for files; {kind} on Kafka are avro or json"))
    }
    fn exactly_once(&self) -> bool {
        self.delivery == Delivery::ExactlyOnce
    }
    fn commit_every(&self) -> Wait {
        let usual = if self.exactly_once() { 0.005 } else { 1.0 };
        self.commit_every.unwrap_or(Duration(usual)).std().max(Wait::from_millis(1))
    }
    fn check(&self, place: &Place, faults: &mut Vec<Fault>) {
        self.connection().check(place, faults);
    }

    fn open(&self, _: Kind, context: &Context) -> Result<Box<dyn Sink>> {
        let settle = context.settle.clone().filter(|_| self.exactly_once());
        let group = settle.as_ref().and_then(|s| s.group());
        let mut ours = vec![
            ("enable.idempotence", "true"),
            ("acks", "all"),
            ("linger.ms", "0"),
            ("message.max.bytes", "16777216"),
            ("queue.buffering.max.kbytes", "65536"),
        ];
        let member = group.map(|g| g.member.clone());
        match (&member, group) {
            (Some(member), Some(group)) if same_cluster(&group.brokers, &self.brokers) => {
                ours.extend([("transactional.id", member.as_str()), ("transaction.timeout.ms", "10000")]);
                // a broker that still ends the last transaction asks to try again: at once, not after the usual 100 ms
                ours.push(("retry.backoff.ms", "3"));
            }
            _ if self.exactly_once() => {
                return Err(Fault::new(
                    "delivery is exactly_once, but source and sink are at different brokers",
                )
                .why("one transaction cannot span two clusters")
                .fix("use one cluster, or delivery = \"at_least_once\""));
            }
            _ => {}
        }
        let connection = self.connection();
        let tell = |error: KafkaError| explain(&error, &self.brokers);
        let producer: BaseProducer<Reports> =
            connection.config(&ours).create_with_context(Reports::default()).map_err(tell)?;
        for topic in [Some(&self.topic), self.refused.as_ref()].into_iter().flatten() {
            connection.partitions(producer.client(), topic, self.partitions)?;
        }
        if member.is_some() {
            producer.init_transactions(PATIENCE).map_err(tell)?;
        }
        Ok(Box::new(Writer {
            producer,
            brokers: self.brokers.clone(),
            topic: self.topic.clone(),
            refused: self.refused.clone(),
            format: self.format.open()?,
            settle,
            open: false,
            ended: Instant::now(),
            settled: Positions::new(),
            bytes: vec![],
        }))
    }
}

/// Hears what became of each message.
#[derive(Default)]
struct Reports(Mutex<Option<KafkaError>>);

impl ClientContext for Reports {
    fn log(&self, _: rdkafka::config::RDKafkaLogLevel, _: &str, _: &str) {}
    fn error(&self, _: KafkaError, _: &str) {}
}

impl ProducerContext for Reports {
    type DeliveryOpaque = ();
    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        if let Err((error, _)) = result {
            self.0.lock().unwrap_or_else(|e| e.into_inner()).get_or_insert(error.clone());
        }
    }
}

struct Writer {
    producer: BaseProducer<Reports>,
    brokers: String,
    topic: String,
    refused: Option<String>,
    format: Box<dyn Format>,
    /// The source's group, when its positions are committed here.
    settle: Option<Arc<dyn Settle>>,
    /// A transaction is open.
    open: bool,
    /// When the last transaction ended.
    ended: Instant,
    /// The positions of the last transaction.
    settled: Positions,
    bytes: Vec<u8>,
}

impl Writer {
    fn tell(&self, error: &KafkaError) -> Fault {
        explain(error, &self.brokers).at(format!("topic {}", self.topic)).passing()
    }

    fn begin(&mut self) -> Result<()> {
        if self.settle.is_some() && !self.open {
            // librdkafka waits 20 ms when the broker still ends the last transaction: a breath first costs less
            std::thread::sleep(BREATH.saturating_sub(self.ended.elapsed()));
            self.producer.begin_transaction().map_err(|error| self.tell(&error))?;
            self.open = true;
        }
        Ok(())
    }

    /// Hands a message to librdkafka; a full queue is waited for, which holds up the whole pipeline behind it.
    fn send(&self, mut record: BaseRecord<'_, str, [u8]>) -> Result<()> {
        let began = Instant::now();
        loop {
            match self.producer.send(record) {
                Ok(()) => break,
                Err((KafkaError::MessageProduction(Code::QueueFull), back)) if began.elapsed() < PATIENCE => {
                    record = back;
                    self.producer.poll(Wait::ZERO);
                    std::thread::sleep(Wait::from_millis(1));
                }
                Err((error, _)) => return Err(self.tell(&error)),
            }
        }
        self.producer.poll(Wait::ZERO);
        self.failed()
    }

    fn failed(&self) -> Result<()> {
        let report = self.producer.context().0.lock().unwrap_or_else(|e| e.into_inner()).take();
        report.map_or(Ok(()), |error| Err(self.tell(&error)))
    }

    /// Waits until the broker has everything. librdkafka's own flush would cost 100 ms while anything is in flight.
    fn drain(&self) -> Result<()> {
        let began = Instant::now();
        while self.producer.in_flight_count() > 0 {
            self.producer.poll(Wait::ZERO);
            if began.elapsed() > PATIENCE {
                return Err(self.tell(&KafkaError::Flush(Code::OperationTimedOut)));
            }
            std::thread::sleep(Wait::from_micros(200));
        }
        self.failed()
    }
}

impl Sink for Writer {
    fn write(&mut self, output: &Output) -> Result<()> {
        self.begin()?;
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.clear();
        self.format.encode(&output.data, &mut bytes)?;
        let sent = self.send(BaseRecord::to(&self.topic).key(&*output.stream).payload(&bytes[..]));
        self.bytes = bytes;
        sent
    }

    fn refuse(&mut self, refusal: &Refusal) -> Result<bool> {
        let Some(topic) = self.refused.clone() else { return Ok(false) };
        self.begin()?;
        let header = |key, value| Header { key, value: Some(value) };
        let headers = OwnedHeaders::new_with_capacity(2)
            .insert(header("reason", &refusal.reason))
            .insert(header("source", &refusal.place));
        self.send(BaseRecord::to(&topic).key("").payload(&refusal.bytes[..]).headers(headers))?;
        Ok(true)
    }

    fn commit(&mut self, positions: &Positions) -> Result<bool> {
        let Some(settle) = self.settle.clone() else {
            self.drain()?;
            return Ok(false);
        };
        if !self.open && *positions == self.settled {
            return Ok(true);
        }
        self.begin()?;
        if let Some(group) = settle.group() {
            let list = group.list(positions)?;
            let sent = self.producer.send_offsets_to_transaction(&list, &group.metadata()?, PATIENCE);
            sent.map_err(|error| self.tell(&error))?;
        }
        self.drain()?;
        self.producer.commit_transaction(PATIENCE).map_err(|error| self.tell(&error))?;
        self.open = false;
        self.ended = Instant::now();
        self.settled.clone_from(positions);
        Ok(true)
    }

    fn idle(&mut self) -> Result<()> {
        self.producer.poll(Wait::ZERO);
        self.failed()
    }

    fn finish(&mut self, end: End) -> Result<()> {
        match end {
            // an unfinished transaction is aborted by the next start of this instance, and its results are made again;
            // to wait here for messages that a lost broker never took would only hold up that start
            End::Failed => Ok(()),
            _ => self.drain(),
        }
    }
}
