//! Values for quantiles: all of them if they are few, otherwise a sketch.

use super::sketch::Sketch;

/// Maximum number of values that are stored individually.
pub const FEW: usize = 512;

/// Values in arbitrary order.
///
/// The representation depends only on the number of values, and bins are never merged; therefore the same values give
/// the same quantiles, regardless of their order and of how they were merged.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// All values.
    Few(Vec<f64>),
    /// The counts of the bins of a sketch.
    Many(Box<Sketch>),
}

impl Default for Values {
    fn default() -> Self {
        Values::Few(vec![])
    }
}

impl Values {
    /// Adds a value.
    pub fn add(&mut self, value: f64) {
        match self {
            Values::Few(values) if values.len() < FEW => values.push(value),
            Values::Few(values) => {
                let mut sketch = Sketch::of(values);
                sketch.add(value);
                *self = Values::Many(Box::new(sketch));
            }
            Values::Many(sketch) => sketch.add(value),
        }
    }
    /// Merges others.
    pub fn merge(&mut self, other: &Self) {
        match (&mut *self, other) {
            (_, Values::Few(others)) => others.iter().for_each(|value| self.add(*value)),
            (Values::Many(sketch), Values::Many(other)) => sketch.merge(other),
            (Values::Few(values), Values::Many(other)) => {
                let mut sketch = Sketch::of(values);
                sketch.merge(other);
                *self = Values::Many(Box::new(sketch));
            }
        }
    }

    /// The quantile at this share, interpolated linearly between the two nearest values as in numpy's `linear`
    /// (definition 7 of Hyndman and Fan).
    pub fn quantile(&self, share: f64) -> f64 {
        let count = match self {
            Values::Few(values) => values.len() as u64,
            Values::Many(sketch) => sketch.count(),
        };
        if count == 0 {
            return f64::NAN;
        }
        let rank = share * (count - 1) as f64;
        let below = (rank as u64).min(count - 1);
        let (low, high) = match self {
            Values::Few(values) => neighbours(&mut values.clone(), below as usize),
            Values::Many(sketch) => (sketch.at(below), sketch.at((below + 1).min(count - 1))),
        };
        between(low, high, rank - below as f64)
    }
}

/// The value of this rank, and the next one.
fn neighbours(values: &mut [f64], rank: usize) -> (f64, f64) {
    let (_, low, above) = values.select_nth_unstable_by(rank, f64::total_cmp);
    (*low, above.iter().copied().min_by(f64::total_cmp).unwrap_or(*low))
}

/// Interpolates from `low` to `high`, with the rounding of numpy.
fn between(low: f64, high: f64, share: f64) -> f64 {
    match high - low {
        way if way.is_infinite() => low * (1.0 - share) + high * share,
        way if share < 0.5 => low + way * share,
        way => high - way * (1.0 - share),
    }
}
