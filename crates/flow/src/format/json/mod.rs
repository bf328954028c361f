//! JSON: one object a message; in a file, a line a datum, and for spectra a line a frame and channel.

mod results;

use super::Format;
use crate::data::{Band, Data, Kind, Sides, Spectrum};
use crate::part::FormatPlan;
use passband_dsp::spectrum::Scale;
use passband_signal::{Block, Fault, Hertz, Result, SignalSpec};
use serde::{Deserialize, Serialize};

crate::settings! {
    /// JSON. On Kafka each message is one object with the fields of the Avro schema.
    ///
    /// In a file it is NDJSON: for samples a line a block; for spectra a line a frame and channel with `start`,
    /// `channel`, `time`, `rate`, `length`, `scale` and `values`; every other kind is a line a datum. What is no
    /// number (NaN, an infinity) stands as null in results.
    pub struct Json {}
}

#[derive(Serialize, Deserialize)]
struct Samples {
    recording: i64,
    index: u64,
    time: i64,
    rate: f64,
    channels: Vec<Vec<f32>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    centre: Option<f64>,
    #[serde(default, skip_serializing_if = "is_default")]
    of: u64,
}

#[derive(Serialize, Deserialize)]
struct Message {
    recording: i64,
    start: u64,
    time: i64,
    rate: f64,
    length: u64,
    hop: u64,
    scale: String,
    channels: Vec<Vec<f32>>,
    #[serde(default = "one", skip_serializing_if = "is_one")]
    sides: String,
    #[serde(default, skip_serializing_if = "is_default")]
    centre: f64,
}

#[derive(Serialize)]
struct Line<'a> {
    start: u64,
    channel: usize,
    time: i64,
    rate: f64,
    length: u64,
    scale: &'a str,
    #[serde(skip_serializing_if = "is_one")]
    sides: &'a str,
    #[serde(skip_serializing_if = "is_default")]
    centre: f64,
    values: &'a [f32],
}

// what spectra of a real signal and samples without a centre do not say

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

fn is_one(sides: &impl AsRef<str>) -> bool {
    sides.as_ref() == one()
}

fn one() -> String {
    name(Sides::One).into()
}

const SIDES: [(Sides, &str); 3] =
    [(Sides::One, "one"), (Sides::Centred, "centred"), (Sides::FromZero, "from_zero")];

fn name(sides: Sides) -> &'static str {
    SIDES.iter().find(|(known, _)| *known == sides).map_or("one", |(_, name)| name)
}

fn band(sides: &str, centre: f64) -> Result<Band, String> {
    let known = SIDES.iter().find(|(_, name)| *name == sides);
    let (sides, _) = known
        .ok_or_else(|| format!("there is no order of bins \"{sides}\"; there are one, centred, from_zero"))?;
    Ok(Band { sides: *sides, centre: Hertz(centre) })
}

impl FormatPlan for Json {
    fn open(self) -> Box<dyn Format> {
        Box::new(self)
    }
}

impl Format for Json {
    fn encode(&mut self, data: &Data, out: &mut Vec<u8>) -> Result<()> {
        match data {
            Data::Statistics(statistics) => write(&results::Statistics::from(&**statistics), out),
            Data::Run(run) => write(&results::Run::from(&**run), out),
            Data::Lines(lines) => write(&results::Lines::from(&**lines), out),
            Data::Noise(noise) => write(&results::Noise::from(noise), out),
            Data::Samples(b) => {
                let channels = (0..b.spec.channels).map(|c| b.channel(c).to_vec()).collect();
                let Block { recording, index, time, of, .. } = *b;
                let (rate, centre) = (b.spec.rate.0, b.spec.centre.map(|centre| centre.0));
                write(&Samples { recording, index, time, rate, channels, centre, of }, out)
            }
            Data::Spectrum(s) => {
                let channels = (0..s.channels).map(|c| s.channel(c).to_vec()).collect();
                let Spectrum { recording, start, time, length, hop, .. } = *s;
                let (rate, centre) = (s.rate.0, s.band.centre.0);
                let (scale, sides) = (s.scale.name().to_owned(), name(s.band.sides).to_owned());
                let message =
                    Message { recording, start, time, rate, length, hop, scale, channels, sides, centre };
                write(&message, out)
            }
        }
    }

