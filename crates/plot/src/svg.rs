//! Renders a drawing as SVG.

use crate::colormap::{Rgb, magma};
use crate::drawing::{Anchor, Direction, Drawing, Mark};
use crate::png::{self, Pixels};
use base64::Engine;
use std::fmt::Write;

/// The line that names the program that wrote the file.
pub const SOFTWARE: &str = "<!-- Passband -->";

/// Renders a drawing as SVG 1.1. Text remains text, in a font of the viewer.
pub fn write(drawing: &Drawing) -> String {
    let Drawing { width, height, title, marks } = drawing;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" width=\"{width}pt\" \
         height=\"{height}pt\" viewBox=\"0 0 {width} {height}\" font-family=\"DejaVu Sans, Verdana, Arial, sans-serif\">\n\
         {SOFTWARE}\n<title>{}</title>\n<rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>\n",
        escaped(title)
    );
    for mark in marks {
        put(&mut svg, mark);
        svg.push('\n');
    }
    svg.push_str("</svg>\n");
    svg
}

fn put(svg: &mut String, mark: &Mark) {
    // writing to a String cannot fail
    let _ = match mark {
        Mark::Line { points, width, colour, dash } => {
            let dash = dash.map_or(String::new(), |dash| format!(" stroke-dasharray=\"{dash}\""));
            let points: Vec<String> = points.iter().map(|[x, y]| format!("{x:.2},{y:.2}")).collect();
            let points = points.join(" ");
            let colour = hex(*colour);
            write!(
                svg,
                "<polyline points=\"{points}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\"{dash}/>"
            )
        }
        Mark::Text { at: [x, y], size, anchor, direction, colour, text } => {
            let anchor = match anchor {
                Anchor::Start => "start",
                Anchor::Middle => "middle",
                Anchor::End => "end",
            };
            let turned = match direction {
                Direction::Across => String::new(),
                Direction::Up => format!(" transform=\"rotate(-90 {x:.2} {y:.2})\""),
            };
            let (colour, text) = (hex(*colour), escaped(text));
            write!(
                svg,
                "<text x=\"{x:.2}\" y=\"{y:.2}\" font-size=\"{size}\" text-anchor=\"{anchor}\" fill=\"{colour}\"{turned}>{text}</text>"
            )
        }
        Mark::Cells { frame, columns, cells } => {
            let png = png::encode(*columns, cells.len() / columns, &Pixels::Indexed(&magma(), cells), None);
            let png = base64::engine::general_purpose::STANDARD.encode(png);
            write!(
                svg,
                "<image x=\"{:.2}\" y=\"{:.2}\" width=\"{:.2}\" height=\"{:.2}\" preserveAspectRatio=\"none\" \
                 style=\"image-rendering:pixelated\" xlink:href=\"data:image/png;base64,{png}\"/>",
                frame.x, frame.y, frame.width, frame.height
            )
        }
    };
}

fn hex([red, green, blue]: Rgb) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// Escapes a text for XML, without the characters that XML does not allow.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_cannot_break_the_markup() {
        assert_eq!(escaped("a<b>&\"c\"\u{1b}"), "a&lt;b&gt;&amp;&quot;c&quot;\u{fffd}");
    }
}
