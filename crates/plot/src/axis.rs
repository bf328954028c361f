//! Ticks of axes.

/// A tick: position between 0 and 1, and label.
pub type Tick = (f64, String);

/// Possible intervals between ticks of time, in seconds.
const STEPS: [f64; 23] = [
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0,
    300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0,
];

/// At most nine ticks of time from 0 on, as minutes and seconds.
pub fn time(duration_s: f64) -> Vec<Tick> {
    let fits = |step: &&f64| duration_s / **step <= 9.0;
    // beyond days, whole multiples of hours
    let step =
        STEPS.iter().find(fits).copied().unwrap_or_else(|| (duration_s / 9.0 / 3600.0).ceil() * 3600.0);
    let count = (duration_s / step + 1e-9).floor() as usize;
    (0..=count).map(|at| at as f64 * step).map(|time| (time / duration_s, clock(time, step))).collect()
}

/// Formats a time as `m:ss` or `h:mm:ss`, with as many decimals as the interval needs.
pub fn clock(time_s: f64, step_s: f64) -> String {
    let decimals = if step_s >= 1.0 { 0 } else { (-step_s.log10() - 1e-9).ceil() as usize };
    let unit = 10f64.powi(decimals as i32);
    let units = (time_s * unit).round() as u64;
    let (whole, part) = (units / unit as u64, units % unit as u64);
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    let seconds = match decimals {
        0 => format!("{seconds:02}"),
        _ => format!("{seconds:02}.{part:0decimals$}"),
    };
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds}") } else { format!("{minutes}:{seconds}") }
}

/// Ticks at powers of two of frequencies in Hz, on a logarithmic axis.
pub fn octaves([low, high]: [f64; 2]) -> Vec<Tick> {
    let place = |hz: f64| (hz / low).ln() / (high / low).ln();
    let all = (0..24).map(|octave| f64::from(1 << octave)).filter(|hz| (low..=high).contains(hz));
    all.map(|hz| (place(hz), format!("{hz}"))).collect()
}

/// Ticks on a mel axis (Slaney) from 0 Hz on.
pub fn mels(high_hz: f64) -> Vec<Tick> {
    let mel =
        |hz: f64| if hz < 1000.0 { hz / 200.0 * 3.0 } else { 15.0 + 27.0 * (hz / 1000.0).ln() / 6.4f64.ln() };
    let all = [0.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0].into_iter().filter(|hz| *hz <= high_hz);
    all.map(|hz| (mel(hz) / mel(high_hz), format!("{hz}"))).collect()
}

/// Ticks of tempo on a logarithmic axis.
pub fn tempi([slow, fast]: [f64; 2]) -> Vec<Tick> {
    let place = |bpm: f64| (bpm / slow).ln() / (fast / slow).ln();
    [30.0, 60.0, 120.0, 240.0, 480.0].map(|bpm| (place(bpm), format!("{bpm}"))).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_minutes_and_seconds() {
        let labels = |duration: f64| time(duration).into_iter().map(|(_, label)| label).collect::<Vec<_>>();
        assert_eq!(labels(61.5), ["0:00", "0:10", "0:20", "0:30", "0:40", "0:50", "1:00"]);
        assert_eq!(
            labels(0.9),
            [
                "0:00.0", "0:00.1", "0:00.2", "0:00.3", "0:00.4", "0:00.5", "0:00.6", "0:00.7", "0:00.8",
                "0:00.9"
            ]
        );
        assert_eq!(
            labels(7300.0),
            ["0:00", "15:00", "30:00", "45:00", "1:00:00", "1:15:00", "1:30:00", "1:45:00", "2:00:00"]
        );
        assert_eq!(labels(36_000.0).last().unwrap(), "10:00:00");
        assert!(labels(1e9).len() <= 10);
    }

    #[test]
    fn frequencies_lie_where_their_logarithms_are() {
        assert_eq!(octaves([32.0, 128.0]), [(0.0, "32".into()), (0.5, "64".into()), (1.0, "128".into())]);
        let mels = mels(11_025.0);
        // librosa.hz_to_mel(1000) / hz_to_mel(11025)
        assert!((mels[2].0 - 15.0 / 49.911).abs() < 1e-3, "{mels:?}");
    }
}
