//! Harmony: tuning, keys and chords of a recording that arrives in blocks.

use super::chords::{Chord, ChordSettings, Chords};
use super::chroma::{Chroma, ChromaSettings, NnlsChroma};
use super::key::{Key, KeySettings, keys};
use super::local_keys::{KeySpan, LocalKey, LocalKeySettings, local_keys};
use super::tuning::Tuning;

/// Settings of [`Harmony`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HarmonySettings {
    /// Settings of the chroma.
    pub chroma: ChromaSettings,
    /// Settings of the chords.
    pub chords: ChordSettings,
    /// Settings of the key.
    pub key: KeySettings,
    /// Settings of the keys over time.
    pub local_keys: LocalKeySettings,
}

/// The harmony of one recording.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HarmonyResult {
    /// Tuning; `None` for silence.
    pub tuning: Option<Tuning>,
    /// The 24 keys, the most likely first; empty for silence.
    pub keys: Vec<Key>,
    /// Contiguous keys over time; a single one, the first of `keys`, if the key never changes. Empty for silence.
    pub local_keys: Vec<LocalKey>,
    /// Contiguous chords, including spans of "no chord"; empty for a silent recording.
    pub chords: Vec<Chord>,
    /// The mean chroma of each second, the input for section borders.
    pub chroma_by_second: Vec<[f64; 12]>,
}

/// Measures the harmony of a recording.
///
/// # Shape      in blocks of samples; out one result
/// # Edges      silence has no tuning, no key and no chord
/// # Memory     that of [`NnlsChroma`], and 28 bytes per frame: 2 MB per hour at 20 frames per second
/// # Example
/// ```
/// use passband_dsp::music::{Harmony, HarmonySettings};
/// let mut harmony = Harmony::new(22050.0, &HarmonySettings::default()).unwrap();
/// // C major, F major, G major, C major: a second each.
/// let chords = [[60, 64, 67], [60, 65, 69], [59, 62, 67], [60, 64, 67]];
/// for chord in chords {
///     let tone = |n: i32, note: i32| (n as f32 / 22050.0 * 6.283_185 * 440.0 * 2f32.powf((note - 69) as f32 / 12.0)).sin();
///     let block: Vec<f32> = (0..22050).map(|n| chord.iter().map(|note| 0.2 * tone(n, *note)).sum()).collect();
///     harmony.push(&block);
/// }
/// let result = harmony.finish(&[]);
/// assert_eq!(result.keys[0].to_string(), "C major");
/// assert!(result.tuning.unwrap().cents.abs() < 2.0);
/// let labels: Vec<_> = result.chords.iter().map(|chord| chord.label()).collect();
/// assert_eq!(labels, ["C:maj", "F:maj", "G:maj", "C:maj"]);
/// assert!((result.chords[1].start_s - 1.0).abs() < 0.1);
/// ```
#[derive(Debug)]
pub struct Harmony {
    settings: HarmonySettings,
    stage: NnlsChroma,
    kept: Vec<KeptChroma>,
}

impl Harmony {
    /// # Edges      as for [`NnlsChroma::new`]
    pub fn new(rate_hz: f64, settings: &HarmonySettings) -> Result<Harmony, String> {
        let stage = NnlsChroma::new(rate_hz, &settings.chroma)?;
        Ok(Harmony { settings: settings.clone(), stage, kept: vec![] })
    }

    /// Adds a block.
    pub fn push(&mut self, block: &[f32]) {
        let Harmony { stage, kept, .. } = self;
        stage.push(block, |chroma| kept.push(KeptChroma::of(&chroma)));
    }

