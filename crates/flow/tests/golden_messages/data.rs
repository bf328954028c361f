//! One datum of each kind, and of each form that a kind has.

use passband_dsp::moments::Moments;
use passband_dsp::music::{Found, OutcomeKind};
use passband_dsp::running::Running;
use passband_dsp::spectrum::Scale;
use passband_flow::data::{
    Aggregate, Axis, Band, Column, Data, FileInfo, Of, Pane, PanePart, ResultState, Scans, Shape, Sides,
    Spectrum,
};
use passband_flow::transform::features::{
    BeatEvent, ChordEvent, FrameFeatures, Names, NoteEvent, RecordingFeatures, Summaries, Summary,
};
use passband_flow::transform::line_search::{Line, Lines};
use passband_flow::transform::noise::NoiseLevel;
use passband_flow::transform::run::RunStatistics;
use passband_flow::transform::statistics::{State, Statistics};
use passband_signal::{Block, Hertz, SignalSpec};
use std::sync::Arc;

const TIME: i64 = 1_772_366_400_000_000;

/// Values with long and short decimal representations, small and large, negative and NaN.
fn values() -> Vec<f64> {
    vec![0.1, 1.0, -1e-9, 123_456_789.012_345, f64::NAN, 3.0e20]
}

fn band() -> Band {
    Band { sides: Sides::Centred, centre: Hertz(1e9 + 0.1) }
}

fn moments() -> Moments {
    Moments::resume(2731, values(), values().iter().map(|v| v.abs()).collect()).unwrap()
}

fn statistics(state: State) -> Data {
    let mut scans = Scans::default();
    [0..130, 2000..2001].into_iter().for_each(|part| assert!(scans.add(part)));
    Data::row(Statistics {
        recording: 65_535,
        time: TIME,
        axis: Axis { rate: Hertz(2e6), length: 6, band: band(), scale: Scale::Density },
        of: 2731,
        state,
        duplicates: 3,
        scans,
        moments: moments(),
    })
}

fn run(end: Option<i64>) -> Data {
    Data::row(RunStatistics {
        run: "süd, \"7\"".into(),
        start: -1,
        end,
        time: TIME,
        last: 3,
        incomplete: 1,
        axis: Axis {
            rate: Hertz(2e6),
            length: 6,
            band: Band { sides: Sides::FromZero, ..band() },
            scale: Scale::Power,
        },
        running: Running::resume(4, values(), values()).unwrap(),
        pooled: moments(),
    })
}

fn lines(run: Option<&str>, count: usize) -> Data {
    let line = Line {
        bin: 1,
        frequency: Hertz(1.1e9),
        excess: 5.1,
        width: Hertz(651.0),
        value: 2e-9,
        baseline: 1e-9,
    };
    Data::row(Lines {
        run: run.map(Into::into),
        recording: 3,
        time: TIME,
        scans: 10_924,
        threshold: 4.5,
        expected: 0.01,
        scatter: 1.02,
        lines: vec![line; count],
    })
}

fn spectrum(sides: Sides, channels: usize, bins: usize, scale: Scale) -> Data {
    Data::Spectrum(Spectrum {
        recording: TIME,
        start: 1 << 40,
        time: TIME + 5,
        rate: Hertz(44_100.0),
        length: 6,
        hop: 4,
        band: Band { sides, centre: Hertz(if sides == Sides::One { 0.0 } else { 1e8 }) },
        scale,
        channels,
        values: (0..channels * bins).map(|i| (i as f32 * 0.37 - 1.0).powi(3)).collect(),
    })
}

fn samples(spec: SignalSpec, of: u64) -> Data {
    let samples = (0..24).map(|i| (i as f32 * 0.1).sqrt() - 1.0).collect();
    Data::Samples(Block { spec, recording: 7, index: 256, time: TIME, of, samples })
}

fn aggregate(key: &str, result: ResultState) -> Data {
    let column = |path: &[&str], of| Column { path: path.iter().map(|name| (*name).into()).collect(), of };
    let value = |index, counts| Of::Value { index, counts };
    let shape = Shape::new(vec![
        column(&["key"], Of::Key),
        column(&["from"], Of::Start),
        column(&["time"], Of::End),
        column(&["from_iso"], Of::StartIso),
        column(&["to_iso"], Of::EndIso),
        column(&["n"], Of::Readings),
        column(&["result"], Of::Result),
        column(&["temperature", "count"], value(0, true)),
        column(&["temperature", "mean"], value(1, false)),
        column(&["p99_9"], value(2, false)),
    ]);
    Data::row(Aggregate {
        key: key.into(),
        start: TIME,
        end: TIME + 10_000_000,
        result,
        readings: 48,
        shape: Arc::new(shape),
        values: [48.0, 21.25, f64::NAN].into(),
    })
}

