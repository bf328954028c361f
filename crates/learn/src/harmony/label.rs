//! Chords relative to a key.

use passband_signal::{Fault, Result};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

const NOTES: [&str; 12] = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"];

/// Major or minor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Major.
    Major,
    /// Minor.
    Minor,
}

/// A key, such as `C major`, `F# minor` or `Bbm`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// Pitch class of the tonic: semitones above C, 0 to 11.
    pub tonic: u8,
    /// Major or minor.
    pub mode: Mode,
}

impl FromStr for Key {
    type Err = Fault;

    fn from_str(text: &str) -> Result<Self> {
        let invalid = || Fault::new(format!("{text} is no key")).fix("write it as C major, F# minor or Bbm");
        let (tonic, rest) = root(text.trim()).ok_or_else(invalid)?;
        let mode = match rest.trim_start_matches([':', ' ']) {
            "" | "maj" | "major" | "M" => Mode::Major,
            "m" | "min" | "minor" => Mode::Minor,
            _ => return Err(invalid()),
        };
        Ok(Self { tonic, mode })
    }
}

/// The kinds of chords that are distinguished.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quality {
    /// Major, also with a major seventh or a sixth, augmented and suspended.
    Major,
    /// Minor.
    Minor,
    /// Dominant seventh.
    Dominant,
    /// Diminished.
    Diminished,
}

/// A chord relative to the tonic: one of 48 classes.
///
/// ```
/// use passband_learn::{Degree, Key};
/// let key: Key = "G major".parse()?;
/// let dominant = Degree::of("D:7", key)?.unwrap();
/// assert_eq!(dominant.semitones(), 7);
/// assert_eq!(dominant.label("C major".parse()?), "G:7");
/// assert_eq!(Degree::of("N", key)?, None);
/// # Ok::<(), passband_signal::Fault>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Degree(pub(super) u8);

impl Degree {
    /// Number of classes.
    pub const COUNT: usize = 48;

    /// The chord whose root is so many semitones above the tonic.
    pub fn new(semitones: u8, quality: Quality) -> Self {
        Self(semitones % 12 * 4 + quality as u8)
    }

    /// The chord with a label in Harte notation (`C:maj`, `A:min7`, `G:7/3`, `C`), or in the notation of lead sheets
    /// (`Am7`, `G7`, `Bdim`); `N` and `X` are no chord.
    ///
    /// # Errors
    /// A label in neither notation.
    pub fn of(label: &str, key: Key) -> Result<Option<Self>> {
        if matches!(label, "N" | "X" | "N.C." | "NC") {
            return Ok(None);
        }
        let invalid = || {
            Fault::new(format!("{label} is no chord")).fix("write it as C:maj, A:min7, G:7 or N for no chord")
        };
        let (root, rest) = root(label).ok_or_else(invalid)?;
        let quality = rest.split('/').next().unwrap_or_default();
        let quality = quality.trim_start_matches(':').split('(').next().unwrap_or_default();
        let is = |prefixes: &[&str]| prefixes.iter().any(|prefix| quality.starts_with(prefix));
        let quality = if is(&["dim", "hdim", "o", "m7b5", "min7b5"]) {
            Quality::Diminished
        } else if quality.is_empty() || is(&["maj", "M", "aug", "+", "sus", "6", "1", "5", "add"]) {
            Quality::Major
        } else if is(&["m", "-"]) {
            Quality::Minor
        } else if is(&["7", "9", "11", "13", "dom"]) {
            Quality::Dominant
        } else {
            return Err(invalid());
        };
        Ok(Some(Self::new(root + 12 - key.tonic, quality)))
    }

    /// Semitones of the root above the tonic, 0 to 11.
    pub fn semitones(self) -> u8 {
        self.0 / 4
    }

    /// The kind of chord.
    pub fn quality(self) -> Quality {
        [Quality::Major, Quality::Minor, Quality::Dominant, Quality::Diminished][usize::from(self.0 % 4)]
    }

    /// The label in Harte notation in a key: `:maj`, `:min`, `:7` or `:dim`, with sharps.
    pub fn label(self, key: Key) -> String {
        let root = NOTES[usize::from((self.semitones() + key.tonic) % 12)];
        format!("{root}:{}", ["maj", "min", "7", "dim"][usize::from(self.0 % 4)])
    }

    pub(super) fn index(self) -> usize {
        usize::from(self.0)
    }
}

impl fmt::Display for Degree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.semitones(), ["maj", "min", "7", "dim"][usize::from(self.0 % 4)])
    }
}

/// The chords of labels in a key. Runs of one class are one chord, and spans without a chord are left out.
///
/// # Errors
/// A label that is no chord.
///
/// ```
/// use passband_learn::degrees;
/// let chords = degrees(&["C:maj", "C:maj6", "N", "F:maj", "G:7"], "C major".parse()?)?;
/// assert_eq!(chords.iter().map(|c| c.semitones()).collect::<Vec<_>>(), [0, 5, 7]);
/// # Ok::<(), passband_signal::Fault>(())
/// ```
pub fn degrees(labels: &[impl AsRef<str>], key: Key) -> Result<Vec<Degree>> {
    let mut chords = Vec::new();
    for label in labels {
        chords.extend(Degree::of(label.as_ref(), key)?);
    }
    chords.dedup();
    Ok(chords)
}

/// Pitch class at the start of a text, and the rest.
fn root(text: &str) -> Option<(u8, &str)> {
    let mut chars = text.chars();
    let natural = match chars.next()? {
        'C' => 0,
        'D' => 2,
        'E' => 4,
        'F' => 5,
        'G' => 7,
        'A' => 9,
        'B' => 11,
        _ => return None,
    };
    let rest = chars.as_str();
    let accidentals = rest.len() - rest.trim_start_matches(['#', 'b']).len();
    let sharps = rest[..accidentals].matches('#').count() as i32;
    let pitch = natural + 2 * sharps - accidentals as i32;
    Some((pitch.rem_euclid(12) as u8, &rest[accidentals..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_both_notations_are_read() {
        let key: Key = "C".parse().unwrap();
        let expected = [
            ("A:min7", 9, Quality::Minor),
            ("Am", 9, Quality::Minor),
            ("Bb:maj7/3", 10, Quality::Major),
            ("G7", 7, Quality::Dominant),
            ("B:hdim7", 11, Quality::Diminished),
            ("F#:dim", 6, Quality::Diminished),
            ("Cb", 11, Quality::Major),
            ("D:sus4(b7)", 2, Quality::Major),
            ("E:9", 4, Quality::Dominant),
        ];
        for (label, semitones, quality) in expected {
            let degree = Degree::of(label, key).unwrap().unwrap();
            assert_eq!((degree.semitones(), degree.quality()), (semitones, quality), "{label}");
        }
        for label in ["", "H:maj", "C:what", "♯"] {
            assert!(Degree::of(label, key).is_err(), "{label}");
        }
        assert!("C locrian".parse::<Key>().is_err());
        assert_eq!("Bbm".parse::<Key>().unwrap(), Key { tonic: 10, mode: Mode::Minor });
    }
}
