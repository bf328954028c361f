//! Views: how the results of a pipeline become panels and what these draw.
//!
//! Any record is shown as it is declared, by [`records`]: no code is written per kind. Some kinds also have panels of
//! their own; [`SPECIAL`] lists them. A result goes to each view that its kind belongs to.

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

/// Whether the panels of a view are still those that were described.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Panels {
    Same,
    Changed,
}

/// What draws some kinds of results.
pub(crate) trait View: Send {
    /// The panels on the page.
    fn panels(&self) -> Vec<Panel>;
    /// Learns from a result what the panels need to be described.
    fn learn(&mut self, output: &Output) -> Panels;
    /// Sends the result that was just learned to the browsers.
    fn publish(&mut self, output: &Output, live: &Live);
}

/// Which results share one view.
#[derive(PartialEq, Eq)]
enum Scope {
    /// Those of one stream.
    Stream,
    /// All.
    Pipeline,
}

/// Kinds of results with panels of their own.
struct Special {
    kinds: &'static [Kind],
    scope: Scope,
    /// Opens the view with that number, for a stream, in a pipeline whose results are of these kinds.
    open: fn(usize, &Stream, &[Kind]) -> Box<dyn View>,
}

/// The kinds with panels of their own. All other records have generic ones.
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

/// Makes the panel of a kind of records.
type OwnPanel = fn(Recorded) -> Panel;

/// Records that a panel of their own draws in place of the generic ones; their table is collapsed.
static DRAWN: &[(Kind, OwnPanel)] = &[(MusicNow::KIND, Panel::Music)];

/// The views of a pipeline, in the order in which their first results came.
pub(crate) struct Views {
    all: Vec<(Of, Box<dyn View>)>,
    kinds: Vec<Kind>,
}

/// What a view shows.
#[derive(PartialEq)]
enum Of {
    /// The results of an entry of [`SPECIAL`], of one stream or of all.
    Special(usize, Option<Stream>),
    /// The records of a kind.
    Records(Kind),
}

impl Views {
    /// The views of a pipeline whose results are of these kinds. Those that do not depend on the stream are opened at
    /// once, so that the page shows what it waits for.
    pub fn new(kinds: &[Kind]) -> Self {
        let mut views = Self { all: vec![], kinds: kinds.to_vec() };
        for kind in kinds {
            match special(*kind) {
                Some(at) if SPECIAL[at].scope == Scope::Pipeline => {
                    views.place(Of::Special(at, None), &"".into());
                }
                // below the spectra of the same frames, which are opened by their first result
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

    /// The number of a view, which is opened where there is none yet.
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
