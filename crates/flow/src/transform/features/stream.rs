//! The features of a stream of samples, frame by frame.

use super::frame::{FrameFeatures, Names};
use super::recording::{RecordingFeatures, Summaries};
use super::summary::Frames;
use super::{MeasuredRate, Over};
use crate::data::{Data, FileInfo, Mark};
use crate::part::Passes;
use passband_dsp::FEATURE_VERSION;
use passband_dsp::feature::{Plan, Settings, Stream};
use passband_dsp::music::{Analysis, MusicAnalyzer, Stage};
use passband_dsp::resample::Resampler;
use passband_signal::{Block, Fault, Hertz, Result, SignalSpec};
use std::collections::VecDeque;
use std::sync::Arc;

/// The state of the current recording.
pub struct Samples {
    settings: Vec<Settings>,
    rate: MeasuredRate,
    analyses: Vec<&'static Analysis>,
    over: Over,
    /// Metadata of the file of the next recording.
    file: Option<Arc<FileInfo>>,
    passes: Passes,
    open: Option<Open>,
    /// The mean of the channels.
    mean: Vec<f32>,
}

struct Open {
    spec: SignalSpec,
    recording: i64,
    /// The rate at which features are measured, and the resampler to it.
    rate: Hertz,
    resampler: Option<Resampler>,
    stream: Stream,
    cuts: Vec<Cut>,
    /// By feature, the rows that have not been emitted; or the moments of all rows of the recording.
    rows: Rows,
    /// By feature, the number of rows to skip: if measuring starts within a recording, features with a history start
    /// later.
    skip: Vec<u64>,
    /// Analyses of the whole recording, and the stages that they read, each once.
    analyses: Vec<&'static Analysis>,
    music: MusicAnalyzer,
    over: Over,
    pass: Pass,
    /// The first sample, and one past the last.
    range: (u64, u64),
    /// The newest block, without samples.
    newest: Block,
}

/// Maximum number of values kept per feature that needs the maximum of the whole recording, if the recording can be
/// read twice: 16 MB, nearly 13 minutes of 128 bands.
const HELD: usize = 1 << 22;

/// The pass over a recording.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pass {
    First,
    Second,
    /// All frames were emitted.
    Over,
}

/// How the rows of each feature are collected.
enum Rows {
    Frames(Vec<VecDeque<Box<[f32]>>>),
    Recording(Vec<Frames>),
}

impl Rows {
    fn add(&mut self, feature: usize, row: &[f32], skip: &mut [u64]) {
        if skip[feature] > 0 {
            skip[feature] -= 1;
            return;
        }
        match self {
            Rows::Frames(rows) => rows[feature].push_back(row.into()),
            Rows::Recording(frames) => frames[feature].add(row),
        }
    }
}

/// Features with equal frames.
struct Cut {
    features: Vec<usize>,
    names: Arc<Names>,
    /// Samples per frame, per hop, and before the start of the recording.
    frame: (u64, u64, u64),
    /// The number of the next frame, and the number of earlier frames that it depends on.
    next: u64,
    before: u64,
}

impl Samples {
    pub fn new(
        settings: Vec<Settings>,
        rate: MeasuredRate,
        analyses: Vec<&'static Analysis>,
        over: Over,
    ) -> Self {
        Self { settings, rate, analyses, over, file: None, passes: Passes::One, open: None, mean: vec![] }
    }

    /// The next recording is read from this file.
    pub fn begin(&mut self, file: &Arc<FileInfo>, passes: Passes) {
        (self.file, self.passes) = (Some(file.clone()), passes);
    }

    /// Ends a pass over the recording. Returns whether another pass is needed.
    pub fn needs_pass(&mut self) -> bool {
        let Some(open) = &mut self.open else { return false };
        open.finish();
        open.pass = if open.stream.needs_again() { Pass::Second } else { Pass::Over };
        if open.pass == Pass::Second {
            open.range.1 = open.range.0;
        }
        open.pass == Pass::Second
    }

