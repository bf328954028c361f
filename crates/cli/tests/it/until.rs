//! A topic is read to its end.

use crate::passband::{count, run, write};
use passband_testbed::{Kafka, unique};
use rdkafka::ClientConfig;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use std::time::Duration;

const WAIT: Duration = Duration::from_secs(30);

/// Sends transactions of three readings, each followed by its marker; each transaction is committed or aborted.
fn fill(brokers: &str, topic: &str, parts: &[(u32, bool)]) {
    let name = unique("writer");
    let producer: BaseProducer = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("transactional.id", &name)
        .create()
        .unwrap();
    producer.init_transactions(WAIT).unwrap();
    for &(first, keep) in parts {
        producer.begin_transaction().unwrap();
        for n in first..first + 3 {
            let value = format!("{{\"ts\": {}, \"value\": {n}}}", 1_709_294_400 + n);
            producer.send(BaseRecord::to(topic).key("S").payload(&value).partition(0)).unwrap();
        }
        producer.flush(WAIT).unwrap();
        match keep {
            true => producer.commit_transaction(WAIT).unwrap(),
            false => producer.abort_transaction(WAIT).unwrap(),
        }
    }
}

#[test]
fn a_topic_is_read_to_its_end_with_and_without_a_group() {
    let Some(kafka) = Kafka::shared() else { return };
    let (brokers, topic) = (kafka.bootstrap(), unique("readings"));
    // a topic without committed data gives nothing to measure, and the run does not wait for any
    let folder = tempfile::tempdir().unwrap();
    let text = |group: &str| {
        format!(
            "[source]\ntype = 'kafka'\nbrokers = '{brokers}'\ntopic = '{topic}'\ndata = 'readings'\n\
             format = 'json'\nuntil = 'end'\n{group}[window]\ntype = 'tumbling'\nlength = '2 s'\n\
             [[transform]]\ntype = 'aggregate'\n[[sink]]\ntype = 'stdout'\n"
        )
    };
    let alone = write(&folder, "alone.toml", &text(""));
    let group = write(&folder, "group.toml", &text(&format!("group = '{}'\n", unique("group"))));
    fill(brokers, &topic, &[(0, false)]);
    let empty = run(&["run", &alone], &[]);
    let told = String::from_utf8_lossy(&empty.stderr);
    assert!(empty.status.code() == Some(1) && told.contains("nothing to measure"), "{told}");

    fill(brokers, &topic, &[(0, true), (3, true), (6, false)]);
    for (file, windows) in [(&alone, 3), (&alone, 3), (&group, 2), (&group, 0)] {
        let read = run(&["--json", "run", file], &[]);
        let told = String::from_utf8_lossy(&read.stderr);
        assert!(read.status.success(), "{told}");
        let lines = String::from_utf8_lossy(&read.stdout).lines().count();
        assert!(lines == windows || windows == 2 && lines == 1, "{lines} windows of {file}: {told}");
        assert_eq!(count(&told, "in"), if windows == 0 { 0 } else { 6 }, "{told}");
    }
}
