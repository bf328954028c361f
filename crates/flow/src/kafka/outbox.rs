//! A producer, and the transaction that several sinks of one pipeline share.

use super::claim::{Claim, Number, older};
use super::client::is_fenced;
use super::fate::{Fate, Id, Signed, Tag, settle};
use super::settle::Left;
use super::{Connection, ERRORS, Group, Heard, explain, fault_of};
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

/// How long the broker may be away before the pipeline starts again.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// How long a broker takes to end a transaction, after it has said that it will.
const BREATH: Duration = Duration::from_millis(3);

/// The header by which a record of a transaction is known again.
pub const TRANSACTION: &str = "transaction";

/// How long it takes at most until a process that replaces another has written down that it is the newer.
const WRITTEN: Duration = Duration::from_secs(3);

/// How often a process that writes nothing looks after its last transaction and for a newer process.
const LOOK: Duration = Duration::from_secs(5);

/// Hears what became of each message, and whether a broker went away.
#[derive(Default)]
pub struct Reports {
    failed: Mutex<Option<KafkaError>>,
    away: AtomicBool,
    /// Why there is no connection.
    heard: Heard,
}

impl Reports {
    /// The first message since the last look that did not arrive.
    pub fn failed(&self) -> Option<KafkaError> {
        self.failed.lock().unwrap_or_else(|e| e.into_inner()).take()
    }
}

