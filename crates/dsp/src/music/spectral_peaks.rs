//! Peaks of a spectrum, with interpolated frequencies.

/// A local maximum of a magnitude spectrum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Peak {
    pub(super) hz: f64,
    pub(super) magnitude: f64,
}

/// Emits the peaks between two frequencies that are at most `range_db` below the maximum magnitude there.
///
/// The frequency is that of the vertex of the parabola through the logarithms of three bins.
pub(super) fn peaks(
    magnitudes: &[f64],
    bin_hz: f64,
    from_hz: f64,
    to_hz: f64,
    range_db: f64,
    out: &mut Vec<Peak>,
) {
    out.clear();
    let first = ((from_hz / bin_hz).ceil() as usize).max(1);
    let last = ((to_hz / bin_hz).floor() as usize).min(magnitudes.len().saturating_sub(2));
    if first > last {
        return;
    }
    let greatest = magnitudes[first..=last].iter().fold(0.0, |most: f64, x| most.max(*x));
    let least = (greatest * libm::pow(10.0, -range_db / 20.0)).max(1e-9);
    for k in first..=last {
        let [a, b, c] = [magnitudes[k - 1], magnitudes[k], magnitudes[k + 1]];
        if b < least || b <= a || b < c {
            continue;
        }
        let [a, b, c] = [a, b, c].map(|x| libm::log(x.max(1e-300)));
        let bend = a - 2.0 * b + c;
        let offset = if bend < 0.0 { (0.5 * (a - c) / bend).clamp(-0.5, 0.5) } else { 0.0 };
        let magnitude = libm::exp(b - 0.25 * (a - c) * offset);
        out.push(Peak { hz: (k as f64 + offset) * bin_hz, magnitude });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feature::transform::Transform;
    use crate::taper::Taper;

    #[test]
    fn a_tone_between_two_bins_is_found_within_a_tenth_of_a_bin() {
        let mut transform = Transform::new(Taper::by_name("hann", None).unwrap().weights(4096));
        let tone: Vec<f32> = (0..4096)
            .map(|n| libm::sin(2.0 * std::f64::consts::PI * 440.9 * f64::from(n) / 11025.0) as f32)
            .collect();
        let mut spectrum = vec![0.0; 2049];
        transform.power(&tone, &mut spectrum);
        spectrum.iter_mut().for_each(|power| *power = power.sqrt());
        let mut found = vec![];
        peaks(&spectrum, 11025.0 / 4096.0, 50.0, 5000.0, 20.0, &mut found);
        assert_eq!(found.len(), 1);
        assert!((found[0].hz - 440.9).abs() < 0.27, "{found:?}");
    }
}
