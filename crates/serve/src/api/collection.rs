//! Rhythm and harmony of all recordings that match.

use super::{RawQuery, aside, json, parameters};
use crate::app::App;
use crate::fault::Answer;
use crate::library::Library;
use crate::library::column::Values;
use crate::library::filter::Filters;
use crate::library::music::{INTERVAL_RANGE, INTERVALS, STEPS};
use axum::extract::State;
use axum::response::Response;
use passband_dsp::music::PitchClass;
use serde_json::json as of;
use std::collections::HashMap;
use std::sync::Arc;

/// Chords and degrees of a table of transitions: the most frequent ones.
const CHORDS: usize = 48;
/// Bins of the distribution of tempi.
const TEMPI: usize = 60;

/// `GET /api/harmony`
pub async fn harmony(State(app): State<Arc<App>>, query: RawQuery) -> Result<Response, Answer> {
    let parameters = parameters(query);
    aside(move || {
        let library = app.library();
        let rows = Filters::of(&parameters, &library)?.rows(&library);
        let labels = &library.music.labels;
        let chords: Vec<Option<(usize, &str)>> = labels.iter().map(|label| parsed(label)).collect();
        // by chord, next chord and tonic; the last is for recordings without a key
        let count = labels.len();
        let mut pairs = vec![0u64; count * count * 13];
        let mut counted = 0;
        for row in rows.iter().map(|row| *row as usize) {
            let Some(sequence) = library.music.chords.get(row) else { break };
            let tonic = library.text("key", row).and_then(tonic).unwrap_or(12);
            counted += usize::from(!sequence.is_empty());
            for pair in sequence.windows(2).filter(|pair| pair[0] != pair[1]) {
                let [from, to] = [pair[0], pair[1]].map(usize::from);
                pairs[(from * count + to) * 13 + tonic] += 1;
            }
        }
        let (mut absolute, mut relative) = (Transitions::default(), Transitions::default());
        for (at, number) in pairs.into_iter().enumerate().filter(|(_, number)| *number > 0) {
            let [from, to, tonic] = [at / 13 / count, at / 13 % count, at % 13];
            // no transition across a part without chords
            let (Some(one), Some(two)) = (chords[from], chords[to]) else { continue };
            absolute.add(&labels[from], &labels[to], number);
            if tonic < 12 {
                relative.add(&degree(one.0, one.1, tonic), &degree(two.0, two.1, tonic), number);
            }
        }
        let (chords, counts) = absolute.table();
        let (degrees, degree_counts) = relative.table();
        let keys = texts(&library, "key", &rows);
        Ok(json(&of!({
            "recordings": counted, "chords": chords, "counts": counts, "degrees": degrees,
            "degree_counts": degree_counts, "keys": keys,
        })))
    })
    .await
}

/// Counts of transitions.
#[derive(Default)]
struct Transitions {
    known: HashMap<String, usize>,
    counts: HashMap<(usize, usize), u64>,
}

impl Transitions {
    fn add(&mut self, from: &str, to: &str, count: u64) {
        let mut code = |label: &str| match self.known.get(label) {
            Some(code) => *code,
            None => {
                let code = self.known.len();
                self.known.insert(label.to_owned(), code);
                code
            }
        };
        let pair = (code(from), code(to));
        *self.counts.entry(pair).or_default() += count;
    }

    /// The most frequent labels, sorted, and the transitions from each to each.
    fn table(&self) -> (Vec<&String>, Vec<Vec<u64>>) {
        let mut totals = vec![0; self.known.len()];
        self.counts.iter().for_each(|((from, to), count)| {
            totals[*from] += count;
            totals[*to] += count;
        });
        let mut labels: Vec<(&String, usize)> =
            self.known.iter().map(|(label, code)| (label, *code)).collect();
        labels.sort_by(|one, two| totals[two.1].cmp(&totals[one.1]).then(one.0.cmp(two.0)));
        labels.truncate(CHORDS);
        labels.sort();
        let count = |from: usize, to: usize| self.counts.get(&(from, to)).copied().unwrap_or(0);
        let row = |from: &(&String, usize)| labels.iter().map(|to| count(from.1, to.1)).collect();
        (labels.iter().map(|(label, _)| *label).collect(), labels.iter().map(row).collect())
    }
}

/// Root and quality of a label such as `C#:min`.
fn parsed(label: &str) -> Option<(usize, &str)> {
    let (root, quality) = label.split_once(':').unwrap_or((label, "maj"));
    Some((semitones(root)?, quality))
}

fn semitones(name: &str) -> Option<usize> {
    (0..12).find(|semitones| PitchClass::of(*semitones).name() == name)
}

