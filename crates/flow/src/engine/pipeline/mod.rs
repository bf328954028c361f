//! A pipeline: a source, a window, transforms and sinks that fit together.

mod builder;
mod fit;
mod given;
mod halves;
mod overwrites;

pub use builder::Builder;
pub use given::{Given, Printed, variable_settings, variables};
pub(super) use overwrites::check;

use crate::config::{Node, Place, Raw, Reader, Shape, Value, Vars, parse, unknown};
use crate::cut::{Stage, Way};
use crate::data::{Aggregate, Kind};
use crate::part::{
    Clock, Framing, Groups, Part, Placed, Registry, Role, Saves, SinkPlan, SourcePlan, Sums, Takes,
    TransformPlan, WindowPlan,
};
use given::{renamed, secrets};
use passband_signal::Fault;
use std::collections::{BTreeMap, BTreeSet};

/// The leading transforms of a pipeline that measure each row by itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Apart {
    /// Number of these transforms.
    pub transforms: usize,
    /// Number of threads that share the rows.
    pub threads: usize,
}

/// A checked pipeline, ready to run.
pub struct Pipeline {
    /// Name: that of the file, without folder and extension.
    pub name: String,
    /// Variables given on the command line, for other processes that run the same pipeline.
    pub variables: BTreeMap<String, String>,
    /// Variables whose values are or contain secrets.
    pub secrets: BTreeSet<String>,
    /// Its file, if it was read from one.
    pub(crate) file: Option<String>,
    /// Window and transforms as set in the file: the settings that determine the results of a recording.
    pub(crate) measured_by: Option<String>,
    pub(crate) source: Placed<dyn SourcePlan>,
    pub(crate) window: Option<Placed<dyn WindowPlan>>,
    pub(crate) transforms: Vec<Placed<dyn TransformPlan>>,
    pub(crate) sinks: Vec<Placed<dyn SinkPlan>>,
    /// The merging half, if this half only folds shares.
    pub(crate) merging: Option<Box<Pipeline>>,
}

