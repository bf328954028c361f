//! Results as JSON: for people, for jq, and near enough to be read back.

use super::{band, fits, name};
use crate::data::{self, Scans, State};
use passband_dsp::moments::Moments;
use passband_dsp::running::Running;
use passband_dsp::spectrum::Scale;
use passband_signal::Hertz;
use serde::{Deserialize, Deserializer, Serialize};

/// One past the last scan number that is read: a bit is kept for each below.
const SCANS: u64 = 1 << 26;

/// A number, or null where it is none (NaN or an infinity); null is read as NaN.
#[derive(Clone, Copy, Serialize)]
#[serde(transparent)]
struct Real(f64);

impl<'de> Deserialize<'de> for Real {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        Ok(Real(Option::<f64>::deserialize(input)?.unwrap_or(f64::NAN)))
    }
}

fn real(values: &[f64]) -> Vec<Real> {
    values.iter().copied().map(Real).collect()
}

fn plain(values: Vec<Real>) -> Vec<f64> {
    values.into_iter().map(|value| value.0).collect()
}

/// What lies along the bins, and what they hold.
#[derive(Serialize, Deserialize)]
struct Axis {
    rate: f64,
    length: u64,
    sides: String,
    centre: f64,
    /// The frequency of the first bin, and from one bin to the next: for readers; not read back.
    #[serde(default)]
    first: f64,
    #[serde(default)]
    step: f64,
    scale: String,
}

impl Axis {
    fn new(rate: Hertz, length: u64, band: data::Band, scale: Scale) -> Self {
        Self {
            rate: rate.0,
            length,
            sides: name(band.sides).into(),
            centre: band.centre.0,
            first: band.frequency(0, rate, length).0,
            step: rate.0 / length as f64,
            scale: scale.name().into(),
        }
    }
    fn read(&self) -> Result<(Hertz, u64, data::Band, Scale), String> {
        if !(self.rate.is_finite() && self.rate > 0.0) {
            return Err(format!("the sample rate is {} Hz", self.rate));
        }
        Ok((Hertz(self.rate), self.length, band(&self.sides, self.centre)?, Scale::by_name(&self.scale)?))
    }
}

fn deviation(moments: &Moments) -> Vec<Real> {
    moments.deviation().map(Real).collect()
}

/// The sums of squares that give these deviations.
fn moments(count: u64, mean: Vec<Real>, deviation: Vec<Real>) -> Result<Moments, String> {
    let freedom = count.saturating_sub(1) as f64;
    let squares = deviation.into_iter().map(|deviation| deviation.0 * deviation.0 * freedom).collect();
    Moments::resume(count, plain(mean), squares)
}

#[derive(Serialize, Deserialize)]
pub struct Statistics {
    recording: i64,
    time: i64,
    #[serde(flatten)]
    axis: Axis,
    scans: u64,
    of: u64,
    state: String,
    duplicates: u64,
    /// The first and last scan of each stretch without a gap.
    #[serde(default)]
    stretches: Vec<[u64; 2]>,
    mean: Vec<Real>,
    deviation: Vec<Real>,
}

impl From<&data::Statistics> for Statistics {
    fn from(s: &data::Statistics) -> Self {
        Self {
            recording: s.recording,
            time: s.time,
            axis: Axis::new(s.rate, s.length, s.band, s.scale),
            scans: s.moments.count(),
            of: s.of,
            state: s.state.name().into(),
            duplicates: s.duplicates,
            stretches: stretches(&s.scans),
            mean: real(s.moments.mean()),
            deviation: deviation(&s.moments),
        }
    }
}

fn stretches(scans: &Scans) -> Vec<[u64; 2]> {
    let mut stretches: Vec<[u64; 2]> = vec![];
    for scan in (0..64 * scans.words().len() as u64).filter(|scan| scans.contains(*scan)) {
        match stretches.last_mut() {
            Some([_, last]) if *last + 1 == scan => *last = scan,
            _ => stretches.push([scan, scan]),
        }
    }
    stretches
}

impl TryFrom<Statistics> for data::Statistics {
    type Error = String;
    fn try_from(s: Statistics) -> Result<Self, String> {
        let (rate, length, band, scale) = s.axis.read()?;
        let mut scans = Scans::default();
        for [first, last] in s.stretches {
            if first > last || last >= SCANS || !scans.add(first..last + 1) {
                return Err(format!("scans {first} to {last} are no stretch of their own below {SCANS}"));
            }
        }
        let moments = moments(s.scans, s.mean, s.deviation)?;
        fits(moments.bins(), band, length)?;
        let (recording, time, of, duplicates) = (s.recording, s.time, s.of, s.duplicates);
        let state = State::by_name(&s.state)?;
        Ok(Self { recording, time, rate, length, band, scale, of, state, duplicates, scans, moments })
    }
}

