//! The description of the interface, as OpenAPI 3.1.

use super::json;
use axum::response::Response;
use serde_json::{Map, Value, json as of};

/// A path: its parameters, what it answers, and the media types of its answers.
struct Path {
    path: &'static str,
    summary: &'static str,
    parameters: &'static [&'static str],
    /// Whether it takes filters.
    filters: bool,
    media: &'static [&'static str],
}

const JSON: &[&str] = &["application/json"];
const BYTES: &[&str] = &["application/octet-stream"];

const fn path(
    path: &'static str,
    summary: &'static str,
    parameters: &'static [&'static str],
    filters: bool,
    media: &'static [&'static str],
) -> Path {
    Path { path, summary, parameters, filters, media }
}

/// All paths but the pages.
const PATHS: &[Path] = &[
    path(
        "/api/library",
        "The columns of the recordings: kinds, units, extents, frequent values.",
        &[],
        false,
        JSON,
    ),
    path(
        "/api/recordings",
        "Recordings that match, sorted, or by their distance from one.",
        &["columns", "sort", "order", "near", "offset", "limit"],
        true,
        JSON,
    ),
    path("/api/recordings/{id}", "The whole row of a recording.", &[], false, JSON),
    path(
        "/api/recordings/{id}/audio",
        "The file of a recording; ranges of bytes are answered.",
        &[],
        false,
        &["audio/*"],
    ),
    path(
        "/api/recordings/{id}/audio.wav",
        "The sound of a recording, decoded to 16 bits.",
        &[],
        false,
        &["audio/wav"],
    ),
    path(
        "/api/recordings/{id}/layers",
        "Beats, chords, notes, keys, waveform and onset strength, measured from the file.",
        &[],
        false,
        JSON,
    ),
    path(
        "/api/recordings/{id}/rasters/{name}",
        "Spectrogram, mel, chroma or tempogram, of the whole or from one second to another: the layout PBR1.",
        &["from", "to"],
        false,
        BYTES,
    ),
    path(
        "/api/recordings/{id}/score.{format}",
        "The score as mid, json, jams, lab, beats or txt.",
        &[],
        false,
        &["audio/midi", "application/json", "text/plain"],
    ),
    path(
        "/api/duplicates",
        "Recordings with the same sound in different encodings, by their fingerprints.",
        &[],
        true,
        JSON,
    ),
    path("/api/histogram", "The distribution of a column.", &["column", "bins"], true, JSON),
    path("/api/points", "Two columns of all recordings: the layout PBP1.", &["x", "y"], false, BYTES),
    path("/api/values", "A column of all recordings: the layout PBV1.", &["column"], false, BYTES),
    path(
        "/api/matching",
        "Which recordings match, and their order: the layout PBM1.",
        &["sort", "order", "near"],
        true,
        BYTES,
    ),
    path("/api/harmony", "Transitions between chords and degrees, and keys.", &[], true, JSON),
    path(
        "/api/rhythm",
        "Mean bar pattern, tempi, intervals between beats, time signatures.",
        &[],
        true,
        JSON,
    ),
    path("/api/tables", "The tables with their columns.", &[], false, JSON),
    path(
        "/api/sql",
        "The rows of a query.",
        &["query", "limit"],
        false,
        &["application/json", "application/vnd.apache.arrow.stream"],
    ),
    path(
        "/api/vega/histogram",
        "The distribution of a column as a Vega-Lite chart.",
        &["column", "bins"],
        true,
        JSON,
    ),
    path("/api/vega/points", "Two columns as a Vega-Lite chart.", &["x", "y", "color"], true, JSON),
    path(
        "/api/vega/sql",
        "The rows of a query as a Vega-Lite chart.",
        &["query", "mark", "x", "y", "color"],
        false,
        JSON,
    ),
];

const FILTERS: &str = "Filters are further parameters: `search=words`; `COLUMN=lo..hi` for numbers, either end may be \
    missing; `COLUMN=text`, repeated for any of several; `COLUMN=` for a missing value; `id=…`, repeated. All must hold.";

const LAYOUTS: &str = "Binary layouts, little-endian. PBR1: u32 rows, u32 columns, f64 seconds per column, f64 time of \
    the first column, f64 lowest and f64 highest value of the rows, u32 scale of the rows (0 log, 1 linear, 2 mel), f32 \
    value of byte 0, f32 value of byte 255, and a byte per cell, column by column from the lowest row. PBP1: u32 n, n f32 x, \
    n f32 y. PBV1: u32 n, u32 kind (0 number, 1 text); n f32; or n u32 codes (4294967295 is missing), u32 length, a JSON \
    list of texts. PBM1: u32 n, u32 matching, ⌈n/8⌉ bytes with the bit `row & 7` of byte `row >> 3`, and the matching rows \
    as u32 in order if one is asked for. A missing number is NaN. Each begins with its four letters.";

/// `GET /api/openapi.json`
pub async fn get() -> Response {
    json(&document())
}

/// The description of the interface.
///
/// ```
/// let paths = &passband_serve::document()["paths"];
/// assert_eq!(paths["/api/recordings/{id}"]["get"]["parameters"][0]["in"], "path");
/// ```
pub fn document() -> Value {
    let fault = of!({
        "description": "What is wrong, where, why, and what to do.",
        "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Fault" } } },
    });
    let mut paths = Map::new();
    for path in PATHS {
        let text = of!({ "type": "string" });
        let in_path = path.path.split('{').skip(1).filter_map(|part| part.split_once('}'));
        let in_path =
            in_path.map(|(name, _)| of!({ "name": name, "in": "path", "required": true, "schema": text }));
        let in_query =
            path.parameters.iter().map(|name| of!({ "name": name, "in": "query", "schema": text }));
        let parameters: Vec<Value> = in_path.chain(in_query).collect();
        let content = path.media.iter().map(|media| ((*media).to_owned(), of!({})));
        let mut operation = of!({
            "summary": path.summary, "parameters": parameters,
            "responses": {
                "200": { "description": path.summary, "content": Map::from_iter(content) },
                "default": fault,
            },
        });
        if path.filters {
            operation["description"] = FILTERS.into();
        }
        let mut methods = of!({ "get": operation });
        if path.path == "/api/sql" {
            let schema = of!({
                "type": "object", "required": ["query"],
                "properties": { "query": { "type": "string" }, "limit": { "type": "integer" } },
            });
            let mut posted = operation.clone();
            posted["parameters"] = of!([]);
            posted["requestBody"] =
                of!({ "required": true, "content": { "application/json": { "schema": schema } } });
            methods["post"] = posted;
        }
        paths.insert(path.path.into(), methods);
    }
    let properties = ["error", "at", "why", "do"].map(|name| (name.to_owned(), of!({ "type": "string" })));
    of!({
        "openapi": "3.1.0",
        "info": { "title": "Passband", "version": env!("CARGO_PKG_VERSION"), "description": LAYOUTS },
        "paths": paths,
        "components": { "schemas": { "Fault": {
            "type": "object", "required": ["error"], "properties": Map::from_iter(properties),
        } } },
    })
}