impl Pipeline {
    /// How cuts are grouped by recording, if they are.
    pub(crate) fn groups(&self) -> Option<Groups> {
        let length = self.scan().unwrap_or(0);
        self.transforms.iter().find_map(|transform| transform.plan.groups(length))
    }
    /// How readings are cut, and the aggregates of each cut, if the window cuts readings.
    pub(crate) fn keyed(&self) -> Option<(Clock, Sums)> {
        let names = self.source.plan.value_names();
        let fold = |placed: &Placed<dyn TransformPlan>| match placed.plan.takes() {
            Takes::Readings(fold) => Some(fold.sums(&names)),
            _ => None,
        };
        let (clock, mut sums) =
            (self.window.as_ref()?.plan.clock()?.ok()?, self.transforms.iter().find_map(fold)?.ok()?);
        if clock.early.is_some() {
            sums.tell_result();
        }
        Some((clock, sums))
    }
    /// How open windows are saved, if a sink keeps them.
    fn saves(&self, clock: &Clock, sums: &Sums) -> Option<Saves> {
        let every = self.sinks.iter().find(|sink| sink.only == [Kind::Panes])?.plan.commit_every();
        Some(Saves::new(every, clock, sums, &self.source.plan.value_names()))
    }
    /// How the window cuts samples, if it cuts samples.
    pub(crate) fn framing(&self) -> Option<&dyn Framing> {
        self.window.as_ref()?.plan.framing()
    }
    /// Samples per scan, if the window cuts scans.
    fn scan(&self) -> Option<u64> {
        self.framing()?.length()
    }
    /// What cuts and folds each stream.
    pub(crate) fn stage(&self) -> Stage<'_> {
        let way = match (self.groups(), self.keyed()) {
            (Some(groups), _) => Way::Pieces { groups, scan: self.scan() },
            (None, Some((clock, sums))) => {
                let saves = self.saves(&clock, &sums);
                Way::Keyed { clock, sums, saves }
            }
            (None, None) => Way::Ordered,
        };
        let apart = self.apart().map_or(0, |apart| apart.transforms);
        Stage { window: self.window.as_ref(), transforms: &self.transforms[apart..], way }
    }
    /// Whether a sink keeps the source's positions: the source can resume, but does not store all positions
    /// itself.
    pub(crate) fn kept_by_a_sink(&self) -> bool {
        let once = self.sinks.iter().any(|sink| sink.plan.exactly_once());
        once && self.source.plan.resumes()
    }
    /// The transforms that measure rows on several threads before the worker. Streams of samples are
    /// excluded, because the worker must first check the order of their data and discard repetitions.
    pub(crate) fn apart(&self) -> Option<Apart> {
        let ordered = matches!(self.source.plan.gives(), Kind::Samples | Kind::Spectra | Kind::Readings);
        if ordered || self.window.is_some() || self.groups().is_some() {
            return None;
        }
        let threads = self.transforms.iter().map_while(|transform| transform.plan.apart());
        let threads: Vec<_> = threads.take_while(|threads| *threads > 1).collect();
        let most = threads.iter().copied().min()?;
        Some(Apart { transforms: threads.len(), threads: most })
    }
    /// Whether a part uses the properties of the recordings' files.
    pub(crate) fn describes_files(&self) -> bool {
        self.transforms.iter().any(|transform| transform.plan.describes_files())
            || self.sinks.iter().any(|sink| sink.plan.has_journal())
    }
    /// Number of threads that measure whole recordings, if each recording is cut and folded independently.
    pub(crate) fn recordings_apart(&self) -> Option<usize> {
        let alone = self.merging.is_none()
            && matches!(self.stage().way, Way::Ordered)
            && !self.transforms.iter().any(|transform| transform.plan.carries());
        self.source.plan.apart().filter(|_| alone)
    }
    /// The kinds of data that the last transform emits.
    pub(crate) fn gives(&self) -> Vec<Kind> {
        let mut kinds = vec![self.source.plan.gives()];
        self.transforms.iter().for_each(|transform| behind(&*transform.plan, &mut kinds));
        kinds
    }

    /// Reads a pipeline file; accesses nothing outside it, and reports all faults at once.
    ///
    /// ```
    /// use passband_flow::{Pipeline, Registry};
    /// let text = "[source]\ntype = 'simulate'\n[window]\ntype = 'sliding'\nhop = '4096 samples'\nlength = '2048 samples'\n";
    /// let faults = Pipeline::parse(text, "p.toml", &|_| None, &Registry::new(&[])).err().unwrap();
    /// assert!(faults[0].to_string().contains("p.toml:5"));   // the hop
    /// assert!(faults[1].to_string().contains("no [[sink]]"));
    /// ```
    pub fn parse(text: &str, file: &str, vars: Vars<'_>, registry: &Registry) -> Result<Self, Vec<Fault>> {
        Self::parse_given(text, file, Given { value: vars, named: &|_, _| None }, registry)
    }

    /// Reads a pipeline file; faults in values given outside it are reported as the user gave them.
    pub fn parse_given(
        text: &str,
        file: &str,
        given: Given<'_>,
        registry: &Registry,
    ) -> Result<Self, Vec<Fault>> {
        let mut used = vec![];
        match Self::read(file, parse(text, file, given.value, &mut used), registry) {
            Ok(pipeline) => Ok(Self { secrets: secrets(&used, registry), ..pipeline }),
            Err(faults) => {
                Err(faults.into_iter().map(|fault| renamed(fault, file, &used, given, registry)).collect())
            }
        }
    }

    /// Removes the places in its file, for a generated file that the user never sees: runtime faults then
    /// name only the part.
    pub fn without_places(mut self) -> Self {
        fn plain<P: ?Sized>(placed: &mut Placed<P>) {
            placed.place = Place::named(placed.place.part());
        }
        plain(&mut self.source);
        self.window.iter_mut().for_each(plain);
        self.transforms.iter_mut().for_each(plain);
        self.sinks.iter_mut().for_each(plain);
        self.merging = self.merging.map(|merging| Box::new(merging.without_places()));
        self
    }

    fn read(file: &str, root: Result<Node, Vec<Fault>>, registry: &Registry) -> Result<Self, Vec<Fault>> {
        let root = root?;
        let mut draft = Draft { file, registry, faults: vec![], parts: Parts::default() };
        draft.tables(&root);
        draft.parts.fitted(Some(file), draft.faults)
    }
}

