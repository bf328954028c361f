//! Analyses of whole recordings, as declared: what each gives, and how it is started.

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

/// Every analysis there is, in the order in which a person should see them.
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
    /// Its name in pipeline files.
    pub name: &'static str,
    /// One line: what it measures.
    pub summary: &'static str,
    /// What it gives, in this order.
    pub results: &'static [Outcome],
    /// The stages whose results it reads: those that several analyses read run once.
    pub stages: &'static [Stage],
    /// A value for each of the results.
    pub found: fn(&MusicResult) -> Vec<Found>,
}

/// One of the results of an analysis.
pub struct Outcome {
    /// Its name: a column of tables.
    pub name: &'static str,
    /// What it is.
    pub summary: &'static str,
    /// Unit of the values; empty where they have none.
    pub unit: &'static str,
    /// What its values are.
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

/// What the values of a result are.
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
    /// Finds an analysis by name.
    ///
    /// # Edges      an unknown name gives none
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

    /// Finds a result of any analysis by its name.
    pub fn outcome(name: &str) -> Option<&'static Outcome> {
        ANALYSES.iter().flat_map(|analysis| analysis.results).find(|outcome| outcome.name == name)
    }
}

impl std::fmt::Debug for Analysis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}
