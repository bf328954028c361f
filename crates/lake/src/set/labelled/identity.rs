//! The identity of a set: a function of the list, the blobs and the settings, from which the plan's id is computed.

use super::Labelled;
use crate::set::labels::{self, ChecksumReader, Refused, Table};
use crate::set::plan::{Inspection, Inspections, Quarantine, QuarantineCursor, SetPlan, leakage_warnings};
use passband_flow::config::Settings;
use passband_flow::data::{ColumnValue, Set, Shard};
use passband_flow::part::Ahead;
use passband_signal::address::{redact, shown};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fs::File;
use std::sync::Arc;
use xxhash_rust::xxh3::{Xxh3, xxh3_128};

/// Maximum number of distinct reasons that are counted separately: a reason that contains a name may differ
/// in each row.
const REASONS: usize = 1000;

/// Counts of the rows that are in no shard, by reason.
#[derive(Default)]
pub struct RefusedCounts {
    pub rows: u64,
    pub first: Option<Refused>,
    pub reasons: BTreeMap<String, u64>,
}

impl RefusedCounts {
    pub fn new(quarantine: Quarantine<'_>) -> Self {
        let (mut all, mut cursor) = (Self::default(), QuarantineCursor::default());
        while let Some(refused) = quarantine.next(&mut cursor) {
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

/// Describes the set for its sink: id, columns, shards and manifest.
pub fn set(
    settings: &Labelled,
    list: &ChecksumReader<File>,
    Quarantine { table, refusals, inspections, plan }: Quarantine<'_>,
    counted: &RefusedCounts,
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
        "settings": settings_identity(settings, ahead),
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
    // another version of Passband may write different bytes for the same rows
    let version = env!("CARGO_PKG_VERSION");
    let id = xxh3_128(format!("{manifest} {:032x} {version}", rows(plan, inspections)).as_bytes());
    // the location of the list is not part of the identity
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

/// Settings of `labelled` that do not affect the bytes of a set: the location of the input (its content is
/// part of the identity), the shard that a worker builds, and the execution of the build. All other settings
/// are part of the identity.
const NOT_IN_IDENTITY: [&str; 8] =
    ["path", "blobs", "store", "label_map", "planned", "only", "strict", "threads"];

/// The settings that determine the bytes of a set, including those of the transforms. Settings that are not
/// given are omitted, so that a new optional setting does not change the ids of existing sets.
pub fn settings_identity(settings: &Labelled, ahead: &[Arc<dyn Ahead>]) -> Value {
    let in_identity = |(name, value): &(&str, String)| !NOT_IN_IDENTITY.contains(name) && !value.is_empty();
    let settings = settings.written().into_iter().filter(in_identity);
    let mut identity: Map<String, Value> =
        settings.map(|(name, value)| (name.to_owned(), value.into())).collect();
    if !ahead.is_empty() {
        identity.insert("transforms".into(), ahead.iter().map(|transform| transform.identity()).collect());
    }
    identity.into()
}

/// The warnings of a set.
fn warnings(table: &Table, plan: &SetPlan, inspections: &Inspections) -> Vec<String> {
    let mixed = inspections.rates().filter(|(least, most)| least < most).map(|(least, most)| {
        format!(
            "the recordings have sample rates from {least} to {most} Hz, and examples do not contain their rate: resample with rate"
        )
    });
    plan.warnings().iter().cloned().chain(leakage_warnings(table, plan)).chain(mixed).collect()
}

/// A hash of every row's split, shard, examples and samples.
fn rows(plan: &SetPlan, inspections: &Inspections) -> u128 {
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// A value other than the default for every setting.
    fn changed() -> Labelled {
        let text = |name: &str| Some(name.to_owned());
        let span = |n| Some(passband_signal::Span::Samples(n));
        Labelled {
            path: "list.csv".into(),
            blobs: "recordings".into(),
            store: "region=x".parse().unwrap(),
            label: text("species"),
            blob: text("file"),
            delimiter: text(";"),
            encoding: text("latin-1"),
            header: super::super::Headed::No,
            columns: text("age"),
            label_map: text("labels.json"),
            split: text("train=1"),
            split_column: text("fold"),
            group_by: text("speaker"),
            stratify: super::super::Stratified::No,
            seed: 7,
            order: super::super::Ordered::Listed,
            shards: Some(3),
            length: span(1),
            hop: span(2),
            planned: text("sets/digits"),
            only: Some(1),
            short: super::super::Short::Drop,
            channels: Some(1),
            rate: Some(passband_signal::Hertz(16_000.0)),
            normalise: super::super::Normalise::Peak,
            min_length: span(3),
            max_length: span(4),
            strict: super::super::Strict::Yes,
            threads: Some(2),
        }
    }

    #[test]
    fn every_setting_is_in_the_identity_or_marked_as_not() {
        let names =
            |value: &Value| -> BTreeSet<String> { value.as_object().unwrap().keys().cloned().collect() };
        let identity = settings_identity(&changed(), &[]);
        let declared: BTreeSet<String> =
            Labelled::fields().iter().map(|field| field.name.to_owned()).collect();
        let marked: BTreeSet<String> = NOT_IN_IDENTITY.map(str::to_owned).into();
        assert!(marked.is_subset(&declared), "{marked:?}");
        assert_eq!(names(&identity), &declared - &marked);
        // each of them differs from the default
        let default = settings_identity(&passband_flow::config::defaults(), &[]);
        for (name, value) in identity.as_object().unwrap() {
            assert_ne!(default.get(name), Some(value), "{name}");
        }
    }

    #[test]
    fn a_value_has_one_identity_however_it_is_spelled() {
        let with = |length: &str, rate: &str| {
            let (length, rate) = (length.parse().ok(), rate.parse().ok());
            settings_identity(&Labelled { length, rate, ..passband_flow::config::defaults() }, &[])
        };
        assert_eq!(with("1 s", "16 kHz"), with("1000 ms", "16000 Hz"));
        assert_ne!(with("1 s", "16 kHz"), with("1 s", "8 kHz"));
    }
}
