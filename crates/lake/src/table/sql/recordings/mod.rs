//! `recordings('music/')`: what `passband analyze` measures, as a table.
//!
//! The columns are those of all features and analyses there are; only those that a query names are measured. The rows
//! come from the same parts of the engine as those of `analyze`, and are the same to the bit.

mod columns;
mod measure;
mod scan;

use super::functions::{Arguments, TableFunction};
use super::session::Shared;
use columns::{Columns, Needs};
use datafusion::catalog::TableProvider;
use passband_dsp::feature::FEATURES;
use passband_flow::config::{Named, Node, Place, Raw, Value, defaults};
use passband_flow::part::TransformPlan;
use passband_flow::source::recordings::{BLOCK, Paths, Recordings};
use passband_flow::transform::features::{Features, MeasuredRate, Name, Over, Waveform};
use passband_signal::{Fault, Result, Span};
use scan::RecordingsTable;
use std::sync::Arc;

/// The function.
pub static RECORDINGS: TableFunction = TableFunction {
    name: "recordings",
    usage: "recordings('music/', per => 'recording', rate => '22050 Hz', n_mfcc => 13)",
    summary: "What is measured of recordings: a row for each recording, frame, beat, note or chord",
    takes_table: false,
    call,
};

/// The names of the columns of a recording, for completion.
pub fn columns() -> impl Iterator<Item = String> {
    Columns::of(Over::Recording).all.into_iter().map(|column| column.name)
}

/// The rate of `analyze`, where none is given.
const RATE: &str = "22050 Hz";

fn call(mut arguments: Arguments, shared: &Arc<Shared>) -> Result<Arc<dyn TableProvider>> {
    let per: Over = read(&mut arguments, "per", "recording")?;
    let rate: MeasuredRate = read(&mut arguments, "rate", RATE)?;
    let Arguments { positional: paths, named: mut settings, .. } = arguments;
    if paths.is_empty() {
        return Err(Fault::new("recordings needs a path")
            .fix("write recordings('music/'), or a file, pattern or bucket"));
    }
    if !settings.iter().any(|(name, _)| name == "n_mfcc") {
        settings.push(("n_mfcc".into(), "13".into()));
    }
    let table = RecordingsTable {
        source: Recordings { path: Paths::from(paths), block: Span::Samples(BLOCK), ..defaults() },
        of: Measured { per, rate, settings },
        columns: Arc::new(Columns::of(per)),
        shared: shared.clone(),
    };
    table.of.check()?;
    Ok(Arc::new(table))
}

/// A named argument, read as the setting of that name in a pipeline file is.
fn read<T: Value>(arguments: &mut Arguments, name: &str, default: &str) -> Result<T> {
    let text = arguments.take(name).unwrap_or_else(|| default.into());
    // a bare number as so many Hz, as librosa writes its sr
    let text = if name == "rate" && text.parse::<f64>().is_ok() { format!("{text} Hz") } else { text };
    let node = Node { line: 0, value: Raw::Text(text) };
    T::read(&node).map_err(|why| Fault::new(format!("the argument {name} cannot be used: {why}")))
}

/// What is measured of each recording, but for the choice of features.
#[derive(Clone, Debug)]
struct Measured {
    per: Over,
    rate: MeasuredRate,
    /// Settings of features by librosa's names.
    settings: Vec<(String, String)>,
}

impl Measured {
    /// The transform that measures these.
    fn features(&self, names: &[Name]) -> Features {
        let has = |setting: &str| {
            names.iter().any(|name| match name {
                Name::Feature(feature) => feature.setting(setting).is_some(),
                Name::Analysis(_) => false,
            })
        };
        let settings = self.settings.iter().filter(|(setting, _)| has(setting)).cloned().collect();
        Features {
            names: names.to_vec(),
            settings: Named(settings),
            rate: self.rate,
            over: self.per,
            waveform: Waveform::Keep,
            threads: None,
        }
    }

    /// Refuses settings that no feature has, and values that they cannot have.
    fn check(&self) -> Result<()> {
        let all = FEATURES.iter().copied();
        let mut known: Vec<&str> =
            all.clone().flat_map(|feature| feature.all_settings()).map(|one| one.name).collect();
        known.sort_unstable();
        known.dedup();
        for (name, _) in &self.settings {
            if !known.contains(&name.as_str()) {
                known.extend(["per", "rate"]);
                let fault = Fault::new(format!("recordings has no argument {name}"));
                return Err(fault
                    .why(super::names::meant(name, known.iter().copied()))
                    .fix("correct the name"));
            }
        }
        for feature in all {
            let mut faults = vec![];
            self.features(&[Name::Feature(feature)]).check(&Place::named("features"), &mut faults);
            if let Some(fault) = faults.into_iter().next() {
                return Err(Fault::new(format!("{} cannot be measured so", feature.name)).why(fault.what()));
            }
        }
        Ok(())
    }

    /// What must be measured for these columns; nothing, if the names of the recordings are enough.
    fn names(&self, needs: impl Iterator<Item = Needs>) -> Vec<Name> {
        let mut names: Vec<Name> = vec![];
        let mut decoded = self.per == Over::Frame;
        for need in needs {
            match need {
                Needs::Listing => {}
                Needs::Samples => decoded = true,
                Needs::Measured(name) => {
                    if !names.iter().any(|known| known.written() == name.written()) {
                        names.push(name);
                    }
                }
            }
        }
        if names.is_empty() && decoded {
            // frames are those of the feature that analyze measures by default; else the cheapest will do
            let feature = if self.per == Over::Frame { "mfcc" } else { "rms" };
            names.extend(
                FEATURES.iter().find(|known| known.name == feature).map(|known| Name::Feature(known)),
            );
        }
        names
    }

    /// Whether rows are of events, which are measured whatever columns are asked for.
    fn is_of_events(&self) -> bool {
        matches!(self.per, Over::Beat | Over::Note | Over::Chord)
    }
}