#[derive(Default)]
pub(super) struct Parts {
    pub(super) source: Option<Placed<dyn SourcePlan>>,
    pub(super) window: Option<Placed<dyn WindowPlan>>,
    pub(super) transforms: Vec<Placed<dyn TransformPlan>>,
    pub(super) sinks: Vec<Placed<dyn SinkPlan>>,
    /// Window and transforms, as set in the file.
    pub(super) measured_by: String,
    /// The tables that are present, readable or not.
    pub(super) declared: Vec<&'static str>,
    /// Whether a part could not be read, so that checks across parts would be misleading.
    pub(super) faulty: bool,
}

impl Parts {
    /// The pipeline, if there were no earlier faults and the parts fit together.
    fn fitted(self, file: Option<&str>, mut faults: Vec<Fault>) -> Result<Pipeline, Vec<Fault>> {
        const UNNAMED: &str = "pipeline";
        self.check(file.unwrap_or(UNNAMED), &mut faults);
        let Self { source: Some(source), window, transforms, sinks, measured_by, .. } = self else {
            return Err(faults);
        };
        if !faults.is_empty() {
            return Err(faults);
        }
        let stem = file.and_then(|file| std::path::Path::new(file).file_stem()?.to_str());
        let (name, file) = (stem.unwrap_or(UNNAMED).to_owned(), file.map(str::to_owned));
        let (variables, secrets) = (BTreeMap::new(), BTreeSet::new());
        let measured_by = file.is_some().then_some(measured_by);
        Pipeline {
            name,
            variables,
            secrets,
            file,
            measured_by,
            source,
            window,
            transforms,
            sinks,
            merging: None,
        }
        .halved()
    }

    /// Checks the settings of each part, for pipelines that were not read from a file.
    fn each(&self, faults: &mut Vec<Fault>) {
        if let Some(Placed { plan, place, .. }) = &self.source {
            plan.check(place, faults);
        }
        if let Some(Placed { plan, place, .. }) = &self.window {
            plan.check(place, faults);
        }
        self.transforms.iter().for_each(|placed| placed.plan.check(&placed.place, faults));
        self.sinks.iter().for_each(|placed| placed.plan.check(&placed.place, faults));
    }
}

struct Draft<'a> {
    file: &'a str,
    registry: &'a Registry,
    faults: Vec<Fault>,
    parts: Parts,
}

const TABLES: [&str; 4] = ["source", "window", "transform", "sink"];

