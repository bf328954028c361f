//! Bars: time signature and downbeats.

use super::chords::Chord;
use super::envelope::OnsetEnvelope;
use super::tempo::MeterProbabilities;

/// Settings of [`bars`].
#[derive(Clone, Debug, PartialEq)]
pub struct BarSettings {
    /// Weight of a change of chord as evidence for a downbeat.
    pub chord_weight: f64,
    /// Weight of onset strength below 150 Hz, in standard deviations.
    pub low_weight: f64,
    /// Weight of onset strength over all bands, in standard deviations.
    pub all_weight: f64,
    /// For drums alone, weight of onset strength over all bands as evidence against a downbeat: there the loudest
    /// instrument is the snare, which marks the backbeat.
    pub backbeat_weight: f64,
    /// Mean fit of chords below which a recording counts as drums alone, and its chords are ignored.
    pub least_fit: f64,
    /// Cost of a bar of a different length.
    pub skip_cost: f64,
}

impl Default for BarSettings {
    fn default() -> Self {
        Self {
            chord_weight: 1.5,
            low_weight: 0.5,
            all_weight: 0.3,
            backbeat_weight: 0.3,
            least_fit: 0.9,
            skip_cost: 8.0,
        }
    }
}

/// The bars of a recording.
#[derive(Clone, Debug, PartialEq)]
pub struct Bars {
    /// Beats in a bar.
    pub beats_per_bar: usize,
    /// Numerator and denominator: (4, 4), (3, 4) or (6, 8).
    pub time_signature: (u8, u8),
    /// Probability of the time signature, from onsets alone.
    pub confidence: f64,
    /// The first beat of each bar, in seconds.
    pub downbeats: Vec<f64>,
}

impl Bars {
    /// Bar and position in the bar of each beat, counted from 1. Beats before the first downbeat are in bar 0.
    ///
    /// # Shape      in the beats from which the bars were found; out one pair per beat
    /// # Example
    /// ```
    /// use passband_dsp::music::Bars;
    /// let bars = Bars { beats_per_bar: 3, time_signature: (3, 4), confidence: 1.0, downbeats: vec![1.0, 2.5] };
    /// let positions = bars.positions(&[0.5, 1.0, 1.5, 2.0, 2.5]);
    /// assert_eq!(positions, [(0, 3), (1, 1), (1, 2), (1, 3), (2, 1)]);
    /// ```
    pub fn positions(&self, beats: &[f64]) -> Vec<(usize, usize)> {
        let is_downbeat = |beat: &f64| self.downbeats.binary_search_by(|at| at.total_cmp(beat)).is_ok();
        let upbeats = beats.iter().take_while(|beat| !is_downbeat(beat)).count();
        let length = self.beats_per_bar.max(1);
        // the last upbeat is the last beat of its bar
        let mut place = (0, (length - upbeats % length) % length);
        let next = |beat| {
            place = if is_downbeat(beat) { (place.0 + 1, 1) } else { (place.0, place.1 + 1) };
            place
        };
        beats.iter().map(next).collect()
    }
}

/// Time signature and downbeats, from beats. Bass onsets and changes of chord are evidence for a downbeat.
///
/// A Viterbi search over the position in the bar, which advances by one with each beat. Only 4/4, 3/4 and 6/8 are
/// distinguished; other time signatures are reported as one of these.
///
/// # Shape      in ascending times; out ascending times, a subset of the beats
/// # Edges      `None` with fewer than four beats
/// # Memory     a few numbers per beat
/// # Reference  Davies & Plumbley, A Spectral Difference Approach to Downbeat Extraction in Musical Audio, EUSIPCO
/// 2006; Papadopoulos & Peeters, Joint Estimation of Chords and Downbeats, IEEE TASLP 19(1), 2011
/// # Example
/// ```
/// use passband_dsp::music::{BarSettings, Flux, MeterProbabilities, OnsetEnvelope, bars};
/// let mut envelope = OnsetEnvelope::new(100.0);
/// for t in 0..1200 {
///     // A beat every half second; every third, from the second on, with a bass.
///     let (beat, on) = (t / 50, t % 50 == 0);
///     let low = if on && beat % 3 == 1 { 3.0 } else { 0.0 };
///     envelope.push(Flux { all: if on { 5.0 } else { 0.0 }, parts: [low, 0.0, 0.0, 0.0] });
/// }
/// let beats: Vec<f64> = (0..24).map(|beat| 0.5 * beat as f64).collect();
/// let meter = MeterProbabilities { duple: 0.1, triple: 0.9, compound: 0.0 };
/// let bars = bars(&envelope, &beats, &[], &meter, &BarSettings::default()).unwrap();
/// assert_eq!(bars.time_signature, (3, 4));
/// assert_eq!(bars.downbeats[..3], [0.5, 2.0, 3.5]);
/// ```
pub fn bars(
    envelope: &OnsetEnvelope,
    beats: &[f64],
    chords: &[Chord],
    meter: &MeterProbabilities,
    settings: &BarSettings,
) -> Option<Bars> {
    if beats.len() < 4 {
        return None;
    }
    let evidence = evidence(envelope, beats, chords, settings);
    let MeterProbabilities { duple, triple, compound } = *meter;
    let (time_signature, beats_per_bar, confidence) = if triple >= duple && triple >= compound {
        ((3, 4), 3, triple)
    } else if compound > duple {
        ((6, 8), 2, compound)
    } else {
        ((4, 4), 4, duple)
    };
    let places = places(&evidence, beats_per_bar, settings.skip_cost);
    let downbeats =
        beats.iter().zip(places).filter(|(_, place)| *place == 0).map(|(beat, _)| *beat).collect();
    Some(Bars { beats_per_bar, time_signature, confidence, downbeats })
}

