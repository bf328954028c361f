//! A record as a card for a terminal, with one line per field.

use crate::data::{AnyRecord, Form, Role, Type, Value};
use std::fmt::Write;

/// Maximum number of list items shown.
const SHOWN: usize = 6;

/// The name of the stream, followed by the fields of interest.
pub fn card(stream: &str, record: &dyn AnyRecord) -> String {
    let fields = record.fields(Form::Plain);
    let width = fields.iter().map(|field| field.name().len()).max().unwrap_or(0);
    let mut text = format!("{stream}\n");
    for (field, value) in fields.iter().zip(record.values(Form::Plain)) {
        // fields that the file does not set are omitted; a recording without a key is a result
        let absent = matches!(value, Value::Null) && field.role == Role::About;
        if matches!(field.role, Role::Stream | Role::Name | Role::Time) || absent {
            continue;
        }
        let shown = match (&value, &field.kind) {
            (Value::Symbol(at), Type::Symbol(_, words)) => words.get(*at).copied().unwrap_or("").to_owned(),
            _ => shown(&value),
        };
        let unit = if shown == "–" { "" } else { field.unit };
        let _ = writeln!(text, "{}", format!("  {:width$}  {shown} {unit}", field.name()).trim_end());
    }
    text
}

/// A number with significant digits; a list with its first items and its length.
fn shown(value: &Value<'_>) -> String {
    let list = |count: usize, items: Vec<String>| match count {
        0 => "–".into(),
        _ if count > SHOWN => format!("{} … ({count})", items.join(" ")),
        _ => items.join(" "),
    };
    match value {
        Value::Null => "–".into(),
        Value::Bool(truth) => truth.to_string(),
        Value::Long(number) => number.to_string(),
        Value::Double(number) => short(*number),
        Value::Text(text) => text.to_string(),
        Value::Symbol(at) => at.to_string(),
        Value::Longs(items) => list(items.len(), items.iter().take(SHOWN).map(i64::to_string).collect()),
        Value::Doubles(items) => list(items.len(), items.iter().take(SHOWN).map(|x| short(*x)).collect()),
        Value::Floats(items) => {
            list(items.len(), items.iter().take(SHOWN).map(|x| short(f64::from(*x))).collect())
        }
        Value::List(items) | Value::Record(items) => {
            list(items.len(), items.iter().take(SHOWN).map(shown).collect())
        }
        Value::Map(entries) => {
            let entry =
                |(name, value): &(std::borrow::Cow<'_, str>, Value<'_>)| format!("{name} {}", shown(value));
            list(entries.len(), entries.iter().take(SHOWN).map(entry).collect())
        }
    }
}

/// A number with four significant digits or more.
fn short(number: f64) -> String {
    match number.abs() {
        _ if !number.is_finite() => "–".into(),
        0.0 => "0".into(),
        size if size >= 1000.0 => format!("{number:.0}"),
        size if size >= 100.0 => format!("{number:.1}"),
        size if size >= 1.0 => format!("{number:.2}"),
        size if size >= 1e-3 => format!("{number:.4}"),
        _ => format!("{number:.2e}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transform::features::{RecordingFeatures, Summaries, Summary};
    use passband_dsp::music::{Found, OutcomeKind};
    use std::sync::Arc;

    #[test]
    fn a_recording_is_a_card() {
        let kinds = [OutcomeKind::Number, OutcomeKind::Word, OutcomeKind::Numbers];
        let results = ["tempo", "key", "beats"].map(String::from).into_iter().zip(kinds).collect();
        let beats = (0..8).map(|beat| f64::from(beat) * 0.5).collect();
        let features = RecordingFeatures {
            recording: 3,
            time: 0,
            sample_rate: 44_100.0,
            channels: 2,
            samples: 441_000,
            file: None,
            feature_version: 1,
            passband_version: "0.1.0".into(),
            names: Arc::new(Summaries::new(vec!["mfcc".into()], results)),
            values: vec![Summary {
                mean: [-405.25, 0.1].into(),
                median: [-405.0, 0.125].into(),
                deviation: [2.5, 0.0].into(),
            }],
            results: vec![Found::Number(Some(120.512)), Found::Word(None), Found::Numbers(beats)],
        };
        let wanted = "album/song.flac
  duration          10.00 s
  sample_rate       44100 Hz
  channels          2
  samples           441000
  feature_version   1
  passband_version  0.1.0
  tempo             120.5 1/min
  key               –
  beats             0 0.5000 1.00 1.50 2.00 2.50 … (8) s
  mfcc_mean         -405.2 0.1000 dB
  mfcc_median       -405.0 0.1250 dB
  mfcc_deviation    2.50 0 dB
";
        assert_eq!(card("album/song.flac", &features), wanted);
    }
}
