//! The values of a feature in bounded memory: adjacent frames are pooled as a recording grows longer.

/// The values of a feature over time, in a limited number of columns. When all columns are in use, adjacent pairs are
/// merged by their maximum.
pub struct Columns {
    height: usize,
    most: usize,
    /// Number of frames per column.
    stride: u64,
    frames: u64,
    values: Vec<f32>,
}

impl Columns {
    /// Starts without frames; each frame will have `height` values.
    pub fn new(height: usize, most: usize) -> Columns {
        Columns { height, most: most.max(2), stride: 1, frames: 0, values: vec![] }
    }

    /// Number of frames added.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Adds a frame. NaN is ignored.
    pub fn push(&mut self, frame: impl IntoIterator<Item = f32>) {
        if self.frames.is_multiple_of(self.stride) {
            if self.values.len() == self.most * self.height {
                self.halve();
            }
            if self.frames.is_multiple_of(self.stride) {
                self.values.resize(self.values.len() + self.height, f32::NEG_INFINITY);
            }
        }
        self.frames += 1;
        let last = self.values.len() - self.height;
        self.values[last..].iter_mut().zip(frame).for_each(|(most, value)| *most = most.max(value));
    }

    fn halve(&mut self) {
        let pairs = self.values.chunks(2 * self.height).flat_map(|pair| {
            let (one, two) = pair.split_at(self.height.min(pair.len()));
            one.iter()
                .enumerate()
                .map(move |(at, value)| two.get(at).map_or(*value, |other| value.max(*other)))
        });
        self.values = pairs.collect();
        self.stride *= 2;
    }

    /// The maxima of `count` equal spans of time, span by span. Frames are centred on multiples of `frame_s`; a span
    /// without a frame uses the frame around its middle, or `least` if there is none.
    pub fn spans(&self, frame_s: f64, duration_s: f64, count: usize, least: f32) -> Vec<f32> {
        let columns = self.values.len() / self.height;
        let mut spans = Vec::with_capacity(count * self.height);
        for span in 0..count {
            let time = |part: f64| (span as f64 + part) * duration_s / count as f64 / frame_s;
            // despite rounding, a span that begins at a frame includes it
            let [first, last] = [time(0.0), time(1.0)].map(|time| (time - 1e-9).ceil() as u64);
            let nearest = time(0.5).round() as u64;
            let range = if first < last { first..last } else { nearest..nearest + 1 };
            let start = ((range.start / self.stride) as usize).min(columns.saturating_sub(1));
            let end = (((range.end - 1) / self.stride) as usize + 1).min(columns);
            for row in 0..self.height {
                let column = |column: usize| self.values[column * self.height + row];
                let most = (start..end).map(column).fold(f32::NEG_INFINITY, f32::max);
                spans.push(if most.is_finite() { most } else { least });
            }
        }
        spans
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_long_the_recording_the_columns_are_bounded_and_no_peak_is_lost() {
        let mut columns = Columns::new(2, 64);
        for frame in 0..1000 {
            columns.push([if frame == 700 { 9.0 } else { 1.0 }, frame as f32]);
        }
        assert!(columns.values.len() <= 128 && columns.frames() == 1000);
        let spans = columns.spans(1.0, 1000.0, 4, 0.0);
        assert_eq!(spans.iter().step_by(2).copied().collect::<Vec<_>>(), [1.0, 1.0, 9.0, 1.0]);
        assert!(spans[7] == 999.0);
    }

    #[test]
    fn a_frame_fills_the_spans_about_it() {
        let mut columns = Columns::new(1, 8);
        columns.push([1.0]);
        columns.push([2.0]);
        columns.push([f32::NAN]);
        assert_eq!(columns.spans(1.0, 2.0, 8, 0.0), [1.0, 1.0, 2.0, 2.0, 2.0, 2.0, 0.0, 0.0]);
        assert_eq!(Columns::new(1, 8).spans(1.0, 2.0, 2, -1.0), [-1.0, -1.0]);
    }
}
