//! Reads samples from the sound card: the output of the speakers, or a microphone.

use crate::config::Place;
use crate::data::{Data, Input, Kind, Origin, Stream};
use crate::part::{Context, Control, Source, SourcePlan, Turn};
use passband_signal::sound::{Capture, CaptureOptions, DeviceChoice};
use passband_signal::{Block, Fault, Hertz, Result, Span, now};
use std::time::Duration;

/// How long a turn waits for a block.
const WAIT: Duration = Duration::from_millis(50);

crate::settings! {
    /// Records the output of the speakers, or a microphone.
    ///
    /// On Linux, it uses PulseAudio or PipeWire. `passband devices` lists the devices. Samples that the sound server lost
    /// are a gap in the index.
    pub struct SoundCard {
        /// `loopback` for the output of the speakers, `microphone`, or a name listed by `passband devices`.
        device: String = "loopback",
        /// Sample rate. Default: that of the device.
        rate: Option<Hertz>,
        /// Number of channels. Default: that of the device.
        channels: Option<u32>,
        /// Samples per channel in a block.
        block: Span = "256 samples",
        /// The name of the stream. Default: that of the device.
        name: Option<String>,
    }
}

impl SourcePlan for SoundCard {
    fn gives(&self) -> Kind {
        Kind::Samples
    }
    fn check(&self, place: &Place, faults: &mut Vec<Fault>) {
        if self.channels == Some(0) {
            faults.push(place.fault("channels", "is 0").fix("set it to 1 or more, or remove it"));
        }
        if self.block == Span::Samples(0) {
            faults.push(place.fault("block", "is 0 samples").fix("set it to at least 1 sample"));
        }
        if self.rate.is_some_and(|rate| rate.0 < 1.0) {
            faults.push(place.fault("rate", "is below 1 Hz").fix("set it to a rate such as \"44.1 kHz\""));
        }
    }

    fn open(&self, context: &Context) -> Result<Box<dyn Source>> {
        let device = match self.device.as_str() {
            "loopback" => DeviceChoice::Loopback,
            "microphone" => DeviceChoice::Microphone,
            name => DeviceChoice::Named(name.to_owned()),
        };
        // a block given as a time needs a rate; if that of the device is unknown, a usual one is sufficient
        let frames = self.block.samples(self.rate.unwrap_or(Hertz(48_000.0))).clamp(1, 1 << 20);
        let options = CaptureOptions {
            device,
            rate: self.rate,
            channels: self.channels.map(|n| n as usize),
            frames_per_block: frames as usize,
        };
        let capture = Capture::open(&options)?;
        let name = self.name.clone().unwrap_or_else(|| capture.device().name.clone());
        context.control.note(|| format!("recording {} at {}", capture.device().name, capture.spec().rate));
        Ok(Box::new(Recorder {
            capture,
            stream: Stream::from(name),
            recording: now(),
            index: 0,
            blocks: 0,
            interleaved: vec![],
            control: context.control.clone(),
        }))
    }
}

struct Recorder {
    capture: Capture,
    stream: Stream,
    recording: i64,
    index: u64,
    blocks: i64,
    interleaved: Vec<f32>,
    control: Control,
}

impl Source for Recorder {
    fn next(&mut self, batch: &mut Vec<Input>) -> Result<Turn> {
        let Some(captured) = self.capture.read(&mut self.interleaved, WAIT)? else { return Ok(Turn::More) };
        if captured.lost > 0 {
            self.control.note(|| format!("the sound server lost {} samples", captured.lost));
        }
        self.index += captured.lost;
        let spec = self.capture.spec();
        let channel = |c| self.interleaved.iter().skip(c).step_by(spec.channels).copied();
        let samples = (0..spec.channels).flat_map(channel).collect();
        let block =
            Block { spec, recording: self.recording, index: self.index, time: captured.time, of: 0, samples };
        self.index += captured.frames as u64;
        let origin = Origin { shard: 0, offset: self.blocks };
        self.blocks += 1;
        batch.push(Input::Datum(self.stream.clone(), origin, Data::Samples(block)));
        Ok(Turn::More)
    }
}
