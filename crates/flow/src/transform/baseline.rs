//! The baseline of line search and noise.

use super::run::RunStatistics;
use super::statistics::{State, Statistics};
use crate::config::Place;
use crate::data::{Axis, Data};
use passband_dsp::baseline::SavitzkyGolay;
use passband_dsp::line::scatter;
use passband_dsp::moments::Moments;
use passband_dsp::spectrum::Scale;
use passband_signal::{Fault, Result};
use std::borrow::Cow;
use std::ops::Range;

crate::choice! {
    /// The mean spectra that are analysed.
    pub enum Of {
        /// Those of the run, computed by the transform `run`.
        Run = "run",
        /// Those of each file.
        File = "file",
    }
}

/// A mean power spectrum of any source.
pub struct Mean<'a> {
    pub run: Option<&'a str>,
    pub recording: i64,
    pub time: i64,
    pub axis: Axis,
    pub powers: Cow<'a, [f64]>,
    /// Its moments, if known.
    pub moments: Option<&'a Moments>,
}

impl<'a> Mean<'a> {
    /// The mean of a row of statistics, if it is of the selected kind and has scans.
    pub fn of(row: &'a Data, of: Of) -> Result<Option<Self>> {
        let (run, recording, time, axis, moments) = match of {
            Of::Run => match row.get::<RunStatistics>() {
                Some(r) => (Some(r.run.as_str()), r.last, r.time, r.axis, &r.pooled),
                None => return Ok(None),
            },
            Of::File => match row.get::<Statistics>() {
                Some(s) if s.state != State::Share => (None, s.recording, s.time, s.axis, &s.moments),
                _ => return Ok(None),
            },
        };
        let powers = Cow::from(moments.mean());
        match axis.scale {
            _ if moments.count() == 0 => Ok(None),
            Scale::Power | Scale::Density => {
                Ok(Some(Self { run, recording, time, axis, powers, moments: Some(moments) }))
            }
            scale => Err(Fault::new(format!("spectra on the scale {scale} cannot be searched for lines"))
                .why("the noise is known only for means of power")
                .fix("set scale to \"density\" or \"power\" where the spectrum is measured")),
        }
    }

    /// Number of averaged scans; 0 if unknown.
    pub fn scans(&self) -> u64 {
        self.moments.map_or(0, Moments::count)
    }
}

/// Lines of at least this many σ are removed before the baseline is fitted; noise does not reach it.
const STRONG: f64 = 10.0;

/// A moving polynomial fitted to a spectrum without its strong lines.
pub struct Floor {
    filter: SavitzkyGolay,
    edge: usize,
    /// The share of the deviation of white noise that remains after subtracting the baseline, by bin.
    pub remaining: Vec<f64>,
    /// The baseline.
    pub baseline: Vec<f64>,
    /// The spectrum, with strong lines replaced by the baseline.
    pub quiet: Vec<f64>,
}

impl Floor {
    /// Reports invalid settings.
    pub fn check(window: u32, order: u32, place: &Place, faults: &mut Vec<Fault>) {
        if window.is_multiple_of(2) {
            let fault = place.fault("window", format!("is {window} bins, and should be odd"));
            faults.push(
                fault
                    .why("the baseline would be shifted by half a bin")
                    .fix(format!("set it to {}", window + 1)),
            );
        } else if order >= window {
            let fault = place.fault("order", format!("is {order}, too high for a window of {window} bins"));
            faults.push(fault.fix("set it to 4, or another number well below window"));
        }
    }

    pub fn new(window: u32, order: u32, edge: u32) -> Result<Self> {
        let filter = SavitzkyGolay::new(window as usize, order as usize).map_err(Fault::new)?;
        let none = Vec::new;
        Ok(Self { filter, edge: edge as usize, remaining: none(), baseline: none(), quiet: none() })
    }

    /// Fits the baseline to `powers`, and returns the range of bins between the edges.
    ///
    /// Some weights of a moving polynomial are negative, so a line of a thousand σ would lower the baseline beside it,
    /// and noise there would exceed it. Such lines are replaced by the baseline, and the fit is repeated until it
    /// converges.
    pub fn lay(&mut self, powers: &[f64]) -> Result<Range<usize>> {
        let bins = powers.len();
        let too_few = |why: String| {
            Fault::new(format!("a spectrum of {bins} bins has no baseline"))
                .why(why)
                .fix("set a smaller window or edge")
        };
        if self.remaining.len() != bins {
            (self.remaining, self.baseline) = (vec![0.0; bins], vec![0.0; bins]);
            self.filter.remaining(&mut self.remaining).map_err(too_few)?;
        }
        if bins <= 2 * self.edge {
            return Err(too_few(format!("the edges alone are {} bins", 2 * self.edge)));
        }
        self.quiet = powers.to_vec();
        for _ in 0..20 {
            self.filter.smooth(&self.quiet, &mut self.baseline).map_err(too_few)?;
            if !self.silence(powers) {
                break;
            }
        }
        Ok(self.edge..bins - self.edge)
    }

    /// Replaces strong lines by the baseline; returns whether a significant value has changed.
    fn silence(&mut self, powers: &[f64]) -> bool {
        let parts: Vec<f64> = powers
            .iter()
            .zip(&self.baseline)
            .zip(&self.remaining)
            .map(|((p, b), r)| (p / b - 1.0) / r)
            .collect();
        let mut sizes: Vec<f64> = parts.iter().map(|part| part.abs()).collect();
        let middle = sizes.len() / 2;
        // robust: half of the values of Gaussian noise are within 0.6745 σ, independent of the size of outliers
        let level = *sizes.select_nth_unstable_by(middle, f64::total_cmp).1 / 0.6745;
        let mut moved = false;
        for (bin, part) in parts.iter().enumerate() {
            let value = if *part > STRONG * level { self.baseline[bin] } else { powers[bin] };
            moved |= (value - self.quiet[bin]).abs() > 0.1 * level * self.baseline[bin].abs();
            self.quiet[bin] = value;
        }
        moved
    }

    /// The relative noise of the bins, without strong lines.
    pub fn scatter(&self, bins: Range<usize>) -> Result<f64> {
        let [quiet, baseline, remaining] =
            [&self.quiet, &self.baseline, &self.remaining].map(|list| &list[bins.clone()]);
        scatter(quiet, baseline, remaining).map_err(Fault::new)
    }
}
