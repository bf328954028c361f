//! Views: convert the results of a pipeline to panels and their content.
//!
//! Any record is shown according to its declaration, by [`records`]: no code is specific to a kind. Some kinds
//! additionally have specific panels; [`SPECIAL`] lists them. A result is passed to each view of its kind.

mod example;
mod haloscope;
mod records;
mod sensors;
mod spectra;

use crate::{Live, Panel, Recorded};
use passband_flow::data::{Aggregate, Data, Kind, Output, Stream};
use passband_flow::transform::line_search::Lines;
use passband_flow::transform::music::MusicNow;
use passband_flow::transform::noise::NoiseLevel;
use passband_flow::transform::run::RunStatistics;
use passband_flow::transform::statistics::Statistics;

/// Whether the panels of a view have changed since they were described.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Panels {
    Same,
    Changed,
}

/// A view of some kinds of results.
pub(crate) trait View: Send {
    /// The panels on the page.
    fn panels(&self) -> Vec<Panel>;
    /// Updates the description of the panels from a result.
    fn learn(&mut self, output: &Output) -> Panels;
    /// Publishes the result that was last passed to `learn`.
    fn publish(&mut self, output: &Output, live: &Live);
}

/// Which results share one view.
#[derive(PartialEq, Eq)]
enum Scope {
    /// The results of one stream.
    Stream,
    /// All results of the pipeline.
    Pipeline,
}

/// A group of kinds with specific panels.
struct Special {
    kinds: &'static [Kind],
    scope: Scope,
    /// Creates the view with this number, for a stream, in a pipeline whose results are of these kinds.
    open: fn(usize, &Stream, &[Kind]) -> Box<dyn View>,
}

/// The kinds with specific panels. All other records have generic panels.
static SPECIAL: &[Special] = &[
    Special {
        kinds: &[Kind::Spectra],
        scope: Scope::Stream,
        open: |number, stream, _| Box::new(spectra::Spectra::new(number, stream)),
    },
    Special {
        kinds: &[Statistics::KIND, RunStatistics::KIND, Lines::KIND, NoiseLevel::KIND],
        scope: Scope::Stream,
        open: |number, stream, kinds| Box::new(haloscope::Haloscope::new(number, stream, kinds)),
    },
    Special {
        kinds: &[Aggregate::KIND],
        scope: Scope::Pipeline,
        open: |number, _, _| Box::new(sensors::Sensors::new(number)),
    },
];

/// Creates the panel of a kind of records.
type OwnPanel = fn(Recorded) -> Panel;

/// Records drawn by a specific panel in place of the generic ones; their table is collapsed.
static DRAWN: &[(Kind, OwnPanel)] = &[(MusicNow::KIND, Panel::Music)];

/// The views of a pipeline, in the order of their first results.
pub(crate) struct Views {
    all: Vec<(Of, Box<dyn View>)>,
    kinds: Vec<Kind>,
}

/// The results that a view shows.
#[derive(PartialEq)]
enum Of {
    /// The results of an entry of [`SPECIAL`], of one stream or of all.
    Special(usize, Option<Stream>),
    /// The records of one kind.
    Records(Kind),
}

impl Views {
    /// The views of a pipeline whose results are of these kinds. Views that do not depend on the stream are opened at
    /// once, so that the page shows what it is waiting for.
    pub fn new(kinds: &[Kind]) -> Self {
        let mut views = Self { all: vec![], kinds: kinds.to_vec() };
        for kind in kinds {
            match special(*kind) {
                Some(at) if SPECIAL[at].scope == Scope::Pipeline => {
                    views.place(Of::Special(at, None), &"".into());
                }
                // placed below the spectra of the same frames, whose view is opened by their first result
                None if DRAWN.iter().any(|(drawn, _)| drawn == kind) => {}
                Some(_) => {}
                None => {
                    views.place(Of::Records(*kind), &"".into());
                }
            }
        }
        views
    }

    /// All panels.
    pub fn panels(&self) -> Vec<Panel> {
        self.all.iter().flat_map(|(_, view)| view.panels()).collect()
    }

    /// Shows a result.
    pub fn show(&mut self, output: &Output, live: &Live) {
        let before = self.all.len();
        let kind = output.data.kind();
        let special = special(kind).map(|at| {
            let each = SPECIAL[at].scope == Scope::Stream;
            self.place(Of::Special(at, each.then(|| output.stream.clone())), &output.stream)
        });
        let is_record = matches!(output.data, Data::Row(_) | Data::Example(_));
        let records = is_record.then(|| self.place(Of::Records(kind), &output.stream));
        let mut changed = self.all.len() != before;
        for at in special.into_iter().chain(records) {
            changed |= self.all[at].1.learn(output) == Panels::Changed;
        }
        if changed {
            live.describe(self.panels());
        }
        for at in special.into_iter().chain(records) {
            self.all[at].1.publish(output, live);
        }
    }

    /// The index of a view, which is opened if it does not exist.
    fn place(&mut self, of: Of, stream: &Stream) -> usize {
        if let Some(at) = self.all.iter().position(|(known, _)| *known == of) {
            return at;
        }
        let number = self.all.len();
        let view = match &of {
            Of::Special(at, _) => (SPECIAL[*at].open)(number, stream, &self.kinds),
            Of::Records(kind) => {
                let drawn = DRAWN.iter().find(|(known, _)| known == kind).map(|(_, panel)| *panel);
                let special = special(*kind).is_some() || drawn.is_some();
                Box::new(records::Records::new(number, *kind, special).drawn_by(drawn))
            }
        };
        self.all.push((of, view));
        number
    }
}

/// The entry of [`SPECIAL`] that a kind belongs to.
fn special(kind: Kind) -> Option<usize> {
    SPECIAL.iter().position(|special| special.kinds.contains(&kind))
}
