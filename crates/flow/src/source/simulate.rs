//! Signals made by formula: to try a pipeline, to test it, and to measure it.

use super::pace::{Pace, Pacer};
use crate::config::Place;
use crate::data::{Data, Input, Kind, Origin, Stream};
use crate::engine::Context;
use crate::part::{Source, SourcePlan, Turn};
use passband_signal::{Block, Duration, Fault, Hertz, Level, Result, Share, SignalSpec, Span, now};
use std::f64::consts::TAU;

crate::settings! {
    /// A signal made by formula.
    ///
    /// Every sample depends on its index alone, so that the same settings give the same signal, whatever the blocks.
    pub struct Simulate {
        /// What kind of signal.
        signal: Signal = "tones",
        /// Sample rate.
        rate: Hertz = "44.1 kHz",
        /// Channels.
        channels: u32 = "2",
        /// Samples of each channel in a block.
        block: Span = "256 samples",
        /// For tones: their frequencies. Channel by channel, beginning anew when there are more channels.
        frequencies: Vec<Hertz> = "440 Hz, 1 kHz",
        /// Level of the signal, each channel: the peak of a tone, the standard deviation of noise.
        level: Level = "-6.0206 dBFS",
        /// How long it lasts; without it, until stopped.
        duration: Option<Duration>,
        /// How fast it comes.
        pace: Pace = "real time",
        /// Share of blocks left out, chosen by the seed.
        gaps: Share = "0",
        /// Chooses the noise and the gaps.
        seed: u64 = "1",
        /// The name of the stream.
        name: String = "simulated",
        /// When the recording begins, in µs since 1970; now, if not given.
        recording: Option<i64>,
    }
}

crate::choice! {
    /// Kinds of signal.
    pub enum Signal {
        /// A sine on each channel.
        Tones = "tones",
        /// A sine that rises from 20 Hz to 20 kHz (or to the highest the rate allows) in ten seconds, again and again.
        Chirp = "chirp",
        /// White Gaussian noise.
        Noise = "noise",
        /// Nothing but zeros.
        Silence = "silence",
        /// A small tune on the left, a chirp on the right, and a breath of noise.
        Demo = "demo",
    }
}

impl SourcePlan for Simulate {
    fn gives(&self) -> Kind {
        Kind::Samples
    }
    fn ends(&self) -> bool {
        self.duration.is_some()
    }
    fn check(&self, place: &Place, faults: &mut Vec<Fault>) {
        if self.channels == 0 || self.channels > 1024 {
            faults
                .push(place.fault("channels", format!("is {}", self.channels)).fix("set it from 1 to 1024"));
        }
        if self.rate.0 <= 0.0 {
            faults.push(place.fault("rate", "is 0 Hz").fix("set it to a rate such as \"48 kHz\""));
        } else if self.block.samples(self.rate) == 0 {
            faults.push(place.fault("block", "is 0 samples").fix("give it at least 1 sample"));
        }
        if self.frequencies.is_empty() {
            faults.push(place.fault("frequencies", "is empty").fix("name at least one, such as \"440 Hz\""));
        }
        for f in self.frequencies.iter().filter(|f| f.0 > self.rate.0 / 2.0) {
            let fault = place.fault("frequencies", format!("has {f}, above half the rate of {}", self.rate));
            faults.push(
                fault.why("it would appear as another frequency").fix("choose a lower one or a higher rate"),
            );
        }
    }

    fn open(&self, context: &Context) -> Result<Box<dyn Source>> {
        let settings = self.clone();
        Ok(Box::new(Generator {
            stream: Stream::from(self.name.as_str()),
            recording: self.recording.unwrap_or_else(now),
            length: self.duration.map(|d| (d.0 * self.rate.0).round() as u64),
            block: self.block.samples(self.rate),
            pacer: Pacer::new(self.pace, &context.control),
            index: 0,
            settings,
        }))
    }
}

struct Generator {
    settings: Simulate,
    stream: Stream,
    recording: i64,
    length: Option<u64>,
    block: u64,
    pacer: Pacer,
    index: u64,
}

