//! The font of PNG files: DejaVu Sans, subset to Latin, Greek and Cyrillic letters.

use ab_glyph_rasterizer::{Point, Rasterizer, point};
use ttf_parser::{Face, OutlineBuilder};

/// The font file. Its license is in the same folder.
static BYTES: &[u8] = include_bytes!("DejaVuSans.ttf");

/// The parsed font.
pub struct Font(Option<Face<'static>>);

impl Font {
    /// Parses the embedded font.
    pub fn new() -> Font {
        Font(Face::parse(BYTES, 0).ok())
    }

    /// The width of a text at a font size, in the unit of the size.
    pub fn width(&self, text: &str, size: f64) -> f64 {
        let Some(face) = &self.0 else { return 0.0 };
        text.chars().map(|c| advance(face, c)).sum::<f64>() * size / f64::from(face.units_per_em())
    }

    /// Adds the outlines of a text to a raster. `place` maps a point of the text, in the unit of the size and with y
    /// upwards, to the raster. Characters that the font lacks are drawn as boxes.
    pub fn outline(&self, text: &str, size: f64, place: impl Fn(f64, f64) -> Point, to: &mut Rasterizer) {
        let Some(face) = &self.0 else { return };
        let scale = size / f64::from(face.units_per_em());
        let mut x = 0.0;
        for c in text.chars() {
            let map = |dx: f32, dy: f32| place((x + f64::from(dx)) * scale, f64::from(dy) * scale);
            let mut outline = Outline { map, to, first: point(0.0, 0.0), last: point(0.0, 0.0) };
            face.outline_glyph(face.glyph_index(c).unwrap_or_default(), &mut outline);
            x += advance(face, c);
        }
    }
}

fn advance(face: &Face<'_>, c: char) -> f64 {
    f64::from(face.glyph_hor_advance(face.glyph_index(c).unwrap_or_default()).unwrap_or(0))
}

struct Outline<'a, F> {
    map: F,
    to: &'a mut Rasterizer,
    first: Point,
    last: Point,
}

impl<F: Fn(f32, f32) -> Point> OutlineBuilder for Outline<'_, F> {
    fn move_to(&mut self, x: f32, y: f32) {
        self.first = (self.map)(x, y);
        self.last = self.first;
    }
    fn line_to(&mut self, x: f32, y: f32) {
        let to = (self.map)(x, y);
        self.to.draw_line(self.last, to);
        self.last = to;
    }
    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let (by, to) = ((self.map)(x1, y1), (self.map)(x, y));
        self.to.draw_quad(self.last, by, to);
        self.last = to;
    }
    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let (by, then, to) = ((self.map)(x1, y1), (self.map)(x2, y2), (self.map)(x, y));
        self.to.draw_cubic(self.last, by, then, to);
        self.last = to;
    }
    fn close(&mut self) {
        self.to.draw_line(self.last, self.first);
        self.last = self.first;
    }
}
