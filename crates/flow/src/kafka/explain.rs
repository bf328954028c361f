//! Converts errors of a client to faults: what happened, and what to do.

#[cfg(test)]
mod tests;

use passband_signal::Fault;
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaErrorCode as Code;
use std::sync::{Mutex, PoisonError};

/// Maximum number of connection errors taken from a client's queue when a request has timed out.
pub const ERRORS: usize = 20;

const RIGHTS: &str = "grant this user the right (kafka-acls), or use another user";
const CREDENTIALS: &str = "check security.protocol, sasl.mechanism, sasl.username and sasl.password in librdkafka against the broker";

/// Collects connection errors that librdkafka reports separately from the failed request, which itself only reports a
/// timeout.
#[derive(Debug, Default)]
pub struct ConnectionErrors(Mutex<Option<(Code, String)>>);

impl ConnectionErrors {
    /// Records an error that explains the failure.
    pub fn record(&self, error: &KafkaError, reason: &str) {
        if let Some(code) = error.rdkafka_error_code().filter(|code| says_why(*code)) {
            let mut recorded = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            // an unresolved host may be one of several
            if recorded.as_ref().is_none_or(|(known, _)| *known == Code::Resolve) {
                *recorded = Some((code, reason.to_owned()));
            }
        }
    }

    /// Adds the recorded cause to the fault of a request that timed out.
    pub fn explain(&self, fault: Fault, brokers: &str) -> Fault {
        let recorded = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some((code, reason)) = recorded.filter(|_| fault.is_passing()) else { return fault };
        let place = fault.place().to_owned();
        let explained = explain(&KafkaError::Global(code), brokers).at(place);
        // the name of the host is part of the setting, which may contain a password
        if code == Code::Resolve || reason.is_empty() { explained } else { explained.why(reason) }
    }
}

/// Whether an error explains why there is no answer.
fn says_why(code: Code) -> bool {
    matches!(code, Code::Resolve | Code::SSL) || is_about_the_user(code)
}

fn is_about_the_user(code: Code) -> bool {
    matches!(
        code,
        Code::Authentication
            | Code::SaslAuthenticationFailed
            | Code::UnsupportedSASLMechanism
            | Code::IllegalSASLState
            | Code::SecurityDisabled
    )
}

fn is_about_rights(code: Code) -> bool {
    matches!(
        code,
        Code::TopicAuthorizationFailed
            | Code::GroupAuthorizationFailed
            | Code::ClusterAuthorizationFailed
            | Code::TransactionalIdAuthorizationFailed
    )
}

/// A client's error as a fault, with what to do.
pub fn explain(error: &KafkaError, brokers: &str) -> Fault {
    let code = error.rdkafka_error_code();
    let fault = match code {
        Some(Code::BrokerTransportFailure | Code::AllBrokersDown | Code::OperationTimedOut) => {
            Fault::new(format!("no Kafka broker answers at {brokers}"))
                .fix("start the broker (services/kafka/kafka start), or set brokers to where it is")
                .passing()
        }
        Some(Code::Resolve) => Fault::new(format!("the host of the Kafka broker {brokers} cannot be resolved"))
            .fix("check the host names in brokers")
            .passing(),
        Some(Code::SSL) => Fault::new(format!("TLS with the Kafka broker at {brokers} failed"))
            .fix("check that this port uses TLS, and check ssl.ca.location and the certificates in librdkafka"),
        Some(code) if is_about_the_user(code) => {
            Fault::new(format!("the Kafka broker at {brokers} rejects this user")).fix(CREDENTIALS)
        }
        Some(Code::TopicAuthorizationFailed) => {
            Fault::new(format!("this user may not read or write a topic at {brokers}")).fix(RIGHTS)
        }
        Some(Code::GroupAuthorizationFailed) => {
            Fault::new(format!("this user may not use the consumer group at {brokers}")).fix(RIGHTS)
        }
        Some(Code::TransactionalIdAuthorizationFailed) => {
            Fault::new(format!("this user may not use the transactional id at {brokers}")).fix(RIGHTS)
        }
        Some(Code::ClusterAuthorizationFailed) => {
            Fault::new(format!("this user may not do that in the cluster at {brokers}")).fix(RIGHTS)
        }
        Some(Code::FencedInstanceId | Code::Fenced | Code::ProducerFenced | Code::InvalidProducerEpoch) => {
            Fault::new("the broker has aborted a transaction of this process, or another process runs as this instance")
                .fix("set a unique instance for each process")
                .passing()
        }
        Some(Code::MessageSizeTooLarge) => Fault::new("a message is larger than the broker accepts")
            .fix("increase message.max.bytes here (librdkafka) and at the broker, or set shorter frames"),
        Some(Code::UnknownTopicOrPartition | Code::UnknownTopic | Code::UnknownPartition) => {
            Fault::new(format!("a topic or partition does not exist at {brokers}"))
                .fix("create it, or check the names of topics")
        }
        Some(Code::UnstableOffsetCommit) => super::unfinished::pending_in(None),
        _ => Fault::new(format!("the Kafka broker at {brokers} refused a request")),
    };
    fault.why(words(error))
}

/// As [`explain`]; marked as transient unless a restart cannot help.
pub fn fault_of(error: &KafkaError, brokers: &str) -> Fault {
    let fault = explain(error, brokers);
    match error.rdkafka_error_code() {
        Some(Code::SSL | Code::MessageSizeTooLarge) => fault,
        Some(code) if is_about_the_user(code) || is_about_rights(code) => fault,
        _ => fault.passing(),
    }
}

/// librdkafka's description of the error, without values of settings, which may be passwords.
pub fn words(error: &KafkaError) -> String {
    match error {
        KafkaError::ClientConfig(_, text, key, value) if value.is_empty() => format!("{text} ({key})"),
        KafkaError::ClientConfig(_, text, key, value) => {
            format!("{} ({key})", text.replace(value.as_str(), "…"))
        }
        KafkaError::Transaction(error) => error.to_string(),
        other => other.rdkafka_error_code().map_or_else(|| other.to_string(), |code| code.to_string()),
    }
}
