//! Chroma by approximate transcription, and pitch-class histograms from spectral peaks.

use super::decimator::Decimator;
use super::frames::Frames;
use super::log_spectrum::{BINS, LogSpectrum};
use super::note_dictionary::{NOTES, NoteDictionary, midi};
use super::rate;
use super::spectral_peaks::{Peak, peaks};
use super::tuning::{Tuning, TuningSum};
use crate::feature::transform::Transform;
use crate::taper::Taper;

/// Settings of [`NnlsChroma`].
#[derive(Clone, Debug, PartialEq)]
pub struct ChromaSettings {
    /// Frames per second.
    pub frames_per_second: f64,
    /// Frames whose loudest partial is below this level are silent, in dB relative to a full-scale sine.
    pub silence_db: f64,
    /// Seconds after which the tuning is fixed; frames are buffered until then.
    pub tuning_s: f64,
}

impl Default for ChromaSettings {
    fn default() -> Self {
        Self { frames_per_second: 20.0, silence_db: -70.0, tuning_s: 15.0 }
    }
}

/// Chroma of one frame: the strength of each pitch class, C first.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Chroma {
    /// Treble register (chords).
    pub treble: [f64; 12],
    /// Bass register.
    pub bass: [f64; 12],
}

impl Chroma {
    /// Whether all values are 0.
    pub fn is_silent(&self) -> bool {
        self.treble.iter().chain(&self.bass).all(|value| *value <= 0.0)
    }
}

/// Bins of the pitch-class histogram: tenths of a semitone, so that the tuning can be applied afterwards.
pub(super) const TENTHS: usize = 120;

/// NNLS chroma: the notes of each frame by non-negative least squares, summed over octaves.
///
/// The signal is decimated to 11 to 22 kHz. Spectra of 0.37 s are mapped to a logarithmic axis, corrected for tuning,
/// whitened (the mean over an octave is subtracted, and the result divided by the deviation there), and decomposed into
/// notes.
///
/// # Shape      in blocks of samples; out one [`Chroma`] per frame, centred on `t / frames_per_second` seconds
/// # Units      in full scale 1; out arbitrary, non-negative
/// # Edges      silence gives zeros; samples that are not finite count as 0
/// # Memory     the spectra of the first `tuning_s` seconds, 2 kB each; later frames are not buffered
/// # Reference  Mauch & Dixon, Approximate Note Transcription for the Improved Identification of Difficult Chords,
/// ISMIR 2010
/// # Example
/// ```
/// use passband_dsp::music::{ChromaSettings, NnlsChroma};
/// let mut stage = NnlsChroma::new(22050.0, &ChromaSettings::default()).unwrap();
/// // Two seconds of A4: pitch class 9.
/// let tone: Vec<f32> = (0..44100).map(|n| 0.3 * (n as f32 * 0.125_378_58).sin()).collect();
/// let mut frames = vec![];
/// stage.push(&tone, |chroma| frames.push(chroma));
/// stage.finish(|chroma| frames.push(chroma));
/// assert_eq!(frames.len(), 40);
/// let treble = frames[20].treble;
/// assert!((0..12).all(|class| class == 9 || treble[class] < 0.5 * treble[9]), "{treble:?}");
/// ```
#[derive(Debug)]
pub struct NnlsChroma {
    decimator: Decimator,
    frames: Frames,
    analysis: Analysis,
    /// Spectra buffered until the tuning is known.
    waiting: Vec<Vec<f64>>,
    /// Maximum length of `waiting`.
    most_waiting: usize,
    settled: Option<Tuning>,
}

/// The analysis of each frame.
struct Analysis {
    transform: Transform,
    magnitudes: Vec<f64>,
    bin_hz: f64,
    silence: f64,
    axis: LogSpectrum,
    dictionary: NoteDictionary,
    peaks: Vec<Peak>,
    tuning: TuningSum,
    histogram: [f64; TENTHS],
    whitened: Vec<f64>,
}

impl std::fmt::Debug for Analysis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Analysis of {} bins", self.magnitudes.len())
    }
}