    fn decode(&mut self, kind: Kind, message: &super::Message<'_>) -> Result<Data, String> {
        let bytes = message.bytes;
        let told = |error: serde_json::Error| format!("not the JSON of {kind}: {error}");
        Ok(match kind {
            Kind::Statistics => {
                let read: results::Statistics = serde_json::from_slice(bytes).map_err(told)?;
                Data::Statistics(Box::new(read.try_into()?))
            }
            Kind::Runs => {
                let read: results::Run = serde_json::from_slice(bytes).map_err(told)?;
                Data::Run(Box::new(read.try_into()?))
            }
            Kind::Lines => {
                let read: results::Lines = serde_json::from_slice(bytes).map_err(told)?;
                Data::Lines(Box::new(read.into()))
            }
            Kind::Noise => {
                let read: results::Noise = serde_json::from_slice(bytes).map_err(told)?;
                Data::Noise(read.into())
            }
            Kind::Samples => {
                let Samples { recording, index, time, rate, channels, centre, of } =
                    serde_json::from_slice(bytes).map_err(told)?;
                if centre.is_some() && channels.len() != 2 {
                    return Err(format!("{} channels with a centre frequency are not I/Q", channels.len()));
                }
                let centre = centre.map(Hertz);
                let spec = SignalSpec { rate: Hertz(rate), channels: channels.len(), centre };
                Data::Samples(Block { spec, recording, index, time, of, samples: even(channels)? })
            }
            Kind::Spectra => {
                let Message { recording, start, time, rate, length, hop, scale, channels, sides, centre } =
                    serde_json::from_slice(bytes).map_err(told)?;
                let (scale, band, rate) = (Scale::by_name(&scale)?, band(&sides, centre)?, Hertz(rate));
                let (channels, values) = (channels.len(), even(channels)?);
                if let Some(bins) = values.len().checked_div(channels) {
                    fits(bins, band, length)?;
                }
                Data::Spectrum(Spectrum {
                    recording,
                    start,
                    time,
                    rate,
                    length,
                    hop,
                    band,
                    scale,
                    channels,
                    values,
                })
            }
        })
    }

    fn append(&mut self, data: &Data, out: &mut Vec<u8>) -> Result<()> {
        let Data::Spectrum(s) = data else {
            self.encode(data, out)?;
            out.push(b'\n');
            return Ok(());
        };
        for channel in 0..s.channels {
            let Spectrum { start, time, length, .. } = *s;
            let (scale, values, rate) = (s.scale.name(), s.channel(channel), s.rate.0);
            let (sides, centre) = (name(s.band.sides), s.band.centre.0);
            write(&Line { start, channel, time, rate, length, scale, sides, centre, values }, out)?;
            out.push(b'\n');
        }
        Ok(())
    }
}

fn write(value: &impl Serialize, out: &mut Vec<u8>) -> Result<()> {
    serde_json::to_writer(out, value).map_err(|e| Fault::new("a result cannot be written as JSON").why(e))
}

fn fits(values: usize, band: Band, length: u64) -> Result<(), String> {
    match values == band.bins(length) {
        true => Ok(()),
        false => Err(format!("{values} values do not fit a frame of {length} samples")),
    }
}

