//! The pitch of one voice by YIN and pYIN.

use super::autocorrelation::Autocorrelation;
use super::decimator::Decimator;
use super::frames::Frames;
use super::pitch_path::{Candidate, PitchPath};
use super::rate;

/// Settings of [`PitchTracker`], with librosa's names and defaults where it has them.
#[derive(Clone, Debug, PartialEq)]
pub struct PitchSettings {
    /// Lowest fundamental in Hz: C2.
    pub fmin: f64,
    /// Highest fundamental in Hz: C7.
    pub fmax: f64,
    /// Hop between frames in seconds.
    pub hop_s: f64,
    /// How the fundamental is chosen.
    pub method: PitchMethod,
    /// Level below which frames are unvoiced, in dB relative to a full-scale sine.
    pub silence_db: f64,
    /// Seconds after which a pitch is final; memory is proportional to it.
    pub lag_s: f64,
}

impl Default for PitchSettings {
    fn default() -> Self {
        let (fmin, fmax) = (65.406, 2093.005);
        Self { fmin, fmax, hop_s: 0.02, method: PitchMethod::default(), silence_db: -60.0, lag_s: 5.0 }
    }
}

/// How the fundamental is chosen from the difference function.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PitchMethod {
    /// The first trough below a threshold (de Cheveigné & Kawahara 2002); unvoiced if there is none.
    Yin {
        /// Threshold on the cumulative mean normalised difference.
        threshold: f64,
    },
    /// The most likely path through all troughs, each weighted by how many of 100 thresholds choose it (Mauch & Dixon
    /// 2014).
    Pyin {
        /// Parameters of the beta distribution of the thresholds.
        beta: (f64, f64),
    },
}

impl Default for PitchMethod {
    fn default() -> Self {
        PitchMethod::Pyin { beta: (2.0, 18.0) }
    }
}

/// The pitch of one frame.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pitch {
    /// Centre of the frame in seconds.
    pub time_s: f64,
    /// The fundamental in Hz; `None` if unvoiced.
    pub hz: Option<f64>,
    /// Probability of voicing.
    pub voiced: f64,
    /// Root mean square of the frame.
    pub rms: f64,
}

/// Tracks the pitch of a signal in which one voice sounds at a time.
///
/// The difference function of frames of 93 ms, at a sample rate of 20 to 40 kHz, is computed by autocorrelation;
/// troughs are interpolated by parabolas. Unlike the original pYIN, the path leads through the troughs of each frame,
/// not through a grid of pitches: this is equally accurate and a hundred times as fast.
///
/// # Shape      in blocks of samples; out one [`Pitch`] per frame, centred on `t · hop_s`
/// # Units      out Hz
/// # Edges      silence is unvoiced; samples that are not finite count as 0
/// # Memory     the troughs of the last `2 · lag_s` seconds
/// # Reference  de Cheveigné & Kawahara, YIN, JASA 111(4), 2002; Mauch & Dixon, pYIN: A Fundamental Frequency Estimator
/// Using Probabilistic Threshold Distributions, ICASSP 2014
/// # Example
/// ```
/// use passband_dsp::music::{PitchSettings, PitchTracker};
/// let mut tracker = PitchTracker::new(44100.0, &PitchSettings::default()).unwrap();
/// let tone: Vec<f32> = (0..44100).map(|n| 0.3 * (n as f32 * 0.031_344_6).sin()).collect(); // 220 Hz
/// let mut pitches = vec![];
/// tracker.push(&tone, |pitch| pitches.push(pitch));
/// tracker.finish(|pitch| pitches.push(pitch));
/// assert_eq!(pitches.len(), 50);
/// assert!((pitches[25].hz.unwrap() - 220.0).abs() < 0.2);
/// ```
#[derive(Debug)]
pub struct PitchTracker {
    decimator: Decimator,
    frames: Frames,
    yin: Yin,
    path: PitchPath,
    /// A frame that is buffered, since two frames are transformed at a time.
    waiting: Option<Vec<f64>>,
}

#[derive(Debug)]
struct Yin {
    rate_hz: f64,
    settings: PitchSettings,
    correlation: Autocorrelation,
    /// Samples in the window of the difference function.
    window: usize,
    lags: std::ops::RangeInclusive<usize>,
    /// The middle part of a frame that is used: a window and the longest lag.
    part: std::ops::Range<usize>,
    results: [Vec<f64>; 2],
    difference: Vec<f64>,
    silence: f64,
    /// Cumulative distribution of the thresholds at each hundredth.
    thresholds: Vec<f64>,
}

