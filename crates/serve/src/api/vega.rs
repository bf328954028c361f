//! Charts as Vega-Lite descriptions with their data, for other programs.

use super::columns::{asked, distribution};
use super::sql::{ask, objects};
use super::{Parameters, RawQuery, aside, given, json, number, parameters};
use crate::app::App;
use crate::fault::Answer;
use crate::library::filter::Filters;
use axum::extract::{Path, State};
use axum::response::Response;
use passband_signal::Fault;
use serde_json::{Value, json as of};
use std::sync::Arc;

/// Points of a chart; of more recordings every n-th is drawn.
const POINTS: usize = 5000;
/// Marks of a chart of a query.
const MARKS: [&str; 4] = ["line", "bar", "point", "rect"];

/// `GET /api/vega/WHAT`
pub async fn describe(
    State(app): State<Arc<App>>,
    Path(what): Path<String>,
    query: RawQuery,
) -> Result<Response, Answer> {
    let parameters = parameters(query);
    match what.as_str() {
        "histogram" => aside(move || Ok(json(&histogram(&app, &parameters)?))).await,
        "points" => aside(move || Ok(json(&points(&app, &parameters)?))).await,
        "sql" => {
            let query = given(&parameters, "query").unwrap_or_default().to_owned();
            let rows = ask(app, query, POINTS).await?;
            aside(move || {
                let mut values: Vec<Value> = vec![];
                for batch in &rows.batches {
                    values.extend(objects(batch)?);
                }
                Ok(json(&chart(values, &parameters)?))
            })
            .await
        }
        other => {
            let fault = Fault::new(format!("there is no chart {other}"));
            Err(Answer::unknown(fault.fix("use histogram, points or sql")))
        }
    }
}

fn specification(values: Vec<Value>, mark: &Value, encoding: &Value) -> Value {
    of!({
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "data": { "values": values }, "mark": mark, "encoding": encoding,
    })
}

fn histogram(app: &App, parameters: &Parameters) -> Result<Value, Answer> {
    let told = distribution(&app.library(), parameters)?;
    let column = told["column"].as_str().unwrap_or_default();
    let title = match told["unit"].as_str() {
        Some(unit) => format!("{column} ({unit})"),
        None => column.to_owned(),
    };
    if let Some(texts) = told["values"].as_array() {
        let values = texts.iter().map(|value| of!({ "value": value[0], "recordings": value[2] })).collect();
        let y = of!({ "field": "value", "type": "nominal", "sort": "-x", "title": title });
        let x = of!({ "field": "recordings", "type": "quantitative" });
        return Ok(specification(values, &of!("bar"), &of!({ "x": x, "y": y })));
    }
    let number = |name: &str| told[name].as_f64().unwrap_or(0.0);
    let counts = told["matching"].as_array().cloned().unwrap_or_default();
    let width = (number("hi") - number("lo")) / counts.len().max(1) as f64;
    let values = counts.iter().enumerate().map(|(bin, count)| {
        let from = number("lo") + bin as f64 * width;
        of!({ "from": from, "to": from + width, "recordings": count })
    });
    let x = of!({ "field": "from", "type": "quantitative", "bin": { "binned": true }, "title": title });
    let y = of!({ "field": "recordings", "type": "quantitative" });
    Ok(specification(values.collect(), &of!("bar"), &of!({ "x": x, "x2": { "field": "to" }, "y": y })))
}

fn points(app: &App, parameters: &Parameters) -> Result<Value, Answer> {
    let library = app.library();
    let [x, y] = [asked(&library, parameters, "x")?, asked(&library, parameters, "y")?];
    let color = given(parameters, "color").map(|_| asked(&library, parameters, "color")).transpose()?;
    let mut columns = vec![x, y];
    columns.extend(color);
    columns.extend(library.column("name"));
    let rows = Filters::of(parameters, &library)?.rows(&library);
    let step = rows.len().div_ceil(POINTS).max(1);
    let values = rows.iter().step_by(step).map(|row| super::recordings::row(&library, *row, &columns));
    let axis = |at: usize, kind: &str| of!({ "field": library.columns[at].name, "type": kind, "title": library.columns[at].name });
    let mut encoding = of!({
        "x": axis(x, "quantitative"), "y": axis(y, "quantitative"), "tooltip": { "field": "name", "type": "nominal" },
    });
    if let Some(color) = color {
        let is_text = matches!(library.columns[color].values, crate::library::column::Values::Texts(_));
        encoding["color"] = axis(color, if is_text { "nominal" } else { "quantitative" });
    }
    Ok(specification(values.collect(), &of!({ "type": "point", "filled": true }), &encoding))
}

fn chart(values: Vec<Value>, parameters: &Parameters) -> Result<Value, Answer> {
    let mark = given(parameters, "mark").unwrap_or("line");
    if !MARKS.contains(&mark) {
        let fault = Fault::new(format!("there is no mark {mark}")).at("mark");
        return Err(fault.fix(format!("use one of {}", MARKS.join(", "))).into());
    }
    let _: usize = number(parameters, "limit", 0)?;
    let kind = |name: &str| {
        let first = values.iter().map(|row| &row[name]).find(|value| !value.is_null());
        match first {
            Some(Value::Number(_)) => "quantitative",
            Some(Value::String(text))
                if text.len() >= 19 && text.as_bytes()[4] == b'-' && text.contains('T') =>
            {
                "temporal"
            }
            _ => "nominal",
        }
    };
    let mut encoding = of!({});
    for channel in ["x", "y", "color"] {
        if let Some(name) = given(parameters, channel).filter(|name| !name.is_empty()) {
            encoding[channel] = of!({ "field": name, "type": kind(name), "title": name });
        }
    }
    if encoding["x"].is_null() || encoding["y"].is_null() {
        return Err(Fault::new("the chart has no axes").fix("name columns with x= and y=").into());
    }
    Ok(specification(values, &of!(mark), &encoding))
}
