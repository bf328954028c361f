//! The declarations of features and analyses, from which the package generates functions, help and type stubs.

use passband_dsp::feature::{Allowed, FEATURES, Setting, Value};
use passband_dsp::music::ANALYSES;
use pyo3::pyfunction;
use serde_json::json;

/// A default value in Python.
fn default(setting: &Setting) -> serde_json::Value {
    match (setting.default, setting.allowed) {
        (Value::Number(number), Allowed::Count { .. }) => json!(number as u64),
        (Value::Number(number), _) => json!(number),
        (Value::Word("none"), _) => json!(null),
        (Value::Word(word), _) => json!(word),
        (Value::Switch(on), _) => json!(on),
    }
}

/// The Python type of a setting, and the word that is allowed in place of a number, if any.
fn kind(setting: &Setting) -> (&'static str, Option<&'static str>) {
    match setting.allowed {
        Allowed::Count { or, .. } => ("int", or),
        Allowed::Number { or, .. } => ("float", or),
        Allowed::Switch => ("bool", None),
        Allowed::Word(_) => ("str", None),
    }
}

/// Features and analyses with settings, defaults, shapes, units and descriptions, as JSON.
#[pyfunction]
pub fn declared() -> String {
    let features = FEATURES.iter().map(|feature| {
        let settings = feature.all_settings().map(|setting| {
            let (kind, or) = kind(setting);
            json!({
                "name": setting.name,
                "kind": kind,
                "or": or,
                "default": default(setting),
                "unit": setting.unit,
                "summary": setting.summary,
            })
        });
        json!({
            "name": feature.name,
            "summary": feature.summary,
            "row": feature.row,
            "unit": feature.unit,
            "agrees": feature.agrees.with,
            "relative": feature.agrees.relative,
            "absolute": feature.agrees.absolute,
            "settings": settings.collect::<Vec<_>>(),
        })
    });
    let analyses = ANALYSES.iter().map(|analysis| {
        let results = analysis
            .results
            .iter()
            .map(|one| json!({ "name": one.name, "unit": one.unit, "summary": one.summary }));
        json!({ "name": analysis.name, "summary": analysis.summary, "results": results.collect::<Vec<_>>() })
    });
    json!({ "features": features.collect::<Vec<_>>(), "analyses": analyses.collect::<Vec<_>>() }).to_string()
}
