//! The baseline that lines and noise are measured from.

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
    /// Which mean spectra are looked at.
    pub enum Of {
        /// Those of the run, which the transform `run` gives.
        Run = "run",
        /// Those of each file.
        File = "file",
    }
}

/// A mean power spectrum, wherever it comes from.
pub struct Mean<'a> {
    pub run: Option<&'a str>,
    pub recording: i64,
    pub time: i64,
    pub axis: Axis,
    pub powers: Cow<'a, [f64]>,
    /// How it was averaged, where that is known.
    pub moments: Option<&'a Moments>,
}

impl<'a> Mean<'a> {
    /// The mean in a row of statistics, if it is one of those asked for and holds any scans.
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
            scale => Err(Fault::new(format!("a mean on the scale {scale} cannot be searched or judged"))
                .why("its noise is known for means of powers only")
                .fix("set scale to \"density\" or \"power\" where the spectrum is measured")),
        }
    }

    /// Scans that were averaged; 0 where that is not known.
    pub fn scans(&self) -> u64 {
        self.moments.map_or(0, Moments::count)
    }
}

/// What stands out by so many σ is taken out of the baseline: by noise alone that does not happen.
const STRONG: f64 = 10.0;

/// A moving polynomial under a spectrum, with strong lines left out.
pub struct Floor {
    filter: SavitzkyGolay,
    edge: usize,
    /// Of the deviation of white noise, the part that the baseline leaves, by bin.
    pub remaining: Vec<f64>,
    /// The baseline.
    pub baseline: Vec<f64>,
    /// The spectrum, with the baseline in the place of strong lines.
    pub quiet: Vec<f64>,
}

impl Floor {
    /// Tells settings that cannot be used.
    pub fn check(window: u32, order: u32, place: &Place, faults: &mut Vec<Fault>) {
        if window.is_multiple_of(2) {
            let fault = place.fault("window", format!("is {window} bins, an even number"));
            faults.push(
                fault.why("the baseline would lie half a bin aside").fix(format!("set it to {}", window + 1)),
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

    /// Lays the baseline under `powers`, and gives the bins that lie between the edges.
    ///
    /// Weights of a moving polynomial are partly negative, so a line of a thousand σ would dig hollows beside itself,
    /// in which noise stands out. Such lines are replaced by the baseline, and it is laid anew, until it rests.
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

    /// Replaces what stands out strongly by the baseline; whether that changed anything that matters.
    fn silence(&mut self, powers: &[f64]) -> bool {
        let parts: Vec<f64> = powers
            .iter()
            .zip(&self.baseline)
            .zip(&self.remaining)
            .map(|((p, b), r)| (p / b - 1.0) / r)
            .collect();
        let mut sizes: Vec<f64> = parts.iter().map(|part| part.abs()).collect();
        let middle = sizes.len() / 2;
        // half of the values of Gaussian noise lie within 0.6745 σ, however high a few others are
        let level = *sizes.select_nth_unstable_by(middle, f64::total_cmp).1 / 0.6745;
        let mut moved = false;
        for (bin, part) in parts.iter().enumerate() {
            let value = if *part > STRONG * level { self.baseline[bin] } else { powers[bin] };
            moved |= (value - self.quiet[bin]).abs() > 0.1 * level * self.baseline[bin].abs();
            self.quiet[bin] = value;
        }
        moved
    }

    /// The relative noise of the bins, strong lines left out.
    pub fn scatter(&self, bins: Range<usize>) -> Result<f64> {
        let [quiet, baseline, remaining] =
            [&self.quiet, &self.baseline, &self.remaining].map(|list| &list[bins.clone()]);
        scatter(quiet, baseline, remaining).map_err(Fault::new)
    }
}
