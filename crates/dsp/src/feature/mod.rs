//! Audio features for analysis and machine learning.
//!
//! A feature is declared once, as a [`Feature`] in a file of the same name: the shape of a row, its unit, its settings
//! with defaults and ranges, and the reference implementation. Everything else is derived from [`FEATURES`]. A new
//! feature is one new file, one line in this slice, and golden vectors in `golden/NAME.json`.
//!
//! [`Feature`] → [`Settings`] (librosa's names and defaults) → [`Plan`] (precomputed tables) → rows.

mod analysis;
mod arithmetic;
mod butterfly;
mod by_frame;
mod chroma_bank;
mod chroma_cens;
mod chroma_cqt;
mod chroma_stft;
mod constant_q;
mod cqt;
mod cut;
mod cutter;
mod db_spectrogram;
mod decibels;
mod decimator;
mod delta;
mod feed;
mod halves;
mod log_mel;
mod magnitude_spectrogram;
mod measure;
mod mel_bank;
mod mel_scale;
mod mel_spectrogram;
mod mfcc;
mod mfcc_delta;
mod mfcc_delta2;
mod norm;
mod onset_strength;
mod pitch_classes;
mod pitch_settings;
mod plan;
mod poly_features;
mod power_spectrogram;
mod ring;
mod rms;
mod setting;
mod settings;
mod spectral_bandwidth;
mod spectral_centroid;
mod spectral_contrast;
mod spectral_flatness;
mod spectral_rolloff;
mod stream;
mod sums;
mod tempogram;
mod tonnetz;
pub(crate) mod transform;
mod tuning;
mod unfold;
mod wavelet;
mod zero_crossing_rate;

pub use chroma_cens::CHROMA_CENS;
pub use chroma_cqt::CHROMA_CQT;
pub use chroma_stft::CHROMA_STFT;
pub use cqt::CQT;
pub use db_spectrogram::DB_SPECTROGRAM;
pub use log_mel::LOG_MEL;
pub use magnitude_spectrogram::MAGNITUDE_SPECTROGRAM;
pub use mel_spectrogram::MEL_SPECTROGRAM;
pub use mfcc::MFCC;
pub use mfcc_delta::MFCC_DELTA;
pub use mfcc_delta2::MFCC_DELTA2;
pub use onset_strength::ONSET_STRENGTH;
pub use plan::Plan;
pub use poly_features::POLY_FEATURES;
pub use power_spectrogram::POWER_SPECTROGRAM;
pub use rms::RMS;
pub use setting::{Allowed, Setting, Value};
pub use settings::Settings;
pub use spectral_bandwidth::SPECTRAL_BANDWIDTH;
pub use spectral_centroid::SPECTRAL_CENTROID;
pub use spectral_contrast::SPECTRAL_CONTRAST;
pub use spectral_flatness::SPECTRAL_FLATNESS;
pub use spectral_rolloff::SPECTRAL_ROLLOFF;
pub use stream::Stream;
pub use tempogram::TEMPOGRAM;
pub use tonnetz::TONNETZ;
pub use zero_crossing_rate::ZERO_CROSSING_RATE;

use analysis::Analysis;
use cut::Cutting;
use measure::Measure;

/// All features, in the order in which they are listed to users.
pub static FEATURES: &[&Feature] = &[
    &MEL_SPECTROGRAM,
    &LOG_MEL,
    &MFCC,
    &MFCC_DELTA,
    &MFCC_DELTA2,
    &MAGNITUDE_SPECTROGRAM,
    &POWER_SPECTROGRAM,
    &DB_SPECTROGRAM,
    &SPECTRAL_CENTROID,
    &SPECTRAL_BANDWIDTH,
    &SPECTRAL_ROLLOFF,
    &SPECTRAL_FLATNESS,
    &SPECTRAL_CONTRAST,
    &POLY_FEATURES,
    &RMS,
    &ZERO_CROSSING_RATE,
    &CHROMA_STFT,
    &ONSET_STRENGTH,
    &TEMPOGRAM,
    &CQT,
    &CHROMA_CQT,
    &CHROMA_CENS,
    &TONNETZ,
];

/// The declaration of one feature.
pub struct Feature {
    /// Name in pipeline files, also of the golden vectors and the source file.
    pub name: &'static str,
    /// Description in one line.
    pub summary: &'static str,
    /// Number of values in a row: a number, or an expression in settings.
    pub row: &'static str,
    /// Unit of the values.
    pub unit: &'static str,
    /// The settings, in groups that features may share.
    pub settings: &'static [&'static [Setting]],
    /// The implementation against which the values are tested.
    pub agrees: Agreement,
    /// How recordings are divided into frames.
    cut: CutBy,
    /// Creates the computation, given the analysis that features with equal framing share.
    start: Start,
}

type CutBy = fn(&Settings) -> Result<Cutting, String>;

/// Arguments: the settings, the sample rate in Hz, and the shared analysis.
type Start = fn(&Settings, f64, &mut Analysis) -> Result<Box<dyn Measure>, String>;

/// Agreement with another program: values differ by no more than `absolute + relative · |value|`.
#[derive(Clone, Copy, Debug)]
pub struct Agreement {
    /// The program and its function.
    pub with: &'static str,
    /// Relative tolerance.
    pub relative: f64,
    /// Absolute tolerance, in the unit of the feature.
    pub absolute: f64,
}

impl Feature {
    /// Returns the feature of this name.
    ///
    /// # Edges      the error for an unknown name lists the known ones
    /// # Example
    /// ```
    /// use passband_dsp::feature::Feature;
    /// assert_eq!(Feature::by_name("mfcc").unwrap().unit, "dB");
    /// assert!(Feature::by_name("mfccs").unwrap_err().contains("log_mel, mfcc"));
    /// ```
    pub fn by_name(name: &str) -> Result<&'static Feature, String> {
        FEATURES.iter().copied().find(|feature| feature.name == name).ok_or_else(|| {
            let names: Vec<_> = FEATURES.iter().map(|feature| feature.name).collect();
            format!("there is no feature \"{name}\"; there are {}", names.join(", "))
        })
    }

    /// The settings with their default values.
    pub fn settings(&'static self) -> Settings {
        Settings::of(self)
    }

    /// The declarations of all settings.
    pub fn all_settings(&self) -> impl Iterator<Item = &'static Setting> + use<> {
        self.settings.iter().copied().flatten()
    }

    /// The declaration of one setting.
    pub fn setting(&self, name: &str) -> Option<&'static Setting> {
        self.all_settings().find(|setting| setting.name == name)
    }
}

impl std::fmt::Debug for Feature {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}
