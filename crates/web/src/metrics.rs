//! Counters, and their Prometheus text format.

use serde::Serialize;
use std::fmt::Write;

/// A counter or gauge of a component.
///
/// A name that ends in `_total` is a counter, any other name a gauge.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Counter {
    /// Name as required by Prometheus: `passband_gaps_total`.
    pub name: String,
    /// Labels as name and value: `("source", "sound_card")`.
    pub labels: Vec<(String, String)>,
    /// Description in one sentence.
    pub help: String,
    /// The total so far, or the current value.
    pub value: f64,
}

impl Counter {
    /// A counter without labels.
    pub fn new(name: impl Into<String>, help: impl Into<String>, value: f64) -> Self {
        Self { name: name.into(), labels: Vec::new(), help: help.into(), value }
    }
    /// Adds a label.
    pub fn label(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.labels.push((name.into(), value.into()));
        self
    }
}

/// Formats the counters in the Prometheus text format 0.0.4; samples of one name are consecutive.
pub(crate) fn text(counters: &[Counter]) -> String {
    let mut out = String::new();
    let mut done: Vec<&str> = Vec::new();
    for first in counters {
        if done.contains(&first.name.as_str()) {
            continue;
        }
        done.push(&first.name);
        let name = identifier(&first.name);
        let kind = if name.ends_with("_total") { "counter" } else { "gauge" };
        let help = first.help.replace('\\', "\\\\").replace('\n', "\\n");
        let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for counter in counters.iter().filter(|c| c.name == first.name) {
            let _ = writeln!(out, "{name}{} {}", labels(&counter.labels), counter.value);
        }
    }
    out
}

fn labels(labels: &[(String, String)]) -> String {
    if labels.is_empty() {
        return String::new();
    }
    let escape = |v: &str| v.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    let pairs: Vec<_> =
        labels.iter().map(|(name, value)| format!("{}=\"{}\"", identifier(name), escape(value))).collect();
    format!("{{{}}}", pairs.join(","))
}

/// Replaces every character of a name that Prometheus does not allow.
fn identifier(name: &str) -> String {
    let fit = |(i, c): (usize, char)| {
        let fits = c.is_ascii_alphabetic() || c == '_' || (i > 0 && c.is_ascii_digit());
        if fits { c } else { '_' }
    };
    name.chars().enumerate().map(fit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_of_one_name_stand_together_and_are_escaped() {
        let counters = [
            Counter::new("gaps_total", "Gaps.", 2.0).label("source", "a\"b\\"),
            Counter::new("queue depth", "Now.", 0.5),
            Counter::new("gaps_total", "Gaps.", 3.0).label("source", "line\n2"),
        ];
        let expected = "# HELP gaps_total Gaps.\n# TYPE gaps_total counter\n\
            gaps_total{source=\"a\\\"b\\\\\"} 2\ngaps_total{source=\"line\\n2\"} 3\n\
            # HELP queue_depth Now.\n# TYPE queue_depth gauge\nqueue_depth 0.5\n";
        assert_eq!(text(&counters), expected);
    }
}
