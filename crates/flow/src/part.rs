//! What a part is: the four traits, and how a part is declared.
//!
//! A part is declared by its settings ([`settings!`](crate::settings)) and a plan: the settings struct implements
//! [`SourcePlan`], [`WindowPlan`], [`TransformPlan`] or [`SinkPlan`], which checks itself without touching the
//! outside, and opens the part that runs. One file, and one line in its folder's registry.

use crate::config::{Field, Place, Reader, Settings, Shape, Value};
use crate::data::{Data, Input, Kind, Mark, Output, Positions, Refusal, Set, Stream};
use crate::engine::{Context, End, Written};
use crate::format::{Carrier, Choice, Format};
use crate::kafka::Group;
use crate::keyed::{Clock, Sums};
pub use crate::touched::{Meant, Reads, Writes};
use passband_signal::{Block, Fault, Hertz, Result, SignalSpec};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// What a source's turn gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// There is, or may be, more.
    More,
    /// The source is at its end.
    End,
}

/// Brings data.
pub trait Source: Send {
    /// Waits a little (some 10 ms) for data and adds it to `batch`; an empty batch is no error.
    fn next(&mut self, batch: &mut Vec<Input>) -> Result<Turn>;
    /// How its positions are settled, if it keeps any.
    fn settle(&self) -> Option<Arc<dyn Settle>> {
        None
    }
    /// Begins there: called before the first turn, where a sink keeps the positions of a source that has no place for
    /// them itself.
    fn resume(&mut self, _positions: &Positions) -> Result<()> {
        Ok(())
    }
    /// What it will give, where that is known: samples of each channel, how they are taken, and the bytes that they are
    /// read from.
    fn extent(&self) -> Option<(u64, SignalSpec, u64)> {
        None
    }
    /// How far along a source with an end is, in samples: done, and in all.
    fn progress(&self) -> Option<(u64, u64)> {
        None
    }
}

/// Settles positions, from whichever thread knows that the results before them are safe.
pub trait Settle: Send + Sync {
    /// Everything up to these positions is safe: acknowledge it to whoever sent it.
    fn settle(&self, positions: &Positions) -> Result<()>;
    /// Adds to positions that are to be kept what the source needs to find them again.
    fn note(&self, _positions: &mut Positions) {}
    /// The Kafka consumer group, whose positions a transaction can carry.
    fn group(&self) -> Option<&Group> {
        None
    }
}

/// What a transform carries over a restart, kept by a sink.
pub trait Load: Send + Sync {
    /// The newest results of each stream, as they were committed; where they are of a shard, those of this one.
    fn load(&self, shard: i32) -> Result<HashMap<Stream, Vec<Data>>>;
}

/// One cut of a stream of samples, all channels; borrowed from the window.
#[derive(Clone, Copy)]
pub struct Frame<'a> {
    /// Names the recording.
    pub recording: i64,
    /// Index of the first sample.
    pub start: u64,
    /// When the last sample was taken (µs since 1970).
    pub time: i64,
    /// Sample rate.
    pub rate: Hertz,
    /// Where it is I/Q: the frequency at 0 Hz.
    pub centre: Option<Hertz>,
    /// Samples to the next frame.
    pub hop: u64,
    /// Samples in the whole recording, where that is known; 0 where not.
    pub of: u64,
    /// The samples, by channel.
    pub channels: &'a [&'a [f32]],
}