impl Draft<'_> {
    fn tables(&mut self, root: &Node) {
        let Raw::Table(entries) = &root.value else { return };
        for (table, node) in entries {
            let Some(role) = TABLES.iter().find(|t| *t == table) else {
                self.fault(
                    Fault::new(format!("a pipeline has no table [{table}]")).why(unknown(table, &TABLES)),
                    node.line,
                );
                continue;
            };
            let many = matches!(*role, "transform" | "sink");
            match &node.value {
                Raw::List(list) if many => list.iter().for_each(|node| self.part(role, node)),
                Raw::Table(_) => self.part(role, node),
                _ => self.fault(
                    Fault::new(format!("{table} is not a table")).fix(format!("write [{table}]")),
                    node.line,
                ),
            }
        }
    }

    fn fault(&mut self, fault: Fault, line: usize) {
        self.parts.faulty = true;
        self.faults.push(fault.at(format!("{}:{line}", self.file)));
    }

    fn part(&mut self, role: &'static str, node: &Node) {
        let before = self.faults.len();
        self.parts.declared.push(role);
        if matches!(role, "window" | "transform") {
            self.parts.measured_by += &format!("{role} {}\n", node.told());
        }
        let Raw::Table(entries) = &node.value else {
            return self.fault(Fault::new(format!("{role} is not a table")), node.line);
        };
        let parts: Vec<&Part> = self.registry.of(role).collect();
        let names: Vec<&str> = parts.iter().map(|p| p.name).collect();
        let Some((_, kind)) = entries.iter().find(|(key, _)| key == "type") else {
            let fault = Fault::new(format!("{role}.type is missing"))
                .fix(format!("set type to one of {}", names.join(", ")));
            return self.fault(fault, node.line);
        };
        let name = kind.text().unwrap_or_default();
        let Some(part) = parts.iter().find(|p| p.name == name) else {
            let fault =
                Fault::new(format!("there is no {role} of type '{name}'")).why(unknown(&name, &names));
            return self.fault(fault, kind.line);
        };
        let (only, own) = match role {
            "sink" => wanted(self.file, entries, &mut self.faults),
            _ => (vec![], entries.clone()),
        };
        let node = &Node { line: node.line, value: Raw::Table(own) };
        let mut reader = Reader::new(self.file, role, node.line, node, &mut self.faults);
        macro_rules! add {
            ($read:expr, $into:expr) => {
                if let Some(plan) = $read(&mut reader) {
                    let place = reader.place();
                    plan.check(&place, &mut self.faults);
                    $into(Placed { place, plan, only });
                }
            };
        }
        let parts = &mut self.parts;
        match part.role {
            Role::Source(read) => add!(read, |p| parts.source = Some(p)),
            Role::Window(read) => add!(read, |p| parts.window = Some(p)),
            Role::Transform(read) => add!(read, |p| parts.transforms.push(p)),
            Role::Sink(read) => add!(read, |p| parts.sinks.push(p)),
            Role::Format(_) => {}
        }
        self.parts.faulty |= self.faults.len() > before;
    }
}

/// The `data` setting, which every sink has, and the sink's own settings.
fn wanted(
    file: &str,
    entries: &[(String, Node)],
    faults: &mut Vec<Fault>,
) -> (Vec<Kind>, Vec<(String, Node)>) {
    let (data, own): (Vec<_>, Vec<_>) = entries.iter().cloned().partition(|(key, _)| key == "data");
    let Some((_, node)) = data.first() else { return (vec![], own) };
    let kinds = Vec::<Kind>::read(node).unwrap_or_else(|why| {
        let at = format!("{file}:{}", node.line);
        faults.push(Fault::new(format!("sink.data cannot be used: {why}")).at(at));
        vec![]
    });
    (kinds, own)
}

impl Value for Kind {
    fn shape() -> Shape {
        Shape::Choice(Kind::names())
    }
    fn read(node: &Node) -> Result<Self, String> {
        let name = node.text()?;
        Kind::by_name(&name).ok_or_else(|| unknown(&name, Kind::names()))
    }
    fn written(&self) -> String {
        self.to_string()
    }
}

impl Pipeline {
    /// Whether the source reads recordings: a refused recording is missing from the result.
    pub fn reads_recordings(&self) -> bool {
        self.source.plan.gives_recordings() || self.source.plan.gives() == Kind::Examples
    }
}

impl<P: ?Sized> Placed<P> {
    /// The kinds of incoming data that a sink receives.
    pub(crate) fn gets(&self, come: &[Kind]) -> Vec<Kind> {
        // panes are state, and are sent only to a sink that requests them
        let panes = come.contains(&Aggregate::KIND).then_some(&Kind::Panes);
        come.iter().chain(panes).filter(|kind| kind.is_among(&self.only)).copied().collect()
    }
}

/// Replaces the kinds that enter a transform by those that it emits.
fn behind(transform: &dyn TransformPlan, kinds: &mut Vec<Kind>) {
    let gives = transform.gives_of(kinds);
    match transform.takes() {
        // rows pass through; samples are consumed by the window
        Takes::Frames(_) => kinds.retain(|kind| *kind != Kind::Samples),
        _ if transform.passes_on() => {}
        _ => kinds.clear(),
    }
    kinds.push(gives);
}
