//! What the rhythm and harmony pages need of every recording: chords, intervals of beats, patterns of bars.

/// Bins of the intervals between beats.
pub const INTERVALS: usize = 60;
/// The shortest and the longest interval in seconds, evenly divided in log time: 400 to 25 BPM.
pub const INTERVAL_RANGE: [f64; 2] = [0.15, 2.4];
/// Maximum number of distinct chords.
pub const LABELS: usize = 256;
/// Steps of a bar.
pub const STEPS: usize = 16;

/// The musical content of the recordings.
#[derive(Debug, Default)]
pub struct Music {
    /// The distinct chord labels.
    pub labels: Vec<String>,
    /// The chords of each recording, as positions in `labels`.
    pub chords: Vec<Vec<u16>>,
    /// The number of intervals in each bin, per recording.
    pub intervals: Vec<[u16; INTERVALS]>,
    /// The mean onset strength at each step of a bar, per recording; empty where there are no bars.
    pub patterns: Vec<Vec<f32>>,
    /// The same of low frequencies.
    pub low_patterns: Vec<Vec<f32>>,
}

impl Music {
    /// Encodes the chords of a recording.
    pub fn encode(&mut self, labels: &[String]) -> Vec<u16> {
        let mut code = |label: &String| match self.labels.iter().position(|known| known == label) {
            Some(code) => Some(code as u16),
            // more labels than any vocabulary of chords has are not chords
            None if self.labels.len() >= LABELS => None,
            None => {
                self.labels.push(label.clone());
                Some((self.labels.len() - 1) as u16)
            }
        };
        labels.iter().filter_map(&mut code).collect()
    }

    /// Keeps some recordings.
    pub fn keep(&mut self, keep: &[bool]) {
        fn of<T>(all: &mut Vec<T>, keep: &[bool]) {
            // a table may not have the column
            if all.len() == keep.len() {
                let mut each = keep.iter();
                all.retain(|_| *each.next().unwrap_or(&true));
            }
        }
        of(&mut self.chords, keep);
        of(&mut self.intervals, keep);
        of(&mut self.patterns, keep);
        of(&mut self.low_patterns, keep);
    }
}

/// The intervals between beats by bin. Intervals out of range count at its ends.
pub fn intervals(beats: &[f32]) -> [u16; INTERVALS] {
    let mut counts = [0u16; INTERVALS];
    let [short, long] = INTERVAL_RANGE;
    for pair in beats.windows(2) {
        let interval = f64::from(pair[1] - pair[0]);
        if interval > 0.0 {
            let at = (interval / short).ln() / (long / short).ln() * INTERVALS as f64;
            let count = &mut counts[(at.max(0.0) as usize).min(INTERVALS - 1)];
            *count = count.saturating_add(1);
        }
    }
    counts
}

/// A bar pattern of any number of steps at 16 steps: each takes the value of the step that it falls into.
pub fn steps(pattern: &[f32]) -> Vec<f32> {
    if pattern.is_empty() {
        return vec![];
    }
    (0..STEPS).map(|step| pattern[step * pattern.len() / STEPS]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_fall_into_bins_of_log_time() {
        let beats: Vec<f32> = (0..11).map(|beat| beat as f32 * 0.5).collect();
        let counts = intervals(&beats);
        assert_eq!(counts.iter().map(|count| u32::from(*count)).sum::<u32>(), 10);
        assert_eq!(counts[(0.5f64 / 0.15).log2() as usize * 15 + 11], 10);
        assert_eq!(intervals(&[1.0, 0.5, f32::NAN]), [0; INTERVALS]);
    }

    #[test]
    fn patterns_of_other_meters_fill_sixteen_steps() {
        assert_eq!(steps(&[1.0, 0.0]), [[1.0; 8], [0.0; 8]].concat());
        assert!(steps(&[]).is_empty());
        let twelve: Vec<f32> = (0..12).map(|step| step as f32).collect();
        assert_eq!(steps(&twelve)[15], 11.0);
    }
}
