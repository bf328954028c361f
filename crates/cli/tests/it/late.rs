//! A run with only late data fails with a message.

use crate::passband::{count, run, write};
use crate::topic;
use passband_testbed::{Kafka, unique};

#[test]
fn a_run_with_only_late_data_is_a_failure() {
    let Some(kafka) = Kafka::shared() else { return };
    let folder = tempfile::tempdir().unwrap();
    let [readings, group] = ["readings", "late"].map(unique);
    let text = format!(
        r#"
        [source]
        type = "kafka"
        brokers = "{}"
        topic = "{readings}"
        data = "readings"
        format = "json"
        group = "{group}"
        until = "end"
        [window]
        type = "tumbling"
        length = "10 s"
        [[transform]]
        type = "aggregate"
        [[sink]]
        type = "stdout"
        "#,
        kafka.bootstrap()
    );
    let file = write(&folder, "p.toml", &text);
    let send = |seconds: &[i64]| {
        let line = |second: &i64| ("a", format!("{{\"ts\": {}, \"value\": 1}}", 1_709_294_400 + second));
        topic::write(kafka.bootstrap(), &readings, &seconds.iter().map(line).collect::<Vec<_>>());
    };
    let ran = |json: &str| {
        let output = run(&["run", json, &file], &[]);
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    // the window stays open for the next start
    send(&[100, 101]);
    let (code, told) = ran("--json");
    assert_eq!((code, count(&told, "in"), count(&told, "late")), (Some(0), 2, 0), "{told}");
    send(&[1, 2, 3]);
    let (code, told) = ran("--verbose");
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("no data could be used"), "{told}");
    assert!(told.contains("of 3 data, 3 were late, 0 were duplicates, 0 were refused"), "{told}");
    assert!(told.contains("\n  do: increase grace of the window"), "{told}");
    // the data was read: no new data is not a failure
    let (code, told) = ran("--json");
    assert_eq!((code, count(&told, "in")), (Some(0), 0), "{told}");
    // with a reading in time it is not a failure either
    send(&[4, 102]);
    let (code, told) = ran("--json");
    assert_eq!((code, count(&told, "late"), count(&told, "folded")), (Some(0), 1, 1), "{told}");
}
