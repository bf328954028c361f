//! Transforms measure each cut.

pub mod aggregate;
pub mod average;
mod baseline;
pub mod features;
pub mod gather;
pub mod line_search;
pub mod music;
pub mod noise;
pub mod peaks;
pub mod power_spectrum;
pub mod run;
pub mod spectrum;
pub mod statistics;

use crate::part::Part;

/// All transforms.
pub static TRANSFORMS: &[Part] = &[
    Part::transform::<spectrum::Spectrum>("spectrum"), //
    Part::transform::<average::Average>("average"),
    Part::transform::<power_spectrum::PowerSpectrum>("power_spectrum")
        .giving(&[statistics::Statistics::KIND]),
    Part::transform::<run::Run>("run").giving(&[run::RunStatistics::KIND]),
    Part::transform::<line_search::LineSearch>("line_search").giving(&[line_search::Lines::KIND]),
    Part::transform::<noise::Noise>("noise").giving(&[noise::NoiseLevel::KIND]),
    Part::transform::<music::Music>("music").giving(&[music::MusicNow::KIND]),
    Part::transform::<peaks::Peaks>("peaks").giving(&[peaks::SpectralPeaks::KIND]),
    Part::transform::<features::Features>("features").giving(&[
        features::FrameFeatures::KIND,
        features::RecordingFeatures::KIND,
        features::BeatEvent::KIND,
        features::NoteEvent::KIND,
        features::ChordEvent::KIND,
    ]),
    Part::transform::<aggregate::Aggregate>("aggregate").giving(&[crate::data::Aggregate::KIND]),
];
