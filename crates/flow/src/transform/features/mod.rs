//! The transform `features`: features of any stream of samples, and of the examples of a training set.

mod ahead;
mod events;
mod frame;
mod measure;
mod plans;
mod rate;
mod recording;
mod stream;
mod summary;
#[cfg(test)]
mod tests;

pub use events::{BeatEvent, ChordEvent, NoteEvent};
pub use frame::{FrameFeatures, Names};
pub use rate::MeasuredRate;
pub use recording::{RecordingFeatures, Summaries};
pub use summary::{Frames, Summary};

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
    /// Features of sound, as defined by librosa, and analyses of music.
    ///
    /// For a stream of samples (live sound, a file, Kafka, recordings), each frame gives a record of kind `features` as
    /// soon as its samples have arrived. It needs no window: features have their own frames (`n_fft`, `hop_length`).
    /// Features that depend on the maximum of the whole recording (`top_db`, `ref = max`) are emitted at its end; set
    /// `top_db = none` for a stream without an end. For labelled examples, features are added to the samples or replace
    /// them. The numbers are bit-identical for all kinds of input.
    ///
    /// A feature has one row per frame, in order of time: its shape is `[frames, n_mels]`, where librosa's is
    /// `[n_mels, frames]`. Several channels are averaged, as in `librosa.load`. A recording shorter than a frame is
    /// padded with zeros, as in librosa; with `center = false` it is refused, as is a recording whose rate does not
    /// suit the settings, before anything is written.
    pub struct Features {
        /// The features to measure; with none, examples pass unchanged. Analyses of whole recordings are `rhythm`
        /// (tempo, beats, onsets), `tempo_curve`, `bars` (time signature, downbeats, bar pattern), `harmony` (key,
        /// chords, tuning), `local_keys` (keys over time), `structure` (section borders), `melody` (notes of one voice),
        /// `loudness` (EBU R128, true peak) and `fingerprint` (Chromaprint).
        names: Vec<Name> = "",
        /// Settings of the features, with librosa's names and defaults; each applies to all features that have it, such
        /// as `{ n_mels = 64, n_mfcc = 13 }`. [List of settings](#features-of-recordings).
        settings: Named,
        /// The sample rate at which features are measured: `native` for that of each recording, or a rate to which the
        /// mean of the channels is resampled first, as `librosa.load` does with `sr` (with the pass band of soxr's HQ).
        /// Analyses of whole recordings use their own rates in either case.
        rate: MeasuredRate = "native",
        /// For a stream of samples: the extent of a record.
        over: Over = "frame",
        /// Whether examples keep their samples.
        waveform: Waveform = "keep",
        /// Number of threads that measure examples. Default: the number of processors. Results do not depend on it.
        threads: Option<u32>,
    }
}

crate::choice! {
    /// The extent of a record of features.
    pub enum Over {
        /// One frame.
        Frame = "frame",
        /// A whole recording, at its end: mean, median and standard deviation over its frames, and data of its file.
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
    /// Whether examples keep their samples.
    pub enum Waveform {
        /// Features are added to the samples.
        Keep = "keep",
        /// Features replace the samples.
        Drop = "drop",
    }
}

/// A feature or analysis, by name.
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

    /// The settings of each feature.
    ///
    /// # Errors   the setting at fault, and the reason
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
                "is set, but over = \"beat\", \"note\" and \"chord\" have fixed results",
                "remove it",
            )),
            true if self.names.is_empty() => Some((
                "names",
                "is empty: nothing would be measured",
                "name a feature, such as names = \"mfcc\"",
            )),
            _ if self.over == Over::Frame && self.analyses().next().is_some() => Some((
                "names",
                "has an analysis of whole recordings",
                "set over = \"recording\", or remove it",
            )),
            true if self.waveform == Waveform::Drop => {
                Some(("waveform", "applies to the examples of a training set only", "remove it"))
            }
            false if self.over != Over::Frame => {
                Some(("over", "applies to streams of samples, and the input is examples", "remove it"))
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
        let why = "frames would be repeated after a restart";
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
    fn describes_files(&self) -> bool {
        self.over == Over::Recording
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
            let fault = place.fault("waveform", "is drop, but there are no features to replace it");
            faults.push(fault.fix("name a feature, such as names = \"log_mel\""));
        }
    }
}

impl Start for Features {
    fn start(&self) -> Result<Box<dyn Transform>> {
        let mut analyses: Vec<_> = self.analyses().collect();
        analyses.sort_by_key(|one| ANALYSES.iter().position(|known| known.name == one.name));
        let samples =
            stream::Samples::new(self.settled().unwrap_or_default(), self.rate, analyses, self.over);
        Ok(Box::new(Measure::new(self.plans()?, self.waveform, samples)))
    }
}