    /// Adds a block and emits the frames that it completes.
    pub fn take(&mut self, block: &Block, give: &mut dyn FnMut(Data) -> Result<()>) -> Result<()> {
        let known = |open: &Open| {
            (open.spec, open.recording, open.range.1) == (block.spec, block.recording, block.index)
        };
        if !self.open.as_ref().is_some_and(known) {
            let mut open = Open::new(&self.settings, self.rate, &self.analyses, self.over, block)?;
            if self.passes == Passes::Any && block.index == 0 {
                open.stream.limit(HELD);
            }
            self.open = Some(open);
        }
        let Some(open) = &mut self.open else { return Ok(()) };
        let samples = match block.spec.channels {
            1 => block.channel(0),
            _ => {
                block.mean(&mut self.mean);
                &self.mean
            }
        };
        open.push(&block.samples, samples);
        open.range.1 = block.end();
        open.newest = head(block);
        open.give(give)
    }

    /// Emits the frames that extend beyond the end of the recording.
    pub fn close(&mut self, give: &mut dyn FnMut(Data) -> Result<()>) -> Result<()> {
        let Some(mut open) = self.open.take() else { return Ok(()) };
        if open.pass != Pass::Over {
            open.finish();
        }
        open.give(give)?;
        open.whole(self.file.take(), give)
    }

    /// Discards unfinished results, after a gap in the stream.
    pub fn restart(&mut self) {
        self.open = None;
    }

    /// The first sample of the next frame.
    pub fn pending(&self) -> Option<Mark> {
        let open = self.open.as_ref()?;
        let first =
            |cut: &Cut| (cut.next.saturating_sub(cut.before) * cut.frame.1).saturating_sub(cut.frame.2);
        let index = match open.stream.plan().of_the_whole() {
            _ if matches!(open.rows, Rows::Recording(_)) => open.range.0,
            Some(_) => open.range.0,
            None => {
                let first = open.cuts.iter().map(first).min()?;
                open.resampler.as_ref().map_or(first, |resampler| resampler.needs(first)).max(open.range.0)
            }
        };
        Some(Mark { recording: open.recording, index })
    }
}

