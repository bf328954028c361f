//! The source: reads the list, inspects its blobs, makes the plan, and then emits the examples.

use super::identity::{RefusedCounts, set};
use super::inspect::inspect;
use super::shard_stream::ShardStream;
use super::{Labelled, Strict};
use crate::set::labels::{self, ChecksumReader, Refusals, Table};
use crate::set::plan::{Inspections, Quarantine, QuarantineCursor, SetPlan, quarantine_row};
use passband_flow::data::{self, Input, Positions, Refusal, Shard};
use passband_flow::engine::Context;
use passband_flow::part::{Source, Turn};
use passband_signal::{Fault, Result};
use serde_json::Value;
use std::fs::File;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError};

/// Number of refused rows per batch.
const REFUSED: usize = 1024;
/// Number of reasons named in the error if no row is usable.
const REASONS: usize = 3;

/// The planned set, as used by the decoding threads.
pub struct PlannedSet {
    pub table: Table,
    pub plan: SetPlan,
    /// The inspections, with the hash of each blob's samples, to detect blobs that change.
    pub inspections: Inspections,
    /// Names of the further columns.
    pub columns: Vec<Arc<str>>,
    /// Split and index of each shard.
    pub places: Vec<(usize, usize)>,
}

/// The source.
pub struct LabelledSource {
    planned: Arc<PlannedSet>,
    stream: ShardStream,
    unplaced: Option<Unplaced>,
}

/// The rows that are in no shard. They are emitted first and then freed, before shards are built.
struct Unplaced {
    refusals: Refusals,
    cursor: QuarantineCursor,
}

impl LabelledSource {
    pub fn open(settings: &Labelled, context: &Context) -> Result<Self> {
        let control = context.control.clone();
        let unread = |what: &str, path: &str, error: std::io::Error| {
            let fault = Fault::new(format!("the {what} cannot be read")).at(path).why(error);
            fault.fix("check the path and its permissions")
        };
        let map = settings.label_map.as_deref().unwrap_or_default();
        let text = (!map.is_empty()).then(|| std::fs::read_to_string(map));
        let text = text.transpose().map_err(|error| unread("label map", map, error))?;
        let list = File::open(&settings.path).map_err(|error| unread("list", &settings.path, error))?;
        let mut list = ChecksumReader::new(list);
        let options = settings.list(text.as_deref()).map_err(|fault| fault.within(map))?;
        let (table, refusals) = labels::read_beside(&mut list, &options, &is_blob(&settings.blobs))
            .map_err(|fault| fault.within(&settings.path))?;
        apart(settings, &table, context)?;
        let inspected = inspect(settings, &context.ahead, &table, &control)?;
        let stopped = inspected.is_none();
        let inspections = inspected.unwrap_or_else(|| {
            let mut none = Inspections::new(table.len());
            (0..table.len()).for_each(|row| none.refuse(row, "not inspected: the build was stopped"));
            none
        });
        let plan = SetPlan::new(&table, &inspections, &settings.plan()?)?;
        let quarantine =
            Quarantine { table: &table, refusals: &refusals, inspections: &inspections, plan: &plan };
        let counted = RefusedCounts::new(quarantine);
        if let (Strict::Yes, Some(first), false) = (settings.strict, &counted.first, stopped) {
            let what = format!("{} rows cannot be used, the first is row {}", counted.rows, first.row);
            let fault = Fault::new(what).at(format!("{}, line {}", settings.path, first.line));
            return Err(fault.why(&first.reason).fix("correct them, or remove strict to quarantine them"));
        }
        if !stopped && plan.splits().iter().all(|split| split.records == 0) {
            return Err(nothing(&counted).at(&settings.path));
        }
        let places = plan.splits().iter().enumerate();
        let places = places.flat_map(|(at, split)| (0..split.shards.len()).map(move |index| (at, index)));
        let places: Vec<_> = places.collect();
        let shard = |(number, (split, index)): (usize, &(usize, usize))| {
            let of = &plan.splits()[*split];
            Arc::new(Shard {
                number: number as i32,
                split: of.name.clone(),
                index: *index as u32,
                of: of.shards.len() as u32,
                examples: of.shards[*index].records,
            })
        };
        let shards: Vec<_> = places.iter().enumerate().map(shard).collect();
        let set = Arc::new(set(settings, &list, quarantine, &counted, shards, &context.ahead));
        unclashing(&set).map_err(|fault| fault.at(&settings.path))?;
        let warnings = set.manifest["warnings"].as_array().into_iter().flatten().filter(|_| !stopped);
        warnings.filter_map(Value::as_str).for_each(|text| control.note(|| format!("warning: {text}")));
        let _ = context.set.set(set.clone());
        let columns = table.columns().iter().map(|column| column.name().into()).collect();
        let settings = Arc::new(settings.clone());
        let stream = ShardStream::new(settings, set, &control);
        let planned = Arc::new(PlannedSet { table, plan, inspections, columns, places });
        *context.rows.lock().unwrap_or_else(PoisonError::into_inner) = Some(planned.clone());
        let unplaced = Some(Unplaced { refusals, cursor: QuarantineCursor::default() });
        Ok(Self { planned, stream, unplaced })
    }

