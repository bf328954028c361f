//! Pitch classes and their names.

/// One of the twelve pitch classes, C first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PitchClass(u8);

const NAMES: [&str; 12] = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"];

impl PitchClass {
    /// The pitch class of a number of semitones above any C.
    pub fn of(semitones: usize) -> PitchClass {
        PitchClass((semitones % 12) as u8)
    }

    /// Semitones above C.
    pub fn semitones(self) -> usize {
        usize::from(self.0)
    }

    /// The name, with sharps.
    pub fn name(self) -> &'static str {
        NAMES[self.semitones()]
    }
}

impl std::fmt::Display for PitchClass {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}
