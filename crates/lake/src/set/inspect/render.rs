//! The report as text.

use super::Report;
use crate::set::record::{Feature, Kind, Tensor};
use std::collections::BTreeMap;
use std::fmt::{self, Formatter};

/// Maximum number of labels, errors and histogram bins that are printed.
const LABELS: usize = 20;
const ERRORS: usize = 10;
const STEPS: usize = 10;
const BAR: u64 = 30;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { manifest, .. } = self;
        let shards = manifest.shards().count();
        let size = self.bytes() as f64 / 1e6;
        let (records, shards) = (counted(manifest.records(), "record"), counted(shards as u64, "shard"));
        writeln!(f, "{records} in {shards}, {size:.1} MB, made by Passband {}", manifest.passband)?;
        let (plan, list) = (shown(&manifest.plan), shown(&manifest.input.path));
        writeln!(f, "plan {plan}, from {list} with {}", counted(manifest.input.rows, "row"))?;
        let quarantined: u64 = manifest.quarantined.values().sum();
        writeln!(
            f,
            "{} in quarantine, {}",
            counted(quarantined, "row"),
            counted(manifest.duplicates, "duplicate")
        )?;
        writeln!(f, "\n{}", table(&self.schema()))?;
        writeln!(f, "{}", table(&self.counts()))?;
        if let Some((least, most)) = self.frames.range() {
            writeln!(f, "frames: {least} to {most}, mean {:.0}", self.frames.mean())?;
            if let Some((least, most)) = self.micros.range() {
                let seconds = |micros: f64| micros / 1e6;
                let (least, most, sum) =
                    (seconds(least as f64), seconds(most as f64), seconds(self.micros.sum() as f64));
                let mean = seconds(self.micros.mean());
                writeln!(f, "seconds: {least:.3} to {most:.3}, mean {mean:.3}, {sum:.1} in all")?;
            }
            writeln!(f, "\n{}", table(&self.histogram()))?;
        }
        for first in &self.first {
            let features: Vec<_> =
                first.features.iter().map(|(name, text)| format!("{}: {text}", shown(name))).collect();
            writeln!(f, "{}, record {}: {}", printable(&first.file), first.record, features.join(", "))?;
        }
        if !self.first.is_empty() {
            writeln!(f)?;
        }
        self.warnings.iter().try_for_each(|warning| writeln!(f, "warning: {}", printable(warning)))?;
        for error in self.errors.iter().take(ERRORS) {
            error.to_string().lines().try_for_each(|line| writeln!(f, "{}", printable(line)))?;
        }
        match self.errors.len() {
            0 => write!(f, "good: the checksums of all shards are correct"),
            1 => write!(f, "not good: 1 error"),
            all if all <= ERRORS => write!(f, "not good: {all} errors"),
            all => write!(f, "not good: {all} errors, of which {ERRORS} are above"),
        }
    }
}

impl Report {
    fn schema(&self) -> Vec<Vec<String>> {
        let head = vec!["feature".to_owned(), "kind".to_owned()];
        let rows = self.manifest.schema.features().map(|(name, kind)| vec![shown(name), kind.to_string()]);
        std::iter::once(head).chain(rows).collect()
    }

    /// A column per split, a row per label, the most frequent first if there are many.
    fn counts(&self) -> Vec<Vec<String>> {
        let name = |name: &str| if name.is_empty() { "records".to_owned() } else { shown(name) };
        let mut rows = vec![vec!["label".to_owned()], vec!["all".to_owned()]];
        let mut all: BTreeMap<(i64, &str), u64> = BTreeMap::new();
        for split in &self.splits {
            let unread =
                if split.unread > 0 { format!(" ({} shards unread)", split.unread) } else { String::new() };
            rows[0].push(name(&split.name) + &unread);
            rows[1].push(split.records.to_string());
            for (label, count) in &split.labels {
                *all.entry((label.parse().unwrap_or(i64::MAX), label)).or_default() += count;
            }
        }
        let mut labels: Vec<_> = all.into_iter().collect();
        let more = labels.len().saturating_sub(LABELS);
        if more > 0 {
            labels.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
            labels.truncate(LABELS);
        }
        for ((_, label), _) in labels {
            let counts =
                self.splits.iter().map(|split| split.labels.get(label).copied().unwrap_or(0).to_string());
            rows.push(std::iter::once(shown(label)).chain(counts).collect());
        }
        if more > 0 {
            rows.push(vec![format!("… and {more} more")]);
        }
        rows
    }

    fn histogram(&self) -> Vec<Vec<String>> {
        let steps = self.frames.steps(STEPS);
        let most = steps.iter().map(|step| step.2).max().unwrap_or(0).max(1);
        let mut rows = vec![vec!["frames".to_owned(), "records".to_owned()]];
        if self.rate.is_some() {
            rows[0].insert(1, "seconds".to_owned());
        }
        for (from, to, records) in steps {
            // a count above 0 has a visible bar
            let bar = (u128::from(records) * u128::from(BAR)).div_ceil(u128::from(most)) as usize;
            let mut row = vec![format!("{from} to {to}"), records.to_string(), "█".repeat(bar)];
            if let Some(rate) = self.rate {
                row.insert(1, format!("{:.2} to {:.2}", from as f64 / rate, to as f64 / rate));
            }
            rows.push(row);
        }
        rows
    }
}

/// A table with aligned columns; numbers are aligned to the right.
fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| match cell.parse::<u64>().is_ok() {
            true => format!("{cell:>width$}"),
            false => format!("{cell:<width$}"),
        });
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

/// A summary of a feature.
pub fn feature(feature: &Feature, tensor: Option<&Tensor>, kind: Option<Kind>) -> String {
    match (feature, tensor) {
        (_, Some(tensor)) => {
            let peak = super::waveform_stats::measure(tensor.values(), 1).peak;
            format!("{:?} with peak {peak:.4}", tensor.shape())
        }
        (Feature::Ints(values), _) => list(values),
        (Feature::Floats(values), _) => list(values),
        (Feature::Text(text), _) => format!("\"{}\"", shown(text)),
        (Feature::Bytes(bytes), _) => match str::from_utf8(bytes) {
            Ok(text) if kind == Some(Kind::Text) => format!("\"{}\"", shown(text)),
            _ => format!("{} bytes", bytes.len()),
        },
        (Feature::Tensor(tensor), _) => format!("{:?}", tensor.shape()),
    }
}

fn list<T: fmt::Display>(values: &[T]) -> String {
    match values {
        [value] => value.to_string(),
        _ => format!("{} numbers", values.len()),
    }
}

pub fn decibels(peak: f32) -> String {
    if peak > 0.0 { format!("{:.0} dBFS", 20.0 * peak.log10()) } else { "0".to_owned() }
}

fn counted(number: u64, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

/// Untrusted text, shortened and without control characters.
fn shown(text: &str) -> String {
    let mut short: String = printable(text).chars().take(40).collect();
    if text.chars().nth(40).is_some() {
        short.push('…');
    }
    short
}

fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
