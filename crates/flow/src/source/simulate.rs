//! Synthetic signals, for trying, testing and benchmarking pipelines.

mod cavity;
mod gaussian;
mod sensors;

use super::pace::{Pace, Pacer};
use crate::config::Place;
use crate::data::{Data, Input, Kind, Origin, Positions, Stream};
use crate::part::{Context, Source, SourcePlan, Turn};
use cavity::Cavity;
use passband_signal::{Block, Duration, Fault, Hertz, Level, Result, Share, SignalSpec, Span, now};
use sensors::Sensors;
use std::f64::consts::TAU;

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

/// Settings of the signal `cavity`.
const CAVITY: [&str; 8] =
    ["centre", "resonance", "width", "height", "line", "line_strength", "file", "files"];
/// Settings of the signal `sensors`.
const SENSORS: [&str; 10] =
    ["sensors", "every", "readings", "disorder", "delay", "late", "late_by", "doubled", "broken", "spikes"];

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
        if self.channels == 0 || self.channels > 1024 {
            faults
                .push(place.fault("channels", format!("is {}", self.channels)).fix("set it from 1 to 1024"));
        }
        if self.rate.0 <= 0.0 {
            faults.push(place.fault("rate", "is 0 Hz").fix("set it to a rate such as \"48 kHz\""));
        } else if self.block.samples(self.rate) == 0 {
            faults.push(place.fault("block", "is 0 samples").fix("set it to at least 1 sample"));
        }
        if self.frequencies.is_empty() {
            faults.push(place.fault("frequencies", "is empty").fix("name at least one, such as \"440 Hz\""));
        }
        for f in self.frequencies.iter().filter(|f| f.0 > self.rate.0 / 2.0) {
            let fault = place.fault("frequencies", format!("has {f}, above half the rate of {}", self.rate));
            faults.push(
                fault
                    .why("it would appear as another frequency")
                    .fix("set a lower frequency or a higher rate"),
            );
        }
        self.check_signal(place, faults);
        if self.signal == Signal::Cavity {
            self.check_cavity(place, faults);
        }
        if self.signal == Signal::Sensors && !(1..=10_000_000).contains(&self.sensors) {
            let fault = place.fault("sensors", format!("is {}", self.sensors));
            faults.push(fault.fix("set it from 1 to 10000000"));
        }
        if self.signal == Signal::Sensors && self.every.0 < 1e-6 {
            faults.push(place.fault("every", "is less than 1 µs").fix("set it to a time such as \"1 s\""));
        }
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

    /// Reports settings of other signals.
    fn check_signal(&self, place: &Place, faults: &mut Vec<Fault>) {
        let idle: [(bool, &[&str], &str); 4] = [
            (self.signal == Signal::Tones, &["frequencies"], "it applies to signal = \"tones\" only"),
            (self.signal == Signal::Cavity, &CAVITY, "it applies to signal = \"cavity\" only"),
            (self.signal == Signal::Sensors, &SENSORS, "it applies to signal = \"sensors\" only"),
            (
                self.signal != Signal::Sensors,
                &["rate", "channels", "block", "level"],
                "sensors have no samples",
            ),
        ];
        for (_, keys, why) in idle.into_iter().filter(|(used, ..)| !used) {
            place.without_effect(keys, why, faults);
        }
    }
    fn check_cavity(&self, place: &Place, faults: &mut Vec<Fault>) {
        if self.channels != 2 {
            let fault = place.fault("channels", format!("is {}", self.channels));
            faults.push(fault.why("a cavity always has I and Q").fix("remove it"));
        }
        if self.file.samples(self.rate) == 0 {
            faults.push(place.fault("file", "is 0 samples").fix("set it to at least 1 sample"));
        }
        if !(self.width_hz() > 0.0 && self.width_hz() < self.rate.0) {
            let fault =
                place.fault("width", format!("is {} at a rate of {}", Hertz(self.width_hz()), self.rate));
            faults.push(fault.fix("set it above 0 and below the rate"));
        }
        for (key, value) in [("height", self.height), ("line_strength", self.line_strength)] {
            if value < 0.0 {
                faults.push(place.fault(key, format!("is {value}, below 0")).fix("set it to 0 or more"));
            }
        }
        for (key, f) in [("resonance", Some(self.resonance_hz())), ("line", self.line.map(|line| line.0))] {
            if let Some(f) = f.filter(|f| (f - self.centre.0).abs() > self.rate.0 / 2.0) {
                let what = format!(
                    "is {}, more than half the rate from the centre frequency {}",
                    Hertz(f),
                    self.centre
                );
                faults.push(place.fault(key, what).fix("set a nearer frequency, or a higher rate"));
            }
        }
    }
}

