//! Output: results to standard output, everything else to standard error.

use passband_flow::engine::{Counters, End, Summary, Written};
use passband_signal::Fault;
use passband_signal::address::redact;
use std::io::{ErrorKind, Write};
use std::process::ExitCode;

/// The style of output.
#[derive(Clone, Copy)]
pub struct Print {
    pub quiet: bool,
    pub json: bool,
    pub verbose: bool,
}

/// Prints a text to standard output. A closed pipe (`| head`) is not an error; a full disk is one.
pub fn out(text: &str) -> ExitCode {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            fault(&Fault::new("standard output cannot be written").why(error), false);
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    }
}

/// Prints a line to standard error. A closed pipe is not an error.
pub fn say(line: impl std::fmt::Display) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

pub fn faulty(faults: &[Fault], print: Print) -> ExitCode {
    faults.iter().for_each(|one| fault(one, print.json));
    ExitCode::from(2)
}

/// Prints a fault in four lines, or as JSON.
pub fn fault(fault: &Fault, json: bool) {
    if !json {
        return say(fault);
    }
    let parts = fault.parts().into_iter().filter(|(_, text)| !text.is_empty());
    let parts: serde_json::Map<_, _> = parts.map(|(name, text)| (name.to_owned(), text.into())).collect();
    say(serde_json::Value::Object(parts));
}

/// Prints the outputs and counters at the end of a run.
pub fn summary(summary: &Summary, counters: &Counters, print: Print) {
    let all = counters.all();
    if print.json {
        let counts: serde_json::Map<_, _> =
            all.iter().map(|(name, _, n)| ((*name).to_owned(), (*n).into())).collect();
        let end = format!("{:?}", summary.end).to_lowercase();
        let written: Vec<_> = summary.written.iter().map(json).collect();
        return say(serde_json::json!({
            "end": end, "seconds": summary.seconds, "written": written, "counts": counts
        }));
    }
    if print.quiet {
        return;
    }
    let how = match summary.end {
        End::Complete => "done",
        End::Interrupted => "interrupted",
        End::Failed => "failed",
    };
    say(format_args!("{how} after {:.1} s", summary.seconds));
    summary.written.iter().for_each(|one| say(format_args!("  {}", line(one))));
    if print.verbose {
        for (name, help, value) in all.iter().filter(|(name, _, n)| *n > 0 || matches!(*name, "in" | "out")) {
            say(format_args!("{value:>12}  {:<13} {help}", name.replace('_', " ")));
        }
        return;
    }
    // by default, only counters of lost or irregular data are printed
    let odd =
        ["late", "duplicate", "refused", "gaps", "lost_samples", "incomplete", "contradicted", "left_over"];
    let shown =
        all.iter().filter(|(name, _, n)| matches!(*name, "in" | "out") || *n > 0 && odd.contains(name));
    let shown: Vec<_> =
        shown.map(|(name, _, n)| format!("{} {}", digits(*n), name.replace('_', " "))).collect();
    say(format_args!("  {} (--verbose explains)", shown.join(", ")));
}

fn json(written: &Written) -> serde_json::Value {
    let Written { to, bytes, rows, of, whole } = written;
    serde_json::json!({ "to": redact(to), "bytes": bytes, "rows": rows, "of": of, "whole": whole })
}

/// `windows.ndjson: 1,204 results, 118.2 kB`
fn line(written: &Written) -> String {
    let Written { to, bytes, rows, of, whole } = written;
    let bytes = bytes.map_or(String::new(), |bytes| format!(", {}", size(bytes)));
    let left = if *whole { "" } else { " (incomplete, left under this name)" };
    let to = redact(to);
    format!("{to}: {} {of}{bytes}{left}", digits(*rows))
}

/// A size in bytes with a unit.
pub fn size(bytes: u64) -> String {
    let units = ["kB", "MB", "GB", "TB"];
    let (mut value, mut unit) = (bytes as f64 / 1e3, 0);
    while value >= 999.95 && unit + 1 < units.len() {
        (value, unit) = (value / 1e3, unit + 1);
    }
    if bytes < 1000 { format!("{bytes} bytes") } else { format!("{value:.1} {}", units[unit]) }
}

/// A number with its digits in groups of three.
pub fn digits(n: u64) -> String {
    let text = n.to_string();
    let mut out = String::new();
    for (at, digit) in text.chars().enumerate() {
        if at > 0 && (text.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_sizes_are_formatted() {
        let shown = [0, 999, 1000, 1_234_567].map(digits);
        assert_eq!(shown, ["0", "999", "1,000", "1,234,567"]);
        let shown = [999, 1000, 999_960, 12_345_678, 5_000_000_000_000_000].map(size);
        assert_eq!(shown, ["999 bytes", "1.0 kB", "1.0 MB", "12.3 MB", "5000.0 TB"]);
    }
}
