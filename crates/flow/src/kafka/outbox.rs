//! A producer, and the transaction that the sinks of a pipeline share.

use super::client::is_fenced;
use super::instance::{InstanceNumber, Number, older};
use super::recovery::{Decision, Id, Signed, Tag, settle};
use super::unfinished::Unfinished;
use super::{Connection, ConnectionErrors, ERRORS, Group, explain, fault_of};
use crate::data::Positions;
use crate::part::{Commits, Committed};
use passband_signal::{Fault, Result};
use rdkafka::ClientContext;
use rdkafka::error::KafkaError;
use rdkafka::message::{DeliveryResult, Header};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};
use rdkafka::types::RDKafkaErrorCode as Code;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

/// How long the broker may be unreachable before the pipeline restarts.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Time a broker takes to finish a transaction after it has confirmed the commit.
const BREATH: Duration = Duration::from_millis(3);

/// The header that identifies a record of a transaction.
pub const TRANSACTION: &str = "transaction";

/// Maximum time until a process that replaces another has committed its number.
const WRITTEN: Duration = Duration::from_secs(3);

/// How often an idle process checks its last transaction, and looks for a newer process.
const LOOK: Duration = Duration::from_secs(5);

/// Collects delivery reports and connection errors.
#[derive(Default)]
pub struct Reports {
    failed: Mutex<Option<KafkaError>>,
    away: AtomicBool,
    /// Why there is no connection.
    connection_errors: ConnectionErrors,
}

impl Reports {
    /// The first delivery failure since the last call.
    pub fn failed(&self) -> Option<KafkaError> {
        self.failed.lock().unwrap_or_else(|e| e.into_inner()).take()
    }
}

impl ClientContext for Reports {
    fn log(&self, _: rdkafka::config::RDKafkaLogLevel, _: &str, _: &str) {}
    fn error(&self, error: KafkaError, reason: &str) {
        self.connection_errors.record(&error, reason);
        self.away.store(true, Ordering::SeqCst);
    }
}

impl ProducerContext for Reports {
    type DeliveryOpaque = ();
    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        if let Err((error, _)) = result {
            self.failed.lock().unwrap_or_else(|e| e.into_inner()).get_or_insert(error.clone());
        }
    }
}

/// The positions that the transactions carry.
pub enum Carried {
    /// Positions of the source's own group.
    Source(Arc<Group>),
    /// Positions of a source that cannot store them itself, stored in a group without members.
    Kept(Arc<Group>),
}

impl Carried {
    /// The group that stores them.
    pub fn group(&self) -> &Group {
        match self {
            Self::Source(group) | Self::Kept(group) => group,
        }
    }
}

/// The transactional outboxes of one pipeline, shared by its sinks.
#[derive(Default)]
pub struct Outboxes(pub Mutex<Vec<Arc<Mutex<Outbox>>>>);

/// Messages in flight, and the positions committed with them.
pub struct Outbox {
    /// The client.
    pub producer: BaseProducer<Reports>,
    /// The brokers.
    pub brokers: String,
    connection: Connection,
    /// Topics of its sinks, with their numbers of partitions.
    topics: BTreeMap<String, i32>,
    /// The id of the open transaction, or of the last one.
    id: Id,
    /// Number of records in it.
    records: u32,
    /// When it began.
    began: Instant,
    /// The positions committed in its transactions, if any.
    carried: Option<Carried>,
    /// Whether transactions of an earlier run were recovered.
    begun: bool,
    /// Whether a transaction is open.
    open: bool,
    /// When the last transaction ended.
    ended: Instant,
    /// The positions of the last transaction.
    settled: Positions,
    /// The number of this process among those of its member, and its storage, once all topics are known.
    number: Arc<Number>,
    claim: OnceLock<InstanceNumber>,
    /// When an idle process checked last.
    looked: Instant,
}