    /// Ends the recording and returns its result. The next block begins another recording. If `beats` (in seconds) are
    /// given, chords change on beats only and are found from the mean chroma of each beat, which is more accurate;
    /// otherwise they are found frame by frame.
    pub fn finish(&mut self, beats: &[f64]) -> HarmonyResult {
        let Harmony { settings, stage, kept } = self;
        stage.finish(|chroma| kept.push(KeptChroma::of(&chroma)));
        let rate = settings.chroma.frames_per_second;
        let ends = ends_of_spans(beats, kept.len(), rate);
        let (mut search, mut chords, mut start) = (Chords::new(&settings.chords), vec![], (0, 0.0));
        let mut spans = vec![];
        for end in ends {
            let mut mean = Chroma::default();
            kept[start.0..end.0].iter().for_each(|kept| kept.add_to(&mut mean));
            search.push(&mean, start.1, end.1, |chord| chords.push(chord));
            let classes = std::array::from_fn(|class| mean.treble[class] + mean.bass[class]);
            spans.push(KeySpan { start_s: start.1, end_s: end.1, classes });
            start = end;
        }
        search.finish(|chord| chords.push(chord));
        let tuning = stage.tuning();
        let cents = tuning.map_or(0.0, |tuning| tuning.cents);
        let keys = keys(stage.histogram(), cents, &chords, &settings.key);
        if keys.is_empty() {
            chords.clear();
            spans.clear();
        }
        let mut local_keys = local_keys(&spans, &chords, (&settings.key, &settings.local_keys));
        if let ([only], Some(key)) = (&mut local_keys[..], keys.first()) {
            only.key = *key;
        }
        let chroma_by_second = by_second(kept, rate);
        stage.restart();
        kept.clear();
        HarmonyResult { tuning, keys, local_keys, chords, chroma_by_second }
    }
}

/// The ends of spans, in frames and in seconds: at each beat, and, before the first and after the last beat, at the
/// mean interval between beats. Without beats, at each frame.
fn ends_of_spans(beats: &[f64], frames: usize, rate: f64) -> Vec<(usize, f64)> {
    // frames are centred on their times: a frame ends half a frame later
    let end = |frame: usize| (frame as f64 - 0.5) / rate;
    let (Some(first), Some(last)) = (beats.first(), beats.last()) else {
        return (1..=frames).map(|frame| (frame, end(frame))).collect();
    };
    let mean = ((last - first) / (beats.len() - 1).max(1) as f64).max(0.2);
    let before = (1..).map(|n| first - mean * f64::from(n)).take_while(|time| *time > 0.0);
    let after = (1..).map(|n| last + mean * f64::from(n)).take_while(|time| *time < end(frames));
    let times = before.chain(beats.iter().copied()).chain(after);
    let mut ends: Vec<(usize, f64)> =
        times.map(|time| ((time * rate + 0.5).max(0.0) as usize, time)).collect();
    ends.retain(|(frame, _)| (1..frames).contains(frame));
    if frames > 0 {
        ends.push((frames, end(frames)));
    }
    ends.sort_by(|a, b| a.1.total_cmp(&b.1));
    ends.dedup_by_key(|(frame, _)| *frame);
    ends
}

/// The mean chroma of each second; the last one may be incomplete.
fn by_second(frames: &[KeptChroma], rate: f64) -> Vec<[f64; 12]> {
    let first = |second: usize| ((second as f64 * rate).ceil() as usize).min(frames.len());
    let mean = |second: usize| {
        let frames = &frames[first(second)..first(second + 1)];
        let mut sum = Chroma::default();
        frames.iter().for_each(|kept| kept.add_to(&mut sum));
        sum.treble.map(|value| value / frames.len().max(1) as f64)
    };
    (0..(frames.len() as f64 / rate).ceil() as usize).map(mean).collect()
}

/// A chroma in 28 bytes.
#[derive(Clone, Copy, Debug)]
struct KeptChroma {
    step: f32,
    values: [[u8; 12]; 2],
}

impl KeptChroma {
    fn of(chroma: &Chroma) -> KeptChroma {
        let greatest =
            chroma.treble.iter().chain(&chroma.bass).fold(0.0, |most: f64, value| most.max(*value));
        let step = greatest / 255.0;
        let round = |value: f64| if step > 0.0 { (value / step).round() as u8 } else { 0 };
        KeptChroma { step: step as f32, values: [chroma.treble.map(round), chroma.bass.map(round)] }
    }

    fn add_to(&self, sum: &mut Chroma) {
        for (sums, values) in [&mut sum.treble, &mut sum.bass].into_iter().zip(&self.values) {
            sums.iter_mut()
                .zip(values)
                .for_each(|(sum, value)| *sum += f64::from(self.step) * f64::from(*value));
        }
    }
}