struct Generator {
    settings: Simulate,
    /// For tones, by channel.
    tones: Vec<Tone>,
    cavity: Option<Cavity>,
    /// For cavity, samples per file.
    file: u64,
    stream: Stream,
    /// When it began: with its first block, since opening the sinks takes time.
    began: Option<i64>,
    length: Option<u64>,
    block: u64,
    pacer: Pacer,
    index: u64,
    /// The index of the first sample after a resume.
    resumed: u64,
}

impl Generator {
    /// Generates one block, unless it is a gap; returns its number of samples over all channels: 0 at the end.
    fn block(&mut self, batch: &mut Vec<Input>) -> usize {
        let s = &self.settings;
        let (rate, channels, index) = (s.rate.0, s.channels as usize, self.index);
        // all signals except cavity are one endless recording
        let (file, within) =
            if self.cavity.is_some() { (index / self.file, index % self.file) } else { (0, index) };
        let whole = self.cavity.as_ref().map_or(u64::MAX, |_| self.file - within).min(self.block);
        let frames = self.length.map_or(whole, |all| whole.min(all - index.min(all)));
        let end = index + frames;
        if frames == 0 {
            return 0;
        }
        let number = file * self.blocks_in_file() + within / self.block;
        let micros = |samples: u64| (samples as f64 * 1e6 / rate).round() as i64;
        let began = *self.began.get_or_insert_with(|| now() - micros(index));
        // a block is due at the time of its last sample
        self.pacer.wait((end - self.resumed) as f64 / rate);
        let there = s.gaps.0 == 0.0 || uniform(s.seed, u64::MAX, number) >= s.gaps.0;
        let mut samples = Vec::with_capacity(frames as usize * channels);
        match &mut self.cavity {
            // skipped samples are generated too, since later ones depend on them
            Some(cavity) => cavity.extend(file, index, frames as usize, &mut samples),
            None if there => (0..channels).for_each(|c| match s.signal {
                Signal::Tones => self.tones[c % self.tones.len()].extend(index..end, &mut samples),
                _ => samples.extend((index..end).map(|i| s.sample(c as u32, i))),
            }),
            None => {}
        }
        if there {
            let (spec, recording, of) = match self.cavity {
                Some(_) => (SignalSpec::iq(s.rate, s.centre), file as i64, self.file),
                None => (SignalSpec::real(s.rate, channels), began, 0),
            };
            let block = Block { spec, recording, index: within, time: began + micros(index), of, samples };
            let origin = Origin { shard: 0, offset: number as i64 };
            batch.push(Input::Datum(self.stream.clone(), origin, Data::Samples(block)));
        }
        self.index = end;
        frames as usize * channels
    }

    fn blocks_in_file(&self) -> u64 {
        self.file.div_ceil(self.block)
    }
}

impl Source for Generator {
    fn next(&mut self, batch: &mut Vec<Input>) -> Result<Turn> {
        let mut samples = 0;
        loop {
            match self.block(batch) {
                0 => return Ok(Turn::End),
                n => samples += n,
            }
            if self.pacer.enough(samples) {
                return Ok(Turn::More);
            }
        }
    }

    fn resume(&mut self, positions: &Positions) -> Result<()> {
        let in_file = self.blocks_in_file();
        if let (Some(cavity), Some(position)) = (&mut self.cavity, positions.get(&0)) {
            let number = position.offset.max(0) as u64;
            let (file, within) = (number / in_file, number % in_file * self.block);
            (self.index, self.resumed) = (file * self.file, file * self.file + within);
            // generates the preceding noise of the file, since each sample depends on the previous one
            let mut skipped = vec![];
            while self.index < self.resumed {
                let frames = (self.resumed - self.index).min(1 << 16);
                skipped.clear();
                cavity.extend(file, self.index, frames as usize, &mut skipped);
                self.index += frames;
            }
        }
        Ok(())
    }

    fn progress(&self) -> Option<(u64, u64)> {
        self.length.map(|all| (self.index, all))
    }
}

/// A sine, generated in segments: `sin(a + b) = sin a · cos b + cos a · sin b`, where a is the phase at the first sample
/// of the segment, and b, the same in every segment, is precomputed. Computing a sine per sample would cost as much as
/// the spectrum.
struct Tone {
    turns_per_sample: f64,
    level: f64,
    within: [(f64, f64); STRETCH as usize],
}

/// Samples per segment; segments start at multiples of it, so that a sample depends on its index alone.
const STRETCH: u64 = 256;

impl Tone {
    fn new(turns_per_sample: f64, level: f64) -> Self {
        let within = std::array::from_fn(|i| phase(i as u64, turns_per_sample).sin_cos());
        Self { turns_per_sample, level, within }
    }