impl Outbox {
    /// Connects; with positions to carry, all messages are sent in transactions of that group's member.
    pub fn open(connection: &Connection, carried: Option<Carried>, number: &Arc<Number>) -> Result<Self> {
        let mut ours = vec![
            ("enable.idempotence", "true"),
            ("acks", "all"),
            ("linger.ms", "0"),
            // the default of Java's clients, so that messages with equal keys share a partition
            ("partitioner", "murmur2_random"),
            ("message.max.bytes", "16777216"),
            ("queue.buffering.max.kbytes", "65536"),
        ];
        let member = carried.as_ref().map(|carried| carried.group().member.clone());
        if let Some(member) = &member {
            ours.extend([("transactional.id", member.as_str()), ("transaction.timeout.ms", "10000")]);
            // retry quickly while a broker is still ending the last transaction; the default is 100 ms
            ours.push(("retry.backoff.ms", "3"));
        }
        let made = connection.config(&ours).create_with_context(Reports::default());
        let producer = made.map_err(|error| explain(&error, &connection.brokers))?;
        Ok(Self {
            producer,
            brokers: connection.brokers.clone(),
            connection: connection.clone(),
            topics: BTreeMap::new(),
            id: Id(now(), 0),
            records: 0,
            began: Instant::now(),
            carried,
            begun: false,
            open: false,
            ended: Instant::now(),
            settled: Positions::new(),
            number: number.clone(),
            claim: OnceLock::new(),
            looked: Instant::now(),
        })
    }

    /// Registers a topic of a sink, and its number of partitions.
    pub fn writes_to(&mut self, topic: &str, partitions: i32) {
        self.topics.insert(topic.to_owned(), partitions);
    }

    /// Replaces an earlier process of this member and recovers its transactions, once all topics are known and before
    /// anything is written; returns the decision if anything was pending. An error if a newer process runs as this
    /// member. Executed once for all sinks.
    pub fn settle(&mut self) -> Result<Option<Decision>> {
        if std::mem::replace(&mut self.begun, true) {
            return Ok(None);
        }
        let Some(group) = self.group() else { return Ok(None) };
        if let Some(topic) = self.topics.keys().next() {
            let claim = InstanceNumber::of(&self.connection, &group.member, topic)?;
            claim.make(&self.number)?;
            let _ = self.claim.set(claim);
        }
        self.producer.init_transactions(PATIENCE).map_err(|e| self.tell(&e))?;
        settle(&mut Unfinished::new(&self.connection, &self.producer, group, &self.topics)?)
    }