#[derive(Serialize, Deserialize)]
pub struct Run {
    run: String,
    start: i64,
    end: Option<i64>,
    time: i64,
    last: i64,
    files: u64,
    incomplete: u64,
    #[serde(flatten)]
    axis: Axis,
    scans: u64,
    mean: Vec<Real>,
    deviation: Vec<Real>,
    pooled_mean: Vec<Real>,
    pooled_deviation: Vec<Real>,
    /// For readers; not read back.
    #[serde(default)]
    standard_error: Vec<Real>,
}

impl From<&data::Run> for Run {
    fn from(r: &data::Run) -> Self {
        Self {
            run: r.id.clone(),
            start: r.start,
            end: r.end,
            time: r.time,
            last: r.last,
            files: r.running.files(),
            incomplete: r.incomplete,
            axis: Axis::new(r.rate, r.length, r.band, r.scale),
            scans: r.pooled.count(),
            mean: real(r.running.mean()),
            deviation: real(r.running.deviation()),
            pooled_mean: real(r.pooled.mean()),
            pooled_deviation: deviation(&r.pooled),
            standard_error: r.pooled.standard_error().map(Real).collect(),
        }
    }
}

impl TryFrom<Run> for data::Run {
    type Error = String;
    fn try_from(r: Run) -> Result<Self, String> {
        let (rate, length, band, scale) = r.axis.read()?;
        let running = Running::resume(r.files, plain(r.mean), plain(r.deviation))?;
        let pooled = moments(r.scans, r.pooled_mean, r.pooled_deviation)?;
        fits(running.bins(), band, length)?;
        fits(pooled.bins(), band, length)?;
        let (id, start, end, time, last) = (r.run, r.start, r.end, r.time, r.last);
        let incomplete = r.incomplete;
        Ok(Self { id, start, end, time, last, incomplete, rate, length, band, scale, running, pooled })
    }
}

#[derive(Serialize, Deserialize)]
pub struct Lines {
    run: Option<String>,
    recording: i64,
    time: i64,
    scans: u64,
    threshold: Real,
    expected: Real,
    scatter: Real,
    lines: Vec<Line>,
}

#[derive(Serialize, Deserialize)]
struct Line {
    frequency: Real,
    excess: Real,
    width: Real,
    value: Real,
    baseline: Real,
    bin: usize,
}

impl From<&data::Lines> for Lines {
    fn from(l: &data::Lines) -> Self {
        let line = |line: &data::Line| Line {
            frequency: Real(line.frequency.0),
            excess: Real(line.excess),
            width: Real(line.width.0),
            value: Real(line.value),
            baseline: Real(line.baseline),
            bin: line.bin,
        };
        Self {
            run: l.run.clone(),
            recording: l.recording,
            time: l.time,
            scans: l.scans,
            threshold: Real(l.threshold),
            expected: Real(l.expected),
            scatter: Real(l.scatter),
            lines: l.lines.iter().map(line).collect(),
        }
    }
}

impl From<Lines> for data::Lines {
    fn from(l: Lines) -> Self {
        let line = |line: Line| data::Line {
            bin: line.bin,
            frequency: Hertz(line.frequency.0),
            excess: line.excess.0,
            width: Hertz(line.width.0),
            value: line.value.0,
            baseline: line.baseline.0,
        };
        Self {
            run: l.run,
            recording: l.recording,
            time: l.time,
            scans: l.scans,
            threshold: l.threshold.0,
            expected: l.expected.0,
            scatter: l.scatter.0,
            lines: l.lines.into_iter().map(line).collect(),
        }
    }
}

#[derive(Serialize, Deserialize)]
pub struct Noise {
    run: Option<String>,
    time: i64,
    scans: u64,
    sigma: Real,
    expected: Real,
    slope: Option<f64>,
}

impl From<&data::Noise> for Noise {
    fn from(n: &data::Noise) -> Self {
        let (run, time, scans, slope) = (n.run.clone(), n.time, n.scans, n.slope);
        Self { run, time, scans, sigma: Real(n.sigma), expected: Real(n.expected), slope }
    }
}

impl From<Noise> for data::Noise {
    fn from(n: Noise) -> Self {
        let (run, time, scans, slope) = (n.run, n.time, n.scans, n.slope);
        Self { run, time, scans, sigma: n.sigma.0, expected: n.expected.0, slope }
    }
}
