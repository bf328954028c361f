//! What a picture consists of, whatever the format it is written in.

use crate::colormap::Rgb;

/// A picture. Lengths are in points, 1/72 inch, from its upper left corner.
pub struct Drawing {
    /// Its width.
    pub width: f64,
    /// Its height.
    pub height: f64,
    /// What it shows, for readers that cannot see it.
    pub title: String,
    /// Its marks, the lowest first.
    pub marks: Vec<Mark>,
}

/// Left, upper edge, width and height of a rectangle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    /// Its left edge.
    pub x: f64,
    /// Its upper edge.
    pub y: f64,
    /// Its width.
    pub width: f64,
    /// Its height.
    pub height: f64,
}

impl Frame {
    /// Its right edge.
    pub fn right(&self) -> f64 {
        self.x + self.width
    }
    /// Its lower edge.
    pub fn bottom(&self) -> f64 {
        self.y + self.height
    }
}

/// Where a text lies about its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// It begins there.
    Start,
    /// Its middle is there.
    Middle,
    /// It ends there.
    End,
}

/// The direction of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From left to right.
    Across,
    /// From below to above.
    Up,
}

/// A mark of a drawing.
pub enum Mark {
    /// A line through points.
    Line {
        /// The points.
        points: Vec<[f64; 2]>,
        /// Its width.
        width: f64,
        /// Its colour.
        colour: Rgb,
        /// Lengths of dashes and gaps, if it is dashed.
        dash: Option<f64>,
    },
    /// A text at its baseline.
    Text {
        /// Its place.
        at: [f64; 2],
        /// The size of its letters.
        size: f64,
        /// Where it lies about its place.
        anchor: Anchor,
        /// Its direction.
        direction: Direction,
        /// Its colour.
        colour: Rgb,
        /// The text.
        text: String,
    },
    /// Cells in the colours of magma, the upper row first.
    Cells {
        /// Where they lie.
        frame: Frame,
        /// How many there are in a row.
        columns: usize,
        /// Their colours, row after row.
        cells: Vec<u8>,
    },
}
