//! `passband explain` and `passband schema`.

use crate::arguments::Explain;
use crate::print::{self, Print};
use crate::ready;
use passband_flow::part::Part;
use passband_flow::reference;
use passband_signal::Fault;
use serde_json::json;
use std::fmt::Write as _;
use std::process::ExitCode;

pub fn explain(what: &Explain, print: Print) -> ExitCode {
    let registry = crate::run::registry();
    let text = match &what.name {
        _ if what.markdown => reference::page(&registry),
        None if print.json => {
            let told = registry.parts().map(|part| {
                let told = json!({ "role": part.role.name(), "name": part.name, "summary": part.summary() });
                format!("{told}\n")
            });
            told.collect()
        }
        None => {
            let mut text = String::new();
            for part in registry.parts() {
                let _ = writeln!(text, "{:<10} {:<14} {}", part.role.name(), part.name, part.summary());
            }
            text + "\npassband explain NAME explains one of them.\n"
        }
        Some(name) => {
            let found: Vec<_> = registry.parts().filter(|part| part.name == name).collect();
            if found.is_empty() {
                let names: Vec<_> = registry.parts().map(|p| p.name).collect();
                let why = passband_flow::config::unknown(name, &names);
                print::fault(&Fault::new(format!("there is no part {name}")).why(why), print.json);
                return ExitCode::from(2);
            }
            let told = found.into_iter().map(|part| match print.json {
                true => {
                    let told = json!({
                        "role": part.role.name(), "name": part.name, "summary": part.summary(),
                        "schema": reference::table(part, &registry), "used_by": used_by(part),
                    });
                    format!("{told}\n")
                }
                false => {
                    let examples =
                        used_by(part).into_iter().take(3).map(|name| format!("passband show {name}"));
                    let examples = examples.collect::<Vec<_>>().join(", ");
                    let examples =
                        if examples.is_empty() { examples } else { format!("\nExamples: {examples}\n") };
                    reference::explain(part) + &examples
                }
            });
            told.collect::<Vec<_>>().join(if print.json { "" } else { "\n" })
        }
    };
    print::out(&text)
}

/// The built-in pipelines that use a part.
fn used_by(part: &Part) -> Vec<&'static str> {
    let role = part.role.name();
    let line = match role {
        "format" => format!("format = \"{}\"", part.name),
        _ => format!("type = \"{}\"", part.name),
    };
    let uses = |text: &str| {
        let mut table = "";
        text.lines().any(|own| {
            table = if own.starts_with('[') { own.trim_matches(['[', ']']) } else { table };
            own.starts_with(&line) && (role == "format" || table == role)
        })
    };
    ready::READY.iter().filter(|(_, text)| uses(text)).map(|(name, _)| *name).collect()
}

pub fn schema() -> ExitCode {
    print::out(&format!("{:#}\n", reference::schema(&crate::run::registry())))
}