impl Source for Generator {
    fn next(&mut self, batch: &mut Vec<Input>) -> Result<Turn> {
        let rate = self.settings.rate.0;
        let frames = self.length.map_or(self.block, |all| self.block.min(all - self.index.min(all)));
        if frames == 0 {
            return Ok(Turn::End);
        }
        // a block is there when its last sample is
        self.pacer.wait((self.index + frames) as f64 / rate);
        let s = &self.settings;
        if s.gaps.0 == 0.0 || uniform(s.seed, u64::MAX, self.index / self.block) >= s.gaps.0 {
            let time = self.recording + (self.index as f64 * 1e6 / rate).round() as i64;
            let samples =
                (0..s.channels).flat_map(|c| (self.index..self.index + frames).map(move |i| s.sample(c, i)));
            let spec = SignalSpec { rate: s.rate, channels: s.channels as usize };
            let block = Block {
                spec,
                recording: self.recording,
                index: self.index,
                time,
                samples: samples.collect(),
            };
            let origin = Origin { shard: 0, offset: (self.index / self.block) as i64 };
            batch.push(Input::Datum(self.stream.clone(), origin, Data::Samples(block)));
        }
        self.index += frames;
        Ok(Turn::More)
    }

    fn progress(&self) -> Option<(u64, u64)> {
        self.length.map(|all| (self.index, all))
    }
}

impl Simulate {
    fn sample(&self, channel: u32, index: u64) -> f32 {
        let (level, t) = (self.level.0, index as f64 / self.rate.0);
        let value = match self.signal {
            Signal::Tones => level * self.tone(channel, index),
            Signal::Chirp => level * self.chirp(t),
            Signal::Noise => level * self.noise(channel, index),
            Signal::Silence => 0.0,
            Signal::Demo => {
                let voice = if channel.is_multiple_of(2) { tune(t) } else { 0.5 * self.chirp(t) };
                level * (voice + 0.002 * self.noise(channel, index))
            }
        };
        value as f32
    }

    fn tone(&self, channel: u32, index: u64) -> f64 {
        let frequency = self.frequencies[channel as usize % self.frequencies.len()].0;
        // whole turns are taken out first, so that the phase stays exact after hours
        (TAU * ((index as f64 * (frequency / self.rate.0)) % 1.0)).sin()
    }

    /// Exponential sweep (Farina 2000): each octave takes the same time.
    fn chirp(&self, t: f64) -> f64 {
        let (low, high, length) = (20.0, (self.rate.0 * 0.45).min(20_000.0), 10.0);
        let (t, k) = (t % length, f64::ln(high / low));
        (TAU * low * length / k * ((t / length * k).exp() - 1.0)).sin()
    }

    /// Gaussian by Box and Muller (1958), of the index alone.
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

/// SplitMix64 (Steele, Lea and Flood 2014) of seed, row and index, as a number from 0 to below 1.
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
    use crate::config::{Node, Raw, Reader, Settings};

    fn defaults() -> Simulate {
        let node = Node { line: 1, value: Raw::Table(vec![]) };
        Simulate::read(&mut Reader::new("", "source", 1, &node, &mut vec![])).unwrap()
    }

    #[test]
    fn noise_has_the_level_asked_for() {
        let noise = Simulate { signal: Signal::Noise, level: Level(0.25), ..defaults() };
        let samples: Vec<f64> = (0..100_000).map(|i| f64::from(noise.sample(1, i))).collect();
        let mean = samples.iter().sum::<f64>() / 1e5;
        let deviation = (samples.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 1e5).sqrt();
        assert!(mean.abs() < 0.003 && (deviation - 0.25).abs() < 0.003, "{mean} {deviation}");
    }

    #[test]
    fn a_tone_is_a_tone_after_a_day_too() {
        let tone = defaults();
        let late = 44_100 * 86_400;
        for i in 0..100 {
            assert!((tone.sample(0, i) - tone.sample(0, late + i)).abs() < 1e-5);
        }
    }
}
