//! Messages byte by byte, and invalid data.

use super::{Key, Positive, Quax, Several};
use crate::data::{Axis, Band, Data, Kind, Scans, Sides};
use crate::format::{Choice, Format, Message};
use crate::transform::line_search::Lines;
use crate::transform::noise::NoiseLevel;
use crate::transform::statistics::{State, Statistics};
use passband_dsp::moments::Moments;
use passband_dsp::spectrum::Scale;
use passband_signal::{Block, Hertz, SignalSpec};

/// Two samples per scan, two scans per message, five scans and one sample per file.
fn small() -> Quax {
    Quax { scan: Positive(2), scans: Several(2), file: Positive(11), ..Quax::default() }
}

fn block(index: u64, frames: usize) -> Block {
    let samples = (0..2 * frames).map(|i| i as f32 + 1.0).collect();
    let spec = SignalSpec::iq(Hertz(2e6), Hertz(0.0));
    Block { spec, recording: 0x0102, index, time: 77, of: 11, samples }
}

#[test]
fn the_key_is_the_position_and_i_precedes_q() {
    let (data, mut bytes) = (Data::Samples(block(4, 4)), vec![]);
    small().encode(&data, &mut bytes).unwrap();
    let by_hand: [[u8; 4]; 8] = [
        [0, 0, 0x80, 0x3f], // I: 1, 2, 3, 4
        [0, 0, 0, 0x40],
        [0, 0, 0x40, 0x40],
        [0, 0, 0x80, 0x40],
        [0, 0, 0xa0, 0x40], // Q: 5, 6, 7, 8
        [0, 0, 0xc0, 0x40],
        [0, 0, 0xe0, 0x40],
        [0, 0, 0, 0x41],
    ];
    assert_eq!(bytes, by_hand.as_flattened());
    let key = Format::key(&small(), &data).unwrap();
    assert_eq!(key, [1, 2, 0, 1]);
    let message = Message { key: &key, bytes: &bytes, time: 77 };
    assert_eq!(small().decode(Kind::Samples, &message), Ok(data));
    assert!(!small().key_names_stream(Kind::Samples));
}

#[test]
fn the_end_of_a_file_is_truncated_to_complete_scans() {
    let mut bytes = vec![];
    small().encode(&Data::Samples(block(8, 3)), &mut bytes).unwrap();
    let values: Vec<f32> = bytes.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
    assert_eq!(values, [1.0, 2.0, 4.0, 5.0], "two of three I, two of three Q");
    let message = Message { key: &[1, 2, 0, 2], bytes: &bytes, time: 0 };
    let Ok(Data::Samples(read)) = small().decode(Kind::Samples, &message) else { panic!("not read") };
    assert_eq!((read.index, read.frames(), read.of), (8, 2, 11));
    // a file of 9 samples leaves one after the second message: nothing to send
    let rest = Block { of: 9, ..block(8, 1) };
    bytes.clear();
    small().encode(&Data::Samples(rest), &mut bytes).unwrap();
    assert!(bytes.is_empty(), "{bytes:?}");
}

#[test]
fn invalid_messages_are_refused_with_the_reason() {
    let good = [0u8; 32];
    let read = |key: &[u8], bytes: &[u8]| {
        small().decode(Kind::Samples, &Message { key, bytes, time: 0 }).unwrap_err()
    };
    assert!(read(b"", &good).contains("the key has 0 bytes"));
    assert!(read(b"12345", &good).contains("the key has 5 bytes"));
    assert!(read(&[0, 1, 0, 0], &good[..16]).contains("has 16 bytes, not 32 for 2 scans"));
    assert!(read(&[0, 1, 0, 0], &[0; 48]).contains("has 48 bytes"));
    assert!(read(&[0, 1, 0, 2], &good).contains("not 16 for 1 scans"));
    assert!(
        read(&[0, 1, 0, 3], &good).contains("begins at sample 12, but the complete scans of the file have")
    );
    assert!(small().decode(NoiseLevel::KIND, &Message::of(b"")).is_err());
    let write = |block: Block| small().encode(&Data::Samples(block), &mut vec![]).unwrap_err().to_string();
    assert!(write(block(2, 4)).contains("not a multiple of 4"));
    assert!(write(block(0, 6)).contains("6 samples, a message has 4"));
    assert!(write(block(4, 2)).contains("2 samples, a message has 4"));
    assert!(write(Block { recording: 65_536, ..block(0, 4) }).contains("65536"));
    assert!(write(Block { spec: SignalSpec::real(Hertz(2e6), 2), ..block(0, 4) }).contains("not I/Q"));
    assert!(small().refuses(Lines::KIND).is_some() && small().refuses(Kind::Samples).is_none());
    assert!(Choice::named("quax").is_ok());
}