impl ClientContext for Reports {
    fn log(&self, _: rdkafka::config::RDKafkaLogLevel, _: &str, _: &str) {}
    fn error(&self, error: KafkaError, reason: &str) {
        self.heard.hear(&error, reason);
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

/// Whose positions go into the transactions.
pub enum Carried {
    /// Those of the source's own group.
    Source(Arc<Group>),
    /// Those of a source that has no place for them, kept for it in a group without members.
    Kept(Arc<Group>),
}

impl Carried {
    /// The group that holds them.
    pub fn group(&self) -> &Group {
        match self {
            Self::Source(group) | Self::Kept(group) => group,
        }
    }
}

/// The outboxes with transactions of one pipeline: its sinks share them.
#[derive(Default)]
pub struct Outboxes(pub Mutex<Vec<Arc<Mutex<Outbox>>>>);

/// Messages on their way, and the positions that are settled with them.
pub struct Outbox {
    /// The client.
    pub producer: BaseProducer<Reports>,
    /// Where.
    pub brokers: String,
    connection: Connection,
    /// Topics that its sinks write to.
    topics: BTreeMap<String, i32>,
    /// Names the transaction that is open, or the last one.
    id: Id,
    /// Records in it so far.
    records: u32,
    /// When it began.
    began: Instant,
    /// Whose positions are committed in its transactions, if it has any.
    carried: Option<Carried>,
    /// What an earlier run left was settled.
    begun: bool,
    /// A transaction is open.
    open: bool,
    /// When the last transaction ended.
    ended: Instant,
    /// The positions of the last transaction.
    settled: Positions,
    /// The number of this process among those of its member, and where it is written down once all topics are known.
    number: Arc<Number>,
    claim: OnceLock<Claim>,
    /// When a process that writes nothing last looked.
    looked: Instant,
}

impl Outbox {
    /// Connects; with positions to carry, everything goes in transactions of that group's member.
    pub fn open(connection: &Connection, carried: Option<Carried>, number: &Arc<Number>) -> Result<Self> {
        let mut ours = vec![
            ("enable.idempotence", "true"),
            ("acks", "all"),
            ("linger.ms", "0"),
            // as Java's clients do, so that results lie beside what others write with the same keys
            ("partitioner", "murmur2_random"),
            ("message.max.bytes", "16777216"),
            ("queue.buffering.max.kbytes", "65536"),
        ];
        let member = carried.as_ref().map(|carried| carried.group().member.clone());
        if let Some(member) = &member {
            ours.extend([("transactional.id", member.as_str()), ("transaction.timeout.ms", "10000")]);
            // a broker that still ends the last transaction asks to try again: at once, not after the usual 100 ms
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

    /// A topic that a sink writes to, with so many partitions.
    pub fn writes_to(&mut self, topic: &str, partitions: i32) {
        self.topics.insert(topic.to_owned(), partitions);
    }

    /// Replaces whoever ran as this member before, and settles what it left, once all topics are known and before
    /// anything is written; what was done, if anything was held back. An error if a newer process runs as this member.
    /// For several sinks it is done once.
    pub fn settle(&mut self) -> Result<Option<Fate>> {
        if std::mem::replace(&mut self.begun, true) {
            return Ok(None);
        }
        let Some(group) = self.group() else { return Ok(None) };
        if let Some(topic) = self.topics.keys().next() {
            let claim = Claim::of(&self.connection, &group.member, topic)?;
            claim.make(&self.number)?;
            let _ = self.claim.set(claim);
        }
        self.producer.init_transactions(PATIENCE).map_err(|e| self.tell(&e))?;
        settle(&mut Left::new(&self.connection, &self.producer, group, &self.topics)?)
    }

    /// An error if a newer process runs as this member; nothing if this has no transactions. One that has been replaced
    /// waits a moment for what the other writes down.
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

    /// Whose positions its transactions carry.
    pub fn ledger(&self) -> Commits {
        match &self.carried {
            Some(Carried::Kept(group)) => Commits::Kept(group.clone()),
            Some(Carried::Source(_)) => Commits::OfSource,
            None => Commits::Results,
        }
    }

    /// The group whose positions go into the transactions.
    pub fn group(&self) -> Option<&Group> {
        self.carried.as_ref().map(Carried::group)
    }

    /// The fault, of a request that was not answered, with what the client was told beside it.
    pub fn explain(&self, fault: Fault) -> Fault {
        (0..ERRORS).for_each(|_| self.producer.poll(Duration::ZERO));
        self.producer.context().heard.explain(fault, &self.brokers)
    }

    fn tell(&self, error: &KafkaError) -> Fault {
        // messages that were thrown away because of it may be told first
        let fatal = self.producer.client().fatal_error().map(|(code, _)| KafkaError::Global(code));
        match fatal.filter(is_fenced) {
            Some(fenced) => fault_of(&fenced, &self.brokers),
            None => fault_of(error, &self.brokers),
        }
    }

    fn begin(&mut self) -> Result<()> {
        if self.carried.is_some() && !self.open {
            // librdkafka waits 20 ms when the broker still ends the last transaction: a breath first costs less
            std::thread::sleep(BREATH.saturating_sub(self.ended.elapsed()));
            // a broker that was lost may have lost the end of the last transaction too; the next one must not decide of it
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

    /// Whether the last transaction has ended everywhere; if not, the next start settles it.
    fn has_ended(&self) -> Result<bool> {
        use super::fate::Cluster;
        let Some(group) = self.group() else { return Ok(true) };
        Ok(!Left::new(&self.connection, &self.producer, group, &self.topics)?.open()?.any())
    }

    /// Serves the client while nothing is written. The next transaction would find out that a broker has lost the end of
    /// the last one, or that a newer process runs as this member; where no data comes there is none.
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
                // it does not answer yet: later again
                Err(_) => away.store(true, Ordering::SeqCst),
            }
        }
        Ok(())
    }

    /// Hands a message to librdkafka; a full queue is waited for, which holds up the whole pipeline behind it.
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

    /// Serves the client, and tells what became of messages.
    pub fn serve(&self) -> Result<()> {
        self.producer.poll(Duration::ZERO);
        self.producer.context().failed().map_or(Ok(()), |error| Err(self.tell(&error)))
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

    /// Makes sure that the last transaction has ended for the group before this one touches its positions. A broker that
    /// was lost in between may take the last one for ended, and whatever ends this one then decides about its positions:
    /// if it were aborted they would be gone, and cannot be made again as results can.
    fn wait_for_last(&self, group: &Group, positions: &Positions) -> Result<()> {
        self.producer.poll(Duration::ZERO);
        if self.producer.context().away.load(Ordering::SeqCst) {
            return Err(unended());
        }
        // a record of this transaction is only taken once the last one has ended everywhere
        match self.records {
            0 => group.wait_until_stable(positions.keys().copied()),
            _ => Ok(()),
        }
    }

    /// Makes everything safe, and the positions with it; the first of the sinks that share the transaction does so for all
    /// of them, for by then each has written.
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
    Fault::new("the broker went away while a transaction ended").passing()
}

/// µs since 1970.
fn now() -> i64 {
    std::time::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_micros() as i64)
}