/// The tonic of a key such as `C# minor`.
fn tonic(key: &str) -> Option<usize> {
    semitones(key.split_once(' ')?.0)
}

/// Degrees by semitones above the tonic; a flat is relative to the major scale in both modes.
const DEGREES: [&str; 12] = ["I", "♭II", "II", "♭III", "III", "IV", "♯IV", "V", "♭VI", "VI", "♭VII", "VII"];

/// A chord as a degree of a key: in lower case if it is minor or diminished.
fn degree(root: usize, quality: &str, tonic: usize) -> String {
    let numeral = DEGREES[(root + 12 - tonic) % 12];
    match quality {
        "maj" => numeral.into(),
        "min" => numeral.to_lowercase(),
        "dim" => format!("{}°", numeral.to_lowercase()),
        "7" => format!("{numeral}7"),
        "min7" => format!("{}7", numeral.to_lowercase()),
        other => format!("{numeral}:{other}"),
    }
}

/// How many of these recordings have each text of a column, most frequent first.
fn texts(library: &Library, name: &str, rows: &[u32]) -> Vec<(String, u64)> {
    let mut counts: HashMap<&str, u64> = HashMap::new();
    for text in rows.iter().filter_map(|row| library.text(name, *row as usize)) {
        *counts.entry(text).or_default() += 1;
    }
    let mut all: Vec<(String, u64)> = counts.into_iter().map(|(text, count)| (text.into(), count)).collect();
    all.sort_by(|one, two| two.1.cmp(&one.1).then_with(|| one.0.cmp(&two.0)));
    all
}

/// `GET /api/rhythm`
pub async fn rhythm(State(app): State<Arc<App>>, query: RawQuery) -> Result<Response, Answer> {
    let parameters = parameters(query);
    aside(move || {
        let library = app.library();
        let rows = Filters::of(&parameters, &library)?.rows(&library);
        let music = &library.music;
        let mean = |patterns: &[Vec<f32>]| {
            let (mut sum, mut count) = ([0.0; STEPS], 0.0);
            for pattern in rows.iter().filter_map(|row| patterns.get(*row as usize)) {
                if pattern.len() == STEPS && pattern.iter().all(|value| value.is_finite()) {
                    count += 1.0;
                    sum.iter_mut().zip(pattern).for_each(|(sum, value)| *sum += f64::from(*value));
                }
            }
            (sum.map(|sum| if count > 0.0 { sum / count } else { 0.0 }), count as u64)
        };
        let (pattern, with_bars) = mean(&music.patterns);
        let mut intervals = [0u64; INTERVALS];
        for counts in rows.iter().filter_map(|row| music.intervals.get(*row as usize)) {
            intervals.iter_mut().zip(counts).for_each(|(sum, count)| *sum += u64::from(*count));
        }
        let tempi: Vec<f64> = match library.columns.iter().find(|column| column.name == "tempo").map(|c| &c.values) {
            Some(Values::Numbers(tempi)) => {
                rows.iter().map(|row| tempi[*row as usize]).filter(|tempo| tempo.is_finite()).collect()
            }
            _ => vec![],
        };
        let (low, high) = (30.0, 270.0);
        let mut counts = vec![0u64; TEMPI];
        for tempo in &tempi {
            let bin = (tempo - low) / (high - low) * TEMPI as f64;
            counts[(bin.max(0.0) as usize).min(TEMPI - 1)] += 1;
        }
        Ok(json(&of!({
            "recordings": with_bars, "bar_pattern": pattern, "bar_pattern_low": mean(&music.low_patterns).0,
            "tempi": { "lo": low, "hi": high, "counts": counts },
            "beat_intervals": { "lo": INTERVAL_RANGE[0], "hi": INTERVAL_RANGE[1], "scale": "log", "counts": intervals.as_slice() },
            "time_signatures": texts(&library, "time_signature", &rows),
        })))
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chords_are_degrees_of_their_key() {
        let tonic = tonic("D major").unwrap();
        let of = |label: &str| parsed(label).map(|(root, quality)| degree(root, quality, tonic));
        assert_eq!(of("D:maj").unwrap(), "I");
        assert_eq!(of("A:7").unwrap(), "V7");
        assert_eq!(of("B:min").unwrap(), "vi");
        assert_eq!(of("C#:dim").unwrap(), "vii°");
        assert_eq!(of("N"), None);
    }

    #[test]
    fn transitions_count_from_row_to_column() {
        let mut transitions = Transitions::default();
        [("C", "G", 2), ("G", "C", 1)].iter().for_each(|(from, to, count)| transitions.add(from, to, *count));
        let (labels, counts) = transitions.table();
        assert_eq!(labels, ["C", "G"]);
        assert_eq!(counts, [[0, 2], [1, 0]]);
    }
}
