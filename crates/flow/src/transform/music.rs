//! Music features of a live signal: tempo, beats, key, chord and loudness.

use crate::config::Place;
use crate::data::{Data, Kind};
use crate::part::{Cut, Frame, Start, Takes, Transform, TransformPlan};
use passband_dsp::music::{MusicMonitor, MusicState};
use passband_signal::{Duration, Fault, Hertz, Result};

crate::settings! {
    /// Tempo, beats, key, chord and loudness of a stream, as they are heard.
    ///
    /// It passes on the frames that it measures, so that `spectrum` can follow it. Loudness comes at once; chroma and
    /// chord after 0.2 s (1.2 s at the start); tempo and beats are estimated once a second from the last 12 s, and a beat is
    /// emitted 1 to 2 s after it sounded. What cannot be told is null: silence has no tempo, no key and no chord; more than
    /// 8 channels have no loudness; I/Q and sample rates below 4 kHz or above 768 kHz have nothing.
    pub struct Music {
        /// How often a result is emitted.
        every: Duration = "100 ms",
    }
}

crate::record! {
    /// What is heard at one moment. The message key is the name of the stream.
    pub struct MusicNow("music", "MusicNow") {
        /// Names the recording, as in Samples.
        recording: i64 as name,
        /// When the newest sample was taken.
        time: i64 as time,
        /// The tempo of the last 12 seconds.
        tempo: Option<f64> as unit "1/min",
        /// The probability that the tempo is within 4 % of that.
        tempo_confidence: Option<f64>,
        /// When each beat sounded that was found since the last result, in µs since 1970.
        beats: Vec<i64>,
        /// The key of everything since the start, such as A minor.
        key: Option<String>,
        /// Its probability among the 24 keys.
        key_confidence: Option<f64>,
        /// The chord that sounds, after Harte, such as C:maj.
        chord: Option<String>,
        /// The mean chroma since the last result, C first; the greatest value is 1.
        chroma: Vec<f64>,
        /// The greatest onset strength since the last result.
        onset_strength: f64,
        /// Momentary loudness: the last 400 ms.
        momentary: Option<f64> as unit "LUFS",
        /// Short-term loudness: the last 3 s.
        short_term: Option<f64> as unit "LUFS",
        /// Integrated loudness since the start.
        integrated: Option<f64> as unit "LUFS",
    }
}

impl TransformPlan for Music {
    fn takes(&self) -> Takes<'_> {
        Takes::Frames(self)
    }
    fn gives(&self) -> Kind {
        MusicNow::KIND
    }
    fn passes_on(&self) -> bool {
        true
    }
    fn forgets(&self, _: Kind) -> Option<String> {
        Some("key, tempo and loudness depend on what was heard since the stream began, which a restart would forget".into())
    }
    fn check(&self, place: &Place, faults: &mut Vec<Fault>) {
        if self.every.0 < 0.001 {
            faults.push(place.fault("every", format!("is {}", self.every)).fix("set it to 1 ms or more"));
        }
    }
}

impl Start for Music {
    fn start(&self) -> Result<Box<dyn Transform>> {
        Ok(Box::new(Listener { every: self.every, open: None, planar: vec![], mean: vec![] }))
    }
}

struct Listener {
    every: Duration,
    open: Option<Open>,
    /// The new samples of a frame, channel after channel, and their mean.
    planar: Vec<f32>,
    mean: Vec<f32>,
}

/// A contiguous section of the signal.
struct Open {
    /// `None` for a signal that cannot be measured.
    monitor: Option<MusicMonitor>,
    recording: i64,
    rate: Hertz,
    channels: usize,
    /// One past the last sample processed.
    end: u64,
    /// The sample at which the next result is due.
    due: f64,
}

impl Open {
    fn new(frame: &Frame<'_>) -> Self {
        let (rate, channels) = (frame.rate, frame.channels.len());
        let monitor = frame.centre.is_none().then(|| MusicMonitor::new(rate.0, channels).ok()).flatten();
        let (recording, start) = (frame.recording, frame.start);
        Self { monitor, recording, rate, channels, end: start, due: start as f64 }
    }
    fn goes_on_with(&self, frame: &Frame<'_>) -> bool {
        let same = self.recording == frame.recording && self.rate == frame.rate;
        same && self.channels == frame.channels.len() && frame.start <= self.end
    }
}

impl Transform for Listener {
    fn take(&mut self, cut: Cut<'_>, give: &mut dyn FnMut(Data) -> Result<()>) -> Result<()> {
        let Cut::Frame(frame) = cut else { return Ok(()) };
        let open = match self.open.take().filter(|open| open.goes_on_with(frame)) {
            Some(open) => self.open.insert(open),
            None => self.open.insert(Open::new(frame)),
        };
        // of overlapping frames, only the new samples are processed
        let known = (open.end - frame.start) as usize;
        let (planar, mean) = (&mut self.planar, &mut self.mean);
        planar.clear();
        mean.clear();
        for channel in frame.channels {
            planar.extend(channel.get(known..).unwrap_or_default());
        }
        let new = planar.len() / open.channels.max(1);
        let share = 1.0 / open.channels.max(1) as f32;
        mean.extend((0..new).map(|at| planar[at..].iter().step_by(new).sum::<f32>() * share));
        if let Some(monitor) = &mut open.monitor {
            monitor.push(planar, mean);
        }
        open.end += new as u64;
        if (open.end as f64) < open.due {
            return Ok(());
        }
        open.due = open.end as f64 + self.every.0 * open.rate.0;
        let state = open.monitor.as_mut().map_or_else(MusicState::default, MusicMonitor::state);
        give(Data::row(record(state, frame)))
    }
    fn restart(&mut self) {
        self.open = None;
    }
}

fn record(state: MusicState, frame: &Frame<'_>) -> MusicNow {
    let MusicState { time_s, tempo, beats, key, chord, chroma, onset_strength, loudness } = state;
    let time_of = |beat: f64| frame.time - ((time_s - beat) * 1e6).round() as i64;
    MusicNow {
        recording: frame.recording,
        time: frame.time,
        tempo: tempo.map(|tempo| tempo.bpm),
        tempo_confidence: tempo.map(|tempo| tempo.confidence),
        beats: beats.into_iter().map(time_of).collect(),
        key: key.map(|key| key.to_string()),
        key_confidence: key.map(|key| key.confidence),
        chord: chord.map(|(root, quality)| quality.on(root)),
        chroma: chroma.map(f64::from).to_vec(),
        onset_strength,
        momentary: loudness.momentary,
        short_term: loudness.short_term,
        integrated: loudness.integrated,
    }
}
