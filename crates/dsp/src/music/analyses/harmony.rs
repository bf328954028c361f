//! Key, chords and tuning.

use super::{Analysis, Found, Outcome, OutcomeKind, outcome};
use crate::music::{HarmonyResult, MusicResult, Stage};

/// Key, chords and tuning of a recording.
pub static HARMONY: Analysis = Analysis {
    name: "harmony",
    summary: "key, chords and tuning",
    results: RESULTS,
    stages: &[Stage::Harmony],
    found,
};

const RESULTS: &[Outcome] = &[
    outcome("key", "The key, such as C major or F# minor; null for silence.", "", OutcomeKind::Word),
    outcome("key_confidence", "Probability of the key among the 24.", "", OutcomeKind::Number),
    outcome("second_key", "The second most likely key.", "", OutcomeKind::Word),
    outcome("tuning", "Frequency of A4.", "Hz", OutcomeKind::Number),
    outcome("chords", "The chords in order, such as C:maj; N where no chord sounds.", "", OutcomeKind::Words),
    outcome(
        "chord_starts",
        "Start of each chord, from the start of the recording.",
        "s",
        OutcomeKind::Numbers,
    ),
];

fn found(music: &MusicResult) -> Vec<Found> {
    let HarmonyResult { tuning, keys, chords, .. } = &music.harmony;
    let key = |at: usize| Found::Word(keys.get(at).map(ToString::to_string));
    vec![
        key(0),
        Found::Number(keys.first().map(|key| key.confidence)),
        key(1),
        Found::Number(tuning.map(|tuning| tuning.a4_hz)),
        Found::Words(chords.iter().map(|chord| chord.label()).collect()),
        Found::Numbers(chords.iter().map(|chord| chord.start_s).collect()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::music::MusicAnalyzer;

    #[test]
    fn a_cadence_has_a_key_and_its_chords_and_silence_has_none() {
        let mut harmony = MusicAnalyzer::new(22_050.0, HARMONY.stages).unwrap();
        for chord in [[60, 64, 67], [60, 65, 69], [59, 62, 67], [60, 64, 67]] {
            let tone = |n: i32, note: i32| {
                let hz = 440.0 * 2f32.powf((note - 69) as f32 / 12.0);
                (n as f32 / 22_050.0 * std::f32::consts::TAU * hz).sin()
            };
            let sum = |n: i32| chord.iter().map(|note| 0.2 * tone(n, *note)).sum::<f32>();
            harmony.push(&(0..22_050).map(sum).collect::<Vec<f32>>());
        }
        let found = (HARMONY.found)(&harmony.finish());
        assert_eq!(found[0], Found::Word(Some("C major".into())));
        let Found::Words(chords) = &found[4] else { panic!("{found:?}") };
        assert!(chords.contains(&"F:maj".into()) && chords.contains(&"G:maj".into()), "{chords:?}");
        let mut harmony = MusicAnalyzer::new(22_050.0, HARMONY.stages).unwrap();
        harmony.push(&[0.0; 44_100]);
        let found = (HARMONY.found)(&harmony.finish());
        assert_eq!(
            found[..4],
            [Found::Word(None), Found::Number(None), Found::Word(None), Found::Number(None)]
        );
    }
}
