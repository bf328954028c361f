//! Invalid input is counted and stored with its reason, and the stream continues.

use crate::files::tone;
use crate::passband::{count, pipeline, run, start, write};
use crate::topic::{self, read};
use passband_dsp::spectrum::Scale;
use passband_flow::data::{Data, Spectrum};
use passband_flow::format::Choice;
use passband_signal::{Block, Hertz, SignalSpec};
use passband_testbed::{Kafka, Process, Stream, unique};
use std::time::Duration;

fn message(index: u64, rate: f64, channels: usize, sample: f32) -> Vec<u8> {
    let spec = SignalSpec::real(Hertz(rate), channels);
    let block =
        Block { spec, recording: 1, index, time: index as i64, of: 0, samples: vec![sample; channels * 256] };
    let mut bytes = vec![];
    Choice::named("avro").unwrap().open().unwrap().encode(&Data::Samples(block), &mut bytes).unwrap();
    bytes
}

#[test]
fn invalid_messages_are_refused_and_the_stream_continues() {
    let Some(kafka) = Kafka::shared() else { return };
    let brokers = kafka.bootstrap();
    let [samples, spectra] = ["samples", "spectra"].map(unique);
    let refused = format!("{samples}-refused");
    let good = |i: u64| message(i * 256, 44_100.0, 2, 0.25);
    let bad: [(&[u8], &str); 5] = [
        (b"this is not Avro", "not an Avro datum of samples"),
        (&message(256, 48_000.0, 2, 0.25), "48 kHz"),
        (&message(256, 44_100.0, 1, 0.25), "1 channels"),
        (&message(256, 44_100.0, 2, f32::NAN), "NaN"),
        (b"", "ends early"),
    ];
    let mut messages: Vec<(&str, Vec<u8>)> = vec![("mic", good(0))];
    messages.extend(bad.iter().map(|(bytes, _)| ("mic", bytes.to_vec())));
    messages.extend([("mic", good(1)), ("mic", good(0)), ("mic", good(3)), ("mic", good(4))]);
    let records: Vec<(&str, &[u8])> = messages.iter().map(|(k, v)| (*k, &v[..])).collect();
    topic::write(brokers, &samples, &records);

    let group = unique("group");
    let set = [
        ("KAFKA_BROKERS", brokers),
        ("SAMPLES", &samples),
        ("SPECTRA", &spectra),
        ("REFUSED", &refused),
        ("GROUP", &group),
        ("LENGTH", "512 samples"),
    ];
    let mut stage = start(&["--json", "run", &pipeline("spectrum-fft.toml")], &set);
    // samples 0 to 511, then a gap of one block, then 768 to 1279
    assert_eq!(read(brokers, &spectra, 2, Duration::from_secs(30)).len(), 2);
    let set_aside = read(brokers, &refused, bad.len(), Duration::from_secs(30));
    for ((bytes, reason), record) in bad.iter().zip(&set_aside) {
        assert_eq!(record.value, *bytes);
        let header = |key: &str| {
            record.headers.iter().find(|(k, _)| k == key).map(|(_, v)| v.clone()).unwrap_or_default()
        };
        assert!(header("reason").contains(reason), "{:?} should tell of {reason}", record.headers);
        assert!(
            header("source").starts_with(&format!("topic {samples}, partition 0, offset ")),
            "{:?}",
            record.headers
        );
    }
    let told = stop(&mut stage);
    let counts = ["in", "folded", "refused", "duplicate", "gaps", "lost_samples", "out"]
        .map(|name| count(&told, name));
    assert_eq!(counts, [10, 4, 5, 1, 1, 256, 2], "in, folded, refused, duplicate, gaps, lost samples, out");

    // after a restart, refused messages are not refused again
    let mut stage = start(&["--json", "run", &pipeline("spectrum-fft.toml")], &set);
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(count(&stop(&mut stage), "in"), 0);
    assert_eq!(read(brokers, &refused, bad.len(), Duration::from_secs(5)).len(), bad.len());
}

fn stop(process: &mut Process) -> String {
    process.interrupt();
    assert!(process.wait(Duration::from_secs(20)).is_some(), "it stops when asked to");
    process.lines(Stream::Err).join("\n")
}

