//! The declarations of the analyses of whole recordings: their results and the stages that they need.

mod bars;
mod fingerprint;
mod harmony;
mod local_keys;
mod loudness;
mod melody;
mod rhythm;
mod structure;
mod tempo_curve;

use super::analyzer::{MusicResult, Stage};

/// All analyses, in the order in which they are listed to users.
pub static ANALYSES: &[&Analysis] = &[
    &rhythm::RHYTHM,
    &tempo_curve::TEMPO_CURVE,
    &bars::BARS,
    &harmony::HARMONY,
    &local_keys::LOCAL_KEYS,
    &structure::STRUCTURE,
    &melody::MELODY,
    &loudness::LOUDNESS,
    &fingerprint::FINGERPRINT,
];

/// The declaration of an analysis of a whole recording.
pub struct Analysis {
    /// Name in pipeline files.
    pub name: &'static str,
    /// What the analysis measures, in one line.
    pub summary: &'static str,
    /// The results, in this order.
    pub results: &'static [Outcome],
    /// The stages whose results it reads. A stage that several analyses read runs once.
    pub stages: &'static [Stage],
    /// Returns a value for each of the results.
    pub found: fn(&MusicResult) -> Vec<Found>,
}

/// The declaration of one result of an analysis.
pub struct Outcome {
    /// Name, which is also the name of the column in tables.
    pub name: &'static str,
    /// Description.
    pub summary: &'static str,
    /// Unit of the values; empty if they have none.
    pub unit: &'static str,
    /// Type of the values.
    pub kind: OutcomeKind,
}

const fn outcome(
    name: &'static str,
    summary: &'static str,
    unit: &'static str,
    kind: OutcomeKind,
) -> Outcome {
    Outcome { name, summary, unit, kind }
}

/// The type of the values of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutcomeKind {
    /// A number, or none.
    Number,
    /// A word, or none.
    Word,
    /// Numbers, one an event.
    Numbers,
    /// Words, one an event.
    Words,
}

/// A result.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// A number, or none: silence has no tempo.
    Number(Option<f64>),
    /// A word, or none.
    Word(Option<String>),
    /// Numbers, one an event.
    Numbers(Vec<f64>),
    /// Words, one an event.
    Words(Vec<String>),
}

impl Analysis {
    /// Returns the analysis of this name.
    ///
    /// # Edges      an unknown name gives `None`
    /// # Example
    /// ```
    /// use passband_dsp::music::{Analysis, Found, MusicAnalyzer};
    /// let rhythm = Analysis::by_name("rhythm").unwrap();
    /// let mut analyzer = MusicAnalyzer::new(22050.0, rhythm.stages).unwrap();
    /// analyzer.push(&[0.0; 22050]);
    /// assert_eq!(rhythm.results[0].name, "tempo");
    /// assert_eq!((rhythm.found)(&analyzer.finish())[0], Found::Number(None)); // silence has none
    /// ```
    pub fn by_name(name: &str) -> Option<&'static Analysis> {
        ANALYSES.iter().copied().find(|analysis| analysis.name == name)
    }

    /// Returns the result of this name, of any analysis.
    pub fn outcome(name: &str) -> Option<&'static Outcome> {
        ANALYSES.iter().flat_map(|analysis| analysis.results).find(|outcome| outcome.name == name)
    }
}

impl std::fmt::Debug for Analysis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}
