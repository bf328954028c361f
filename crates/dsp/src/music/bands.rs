//! A filter bank of triangular bands, evenly spaced in pitch.

/// Triangular bands over the bins of a spectrum, each of area 1.
#[derive(Debug)]
pub(super) struct Bands {
    bands: Vec<Band>,
}

#[derive(Debug)]
struct Band {
    centre_hz: f64,
    first: usize,
    weights: Vec<f64>,
}

impl Bands {
    /// Bands whose centres are the distinct bins nearest to `440·2^(i / per_octave)` Hz between `fmin` and `fmax`.
    /// Each extends from the centre of the previous band to that of the next.
    pub(super) fn logarithmic(
        length: usize,
        rate_hz: f64,
        per_octave: u32,
        fmin: f64,
        fmax: f64,
    ) -> Result<Bands, String> {
        let fmax = fmax.min(rate_hz / 2.0);
        if !(fmin > 0.0 && fmin < fmax && (1..=96).contains(&per_octave)) {
            return Err(format!(
                "no band lies between fmin = {fmin} Hz and fmax = {fmax} Hz with {per_octave} bands an octave"
            ));
        }
        let per = f64::from(per_octave);
        let bin_hz = rate_hz / length as f64;
        let first = (per * libm::log2(fmin / 440.0)).ceil() as i64;
        let last = (per * libm::log2(fmax / 440.0)).floor() as i64;
        let bin = |i: i64| (440.0 * libm::exp2(i as f64 / per) / bin_hz).round() as usize;
        let mut centres: Vec<usize> =
            (first..=last).map(bin).filter(|k| (1..=length / 2).contains(k)).collect();
        centres.dedup();
        let bands = centres.windows(3).map(|centres| Band::triangle(centres, bin_hz)).collect();
        Ok(Bands { bands })
    }

    pub(super) fn len(&self) -> usize {
        self.bands.len()
    }

    /// Frequencies in Hz of the bands' centres.
    pub(super) fn centres(&self) -> impl Iterator<Item = f64> {
        self.bands.iter().map(|band| band.centre_hz)
    }

    pub(super) fn sum(&self, spectrum: &[f64], out: &mut [f64]) {
        for (band, out) in self.bands.iter().zip(out) {
            let bins = &spectrum[band.first..][..band.weights.len()];
            *out = bins.iter().zip(&band.weights).map(|(bin, weight)| bin * weight).sum();
        }
    }
}

impl Band {
    fn triangle(centres: &[usize], bin_hz: f64) -> Band {
        let (low, centre, high) = (centres[0], centres[1], centres[2]);
        let rise = (low + 1..=centre).map(|k| (k - low) as f64 / (centre - low) as f64);
        let fall = (centre + 1..high).map(|k| (high - k) as f64 / (high - centre) as f64);
        let weights: Vec<f64> = rise.chain(fall).collect();
        let area: f64 = weights.iter().sum();
        let weights = weights.iter().map(|weight| weight / area).collect();
        Band { centre_hz: centre as f64 * bin_hz, first: low + 1, weights }
    }
}
