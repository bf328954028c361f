//! Medians over many frames, by bin, in memory that grows with the logarithm of their number.

/// Number of frames stored exactly, and per level above.
const FRAMES: usize = 1 << 14;

/// The median of each bin: exact up to 16,383 frames (over six minutes with a hop of 512 at 22,050 Hz). Beyond that,
/// its rank has an error of less than `L / 16384` of the frames, where `L` is `log2(frames / 16384)`, rounded up: less
/// than 0.05 % of the frames of ten hours.
///
/// When 16,384 frames are stored, every other value of each sorted bin is moved to the next level, where it has twice
/// the weight: the sketch of Munro and Paterson. It is deterministic: the same frames give the same medians.
///
/// # Shape      in `[bins]` a frame; out `[bins]`
/// # Units      those of the frames
/// # Memory     at most `64 kB · bins · (L + 1)`
/// # Edges
/// without frames, the median is 0; of an even number of values, it is the mean of the two central ones; NaN is greater
/// than every number
/// # Agrees     numpy 2.4 `median`, to the bit, up to 16,383 frames
/// # Reference
/// Munro & Paterson, Selection and sorting with limited storage, Theoretical Computer Science 12 (1980) 315
/// # Example
/// ```
/// use passband_dsp::medians::Medians;
/// let mut medians = Medians::start(2);
/// for frame in [[3.0, 1.0], [1.0, 1.5], [2.0, 9.0], [7.0, 2.5]] {
///     medians.add(&frame);
/// }
/// assert_eq!(medians.median(), [2.5, 2.0]);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Medians {
    bins: usize,
    levels: Vec<Level>,
}

/// Values that represent `2^level` frames each: the same number for each bin, with the bins consecutive in every row.
#[derive(Clone, Debug, Default, PartialEq)]
struct Level {
    rows: Vec<f32>,
    /// Whether the next values moved up are those at odd positions.
    odd: bool,
}

impl Medians {
    /// An empty sketch of this many bins.
    pub fn start(bins: usize) -> Medians {
        Medians { bins, levels: vec![Level::default()] }
    }

    /// Adds a frame.
    ///
    /// # Panics     if its length differs from the number of bins
    pub fn add(&mut self, frame: &[f32]) {
        assert_eq!(frame.len(), self.bins, "the frames of one fold have one length");
        self.levels[0].rows.extend_from_slice(frame);
        let mut level = 0;
        while self.bins > 0 && self.levels[level].rows.len() == FRAMES * self.bins {
            self.compact(level);
            level += 1;
        }
    }

    /// Moves half of a level's values to the next level.
    fn compact(&mut self, level: usize) {
        if self.levels.len() == level + 1 {
            self.levels.push(Level::default());
        }
        let (lower, upper) = self.levels.split_at_mut(level + 1);
        let (Level { rows, odd }, upper) = (&mut lower[level], &mut upper[0].rows);
        let start = upper.len();
        upper.resize(start + rows.len() / 2, 0.0);
        let mut values = Vec::with_capacity(FRAMES);
        for bin in 0..self.bins {
            values.clear();
            values.extend(rows.iter().skip(bin).step_by(self.bins).copied());
            values.sort_unstable_by(f32::total_cmp);
            let places = upper[start..].iter_mut().skip(bin).step_by(self.bins);
            let chosen = values.iter().skip(usize::from(*odd)).step_by(2);
            places.zip(chosen).for_each(|(place, value)| *place = *value);
        }
        rows.clear();
        *odd = !*odd;
    }

    /// The median of each bin.
    pub fn median(&self) -> Vec<f64> {
        (0..self.bins).map(|bin| self.of(bin)).collect()
    }

    fn of(&self, bin: usize) -> f64 {
        let mut values: Vec<(f32, u64)> = vec![];
        for (level, Level { rows, .. }) in self.levels.iter().enumerate() {
            values.extend(rows.iter().skip(bin).step_by(self.bins).map(|value| (*value, 1 << level)));
        }
        let count: u64 = values.iter().map(|(_, weight)| weight).sum();
        if count == 0 {
            return 0.0;
        }
        values.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let at = |rank: u64| {
            let mut before = 0;
            let found = values.iter().find(|(_, weight)| {
                before += weight;
                before > rank
            });
            found.map_or(0.0, |(value, _)| f64::from(*value))
        };
        (at((count - 1) / 2) + at(count / 2)) / 2.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Unordered numbers, and their exact median.
    fn frames(count: usize) -> (Vec<[f32; 2]>, [f64; 2]) {
        let mut state = 1_u64;
        let mut number = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32
        };
        let frames: Vec<_> = (0..count).map(|at| [number(), at as f32]).collect();
        let exact = [0, 1].map(|bin| {
            let mut values: Vec<f32> = frames.iter().map(|frame| frame[bin]).collect();
            values.sort_unstable_by(f32::total_cmp);
            (f64::from(values[(count - 1) / 2]) + f64::from(values[count / 2])) / 2.0
        });
        (frames, exact)
    }

    #[test]
    fn short_recordings_have_exact_medians() {
        for count in [1, 2, 1000, FRAMES - 1] {
            let (frames, exact) = frames(count);
            let mut medians = Medians::start(2);
            frames.iter().for_each(|frame| medians.add(frame));
            assert_eq!(medians.median(), exact, "{count}");
        }
        assert_eq!(Medians::start(1).median(), [0.0]);
    }

    #[test]
    fn long_recordings_have_medians_of_nearly_the_middle_rank_in_bounded_memory() {
        let count = 2_000_000;
        let (frames, _) = frames(count);
        let mut medians = Medians::start(2);
        frames.iter().for_each(|frame| medians.add(frame));
        let held: usize = medians.levels.iter().map(|level| level.rows.capacity()).sum();
        assert!(held <= 2 * 2 * FRAMES * 8, "{held} values");
        for (bin, median) in medians.median().into_iter().enumerate() {
            let below = frames.iter().filter(|frame| f64::from(frame[bin]) < median).count();
            let off = (below as f64 / count as f64 - 0.5).abs();
            assert!(off < 7.0 / FRAMES as f64, "bin {bin}: {off:.2e} of the frames");
        }
    }
}
