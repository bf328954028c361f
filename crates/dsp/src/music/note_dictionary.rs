//! Approximate transcription by non-negative least squares: the activations of notes, modelled as sums of harmonics, in
//! a spectrum.

use super::log_spectrum::{BINS, LOWEST_NOTE, LogSpectrum, SEMITONES, frequency};

/// Number of notes in the dictionary: A0 to G#7.
pub(super) const NOTES: usize = 84;

/// Non-negative least squares, `min ‖y − D·a‖, a ≥ 0`, with a dictionary of notes whose harmonics decay geometrically.
///
/// # Reference  Mauch & Dixon, Approximate Note Transcription for the Improved Identification of Difficult Chords,
/// ISMIR 2010, section 2.2; solved by coordinate descent (Franc, Hlaváč & Navara 2005)
#[derive(Debug)]
pub(super) struct NoteDictionary {
    /// For each note, the first non-zero bin of its column, and the column from there on.
    columns: Vec<(usize, Vec<f64>)>,
    /// `DᵀD`, row by row.
    gram: Vec<f64>,
    gradient: Vec<f64>,
    candidates: Vec<usize>,
}

impl NoteDictionary {
    /// Columns are spectra of notes mapped by `axis`, so that their leakage into neighbouring bins is that of the
    /// transform.
    pub(super) fn new(axis: &LogSpectrum, length: usize, rate_hz: f64) -> NoteDictionary {
        let columns: Vec<_> = (0..NOTES).map(|note| column(note, axis, length, rate_hz)).collect();
        let dense = |(first, values): &(usize, Vec<f64>)| {
            let mut all = vec![0.0; BINS];
            all[*first..*first + values.len()].copy_from_slice(values);
            all
        };
        let all: Vec<Vec<f64>> = columns.iter().map(dense).collect();
        let product = |i: usize, j: usize| all[i].iter().zip(&all[j]).map(|(x, y)| x * y).sum::<f64>();
        let gram = (0..NOTES * NOTES).map(|at| product(at / NOTES, at % NOTES)).collect();
        NoteDictionary { columns, gram, gradient: vec![0.0; NOTES], candidates: vec![] }
    }

    /// The activation of each note.
    pub(super) fn solve(&mut self, spectrum: &[f64], activations: &mut [f64; NOTES]) {
        const SWEEPS: usize = 40;
        let NoteDictionary { columns, gram, gradient, candidates } = self;
        for (gradient, (first, column)) in gradient.iter_mut().zip(&*columns) {
            *gradient = spectrum[*first..].iter().zip(column).map(|(x, y)| x * y).sum();
        }
        activations.fill(0.0);
        candidates.clear();
        candidates
            .extend((0..NOTES).filter(|note| gradient[*note] > 0.0 && gram[note * NOTES + note] > 1e-6));
        let greatest = gradient.iter().fold(0.0, |most: f64, x| most.max(*x));
        for _ in 0..SWEEPS {
            let mut moved: f64 = 0.0;
            for note in &*candidates {
                let row = &gram[note * NOTES..][..NOTES];
                let before = activations[*note];
                let step = (before + gradient[*note] / row[*note]).max(0.0) - before;
                if step != 0.0 {
                    activations[*note] = before + step;
                    gradient.iter_mut().zip(row).for_each(|(gradient, product)| *gradient -= step * product);
                    moved = moved.max(step.abs() * row[*note]);
                }
            }
            if moved <= 1e-3 * greatest {
                break;
            }
        }
    }
}

/// The spectrum of one note on the logarithmic axis, normalised to length 1.
fn column(note: usize, axis: &LogSpectrum, length: usize, rate_hz: f64) -> (usize, Vec<f64>) {
    let mut spectrum = vec![0.0; length / 2 + 1];
    let fundamental = frequency((3 * note + 1) as f64) * length as f64 / rate_hz;
    // low notes have richer spectra than high ones: ratios of successive harmonics from 0.9 to 0.6
    let fall = 0.9 - 0.3 * note as f64 / (NOTES - 1) as f64;
    let mut level = 1.0;
    for harmonic in 1..=20 {
        let place = fundamental * f64::from(harmonic);
        let first = (place - 2.0).max(0.0).ceil() as usize;
        let last = ((place + 2.0).floor() as usize).min(length / 2);
        for (k, value) in spectrum.iter_mut().enumerate().take(last + 1).skip(first) {
            *value += level * hann_lobe(k as f64 - place);
        }
        level *= fall;
    }
    let mut all = vec![0.0; BINS];
    axis.sum(&spectrum, &mut all);
    let norm = all.iter().map(|x| x * x).sum::<f64>().sqrt();
    let first = all.iter().position(|x| *x > 0.0).unwrap_or(0);
    let values = all[first..].iter().map(|x| if norm > 0.0 { x / norm } else { 0.0 }).collect();
    (first, values)
}

/// The main lobe of the transform of the Hann taper, at a distance in bins; 1 at its centre.
fn hann_lobe(x: f64) -> f64 {
    let x = x.abs();
    if x < 1e-6 {
        return 1.0;
    }
    if (x - 1.0).abs() < 1e-6 {
        return 0.5;
    }
    let y = std::f64::consts::PI * x;
    if x >= 2.0 { 0.0 } else { libm::sin(y) / y / (1.0 - x * x) }
}

/// MIDI number of a note of the dictionary.
pub(super) fn midi(note: usize) -> usize {
    LOWEST_NOTE + note
}

const _: () = assert!(NOTES <= SEMITONES);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_of_columns_is_taken_apart_again() {
        let axis = LogSpectrum::new(4096, 11025.0);
        let mut dictionary = NoteDictionary::new(&axis, 4096, 11025.0);
        let mut spectrum = vec![0.0; BINS];
        for (note, level) in [(27, 1.0), (39, 0.5), (43, 0.7), (46, 0.25)] {
            let (first, column) = &dictionary.columns[note];
            spectrum[*first..].iter_mut().zip(column).for_each(|(x, y)| *x += level * y);
        }
        let mut found = [0.0; NOTES];
        dictionary.solve(&spectrum, &mut found);
        for (note, level) in found.iter().enumerate() {
            let expected = match note {
                27 => 1.0,
                39 => 0.5,
                43 => 0.7,
                46 => 0.25,
                _ => 0.0,
            };
            assert!((level - expected).abs() < 0.03, "note {note}: {level} for {expected}");
        }
    }
}
