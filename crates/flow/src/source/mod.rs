//! Sources read data.

pub mod file;
pub mod files;
mod guard;
pub mod iq_files;
pub mod kafka;
pub mod mqtt;
pub mod pace;
mod path_pattern;
mod recording_blocks;
pub mod recordings;
pub mod simulate;
pub mod sound_card;

use crate::part::Part;

/// All sources.
pub static SOURCES: &[Part] = &[
    Part::source::<sound_card::SoundCard>("sound_card"),
    Part::source::<file::File>("file"),
    Part::source::<recordings::Recordings>("recordings"),
    Part::source::<files::Files>("files"),
    Part::source::<iq_files::IqFiles>("iq_files"),
    Part::source::<simulate::Simulate>("simulate"),
    Part::source::<kafka::Kafka>("kafka"),
    Part::source::<mqtt::Mqtt>("mqtt"),
];
