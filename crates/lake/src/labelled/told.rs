//! What a set is, for its shards and its manifest: a function of the list, the blobs and the settings.

use super::Labelled;
use crate::labels::{self, Refused, Summed, Table};
use crate::plan::{Causes, Inspection, Inspections, Plan, Reached, torn};
use passband_flow::data::{ColumnValue, Set, Shard};
use passband_flow::part::Ahead;
use passband_signal::address::{redact, shown};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs::File;
use std::sync::Arc;
use xxhash_rust::xxh3::{Xxh3, xxh3_128};

/// So many different reasons are counted by themselves; one that holds a name may be another in each row.
const REASONS: usize = 1000;

/// The rows that are in no shard, counted.
#[derive(Default)]
pub struct Counted {
    pub rows: u64,
    pub first: Option<Refused>,
    pub reasons: BTreeMap<String, u64>,
}

impl Counted {
    pub fn new(causes: Causes<'_>) -> Self {
        let (mut all, mut reached) = (Self::default(), Reached::default());
        while let Some(refused) = causes.next(&mut reached) {
            let refused = Refused { reason: redact(&refused.reason).into_owned(), ..refused };
            all.rows += 1;
            match all.reasons.get_mut(&refused.reason) {
                Some(count) => *count += 1,
                None => {
                    let more = all.reasons.len() >= REASONS;
                    let reason = if more { "other reasons".to_owned() } else { refused.reason.clone() };
                    *all.reasons.entry(reason).or_default() += 1;
                }
            }
            all.first.get_or_insert(refused);
        }
        all
    }
}

/// What the set is.
pub fn set(
    settings: &Labelled,
    list: &Summed<File>,
    Causes { table, refusals, inspections, plan }: Causes<'_>,
    counted: &Counted,
    shards: Vec<Arc<Shard>>,
    ahead: &[Arc<dyn Ahead>],
) -> Set {
    let names: BTreeMap<i64, &str> =
        table.map().map(|map| map.iter().map(|(name, n)| (n, name)).collect()).unwrap_or_default();
    let splits = plan.splits().iter().map(|split| {
        let counts = table.classes().iter().zip(&split.labels).filter(|(_, count)| **count > 0);
        let label = |label: &i64| names.get(label).map_or_else(|| label.to_string(), |&name| name.into());
        let labels: BTreeMap<String, u64> = counts.map(|(value, count)| (label(value), *count)).collect();
        json!({ "name": split.name, "records": split.records, "labels": labels })
    });
    let mut manifest = json!({
        "input": { "rows": (table.len() + refusals.len()) as u64, "xxh3": format!("{:032x}", list.xxh3()) },
        "settings": settled(settings, ahead),
        "label_map": table.map().map(|map| map.iter().collect::<BTreeMap<_, _>>()),
        "splits": splits.collect::<Vec<_>>(),
        "quarantined": counted.reasons,
        "duplicates": plan.duplicates(),
        "warnings": warnings(table, plan, inspections),
    });
    if let Some((least, most)) = inspections.rates()
        && least == most
    {
        manifest["rate"] = least.into();
    }
    // another version may make other bytes of the same rows
    let version = env!("CARGO_PKG_VERSION");
    let id = xxh3_128(format!("{manifest} {:032x} {version}", rows(plan, inspections)).as_bytes());
    // where the list lies is no part of what the set is
    manifest["input"]["path"] = shown(&settings.path).into();
    manifest["input"]["crc32c"] = format!("{:08x}", list.crc32c()).into();
    let columns = table.columns().iter().map(|column| {
        let field = match column.kind() {
            labels::Kind::Integer => ColumnValue::Int(0),
            labels::Kind::Number => ColumnValue::Float(0.0),
            labels::Kind::Text => ColumnValue::Text(Box::default()),
        };
        (Arc::from(column.name()), field)
    });
    let (plan, columns) = (format!("{id:032x}"), columns.collect());
    let mut set = Set { plan, audio: true, features: vec![], columns, shards, only: vec![], manifest };
    ahead.iter().for_each(|transform| transform.shape(&mut set));
    set
}

/// The settings that decide what the set is, those of the transforms too.
pub fn settled(settings: &Labelled, ahead: &[Arc<dyn Ahead>]) -> Value {
    let mut told = settings.told();
    if !ahead.is_empty() {
        told["transforms"] = ahead.iter().map(|transform| transform.told()).collect();
    }
    told
}

/// What a person should know.
fn warnings(table: &Table, plan: &Plan, inspections: &Inspections) -> Vec<String> {
    let mixed = inspections.rates().filter(|(least, most)| least < most).map(|(least, most)| {
        format!(
            "the recordings have {least} to {most} samples a second, which examples do not tell: resample them by rate"
        )
    });
    plan.warnings().iter().cloned().chain(torn(table, plan)).chain(mixed).collect()
}

/// Which row is where, what is taken of it, and what it sounds like.
fn rows(plan: &Plan, inspections: &Inspections) -> u128 {
    let mut hash = Xxh3::new();
    for (split, shards) in plan.splits().iter().enumerate() {
        for index in 0..shards.shards.len() {
            for entry in plan.entries(split, index) {
                let place = [split as u32, index as u32, entry.row, entry.first, entry.records];
                place.iter().for_each(|number| hash.update(&number.to_le_bytes()));
                if let Some(Inspection::Good { content, .. }) = inspections.get(entry.row as usize) {
                    hash.update(&content.to_le_bytes());
                }
            }
        }
    }
    hash.digest128()
}