impl PitchTracker {
    /// # Edges      refuses sample rates below 4 kHz or above 768 kHz, and a range of pitch that is empty or above half
    /// the sample rate
    pub fn new(rate_hz: f64, settings: &PitchSettings) -> Result<PitchTracker, String> {
        rate::check(rate_hz)?;
        let decimator = Decimator::new(rate_hz, 20_000.0);
        let rate_hz = rate_hz / decimator.factor() as f64;
        let PitchSettings { fmin, fmax, hop_s, lag_s, .. } = *settings;
        if !(fmin >= 20.0 && fmin < fmax && fmax <= rate_hz / 2.0) {
            return Err(format!(
                "pitches from fmin = {fmin} Hz to fmax = {fmax} Hz cannot be found: fmin must be at least 20 Hz and \
                 below fmax, and fmax at most half of the sample rate"
            ));
        }
        if !(0.001..=1.0).contains(&hop_s) {
            return Err(format!("hop_s = {hop_s} must be between 0.001 and 1 seconds"));
        }
        let longest = (rate_hz / fmin).ceil() as usize + 1;
        let shortest = ((rate_hz / fmax).floor() as usize).max(2);
        let length = rate::frame_length(rate_hz, 0.093).max((2 * longest).next_power_of_two());
        let window = length / 2;
        let longest = longest.min(window - 1);
        let used = window + longest + 1;
        let yin = Yin {
            rate_hz,
            settings: settings.clone(),
            correlation: Autocorrelation::new(length / 2),
            window,
            lags: shortest..=longest,
            part: (length - used) / 2..(length - used) / 2 + used,
            results: [vec![], vec![]],
            difference: vec![],
            silence: libm::pow(10.0, settings.silence_db / 20.0) * std::f64::consts::FRAC_1_SQRT_2,
            thresholds: beta_shares(settings.method),
        };
        let frames = Frames::new(length, rate_hz * hop_s);
        let path = PitchPath::new(hop_s, (lag_s.clamp(0.1, 600.0) / hop_s) as usize);
        Ok(PitchTracker { decimator, frames, yin, path, waiting: None })
    }

    /// Adds a block and emits the frames that are final.
    pub fn push(&mut self, block: &[f32], mut each: impl FnMut(Pitch)) {
        let PitchTracker { decimator, frames, yin, path, waiting } = self;
        decimator.push(block, |samples| {
            frames.push(samples, |frame| pair_up(frame, waiting, yin, path, &mut each));
        });
    }

    /// Ends the recording and emits the remaining frames. The next block begins another recording.
    pub fn finish(&mut self, mut each: impl FnMut(Pitch)) {
        let PitchTracker { decimator, frames, yin, path, waiting } = self;
        decimator.finish(|samples| {
            frames.push(samples, |frame| pair_up(frame, waiting, yin, path, &mut each));
        });
        frames.finish(|frame| pair_up(frame, waiting, yin, path, &mut each));
        if let Some(frame) = waiting.take() {
            yin.take([&frame, &[]], 1, path, &mut each);
        }
        path.finish(&mut each);
    }
}

fn pair_up(
    frame: &[f32],
    waiting: &mut Option<Vec<f64>>,
    yin: &mut Yin,
    path: &mut PitchPath,
    each: &mut impl FnMut(Pitch),
) {
    let frame: Vec<f64> = frame[yin.part.clone()].iter().map(|x| f64::from(*x)).collect();
    match waiting.take() {
        Some(first) => yin.take([&first, &frame], 2, path, each),
        None => *waiting = Some(frame),
    }
}

impl Yin {
    /// Finds the pitch candidates of one or two frames.
    fn take(
        &mut self,
        frames: [&[f64]; 2],
        count: usize,
        path: &mut PitchPath,
        each: &mut impl FnMut(Pitch),
    ) {
        let mut results = std::mem::take(&mut self.results);
        let [one, two] = &mut results;
        one.resize(self.window, 0.0);
        two.resize(self.window, 0.0);
        self.correlation.windows(frames, self.window, [one, two]);
        for (frame, correlation) in frames.into_iter().zip(&results).take(count) {
            let energy: f64 = frame.iter().map(|x| x * x).sum();
            let rms = (energy / frame.len() as f64).sqrt();
            let candidates = if rms > self.silence { self.candidates(frame, correlation) } else { vec![] };
            path.push(candidates, rms, each);
        }
        self.results = results;
    }

