//! Conversion of pitches to pitch classes: librosa's `filters.cq_to_chroma`.

use super::analysis::Analysis;
use super::settings::Settings;

/// Sums the magnitudes of all pitches of a class.
pub(super) struct PitchClasses {
    /// The class of each pitch.
    classes: Vec<usize>,
    chroma: Vec<f64>,
}

impl PitchClasses {
    pub(super) fn new(settings: &Settings, analysis: &Analysis) -> PitchClasses {
        let count = |name| settings.count(name).unwrap_or_default();
        let (per_octave, n_chroma) = (count("bins_per_octave"), count("n_chroma"));
        let merged = per_octave / n_chroma;
        let fmin = settings.number("cqt_fmin").unwrap_or_default();
        // semitones above C, converted to classes from C on
        let halftones = (12.0 * (libm::log2(fmin) - libm::log2(440.0)) + 69.0).rem_euclid(12.0);
        let first = (halftones * n_chroma as f64 / 12.0).round_ties_even() as usize;
        // the bins of a class are centred on its pitch
        let class = |bin: usize| ((bin + merged / 2) % per_octave / merged + first) % n_chroma;
        PitchClasses {
            classes: (0..analysis.pitches().len()).map(class).collect(),
            chroma: vec![0.0; n_chroma],
        }
    }

    /// The sum of the magnitudes of each class.
    pub(super) fn of(&mut self, analysis: &Analysis) -> &mut [f64] {
        self.chroma.fill(0.0);
        for (class, magnitude) in self.classes.iter().zip(analysis.pitches()) {
            self.chroma[*class] += magnitude;
        }
        &mut self.chroma
    }

    pub(super) fn count(&self) -> usize {
        self.chroma.len()
    }
}