fn statistics(state: State, count: u64) -> Statistics {
    let mut scans = Scans::default();
    if state == State::Complete {
        scans.add(0..count);
    }
    Statistics {
        recording: 12,
        time: 9,
        axis: Axis {
            rate: Hertz(2e6),
            length: 2,
            band: Band { sides: Sides::Centred, centre: Hertz(0.0) },
            scale: Scale::Density,
        },
        of: 5,
        state,
        duplicates: 0,
        scans,
        moments: Moments::resume(count, vec![1.5e-9, 0.1], vec![16.0, 0.0]).unwrap(),
    }
}

#[test]
fn results_have_the_json_of_the_experiment() {
    let write = |quax: &mut Quax, statistics: &Statistics| {
        let mut out = vec![];
        quax.encode(&Data::row(statistics.clone()), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    let complete = statistics(State::Complete, 5);
    let text = write(&mut small(), &complete);
    assert_eq!(
        text,
        concat!(
            r#"[{"data":{"index":"12_0","mean_x":1.5e-9,"stddev_x":2.0,"count_x":5}},"#,
            r#"{"data":{"index":"12_1","mean_x":0.1,"stddev_x":0.0,"count_x":5}}]"#
        )
    );
    let message = Message { key: b"duck", bytes: text.as_bytes(), time: 9 };
    assert_eq!(small().decode(Statistics::KIND, &message), Ok(Data::row(complete)));

    let incomplete = statistics(State::Incomplete, 2);
    let mut indice = Quax { key: Key::Indice, ..small() };
    let text = write(&mut indice, &incomplete);
    let tail = r#""count_x":2,"of":5,"state":"incomplete"}"#;
    assert!(text.starts_with(r#"[{"data":{"indice":24,"mean_x":1.5e-9,"stddev_x":4.0,"#), "{text}");
    assert!(text.contains(r#""indice":25"#) && text.matches(tail).count() == 2, "{text}");
    let message = Message { key: b"duck", bytes: text.as_bytes(), time: 9 };
    assert_eq!(indice.decode(Statistics::KIND, &message), Ok(Data::row(incomplete)));
}

#[test]
fn invalid_results_are_refused_with_the_reason() {
    let read = |text: &str| small().decode(Statistics::KIND, &Message::of(text.as_bytes())).unwrap_err();
    let bin = |index: &str, count: u64| {
        format!(r#"{{"data":{{"index":"{index}","mean_x":1,"stddev_x":1,"count_x":{count}}}}}"#)
    };
    let pair = |a: String, b: String| read(&format!("[{a},{b}]"));
    assert!(read("[]").contains("0 bins"));
    assert!(pair(bin("1_0", 5), bin("1_0", 5)).contains("occurs twice"));
    assert!(pair(bin("1_0", 5), bin("1_2", 5)).contains("beyond the 2 bins"));
    assert!(pair(bin("1_0", 5), bin("2_1", 5)).contains("of file 2"));
    assert!(pair(bin("1_0", 5), bin("1_1", 4)).contains("4 scans"));
    assert!(pair(bin("1-0", 5), bin("1_1", 5)).contains("not FILE_BIN"));
    let share = Data::row(statistics(State::Share, 2));
    assert!(small().encode(&share, &mut vec![]).unwrap_err().to_string().contains("share"));
}