impl NnlsChroma {
    /// # Edges      sample rates below 4 kHz or above 768 kHz are refused
    pub fn new(rate_hz: f64, settings: &ChromaSettings) -> Result<NnlsChroma, String> {
        rate::check(rate_hz)?;
        let ChromaSettings { frames_per_second, silence_db, tuning_s } = *settings;
        if !(1.0..=100.0).contains(&frames_per_second) {
            return Err(format!("frames_per_second = {frames_per_second} must be between 1 and 100"));
        }
        let decimator = Decimator::new(rate_hz, 11_000.0);
        let rate_hz = rate_hz / decimator.factor() as f64;
        let length = rate::frame_length(rate_hz, 4096.0 / 11025.0);
        // a full-scale sine has magnitude 1
        let weights = Taper::by_name("hann", None)?.weights(length);
        let scale = 2.0 / weights.iter().sum::<f64>();
        let axis = LogSpectrum::new(length, rate_hz);
        let analysis = Analysis {
            transform: Transform::new(weights.iter().map(|weight| weight * scale).collect()),
            magnitudes: vec![0.0; length / 2 + 1],
            bin_hz: rate_hz / length as f64,
            silence: libm::pow(10.0, silence_db / 20.0),
            dictionary: NoteDictionary::new(&axis, length, rate_hz),
            axis,
            peaks: vec![],
            tuning: TuningSum::default(),
            histogram: [0.0; TENTHS],
            whitened: vec![0.0; BINS],
        };
        let most_waiting = (tuning_s.clamp(0.0, 60.0) * frames_per_second) as usize;
        let frames = Frames::new(length, rate_hz / frames_per_second);
        Ok(NnlsChroma { decimator, frames, analysis, waiting: vec![], most_waiting, settled: None })
    }

    /// The tuning so far; `None` without tonal sound.
    pub fn tuning(&self) -> Option<Tuning> {
        self.analysis.tuning.tuning()
    }

    /// Pitch-class histogram of the spectral peaks of all frames, in tenths of a semitone from C at A4 = 440 Hz.
    pub(super) fn histogram(&self) -> &[f64; TENTHS] {
        &self.analysis.histogram
    }

    /// Adds a block and emits the frames that it completes.
    pub fn push(&mut self, block: &[f32], mut each: impl FnMut(Chroma)) {
        let NnlsChroma { decimator, frames, analysis, waiting, most_waiting, settled } = self;
        decimator.push(block, |samples| {
            frames.push(samples, |frame| {
                let spectrum = analysis.take(frame);
                match settled {
                    Some(tuning) => each(analysis.chroma(&spectrum, tuning.cents)),
                    None => waiting.push(spectrum),
                }
                if settled.is_none() && waiting.len() > *most_waiting {
                    let tuning = analysis.tuning.tuning();
                    let cents = tuning.map_or(0.0, |tuning| tuning.cents);
                    waiting.drain(..).for_each(|spectrum| each(analysis.chroma(&spectrum, cents)));
                    // while there is only silence, the next frames are buffered too
                    *settled = tuning;
                }
            });
        });
    }

    /// Emits the buffered frames and those that extend beyond the end. The tuning and the histogram remain available
    /// until [`NnlsChroma::restart`].
    pub fn finish(&mut self, mut each: impl FnMut(Chroma)) {
        let NnlsChroma { decimator, frames, analysis, waiting, settled, .. } = self;
        decimator.finish(|samples| frames.push(samples, |frame| waiting.push(analysis.take(frame))));
        frames.finish(|frame| waiting.push(analysis.take(frame)));
        let cents = settled.or(analysis.tuning.tuning()).map_or(0.0, |tuning| tuning.cents);
        waiting.drain(..).for_each(|spectrum| each(analysis.chroma(&spectrum, cents)));
    }

    /// Resets the tuning and the histogram: the next block begins another recording.
    pub fn restart(&mut self) {
        self.analysis.tuning = TuningSum::default();
        self.analysis.histogram = [0.0; TENTHS];
        self.settled = None;
    }
}

