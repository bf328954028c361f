//! Keys over time, for recordings that modulate.

use super::chords::Chord;
use super::key::{Key, KeySettings, Mode, chord_shares, fit_of_chords, ranked};

/// Settings of the keys over time.
#[derive(Clone, Debug, PartialEq)]
pub struct LocalKeySettings {
    /// Weight of the log likelihood of a second: roughly its number of independent notes.
    pub sharpness: f64,
    /// Cost of a change of key, as a log probability.
    pub change_cost: f64,
}

impl Default for LocalKeySettings {
    fn default() -> Self {
        Self { sharpness: 1.5, change_cost: 12.0 }
    }
}

/// A key with its start and end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LocalKey {
    /// Start in seconds.
    pub start_s: f64,
    /// End in seconds.
    pub end_s: f64,
    /// The key. Its confidence is its probability among the 24 keys, from the sound between start and end.
    pub key: Key,
}

/// The chroma of a span of time, from beat to beat.
#[derive(Clone, Copy, Debug)]
pub(super) struct KeySpan {
    pub(super) start_s: f64,
    pub(super) end_s: f64,
    /// The strength of each pitch class, C first.
    pub(super) classes: [f64; 12],
}

/// Contiguous keys, by a Viterbi search over the 24 keys. The score of a key in a span is the likelihood of its pitch
/// classes under the key profile, plus the fit of its chord. Each stretch in one key is then assigned the key that is
/// the most likely for the whole stretch.
///
/// # Shape      in spans from beat to beat, and the chords; out contiguous keys
/// # Edges      silence has no keys
/// # Reference  Chai & Vercoe, Detection of Key Change in Classical Piano Music, ISMIR 2005; Temperley, Music and
/// Probability, 2007, ch. 6; Papadopoulos & Peeters, Local Key Estimation, IEEE TASLP 20(4), 2012
pub(super) fn local_keys(
    spans: &[KeySpan],
    chords: &[Chord],
    (keys, settings): (&KeySettings, &LocalKeySettings),
) -> Vec<LocalKey> {
    let mut stretches: Vec<Stretch> = vec![];
    for (span, state) in spans.iter().zip(path(spans, chords, (keys, settings))) {
        match stretches.last_mut() {
            Some(last) if last.state == state => last.add(span),
            _ => stretches.push(Stretch::new(state, span)),
        }
    }
    let mut found: Vec<LocalKey> = vec![];
    for stretch in &stretches {
        let within = cut(chords, stretch.start_s, stretch.end_s);
        // silence keeps the previous key
        let Some(key) = ranked(&stretch.classes, &within, keys).into_iter().next() else { continue };
        match found.last_mut() {
            Some(last) if (last.key.tonic, last.key.mode) == (key.tonic, key.mode) => {
                let [one, two] = [last.end_s - last.start_s, stretch.end_s - stretch.start_s];
                last.key.confidence = (last.key.confidence * one + key.confidence * two) / (one + two);
                last.end_s = stretch.end_s;
            }
            _ => found.push(LocalKey { start_s: stretch.start_s, end_s: stretch.end_s, key }),
        }
    }
    found
}

/// Consecutive spans in one key.
struct Stretch {
    state: usize,
    start_s: f64,
    end_s: f64,
    classes: [f64; 12],
}

impl Stretch {
    fn new(state: usize, span: &KeySpan) -> Stretch {
        let mut stretch = Stretch { state, start_s: span.start_s, end_s: span.end_s, classes: [0.0; 12] };
        stretch.add(span);
        stretch
    }
    fn add(&mut self, span: &KeySpan) {
        self.end_s = span.end_s;
        let weight = span.end_s - span.start_s;
        self.classes.iter_mut().zip(span.classes).for_each(|(sum, value)| *sum += weight * value);
    }
}

/// The index of the most likely key of each span: major keys from C on, then minor keys.
fn path(
    spans: &[KeySpan],
    chords: &[Chord],
    (keys, settings): (&KeySettings, &LocalKeySettings),
) -> Vec<usize> {
    let likelihoods = keys.profile.values().map(|profile| {
        let sum: f64 = profile.iter().sum();
        profile.map(|value| libm::log(value / sum))
    });
    let best =
        |scores: &[f64; 24]| (0..24).fold(0, |best, at| if scores[at] > scores[best] { at } else { best });
    let (mut scores, mut origins) = ([0.0; 24], Vec::with_capacity(spans.len()));
    let mut chord = 0;
    for span in spans {
        let leader = best(&scores);
        let change = scores[leader] - settings.change_cost;
        origins.push(std::array::from_fn::<u8, 24, _>(|at| {
            if scores[at] >= change { at as u8 } else { leader as u8 }
        }));
        while chords.get(chord).is_some_and(|chord| chord.end_s <= (span.start_s + span.end_s) / 2.0) {
            chord += 1;
        }
        let shares = chord_shares(chords.get(chord..(chord + 1).min(chords.len())).unwrap_or_default());
        let sum: f64 = span.classes.iter().sum();
        let weight = settings.sharpness * (span.end_s - span.start_s);
        for (at, score) in scores.iter_mut().enumerate() {
            *score = score.max(change);
            if sum > 0.0 {
                let (tonic, mode) = (at % 12, if at < 12 { Mode::Major } else { Mode::Minor });
                let profile = &likelihoods[at / 12];
                let notes: f64 = (0..12).map(|i| span.classes[(tonic + i) % 12] / sum * profile[i]).sum();
                *score += weight * (notes + keys.chord_weight * fit_of_chords(&shares, tonic, mode));
            }
        }
    }
    let mut state = best(&scores);
    let mut path = vec![0; spans.len()];
    for (place, origins) in path.iter_mut().zip(&origins).rev() {
        *place = state;
        state = usize::from(origins[state]);
    }
    path
}

/// The chords between two times, clipped to them.
fn cut(chords: &[Chord], start_s: f64, end_s: f64) -> Vec<Chord> {
    let within = |chord: &&Chord| chord.end_s > start_s && chord.start_s < end_s;
    let cut = |chord: &Chord| Chord {
        start_s: chord.start_s.max(start_s),
        end_s: chord.end_s.min(end_s),
        ..*chord
    };
    chords.iter().filter(within).map(cut).collect()
}
