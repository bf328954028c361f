//! Synthetic signals, for trying, testing and benchmarking pipelines.

mod cavity;
mod check;
mod gaussian;
mod generator;
mod sensors;
mod tone;
mod waveform;

use super::pace::{Pace, Pacer};
use crate::config::Place;
use crate::data::{Kind, Stream};
use crate::part::{Context, Source, SourcePlan};
use cavity::Cavity;
use generator::Generator;
use passband_signal::{Duration, Fault, Hertz, Level, Result, Share, Span};
use sensors::Sensors;
use tone::Tone;

crate::settings! {
    /// Generates a synthetic signal.
    ///
    /// Every sample depends on its index alone, so the same settings give the same signal, whatever the block size.
    /// `cavity` is I/Q in an endless sequence of files, each a recording numbered from 0. `sensors` generates readings as
    /// they arrive over a network; their bytes are JSON with `key`, `ts`, `value` and `id`.
    pub struct Simulate {
        /// The kind of signal.
        signal: Signal = "tones",
        /// Sample rate.
        rate: Hertz = "44.1 kHz",
        /// Number of channels.
        channels: u32 = "2",
        /// Samples per channel in a block.
        block: Span = "256 samples",
        /// For tones: one frequency per channel, repeated if there are more channels.
        frequencies: Vec<Hertz> = "440 Hz, 1 kHz",
        /// Level of each channel: the peak of a tone, the standard deviation of noise.
        level: Level = "-6.0206 dBFS",
        /// For cavity: the frequency at 0 Hz, that of the local oscillator.
        centre: Hertz = "10.4 GHz",
        /// For cavity: the resonance frequency. Default: the centre.
        resonance: Option<Hertz>,
        /// For cavity: the full width of the resonance at half height. Default: a tenth of the rate.
        width: Option<Hertz>,
        /// For cavity: the additional noise at the resonance, relative to the noise far from it.
        height: f64 = "1",
        /// For cavity: the frequency of a weak line. Default: no line.
        line: Option<Hertz>,
        /// For cavity: the power of the line in its bin of a scan of 3072 samples, relative to the noise there. In the mean of
        /// N scans, a line in the middle of a bin has an excess of this times √N σ.
        line_strength: f64 = "0.02",
        /// For cavity: samples of I, and of Q, per file.
        file: Span = "8389632 samples",
        /// For cavity: number of files. Default: as given by `duration`, or until stopped.
        files: Option<u64>,
        /// For sensors: number of sensors, named Sensor1, Sensor2 and so on.
        sensors: u32 = "5",
        /// For sensors: the interval between two readings of a sensor. Sensors are offset evenly.
        every: Duration = "1 s",
        /// For sensors: number of readings. Default: as given by `duration`, or until stopped.
        readings: Option<u64>,
        /// For sensors: share of readings that arrive out of order, with a delay of up to `delay`.
        disorder: Share = "0",
        /// For sensors: maximum delay of readings that are out of order, and of duplicates.
        delay: Duration = "800 ms",
        /// For sensors: share of readings that arrive late, with a delay of `late_by` to twice that.
        late: Share = "0",
        /// For sensors: minimum delay of a late reading.
        late_by: Duration = "30 s",
        /// For sensors: share of readings that arrive twice, with the same `id`.
        doubled: Share = "0",
        /// For sensors: share of readings whose bytes are truncated to half, as seen by a reader of the topic they are sent to.
        broken: Share = "0",
        /// For sensors: share of readings that are too high by 25.
        spikes: Share = "0.1 %",
        /// The duration. Default: until stopped.
        duration: Option<Duration>,
        /// The pace of the signal.
        pace: Pace = "real time",
        /// Share of blocks, or of sensors' readings, that are omitted, chosen by the seed.
        gaps: Share = "0",
        /// The seed of noise and gaps.
        seed: u64 = "1",
        /// The name of the stream.
        name: String = "simulated",
        /// The start of the recording, in µs since 1970; for cavity, of its first file. Default: now.
        recording: Option<i64>,
    }
}

crate::choice! {
    /// Kinds of signal.
    pub enum Signal {
        /// A sine on each channel.
        Tones = "tones",
        /// A sine that rises from 20 Hz to 20 kHz (or to the Nyquist frequency) in ten seconds, repeatedly.
        Chirp = "chirp",
        /// White Gaussian noise.
        Noise = "noise",
        /// Zeros.
        Silence = "silence",
        /// A tune on the left, a chirp on the right, and a little noise.
        Demo = "demo",
        /// I/Q of a haloscope: Gaussian noise with the resonance of a cavity, and a weak line if one is set.
        Cavity = "cavity",
        /// Readings of sensors: slow drift, noise, and rare spikes.
        Sensors = "sensors",
    }
}

impl SourcePlan for Simulate {
    fn gives(&self) -> Kind {
        if self.signal == Signal::Sensors { Kind::Readings } else { Kind::Samples }
    }
    fn value_names(&self) -> Vec<String> {
        if self.signal == Signal::Sensors { vec!["value".into()] } else { vec![] }
    }
    fn ends(&self) -> bool {
        if self.signal == Signal::Sensors { self.count().is_some() } else { self.length().is_some() }
    }
    fn resumes(&self) -> bool {
        // readings are reproduced only if they have the same times
        self.signal == Signal::Cavity || self.signal == Signal::Sensors && self.recording.is_some()
    }
    fn check(&self, place: &Place, faults: &mut Vec<Fault>) {
        self.check_settings(place, faults);
    }
    fn open(&self, context: &Context) -> Result<Box<dyn Source>> {
        if self.signal == Signal::Sensors {
            return Ok(Box::new(Sensors::new(self, &context.control)));
        }
        let settings = self.clone();
        Ok(Box::new(Generator {
            stream: Stream::from(self.name.as_str()),
            began: self.recording,
            cavity: (self.signal == Signal::Cavity).then(|| Cavity::new(self)),
            file: self.file.samples(self.rate).max(1),
            length: self.length(),
            block: self.block.samples(self.rate),
            pacer: Pacer::new(self.pace, &context.control),
            index: 0,
            resumed: 0,
            tones: self.frequencies.iter().map(|f| Tone::new(f.0 / self.rate.0, self.level.0)).collect(),
            settings,
        }))
    }
}

impl Simulate {
    /// Total number of samples, if there is an end.
    fn length(&self) -> Option<u64> {
        let lasts = self.duration.map(|d| (d.0 * self.rate.0).round() as u64);
        let files = self.files.filter(|_| self.signal == Signal::Cavity);
        let files = files.map(|files| files.saturating_mul(self.file.samples(self.rate)));
        lasts.into_iter().chain(files).min()
    }
    /// Total number of readings, if there is an end.
    fn count(&self) -> Option<u64> {
        let each = |lasts: f64| (lasts / self.every.0).ceil() as u64;
        let lasts = self.duration.map(|lasts| each(lasts.0).saturating_mul(u64::from(self.sensors)));
        lasts.into_iter().chain(self.readings).min()
    }
    fn resonance_hz(&self) -> f64 {
        self.resonance.unwrap_or(self.centre).0
    }
    fn width_hz(&self) -> f64 {
        self.width.map_or(self.rate.0 / 10.0, |width| width.0)
    }
}