fn frame() -> Data {
    let names = Arc::new(Names::new(vec!["mfcc".into(), "rms".into()]));
    let values = vec![[-405.25f32, 0.1, 1e-9].into(), [0.5f32].into()];
    Data::row(FrameFeatures {
        recording: 2,
        frame: 1,
        start: -512,
        time: TIME,
        rate: 22_050.0,
        names,
        values,
    })
}

fn recording() -> Data {
    let kinds = [OutcomeKind::Number, OutcomeKind::Word, OutcomeKind::Numbers, OutcomeKind::Words];
    let results = ["tempo", "key", "beats", "chords"].map(String::from).into_iter().zip(kinds).collect();
    let names = Arc::new(Summaries::new(vec!["mfcc".into(), "rms".into()], results));
    let results = vec![
        Found::Number(Some(120.5)),
        Found::Word(None),
        Found::Numbers(vec![0.5, 1.0]),
        Found::Words(vec!["C:maj".into(), "N".into()]),
    ];
    let summary = |mean: &[f32], median: &[f32], deviation: &[f32]| Summary {
        mean: mean.into(),
        median: median.into(),
        deviation: deviation.into(),
    };
    let values =
        vec![summary(&[-405.25, 0.1], &[-405.5, 0.125], &[2.5, 1e-9]), summary(&[0.5], &[0.5], &[0.25])];
    let mut tags = [const { None }; 9];
    tags[0] = Some("Scale".into());
    let file = FileInfo {
        path: "music/scale.m4a".into(),
        content_hash: "99aa06d3014798d86001c324468d497f".into(),
        container: "mp4".into(),
        codec: "aac".into(),
        tags,
    };
    Data::row(RecordingFeatures {
        recording: 2,
        time: TIME,
        sample_rate: 22_050.0,
        channels: 2,
        samples: 441_000,
        file: Some(Arc::new(file)),
        feature_version: 1,
        passband_version: "0.1.0".into(),
        names,
        values,
        results,
    })
}

fn beat() -> Data {
    Data::row(BeatEvent {
        recording: 2,
        beat: 4,
        time: TIME,
        start: 2.5,
        bar: Some(1),
        position: Some(3),
        tempo: None,
        chord: Some("C:maj".into()),
    })
}

fn note() -> Data {
    Data::row(NoteEvent {
        recording: 2,
        note: 0,
        time: TIME,
        start: 0.25,
        end: 0.75,
        pitch: 69.125,
        frequency: 443.2,
        name: "A4".into(),
        level: -12.5,
        confidence: 0.875,
    })
}

fn chord(root: Option<&str>) -> Data {
    let of = |text: &str| root.map(|_| text.to_owned());
    Data::row(ChordEvent {
        recording: 2,
        chord: 1,
        time: TIME,
        start: 0.5,
        end: 1.5,
        label: root.map_or("N".into(), |root| format!("{root}:min")),
        root: root.map(String::from),
        quality: of("min"),
        fit: root.map(|_| 0.75),
    })
}

fn pane(bytes: Option<Vec<u8>>) -> Data {
    Data::Pane(Box::new(Pane { shard: 3, of: 77, part: PanePart { start: TIME, name: "2".into(), bytes } }))
}

/// All kinds of results with a unique name, except labelled examples, which only the sink `shards` writes.
pub fn all() -> Vec<(&'static str, Data)> {
    let noise =
        NoiseLevel { run: None, time: TIME, scans: 100, sigma: 0.11, expected: 0.1, slope: Some(-0.49) };
    vec![
        ("samples of sound", samples(SignalSpec::real(Hertz(44_100.0), 2), 0)),
        ("samples of I/Q", samples(SignalSpec::iq(Hertz(2e6), Hertz(1e8)), 8_389_632)),
        ("spectrum of sound", spectrum(Sides::One, 2, 4, Scale::Dbfs)),
        ("spectrum of I/Q", spectrum(Sides::FromZero, 1, 6, Scale::Density)),
        ("statistics", statistics(State::Complete)),
        ("a share of statistics", statistics(State::Share)),
        ("a run that goes on", run(None)),
        ("a run that has ended", run(Some(TIME + 9))),
        ("lines of a run", lines(Some("seven"), 2)),
        ("no lines of a recording", lines(None, 0)),
        ("noise", Data::row(noise.clone())),
        ("noise without a slope", Data::row(NoiseLevel { slope: None, run: Some("seven".into()), ..noise })),
        ("an aggregate", aggregate("Sensor1", ResultState::Final)),
        ("an early aggregate", aggregate("Süd, \"1\"\n=2", ResultState::Early)),
        ("features of a frame", frame()),
        ("features of a recording", recording()),
        ("a beat", beat()),
        ("a note", note()),
        ("a chord", chord(Some("A"))),
        ("no chord", chord(None)),
        ("a pane", pane(Some(vec![1, 2, 250]))),
        ("a pane that is no longer needed", pane(None)),
    ]
}
