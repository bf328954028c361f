//! Chords: triads and seventh chords with their start and end.

use super::chroma::Chroma;
use super::pitch_class::PitchClass;

/// The quality of a chord.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChordQuality {
    /// Major triad.
    Major,
    /// Minor triad.
    Minor,
    /// Dominant seventh.
    Seventh,
    /// Diminished triad.
    Diminished,
    /// Augmented triad.
    Augmented,
}

impl ChordQuality {
    /// The label in the notation of Harte et al. (2005).
    pub fn label(self) -> &'static str {
        match self {
            ChordQuality::Major => "maj",
            ChordQuality::Minor => "min",
            ChordQuality::Seventh => "7",
            ChordQuality::Diminished => "dim",
            ChordQuality::Augmented => "aug",
        }
    }

    /// The label of the chord of this quality on a root: `A:min`.
    pub fn on(self, root: PitchClass) -> String {
        format!("{root}:{}", self.label())
    }
}

/// Each quality with its notes in semitones above the root, and the margin by which it must fit better than a major
/// triad.
const QUALITIES: [(ChordQuality, &[usize], f64); 5] = [
    (ChordQuality::Major, &[0, 4, 7], 0.0),
    (ChordQuality::Minor, &[0, 3, 7], 0.01),
    (ChordQuality::Seventh, &[0, 4, 7, 10], 0.03),
    (ChordQuality::Diminished, &[0, 3, 6], 0.1),
    (ChordQuality::Augmented, &[0, 4, 8], 0.15),
];

/// All chords and "no chord".
const STATES: usize = 12 * QUALITIES.len() + 1;
const NO_CHORD: usize = STATES - 1;

/// Settings of [`Chords`].
#[derive(Clone, Debug, PartialEq)]
pub struct ChordSettings {
    /// Log probability of a perfect fit, per second.
    pub sharpness: f64,
    /// Cost of a change of chord, as a log probability.
    pub change_cost: f64,
    /// Weight of the root in the bass.
    pub bass_weight: f64,
    /// Fit of "no chord", between 0 and 1.
    pub no_chord: f64,
    /// Number of spans after which a chord is final; memory is proportional to it.
    pub lag: usize,
}

impl Default for ChordSettings {
    fn default() -> Self {
        Self { sharpness: 140.0, change_cost: 8.0, bass_weight: 0.3, no_chord: 0.35, lag: 256 }
    }
}

/// A span with one chord, or none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Chord {
    /// Start in seconds.
    pub start_s: f64,
    /// End in seconds.
    pub end_s: f64,
    /// Root and quality; `None` where no chord sounds.
    pub root: Option<(PitchClass, ChordQuality)>,
    /// How well the chord fits the sound: the mean cosine of the angle between its notes and the chroma, plus a share
    /// for the bass; 0 without a chord.
    pub fit: f64,
}

impl Chord {
    /// The label in the notation of Harte et al. (2005): `A:min`, `F#:7`, and `N` for none.
    pub fn label(&self) -> String {
        self.root.map_or("N".into(), |(root, quality)| quality.on(root))
    }
}

/// Finds chords by a Viterbi search over the fit of chord templates, as chroma arrives.
///
/// # Shape      in chroma of successive spans of time (frames, or means from beat to beat); out contiguous chords
/// # Edges      silence is "no chord"; no spans give no chords
/// # Memory     0.3 kB per span, for twice `lag` spans
/// # Reference  Mauch & Dixon 2010, section 3; templates and smoothing: Sheh & Ellis 2003, Papadopoulos & Peeters 2007
/// # Example
/// ```
/// use passband_dsp::music::{Chords, ChordSettings, Chroma};
/// let mut chords = Chords::new(&ChordSettings::default());
/// let mut found = vec![];
/// for t in 0..40 {
///     let mut chroma = Chroma::default();
///     for class in if t < 20 { [9, 0, 4] } else { [5, 9, 0] } {
///         chroma.treble[class] = 1.0;
///     }
///     chords.push(&chroma, 0.25 * t as f64, 0.25 * (t + 1) as f64, |chord| found.push(chord));
/// }
/// chords.finish(|chord| found.push(chord));
/// let labels: Vec<_> = found.iter().map(|chord| (chord.label(), chord.end_s)).collect();
/// assert_eq!(labels, [("A:min".into(), 5.0), ("F:maj".into(), 10.0)]);
/// ```
#[derive(Debug)]
pub struct Chords {
    settings: ChordSettings,
    scores: [f64; STATES],
    /// Spans that are not final.
    spans: Vec<Span>,
    open: Option<Open>,
}

