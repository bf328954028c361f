//! I and Q of a simulated haloscope: white noise, the broad resonance of a cavity, and optionally a weak line.

use super::Simulate;
use super::gaussian::Gaussian;
use super::tone::{STRETCH, phase};
use std::f64::consts::{PI, TAU};

/// Samples per scan, which the strength of a line refers to.
pub const SCAN: f64 = 3072.0;

/// Noise with the spectrum `1 + height · (1−r)² / |1 − a·e^−iω|²`, with the pole `a = r·e^iφ`.
///
/// The sum of white noise and resonant noise has the spectrum of a single noise source filtered by a pole and a zero, so
/// that one random number each is needed for I and Q: `x = gain · (w + s)`, `s ← a·s + (a − b)·w`, with the zero `b`
/// from `g²·(1 + |b|²) = 1 + r² + height·(1−r)²` and `g²·|b| = r` (Box & Jenkins, Time Series Analysis, A4.3).
pub struct Cavity {
    seed: u64,
    file: Option<u64>,
    gaussian: Gaussian,
    gain: f32,
    pole: [f32; 2],
    /// The gain from a random number to the state.
    feed: [f32; 2],
    /// The standard deviation of I and Q of the state.
    deviation: f32,
    state: [f32; 2],
    line: Option<Rotation>,
}

impl Cavity {
    pub fn new(settings: &Simulate) -> Self {
        let (rate, height) = (settings.rate.0, settings.height);
        let turns = (settings.resonance_hz() - settings.centre.0) / rate;
        let r = (-PI * settings.width_hz() / rate).exp();
        let broad = 1.0 + r * r + height * (1.0 - r).powi(2);
        let zero = ((broad / r) - ((broad / r).powi(2) - 4.0).max(0.0).sqrt()) / 2.0;
        // the total variance, with that of the white part at 1
        let variance = 1.0 + height * (1.0 - r) / (1.0 + r);
        let white = settings.level.0 / variance.sqrt();
        let turned = |size: f64| [(TAU * turns).cos() * size, (TAU * turns).sin() * size].map(|x| x as f32);
        let line = settings.line.map(|line| {
            let at = (line.0 - settings.centre.0) / rate;
            let apart = TAU * (at - turns);
            let bump = height * (1.0 - r).powi(2) / (1.0 + r * r - 2.0 * r * apart.cos());
            let noise = 2.0 * white * white * (1.0 + bump);
            Rotation::new(at, (settings.line_strength * noise / SCAN).sqrt())
        });
        Self {
            seed: settings.seed,
            file: None,
            gaussian: Gaussian::new([settings.seed, 0]),
            gain: (white * (r / zero).sqrt()) as f32,
            pole: turned(r),
            feed: turned(r - zero),
            deviation: ((r - zero) / (1.0 - r * r).sqrt()) as f32,
            state: [0.0; 2],
            line,
        }
    }

    /// Appends samples of a file, I then Q; `at` is the index of the first over all files. At the start of a file, the state
    /// is drawn with its stationary deviation.
    pub fn extend(&mut self, file: u64, at: u64, frames: usize, samples: &mut Vec<f32>) {
        if self.file.replace(file) != Some(file) {
            self.gaussian = Gaussian::new([self.seed, file]);
            let mut first = [[0.0; 2]];
            self.gaussian.fill(&mut first);
            self.state = first[0].map(|x| x * self.deviation);
        }
        let first = samples.len();
        samples.resize(first + 2 * frames, 0.0);
        let (i, q) = samples[first..].split_at_mut(frames);
        let [mut re, mut im] = self.state;
        let (gain, [a, b], [c, d]) = (self.gain, self.pole, self.feed);
        let mut white = [[0.0; 2]; STRETCH as usize];
        for (i, q) in i.chunks_mut(white.len()).zip(q.chunks_mut(STRETCH as usize)) {
            let white = &mut white[..i.len()];
            self.gaussian.fill(white);
            for ((i, q), [x, y]) in i.iter_mut().zip(q).zip(white) {
                (*i, *q) = (gain * (*x + re), gain * (*y + im));
                (re, im) = ((c * *x - d * *y) + (a * re - b * im), (c * *y + d * *x) + (a * im + b * re));
            }
        }
        self.state = [re, im];
        if let Some(line) = &self.line {
            line.add(at, i, q);
        }
    }
}

/// A complex tone, generated in segments like a real one.
struct Rotation {
    turns_per_sample: f64,
    amplitude: f64,
    within: [(f64, f64); STRETCH as usize],
}

impl Rotation {
    fn new(turns_per_sample: f64, amplitude: f64) -> Self {
        let within = std::array::from_fn(|i| phase(i as u64, turns_per_sample).sin_cos());
        Self { turns_per_sample, amplitude, within }
    }