    /// An error if a newer process runs as this member; `None` without transactions. A replaced process waits
    /// until the newer one has committed its number.
    pub fn is_newest(&self) -> Option<Result<()>> {
        let claim = self.claim.get()?;
        let fatal = self.producer.client().fatal_error().map(|(code, _)| KafkaError::Global(code));
        let replaced = fatal.is_some_and(|fatal| is_fenced(&fatal)) || self.group()?.is_taken(Duration::ZERO);
        let began = Instant::now();
        loop {
            if claim.is_older(&self.number) {
                return Some(Err(older()));
            }
            if !replaced || began.elapsed() > WRITTEN {
                return Some(Ok(()));
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// The kind of positions that its transactions carry.
    pub fn ledger(&self) -> Commits {
        match &self.carried {
            Some(Carried::Kept(group)) => Commits::Kept(group.clone()),
            Some(Carried::Source(_)) => Commits::OfSource,
            None => Commits::Results,
        }
    }

    /// The group whose positions are committed in the transactions.
    pub fn group(&self) -> Option<&Group> {
        self.carried.as_ref().map(Carried::group)
    }

    /// The fault of a request without an answer, with the connection error of the client.
    pub fn explain(&self, fault: Fault) -> Fault {
        (0..ERRORS).for_each(|_| self.producer.poll(Duration::ZERO));
        self.producer.context().connection_errors.explain(fault, &self.brokers)
    }

    fn tell(&self, error: &KafkaError) -> Fault {
        // messages discarded because of a fatal error may be reported first
        let fatal = self.producer.client().fatal_error().map(|(code, _)| KafkaError::Global(code));
        match fatal.filter(is_fenced) {
            Some(fenced) => fault_of(&fenced, &self.brokers),
            None => fault_of(error, &self.brokers),
        }
    }

    fn begin(&mut self) -> Result<()> {
        if self.carried.is_some() && !self.open {
            // librdkafka retries after 20 ms while the broker ends the last transaction: waiting first is faster
            std::thread::sleep(BREATH.saturating_sub(self.ended.elapsed()));
            // the end of the last transaction may have been lost with a broker; the next transaction must not decide it
            self.producer.poll(Duration::ZERO);
            if self.producer.context().away.swap(false, Ordering::SeqCst) && !self.has_ended()? {
                return Err(unended());
            }
            (self.id, self.records, self.began) =
                (Id(self.id.0, now().max(self.id.1 + 1)), 0, Instant::now());
            self.producer.begin_transaction().map_err(|error| self.tell(&error))?;
            self.open = true;
        }
        Ok(())
    }

    /// Whether the last transaction has ended on all partitions; if not, the next start recovers it.
    fn has_ended(&self) -> Result<bool> {
        use super::recovery::Cluster;
        let Some(group) = self.group() else { return Ok(true) };
        Ok(!Unfinished::new(&self.connection, &self.producer, group, &self.topics)?.open()?.any())
    }

    /// Polls the client while there is nothing to write. Without data there is no next transaction, which would detect
    /// a lost transaction marker, or a newer process of this member.
    pub fn idle(&mut self) -> Result<()> {
        self.serve()?;
        if self.carried.is_none() || self.open || self.looked.elapsed() < LOOK {
            return Ok(());
        }
        self.looked = Instant::now();
        if self.claim.get().is_some_and(|claim| claim.is_older(&self.number)) {
            return Err(older());
        }
        let away = &self.producer.context().away;
        if away.swap(false, Ordering::SeqCst) {
            match self.has_ended() {
                Ok(true) => {}
                Ok(false) => return Err(unended()),
                // no answer yet: retry later
                Err(_) => away.store(true, Ordering::SeqCst),
            }
        }
        Ok(())
    }

    /// Passes a message to librdkafka; waits while its queue is full, which blocks the pipeline.
    pub fn send(&mut self, mut record: BaseRecord<'_, [u8], [u8]>) -> Result<()> {
        self.begin()?;
        if let Some(group) = self.group() {
            let signed = Signed { member: group.member.clone(), tag: Tag(self.id, self.records) }.to_string();
            let headers = record.headers.take().unwrap_or_default();
            record.headers = Some(headers.insert(Header { key: TRANSACTION, value: Some(&signed) }));
            self.records += 1;
        }
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

    /// Polls the client, and reports delivery failures.
    pub fn serve(&self) -> Result<()> {
        self.producer.poll(Duration::ZERO);
        self.producer.context().failed().map_or(Ok(()), |error| Err(self.tell(&error)))
    }

    /// Waits until all messages are delivered. librdkafka's own flush would take 100 ms while anything is in flight.
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

    /// Ensures that the last transaction has ended for the group before this one includes its positions. If a broker
    /// was lost in between, it may count the last transaction as ended, and the end of this one then decides its
    /// positions: if it were aborted, they would be lost, and unlike results they cannot be recomputed.
    fn wait_for_last(&self, group: &Group, positions: &Positions) -> Result<()> {
        self.producer.poll(Duration::ZERO);
        if self.producer.context().away.load(Ordering::SeqCst) {
            return Err(unended());
        }
        // a broker accepts a record of this transaction only when the last one has ended on all partitions
        match self.records {
            0 => group.wait_until_stable(positions.keys().copied()),
            _ => Ok(()),
        }
    }

    /// Commits everything written, together with the positions. The first of the sinks that share the transaction
    /// commits for all of them, since each has written by then.
    pub fn commit(&mut self, positions: &Positions) -> Result<Committed> {
        let Some(carried) = &self.carried else {
            self.drain()?;
            return Ok(Committed::Safe);
        };
        let committed = match carried {
            Carried::Source(_) => Committed::WithPositions,
            Carried::Kept(_) => Committed::Safe,
        };
        if !self.open && *positions == self.settled {
            return Ok(committed);
        }
        self.begin()?;
        self.drain()?;
        if let (Some(group), false) = (self.group(), positions.is_empty()) {
            self.wait_for_last(group, positions)?;
            let list = group.list(positions, Some(self.id))?;
            let sent = self.producer.send_offsets_to_transaction(&list, &group.metadata()?, PATIENCE);
            sent.map_err(|error| self.tell(&error))?;
        }
        self.producer.commit_transaction(PATIENCE).map_err(|error| self.tell(&error))?;
        self.open = false;
        self.ended = Instant::now();
        self.settled.clone_from(positions);
        Ok(committed)
    }
}

fn unended() -> Fault {
    Fault::new("the broker became unreachable while a transaction was committed").passing()
}

/// µs since 1970.
fn now() -> i64 {
    std::time::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_micros() as i64)
}