    /// Adds the next rows that are in no shard to the batch; returns false if there are none.
    fn refused(&mut self, batch: &mut Vec<Input>) -> bool {
        let Some(mut unplaced) = self.unplaced.take() else { return false };
        while batch.len() < REFUSED {
            let Unplaced { refusals, cursor } = &mut unplaced;
            let PlannedSet { table, plan, inspections, .. } = &*self.planned;
            let Some(row) = (Quarantine { table, refusals, inspections, plan }).next(cursor) else {
                if let Some(planned) = Arc::get_mut(&mut self.planned) {
                    planned.table.forget_splits();
                    planned.plan.forget_left_out();
                }
                return !batch.is_empty();
            };
            let place = format!("row {}, line {}, blob {}", row.row, row.line, row.blob);
            let (origin, bytes) = (self.stream.origin(), quarantine_row(&row));
            batch.push(Input::Refused(Refusal { origin, place, reason: row.reason, bytes }));
        }
        self.unplaced = Some(unplaced);
        true
    }
}

/// Whether a blob exists, if blobs are in a folder; a remote store is not queried, because each request takes
/// time.
fn is_blob(blobs: &str) -> impl Fn(&str) -> bool {
    let folder = (!blobs.contains("://")).then(|| PathBuf::from(blobs));
    move |name: &str| folder.as_ref().is_some_and(|folder| !name.is_empty() && folder.join(name).is_file())
}

/// The error if no row is usable: an empty set would replace an earlier one.
fn nothing(counted: &RefusedCounts) -> Fault {
    let none = "no row of the list can be used";
    let Some(first) = &counted.first else {
        return Fault::new("the list of labels has no row").fix("give it rows below its header");
    };
    let mut reasons: Vec<_> = counted.reasons.iter().collect();
    reasons.sort_by_key(|(reason, rows)| (std::cmp::Reverse(**rows), reason.as_str()));
    let more = if reasons.len() > REASONS { ", …" } else { "" };
    let told: Vec<String> =
        reasons.iter().take(REASONS).map(|(reason, rows)| format!("{rows}: {reason}")).collect();
    let rows = if counted.rows == 1 { "1 row".to_owned() } else { format!("{} rows", counted.rows) };
    Fault::new(none)
        .why(format!(
            "of {rows}, {}{more}; the first is line {}, blob {}",
            told.join(", "),
            first.line,
            first.blob
        ))
        .fix("correct the list, or check --blobs; nothing was written")
}

/// Checks that no recording of the list is overwritten by the set.
fn apart(settings: &Labelled, table: &Table, context: &Context) -> Result<()> {
    for row in 0..table.len() {
        let name = table.blob(row);
        let path = match name.contains("://") || settings.blobs.is_empty() || name.starts_with('/') {
            true => name,
            false => format!("{}/{name}", settings.blobs.trim_end_matches('/')),
        };
        if let Some(prefix) = context.prefixes.hold(&path) {
            let fault = Fault::new(format!("{path} would be overwritten"));
            let fault = fault.at(format!("{}, line {}", settings.path, table.line(row)));
            let why = format!(
                "it is a recording of the list, and the set writes a file of that name under {prefix}"
            );
            return Err(fault.why(why).fix("choose another prefix for the set"));
        }
    }
    Ok(())
}

/// Checks that no column has the name of another feature of the examples.
fn unclashing(set: &data::Set) -> Result<()> {
    let taken = |name: &str| {
        name == "label" || (set.audio && name == "audio") || set.features.iter().any(|one| one == name)
    };
    match set.columns.iter().find(|(name, _)| taken(name)) {
        Some((name, _)) => Err(Fault::new(format!("column '{name}' cannot go into the examples"))
            .why("the examples have another feature of that name")
            .fix("rename the column, or remove it from columns")),
        None => Ok(()),
    }
}

impl Source for LabelledSource {
    fn next(&mut self, batch: &mut Vec<Input>) -> Result<Turn> {
        if self.refused(batch) {
            return Ok(Turn::More);
        }
        self.stream.next(&self.planned, batch)
    }

    fn resume(&mut self, positions: &Positions) -> Result<()> {
        self.stream.resume(positions);
        Ok(())
    }

    fn progress(&self) -> Option<(u64, u64)> {
        Some(self.stream.progress())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use passband_flow::Control;
    use passband_flow::config::{Node, Raw, Reader, Settings};

    #[test]
    fn a_build_that_is_stopped_during_inspection_is_no_fault() {
        let folder = tempfile::tempdir().unwrap();
        let list = folder.path().join("labels.csv");
        std::fs::write(&list, "Label,Blob Name\n1,a.wav\n").unwrap();
        let here = |path: &std::path::Path| path.display().to_string();
        let table = [("path", here(&list)), ("blobs", here(folder.path())), ("strict", "yes".to_owned())];
        let text = |value: String| Node { line: 1, value: Raw::Text(value) };
        let table = table.map(|(key, value)| (key.to_owned(), text(value)));
        let (node, mut faults) = (Node { line: 1, value: Raw::Table(table.into()) }, vec![]);
        let settings = Labelled::read(&mut Reader::new("", "labelled", 1, &node, &mut faults)).unwrap();
        let open = |control| LabelledSource::open(&settings, &Context { control, ..Context::default() });
        assert!(open(Control::default()).is_err());
        let stopped = Control::default();
        stopped.stop();
        assert!(open(stopped).is_ok());
    }
}