/// Cuts a stream of samples. The engine has seen to it that blocks follow each other without a gap.
pub trait Window: Send {
    /// Adds a block and gives every frame that is now full.
    fn push(&mut self, block: &Block, cut: &mut dyn FnMut(&Frame<'_>) -> Result<()>) -> Result<()>;
    /// Forgets everything: the next block begins a new stretch.
    fn restart(&mut self);
    /// The first sample of the next frame, or none before the first block.
    fn next(&self) -> Option<Mark>;
    /// Before the first block: the first frame begins here, and samples before it belong to none.
    fn skip_to(&mut self, index: u64);
}

/// A transform's input: a frame cut by the window, or a row of the transform before it.
pub enum Cut<'a> {
    /// A frame.
    Frame(&'a Frame<'a>),
    /// A row, which is the transform's own from now on.
    Row(Data),
}

/// Measures each cut. Pure: no input or output, no clock.
pub trait Transform: Send {
    /// Takes a cut and gives what is now complete.
    fn take(&mut self, cut: Cut<'_>, give: &mut dyn FnMut(Data) -> Result<()>) -> Result<()>;
    /// The stream was broken: what is unfinished stays so.
    fn restart(&mut self) {}
    /// The first sample of an unfinished result, if there is one.
    fn pending(&self) -> Option<Mark> {
        None
    }
    /// Positions are about to be settled: gives the shares that must be safe with them.
    fn settle(&mut self, _give: &mut dyn FnMut(Data) -> Result<()>) -> Result<()> {
        Ok(())
    }
    /// Nothing more of this recording comes: gives what there is of it.
    fn close(&mut self, _recording: i64, _give: &mut dyn FnMut(Data) -> Result<()>) -> Result<()> {
        Ok(())
    }
    /// Scans of this recording came again and were dropped.
    fn again(&mut self, _recording: i64, _scans: u64) {}
    /// What was carried over a restart: the newest results of its own that were committed, of this stream.
    fn carry_on(&mut self, _state: &[Data]) -> Result<()> {
        Ok(())
    }
}

/// Delivers results.
pub trait Sink: Send {
    /// Takes one result.
    fn write(&mut self, output: &Output) -> Result<()>;
    /// Takes something refused, if this sink has a place for it.
    fn refuse(&mut self, _refusal: &Refusal) -> Result<bool> {
        Ok(false)
    }
    /// The positions that it keeps for a source which has no place for them itself.
    fn positions(&mut self) -> Result<Option<Positions>> {
        Ok(None)
    }
    /// Makes all that was written safe. True: the positions were committed with it, in one transaction.
    fn commit(&mut self, positions: &Positions) -> Result<bool>;
    /// Called when nothing else is to do, so that a transport can be served.
    fn idle(&mut self) -> Result<()> {
        Ok(())
    }
    /// No more is coming. What is unfinished must not look whole unless the end is a complete one.
    fn finish(&mut self, end: End) -> Result<()>;
    /// What it has written; asked after its end.
    fn written(&self) -> Vec<Written> {
        vec![]
    }
    /// Asked after a complete end: whether all is there. A sink that waits for others may have been stopped before.
    fn whole(&self) -> bool {
        true
    }
}

/// A source as configured.
pub trait SourcePlan: Send + Sync {
    /// What it will give.
    fn gives(&self) -> Kind;
    /// The names of the values in its readings.
    fn value_names(&self) -> Vec<String> {
        vec![]
    }
    /// What it reads, as far as that is known before it is opened: it is not written over.
    fn reads(&self) -> Vec<Reads> {
        vec![]
    }
    /// Whether it comes to an end by itself; to stop one that does not is no interruption.
    fn ends(&self) -> bool {
        false
    }
    /// Whether each of its streams is a recording that ends: one that cannot be measured is refused, and the next comes.
    fn gives_recordings(&self) -> bool {
        false
    }
    /// Whether positions are kept for it, so that a transaction can carry them.
    fn keeps_positions(&self) -> bool {
        false
    }
    /// Itself, if it reads Kafka: the halves of a pipeline that is gathered have the same connection and group.
    fn as_kafka(&self) -> Option<&crate::source::kafka::Kafka> {
        None
    }
    /// Whether it can begin at a position that a sink keeps for it.
    fn resumes(&self) -> bool {
        false
    }
    /// Checks what the settings' types cannot; touches nothing outside.
    fn check(&self, _place: &Place, _faults: &mut Vec<Fault>) {}
    /// How long a start waits for something outside that does not answer.
    fn start_timeout(&self) -> Duration {
        Duration::ZERO
    }
    /// Opens it.
    fn open(&self, context: &Context) -> Result<Box<dyn Source>>;
}

/// A window as configured.
pub trait WindowPlan: Send + Sync {
    /// Samples in a frame, where that does not depend on the signal.
    fn length(&self) -> Option<u64> {
        None
    }
    /// Samples in a frame and from one to the next, at this rate, where every sample goes into a frame.
    fn frame(&self, _rate: Hertz) -> Option<(u64, u64)> {
        None
    }
    /// What it cuts.
    fn cuts(&self) -> &'static [Kind] {
        &[Kind::Samples]
    }
    /// How it cuts readings, if it does; the error says why it cannot.
    fn clock(&self) -> Result<Clock, String> {
        Err("this window cuts samples only".into())
    }
    /// Why its windows would differ after a restart, where they would: then it cannot be in an exactly-once chain.
    fn forgets(&self) -> Option<String> {
        None
    }
    /// Checks what the settings' types cannot.
    fn check(&self, _place: &Place, _faults: &mut Vec<Fault>) {}
    /// A window for one stream of samples.
    fn start(&self, spec: SignalSpec) -> Result<Box<dyn Window>>;
}

/// What a transform takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// Frames of a window.
    Frames,
    /// Readings, cut by a window.
    Readings,
    /// Rows of these kinds.
    Rows(&'static [Kind]),
}

/// How a transform groups cuts by recording: the pieces of a recording may then come in any order, and through any
/// number of shards.
#[derive(Clone, Debug)]
pub struct Groups {
    /// A recording is closed when so many newer ones have begun.
    pub open: usize,
    /// A recording of which nothing more has come for so long is closed. None: it waits.
    pub deadline: Option<Duration>,
    /// Samples in a cut.
    pub length: u64,
    /// Whether its groups are shares, given whenever positions are settled, and merged elsewhere.
    pub shares: bool,
}

/// A transform in two halves with a topic between them: every process folds its shards' shares, one merges them.
pub struct Gather {
    /// The topic that carries the shares.
    pub topic: String,
    /// How often shares are sent.
    pub every: Duration,
    /// The half that folds.
    pub fold: Box<dyn TransformPlan>,
    /// The half that merges.
    pub merge: Box<dyn TransformPlan>,
}

/// What a transform says before anything comes, to a source that plans what it will give.
pub trait Ahead: Send + Sync {
    /// What it is and all that decides what it gives: results are told apart by it, wherever they are kept.
    fn told(&self) -> serde_json::Value;
    /// What it makes of the examples of a set.
    fn shape(&self, set: &mut Set);
    /// Why it cannot measure an example of so many frames at such a rate, if so.
    fn refuses(&self, rate: Hertz, frames: u64) -> Option<String>;
}

/// A transform as configured.
pub trait TransformPlan: Send + Sync {
    /// What it takes.
    fn takes(&self) -> Takes;
    /// What it gives.
    fn gives(&self) -> Kind;
    /// What it gives of these kinds, where that depends on them.
    fn gives_of(&self, _come: &[Kind]) -> Kind {
        self.gives()
    }
    /// Why its settings do not do for data of these kinds, if so: the setting, what is wrong, and what to do.
    fn unfit(&self, _come: &[Kind]) -> Option<(&'static str, &'static str, &'static str)> {
        None
    }
    /// Whether it passes on the rows that it measures, beside what it gives.
    fn passes_on(&self) -> bool {
        false
    }
    /// How it groups cuts by recording, if it does; `length`: samples in a cut of the window before it.
    fn groups(&self, _length: u64) -> Option<Groups> {
        None
    }
    /// What it folds of readings of these fields, if it does; the error says which it lacks.
    fn sums(&self, _fields: &[String]) -> Option<Result<Sums, String>> {
        None
    }
    /// How many values of each channel it gives for every frame of such a length, where it gives one row for each.
    fn values(&self, _length: u64) -> Option<u64> {
        None
    }
    /// Its two halves, if its groups are gathered from several processes.
    fn gather(&self) -> Option<Gather> {
        None
    }
    /// Whether its own results are its state, to be carried over a restart.
    fn carries(&self) -> bool {
        false
    }
    /// Where it makes one row of each row, from this one alone: how many threads may do so at once, each with a
    /// transform of its own. Their order stays what it was.
    fn apart(&self) -> Option<usize> {
        None
    }
    /// What it says to a source that plans ahead.
    fn ahead(&self) -> Option<Arc<dyn Ahead>> {
        None
    }
    /// Why its results would differ after a restart of a source that gives this kind, where they would: then it cannot be in an exactly-once chain.
    fn forgets(&self, _source: Kind) -> Option<String> {
        None
    }
    /// Checks what the settings' types cannot.
    fn check(&self, _place: &Place, _faults: &mut Vec<Fault>) {}
    /// A transform for one stream.
    fn start(&self) -> Result<Box<dyn Transform>>;
}

/// A sink as configured.
pub trait SinkPlan: Send + Sync {
    /// Why it cannot take data of that kind, if so.
    fn refuses(&self, _kind: Kind) -> Option<String> {
        None
    }
    /// How it writes, and where to, for the check of the format's settings.
    fn format(&self) -> Option<(&Choice, Carrier)> {
        None
    }
    /// What it writes, so that nothing is written over that is read.
    fn writes(&self) -> Vec<Writes> {
        vec![]
    }
    /// About how many bytes a value takes that it keeps for good, and how that is changed.
    fn bytes_each(&self) -> Option<(f64, &'static str)> {
        None
    }
    /// Where it writes what was refused, if it is a topic.
    fn refused_topic(&self) -> Option<String> {
        None
    }
    /// Whether all that it takes must be of one kind.
    fn one_kind(&self) -> bool {
        false
    }
    /// What gives back the results of that kind that it keeps, for a transform whose state they are.
    fn loads(&self, _kind: Kind) -> Option<Box<dyn Load>> {
        None
    }
    /// Whether results and positions are one transaction.
    fn exactly_once(&self) -> bool {
        false
    }
    /// Whether each start throws away what an earlier one delivered: then the source must begin anew too.
    fn begins_anew(&self) -> bool {
        false
    }
    /// How long results may wait to be made safe.
    fn commit_every(&self) -> Duration {
        Duration::from_secs(1)
    }
    /// Checks what the settings' types cannot.
    fn check(&self, _place: &Place, _faults: &mut Vec<Fault>) {}
    /// How long a start waits for something outside that does not answer.
    fn start_timeout(&self) -> Duration {
        Duration::ZERO
    }
    /// Opens it, for data of these kinds.
    fn open(&self, kinds: &[Kind], context: &Context) -> Result<Box<dyn Sink>>;
}

/// A format as configured.
pub trait FormatPlan {
    /// Its codec.
    fn open(self) -> Box<dyn Format>;
}

type Read<P> = fn(&mut Reader<'_>) -> Option<Box<P>>;

/// How a part's plan is read, by role.
#[derive(Clone, Copy)]
pub enum Role {
    /// Brings data.
    Source(Read<dyn SourcePlan>),
    /// Cuts the stream.
    Window(Read<dyn WindowPlan>),
    /// Measures each cut.
    Transform(Read<dyn TransformPlan>),
    /// Delivers results.
    Sink(Read<dyn SinkPlan>),
    /// Turns data into bytes and back.
    Format(Read<dyn Format>),
}

impl Role {
    /// The table it stands in.
    pub fn name(&self) -> &'static str {
        match self {
            Role::Source(_) => "source",
            Role::Window(_) => "window",
            Role::Transform(_) => "transform",
            Role::Sink(_) => "sink",
            Role::Format(_) => "format",
        }
    }
}

/// A part as declared.
#[derive(Clone, Copy)]
pub struct Part {
    /// Its `type` in the file, and the name of its source file.
    pub name: &'static str,
    /// What it is for.
    pub role: Role,
    /// Its doc comment's lines.
    pub doc: &'static [&'static str],
    /// Its settings.
    pub fields: fn() -> Vec<Field>,
    /// The kinds of records that it declares.
    pub records: &'static [Kind],
}

