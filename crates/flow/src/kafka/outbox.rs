//! A producer, and the transaction that several sinks of one pipeline share.

use super::dangling::let_go;
use super::{Connection, Group, explain};
use crate::data::Positions;
use crate::part::Settle;
use passband_signal::{Fault, Result};
use rdkafka::ClientContext;
use rdkafka::error::KafkaError;
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};
use rdkafka::types::RDKafkaErrorCode as Code;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How long the broker may be away before the pipeline starts again.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// How long a broker takes to end a transaction, after it has said that it will.
const BREATH: Duration = Duration::from_millis(3);

/// Hears what became of each message.
#[derive(Default)]
pub struct Reports(Mutex<Option<KafkaError>>);

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

/// Messages on their way, and the positions that are settled with them.
pub struct Outbox {
    /// The client.
    pub producer: BaseProducer<Reports>,
    /// Where.
    pub brokers: String,
    /// Whose positions are committed in its transactions, if it has any.
    settle: Option<Arc<dyn Settle>>,
    /// A transaction is open.
    open: bool,
    /// When the last transaction ended.
    ended: Instant,
    /// The positions of the last transaction.
    settled: Positions,
}

impl Outbox {
    /// Connects; with `settle`, everything goes in transactions of that group's member.
    pub fn open(connection: &Connection, settle: Option<Arc<dyn Settle>>) -> Result<Self> {
        let mut ours = vec![
            ("enable.idempotence", "true"),
            ("acks", "all"),
            ("linger.ms", "0"),
            // as Java's clients do, so that results lie beside what others write with the same keys
            ("partitioner", "murmur2_random"),
            ("message.max.bytes", "16777216"),
            ("queue.buffering.max.kbytes", "65536"),
        ];
        let member = settle.as_ref().and_then(|s| s.group()).map(|g| g.member.clone());
        if let Some(member) = &member {
            ours.extend([("transactional.id", member.as_str()), ("transaction.timeout.ms", "10000")]);
            // a broker that still ends the last transaction asks to try again: at once, not after the usual 100 ms
            ours.push(("retry.backoff.ms", "3"));
        }
        let made = connection.config(&ours).create_with_context(Reports::default());
        let producer = made.map_err(|error| explain(&error, &connection.brokers))?;
        let brokers = connection.brokers.clone();
        Ok(Self { producer, brokers, settle, open: false, ended: Instant::now(), settled: Positions::new() })
    }

    /// Fences whoever ran as this member before, and ends what it left open.
    pub fn fence(&self, connection: &Connection) -> Result<()> {
        let Some(settle) = &self.settle else { return Ok(()) };
        self.producer.init_transactions(PATIENCE).map_err(|e| explain(&e, &self.brokers))?;
        settle.group().map_or(Ok(()), |group| let_go(connection, &self.producer, group, PATIENCE))
    }

    /// The group whose positions go into the transactions.
    pub fn group(&self) -> Option<&Group> {
        self.settle.as_ref().and_then(|settle| settle.group())
    }

    fn tell(&self, error: &KafkaError) -> Fault {
        explain(error, &self.brokers).passing()
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
    pub fn send(&mut self, mut record: BaseRecord<'_, [u8], [u8]>) -> Result<()> {
        self.begin()?;
        let began = Instant::now();
        loop {
            match self.producer.send(record) {
                Ok(()) => break,
                Err((KafkaError::MessageProduction(Code::QueueFull), back)) if began.elapsed() < PATIENCE => {
                    record = back;
                    self.producer.poll(Duration::ZERO);
                    std::thread::sleep(Duration::from_millis(1));
                }
                Err((error, _)) => return Err(self.tell(&error)),
            }
        }
        self.serve()
    }

    /// Serves the client, and tells what became of messages.
    pub fn serve(&self) -> Result<()> {
        self.producer.poll(Duration::ZERO);
        let report = self.producer.context().0.lock().unwrap_or_else(|e| e.into_inner()).take();
        report.map_or(Ok(()), |error| Err(self.tell(&error)))
    }

    /// Waits until the broker has everything. librdkafka's own flush would cost 100 ms while anything is in flight.
    pub fn drain(&self) -> Result<()> {
        let began = Instant::now();
        while self.producer.in_flight_count() > 0 {
            self.producer.poll(Duration::ZERO);
            if began.elapsed() > PATIENCE {
                return Err(self.tell(&KafkaError::Flush(Code::OperationTimedOut)));
            }
            std::thread::sleep(Duration::from_micros(200));
        }
        self.serve()
    }

    /// Makes everything safe. True: the positions were committed with it, in one transaction; the first of the sinks
    /// that share it does so for all of them, for by then each has written.
    pub fn commit(&mut self, positions: &Positions) -> Result<bool> {
        let Some(settle) = self.settle.clone() else {
            self.drain()?;
            return Ok(false);
        };
        if !self.open && *positions == self.settled {
            return Ok(true);
        }
        self.begin()?;
        if let (Some(group), false) = (settle.group(), positions.is_empty()) {
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
}