fn even(channels: Vec<Vec<f32>>) -> Result<Vec<f32>, String> {
    if channels.iter().any(|c| c.len() != channels[0].len()) {
        return Err("the channels have different lengths".into());
    }
    Ok(channels.concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Scans, State, Statistics};
    use passband_dsp::moments::Moments;
    use passband_dsp::running::Running;

    #[test]
    fn a_message_comes_back_and_a_file_has_a_line_a_channel() {
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
        Json {}.encode(&spectrum, &mut message).unwrap();
        assert_eq!(Json {}.decode(Kind::Spectra, &super::super::Message::of(&message)), Ok(spectrum.clone()));
        Json {}.append(&spectrum, &mut file).unwrap();
        let lines = String::from_utf8(file).unwrap();
        assert!(lines.lines().nth(1).unwrap().starts_with(r#"{"start":256,"channel":1,"#), "{lines}");
        assert!(lines.contains(r#""values":[2.5,0.1]"#), "{lines}");
        assert!(
            Json {}
                .decode(Kind::Samples, &super::super::Message::of(b"{}"))
                .unwrap_err()
                .contains("recording")
        );
    }

    #[test]
    fn statistics_read_as_they_should_and_come_back() {
        let moments = Moments::resume(3, vec![1.0, f64::NAN], vec![8.0, 2.0]).unwrap();
        let mut scans = Scans::default();
        [0..2, 4..5].into_iter().for_each(|part| assert!(scans.add(part)));
        let statistics = Statistics {
            recording: 7,
            time: 9,
            rate: Hertz(8.0),
            length: 2,
            band: Band { sides: Sides::Centred, centre: Hertz(100.0) },
            scale: Scale::Density,
            of: 5,
            state: State::Incomplete,
            duplicates: 1,
            scans: scans.clone(),
            moments,
        };
        let mut bytes = vec![];
        Json {}.append(&Data::Statistics(Box::new(statistics)), &mut bytes).unwrap();
        assert_eq!(
            std::str::from_utf8(&bytes).unwrap(),
            concat!(
                r#"{"recording":7,"time":9,"rate":8.0,"length":2,"sides":"centred","centre":100.0,"#,
                r#""first":96.0,"step":4.0,"scale":"density","scans":3,"of":5,"state":"incomplete","#,
                r#""duplicates":1,"stretches":[[0,1],[4,4]],"mean":[1.0,null],"deviation":[2.0,1.0]}"#,
                "\n"
            )
        );
        let read = Json {}.decode(Kind::Statistics, &super::super::Message::of(&bytes));
        let Ok(Data::Statistics(read)) = read else { panic!("{read:?}") };
        assert_eq!((read.scans, read.moments.count(), read.state), (scans, 3, State::Incomplete));
        assert_eq!((read.moments.squares(), read.moments.mean()[0]), (&[8.0, 2.0][..], 1.0));
        let wide = String::from_utf8(bytes).unwrap().replace("[4,4]", "[4,99999999999]");
        let refused = Json {}.decode(Kind::Statistics, &super::super::Message::of(wide.as_bytes()));
        assert!(refused.unwrap_err().contains("99999999999"));
    }

    #[test]
    fn runs_lines_and_noise_come_back() {
        let line = crate::data::Line {
            bin: 1,
            frequency: Hertz(100.0),
            excess: 5.5,
            width: Hertz(4.0),
            value: 3.0,
            baseline: 2.0,
        };
        let run = crate::data::Run {
            id: "seven".into(),
            start: 1,
            end: None,
            time: 2,
            last: 3,
            incomplete: 4,
            rate: Hertz(8.0),
            length: 2,
            band: Band { sides: Sides::FromZero, centre: Hertz(100.0) },
            scale: Scale::Power,
            running: Running::resume(2, vec![1.0, 2.0], vec![0.5, 0.25]).unwrap(),
            pooled: Moments::resume(4, vec![1.5, 2.5], vec![3.0, 12.0]).unwrap(),
        };
        let lines = crate::data::Lines {
            run: Some("seven".into()),
            recording: 3,
            time: 2,
            scans: 4,
            threshold: 5.0,
            expected: 0.01,
            scatter: 1.0,
            lines: vec![line],
        };
        let noise =
            crate::data::Noise { run: None, time: 2, scans: 4, sigma: 0.5, expected: 0.5, slope: Some(-0.5) };
        for (data, holds) in [
            (Data::Run(Box::new(run)), r#""pooled_deviation":[1.0,2.0],"standard_error":[0.5,1.0]}"#),
            (Data::Lines(Box::new(lines)), r#""lines":[{"frequency":100.0,"excess":5.5,"width":4.0,"#),
            (Data::Noise(noise), r#""sigma":0.5,"expected":0.5,"slope":-0.5}"#),
        ] {
            let mut bytes = vec![];
            Json {}.encode(&data, &mut bytes).unwrap();
            let text = String::from_utf8(bytes).unwrap();
            assert!(text.contains(holds), "{text}");
            let message = super::super::Message::of(text.as_bytes());
            assert_eq!(Json {}.decode(data.kind(), &message), Ok(data));
        }
    }
}
