//! Round trips, and the text of messages.

use super::*;
use crate::data::{Axis, Band, Scans};
use crate::format::Message as Text;
use crate::transform::line_search::{Line, Lines};
use crate::transform::noise::NoiseLevel;
use crate::transform::run::RunStatistics;
use crate::transform::statistics::{State, Statistics};
use passband_dsp::moments::Moments;
use passband_dsp::running::Running;
use passband_dsp::spectrum::Scale;
use passband_signal::Hertz;

fn json() -> Codec {
    Json::default().codec()
}

#[test]
fn messages_round_trip_and_files_have_a_line_per_channel() {
    let spectrum = Data::Spectrum(Spectrum {
        recording: 1,
        start: 256,
        time: 9,
        rate: Hertz(8.0),
        length: 2,
        hop: 1,
        band: Band::default(),
        scale: Scale::Magnitude,
        channels: 2,
        values: vec![0.5, 1.5, 2.5, 0.1],
    });
    let (mut message, mut file) = (vec![], vec![]);
    json().encode(&spectrum, &mut message).unwrap();
    assert_eq!(json().decode(Kind::Spectra, &Text::of(&message)), Ok(spectrum.clone()));
    json().append(&spectrum, &mut file).unwrap();
    let lines = String::from_utf8(file).unwrap();
    assert!(lines.lines().nth(1).unwrap().starts_with(r#"{"start":256,"channel":1,"#), "{lines}");
    assert!(lines.contains(r#""values":[2.5,0.1]"#), "{lines}");
    assert!(json().decode(Kind::Samples, &Text::of(b"{}")).unwrap_err().contains("recording"));
}

#[test]
fn statistics_have_the_documented_fields_and_round_trip() {
    let moments = Moments::resume(3, vec![1.0, f64::NAN], vec![8.0, 2.0]).unwrap();
    let mut scans = Scans::default();
    [0..2, 4..5].into_iter().for_each(|part| assert!(scans.add(part)));
    let statistics = Statistics {
        recording: 7,
        time: 9,
        axis: Axis {
            rate: Hertz(8.0),
            length: 2,
            band: Band { sides: Sides::Centred, centre: Hertz(100.0) },
            scale: Scale::Density,
        },
        of: 5,
        state: State::Incomplete,
        duplicates: 1,
        scans: scans.clone(),
        moments,
    };
    let mut bytes = vec![];
    json().append(&Data::row(statistics), &mut bytes).unwrap();
    assert_eq!(
        std::str::from_utf8(&bytes).unwrap(),
        concat!(
            r#"{"recording":7,"time":9,"rate":8.0,"length":2,"sides":"centred","centre":100.0,"#,
            r#""first":96.0,"step":4.0,"scale":"density","of":5,"state":"incomplete","#,
            r#""duplicates":1,"stretches":[[0,1],[4,4]],"scans":3,"mean":[1.0,null],"deviation":[2.0,1.0],"#,
            r#""standard_error":[1.1547005383792517,0.5773502691896258]}"#,
            "\n"
        )
    );
    let read = json().decode(Statistics::KIND, &Text::of(&bytes));
    let read: Statistics = read.unwrap().take().unwrap();
    assert_eq!((read.scans, read.moments.count(), read.state), (scans, 3, State::Incomplete));
    assert_eq!((read.moments.squares(), read.moments.mean()[0]), (&[8.0, 2.0][..], 1.0));
    let wide = String::from_utf8(bytes).unwrap().replace("[4,4]", "[4,99999999999]");
    let refused = json().decode(Statistics::KIND, &Text::of(wide.as_bytes()));
    assert!(refused.unwrap_err().contains("99999999999"));
}

#[test]
fn runs_lines_and_noise_round_trip() {
    let line =
        Line { bin: 1, frequency: Hertz(100.0), excess: 5.5, width: Hertz(4.0), value: 3.0, baseline: 2.0 };
    let run = RunStatistics {
        run: "seven".into(),
        start: 1,
        end: None,
        time: 2,
        last: 3,
        incomplete: 4,
        axis: Axis {
            rate: Hertz(8.0),
            length: 2,
            band: Band { sides: Sides::FromZero, centre: Hertz(100.0) },
            scale: Scale::Power,
        },
        running: Running::resume(2, vec![1.0, 2.0], vec![0.5, 0.25]).unwrap(),
        pooled: Moments::resume(4, vec![1.5, 2.5], vec![3.0, 12.0]).unwrap(),
    };
    let lines = Lines {
        run: Some("seven".into()),
        recording: 3,
        time: 2,
        scans: 4,
        threshold: 5.0,
        expected: 0.01,
        scatter: 1.0,
        lines: vec![line],
    };
    let noise = NoiseLevel { run: None, time: 2, scans: 4, sigma: 0.5, expected: 0.5, slope: Some(-0.5) };
    for (data, holds) in [
        (Data::row(run), r#""pooled_deviation":[1.0,2.0],"standard_error":[0.5,1.0]}"#),
        (Data::row(lines), r#""lines":[{"bin":1,"frequency":100.0,"excess":5.5,"width":4.0,"#),
        (Data::row(noise), r#""sigma":0.5,"expected":0.5,"slope":-0.5}"#),
    ] {
        let mut bytes = vec![];
        json().encode(&data, &mut bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.contains(holds), "{text}");
        let message = Text::of(text.as_bytes());
        assert_eq!(json().decode(data.kind(), &message), Ok(data));
    }
}
