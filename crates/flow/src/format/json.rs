//! JSON: one object a message; in a file, a line a datum, and for spectra a line a frame and channel.

use super::Format;
use crate::data::{Data, Kind, Spectrum};
use crate::part::FormatPlan;
use passband_dsp::spectrum::Scale;
use passband_signal::{Block, Fault, Hertz, Result, SignalSpec};
use serde::{Deserialize, Serialize};

crate::settings! {
    /// JSON. On Kafka each message is one object with the fields of the Avro schema.
    ///
    /// In a file it is NDJSON: for samples a line a block; for spectra a line a frame and channel with `start`,
    /// `channel`, `time`, `rate`, `length`, `scale` and `values`.
    pub struct Json {}
}

#[derive(Serialize, Deserialize)]
struct Samples {
    recording: i64,
    index: u64,
    time: i64,
    rate: f64,
    channels: Vec<Vec<f32>>,
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
}

#[derive(Serialize)]
struct Line<'a> {
    start: u64,
    channel: usize,
    time: i64,
    rate: f64,
    length: u64,
    scale: &'a str,
    values: &'a [f32],
}

impl FormatPlan for Json {
    fn open(self) -> Box<dyn Format> {
        Box::new(self)
    }
}

impl Format for Json {
    fn encode(&mut self, data: &Data, out: &mut Vec<u8>) -> Result<()> {
        match data {
            Data::Samples(b) => {
                let channels = (0..b.spec.channels).map(|c| b.channel(c).to_vec()).collect();
                let Block { recording, index, time, .. } = *b;
                write(&Samples { recording, index, time, rate: b.spec.rate.0, channels }, out)
            }
            Data::Spectrum(s) => {
                let channels = (0..s.channels).map(|c| s.channel(c).to_vec()).collect();
                let Spectrum { recording, start, time, length, hop, .. } = *s;
                let scale = s.scale.name().to_owned();
                write(&Message { recording, start, time, rate: s.rate.0, length, hop, scale, channels }, out)
            }
        }
    }

    fn decode(&mut self, kind: Kind, bytes: &[u8]) -> Result<Data, String> {
        let told = |error: serde_json::Error| format!("not the JSON of {kind}: {error}");
        match kind {
            Kind::Samples => {
                let Samples { recording, index, time, rate, channels } =
                    serde_json::from_slice(bytes).map_err(told)?;
                let spec = SignalSpec { rate: Hertz(rate), channels: channels.len() };
                Ok(Data::Samples(Block { spec, recording, index, time, samples: even(channels)? }))
            }
            Kind::Spectra => {
                let Message { recording, start, time, rate, length, hop, scale, channels } =
                    serde_json::from_slice(bytes).map_err(told)?;
                let (count, scale) = (channels.len(), Scale::by_name(&scale)?);
                let (rate, values) = (Hertz(rate), even(channels)?);
                Ok(Data::Spectrum(Spectrum {
                    recording,
                    start,
                    time,
                    rate,
                    length,
                    hop,
                    scale,
                    channels: count,
                    values,
                }))
            }
        }
    }

    fn append(&mut self, data: &Data, out: &mut Vec<u8>) -> Result<()> {
        let Data::Spectrum(s) = data else {
            self.encode(data, out)?;
            out.push(b'\n');
            return Ok(());
        };
        for channel in 0..s.channels {
            let Spectrum { start, time, length, .. } = *s;
            let (scale, values) = (s.scale.name(), s.channel(channel));
            write(&Line { start, channel, time, rate: s.rate.0, length, scale, values }, out)?;
            out.push(b'\n');
        }
        Ok(())
    }
}

fn write(value: &impl Serialize, out: &mut Vec<u8>) -> Result<()> {
    serde_json::to_writer(out, value).map_err(|e| Fault::new("a result cannot be written as JSON").why(e))
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

    #[test]
    fn a_message_comes_back_and_a_file_has_a_line_a_channel() {
        let spectrum = Data::Spectrum(Spectrum {
            recording: 1,
            start: 256,
            time: 9,
            rate: Hertz(8.0),
            length: 2,
            hop: 1,
            scale: Scale::Magnitude,
            channels: 2,
            values: vec![0.5, 1.5, 2.5, 0.1],
        });
        let (mut message, mut file) = (vec![], vec![]);
        Json {}.encode(&spectrum, &mut message).unwrap();
        assert_eq!(Json {}.decode(Kind::Spectra, &message), Ok(spectrum.clone()));
        Json {}.append(&spectrum, &mut file).unwrap();
        let lines = String::from_utf8(file).unwrap();
        assert!(lines.lines().nth(1).unwrap().starts_with(r#"{"start":256,"channel":1,"#), "{lines}");
        assert!(lines.contains(r#""values":[2.5,0.1]"#), "{lines}");
        assert!(Json {}.decode(Kind::Samples, b"{}").unwrap_err().contains("recording"));
    }
}
