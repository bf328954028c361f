//! Columns of the library: their values, distributions and points.

use super::{Parameters, RawQuery, aside, binary, given, json, number, parameters};
use crate::app::App;
use crate::fault::Answer;
use crate::library::Library;
use crate::library::column::{Column, Texts, Values};
use crate::library::filter::Filters;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use passband_signal::Fault;
use serde_json::{Value, json as of};
use std::sync::Arc;

/// Values of a text column that are listed.
const LISTED: usize = 50;
/// Values of a text column in a distribution.
const BARS: usize = 200;
const BINS: usize = 40;
const MOST_BINS: usize = 1000;

/// `GET /api/library`
pub async fn library(State(app): State<Arc<App>>) -> Result<Response, Answer> {
    aside(move || {
        let library = app.library();
        let text = library.description.get_or_init(|| description(&library)).clone();
        Ok(([(header::CONTENT_TYPE, "application/json")], text).into_response())
    })
    .await
}

fn description(library: &Library) -> String {
    let columns: Vec<Value> = library.columns.iter().map(column).collect();
    let features = &library.vectors.features;
    let map = library.column("map_x").is_ok().then(|| of!({ "features": features }));
    let told = of!({
        "source": library.source, "total": library.len(), "refreshed": library.refreshed,
        "columns": columns, "map": map,
    });
    told.to_string()
}

fn column(column: &Column) -> Value {
    let mut told = of!({ "name": column.name, "unit": column.unit, "doc": column.doc });
    match &column.values {
        Values::Numbers(numbers) => {
            let (low, high, missing) = extent(numbers.iter().copied());
            told["kind"] = "number".into();
            told["min"] = of!(low);
            told["max"] = of!(high);
            told["missing"] = missing.into();
        }
        Values::Texts(texts) => {
            let (values, missing) = frequent(texts, LISTED, |_| true);
            told["kind"] = "text".into();
            told["distinct"] = texts.distinct.len().into();
            told["values"] = of!(values);
            told["missing"] = missing.into();
        }
    }
    told
}

/// The least and the greatest number, and how many are missing.
fn extent(numbers: impl Iterator<Item = f64>) -> (Option<f64>, Option<f64>, u64) {
    let (mut low, mut high, mut missing) = (f64::INFINITY, f64::NEG_INFINITY, 0);
    for number in numbers {
        if number.is_finite() {
            (low, high) = (low.min(number), high.max(number));
        } else {
            missing += 1;
        }
    }
    let known = |value: f64| value.is_finite().then_some(value);
    (known(low), known(high), missing)
}

/// The most frequent texts with their counts, and how many recordings have none.
fn frequent(texts: &Texts, most: usize, rows: impl Fn(usize) -> bool) -> (Vec<(String, u64)>, u64) {
    let (counts, missing) = texts.counts(rows);
    let mut order: Vec<usize> = (0..counts.len()).filter(|code| counts[*code] > 0).collect();
    order.sort_by(|one, two| {
        counts[*two].cmp(&counts[*one]).then_with(|| texts.distinct[*one].cmp(&texts.distinct[*two]))
    });
    order.truncate(most);
    (order.into_iter().map(|code| (texts.distinct[code].clone(), counts[code])).collect(), missing)
}

/// `GET /api/histogram`
pub async fn histogram(State(app): State<Arc<App>>, query: RawQuery) -> Result<Response, Answer> {
    let parameters = parameters(query);
    aside(move || Ok(json(&distribution(&app.library(), &parameters)?))).await
}

/// The distribution of a column, of all recordings and of those that match the filters on other columns.
pub fn distribution(library: &Library, parameters: &Parameters) -> Result<Value, Answer> {
    let at = asked(library, parameters, "column")?;
    let matching = Filters::of(parameters, library)?.without(at).matching(library);
    let column = &library.columns[at];
    match &column.values {
        Values::Texts(texts) => {
            let (all, missing) = frequent(texts, BARS, |_| true);
            let (counts, missing_matching) = texts.counts(|row| matching[row]);
            let count = |text: &str| texts.code(text).map_or(0, |code| counts[code as usize]);
            let values: Vec<_> = all.into_iter().map(|(text, all)| of!([text, all, count(&text)])).collect();
            Ok(of!({ "column": column.name, "values": values, "missing": [missing, missing_matching] }))
        }
        Values::Numbers(numbers) => {
            let bins = number(parameters, "bins", BINS)?.clamp(1, MOST_BINS);
            let (low, high, missing) = extent(numbers.iter().copied());
            let (low, high) = (low.unwrap_or(0.0), high.unwrap_or(0.0));
            let (mut all, mut of_matching, mut missing_matching) = (vec![0u64; bins], vec![0u64; bins], 0);
            let width = if high > low { (high - low) / bins as f64 } else { 1.0 };
            for (value, matches) in numbers.iter().zip(&matching) {
                if value.is_finite() {
                    let bin = (((value - low) / width) as usize).min(bins - 1);
                    all[bin] += 1;
                    of_matching[bin] += u64::from(*matches);
                } else {
                    missing_matching += u64::from(*matches);
                }
            }
            Ok(of!({
                "column": column.name, "unit": column.unit, "lo": low, "hi": high, "all": all,
                "matching": of_matching, "missing": [missing, missing_matching],
            }))
        }
    }
}

/// The column that a parameter names.
pub fn asked(library: &Library, parameters: &Parameters, name: &str) -> Result<usize, Answer> {
    let Some(column) = given(parameters, name) else {
        let fault = Fault::new(format!("the parameter {name} is missing"));
        return Err(fault.fix(format!("write {name}= and the name of a column")).into());
    };
    library.column(column).map_err(|fault| fault.at(name).into())
}

/// `GET /api/points`
pub async fn points(State(app): State<Arc<App>>, query: RawQuery) -> Result<Response, Answer> {
    let parameters = parameters(query);
    aside(move || {
        let library = app.library();
        let mut out = b"PBP1".to_vec();
        out.extend((library.len() as u32).to_le_bytes());
        for axis in ["x", "y"] {
            let at = asked(&library, &parameters, axis)?;
            let Values::Numbers(numbers) = &library.columns[at].values else {
                let fault = Fault::new(format!("the column {} holds texts", library.columns[at].name));
                return Err(fault.at(axis).fix("choose a column of numbers").into());
            };
            numbers.iter().for_each(|number| out.extend((*number as f32).to_le_bytes()));
        }
        Ok(binary(out))
    })
    .await
}

/// `GET /api/values`
pub async fn values(State(app): State<Arc<App>>, query: RawQuery) -> Result<Response, Answer> {
    let parameters = parameters(query);
    aside(move || {
        let library = app.library();
        let at = asked(&library, &parameters, "column")?;
        let mut out = b"PBV1".to_vec();
        out.extend((library.len() as u32).to_le_bytes());
        match &library.columns[at].values {
            Values::Numbers(numbers) => {
                out.extend(0u32.to_le_bytes());
                numbers.iter().for_each(|number| out.extend((*number as f32).to_le_bytes()));
            }
            Values::Texts(texts) => {
                out.extend(1u32.to_le_bytes());
                texts.codes.iter().for_each(|code| out.extend(code.to_le_bytes()));
                let words = of!(texts.distinct).to_string();
                out.extend((words.len() as u32).to_le_bytes());
                out.extend(words.as_bytes());
            }
        }
        Ok(binary(out))
    })
    .await
}