    /// The troughs of the cumulative mean normalised difference, with probabilities.
    fn candidates(&mut self, frame: &[f64], correlation: &[f64]) -> Vec<Candidate> {
        let longest = *self.lags.end();
        self.difference.clear();
        let first: f64 = frame[..self.window].iter().map(|x| x * x).sum();
        let (mut energy, mut sum) = (first, 0.0);
        self.difference.push(1.0);
        for lag in 1..=longest + 1 {
            let (gone, come) = (frame[lag - 1], frame[lag + self.window - 1]);
            energy += come * come - gone * gone;
            let difference =
                (first + energy - 2.0 * correlation.get(lag).copied().unwrap_or_default()).max(0.0);
            sum += difference;
            self.difference.push(if sum > 0.0 { difference * lag as f64 / sum } else { 1.0 });
        }
        let d = &self.difference;
        let is_trough = |lag: &usize| d[*lag] < d[lag - 1] && d[*lag] <= d[lag + 1];
        let troughs: Vec<usize> = self.lags.clone().filter(is_trough).collect();
        let hz = |lag: usize| {
            let [a, b, c] = [d[lag - 1], d[lag], d[lag + 1]];
            let bend = a - 2.0 * b + c;
            let offset = if bend > 0.0 { (0.5 * (a - c) / bend).clamp(-0.5, 0.5) } else { 0.0 };
            self.rate_hz / (lag as f64 + offset)
        };
        let PitchSettings { fmin, fmax, .. } = self.settings;
        let candidate = |(lag, probability): (usize, f64)| Candidate { hz: hz(lag), probability };
        let chosen: Vec<(usize, f64)> = match self.settings.method {
            PitchMethod::Yin { threshold } => {
                troughs.iter().find(|lag| d[**lag] < threshold).map(|lag| (*lag, 0.99)).into_iter().collect()
            }
            PitchMethod::Pyin { .. } => self.shares(&troughs),
        };
        let found = chosen.into_iter().map(candidate);
        found.filter(|found| found.hz >= fmin * 0.99 && found.hz <= fmax * 1.01).collect()
    }

    /// The share of thresholds that choose each trough: the first trough below a threshold, or, with a small weight,
    /// the lowest of all if none is below it.
    fn shares(&self, troughs: &[usize]) -> Vec<(usize, f64)> {
        /// Weight of a threshold without a trough below it.
        const NO_TROUGH: f64 = 0.01;
        let d = &self.difference;
        let mut shares: Vec<(usize, f64)> = vec![];
        // thresholds from this one down choose a later trough
        let mut least = 1.0f64;
        for lag in troughs {
            if d[*lag] < least {
                shares.push((*lag, self.below(least) - self.below(d[*lag])));
                least = d[*lag];
            }
        }
        if let Some((_, share)) = shares.last_mut() {
            *share += NO_TROUGH * self.below(least);
        }
        shares.retain(|(_, share)| *share > 1e-6);
        shares
    }

    /// The share of thresholds that are less than or equal to a value.
    fn below(&self, value: f64) -> f64 {
        let place = value.clamp(0.0, 1.0) * (self.thresholds.len() - 1) as f64;
        let (whole, part) = (place as usize, place - place.floor());
        let next = self.thresholds.get(whole + 1).unwrap_or(&1.0);
        self.thresholds[whole] * (1.0 - part) + next * part
    }
}

/// The cumulative beta distribution at each hundredth from 0 to 1, by the trapezoidal rule.
fn beta_shares(method: PitchMethod) -> Vec<f64> {
    let PitchMethod::Pyin { beta: (a, b) } = method else { return vec![0.0, 1.0] };
    let density = |x: f64| libm::pow(x.max(1e-9), a - 1.0) * libm::pow((1.0 - x).max(1e-9), b - 1.0);
    let mut sums = vec![0.0];
    for i in 0..100 {
        let steps = (0..10).map(|j| density((f64::from(i) + (f64::from(j) + 0.5) / 10.0) / 100.0));
        sums.push(sums[i as usize] + steps.sum::<f64>());
    }
    let all = sums[100];
    sums.iter().map(|sum| sum / all).collect()
}
