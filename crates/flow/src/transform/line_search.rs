//! The search for lines in a noisy spectrum.

pub use super::baseline::Of;

use super::baseline::{Floor, Mean};
use super::run::RunStatistics;
use super::statistics::Statistics;
use crate::config::Place;
use crate::data::{Axis, Data, Kind, Spectrum};
use crate::part::{Cut, Start, Takes, Transform, TransformPlan};
use passband_dsp::line::{self, Noise, candidates, excess};
use passband_dsp::noise::false_alarm_probability;
use passband_dsp::spectrum::Scale;
use passband_signal::{Fault, Hertz, Result};
use std::borrow::Cow;

crate::settings! {
    /// Searches a spectrum for lines: the excess of each bin over a baseline, in σ, and candidates above a threshold.
    ///
    /// The baseline is a Savitzky-Golay filter (a moving polynomial), fitted without lines of ten σ or more.
    /// excess = (mean − baseline) / (σ · r), where r is the share of the noise that remains after the baseline is
    /// subtracted. `expected` is the number of bins expected above the threshold from noise alone, `scatter` the standard
    /// deviation of all excesses, which is 1 for pure noise; far from 1, `expected` is not valid. Means of statistics and
    /// runs must have the scale `power` or `density`. Spectra of frames may have any scale: the mean of their channels is
    /// searched, with σ from the scatter of the bins, and `scans` is the number of scans with that scatter.
    pub struct LineSearch {
        /// The mean spectra to search.
        of: Of = "run",
        /// How σ is estimated.
        noise: Sigma = "radiometer",
        /// The minimum excess of a candidate, in σ.
        threshold: f64 = "5",
        /// Bins in the window of the baseline: at least three times the width of a line, otherwise the baseline follows the
        /// line; at most a third of the width of a resonance, otherwise it cuts off the peak, and the rest appears as a
        /// candidate in a run of weeks.
        window: u32 = "101",
        /// The order of the polynomial.
        order: u32 = "4",
        /// Bins at each end that are not searched.
        edge: u32 = "50",
    }
}

crate::choice! {
    /// How the standard deviation of a bin's noise is estimated.
    pub enum Sigma {
        /// baseline/√scans, the radiometer equation: exact for Gaussian noise, and so is the number of false alarms.
        Radiometer = "radiometer",
        /// From the scatter of all bins: for drifting gain, and for tapers or overlapping frames, which change the noise.
        Scatter = "scatter",
        /// The standard error of the mean of each bin. Excesses are slightly low, and false alarms fewer than expected.
        Measured = "measured",
    }
}

crate::record! {
    /// What stands out of a spectrum. The message key is the name of the stream.
    pub struct Lines("lines", "Lines") {
        /// The run that was searched; null where it was a single recording.
        run: Option<String>,
        /// The newest recording in it.
        recording: i64 as name,
        /// When its newest sample was taken.
        time: i64 as time,
        /// Scans that were averaged.
        scans: u64,
        /// How far a bin must stand out, in standard deviations.
        threshold: f64 as unit "σ",
        /// How many bins noise alone is expected to put above the threshold.
        expected: f64,
        /// Standard deviation of the normalised excess over all bins: 1 where noise is all there is.
        scatter: f64 as unit "σ",
        /// What stands out, the highest first.
        lines: Vec<Line>,
    } with {
        fn numbers(&self) -> usize {
            self.lines.len()
        }
    }
}

crate::record! {
    /// One candidate.
    pub struct Line("candidates", "Line") {
        /// Its bin.
        bin: usize,
        /// The centre of the bin, in Hz.
        frequency: Hertz,
        /// How far it stands above the baseline, in standard deviations.
        excess: f64 as unit "σ",
        /// How wide it is, in Hz.
        width: Hertz,
        /// The value of the bin.
        value: f64,
        /// The baseline there.
        baseline: f64,
    }
}

impl TransformPlan for LineSearch {
    fn takes(&self) -> Takes<'_> {
        Takes::Rows(&[Statistics::KIND, RunStatistics::KIND, Kind::Spectra], self)
    }
    fn gives(&self) -> Kind {
        Lines::KIND
    }
    fn passes_on(&self) -> bool {
        true
    }
    fn check(&self, place: &Place, faults: &mut Vec<Fault>) {
        Floor::check(self.window, self.order, place, faults);
        if self.threshold <= 0.0 {
            let fault = place.fault("threshold", format!("is {} σ", self.threshold));
            faults.push(fault.why("half of all noise is above 0").fix("set it above 0, such as 5"));
        }
    }
}

