//! Epoch folding: the mean of a signal over the phases of a period.

/// The mean of a signal at each of `bins` phases of a period, smoothed by (¼, ½, ¼), starting at the phase of its
/// maximum.
pub(super) fn folded(signal: &[f64], period: f64, bins: usize, out: &mut Vec<f64>, counts: &mut Vec<f64>) {
    out.clear();
    out.resize(bins, 0.0);
    counts.clear();
    counts.resize(bins, 0.0);
    let step = bins as f64 / period;
    let mut phase = 0.0;
    for value in signal {
        let bin = (phase as usize).min(bins - 1);
        out[bin] += value;
        counts[bin] += 1.0;
        phase += step;
        if phase >= bins as f64 {
            phase -= bins as f64;
        }
    }
    for (value, count) in out.iter_mut().zip(&*counts) {
        *value /= count.max(1.0);
    }
    counts.copy_from_slice(out);
    for (bin, value) in out.iter_mut().enumerate() {
        let (before, after) = (counts[(bin + bins - 1) % bins], counts[(bin + 1) % bins]);
        *value = 0.5 * *value + 0.25 * (before + after);
    }
    let mut greatest = 0;
    for bin in 1..bins {
        if out[bin] > out[greatest] {
            greatest = bin;
        }
    }
    out.rotate_left(greatest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pulse_train_is_one_pulse_at_its_period_and_two_at_twice_that() {
        let pulses: Vec<f64> = (0..1200).map(|n| f64::from(n % 50 == 7)).collect();
        let (mut out, mut counts) = (vec![], vec![]);
        folded(&pulses, 50.0, 25, &mut out, &mut counts);
        assert_eq!([out[0], out[1], out[12]], [0.25, 0.125, 0.0]);
        folded(&pulses, 100.0, 50, &mut out, &mut counts);
        assert_eq!([out[0], out[25], out[12]], [0.25, 0.25, 0.0]);
    }
}
