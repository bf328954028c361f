//! Aggregates of timestamped values: measures, and the sums from which they are computed.
//!
//! A measure declares the [`Sum`]s that it requires; the sums of all measures of a field are computed once, in a
//! [`Layout`]. Sums can be merged, so that values can be folded in panes and on several machines.

mod bytes;
mod exact;
mod kept;
mod layout;
mod measures;
mod sketch;
mod sums;
mod timed;
mod values;

pub use kept::Kept;
pub use layout::Layout;
pub use measures::MEASURES;
pub use sketch::QUANTILE_ERROR;
pub use sums::{Sum, Sums};
pub use values::FEW;

/// A measure of the values of one field in one window.
#[derive(Clone, Copy)]
pub struct Measure {
    /// Its name in pipeline files.
    pub name: &'static str,
    /// Its description.
    pub summary: &'static str,
    /// The sums that it requires.
    pub needs: &'static [Sum],
    /// How it is computed from them.
    pub finish: Finish,
}

/// How a measure is computed from the sums.
#[derive(Clone, Copy)]
pub enum Finish {
    /// By this function.
    Plain(fn(&Sums<'_>) -> f64),
    /// As this quantile, 0 to 1.
    Quantile(f64),
}

impl std::fmt::Debug for Measure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl Measure {
    /// Finds a measure by name; percentiles are `p0` to `p100`, as in `p95` and `p99.9`.
    ///
    /// # Errors   an unknown name; the error lists the known ones
    ///
    /// ```
    /// use passband_dsp::aggregate::{Layout, Measure};
    /// let measures = ["mean", "range", "median", "p75", "time_weighted_mean"].map(|name| Measure::by_name(name).unwrap());
    /// let layout = Layout::new(measures.iter().flat_map(|m| m.needs));
    /// let (mut sums, mut kept) = layout.start();
    /// for (time, value) in [(0, 1.0), (3_000_000, 2.0), (4_000_000, 6.0)] {
    ///     layout.add(&mut sums, &mut kept, time, value);
    /// }
    /// let finished = measures.map(|m| m.finish(&layout.view(&sums, &kept)));
    /// assert_eq!(finished, [3.0, 5.0, 2.0, 4.0, 1.25]);
    /// assert!(Measure::by_name("p101").unwrap_err().contains("p0 to p100"));
    /// ```
    pub fn by_name(name: &str) -> Result<Measure, String> {
        if let Some(percentile) = measures::percentile(name) {
            return percentile;
        }
        let known = MEASURES.iter().copied().find(|measure| measure.name == name);
        known.copied().ok_or_else(|| format!("there is no measure \"{name}\"; there are {}", Self::names()))
    }
    /// The names of all measures, for messages.
    pub fn names() -> String {
        let names: Vec<_> = MEASURES.iter().map(|measure| measure.name).collect();
        format!("{}, p0 to p100 (as in p95 or p99.9)", names.join(", "))
    }
    /// Computes the measure from the sums.
    pub fn finish(&self, sums: &Sums<'_>) -> f64 {
        match self.finish {
            Finish::Plain(finish) => finish(sums),
            Finish::Quantile(share) => sums.quantile(share),
        }
    }
}