    fn add(&self, mut index: u64, mut i: &mut [f32], mut q: &mut [f32]) {
        while !i.is_empty() {
            let (from, first) = ((index % STRETCH) as usize, index - index % STRETCH);
            let count = (STRETCH as usize - from).min(i.len());
            let (sine, cosine) = phase(first, self.turns_per_sample).sin_cos();
            let (sine, cosine) = (self.amplitude * sine, self.amplitude * cosine);
            let ((i_now, i_rest), (q_now, q_rest)) = (i.split_at_mut(count), q.split_at_mut(count));
            for ((i, q), (s, c)) in i_now.iter_mut().zip(q_now).zip(&self.within[from..]) {
                *i += (cosine * c - sine * s) as f32;
                *q += (sine * c + cosine * s) as f32;
            }
            (i, q, index) = (i_rest, q_rest, index + count as u64);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Data, Input, Position, Positions};
    use crate::part::Context;
    use crate::part::{Source, SourcePlan, Turn};
    use crate::source::pace::Pace;
    use crate::source::simulate::Signal;
    use passband_dsp::iq::{Factor, IqSpectrum, Order};
    use passband_dsp::moments::Moments;
    use passband_dsp::spectrum::Scale;
    use passband_dsp::taper::Taper;
    use passband_signal::{Block, Hertz, Span};

    fn settings() -> Simulate {
        Simulate {
            signal: Signal::Cavity,
            rate: Hertz(2e6),
            resonance: Some(Hertz(10.4002e9)),
            width: Some(Hertz(150e3)),
            height: 3.0,
            pace: Pace::Fast,
            ..Simulate::default()
        }
    }

    fn blocks(source: &mut dyn Source) -> Vec<Block> {
        let (mut batch, mut turn) = (vec![], Turn::More);
        while turn == Turn::More {
            turn = source.next(&mut batch).unwrap();
        }
        let block = |input| match input {
            Input::Datum(_, _, Data::Samples(block)) => block,
            other => panic!("{other:?}"),
        };
        batch.into_iter().map(block).collect()
    }

    fn open(settings: &Simulate) -> Box<dyn Source> {
        let context = Context { pipeline: "p".into(), ..Context::default() };
        settings.open(&context).unwrap()
    }

    #[test]
    fn the_spectrum_is_the_formula_plus_the_line() {
        let scans = 600;
        let line_bin = 2000;
        let step = 2e6 / SCAN;
        let line = Hertz(10.4e9 + (line_bin as f64 - SCAN / 2.0) * step);
        let settings = Simulate { line: Some(line), line_strength: 1.0, ..settings() };
        let mut samples = vec![];
        Cavity::new(&settings).extend(0, 0, scans * SCAN as usize, &mut samples);
        let (i, q) = samples.split_at(scans * SCAN as usize);
        let taper = Taper::by_name("rectangular", None).unwrap();
        let mut plan =
            IqSpectrum::new(SCAN as usize, 2e6, &taper, Scale::Power, Factor::ONE, Order::Centred).unwrap();
        let mut moments = Moments::start(SCAN as usize);
        plan.fold(i, q, &mut moments);
        let r = (-PI * 150e3 / 2e6f64).exp();
        let bump =
            |f: f64| 3.0 * (1.0 - r).powi(2) / (1.0 + r * r - 2.0 * r * (TAU * (f - 200e3) / 2e6).cos());
        // I and Q have a total deviation of 0.5, as set
        let white = 2.0 * 0.25 / (1.0 + 3.0 * (1.0 - r) / (1.0 + r)) * SCAN;
        let wanted: Vec<f64> =
            (0..SCAN as usize).map(|bin| white * (1.0 + bump(plan.frequency(bin)))).collect();
        let parts =
            moments.mean().iter().zip(&wanted).map(|(mean, wanted)| mean / wanted).collect::<Vec<_>>();
        for band in 0..48 {
            if band == line_bin / 64 {
                continue;
            }
            let part = parts[band * 64..][..64].iter().sum::<f64>() / 64.0;
            let sigma = 1.0 / (64.0 * scans as f64).sqrt();
            assert!((part - 1.0).abs() < 4.5 * sigma, "band {band}: {part}");
        }
        // line plus noise: the mean is 1 + 1, its deviation √(1 + 2) over √scans
        assert!((parts[line_bin] - 2.0).abs() < 4.0 * (3.0 / scans as f64).sqrt(), "{}", parts[line_bin]);
    }

    #[test]
    fn files_are_recordings_that_differ_and_can_be_resumed() {
        let settings = Simulate {
            file: Span::Samples(10_000),
            files: Some(3),
            block: Span::Samples(1024),
            recording: Some(1_000_000),
            line: Some(Hertz(10.4001e9)),
            ..settings()
        };
        let all = blocks(&mut *open(&settings));
        assert_eq!(all.len(), 30);
        assert!(all.iter().all(|block| block.of == 10_000 && block.spec.centre == Some(Hertz(10.4e9))));
        let marks: Vec<_> = all.iter().map(|block| (block.recording, block.index, block.frames())).collect();
        assert_eq!((marks[0], marks[9], marks[10]), ((0, 0, 1024), (0, 9216, 784), (1, 0, 1024)));
        assert_eq!(all[10].time, 1_000_000 + 5000);
        assert!(all[0].samples[..100].iter().zip(&all[10].samples).all(|(a, b)| a != b));
        for from in [0, 7, 10, 25] {
            let mut source = open(&settings);
            let position = Position { offset: from as i64, ..Position::default() };
            source.resume(&Positions::from([(0, position)])).unwrap();
            assert_eq!(blocks(&mut *source), all[from..], "from block {from}");
        }
    }

    #[test]
    fn an_omitted_block_does_not_change_others() {
        let whole = Simulate { file: Span::Samples(50_000), files: Some(2), ..settings() };
        let gaps = Simulate { gaps: passband_signal::Share(0.3), ..whole.clone() };
        let whole = blocks(&mut *open(&Simulate { recording: Some(0), ..whole }));
        let left = blocks(&mut *open(&Simulate { recording: Some(0), ..gaps }));
        assert!(left.len() < whole.len() && left.len() > whole.len() / 2);
        let mut rest = whole.iter();
        assert!(left.iter().all(|block| rest.any(|same| same == block)));
    }
}
