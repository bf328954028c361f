//! Features: what is measured of sound for people and programs that learn from it.
//!
//! A feature is declared once, as a [`Feature`] in a file of its name: what a row holds, its unit, its settings with
//! their defaults and ranges, and what it agrees with. All else is derived from [`FEATURES`]. A new feature is one new
//! file, one line there, and its golden vectors in `golden/NAME.json`.
//!
//! [`Feature`] → [`Settings`] (librosa's names and defaults) → [`Plan`] (tables, made once) → rows.

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

/// Every feature there is, in the order in which a person should see them.
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
    /// Name in pipeline files, of the golden vectors and of the source file.
    pub name: &'static str,
    /// One line: what it is.
    pub summary: &'static str,
    /// How many values a row holds: the setting that tells it, or a number.
    pub row: &'static str,
    /// Unit of the values.
    pub unit: &'static str,
    /// Its settings, in groups, some of which features share.
    pub settings: &'static [&'static [Setting]],
    /// What its values are checked against.
    pub agrees: Agreement,
    /// How recordings are cut for it.
    cut: CutBy,
    /// Puts it to work on what is shared for a cut.
    start: Start,
}

type CutBy = fn(&Settings) -> Result<Cutting, String>;

/// Given the settings, the sample rate in Hz, and the work that features share.
type Start = fn(&Settings, f64, &mut Analysis) -> Result<Box<dyn Measure>, String>;

/// Agreement with another program: values differ by no more than `absolute + relative · |value|`.
#[derive(Clone, Copy, Debug)]
pub struct Agreement {
    /// Which program, and what in it.
    pub with: &'static str,
    /// Part of the value.
    pub relative: f64,
    /// In the feature's unit.
    pub absolute: f64,
}

impl Feature {
    /// Finds a feature by name.
    ///
    /// # Edges      an unknown name lists the known ones
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

    /// Its settings, all at their defaults.
    pub fn settings(&'static self) -> Settings {
        Settings::of(self)
    }

    /// The declarations of its settings, one after the other.
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
