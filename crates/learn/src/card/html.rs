//! The card as an HTML page.

use super::{Part, Section, chart};
use crate::report::Report;

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em;\
color-scheme:light dark}table{border-collapse:collapse;display:block;overflow-x:auto}\
th,td{padding:.2em .7em;border-bottom:1px solid #8884;text-align:right}\
th:first-child,td:first-child{text-align:left}code{background:#8882;padding:.1em .3em;overflow-wrap:anywhere}\
svg{max-width:100%;font-size:12px}";

pub(super) fn write(title: &str, sections: &[Section], report: &Report) -> String {
    let title = escape(title);
    let body: String = sections
        .iter()
        .map(|section| {
            let parts: String = section.parts.iter().map(|part| html(part, report)).collect();
            format!("<h2>{}</h2>\n{parts}", escape(section.title))
        })
        .collect();
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n<style>{STYLE}</style>\n\
         </head>\n<body>\n<h1>{title}</h1>\n{body}</body>\n</html>\n"
    )
}

fn html(part: &Part, report: &Report) -> String {
    match part {
        Part::Text(text) => format!("<p>{}</p>\n", escape(text)),
        Part::Code(code) => format!("<p><code>{}</code></p>\n", escape(code)),
        Part::Items(items) => {
            let items: String = items.iter().map(|item| format!("<li>{}</li>\n", escape(item))).collect();
            format!("<ul>\n{items}</ul>\n")
        }
        Part::Table(header, rows) => {
            let line = |cells: &[String], tag: &str| {
                let cells: String =
                    cells.iter().map(|cell| format!("<{tag}>{}</{tag}>", escape(cell))).collect();
                format!("<tr>{cells}</tr>\n")
            };
            let rows: String = rows.iter().map(|row| line(row, "td")).collect();
            format!("<table>\n{}{rows}</table>\n", line(header, "th"))
        }
        Part::Chart => chart::learning_curve(&report.learning_curve, report.majority),
    }
}

pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
