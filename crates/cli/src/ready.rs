//! The built-in pipelines.

use crate::print::{self, Print};
use passband_flow::config::unknown;
use passband_flow::engine::variables;
use passband_signal::Fault;
use std::process::ExitCode;

/// The built-in pipelines, by name.
pub const READY: [(&str, &str); 26] = [
    ("demo", include_str!("../../../pipelines/demo.toml")),
    ("spectrum", include_str!("../../../pipelines/spectrum.toml")),
    ("spectrum-play", include_str!("../../../pipelines/spectrum-play.toml")),
    ("spectrum-file", include_str!("../../../pipelines/spectrum-file.toml")),
    ("spectrum-sampler", include_str!("../../../pipelines/spectrum-sampler.toml")),
    ("spectrum-fft", include_str!("../../../pipelines/spectrum-fft.toml")),
    ("spectrum-plot", include_str!("../../../pipelines/spectrum-plot.toml")),
    ("axion-search", include_str!("../../../pipelines/axion-search.toml")),
    ("axion-search-from-files", include_str!("../../../pipelines/axion-search-from-files.toml")),
    ("axion-send", include_str!("../../../pipelines/axion-send.toml")),
    ("axion-process", include_str!("../../../pipelines/axion-process.toml")),
    ("axion-monitor", include_str!("../../../pipelines/axion-monitor.toml")),
    ("sensors", include_str!("../../../pipelines/sensors.toml")),
    ("sensors-send", include_str!("../../../pipelines/sensors-send.toml")),
    ("sensors-kafka", include_str!("../../../pipelines/sensors-kafka.toml")),
    ("sensors-mqtt", include_str!("../../../pipelines/sensors-mqtt.toml")),
    ("sensors-ndjson", include_str!("../../../pipelines/sensors-ndjson.toml")),
    ("sensors-csv", include_str!("../../../pipelines/sensors-csv.toml")),
    ("analyze", include_str!("../../../pipelines/analyze.toml")),
    ("analyze-table", include_str!("../../../pipelines/analyze-table.toml")),
    ("analyze-plot", include_str!("../../../pipelines/analyze-plot.toml")),
    ("analyze-print", include_str!("../../../pipelines/analyze-print.toml")),
    ("recordings-features", include_str!("../../../pipelines/recordings-features.toml")),
    ("watch-folder", include_str!("../../../pipelines/watch-folder.toml")),
    ("music-live", include_str!("../../../pipelines/music-live.toml")),
    ("dataset", include_str!("../../../pipelines/dataset.toml")),
];

/// The text of a built-in pipeline.
pub fn text(name: &str) -> Option<&'static str> {
    READY.iter().find(|(ready, _)| *ready == name).map(|(_, text)| *text)
}

/// The names of the built-in pipelines.
pub fn names() -> Vec<&'static str> {
    READY.iter().map(|(name, _)| *name).collect()
}

/// What a pipeline does: the first paragraph of its comment.
fn summary(text: &str) -> String {
    let lines = text.lines().map_while(|line| line.strip_prefix("# "));
    lines.collect::<Vec<_>>().join(" ")
}

/// `passband run --list`
pub fn list(print: Print) -> ExitCode {
    let told = READY.iter().map(|(name, text)| {
        if print.json {
            let told =
                serde_json::json!({ "name": name, "summary": summary(text), "variables": variables(text) });
            return format!("{told}\n");
        }
        let all = summary(text);
        let first = all.split_once(". ").map_or(all.as_str(), |(first, _)| first);
        let variables = match variables(text).join(" ") {
            none if none.is_empty() => none,
            names => format!("{:25}{names}\n", ""),
        };
        format!("{name:25}{}.\n{variables}", first.trim_end_matches('.'))
    });
    print::out(&told.collect::<String>())
}

/// `passband show`
pub fn show(name: &str, print: Print) -> ExitCode {
    match text(name) {
        Some(text) => print::out(text),
        None => {
            let fault = Fault::new(format!("there is no built-in pipeline {name}"));
            let fault = fault.why(unknown(name, &names())).fix("list them with: passband run --list");
            print::faulty(&[fault], print)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_pipeline_says_what_it_does() {
        for (name, text) in READY {
            let said = summary(text);
            assert!(said.len() > 30 && said.ends_with('.'), "{name}: {said:?}");
        }
    }
}
