//! Measures the content of a picture as the samples of a recording arrive.

use crate::columns::Columns;
use passband_dsp::feature::{Feature, Plan, Settings, Stream};
use passband_dsp::music::{MusicAnalyzer, MusicResult, Stage};
use passband_dsp::resample::Resampler;
use passband_signal::SignalSpec;

/// Maximum number of columns of a picture. In longer recordings, a column contains several frames.
pub const MOST_COLUMNS: usize = 2400;
/// The sample rate at which recordings are measured, as `librosa.load` does.
pub const RATE_HZ: f64 = 22_050.0;
/// Hop between frames in samples, that of librosa.
pub const HOP: usize = 512;
/// Hop between frames in seconds.
pub const FRAME_S: f64 = HOP as f64 / RATE_HZ;
/// Rows of the spectrogram, evenly spaced in log frequency.
pub const LOG_ROWS: usize = 256;
/// Bands of the mel spectrogram.
pub const MEL_ROWS: usize = 128;
/// Rows of the tempogram, evenly spaced in log tempo.
pub const TEMPO_ROWS: usize = 96;
/// The slowest and the fastest tempo of the tempogram, in BPM.
pub const TEMPI: [f64; 2] = [30.0, 480.0];

const FEATURES: [&str; 5] =
    ["power_spectrogram", "mel_spectrogram", "chroma_cqt", "onset_strength", "tempogram"];

/// Measures features and music of one recording. Memory is bounded, except for beats and chords.
pub struct Measure {
    spec: SignalSpec,
    samples: u64,
    resampler: Option<Resampler>,
    stream: Stream,
    /// `None` at sample rates below 4 kHz, which the music analyses do not support.
    music: Option<MusicAnalyzer>,
    rows: Rows,
}

/// The pooled features.
pub struct Rows {
    /// The lowest and the highest frequency of the spectrogram in Hz.
    pub range: [f64; 2],
    /// Hop between frames in seconds.
    pub frame_s: f64,
    /// For each row of the spectrogram, the range of bins.
    bins: Vec<(usize, usize)>,
    /// Power over log frequency.
    pub spectrogram: Columns,
    /// Power over mel bands.
    pub mel: Columns,
    /// Chroma, C first.
    pub chroma: Columns,
    /// Onset strength.
    pub onsets: Columns,
    /// Tempogram.
    pub tempo: Columns,
}

/// The content of a picture.
pub struct Measured {
    /// The signal.
    pub spec: SignalSpec,
    /// Length in seconds.
    pub duration_s: f64,
    /// Features.
    pub rows: Rows,
    /// Beats, chords and key.
    pub music: MusicResult,
}

impl Measure {
    /// Prepares for a recording. `hop` is the distance between frames in samples at 22,050 Hz; pictures of whole
    /// recordings use [`HOP`].
    ///
    /// # Errors   the sample rate cannot be resampled to 22,050 Hz
    pub fn new(spec: SignalSpec, stages: &[Stage], hop: usize) -> Result<Measure, String> {
        let rate = spec.rate.0;
        let resampler = (rate != RATE_HZ).then(|| Resampler::new(rate, RATE_HZ)).transpose()?;
        let settings: Vec<Settings> =
            FEATURES.iter().map(|name| settings(name, hop)).collect::<Result<_, _>>()?;
        let stream = Plan::of_all(&settings, RATE_HZ)?.into_stream()?;
        let music = (!stages.is_empty()).then(|| MusicAnalyzer::new(rate, stages).ok()).flatten();
        Ok(Measure { spec, samples: 0, resampler, stream, music, rows: Rows::new(rate, hop) })
    }

    /// Adds a block of the mean of the channels.
    pub fn push(&mut self, mean: &[f32]) {
        let Measure { samples, resampler, stream, music, rows, .. } = self;
        *samples += mean.len() as u64;
        let mut each = |feature: usize, row: &[f32]| rows.add(feature, row);
        match resampler {
            Some(resampler) => resampler.push(mean, |block| stream.push(block, &mut each)),
            None => stream.push(mean, &mut each),
        }
        music.iter_mut().for_each(|music| music.push(mean));
    }

    /// Ends the recording and returns the results.
    pub fn finish(mut self) -> Measured {
        let Measure { resampler, stream, rows, .. } = &mut self;
        let mut each = |feature: usize, row: &[f32]| rows.add(feature, row);
        if let Some(resampler) = resampler {
            resampler.finish(|block| stream.push(block, &mut each));
        }
        stream.finish(&mut each);
        let duration_s = self.samples as f64 / self.spec.rate.0;
        let music = self.music.as_mut().map(MusicAnalyzer::finish).unwrap_or_default();
        Measured { spec: self.spec, duration_s, rows: self.rows, music }
    }
}

/// The settings of a feature. `top_db` is off, since the maximum of the recording is known only at its end.
fn settings(name: &str, hop: usize) -> Result<Settings, String> {
    let settings = Feature::by_name(name)?.settings().with("hop_length", &hop.to_string())?;
    if settings.value("top_db").is_some() { settings.with("top_db", "none") } else { Ok(settings) }
}

impl Rows {
    fn new(rate_hz: f64, hop: usize) -> Rows {
        let high = (rate_hz / 2.0).min(RATE_HZ / 2.0);
        let range = [32f64.min(high / 8.0), high];
        let edge = |row: usize| {
            let hz = range[0] * (range[1] / range[0]).powf(row as f64 / LOG_ROWS as f64);
            (hz * 2048.0 / RATE_HZ).round() as usize
        };
        let bins = (0..LOG_ROWS).map(|row| (edge(row), edge(row + 1).max(edge(row) + 1).min(1025))).collect();
        let columns = |height: usize| Columns::new(height, MOST_COLUMNS);
        Rows {
            range,
            frame_s: hop as f64 / RATE_HZ,
            bins,
            spectrogram: columns(LOG_ROWS),
            mel: columns(MEL_ROWS),
            chroma: columns(12),
            onsets: columns(1),
            tempo: columns(TEMPO_ROWS),
        }
    }

    fn add(&mut self, feature: usize, row: &[f32]) {
        let copied = |to: &mut Columns| to.push(row.iter().copied());
        match feature {
            0 => {
                let most = |(from, to): &(usize, usize)| {
                    row[*from.min(&1024)..*to].iter().copied().fold(0.0, f32::max)
                };
                self.spectrogram.push(self.bins.iter().map(most));
            }
            1 => copied(&mut self.mel),
            2 => copied(&mut self.chroma),
            3 => copied(&mut self.onsets),
            _ => {
                let frame_s = self.frame_s;
                self.tempo.push((0..TEMPO_ROWS).map(|at| between(row, lag(at, frame_s))));
            }
        }
    }
}

/// The lag in frames of a row of the tempogram.
fn lag(row: usize, frame_s: f64) -> f64 {
    let [slow, fast] = TEMPI;
    60.0 / frame_s / (slow * (fast / slow).powf((row as f64 + 0.5) / TEMPO_ROWS as f64))
}

/// The value at a fractional index, by linear interpolation.
fn between(row: &[f32], at: f64) -> f32 {
    let (before, part) = (at.floor() as usize, at.fract() as f32);
    let value = |at: usize| row.get(at).copied().unwrap_or(0.0);
    value(before) * (1.0 - part) + value(before + 1) * part
}