#[test]
fn a_reader_drops_repeated_results() {
    let Some(kafka) = Kafka::shared() else { return };
    let spectra = unique("spectra");
    let message = |start: u64| {
        let values = vec![0.5; 3];
        let (scale, rate) = (Scale::Magnitude, Hertz(8000.0));
        let spectrum = Spectrum {
            recording: 1,
            start,
            time: 0,
            rate,
            length: 4,
            hop: 2,
            band: Default::default(),
            scale,
            channels: 1,
            values,
        };
        let mut bytes = vec![];
        Choice::named("avro").unwrap().open().unwrap().encode(&Data::Spectrum(spectrum), &mut bytes).unwrap();
        bytes
    };
    // a stage that was killed at 4 and resumed at 2, as at-least-once delivery may do
    let messages: Vec<_> = [0, 2, 4, 2, 4, 6, 10].map(message).into();
    let records: Vec<(&str, &[u8])> = messages.iter().map(|m| ("mic", &m[..])).collect();
    topic::write(kafka.bootstrap(), &spectra, &records);
    let folder = tempfile::tempdir().unwrap();
    let text = r#"
        [source]
        type = "kafka"
        brokers = "${KAFKA_BROKERS}"
        topic = "${SPECTRA}"
        data = "spectra"
        [[sink]]
        type = "stdout"
    "#;
    let pipeline = write(&folder, "read.toml", text);
    let set = [("KAFKA_BROKERS", kafka.bootstrap()), ("SPECTRA", &spectra)];
    let mut reader = start(&["--json", "run", &pipeline], &set);
    reader.wait_line("\"start\":10,", Duration::from_secs(30));
    let told = stop(&mut reader);
    assert_eq!(reader.lines(Stream::Out).len(), 5);
    assert_eq!(["in", "out", "duplicate", "gaps"].map(|name| count(&told, name)), [7, 5, 2, 1]);
}

#[test]
fn failures_to_open_are_reported_in_four_lines() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.display().to_string()
    };
    let wav = tone(8000, 1, 20_000);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let output = folder.path().join("out").display().to_string();
    type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str);
    let cases: [Case<'_>; 5] = [
        ("spectrum-file", &[("INPUT", "/no/such.wav"), ("OUTPUT", &output)], "/no/such.wav"),
        ("spectrum-file", &[("INPUT", &file("empty.wav", b"")), ("OUTPUT", &output)], "empty.wav"),
        (
            "spectrum-file",
            &[
                ("INPUT", &file("text.flac", b"this is text, not sound, and long enough to look at")),
                ("OUTPUT", &output),
            ],
            "text.flac",
        ),
        ("spectrum-file", &[("INPUT", &file("cut.wav", &wav[..20_000])), ("OUTPUT", &output)], "cut.wav"),
        ("spectrum-play", &[("INPUT", &file("good.wav", &wav)), ("LISTEN", &taken)], "in use"),
    ];
    for (name, set, expected) in cases {
        let result = run(&["run", &pipeline(&format!("{name}.toml"))], set);
        let told = String::from_utf8_lossy(&result.stderr);
        assert_eq!(result.status.code(), Some(1), "{told}");
        assert!(told.starts_with("error: ") || told.contains("\nerror: "), "{told}");
        assert!(told.contains(expected) && told.contains("  at: ") && told.contains("  do: "), "{told}");
        assert!(!std::path::Path::new(&output).exists(), "a partial file is called whole: {told}");
    }
}

#[test]
fn nan_in_a_recording_is_refused_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let mut wav = tone(8000, 1, 2560);
    let at = wav.len() - 4 * 1000;
    wav[at..at + 4].copy_from_slice(&f32::NAN.to_le_bytes());
    std::fs::write(folder.path().join("nan.wav"), wav).unwrap();
    let text = r#"
        [source]
        type = "file"
        path = "${INPUT}"
        [window]
        type = "tumbling"
        length = "256 samples"
        [[transform]]
        type = "spectrum"
        [[sink]]
        type = "stdout"
        refused = "${REFUSED}"
    "#;
    let pipeline = write(&folder, "nan.toml", text);
    let [input, refused] = ["nan.wav", "refused.ndjson"].map(|n| folder.path().join(n).display().to_string());
    let output = run(&["--json", "run", &pipeline], &[("INPUT", &input), ("REFUSED", &refused)]);
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!([count(&told, "refused"), count(&told, "gaps"), count(&told, "out")], [1, 1, 9], "{told}");
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 9);
    let line = std::fs::read_to_string(refused).unwrap();
    assert!(line.contains("samples 1536 to 1791") && line.contains("NaN"), "{line}");
}
