//! The faults for each error code of librdkafka.

use super::*;

const AT: &str = "ada:hunter2@kafka.example:9092";

/// Whether a fault is transient: at the start of a pipeline, and later.
#[derive(Debug, PartialEq)]
enum Passes {
    Always,
    /// A running pipeline restarts.
    Later,
    Never,
}
use Passes::{Always, Later, Never};

#[test]
fn each_error_code_has_a_cause_and_a_fix() {
    let cases: [(&[Code], &str, &str, Passes); 11] = [
        (
            &[Code::BrokerTransportFailure, Code::AllBrokersDown, Code::OperationTimedOut],
            "no Kafka broker answers at",
            "start the broker",
            Always,
        ),
        (&[Code::Resolve], "cannot be resolved", "host names", Always),
        (&[Code::SSL], "TLS with the Kafka broker", "ssl.ca.location", Never),
        (
            &[
                Code::Authentication,
                Code::SaslAuthenticationFailed,
                Code::UnsupportedSASLMechanism,
                Code::IllegalSASLState,
                Code::SecurityDisabled,
            ],
            "rejects this user",
            "sasl.password",
            Never,
        ),
        (&[Code::TopicAuthorizationFailed], "may not read or write a topic", "grant", Never),
        (&[Code::GroupAuthorizationFailed], "may not use the consumer group", "grant", Never),
        (&[Code::TransactionalIdAuthorizationFailed], "may not use the transactional id", "grant", Never),
        (&[Code::ClusterAuthorizationFailed], "may not do that in the cluster", "grant", Never),
        (
            &[Code::UnknownTopicOrPartition, Code::UnknownTopic, Code::UnknownPartition],
            "does not exist",
            "names of topics",
            Later,
        ),
        (&[Code::MessageSizeTooLarge], "larger than the broker accepts", "message.max.bytes", Never),
        (
            &[Code::ProducerFenced, Code::FencedInstanceId],
            "another process runs as this instance",
            "instance",
            Always,
        ),
    ];
    for (codes, what, fix, passes) in cases {
        for code in codes {
            let error = KafkaError::MetadataFetch(*code);
            let (first, later) = (explain(&error, AT), fault_of(&error, AT));
            let [(_, told), _, (_, why), (_, does)] = first.parts();
            assert!(told.contains(what) && does.contains(fix), "{code}: {first}");
            assert!(!why.is_empty() && !first.to_string().contains("hunter2"), "{code}: {first}");
            let got = match (first.is_passing(), later.is_passing()) {
                (true, _) => Always,
                (false, true) => Later,
                (false, false) => Never,
            };
            assert_eq!(got, passes, "{code}");
        }
    }
}

#[test]
fn a_timeout_is_reported_with_the_connection_error() {
    let silent = || explain(&KafkaError::MetadataFetch(Code::BrokerTransportFailure), AT).at("p.toml:3");
    let errors = ConnectionErrors::default();
    errors.record(&KafkaError::Global(Code::AllBrokersDown), "1/1 brokers are down");
    assert_eq!(errors.explain(silent(), AT), silent());
    // one of two hosts cannot be resolved, the other rejects the password
    errors.record(&KafkaError::Global(Code::Resolve), "Failed to resolve 'ada:hunter2@kafka.example:9092'");
    errors.record(&KafkaError::Global(Code::Authentication), "SASL authentication error: wrong password");
    let fault = errors.explain(silent(), AT);
    assert!(fault.what().contains("rejects this user") && !fault.is_passing(), "{fault}");
    assert!(fault.to_string().contains("wrong password") && fault.place() == "p.toml:3", "{fault}");
    // reported once, and only for a missing answer
    assert_eq!(errors.explain(silent(), AT), silent());
    errors.record(&KafkaError::Global(Code::Resolve), "Failed to resolve 'ada:hunter2@kafka.example:9092'");
    let fault = errors.explain(silent(), AT).to_string();
    assert!(fault.contains("cannot be resolved") && !fault.contains("hunter2"), "{fault}");
    errors.record(&KafkaError::Global(Code::SSL), "no TLS");
    let other = Fault::new("there is no topic t");
    assert_eq!(errors.explain(other.clone(), AT), other);
}