/// Evidence that each beat is a downbeat.
fn evidence(envelope: &OnsetEnvelope, beats: &[f64], chords: &[Chord], settings: &BarSettings) -> Vec<f64> {
    let mut evidence = vec![0.0; beats.len()];
    // without chords, the fit says nothing about the harmony
    let has_harmony = chords.is_empty() || mean_fit(chords) >= settings.least_fit;
    let all_weight = if has_harmony { settings.all_weight } else { -settings.backbeat_weight };
    let strengths = [(envelope.strength(), all_weight), (envelope.low_strength(), settings.low_weight)];
    for (strength, weight) in strengths {
        let near = |beat: &f64| {
            let centre = (beat * envelope.frames_per_second()).round().max(0.0) as usize;
            let range =
                centre.saturating_sub(4).min(strength.len())..centre.saturating_add(4).min(strength.len());
            strength[range].iter().fold(0.0, |most: f64, value| most.max(f64::from(*value)))
        };
        let values: Vec<f64> = beats.iter().map(near).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let variance =
            values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / values.len() as f64;
        if variance > 0.0 {
            let scale = weight / variance.sqrt();
            evidence
                .iter_mut()
                .zip(&values)
                .for_each(|(sum, value)| *sum += ((value - mean) * scale).clamp(-2.0, 2.0));
        }
    }
    for chord in chords.iter().skip(1).filter(|_| has_harmony) {
        let after = beats.partition_point(|beat| *beat < chord.start_s - 0.07);
        if beats.get(after).is_some_and(|beat| (beat - chord.start_s).abs() <= 0.07) {
            evidence[after] += settings.chord_weight;
        }
    }
    evidence
}

/// Mean fit of the chords, weighted by duration; 0 without chords.
fn mean_fit(chords: &[Chord]) -> f64 {
    let length = |chord: &&Chord| chord.end_s - chord.start_s;
    let chords = || chords.iter().filter(|chord| chord.root.is_some());
    let seconds: f64 = chords().map(|chord| length(&chord)).sum();
    let sum: f64 = chords().map(|chord| chord.fit * length(&chord)).sum();
    if seconds > 0.0 { sum / seconds } else { 0.0 }
}

/// The most likely position in the bar of each beat.
fn places(evidence: &[f64], length: usize, skip_cost: f64) -> Vec<usize> {
    let mut scores = vec![0.0; length];
    let mut origins = vec![];
    for evidence in evidence {
        let best = (0..length).fold(0, |best, place| if scores[place] > scores[best] { place } else { best });
        let mut next = vec![0.0; length];
        let mut from = vec![0; length];
        for (place, (next, from)) in next.iter_mut().zip(&mut from).enumerate() {
            let before = (place + length - 1) % length;
            *from = if scores[before] >= scores[best] - skip_cost { before } else { best };
            let cost = if *from == before { 0.0 } else { skip_cost };
            *next = scores[*from] - cost + if place == 0 { *evidence } else { 0.0 };
        }
        scores = next;
        origins.push(from);
    }
    let mut place =
        (0..length).fold(0, |best, place| if scores[place] > scores[best] { place } else { best });
    let mut places: Vec<usize> = origins
        .iter()
        .rev()
        .map(|from| {
            let now = place;
            place = from[place];
            now
        })
        .collect();
    places.reverse();
    places
}
