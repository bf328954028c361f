//! The derivatives of rows over time: librosa's `feature.delta`, a Savitzky-Golay filter.

use super::analysis::Analysis;
use super::cut;
use super::decibels;
use super::measure::{Measure, Whole};
use super::mel_bank;
use super::mfcc::{self, Mfcc};
use super::ring::Ring;
use super::setting::{Allowed, Setting, Value};
use super::settings::Settings;

const SETTINGS: &[Setting] = &[Setting {
    name: "width",
    summary: "length of the window over which the derivative is estimated, an odd number",
    unit: "frames",
    default: Value::Number(9.0),
    allowed: Allowed::Count { least: 3, most: 999, or: None },
}];

/// The settings of the deltas of MFCCs.
pub(super) const OF_MFCC: &[&[Setting]] =
    &[SETTINGS, mfcc::SETTINGS, cut::SETTINGS, mel_bank::SETTINGS, decibels::SETTINGS];

/// The order of the derivative.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Order {
    First,
    Second,
}

/// The derivative of a polynomial of the same order, fitted to a window around each row. Windows stay within the
/// recording.
struct Delta {
    order: Order,
    width: usize,
    rows: Ring,
    row: Vec<f32>,
}

impl Delta {
    /// Adds the next row.
    fn push(&mut self, row: &[f32], give: &mut dyn FnMut(&[f32])) {
        self.rows.push(row);
        let taken = self.rows.taken();
        if taken >= self.width {
            self.fit(taken - self.width, self.width);
            // the first window is also used for the rows before its centre
            let count = if taken == self.width { self.width / 2 + 1 } else { 1 };
            (0..count).for_each(|_| give(&self.row));
        }
    }

    /// Emits the last rows, which use the last complete window.
    fn end(&mut self, give: &mut dyn FnMut(&[f32])) {
        let taken = self.rows.taken();
        let mut left = self.width / 2;
        if taken < self.width {
            self.fit(0, taken);
            left = taken;
        }
        (0..left).for_each(|_| give(&self.row));
        self.rows.clear();
    }

    /// Fits the polynomial to `count` rows from `first` on.
    fn fit(&mut self, first: usize, count: usize) {
        let middle = count.saturating_sub(1) as f64 / 2.0;
        let squares = |f: &dyn Fn(f64) -> f64| (0..count).map(|i| f(i as f64 - middle)).sum::<f64>();
        let mean = squares(&|x| x * x) / count.max(1) as f64;
        // a parabola orthogonal to lines and constants
        let shape = |x: f64| match self.order {
            Order::First => x,
            Order::Second => x * x - mean,
        };
        let norm = squares(&|x| shape(x) * shape(x));
        let factor = if self.order == Order::First { 1.0 } else { 2.0 };
        for (k, out) in self.row.iter_mut().enumerate() {
            let term = |i: usize| shape(i as f64 - middle) * f64::from(self.rows.row(first + i)[k]);
            let sum = (0..count).map(term).sum::<f64>();
            // fewer rows than a polynomial of this order needs have no derivative
            *out = match norm > 1e-9 || sum.is_nan() {
                true => (factor * sum / norm) as f32,
                false => 0.0,
            };
        }
    }
}

/// The deltas of MFCCs.
pub(super) struct MfccDelta {
    mfcc: Mfcc,
    delta: Delta,
}

impl MfccDelta {
    pub(super) fn start(
        settings: &Settings,
        rate_hz: f64,
        analysis: &mut Analysis,
        order: Order,
    ) -> Result<Box<dyn Measure>, String> {
        let width = settings.count("width").unwrap_or_default();
        if width.is_multiple_of(2) {
            return Err(format!("width = {width} has no frame in its middle: it must be an odd number"));
        }
        let mfcc = Mfcc::new(settings, rate_hz, analysis)?;
        let (rows, row) = (Ring::new(mfcc.width(), width), vec![0.0; mfcc.width()]);
        Ok(Box::new(MfccDelta { mfcc, delta: Delta { order, width, rows, row } }))
    }
}

impl Measure for MfccDelta {
    fn width(&self) -> usize {
        self.mfcc.width()
    }

    fn kept(&self) -> usize {
        self.mfcc.kept()
    }

    fn take(&mut self, analysis: &Analysis, frame: &[f32], kept: &mut [f32]) {
        self.mfcc.take(analysis, frame, kept);
    }

    fn settle(&mut self, kept: &mut [f32]) {
        self.mfcc.settle(kept);
    }

    fn settles_by_greatest(&self) -> bool {
        true
    }

    fn of_the_whole(&self) -> Option<Whole> {
        self.mfcc.of_the_whole()
    }

    /// The last row depends on the whole last window.
    fn before(&self) -> usize {
        self.delta.width - 1
    }

    fn rows(&mut self, kept: &[f32], give: &mut dyn FnMut(&[f32])) {
        self.delta.push(self.mfcc.of(kept), give);
    }

    fn end(&mut self, give: &mut dyn FnMut(&[f32])) {
        self.delta.end(give);
    }
}
