//! A report as JSON.

use super::{Lengths, Report};
use serde_json::{Map, Value, json};

/// Bins of a histogram.
const STEPS: usize = 64;

impl Report {
    /// The report as a JSON object.
    pub fn to_json(&self) -> String {
        let manifest = &self.manifest;
        let fault = |fault: &passband_signal::Fault| -> Value {
            let parts = fault.parts().into_iter().filter(|(_, text)| !text.is_empty());
            Value::Object(parts.map(|(name, text)| (name.to_owned(), text.into())).collect::<Map<_, _>>())
        };
        let splits = self.splits.iter().zip(&manifest.splits).map(|(found, told)| {
            json!({
                "name": found.name, "records": found.records, "labels": found.labels,
                "shards": told.shards.len(), "shards_unread": found.unread,
            })
        });
        let first = self.first.iter().map(|shown| {
            let features: Map<_, _> =
                shown.features.iter().map(|(name, text)| (name.clone(), text.as_str().into())).collect();
            json!({ "shard": shown.file, "record": shown.record, "features": features })
        });
        let schema: Map<_, _> = manifest
            .schema
            .features()
            .map(|(name, kind)| (name.to_owned(), kind.to_string().into()))
            .collect();
        let told = serde_json::to_value(manifest).unwrap_or_default();
        let value = json!({
            "good": self.is_good(),
            "plan": manifest.plan,
            "passband": manifest.passband,
            "format": told["format"],
            "input": told["input"],
            "schema": schema,
            "records": self.records(),
            "bytes": self.bytes(),
            "quarantined": manifest.quarantined,
            "duplicates": manifest.duplicates,
            "splits": splits.collect::<Vec<_>>(),
            "rate": self.rate,
            "frames": lengths(&self.frames, 1.0),
            "seconds": lengths(&self.micros, 1e-6),
            "first": first.collect::<Vec<_>>(),
            "errors": self.errors.iter().map(fault).collect::<Vec<_>>(),
            "warnings": self.warnings,
        });
        format!("{value:#}\n")
    }
}

fn lengths(lengths: &Lengths, unit: f64) -> Value {
    let Some((least, most)) = lengths.range() else { return Value::Null };
    let number = |length: u64| if unit == 1.0 { json!(length) } else { json!(length as f64 * unit) };
    let steps = lengths.steps(STEPS).into_iter();
    let steps = steps
        .map(|(from, to, records)| json!({ "from": number(from), "to": number(to), "records": records }));
    json!({
        "least": number(least), "most": number(most), "mean": lengths.mean() * unit,
        "total": lengths.sum() as f64 * unit, "histogram": steps.collect::<Vec<_>>(),
    })
}
