//! One client with many keys in a partition: keys that fit in a position are measured, others are refused, and the job
//! continues.

use crate::passband::{count, good, pipeline, start, write};
use crate::topic::{Record, read, wait_for, write_at_once};
use passband_testbed::{Kafka, Stream, unique};
use std::collections::BTreeSet;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);

const SAMPLER: &str = r#"
[source]
type = "simulate"
signal = "noise"
duration = "${DURATION}"
recording = 1700000000000000

[[sink]]
type = "kafka"
brokers = "${KAFKA_BROKERS}"
topic = "${SAMPLES}"
partitions = 1
"#;

#[test]
fn a_client_with_five_hundred_keys_does_not_end_the_job() {
    let Some(kafka) = Kafka::shared() else { return };
    let brokers = kafka.bootstrap();
    let [template, samples, name] = ["template", "samples", "many"].map(unique);
    let folder = tempfile::tempdir().unwrap();
    let file = write(&folder, "sampler.toml", SAMPLER);
    // three messages, 767 samples in all: one frame
    let set = [("KAFKA_BROKERS", brokers), ("SAMPLES", template.as_str()), ("DURATION", "0.0174 s")];
    good(&["run", &file], &set);
    let some = read(brokers, &template, 3, LIMIT);
    kafka.run(&["topics", "--create", "--topic", &samples, "--partitions", "1"], "");
    let keyed = |key: String| {
        some.iter().map(move |record| Record { key: key.clone().into_bytes(), ..record.clone() })
    };
    for part in 0..5 {
        let records: Vec<Record> =
            (0..100).flat_map(|n| keyed(format!("device-{:05}", 100 * part + n))).collect();
        write_at_once(brokers, &samples, &records);
    }
    let (spectra, refused, group) =
        (format!("{name}-spectra"), format!("{name}-refused"), format!("{name}-group"));
    let set = [
        ("KAFKA_BROKERS", brokers),
        ("SAMPLES", &samples),
        ("SPECTRA", &spectra),
        ("REFUSED", &refused),
        ("GROUP", &group),
        ("LENGTH", "512 samples"),
        ("SCALE", "magnitude"),
    ];
    let mut process = start(&["run", "--json", &pipeline("spectrum-fft.toml")], &set);
    wait_for(brokers, &refused, LIMIT);
    let aside = read(brokers, &refused, usize::MAX, Duration::from_secs(6));
    assert!(
        aside
            .iter()
            .all(|record| record.headers.iter().any(|(_, text)| text.contains("in a position (4 kB)")))
    );
    let came = read(brokers, &spectra, usize::MAX, Duration::from_secs(3));
    let streams: BTreeSet<&[u8]> = came.iter().map(|record| &record.key[..]).collect();
    // a frame for each stream that fits; all messages of the others are refused
    assert!(streams.len() >= 50, "{}", streams.len());
    assert_eq!((came.len(), aside.len()), (streams.len(), 3 * (500 - streams.len())));
    process.interrupt();
    assert!(process.wait(LIMIT).is_some_and(|status| status.success()));
    let told = [process.lines(Stream::Err), process.lines(Stream::Out)].concat().join("\n");
    assert_eq!(count(&told, "refused"), aside.len() as u64);

    // it resumes with the streams that it knows
    let known = String::from_utf8(streams.first().unwrap().to_vec()).unwrap();
    let mut process = start(&["run", "--json", &pipeline("spectrum-fft.toml")], &set);
    let next: Vec<Record> = keyed(known).chain(keyed("another".into())).collect();
    write_at_once(brokers, &samples, &next);
    let aside = read(brokers, &refused, aside.len() + 3, LIMIT);
    assert!(aside.len() == 3 * (501 - streams.len()), "{}", aside.len());
    process.interrupt();
    assert!(process.wait(LIMIT).is_some_and(|status| status.success()));
}
