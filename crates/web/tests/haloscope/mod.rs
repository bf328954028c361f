//! Files of a cavity as recorded by the experiment: 3072 bins around the local oscillator, 2731 scans per file, noise
//! with a resonance in the middle, and a weak line.

use passband_dsp::moments::Moments;
use passband_dsp::running::Running;
use passband_dsp::spectrum::Scale;
use passband_flow::data::{Axis, Band, Data, Scans, Sides};
use passband_flow::transform::line_search::{Line, Lines};
use passband_flow::transform::noise::NoiseLevel;
use passband_flow::transform::run::RunStatistics;
use passband_flow::transform::statistics::{State, Statistics};
use passband_signal::Hertz;
use std::time::{SystemTime, UNIX_EPOCH};

pub const BINS: usize = 3072;
pub const RATE: f64 = 2e6;
pub const OSCILLATOR: f64 = 1.09e9;
pub const SCANS: u64 = 2731;
/// The bin of the line.
pub const LINE: usize = 2000;

/// A run in progress.
pub struct Haloscope {
    pub run: RunStatistics,
    seed: u64,
    pub files: i64,
    /// The excess of the line in σ of the run-wide spectrum, and the number of files after which it is reached.
    line: (f64, f64),
}

pub fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros() as i64
}

pub fn band() -> Band {
    Band { sides: Sides::Centred, centre: Hertz(OSCILLATOR) }
}

/// The power of the cavity without noise, in FS²/Hz.
pub fn cavity(bin: usize) -> f64 {
    let detuned = (bin as f64 - 1536.0) / 180.0;
    let edge = ((bin as f64 - 1536.0).abs() / 1536.0).powi(14);
    2.4e-12 * (1.0 + 0.6 / (1.0 + detuned * detuned)) * (1.0 - 0.7 * edge)
}

impl Haloscope {
    /// A run whose line reaches `sigma` after `files` files.
    pub fn new(id: &str, sigma: f64, files: u32) -> Self {
        let run = RunStatistics {
            run: id.into(),
            start: now(),
            end: None,
            time: 0,
            last: -1,
            incomplete: 0,
            axis: Axis { rate: Hertz(RATE), length: BINS as u64, band: band(), scale: Scale::Density },
            running: Running::start(BINS),
            pooled: Moments::start(BINS),
        };
        Self { run, seed: 0x9E37_79B9_7F4A_7C15, files: 0, line: (sigma, f64::from(files)) }
    }

    fn uniform(&mut self) -> f64 {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        ((self.seed >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// The next file, with the current time; it is included in the run.
    pub fn file(&mut self, count: u64) -> Statistics {
        let root = (count as f64).sqrt();
        let line = self.line.0 / (self.line.1 * SCANS as f64).sqrt();
        let mut mean = vec![0.0; BINS];
        let mut squares = vec![0.0; BINS];
        for bin in 0..BINS {
            let power = cavity(bin) * if bin == LINE { 1.0 + line } else { 1.0 };
            // noise power is exponentially distributed: σ is equal to the mean
            mean[bin] = power * (1.0 + self.normal() / root);
            let sigma = power * (1.0 + 1.4 * self.normal() / root);
            squares[bin] = sigma * sigma * (count - 1) as f64;
        }
        let moments = Moments::resume(count, mean, squares).unwrap();
        let time = now();
        let mut scans = Scans::default();
        scans.add(0..count);
        let statistics = Statistics {
            recording: self.files,
            time,
            axis: Axis { rate: Hertz(RATE), length: BINS as u64, band: band(), scale: Scale::Density },
            of: SCANS,
            state: if count == SCANS { State::Complete } else { State::Incomplete },
            duplicates: 0,
            scans,
            moments,
        };
        self.run.time = time;
        self.run.last = self.files;
        self.files += 1;
        if count == SCANS {
            let deviation: Vec<f64> = statistics.moments.deviation().collect();
            self.run.running.add(statistics.moments.mean(), &deviation);
            self.run.pooled.merge(&statistics.moments).unwrap();
        } else {
            self.run.incomplete += 1;
        }
        statistics
    }

    /// The excess of a bin in the run, in σ.
    fn excess(&self, bin: usize) -> f64 {
        (self.run.pooled.mean()[bin] / cavity(bin) - 1.0) * (self.run.pooled.count() as f64).sqrt()
    }

    /// The lines of the run so far.
    pub fn lines(&self, threshold: f64) -> Lines {
        let mut lines: Vec<Line> = (0..BINS)
            .filter(|&bin| self.excess(bin) > threshold)
            .map(|bin| Line {
                bin,
                frequency: band().frequency(bin, Hertz(RATE), BINS as u64),
                excess: self.excess(bin),
                width: Hertz(RATE / BINS as f64),
                value: self.run.pooled.mean()[bin],
                baseline: cavity(bin),
            })
            .collect();
        lines.sort_by(|a, b| b.excess.total_cmp(&a.excess));
        Lines {
            run: Some(self.run.run.clone()),
            recording: self.run.last,
            time: self.run.time,
            scans: self.run.pooled.count(),
            threshold,
            expected: 0.0206,
            scatter: 1.003,
            lines,
        }
    }

    /// The noise level of the run so far.
    pub fn noise(&self) -> NoiseLevel {
        let scans = self.run.pooled.count();
        let square: f64 =
            (0..BINS).map(|bin| (self.run.pooled.mean()[bin] / cavity(bin) - 1.0).powi(2)).sum();
        NoiseLevel {
            run: Some(self.run.run.clone()),
            time: self.run.time,
            scans,
            sigma: (square / BINS as f64).sqrt(),
            expected: 1.0 / (scans as f64).sqrt(),
            slope: (self.files > 1).then_some(-0.498),
        }
    }

    /// All results of the next file.
    pub fn next(&mut self, count: u64) -> Vec<Data> {
        let file = self.file(count);
        let mut all = vec![Data::row(file), Data::row(self.run.clone())];
        all.extend([Data::row(self.lines(4.5)), Data::row(self.noise())]);
        all
    }
}
