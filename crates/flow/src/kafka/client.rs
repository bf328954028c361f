//! Settings of clients, and looking up or creating topics.

use super::explain::{explain, words};
use crate::config::{PassedOn, Place};
use crate::part::Context;
use passband_signal::{Fault, Result};
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::{Client, ClientContext, DefaultClientContext};
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaErrorCode as Code;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a broker may take to answer when a pipeline starts.
const ANSWER: Duration = Duration::from_secs(8);

/// Time limit for retries while a broker lists no topics at all.
const BEGINNING: Duration = Duration::from_secs(2);

/// Topics that this process has found.
static FOUND: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// The address of a cluster, and further settings of librdkafka.
#[derive(Clone, Debug)]
pub struct Connection {
    /// host:port, separated by commas.
    pub brokers: String,
    /// Settings of librdkafka; they override Passband's.
    pub more: PassedOn,
    /// How long a broker may take to answer when a pipeline starts.
    pub answer: Duration,
    /// Whether the start had to wait for the broker, which may then not know its topics yet.
    pub waited: bool,
}

impl Connection {
    /// A connection with these brokers and settings of librdkafka.
    pub fn new(brokers: &str, more: &PassedOn) -> Self {
        Self { brokers: brokers.to_owned(), more: more.clone(), answer: ANSWER, waited: false }
    }

    /// The connection of a part that is being opened; the broker may be unreachable or not know its topics
    /// yet.
    pub fn at_start(self, context: &Context) -> Self {
        Self { answer: context.answer(), waited: context.has_waited(), ..self }
    }

    /// The configuration of a client: `ours`, overridden by the user's settings.
    pub fn config(&self, ours: &[(&str, &str)]) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.brokers).set("client.id", "passband");
        // do not delay small messages, since their senders wait for delivery
        config.set("socket.nagle.disable", "true").set("log_level", "2");
        ours.iter().for_each(|(key, value)| {
            config.set(*key, *value);
        });
        self.more.0.iter().for_each(|(key, value)| {
            config.set(key, value);
        });
        config
    }

    /// Checks the settings without network access; librdkafka validates their names.
    pub fn check(&self, place: &Place, faults: &mut Vec<Fault>) {
        if self.brokers.trim().is_empty() {
            faults.push(place.fault("brokers", "is empty").fix("set it to host:port, several with commas"));
        }
        for (key, value) in &self.more.0 {
            let mut alone = ClientConfig::new();
            if let Err(error) = alone.set(key, value).create_native_config() {
                let fault = place
                    .fault("librdkafka", format!("has a setting that librdkafka does not accept: {key}"));
                faults.push(fault.why(words(&error)).fix(match key.starts_with("s") {
                    true => "see librdkafka's CONFIGURATION.md; TLS and SASL need passband built with --features tls (sasl for Kerberos)",
                    false => "see librdkafka's CONFIGURATION.md for the names and values",
                }));
            }
        }
    }

    /// The number of partitions of a topic. A missing topic is created with `create` partitions, unless that is 0.
    pub fn partitions<C: ClientContext>(&self, client: &Client<C>, topic: &str, create: u32) -> Result<i32> {
        self.topic(client, topic, create, &[])
    }

    /// As [`partitions`](Self::partitions), with settings for a topic that is created.
    pub fn topic<C: ClientContext>(
        &self,
        client: &Client<C>,
        topic: &str,
        create: u32,
        settings: &[(&str, &str)],
    ) -> Result<i32> {
        // all topics: a request for one name would create it on many brokers
        let ask = || client.fetch_metadata(None, self.answer).map_err(|error| explain(&error, &self.brokers));
        let (mut known, asked) = (ask()?, Instant::now());
        // a broker that has just started may list no topics for a moment
        while create == 0 && known.topics().is_empty() && asked.elapsed() < BEGINNING {
            std::thread::sleep(Duration::from_millis(100));
            known = ask()?;
        }
        if let Some(found) = known.topics().iter().find(|t| t.name() == topic && !t.partitions().is_empty()) {
            FOUND.lock().unwrap_or_else(PoisonError::into_inner).insert(topic.to_owned());
            return Ok(found.partitions().len() as i32);
        }
        if create == 0 {
            // a broker that has just restarted may not know its topics yet
            let known_before = FOUND.lock().unwrap_or_else(PoisonError::into_inner).contains(topic);
            let mut names: Vec<_> =
                known.topics().iter().map(|t| t.name()).filter(|n| !n.starts_with("__")).collect();
            names.sort_unstable();
            let there = if names.is_empty() {
                "there is none yet".into()
            } else {
                format!("there are {}", names.join(", "))
            };
            let fault = Fault::new(format!("there is no topic {topic} at {}", self.brokers))
                .why(there)
                .fix(format!("start what writes {topic} first, or create it"));
            return Err(if known_before || self.waited { fault.passing() } else { fault });
        }
        let admin: AdminClient<DefaultClientContext> =
            self.config(&[]).create().map_err(|error| explain(&error, &self.brokers))?;
        let new = NewTopic::new(topic, create as i32, TopicReplication::Fixed(-1));
        let new = settings.iter().fold(new, |new, (key, value)| new.set(key, value));
        let options = AdminOptions::new().operation_timeout(Some(ANSWER)).request_timeout(Some(ANSWER));
        let made = futures::executor::block_on(admin.create_topics([&new], &options));
        match made.map_err(|error| explain(&error, &self.brokers))?.first() {
            Some(Err((_, code))) if *code != Code::TopicAlreadyExists => {
                Err(Fault::new(format!("the topic {topic} could not be created at {}", self.brokers))
                    .why(code))
            }
            _ => Ok(create as i32),
        }
    }
}

/// Whether another producer with the same transactional id may have started, or the broker has aborted a transaction
/// that took too long: both have the same error.
pub fn is_fenced(error: &KafkaError) -> bool {
    let code = match error {
        KafkaError::Transaction(error) => Some(error.code()),
        other => other.rdkafka_error_code(),
    };
    matches!(
        code,
        Some(Code::Fenced | Code::ProducerFenced | Code::InvalidProducerEpoch | Code::FencedInstanceId)
    )
}
