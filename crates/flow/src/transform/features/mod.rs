//! The transform `features`: what is measured of any stream of samples, and of each example of a training set.

mod ahead;
mod events;
mod frame;
mod measure;
mod plans;
mod rate;
mod recording;
mod stream;
#[cfg(test)]
mod tests;

pub use events::{BeatEvent, ChordEvent, NoteEvent};
pub use frame::{FrameFeatures, Names};
pub use rate::MeasuredRate;
pub use recording::{RecordingFeatures, Summaries, Summary};

use crate::config::{Named, Node, Place, Shape, Value, unknown};
use crate::data::Kind;
use crate::part::{Ahead, Start, Takes, Transform, TransformPlan};
use ahead::Foreseen;
use measure::Measure;
use passband_dsp::feature::{FEATURES, Feature, Plan, Settings};
use passband_dsp::music::{ANALYSES, Analysis};
use passband_signal::{Fault, Result};
use plans::Plans;
use std::sync::{Arc, LazyLock};

crate::settings! {
    /// Features of sound, as librosa defines them: log-mel spectrograms, MFCCs.
    ///
    /// Of a stream of samples (live sound, a file, Kafka, a folder of recordings) each frame is a record of kind
    /// `features`, as soon as its samples have come. No window stands before it: a feature has frames of its own
    /// (`n_fft`, `hop_length`). What needs the loudest of the whole recording (`top_db`, `ref = max`) comes at its end;
    /// set `top_db = none` for a stream that has none. Of labelled examples the features of a recording stand beside its
    /// samples or in their place. The numbers are the same to the bit however the samples come.
    ///
    /// A feature has a row for each frame, the earliest first: its shape is `[frames, n_mels]`, where librosa gives the
    /// same numbers as `[n_mels, frames]`. Of several channels the mean is measured, which is what `librosa.load` gives
    /// too. A recording shorter than a frame has zeros about it, as in librosa; with `center = false` one that fills no
    /// frame is refused, as is one whose rate the settings do not fit, before anything is written.
    pub struct Features {
        /// What is measured; examples pass as they are, if nothing is. Of whole recordings are `rhythm` (tempo, beats,
        /// onsets), `tempo_curve`, `bars` (time signature, downbeats, pattern of a bar), `harmony` (key, chords,
        /// tuning), `structure` (borders of sections), `melody` (notes of one voice) and `loudness` (EBU R128, true peak).
        names: Vec<Name> = "",
        /// The features' settings, by librosa's names and with its defaults, each for all features that have it, such
        /// as `{ n_mels = 64, n_mfcc = 13 }`. [All of them](#features-of-recordings).
        settings: Named,
        /// The sample rate at which features are measured: `native`, which is each recording's own, or a rate to which
        /// the mean of the channels is resampled first, as `librosa.load` does with `sr` (the pass band is that of soxr's
        /// HQ). Analyses of whole recordings use their own rates in either case.
        rate: MeasuredRate = "native",
        /// Of a stream of samples: what a record is of.
        over: Over = "frame",
        /// What becomes of the samples.
        waveform: Waveform = "keep",
        /// Threads that measure; as many as there are processors, if not given. What is measured does not depend on it.
        threads: Option<u32>,
    }
}

crate::choice! {
    /// What a record of features is of.
    pub enum Over {
        /// One frame.
        Frame = "frame",
        /// A whole recording: mean and standard deviation over its frames, when it ends.
        Recording = "recording",
        /// A beat, with its position in the bar, tempo and chord. `names` stays empty.
        Beat = "beat",
        /// A note of one voice, with its end, pitch, level and confidence. `names` stays empty.
        Note = "note",
        /// A chord, with its end and root. `names` stays empty.
        Chord = "chord",
    }
}

crate::choice! {
    /// What becomes of the samples.
    pub enum Waveform {
        /// Features stand beside them.
        Keep = "keep",
        /// Features stand in their place.
        Drop = "drop",
    }
}

/// What is measured, by its name.
#[derive(Clone, Copy, Debug)]
pub enum Name {
    /// A feature of each frame.
    Feature(&'static Feature),
    /// An analysis of a whole recording.
    Analysis(&'static Analysis),
}

impl Value for Name {
    fn shape() -> Shape {
        static NAMES: LazyLock<Vec<&str>> = LazyLock::new(|| {
            let analyses = ANALYSES.iter().map(|analysis| analysis.name);
            FEATURES.iter().map(|feature| feature.name).chain(analyses).collect()
        });
        Shape::Choice(&NAMES)
    }
    fn read(node: &Node) -> Result<Self, String> {
        let (Shape::Choice(names), name) = (Self::shape(), node.text()?) else { return Err(String::new()) };
        let analysis = Analysis::by_name(&name).map(Self::Analysis);
        let feature = || Feature::by_name(&name).map(Self::Feature).map_err(|_| unknown(&name, names));
        analysis.map_or_else(feature, Ok)
    }
    fn written(&self) -> String {
        match self {
            Self::Feature(feature) => feature.name.to_owned(),
            Self::Analysis(analysis) => analysis.name.to_owned(),
        }
    }
}

impl Features {
    fn features(&self) -> impl Iterator<Item = &'static Feature> {
        self.names.iter().filter_map(|name| if let Name::Feature(one) = name { Some(*one) } else { None })
    }

    fn analyses(&self) -> impl Iterator<Item = &'static Analysis> {
        self.names.iter().filter_map(|name| if let Name::Analysis(one) = name { Some(*one) } else { None })
    }

