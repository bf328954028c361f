//! The learning curve as inline SVG.

use crate::validate::LearningPoint;

const WIDTH: f64 = 480.0;
const HEIGHT: f64 = 240.0;
const LEFT: f64 = 50.0;
const BOTTOM: f64 = 40.0;
const TOP: f64 = 10.0;
const RIGHT: f64 = 20.0;

/// Accuracy from 0 to 1 over training rows, with the majority baseline as a dashed line.
pub(super) fn learning_curve(points: &[LearningPoint], majority: f64) -> String {
    let most = points.iter().map(|point| point.rows).fold(1.0, f64::max);
    let x = |rows: f64| LEFT + rows / most * (WIDTH - LEFT - RIGHT);
    let y = |accuracy: f64| HEIGHT - BOTTOM - accuracy * (HEIGHT - BOTTOM - TOP);
    let mut parts = String::new();
    for quarter in 0..=4 {
        let (value, level) = (f64::from(quarter) / 4.0, y(f64::from(quarter) / 4.0));
        parts += &format!(
            "<line x1=\"{LEFT}\" x2=\"{}\" y1=\"{level:.1}\" y2=\"{level:.1}\" stroke=\"#8884\"/>\
             <text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{value}</text>\n",
            WIDTH - RIGHT,
            LEFT - 6.0,
            level + 4.0
        );
    }
    let line: Vec<String> =
        points.iter().map(|point| format!("{:.1},{:.1}", x(point.rows), y(point.accuracy))).collect();
    parts += &format!(
        "<line x1=\"{LEFT}\" x2=\"{}\" y1=\"{1:.1}\" y2=\"{1:.1}\" stroke=\"currentColor\" \
         stroke-dasharray=\"4 4\"/>\n<polyline points=\"{2}\" fill=\"none\" stroke=\"#2a78d6\" stroke-width=\"2\"/>\n",
        WIDTH - RIGHT,
        y(majority),
        line.join(" ")
    );
    for point in points {
        let (x, y) = (x(point.rows), y(point.accuracy));
        parts += &format!(
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\" fill=\"#2a78d6\"/>\
             <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{:.0}</text>\n",
            HEIGHT - BOTTOM + 16.0,
            point.rows
        );
    }
    format!(
        "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" role=\"img\" fill=\"currentColor\" \
         aria-label=\"Learning curve\">\n{parts}<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">training rows \
         (line: accuracy; dashed: most frequent class)</text>\n</svg>\n",
        WIDTH / 2.0,
        HEIGHT - 6.0
    )
}