impl Open {
    fn new(
        settings: &[Settings],
        rate: MeasuredRate,
        analyses: &[&'static Analysis],
        over: Over,
        block: &Block,
    ) -> Result<Self> {
        let own = block.spec.rate;
        let unfit = |why: String| {
            let what = format!("a signal of {own} cannot be measured");
            Fault::new(what).why(why).fix("change the settings of features")
        };
        let mut resampler = rate.resampler(own).map_err(unfit)?;
        let rate = rate.of(own);
        let plan = Plan::of_all(settings, rate.0).map_err(unfit)?;
        let of_events = over.events().map_or(&[][..], |(_, stages)| stages);
        let stages: Vec<Stage> =
            analyses.iter().flat_map(|one| one.stages).chain(of_events).copied().collect();
        let music =
            MusicAnalyzer::of_channels(block.spec.rate.0, block.spec.channels, &stages).map_err(|why| {
                let what = format!("the music of a signal of {} cannot be measured", block.spec.rate);
                Fault::new(what).why(why).fix("remove the analyses from names, or resample it")
            })?;
        let frames: Vec<_> =
            (0..settings.len()).map(|feature| (plan.frame(feature), plan.before(feature) as u64)).collect();
        let rows = match over {
            Over::Frame => Rows::Frames(settings.iter().map(|_| VecDeque::new()).collect()),
            _ => Rows::Recording((0..settings.len()).map(|at| Frames::start(plan.width(at))).collect()),
        };
        let mut stream = plan.into_recording();
        let start = |resampler: &mut Resampler| resampler.start_at(block.index);
        let first = stream.start_at(resampler.as_mut().map_or(block.index, start));
        let mut cuts: Vec<Cut> = vec![];
        for (feature, (frame, before)) in frames.into_iter().enumerate() {
            match cuts.iter_mut().find(|cut| cut.frame == frame) {
                Some(cut) => {
                    cut.features.push(feature);
                    (cut.before, cut.next) = (cut.before.max(before), cut.next.max(first[feature]));
                }
                None => {
                    let names = Arc::new(Names::new(vec![]));
                    cuts.push(Cut { features: vec![feature], names, frame, next: first[feature], before });
                }
            }
        }
        let mut skip = vec![0; settings.len()];
        for cut in &mut cuts {
            cut.features.iter().for_each(|feature| skip[*feature] = cut.next - first[*feature]);
            let name = |feature: &usize| settings[*feature].feature().name.to_owned();
            cut.names = Arc::new(Names::new(cut.features.iter().map(name).collect()));
        }
        Ok(Self {
            spec: block.spec,
            recording: block.recording,
            rate,
            resampler,
            stream,
            cuts,
            rows,
            skip,
            analyses: analyses.to_vec(),
            music,
            over,
            pass: Pass::First,
            range: (block.index, block.index),
            newest: head(block),
        })
    }

    /// Adds samples at the signal's own rate: its channels one after the other, and their mean.
    fn push(&mut self, channels: &[f32], samples: &[f32]) {
        let Self { stream, resampler, rows, skip, music, pass, .. } = self;
        let mut each = |feature: usize, row: &[f32]| rows.add(feature, row, skip);
        match resampler {
            Some(resampler) => resampler.push(samples, |resampled| stream.push(resampled, &mut each)),
            None => stream.push(samples, &mut each),
        }
        if *pass == Pass::First {
            music.push_channels(channels, samples);
        }
    }

    /// Ends the signal.
    fn finish(&mut self) {
        let Self { stream, resampler, rows, skip, .. } = self;
        let mut each = |feature: usize, row: &[f32]| rows.add(feature, row, skip);
        if let Some(resampler) = resampler {
            resampler.finish(|resampled| stream.push(resampled, &mut each));
        }
        stream.finish(&mut each);
    }

    /// Emits the frames for which every feature is complete, in order.
    fn give(&mut self, give: &mut dyn FnMut(Data) -> Result<()>) -> Result<()> {
        let Self { spec, recording, rate, resampler, cuts, rows, newest, .. } = self;
        let at_source = |index: u64| match resampler {
            Some(_) => (index as f64 * spec.rate.0 / rate.0).round() as u64,
            None => index,
        };
        let Rows::Frames(rows) = rows else { return Ok(()) };
        for cut in cuts {
            while cut.features.iter().all(|feature| !rows[*feature].is_empty()) {
                let values = cut.features.iter().filter_map(|feature| rows[*feature].pop_front()).collect();
                let (length, hop, padding) = cut.frame;
                let end = (cut.next * hop + length).saturating_sub(padding);
                give(Data::row(FrameFeatures {
                    recording: *recording,
                    frame: cut.next,
                    start: (cut.next * hop) as i64 - padding as i64,
                    time: newest.time_of(at_source(end)),
                    rate: rate.0,
                    names: cut.names.clone(),
                    values,
                }))?;
                cut.next += 1;
            }
        }
        Ok(())
    }
}

impl Open {
    /// Emits the record of the whole recording, or its events. A recording shorter than a frame has no record.
    fn whole(&mut self, file: Option<Arc<FileInfo>>, give: &mut dyn FnMut(Data) -> Result<()>) -> Result<()> {
        let Rows::Recording(frames) = &self.rows else { return Ok(()) };
        if !frames.is_empty() && frames.iter().all(|frames| frames.count() == 0) {
            return Ok(());
        }
        let mut names = vec![String::new(); frames.len()];
        for cut in &self.cuts {
            for (feature, name) in cut.features.iter().zip(&cut.names.names) {
                names[*feature].clone_from(name);
            }
        }
        let (mut kinds, mut results) = (vec![], vec![]);
        let music = self.music.finish();
        if self.over.events().is_some() {
            let (rate, newest, first) = (self.spec.rate.0, &self.newest, self.range.0);
            let time = |seconds: f64| newest.time_of(first + (seconds * rate).max(0.0) as u64);
            return self.over.give(&music, self.recording, time, give);
        }
        for analysis in &self.analyses {
            kinds.extend(analysis.results.iter().map(|outcome| (outcome.name.to_owned(), outcome.kind)));
            results.extend((analysis.found)(&music));
        }
        give(Data::row(RecordingFeatures {
            recording: self.recording,
            time: self.newest.time_of(self.range.1),
            sample_rate: self.spec.rate.0,
            channels: self.spec.channels as u64,
            samples: self.range.1 - self.range.0,
            file,
            feature_version: FEATURE_VERSION,
            passband_version: RecordingFeatures::PASSBAND_VERSION.into(),
            names: Arc::new(Summaries::new(names, kinds)),
            values: frames.iter().map(Frames::summary).collect(),
            results,
        }))
    }
}

/// A copy of the block without its samples.
fn head(block: &Block) -> Block {
    let Block { spec, recording, index, time, of, .. } = *block;
    Block { spec, recording, index, time, of, samples: vec![] }
}