#[derive(Debug)]
struct Span {
    start_s: f64,
    end_s: f64,
    /// The predecessor of each state, and how well the state fits.
    origins: [u8; STATES],
    fits: [f32; STATES],
}

/// The current chord, which may continue. Its fit is weighted by duration.
#[derive(Clone, Copy, Debug)]
struct Open {
    state: usize,
    start_s: f64,
    end_s: f64,
    fit: f64,
}

impl Chords {
    /// Creates a search without spans.
    pub fn new(settings: &ChordSettings) -> Chords {
        Chords { settings: settings.clone(), scores: [0.0; STATES], spans: vec![], open: None }
    }

    /// Adds the chroma of the next span of time and emits the chords that are final.
    pub fn push(&mut self, chroma: &Chroma, start_s: f64, end_s: f64, mut each: impl FnMut(Chord)) {
        let fits = self.fits_of(chroma);
        let best = self.best();
        let change = self.scores[best] - self.settings.change_cost;
        let mut origins = [0; STATES];
        let scale = self.settings.sharpness * (end_s - start_s);
        for state in 0..STATES {
            let stay = self.scores[state];
            let (score, origin) = if stay >= change { (stay, state) } else { (change, best) };
            origins[state] = origin as u8;
            self.scores[state] = score + fits[state] * scale;
        }
        self.spans.push(Span { start_s, end_s, origins, fits: fits.map(|fit| fit as f32) });
        if self.spans.len() >= 2 * self.settings.lag.max(1) {
            self.give(self.settings.lag.max(1), &mut each);
        }
    }

    /// Ends the recording and emits the remaining chords. The next span begins another recording.
    pub fn finish(&mut self, mut each: impl FnMut(Chord)) {
        self.give(self.spans.len(), &mut each);
        if let Some(open) = self.open.take() {
            each(open.chord());
        }
        self.scores = [0.0; STATES];
    }

    /// The most likely current chord; `None` if no chord sounds. Later spans may change it.
    pub fn now(&self) -> Option<(PitchClass, ChordQuality)> {
        let state = self.best();
        (!self.spans.is_empty()).then(|| root(state)).flatten()
    }

    fn best(&self) -> usize {
        (0..STATES).fold(0, |best, state| if self.scores[state] > self.scores[best] { state } else { best })
    }

    /// How well each state fits the chroma.
    fn fits_of(&self, chroma: &Chroma) -> [f64; STATES] {
        let norm = |values: &[f64; 12]| values.iter().map(|x| x * x).sum::<f64>().sqrt();
        let (treble, bass) = (norm(&chroma.treble), norm(&chroma.bass));
        let mut fits = [0.0; STATES];
        fits[NO_CHORD] = self.settings.no_chord;
        if treble <= 0.0 {
            fits[NO_CHORD] = 1.0;
            return fits;
        }
        for (which, (_, notes, handicap)) in QUALITIES.iter().enumerate() {
            let scale = 1.0 / (treble * (notes.len() as f64).sqrt());
            for root in 0..12 {
                let sum: f64 = notes.iter().map(|note| chroma.treble[(root + note) % 12]).sum();
                let root_in_bass = if bass > 0.0 { chroma.bass[root] / bass } else { 0.0 };
                fits[12 * which + root] = sum * scale - handicap + self.settings.bass_weight * root_in_bass;
            }
        }
        fits
    }

    /// Emits the chords of the oldest `count` spans.
    fn give(&mut self, count: usize, each: &mut impl FnMut(Chord)) {
        let mut state = self.best();
        let mut path = vec![0; self.spans.len()];
        for (place, span) in path.iter_mut().zip(&self.spans).rev() {
            *place = state;
            state = usize::from(span.origins[state]);
        }
        for (span, state) in self.spans.drain(..count).zip(path) {
            let fit = f64::from(span.fits[state]) * (span.end_s - span.start_s);
            match &mut self.open {
                Some(open) if open.state == state => {
                    open.fit += fit;
                    open.end_s = span.end_s;
                }
                _ => {
                    let next = Open { state, start_s: span.start_s, end_s: span.end_s, fit };
                    if let Some(open) = self.open.replace(next) {
                        each(open.chord());
                    }
                }
            }
        }
    }
}

/// Root and quality of a state.
fn root(state: usize) -> Option<(PitchClass, ChordQuality)> {
    (state != NO_CHORD).then(|| (PitchClass::of(state % 12), QUALITIES[state / 12].0))
}

impl Open {
    fn chord(self) -> Chord {
        let Open { state, start_s, end_s, fit } = self;
        let root = root(state);
        let fit = if root.is_some() && end_s > start_s { fit / (end_s - start_s) } else { 0.0 };
        Chord { start_s, end_s, root, fit }
    }
}
