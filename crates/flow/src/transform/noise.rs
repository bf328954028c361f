//! The noise of averaged scans.

pub use super::baseline::Of;

use super::baseline::{Floor, Mean};
use super::run::RunStatistics;
use super::statistics::Statistics;
use crate::config::Place;
use crate::data::{Data, Kind};
use crate::part::{Cut, Start, Takes, Transform, TransformPlan};
use passband_dsp::noise::slope;
use passband_signal::{Fault, Result};
use std::collections::BTreeMap;

crate::settings! {
    /// Compares the noise of a mean spectrum with 1/√scans, the value expected from averaging.
    ///
    /// `sigma` is the scatter of the bins about the baseline, relative to the baseline, without strong lines. `slope` is
    /// the slope of log σ over log N for the points of the run so far: −0.5 for pure noise; it tends to 0 if a component
    /// does not average out. After a restart, the slope is computed from the new points only; `sigma` and `expected` do
    /// not depend on earlier data.
    pub struct Noise {
        /// The mean spectra to analyse.
        of: Of = "run",
        /// Bins in the window of the baseline, a moving polynomial: at most a third of the width of a resonance.
        window: u32 = "101",
        /// The order of the polynomial.
        order: u32 = "4",
        /// Bins at each end that are not used.
        edge: u32 = "50",
    }
}

crate::record! {
    /// How the noise falls as scans are averaged. The message key is the name of the stream.
    pub struct NoiseLevel("noise", "Noise") {
        /// The run; null where it was a single recording.
        run: Option<String>,
        /// When the newest sample was taken.
        time: i64 as time,
        /// Scans that were averaged.
        scans: u64,
        /// Scatter of the bins about the baseline, as a share of the baseline.
        sigma: f64,
        /// What the radiometer equation says: 1 / sqrt(scans).
        expected: f64,
        /// The exponent with which it has fallen so far; -0.5 is expected.
        slope: Option<f64>,
    }
}

impl TransformPlan for Noise {
    fn takes(&self) -> Takes<'_> {
        Takes::Rows(&[Statistics::KIND, RunStatistics::KIND], self)
    }
    fn gives(&self) -> Kind {
        NoiseLevel::KIND
    }
    fn passes_on(&self) -> bool {
        true
    }
    fn check(&self, place: &Place, faults: &mut Vec<Fault>) {
        Floor::check(self.window, self.order, place, faults);
    }
}

impl Start for Noise {
    fn start(&self) -> Result<Box<dyn Transform>> {
        let floor = Floor::new(self.window, self.order, self.edge)?;
        Ok(Box::new(Levels { of: self.of, floor, points: BTreeMap::new() }))
    }
}

struct Levels {
    of: Of,
    floor: Floor,
    /// By run, pairs of scans and σ.
    points: BTreeMap<String, Vec<(f64, f64)>>,
}

/// A point is stored when the number of scans has grown by this factor. Points are then evenly spaced in log N, and
/// weeks of files give a few thousand points.
const APART: f64 = 1.01;

impl Transform for Levels {
    fn take(&mut self, cut: Cut<'_>, give: &mut dyn FnMut(Data) -> Result<()>) -> Result<()> {
        let Cut::Row(row) = cut else { return Ok(()) };
        let Some(mean) = Mean::of(&row, self.of)? else { return Ok(()) };
        let bins = self.floor.lay(&mean.powers)?;
        let (sigma, scans) = (self.floor.scatter(bins)?, mean.scans());
        let point = (scans as f64, sigma);
        let slope = mean.run.and_then(|run| {
            let points = self.points.entry(run.to_owned()).or_default();
            // the newest point is always included
            let slope = slope(points.iter().copied().chain([point]));
            if points.last().is_none_or(|last| point.0 >= last.0 * APART) {
                points.push(point);
            }
            slope
        });
        let expected = 1.0 / point.0.sqrt();
        give(Data::row(NoiseLevel {
            run: mean.run.map(str::to_owned),
            time: mean.time,
            scans,
            sigma,
            expected,
            slope,
        }))
    }
}
