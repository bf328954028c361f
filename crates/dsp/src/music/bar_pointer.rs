//! The bar pointer: a hidden Markov model whose state is a position within a beat and the length of that beat.

/// Tempo range and stiffness of the model. The defaults are those of the paper, except for a stiffer tempo.
#[derive(Clone, Debug, PartialEq)]
pub struct BarPointerSettings {
    /// Slowest tempo in beats per minute.
    pub min_bpm: f64,
    /// Fastest tempo in beats per minute.
    pub max_bpm: f64,
    /// `λ`: penalty on changes of the beat length, with probability `exp(−λ·|new / old − 1|)`.
    pub transition_lambda: f64,
    /// An onset counts as the beat within the first `1 / observation_lambda` of a beat.
    pub observation_lambda: u32,
    /// Beats older than this are final; memory is proportional to it.
    pub lag_s: f64,
}

impl Default for BarPointerSettings {
    fn default() -> Self {
        Self { min_bpm: 40.0, max_bpm: 240.0, transition_lambda: 200.0, observation_lambda: 16, lag_s: 30.0 }
    }
}

/// Finds the most likely beats from one activation per frame.
///
/// The states of one beat length are a ring buffer that advances by one position per frame. Only the first positions of
/// each beat, where the observation differs, and the transition from one beat to the next are computed.
///
/// # Memory     the scores of all states, and the origins of the beats of the last `lag_s` seconds
/// # Reference  Krebs, Böck & Widmer, An Efficient State-Space Model for Joint Tempo and Meter Tracking, ISMIR 2015
#[derive(Debug)]
pub(super) struct BarPointer {
    /// Frames in the shortest beat.
    shortest: usize,
    rings: Vec<Ring>,
    /// For each length, the first length that can precede it and the log probabilities from there on.
    steps: Vec<(usize, Vec<f64>)>,
    /// Scores of the last position of each length, one frame ago.
    ends: Vec<f64>,
    observation_lambda: f64,
    /// Number of frames that are not final.
    lag: usize,
    /// For the last frames and each length, the index of the length that precedes a beat starting there.
    origins: Vec<u16>,
    frame: usize,
    /// Frame of the last beat emitted.
    given: Option<usize>,
}

/// All states of one beat length.
#[derive(Debug)]
struct Ring {
    scores: Vec<f64>,
    /// Index in `scores` of the first position of the beat.
    first: usize,
    /// Number of positions at which the observation is that of a beat.
    zone: usize,
}

impl BarPointer {
    /// `weight` returns the log probability of a tempo in beats per minute, for each second that it lasts.
    pub(super) fn new(
        frames_per_second: f64,
        settings: &BarPointerSettings,
        weight: impl Fn(f64) -> f64,
    ) -> Result<BarPointer, String> {
        let BarPointerSettings { min_bpm, max_bpm, transition_lambda, observation_lambda, lag_s } = *settings;
        let shortest = (60.0 * frames_per_second / max_bpm).round();
        let longest = (60.0 * frames_per_second / min_bpm).round();
        if !(shortest >= 4.0 && shortest < longest && longest <= 10_000.0) {
            return Err(format!(
                "tempi from {min_bpm} to {max_bpm} beats a minute are beats of {shortest} to {longest} frames: the \
                 shortest must be at least 4 frames and shorter than the longest, and that at most 10000"
            ));
        }
        let (shortest, longest) = (shortest as usize, longest as usize);
        let rings = (shortest..=longest).map(|length| {
            let zone = length.div_ceil(observation_lambda.max(2) as usize);
            Ring { scores: vec![0.0; length], first: 0, zone }
        });
        let steps = (shortest..=longest).map(|to| {
            let cost = |from: usize| transition_lambda * (to as f64 / from as f64 - 1.0).abs();
            // normalises the transitions from one length to a sum of 1
            let total = |from: usize| {
                let all =
                    (shortest..=longest).map(|to| -transition_lambda * (to as f64 / from as f64 - 1.0).abs());
                all.map(libm::exp).sum::<f64>()
            };
            let likely: Vec<usize> = (shortest..=longest).filter(|from| cost(*from) < 12.0).collect();
            let weight = weight(60.0 * frames_per_second / to as f64) * to as f64 / frames_per_second;
            let logs = likely.iter().map(|from| -cost(*from) - libm::log(total(*from)) + weight).collect();
            (likely[0] - shortest, logs)
        });
        let (rings, steps): (Vec<_>, Vec<_>) = (rings.collect(), steps.collect());
        let lag = (lag_s.clamp(1.0, 600.0) * frames_per_second) as usize + longest;
        Ok(BarPointer {
            shortest,
            origins: vec![0; 2 * lag * rings.len()],
            rings,
            steps,
            ends: vec![],
            observation_lambda: f64::from(observation_lambda.max(2)),
            lag,
            frame: 0,
            given: None,
        })
    }

