//! The faults and warnings of a set.

use super::duplicates::{ContentIndex, Duplicates};
use super::totals::{Flagged, Totals};
use passband_signal::Fault;
use std::collections::BTreeMap;

/// The ratio of the most and the least frequent label above which labels are imbalanced.
const IMBALANCE: u64 = 10;
/// Maximum number of labels named in a warning.
const NAMED: usize = 5;

/// Faults and warnings of records, labels and shards.
pub fn counts(totals: &Totals, errors: &mut Vec<Fault>, warnings: &mut Vec<String>) {
    let mut all: BTreeMap<&str, u64> = BTreeMap::new();
    if let Some(map) = &totals.manifest.label_map {
        all.extend(map.iter().map(|(name, _)| (name, 0)));
    }
    for (told, found) in totals.manifest.splits.iter().zip(&totals.splits) {
        told.labels.iter().for_each(|(label, count)| *all.entry(label).or_default() += count);
        if found.unread == 0 && told.labels != found.labels {
            errors.push(other_labels(&told.labels, &found.labels).at(name(&told.name)));
        }
        let sizes = || told.shards.iter().map(|shard| shard.written.records);
        let (least, most) = (sizes().min().unwrap_or(0), sizes().max().unwrap_or(0));
        if most - least > 1 {
            warnings.push(format!("shards of {} have {least} to {most} records", name(&told.name)));
        }
    }
    if totals.manifest.splits.iter().any(|split| split.labels.is_empty() && split.records > 0) {
        return; // there were too many labels to count
    }
    for split in totals.manifest.splits.iter().filter(|split| split.records > 0) {
        let none: Vec<&str> =
            all.keys().filter(|label| !split.labels.contains_key(**label)).copied().collect();
        if !none.is_empty() {
            let more = if none.len() > NAMED { ", …" } else { "" };
            let some = none[..none.len().min(NAMED)].join(", ");
            warnings.push(format!(
                "{} of {} labels do not occur in {}: {some}{more}",
                none.len(),
                all.len(),
                name(&split.name)
            ));
        }
    }
    let present = || all.iter().filter(|(_, count)| **count > 0);
    let least = present().min_by_key(|(_, count)| **count);
    let most = present().max_by_key(|(_, count)| **count);
    if let (Some((rare, few)), Some((frequent, many))) = (least, most)
        && *many > few.saturating_mul(IMBALANCE)
    {
        let times = *many as f64 / *few as f64;
        warnings.push(format!(
            "labels are imbalanced: '{frequent}' has {many} records, '{rare}' {few} ({times:.0} times)"
        ));
    }
}

/// Faults and warnings of the content of records.
pub fn sounds(totals: &Totals, contents: ContentIndex, errors: &mut Vec<Fault>, warnings: &mut Vec<String>) {
    let told = |found: &Flagged, what: &str| {
        found.first.as_ref().map(|(number, why)| {
            let (_, place) = totals.place(*number);
            format!("{} {what}; the first is {place}: {why}", records(found.records))
        })
    };
    if let Some((number, why)) = &totals.unfit.first {
        let what = format!("{} not in the manifest's schema", records(totals.unfit.records));
        errors.push(Fault::new(what).at(totals.place(*number).1).why(why).fix("build the set again"));
    }
    warnings.extend(told(&totals.not_finite, "not finite"));
    warnings.extend(told(&totals.clipped, "clipped"));
    warnings.extend(told(&totals.silent, "silent (below -60 dBFS)"));
    let Duplicates { within, across } = contents.same(|number| totals.place(number.into()).0);
    let places = |pair: [u32; 2]| pair.map(|number| totals.place(number.into()));
    if let (number, Some(pair)) = across {
        let [(one, first), (two, second)] = places(pair);
        let splits = [one, two].map(|split| name(&totals.splits[split].name));
        errors.push(
            Fault::new(format!("identical audio is in {} and {}", splits[0], splits[1]))
                .at(format!("{first} and {second}"))
                .why(format!("{} in two or more splits: test data was seen in training", records(number)))
                .fix("build the set again; passband dataset keeps identical audio in one split"),
        );
    }
    if let (number, Some(pair)) = within {
        let [(_, first), (_, second)] = places(pair);
        warnings.push(format!(
            "{} to an earlier one in the split; the first are {first} and {second}",
            match number {
                1 => "1 record is identical".to_owned(),
                _ => format!("{number} records are identical"),
            }
        ));
    }
}

fn other_labels(told: &BTreeMap<String, u64>, found: &BTreeMap<String, u64>) -> Fault {
    let count = |of: &BTreeMap<String, u64>, label: &String| of.get(label).copied().unwrap_or(0);
    let differ = told.keys().chain(found.keys()).find(|label| count(told, label) != count(found, label));
    let why = differ.map(|label| {
        format!(
            "label '{label}' has {} records, and the manifest says {}",
            count(found, label),
            count(told, label)
        )
    });
    Fault::new("the labels of the records differ from the manifest")
        .why(why.unwrap_or_default())
        .fix("build the set again")
}

fn records(number: u64) -> String {
    if number == 1 { "1 record is".into() } else { format!("{number} records are") }
}

fn name(split: &str) -> String {
    if split.is_empty() { "the set".into() } else { format!("split '{split}'") }
}
