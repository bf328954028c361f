//! Round trips, and invalid messages.

use super::*;
use crate::data::{Axis, Band, Scans, Sides, Spectrum};
use crate::transform::line_search::{Line, Lines};
use crate::transform::noise::NoiseLevel;
use crate::transform::run::RunStatistics;
use crate::transform::statistics::{State, Statistics};
use passband_dsp::moments::Moments;
use passband_dsp::running::Running;
use passband_dsp::spectrum::Scale;
use passband_signal::{Block, Hertz, SignalSpec};

pub fn block() -> Block {
    let samples = (0..512).map(|i| (i as f32 * 0.1).sin()).collect();
    Block { spec: SignalSpec::real(Hertz(44_100.0), 2), recording: 7, index: 256, time: -3, of: 0, samples }
}

pub fn codec(framing: Framing) -> Codec {
    Avro { framing, schema_id: 42, ..Avro::default() }.codec()
}

#[test]
fn messages_round_trip() {
    let spectrum = Spectrum {
        recording: 1_767_225_600_000_000,
        start: 1 << 40,
        time: 5,
        rate: Hertz(48_000.0),
        length: 8,
        hop: 4,
        band: Band::default(),
        scale: Scale::Dbfs,
        channels: 2,
        values: (0..10).map(|i| i as f32).collect(),
    };
    for framing in [Framing::Plain, Framing::Confluent] {
        for (kind, data) in
            [(Kind::Samples, Data::Samples(block())), (Kind::Spectra, Data::Spectrum(spectrum.clone()))]
        {
            let mut bytes = vec![];
            codec(framing).encode(&data, &mut bytes).unwrap();
            assert_eq!(codec(framing).decode(kind, &Message::of(&bytes)), Ok(data));
        }
    }
}

#[test]
fn reads_doubles_and_blocks_with_sizes() {
    let mut bytes = vec![];
    [1, 0, 2].iter().for_each(|v| long(*v, &mut bytes));
    bytes.extend(8000f64.to_le_bytes());
    long(1, &mut bytes);
    // two samples in a block with its size, a third in a block of its own
    long(-2, &mut bytes);
    long(16, &mut bytes);
    bytes.extend([0.5f64, -0.25].iter().flat_map(|x| x.to_le_bytes()));
    long(1, &mut bytes);
    bytes.extend(1f64.to_le_bytes());
    bytes.extend([0, 0]);
    let Ok(Data::Samples(b)) = codec(Framing::Plain).decode(Kind::Samples, &Message::of(&bytes)) else {
        panic!("not read")
    };
    assert_eq!((b.samples, b.spec.channels), (vec![0.5, -0.25, 1.0], 1));
}

