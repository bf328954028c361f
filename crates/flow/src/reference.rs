//! What is derived from the declarations: `passband explain`, the reference page and the JSON Schema.

use crate::config::{Field, Shape};
use crate::data::{Form, Kind, Type, text as lines};
use crate::part::{Part, Registry};
use passband_dsp::feature::{FEATURES, Feature, Setting};
use passband_dsp::spectrum::Scale;
use passband_dsp::taper::TAPERS;
use serde_json::{Map, Value, json};
use std::fmt::Write;

/// The text that `passband explain` prints for one part.
pub fn explain(part: &Part) -> String {
    let mut text = format!("{} {}\n\n", part.role.name(), part.name);
    part.doc.iter().for_each(|line| text += &format!("{}\n", line.trim()));
    let fields = part.settings();
    if fields.is_empty() {
        text += "\nIt has no settings.\n";
    }
    for field in fields {
        let _ = write!(text, "\n{} = {}\n", field.name, usual(&field));
        field.doc.trim().lines().for_each(|line| text += &format!("    {}\n", line.trim()));
        let _ = writeln!(text, "    {}", allowed(&field.shape));
    }
    text
}

/// The reference page of all parts, in Markdown.
pub fn page(registry: &Registry) -> String {
    let mut text = String::from(
        "# Reference\n\nEvery part a pipeline file can name. This page is made from the parts' declarations \
         (`passband explain --markdown`); a test keeps it current.\n",
    );
    let mut role = "";
    for part in registry.parts() {
        if part.role.name() != role {
            role = part.role.name();
            let header = match role {
                "transform" | "sink" => format!("[[{role}]]"),
                "format" => "format = { type = …, … }".into(),
                _ => format!("[{role}]"),
            };
            let _ = write!(text, "\n## {}s: `{header}`\n", capital(role));
        }
        let _ = write!(text, "\n### {}\n\n", part.name);
        part.doc.iter().for_each(|line| text += &format!("{}\n", line.trim()));
        let fields = part.settings();
        if !fields.is_empty() {
            text += "\n| setting | default | what it is |\n|---|---|---|\n";
        }
        for field in fields {
            let doc = field.doc.trim().lines().map(str::trim).collect::<Vec<_>>().join(" ");
            let _ =
                writeln!(text, "| `{}` | {} | {doc} {} |", field.name, code(&field), allowed(&field.shape));
        }
    }
    text + &measures()
}

/// The tapers and scales of the transform `spectrum`, from their own registries.
fn measures() -> String {
    let mut text =
        String::from("\n## Tapers\n\n| taper | parameter | what it is good for |\n|---|---|---|\n");
    for taper in TAPERS {
        let parameter = taper.parameter.map_or(String::new(), |p| {
            format!("`{}`, {} to {}, usually {}: {}", p.name, p.least, p.most, p.default, p.summary)
        });
        let _ = writeln!(text, "| `{}` | {parameter} | {} |", taper.name, taper.summary);
    }
    text += "\n## Scales\n\n| scale | unit | what it is |\n|---|---|---|\n";
    for scale in Scale::ALL {
        // a bar would end the cell
        let summary = scale.summary().replace('|', "\\|");
        let _ = writeln!(text, "| `{}` | {} | {summary} |", scale.name(), scale.unit());
    }
    text + &features()
}

/// Features and their settings, from their own registry.
fn features() -> String {
    let mut text = String::from(
        "\n## Features of recordings\n\n| feature | a row holds | unit | what it is | agrees with |\n|---|---|---|---|---|\n",
    );
    for Feature { name, row, unit, summary, agrees, .. } in FEATURES {
        let _ = writeln!(text, "| `{name}` | {row} | {unit} | {summary} | {} |", agrees.with);
    }
    text += "\n| setting | default | what it is | of |\n|---|---|---|---|\n";
    let mut settings: Vec<&Setting> = vec![];
    for setting in FEATURES.iter().flat_map(|feature| feature.all_settings()) {
        if settings.iter().all(|known| known.name != setting.name) {
            settings.push(setting);
        }
    }
    for Setting { name, summary, unit, default, allowed } in settings {
        let of: Vec<_> = FEATURES.iter().filter(|f| f.setting(name).is_some()).map(|f| f.name).collect();
        let unit = if unit.is_empty() { String::new() } else { format!(", {unit}") };
        let (what, of) = (format!("{summary}{unit}: {allowed}"), of.join(", "));
        let _ = writeln!(text, "| `{name}` | `{default}` | {what}. | {of} |");
    }
    text
}

/// The fields of every kind of record, in Markdown: part of `docs/messages.md`.
pub fn records() -> String {
    let mut text = String::new();
    for declaration in Kind::all().into_iter().filter_map(Kind::declaration) {
        let _ = write!(text, "### {}\n\n{}\n\n", capital(declaration.name), lines(declaration.doc));
        text += "| field | type | in | what it is |\n|---|---|---|---|\n";
        for field in (declaration.fields)() {
            let form = match field.form {
                None => "both",
                Some(Form::Exact) => "Avro",
                Some(Form::Plain) => "JSON, CSV",
            };
            let (name, doc) = (field.name(), field.doc.replace('|', "\\|"));
            let unit = if field.unit.is_empty() { String::new() } else { format!(" ({})", field.unit) };
            let _ = writeln!(text, "| `{name}` | {}{unit} | {form} | {doc} |", type_name(&field.kind));
            if let Type::List(kind) = &field.kind
                && let Type::Record(_, inner) = &**kind
            {
                for inner in inner {
                    let (inner_name, doc) = (inner.name(), inner.doc.replace('|', "\\|"));
                    let kind = type_name(&inner.kind);
                    let _ = writeln!(text, "| `{name}[].{inner_name}` | {kind} | {form} | {doc} |");
                }
            }
        }
        text += "\n";
    }
    text
}