impl Analysis {
    /// The spectrum of a frame on the logarithmic axis; empty for silence.
    fn take(&mut self, frame: &[f32]) -> Vec<f64> {
        self.transform.power(frame, &mut self.magnitudes);
        for magnitude in &mut self.magnitudes {
            *magnitude = magnitude.sqrt();
        }
        peaks(&self.magnitudes, self.bin_hz, 60.0, 3500.0, 50.0, &mut self.peaks);
        let greatest = self.peaks.iter().fold(0.0, |most: f64, peak| most.max(peak.magnitude));
        if greatest <= self.silence {
            return vec![];
        }
        self.tuning.add(&self.peaks);
        self.add_to_histogram();
        let mut spectrum = vec![0.0; BINS];
        self.axis.sum(&self.magnitudes, &mut spectrum);
        spectrum
    }

    /// Adds the harmonic pitch classes of the peaks (Gómez 2006): each peak counts for the notes of which it can be one
    /// of the first four harmonics. All frames have equal weight.
    fn add_to_histogram(&mut self) {
        let mut frame = [0.0; TENTHS];
        for peak in &self.peaks {
            let mut weight = peak.magnitude;
            for harmonic in 1..=4 {
                let semitones = 12.0 * libm::log2(peak.hz / f64::from(harmonic) / 440.0) + 9.0;
                let tenth = (semitones * 10.0).round().rem_euclid(TENTHS as f64) as usize;
                frame[tenth.min(TENTHS - 1)] += weight;
                weight *= 0.6;
            }
        }
        let sum: f64 = frame.iter().sum();
        self.histogram.iter_mut().zip(frame).for_each(|(sum_of_all, value)| *sum_of_all += value / sum);
    }

    fn chroma(&mut self, spectrum: &[f64], cents: f64) -> Chroma {
        let mut chroma = Chroma::default();
        if spectrum.is_empty() {
            return chroma;
        }
        self.whiten(spectrum, cents);
        let mut notes = [0.0; NOTES];
        self.dictionary.solve(&self.whitened, &mut notes);
        for (note, activation) in notes.iter().enumerate() {
            // compressed, so that a loud melody does not mask soft chords
            let activation = libm::pow(*activation, 0.4);
            let (treble, bass) = registers(midi(note) as f64);
            chroma.treble[midi(note) % 12] += treble * activation;
            chroma.bass[midi(note) % 12] += bass * activation;
        }
        chroma
    }

    /// Shifts the axis by the tuning, subtracts the mean over the octave around each bin and divides by the deviation.
    fn whiten(&mut self, spectrum: &[f64], cents: f64) {
        /// Half an octave.
        const REACH: usize = 18;
        let at = |place: f64| {
            let (whole, part) = (place.floor(), place - place.floor());
            let value = |bin: f64| spectrum.get(bin as usize).filter(|_| bin >= 0.0).unwrap_or(&0.0);
            value(whole) * (1.0 - part) + value(whole + 1.0) * part
        };
        let tuned: Vec<f64> = (0..BINS).map(|bin| at(bin as f64 + cents * 0.03)).collect();
        let greatest = tuned.iter().fold(0.0, |most: f64, x| most.max(*x));
        let (mut sum, mut squares) = (0.0, 0.0);
        for value in &tuned[..REACH] {
            sum += value;
            squares += value * value;
        }
        for bin in 0..BINS {
            if let Some(value) = tuned.get(bin + REACH) {
                sum += value;
                squares += value * value;
            }
            if let Some(value) = bin.checked_sub(REACH + 1).map(|gone| tuned[gone]) {
                sum -= value;
                squares -= value * value;
            }
            let count = ((bin + REACH + 1).min(BINS) - bin.saturating_sub(REACH)) as f64;
            let mean = sum / count;
            let deviation = (squares / count - mean * mean).max(0.0).sqrt();
            self.whitened[bin] = ((tuned[bin] - mean) / (deviation + 0.01 * greatest)).max(0.0);
        }
    }
}

/// Weights of a note, by its MIDI number, for treble and bass. Chords lie below melodies, so the treble weight falls
/// from C4 to C6. The bass weight falls from C2 to C4.
fn registers(midi: f64) -> (f64, f64) {
    let (up, down) = (((midi - 24.0) / 8.0).clamp(0.0, 1.0), ((84.0 - midi) / 36.0).clamp(0.0, 1.0));
    let (low, bass) = (((midi - 21.0) / 7.0).clamp(0.0, 1.0), ((60.0 - midi) / 24.0).clamp(0.0, 1.0));
    (up * down, low * bass)
}