impl Start for LineSearch {
    fn start(&self) -> Result<Box<dyn Transform>> {
        let floor = Floor::new(self.window, self.order, self.edge)?;
        Ok(Box::new(Search { settings: self.clone(), floor }))
    }
}

struct Search {
    settings: LineSearch,
    floor: Floor,
}

impl Transform for Search {
    fn take(&mut self, cut: Cut<'_>, give: &mut dyn FnMut(Data) -> Result<()>) -> Result<()> {
        let found = match cut {
            Cut::Row(Data::Spectrum(row)) => Some(self.search(&of_channels(&row), row.scale)?),
            Cut::Row(row) => {
                let mean = Mean::of(&row, self.settings.of)?;
                mean.map(|mean| self.search(&mean, Scale::Power)).transpose()?
            }
            Cut::Frame(_) => None,
        };
        found.map_or(Ok(()), |lines| give(Data::row(lines)))
    }
}

impl Search {
    /// Searches a mean of powers; results are on the scale of the input.
    fn search(&mut self, mean: &Mean<'_>, scale: Scale) -> Result<Lines> {
        let Self { settings: LineSearch { noise, threshold, .. }, floor } = self;
        let bins = floor.lay(&mean.powers)?;
        let level = floor.scatter(bins.clone())?;
        let Floor { remaining, baseline, .. } = &*floor;
        // the number of frames of Gaussian noise with this scatter
        let like = if level > 0.0 { (1.0 / (level * level)).round().max(1.0) as u64 } else { 1 };
        let scans = mean.moments.map_or(like, |moments| moments.count());
        let error: Vec<f64> = match (noise, mean.moments) {
            (Sigma::Radiometer, Some(_)) => vec![],
            (Sigma::Measured, Some(moments)) => moments.standard_error().collect(),
            (Sigma::Scatter, _) | (_, None) => baseline.iter().map(|value| value * level).collect(),
        };
        let sigma = if error.is_empty() { Noise::Radiometer(scans) } else { Noise::Measured(&error) };
        let mut excesses = vec![0.0; mean.powers.len()];
        excess(&mean.powers, baseline, remaining, sigma, &mut excesses).map_err(Fault::new)?;
        let searched = &excesses[bins.clone()];
        let line = |found: line::Candidate| {
            let bin = bins.start + found.bin;
            Line {
                bin,
                frequency: mean.axis.band.frequency(bin, mean.axis.rate, mean.axis.length),
                excess: found.excess,
                width: Hertz(found.width() as f64 * mean.axis.rate.0 / mean.axis.length as f64),
                value: scale.from_power(mean.powers[bin]),
                baseline: scale.from_power(baseline[bin]),
            }
        };
        Ok(Lines {
            run: mean.run.map(str::to_owned),
            recording: mean.recording,
            time: mean.time,
            scans,
            threshold: *threshold,
            expected: searched.len() as f64 * false_alarm_probability(*threshold, scans),
            scatter: deviation(searched),
            lines: candidates(searched, *threshold).map_err(Fault::new)?.into_iter().map(line).collect(),
        })
    }
}

/// The mean power of a spectrum's channels.
fn of_channels(row: &Spectrum) -> Mean<'static> {
    let share = 1.0 / row.channels.max(1) as f64;
    let mut powers = vec![0.0; row.bins()];
    for channel in 0..row.channels {
        let values = row.channel(channel).iter();
        powers
            .iter_mut()
            .zip(values)
            .for_each(|(sum, value)| *sum += share * row.scale.to_power(f64::from(*value)));
    }
    let Spectrum { recording, time, rate, length, band, scale, .. } = *row;
    let axis = Axis { rate, length, band, scale };
    Mean { run: None, recording, time, axis, powers: Cow::from(powers), moments: None }
}

/// The sample standard deviation.
fn deviation(values: &[f64]) -> f64 {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0).max(1.0)).sqrt()
}