#[test]
fn invalid_messages_are_errors() {
    let mut good = vec![];
    codec(Framing::Plain).encode(&Data::Samples(block()), &mut good).unwrap();
    // without its last two fields, of one byte each here, it is a message of an older version
    for cut in (0..good.len()).filter(|cut| *cut != good.len() - 2) {
        assert!(
            codec(Framing::Plain).decode(Kind::Samples, &Message::of(&good[..cut])).is_err(),
            "cut at {cut}"
        );
    }
    let mut seed = 1u32;
    for _ in 0..20_000 {
        let mut bad = good.clone();
        for _ in 0..3 {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let at = (seed >> 8) as usize % 60;
            bad[at] = seed as u8;
        }
        let _ = codec(Framing::Plain).decode(Kind::Samples, &Message::of(&bad));
        let _ = codec(Framing::Confluent).decode(Kind::Spectra, &Message::of(&bad));
    }
    let huge = [2, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
    assert!(codec(Framing::Plain).decode(Kind::Samples, &Message::of(&huge)).is_err());
}

/// One of each kind, with numbers that reveal rounding.
fn results() -> Vec<(Kind, Data)> {
    let band = Band { sides: Sides::Centred, centre: Hertz(1.0e9 + 0.1) };
    let values = |by: f64| (0..48).map(|i| (f64::from(i) + 0.1).powi(3) * by).collect::<Vec<f64>>();
    let moments = |by| Moments::resume(2731, values(by), values(by * 1e-9)).unwrap();
    let (rate, length, scale) = (Hertz(2e6), 48, Scale::Density);
    let mut scans = Scans::default();
    scans.add(0..130);
    scans.add(2000..2001);
    let statistics = Statistics {
        recording: 65_535,
        time: 5,
        axis: Axis { rate, length, band, scale },
        of: 2731,
        state: State::Share,
        duplicates: 3,
        scans,
        moments: moments(1e-9),
    };
    let running = Running::resume(4, values(1e-9), values(1e-10)).unwrap();
    let pooled = moments(1.0 / 3.0);
    let run = RunStatistics {
        run: "süd 7".into(),
        start: -1,
        end: Some(9),
        time: 8,
        last: 3,
        incomplete: 1,
        axis: Axis { rate, length, band, scale },
        running,
        pooled,
    };
    let line = Line {
        bin: 7,
        frequency: Hertz(1.1e9),
        excess: 5.1,
        width: Hertz(651.0),
        value: 2e-9,
        baseline: 1e-9,
    };
    let lines = Lines {
        run: Some("seven".into()),
        recording: 3,
        time: 8,
        scans: 10_924,
        threshold: 4.5,
        expected: 0.01,
        scatter: 1.02,
        lines: vec![line; 2],
    };
    let noise = NoiseLevel { run: None, time: 8, scans: 100, sigma: 0.11, expected: 0.1, slope: Some(-0.49) };
    vec![
        (Statistics::KIND, Data::row(statistics)),
        (RunStatistics::KIND, Data::row(RunStatistics { end: None, ..run.clone() })),
        (RunStatistics::KIND, Data::row(run)),
        (Lines::KIND, Data::row(lines.clone())),
        (Lines::KIND, Data::row(Lines { run: None, lines: vec![], ..lines })),
        (NoiseLevel::KIND, Data::row(NoiseLevel { slope: None, ..noise.clone() })),
        (NoiseLevel::KIND, Data::row(noise)),
    ]
}

#[test]
fn results_round_trip_without_rounding() {
    for (kind, data) in results() {
        for framing in [Framing::Plain, Framing::Confluent] {
            let mut bytes = vec![];
            codec(framing).encode(&data, &mut bytes).unwrap();
            assert_eq!(codec(framing).decode(kind, &Message::of(&bytes)).as_ref(), Ok(&data));
        }
    }
}

#[test]
fn truncated_or_damaged_results_are_errors() {
    let mut seed = 1u32;
    for (kind, data) in results() {
        let mut good = vec![];
        codec(Framing::Plain).encode(&data, &mut good).unwrap();
        let read = |bytes: &[u8]| codec(Framing::Plain).decode(kind, &Message::of(bytes));
        assert!((0..good.len()).all(|cut| read(&good[..cut]).is_err()), "{kind}");
        assert!(read(&[&good[..], &[0]].concat()).unwrap_err().contains("the datum"), "{kind}");
        for _ in 0..5_000 {
            let mut bad = good.clone();
            for _ in 0..3 {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let at = (seed >> 8) as usize % bad.len().min(80);
                bad[at] = seed as u8;
            }
            let _ = read(&bad);
        }
    }
}

#[test]
fn inconsistent_statistics_are_refused() {
    let (kind, data) = results().swap_remove(0);
    let good: Statistics = data.take().unwrap();
    let refused = |change: &dyn Fn(&mut Statistics)| {
        let mut statistics = good.clone();
        change(&mut statistics);
        let mut bytes = vec![];
        codec(Framing::Plain).encode(&Data::row(statistics), &mut bytes).unwrap();
        codec(Framing::Plain).decode(kind, &Message::of(&bytes)).unwrap_err()
    };
    assert!(refused(&|s| s.axis.length = 47).contains("48 values do not fit a frame of 47"));
    assert!(refused(&|s| s.axis.band.sides = Sides::One).contains("do not fit"));
    assert!(refused(&|s| s.axis.rate = Hertz(f64::NAN)).contains("the sample rate is NaN"));
    assert!(refused(&|s| s.axis.band.centre = Hertz(f64::INFINITY)).contains("centre"));
    assert!(refused(&|s| s.duplicates = u64::MAX).contains("negative"));
}

#[test]
fn iq_round_trips_and_older_messages_are_read() {
    let iq = Block { spec: SignalSpec::iq(Hertz(2e6), Hertz(1e8)), of: 8_389_632, ..block() };
    let spectrum = Spectrum {
        recording: 1,
        start: 0,
        time: 5,
        rate: Hertz(2e6),
        length: 6,
        hop: 6,
        band: Band { sides: Sides::FromZero, centre: Hertz(1e8) },
        scale: Scale::Density,
        channels: 1,
        values: vec![0.5; 6],
    };
    for (kind, data) in [(Kind::Samples, Data::Samples(iq)), (Kind::Spectra, Data::Spectrum(spectrum))] {
        let mut bytes = vec![];
        codec(Framing::Plain).encode(&data, &mut bytes).unwrap();
        assert_eq!(codec(Framing::Plain).decode(kind, &Message::of(&bytes)), Ok(data));
    }
    let mut bytes = vec![];
    codec(Framing::Plain).encode(&Data::Samples(block()), &mut bytes).unwrap();
    let older = &bytes[..bytes.len() - 2];
    let read = codec(Framing::Plain).decode(Kind::Samples, &Message::of(older));
    assert_eq!(read, Ok(Data::Samples(block())));
}