    /// The settings of each feature; the error says which of ours is wrong, and how.
    fn settled(&self) -> Result<Vec<Settings>, (&'static str, String)> {
        let analyses: Vec<_> = self.analyses().collect();
        let twice = |(at, one): &(usize, &&Analysis)| analyses[..*at].iter().any(|two| two.name == one.name);
        if let Some((_, twice)) = analyses.iter().enumerate().find(twice) {
            return Err(("names", format!("has {} twice", twice.name)));
        }
        let features: Vec<_> = self.features().collect();
        if let Some(twice) =
            features.iter().enumerate().find(|(at, f)| features[..*at].iter().any(|g| g.name == f.name))
        {
            return Err(("names", format!("has {} twice", twice.1.name)));
        }
        let mut known: Vec<&str> = features.iter().flat_map(|f| f.all_settings()).map(|s| s.name).collect();
        known.sort_unstable();
        known.dedup();
        let mut settled: Vec<_> = features.iter().map(|feature| feature.settings()).collect();
        for (name, value) in &self.settings.0 {
            if !known.contains(&name.as_str()) {
                let why = if known.is_empty() {
                    "is set, but names has no feature".into()
                } else {
                    unknown(name, &known)
                };
                return Err(("settings", why));
            }
            for settings in settled.iter_mut().filter(|settings| settings.value(name).is_some()) {
                settings.set(name, value).map_err(|why| ("settings", format!("cannot be used: {why}")))?;
            }
        }
        let plan = match self.rate {
            MeasuredRate::Native => Plan::of_any_rate(&settled),
            MeasuredRate::At(rate) => Plan::of_all(&settled, rate.0),
        };
        plan.map_err(|why| ("settings", format!("cannot be used: {why}")))?;
        Ok(settled)
    }

    fn plans(&self) -> Result<Plans> {
        let settled = self.settled();
        settled
            .map(|settled| Plans::new(settled, self.rate))
            .map_err(|(key, why)| Fault::new(format!("features: {key} {why}")))
    }
}

impl TransformPlan for Features {
    fn takes(&self) -> Takes<'_> {
        Takes::Rows(&[Kind::Examples, Kind::Samples], self)
    }
    fn gives(&self) -> Kind {
        Kind::Examples
    }
    fn gives_of(&self, come: &[Kind]) -> Kind {
        match self.over {
            _ if !come.contains(&Kind::Samples) => Kind::Examples,
            Over::Recording => RecordingFeatures::KIND,
            over => over.events().map_or(FrameFeatures::KIND, |(kind, _)| kind),
        }
    }
    fn unfit(&self, come: &[Kind]) -> Option<(&'static str, &'static str, &'static str)> {
        match come.contains(&Kind::Samples) {
            true if self.over.events().is_some() => (!self.names.is_empty()).then_some((
                "names",
                "is set, but what is measured of events follows from over",
                "take it out",
            )),
            true if self.names.is_empty() => Some((
                "names",
                "is empty: nothing would be measured",
                "name a feature, such as names = \"mfcc\"",
            )),
            _ if self.over == Over::Frame && self.analyses().next().is_some() => Some((
                "names",
                "has an analysis of whole recordings",
                "set over = \"recording\", or take it out",
            )),
            true if self.waveform == Waveform::Drop => {
                Some(("waveform", "is for the examples of a training set", "take it out"))
            }
            false if self.over != Over::Frame => {
                Some(("over", "is for streams of samples, and these are examples", "take it out"))
            }
            _ => None,
        }
    }
    fn forgets(&self, source: Kind) -> Option<String> {
        // a recording is read again from its first sample
        if source == Kind::Examples || self.over != Over::Frame {
            return None;
        }
        let settled = self.settled().ok()?;
        let plan = Plan::of_any_rate(&settled).ok()?;
        let cuts: Vec<_> = (0..settled.len()).map(|feature| plan.frame(feature)).collect();
        let alone = (0..settled.len()).all(|feature| plan.before(feature) == 0);
        let own = self.rate == MeasuredRate::Native;
        if own
            && plan.of_the_whole().is_none()
            && alone
            && cuts.iter().all(|cut| *cut == cuts[0] && cut.2 == 0)
        {
            return None;
        }
        let why = "frames that were given would be given again";
        Some(format!(
            "{why} (one that has rate = \"native\", center = false and top_db = none, one n_fft and hop_length, and no feature whose rows \
             need frames before their own, can)"
        ))
    }
    fn apart(&self) -> Option<usize> {
        let own = || std::thread::available_parallelism().map_or(1, usize::from);
        let threads = self.threads.map_or_else(own, |threads| threads as usize).clamp(1, 256);
        (!self.names.is_empty() || self.over.events().is_some()).then_some(threads)
    }
    fn ahead(&self) -> Option<Arc<dyn Ahead>> {
        let settled = self.settled().ok().filter(|settled| !settled.is_empty())?;
        Some(Arc::new(Foreseen::new(settled, self.rate, self.waveform)))
    }
    fn check(&self, place: &Place, faults: &mut Vec<Fault>) {
        if let Err((key, why)) = self.settled() {
            faults.push(place.fault(key, why));
        }
        if self.names.is_empty() && self.waveform == Waveform::Drop {
            let fault = place.fault("waveform", "is drop, and nothing stands in its place");
            faults.push(fault.fix("name a feature, such as names = \"log_mel\""));
        }
    }
}

impl Start for Features {
    fn start(&self) -> Result<Box<dyn Transform>> {
        let analyses = self.analyses().collect();
        let samples =
            stream::Samples::new(self.settled().unwrap_or_default(), self.rate, analyses, self.over);
        Ok(Box::new(Measure::new(self.plans()?, self.waveform, samples)))
    }
}