    /// Adds the activation of the next frame, between 0 and 1 exclusive, and emits the frames of beats that are final.
    pub(super) fn push(&mut self, activation: f64, each: impl FnMut(usize)) {
        self.step();
        // relative to the positions outside of the zone, which then need no computation
        let other = (1.0 - activation) / (self.observation_lambda - 1.0);
        let gain = libm::log(activation / other);
        for ring in &mut self.rings {
            for place in 0..ring.zone {
                let at = ring.first + place;
                let length = ring.scores.len();
                ring.scores[if at >= length { at - length } else { at }] += gain;
            }
        }
        self.frame += 1;
        if self.frame.is_multiple_of(self.lag) && self.frame >= 2 * self.lag {
            self.give(self.frame - self.lag, each);
        }
    }

    /// Advances every state by one position; those at the end of a beat start the next one.
    fn step(&mut self) {
        let count = self.rings.len();
        let row = (self.frame % (2 * self.lag)) * count;
        if self.frame == 0 {
            return;
        }
        self.ends.clear();
        self.ends.extend(self.rings.iter().map(|ring| {
            let last = ring.first + ring.scores.len() - 1;
            ring.scores[last % ring.scores.len()]
        }));
        let rings = self.rings.iter_mut().zip(&self.steps).zip(&mut self.origins[row..row + count]);
        for ((ring, (first, logs)), origin) in rings {
            let (mut best, mut from) = (f64::NEG_INFINITY, *first);
            for (i, (log, end)) in logs.iter().zip(&self.ends[*first..]).enumerate() {
                let score = log + end;
                if score > best {
                    (best, from) = (score, first + i);
                }
            }
            let length = ring.scores.len();
            ring.first = (ring.first + length - 1) % length;
            ring.scores[ring.first] = best;
            *origin = from as u16;
        }
    }

    /// Ends the signal and emits the remaining beats.
    pub(super) fn finish(&mut self, each: impl FnMut(usize)) {
        self.give(self.frame, each);
    }

    /// Emits the beats of the most likely path so far that lie before a frame.
    fn give(&mut self, before: usize, mut each: impl FnMut(usize)) {
        let Some(now) = self.frame.checked_sub(1) else { return };
        let mut best = (f64::NEG_INFINITY, 0, 0);
        for (which, ring) in self.rings.iter().enumerate() {
            for place in 0..ring.scores.len() {
                let score = ring.scores[(ring.first + place) % ring.scores.len()];
                if score > best.0 {
                    best = (score, which, place);
                }
            }
        }
        let (_, mut which, place) = best;
        let oldest = self.given.map_or(0, |given| given + self.shortest / 2 + 1);
        let oldest = oldest.max((self.frame + 1).saturating_sub(2 * self.lag));
        let mut beats = vec![];
        let mut beat = now.checked_sub(place);
        while let Some(frame) = beat.filter(|frame| *frame >= oldest) {
            beats.push(frame);
            which = usize::from(self.origins[(frame % (2 * self.lag)) * self.rings.len() + which]);
            beat = frame.checked_sub(which + self.shortest);
        }
        for frame in beats.into_iter().rev().filter(|frame| *frame < before) {
            self.given = Some(frame);
            each(frame);
        }
    }
}