macro_rules! declare {
    ($make:ident, $plan:ident, $role:ident) => {
        #[doc = concat!("Declares a ", stringify!($make), ".")]
        pub const fn $make<P: Settings + $plan + 'static>(name: &'static str) -> Self {
            let read: Read<dyn $plan> = |reader| P::read(reader).map(|plan| Box::new(plan) as Box<dyn $plan>);
            Self { name, role: Role::$role(read), doc: P::DOC, fields: P::fields, records: &[] }
        }
    };
}

impl Part {
    declare!(source, SourcePlan, Source);
    declare!(window, WindowPlan, Window);
    declare!(transform, TransformPlan, Transform);
    declare!(sink, SinkPlan, Sink);
    /// Declares a format.
    pub const fn format<P: Settings + FormatPlan + 'static>(name: &'static str) -> Self {
        let read: Read<dyn Format> = |reader| P::read(reader).map(FormatPlan::open);
        Self { name, role: Role::Format(read), doc: P::DOC, fields: P::fields, records: &[] }
    }
    /// The same with the kinds of records that it declares.
    pub const fn giving(self, records: &'static [Kind]) -> Self {
        Self { records, ..self }
    }
    /// Its settings, with those that all of its role have.
    pub fn settings(&self) -> Vec<Field> {
        let mut fields = (self.fields)();
        if let Role::Sink(_) = self.role {
            fields.push(Field {
                name: "data",
                shape: Shape::List(Box::new(Kind::shape())),
                default: None,
                optional: true,
                doc: "What it gets of all that comes, where it does not get everything.",
            });
        }
        fields
    }
    /// The first sentence of the doc comment.
    pub fn summary(&self) -> &'static str {
        self.doc.first().map_or("", |line| line.trim())
    }
}