    fn extend(&self, range: std::ops::Range<u64>, samples: &mut Vec<f32>) {
        let mut index = range.start;
        while index < range.end {
            let first = index - index % STRETCH;
            let end = range.end.min(first + STRETCH);
            let (sine, cosine) = phase(first, self.turns_per_sample).sin_cos();
            let (sine, cosine) = (self.level * sine, self.level * cosine);
            let within = &self.within[(index - first) as usize..(end - first) as usize];
            samples.extend(within.iter().map(|(s, c)| (sine * c + cosine * s) as f32));
            index = end;
        }
    }
}

/// The phase of a sample. Whole turns are removed first, so that it stays exact after hours.
fn phase(index: u64, turns_per_sample: f64) -> f64 {
    TAU * (index as f64 * turns_per_sample).fract()
}

impl Simulate {
    /// A sample of any signal except tones and cavity.
    fn sample(&self, channel: u32, index: u64) -> f32 {
        let (level, t) = (self.level.0, index as f64 / self.rate.0);
        let value = match self.signal {
            Signal::Tones | Signal::Silence | Signal::Cavity | Signal::Sensors => 0.0,
            Signal::Chirp => level * self.chirp(t),
            Signal::Noise => level * self.noise(channel, index),
            Signal::Demo => {
                let voice = if channel.is_multiple_of(2) { tune(t) } else { 0.5 * self.chirp(t) };
                level * (voice + 0.002 * self.noise(channel, index))
            }
        };
        value as f32
    }

    /// Exponential sweep (Farina 2000): each octave takes the same time.
    fn chirp(&self, t: f64) -> f64 {
        let (low, high, length) = (20.0, (self.rate.0 * 0.45).min(20_000.0), 10.0);
        let (t, k) = (t % length, f64::ln(high / low));
        (TAU * low * length / k * ((t / length * k).exp() - 1.0)).sin()
    }

    /// Gaussian noise by the Box-Muller transform (1958), from the index alone.
    fn noise(&self, channel: u32, index: u64) -> f64 {
        let [a, b] = [0, 1].map(|i| uniform(self.seed, u64::from(channel) * 2 + i, index));
        (-2.0 * (1.0 - a).ln()).sqrt() * (TAU * b).cos()
    }
}

/// A note every 400 ms with three overtones, each fading.
fn tune(t: f64) -> f64 {
    const NOTES: [f64; 8] = [0.0, 4.0, 7.0, 12.0, 16.0, 12.0, 7.0, 4.0]; // semitones above A3
    let note = NOTES[(t / 0.4) as usize % NOTES.len()];
    let (frequency, age) = (220.0 * 2f64.powf(note / 12.0), t % 0.4);
    let attack = (age / 0.01).min(1.0);
    let overtones = (1..=4).map(|n| (TAU * frequency * f64::from(n) * age).sin() / f64::from(n * n));
    attack * (-age * 5.0).exp() * overtones.sum::<f64>()
}

/// SplitMix64 (Steele, Lea and Flood 2014) of seed, row and index, as a number in [0, 1).
fn uniform(seed: u64, row: u64, index: u64) -> f64 {
    let mut z = seed
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .wrapping_add(row.wrapping_mul(0xd1b5_4a32_d192_ed03))
        .wrapping_add((index + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_has_the_level_of_the_setting() {
        let noise = Simulate { signal: Signal::Noise, level: Level(0.25), ..Simulate::default() };
        let samples: Vec<f64> = (0..100_000).map(|i| f64::from(noise.sample(1, i))).collect();
        let mean = samples.iter().sum::<f64>() / 1e5;
        let deviation = (samples.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 1e5).sqrt();
        assert!(mean.abs() < 0.003 && (deviation - 0.25).abs() < 0.003, "{mean} {deviation}");
    }

    fn tone(range: std::ops::Range<u64>) -> Vec<f32> {
        let mut samples = vec![];
        Tone::new(440.0 / 44_100.0, 0.5).extend(range, &mut samples);
        samples
    }

    #[test]
    fn a_tone_stays_exact_after_a_day() {
        let (early, late) = (tone(0..1000), tone(44_100 * 86_400..44_100 * 86_400 + 1000));
        for (i, (early, late)) in early.iter().zip(&late).enumerate() {
            let sine = 0.5 * (TAU * 440.0 * i as f64 / 44_100.0).sin() as f32;
            assert!((early - sine).abs() < 1e-6 && (early - late).abs() < 1e-5, "{i}: {early} {late} {sine}");
        }
    }

    #[test]
    fn a_tone_does_not_depend_on_the_block_size() {
        let parts = [0..1, 1..255, 255..700, 700..1000].map(tone);
        assert_eq!(parts.concat(), tone(0..1000));
    }
}
