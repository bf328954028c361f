//! The tempo curve: tempo from beat to beat.

/// Tempo over time.
#[derive(Clone, Debug, PartialEq)]
pub struct TempoCurve {
    /// For each beat except the last, its time in seconds and the tempo in beats per minute.
    pub points: Vec<(f64, f64)>,
    /// Stability of the tempo: 1 minus the mean deviation from the median, relative to the median; at least 0.
    pub stability: f64,
}

/// The tempo at each beat, from the median of the five nearest intervals.
///
/// # Shape      in ascending times in seconds; out one point fewer
/// # Edges      `None` with fewer than two beats
/// # Example
/// ```
/// use passband_dsp::music::tempo_curve;
/// let curve = tempo_curve(&[0.0, 0.5, 1.0, 1.5, 2.0, 2.5]).unwrap();
/// assert_eq!((curve.points.len(), curve.points[2], curve.stability), (5, (1.0, 120.0), 1.0));
/// ```
pub fn tempo_curve(beats: &[f64]) -> Option<TempoCurve> {
    let intervals: Vec<f64> = beats.windows(2).map(|pair| pair[1] - pair[0]).filter(|s| *s > 0.0).collect();
    let overall = 60.0 / median(&intervals)?;
    let at = |i: usize| {
        let near = &intervals[i.saturating_sub(2)..(i + 3).min(intervals.len())];
        median(near).map(|interval| (beats[i], 60.0 / interval))
    };
    let points: Vec<(f64, f64)> = (0..intervals.len()).filter_map(at).collect();
    let deviation =
        points.iter().map(|(_, bpm)| (bpm / overall - 1.0).abs()).sum::<f64>() / points.len() as f64;
    Some(TempoCurve { points, stability: (1.0 - deviation).max(0.0) })
}

fn median(values: &[f64]) -> Option<f64> {
    let mut values = values.to_vec();
    let middle = values.len() / 2;
    (!values.is_empty()).then(|| *values.select_nth_unstable_by(middle, f64::total_cmp).1)
}
