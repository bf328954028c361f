//! Renders a drawing as pixels.

use crate::colormap::{Rgb, magma};
use crate::drawing::{Anchor, Direction, Drawing, Frame, Mark};
use crate::font::Font;
use crate::png::{self, Pixels};
use ab_glyph_rasterizer::{Rasterizer, point};

/// Renders a drawing as a PNG with `dpi` pixels per inch.
pub fn write(drawing: &Drawing, dpi: f64) -> Vec<u8> {
    let scale = dpi / 72.0;
    let size = [drawing.width, drawing.height].map(|length| (length * scale).round().max(1.0) as usize);
    let [columns, rows] = size;
    let mut page = Page { columns, rows, scale, pixels: vec![255; 3 * columns * rows], font: Font::new() };
    for mark in &drawing.marks {
        match mark {
            Mark::Line { points, width, colour, dash } => page.line(points, *width, *colour, *dash),
            Mark::Text { at, size, anchor, direction, colour, text } => {
                page.text(*at, *size, (*anchor, *direction), *colour, text);
            }
            Mark::Cells { frame, columns, cells } => page.cells(frame, *columns, cells),
        }
    }
    png::encode(columns, rows, &Pixels::Rgb(&page.pixels), Some(dpi))
}

struct Page {
    columns: usize,
    rows: usize,
    /// Pixels per point.
    scale: f64,
    pixels: Vec<u8>,
    font: Font,
}

impl Page {
    /// Draws cells: each pixel has the colour of the cell that contains its centre.
    fn cells(&mut self, frame: &Frame, columns: usize, cells: &[u8]) {
        let (colours, rows) = (magma(), cells.len() / columns);
        let edge = |at: f64| (at * self.scale).round().max(0.0) as usize;
        let (left, right) = (edge(frame.x), edge(frame.right()).min(self.columns));
        let (top, bottom) = (edge(frame.y), edge(frame.bottom()).min(self.rows));
        for y in top..bottom {
            let row = (y - top) * rows / (bottom - top);
            for x in left..right {
                let column = (x - left) * columns / (right - left);
                let at = 3 * (y * self.columns + x);
                self.pixels[at..at + 3].copy_from_slice(&colours[usize::from(cells[row * columns + column])]);
            }
        }
    }

    fn line(&mut self, points: &[[f64; 2]], width: f64, colour: Rgb, dash: Option<f64>) {
        let scale = self.scale;
        let mut pieces = vec![];
        // position on the line at which the next piece begins, in points
        let mut at = 0.0;
        for two in points.windows(2) {
            let ([x0, y0], [x1, y1]) = (two[0], two[1]);
            let length = (x1 - x0).hypot(y1 - y0);
            let step = dash.unwrap_or(f64::INFINITY);
            let mut done = 0.0;
            while done < length {
                let rest = step - at % step;
                let end = if rest.is_finite() { (done + rest).min(length) } else { length };
                if dash.is_none() || (at / step).floor() % 2.0 == 0.0 {
                    let place = |way: f64| {
                        [x0 + (x1 - x0) * way / length, y0 + (y1 - y0) * way / length].map(|x| x * scale)
                    };
                    pieces.push((place(done), place(end)));
                }
                // past the end of a dash, despite rounding
                at += end - done + if end < length { 1e-9 } else { 0.0 };
                done = end;
            }
        }
        let half = (width * scale).max(1.0) / 2.0;
        self.fill(&pieces, half, colour);
    }

    /// Fills the segments of a line with half width `half`, as one shape.
    fn fill(&mut self, pieces: &[([f64; 2], [f64; 2])], half: f64, colour: Rgb) {
        let corners = |([x0, y0], [x1, y1]): ([f64; 2], [f64; 2])| {
            let length = (x1 - x0).hypot(y1 - y0).max(1e-12);
            let (dx, dy) = (half * (y1 - y0) / length, half * (x1 - x0) / length);
            [[x0 + dx, y0 - dy], [x1 + dx, y1 - dy], [x1 - dx, y1 + dy], [x0 - dx, y0 + dy]]
        };
        let shapes: Vec<_> = pieces.iter().map(|piece| corners(*piece)).collect();
        let Some((origin, mut raster)) = self.raster(shapes.as_flattened()) else { return };
        for shape in &shapes {
            for side in 0..4 {
                let corner = |at: usize| {
                    let [x, y] = shape[at % 4];
                    point((x - origin[0]) as f32, (y - origin[1]) as f32)
                };
                raster.draw_line(corner(side), corner(side + 1));
            }
        }
        self.blend(&raster, origin, colour);
    }

    fn text(
        &mut self,
        [x, y]: [f64; 2],
        size: f64,
        (anchor, direction): (Anchor, Direction),
        colour: Rgb,
        text: &str,
    ) {
        let (size, x, y) = (size * self.scale, x * self.scale, y * self.scale);
        let width = self.font.width(text, size);
        let shift = match anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => -width / 2.0,
            Anchor::End => -width,
        };
        let place = |across: f64, up: f64| match direction {
            Direction::Across => [x + shift + across, y - up],
            Direction::Up => [x - up, y - shift - across],
        };
        let reach = [place(-size, -size), place(width + size, size), place(-size, size), place(width, -size)];
        let Some((origin, mut raster)) = self.raster(&reach) else { return };
        let within = |across: f64, up: f64| {
            let [x, y] = place(across, up);
            point((x - origin[0]) as f32, (y - origin[1]) as f32)
        };
        self.font.outline(text, size, within, &mut raster);
        self.blend(&raster, origin, colour);
    }

    /// A raster that contains these points, and the position of its corner.
    fn raster(&self, points: &[[f64; 2]]) -> Option<([f64; 2], Rasterizer)> {
        let bound = |axis: usize, of: fn(f64, f64) -> f64| points.iter().map(|one| one[axis]).reduce(of);
        let low = [bound(0, f64::min)?, bound(1, f64::min)?].map(|low| low.floor() - 1.0);
        let high = [bound(0, f64::max)?, bound(1, f64::max)?].map(|high| high.ceil() + 1.0);
        // limits memory if points are far outside of the page by mistake
        let [width, height] = [0, 1].map(|axis| (high[axis] - low[axis]).clamp(1.0, 8192.0) as usize);
        Some((low, Rasterizer::new(width, height)))
    }

    /// Blends a colour onto the page, according to the coverage of each pixel.
    fn blend(&mut self, raster: &Rasterizer, origin: [f64; 2], colour: Rgb) {
        let (left, top) = (origin[0] as i64, origin[1] as i64);
        let (columns, rows, pixels) = (self.columns as i64, self.rows as i64, &mut self.pixels);
        raster.for_each_pixel_2d(|x, y, cover| {
            let (x, y) = (left + i64::from(x), top + i64::from(y));
            if cover > 0.0 && (0..columns).contains(&x) && (0..rows).contains(&y) {
                let at = 3 * (y * columns + x) as usize;
                for (below, above) in pixels[at..at + 3].iter_mut().zip(colour) {
                    let cover = cover.min(1.0);
                    *below = (f32::from(*below) * (1.0 - cover) + f32::from(above) * cover).round() as u8;
                }
            }
        });
    }
}