fn type_name(kind: &Type) -> String {
    match kind {
        Type::Bool => "boolean".into(),
        Type::Long => "long".into(),
        Type::Time => "long, timestamp-micros".into(),
        Type::Double => "double".into(),
        Type::Float => "float".into(),
        Type::Text => "string".into(),
        Type::Symbol(_, words) => format!("enum: {}", words.join(", ")),
        Type::Optional(kind) => format!("null or {}", type_name(kind)),
        Type::List(kind) => match &**kind {
            Type::Record(name, _) => format!("array of {name}"),
            kind => format!("array of {}", type_name(kind)),
        },
        Type::Map(kind) => format!("map of {}", type_name(kind)),
        Type::Record(name, _) => (*name).into(),
    }
}

/// The JSON Schema of a pipeline file, so that editors complete and check it.
pub fn schema(registry: &Registry) -> Value {
    let variants =
        |role: &'static str| -> Vec<Value> { registry.of(role).map(|part| table(part, registry)).collect() };
    let many = |role| json!({ "type": "array", "items": { "oneOf": variants(role) } });
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A Passband pipeline",
        "type": "object",
        "additionalProperties": false,
        "required": ["source", "sink"],
        "properties": {
            "source": { "oneOf": variants("source") },
            "window": { "oneOf": variants("window") },
            "transform": many("transform"),
            "sink": many("sink"),
        },
    })
}

fn table(part: &Part, registry: &Registry) -> Value {
    let fields = part.settings();
    let mut properties = Map::from_iter([("type".to_owned(), json!({ "const": part.name }))]);
    for field in &fields {
        let mut shape = value(&field.shape, registry);
        if let Value::Object(shape) = &mut shape {
            shape.insert("description".into(), field.doc.trim().into());
            if let Some(default) = field.default {
                shape.insert("default".into(), default.into());
            }
        }
        properties.insert(field.name.into(), shape);
    }
    let needed = fields.iter().filter(|f| f.default.is_none() && !f.optional).map(|f| f.name);
    let required: Vec<_> = if part.role.name() == "format" { vec![] } else { vec!["type"] };
    json!({
        "type": "object",
        "description": part.summary(),
        "additionalProperties": false,
        "required": required.into_iter().chain(needed).collect::<Vec<_>>(),
        "properties": properties,
    })
}

fn value(shape: &Shape, registry: &Registry) -> Value {
    // any value may come from the environment: "${VAR:-…}"
    let variable = json!({ "type": "string", "pattern": "\\$\\{.+\\}" });
    match shape {
        Shape::Text | Shape::Secret => json!({ "type": "string" }),
        Shape::Quantity(example) => json!({ "type": ["string", "number"], "examples": [example] }),
        Shape::Integer => {
            json!({ "anyOf": [{ "type": "integer" }, { "type": "string", "pattern": "^[0-9]+$" }, variable] })
        }
        Shape::Number => json!({ "anyOf": [{ "type": "number" }, variable] }),
        Shape::Choice(words) => json!({ "anyOf": [{ "enum": words }, variable] }),
        Shape::List(of) => {
            json!({ "anyOf": [{ "type": "array", "items": value(of, registry) }, { "type": "string" }] })
        }
        Shape::Map | Shape::Options => {
            let table = json!({ "type": ["string", "number", "boolean"] });
            json!({ "anyOf": [{ "type": "object", "additionalProperties": table }, { "type": "string" }] })
        }
        Shape::Format => {
            let names: Vec<_> = registry.of("format").map(|f| f.name).collect();
            let tables: Vec<_> = registry.of("format").map(|f| table(f, registry)).collect();
            json!({ "anyOf": [{ "enum": names }, variable, { "oneOf": tables }] })
        }
    }
}

fn usual(field: &Field) -> String {
    match field.default {
        Some(default) => format!("\"{default}\""),
        None if field.optional => "(may be left out)".into(),
        None => "(must be given)".into(),
    }
}

fn code(field: &Field) -> String {
    match field.default {
        Some(default) => format!("`{default}`"),
        None if field.optional => "none".into(),
        None => "must be given".into(),
    }
}

fn allowed(shape: &Shape) -> String {
    match shape {
        Shape::Text => "A text.".into(),
        Shape::Secret => "A text, never printed.".into(),
        Shape::Quantity(example) => format!("With its unit, as in \"{example}\"."),
        Shape::Integer => "A whole number.".into(),
        Shape::Number => "A number.".into(),
        Shape::Choice(words) => format!("One of: {}.", words.join(", ")),
        Shape::List(of) => format!("A list. {}", allowed(of)),
        Shape::Map | Shape::Options => {
            "A table of names and values, or them in a text, as in \"a=1,b=2\".".into()
        }
        Shape::Format => "The name of a format, or a table with it as `type` and its settings.".into(),
    }
}

fn capital(word: &str) -> String {
    word[..1].to_uppercase() + &word[1..]
}
