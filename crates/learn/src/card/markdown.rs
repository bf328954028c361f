//! The card as Markdown.

use super::{Part, Section};
use std::fmt::Write;

pub(super) fn write(title: &str, sections: &[Section]) -> String {
    let mut out = format!("# {}\n", escape(title));
    for section in sections {
        // Writing to a string does not fail.
        let _ = writeln!(out, "\n## {}", section.title);
        for part in &section.parts {
            out.push('\n');
            match part {
                Part::Text(text) => out += &(escape(text) + "\n"),
                Part::Items(items) => items.iter().for_each(|item| out += &format!("- {}\n", escape(item))),
                Part::Code(code) => out += &format!("{0}\n{code}\n{0}\n", fence(code)),
                Part::Table(header, rows) => table(&mut out, header, rows),
                Part::Chart => out.truncate(out.len() - 1),
            }
        }
    }
    out
}

fn table(out: &mut String, header: &[String], rows: &[Vec<String>]) {
    let line = |cells: &[String]| {
        format!("| {} |\n", cells.iter().map(|cell| escape(cell)).collect::<Vec<_>>().join(" | "))
    };
    *out += &line(header);
    let rule = (0..header.len()).map(|column| if column == 0 { "---" } else { "---:" });
    *out += &format!("| {} |\n", rule.collect::<Vec<_>>().join(" | "));
    rows.iter().for_each(|row| *out += &line(row));
}

/// A fence that is longer than any in the code.
fn fence(code: &str) -> String {
    let longest = code.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(longest.max(2) + 1)
}

/// Text whose characters mean nothing to Markdown: names of classes and columns come from tables.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '&' => out.extend(['\\', c]),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
