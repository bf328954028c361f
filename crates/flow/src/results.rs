//! Results that stand for many frames: statistics of a recording, of a run, and what was found in them.

use crate::scans::Scans;
use passband_dsp::iq::Order;
use passband_dsp::moments::Moments;
use passband_dsp::running::Running;
use passband_dsp::spectrum::Scale;
use passband_signal::Hertz;

/// Which frequencies the bins of a spectrum hold.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Band {
    /// Their order, and whether there are negative ones.
    pub sides: Sides,
    /// The frequency that lies at 0 Hz: that of the local oscillator, 0 for a real signal.
    pub centre: Hertz,
}

/// The order of bins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sides {
    /// From 0 Hz to half the rate, `length / 2 + 1` bins.
    #[default]
    One,
    /// From minus half the rate upwards, `length` bins; 0 Hz lies at bin `length / 2`.
    Centred,
    /// From 0 Hz upwards, then the negative ones, `length` bins.
    FromZero,
}

impl Band {
    /// How many bins the spectrum of a frame of `length` samples has.
    pub fn bins(&self, length: u64) -> usize {
        match self.sides {
            Sides::One => length as usize / 2 + 1,
            Sides::Centred | Sides::FromZero => length as usize,
        }
    }
    /// The centre of a bin.
    pub fn frequency(&self, bin: usize, rate: Hertz, length: u64) -> Hertz {
        let step = match self.sides {
            Sides::One => bin as i64,
            Sides::Centred => Order::Centred.step(bin, length as usize),
            Sides::FromZero => Order::FromZero.step(bin, length as usize),
        };
        Hertz(self.centre.0 + step as f64 * rate.0 / length as f64)
    }
}

/// Mean and deviation, by bin, over the scans (frames end to end) of one recording, or over a share of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Statistics {
    /// The number of the file, or what else names the recording.
    pub recording: i64,
    /// When the newest sample was taken (µs since 1970).
    pub time: i64,
    /// Sample rate.
    pub rate: Hertz,
    /// Samples in a scan.
    pub length: u64,
    /// Which frequencies the bins hold.
    pub band: Band,
    /// What the values are.
    pub scale: Scale,
    /// Scans that the recording has; 0 where that is not known.
    pub of: u64,
    /// Whether more is to come.
    pub state: State,
    /// Scans that came again and were dropped.
    pub duplicates: u64,
    /// Which scans are in it.
    pub scans: Scans,
    /// Their count, mean and sums of squares.
    pub moments: Moments,
}

/// What a recording's statistics stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// A share, to be merged with others.
    Share,
    /// All scans.
    Complete,
    /// What had come at the deadline.
    Incomplete,
}

impl State {
    /// Its name in messages.
    pub fn name(self) -> &'static str {
        match self {
            State::Share => "share",
            State::Complete => "complete",
            State::Incomplete => "incomplete",
        }
    }
    /// Finds it by name.
    pub fn by_name(name: &str) -> Result<Self, String> {
        let all = [State::Share, State::Complete, State::Incomplete];
        let found = all.into_iter().find(|state| state.name() == name);
        found.ok_or_else(|| format!("there is no state \"{name}\"; there are share, complete, incomplete"))
    }
}

/// All recordings of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Names the run.
    pub id: String,
    /// When it began (µs since 1970): what was taken before belongs to an older run.
    pub start: i64,
    /// When it ended, if it has.
    pub end: Option<i64>,
    /// When its newest sample was taken (µs since 1970).
    pub time: i64,
    /// Its newest recording.
    pub last: i64,
    /// Recordings that were incomplete; they are counted and not averaged.
    pub incomplete: u64,
    /// Sample rate.
    pub rate: Hertz,
    /// Samples in a scan.
    pub length: u64,
    /// Which frequencies the bins hold.
    pub band: Band,
    /// What the values are.
    pub scale: Scale,
    /// Files, mean and deviation by the experiment's running formulas, in which each file weighs the same.
    pub running: Running,
    /// Scans, mean and sums of squares over all scans: exact.
    pub pooled: Moments,
}

/// What stands out of a spectrum.
#[derive(Clone, Debug, PartialEq)]
pub struct Lines {
    /// The run that was searched, or none where it was a single recording.
    pub run: Option<String>,
    /// The newest recording in it.
    pub recording: i64,
    /// When its newest sample was taken (µs since 1970).
    pub time: i64,
    /// Scans that were averaged.
    pub scans: u64,
    /// How far a bin must stand out, in σ.
    pub threshold: f64,
    /// How many bins noise alone is expected to put above the threshold.
    pub expected: f64,
    /// Standard deviation of the normalised excess over all bins: 1 where noise is all there is.
    pub scatter: f64,
    /// What stands out, the highest first.
    pub lines: Vec<Line>,
}

/// One candidate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// Its bin.
    pub bin: usize,
    /// The centre of the bin.
    pub frequency: Hertz,
    /// How far it stands above the baseline, in σ.
    pub excess: f64,
    /// How wide it is.
    pub width: Hertz,
    /// The value of the bin.
    pub value: f64,
    /// The baseline there.
    pub baseline: f64,
}

/// How the noise falls as scans are averaged.
#[derive(Clone, Debug, PartialEq)]
pub struct Noise {
    /// The run, or none where it was a single recording.
    pub run: Option<String>,
    /// When the newest sample was taken (µs since 1970).
    pub time: i64,
    /// Scans that were averaged.
    pub scans: u64,
    /// Scatter of the bins about the baseline, as a share of the baseline.
    pub sigma: f64,
    /// What the radiometer equation says: 1/√scans.
    pub expected: f64,
    /// The exponent with which it has fallen so far; −0.5 is expected.
    pub slope: Option<f64>,
}
