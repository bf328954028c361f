//! Drawings, independent of the output format.

use crate::colormap::Rgb;

/// A drawing. Lengths are in points (1/72 inch), from the upper left corner.
pub struct Drawing {
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
    /// Description of the content, for screen readers.
    pub title: String,
    /// The marks in drawing order.
    pub marks: Vec<Mark>,
}

/// A rectangle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

impl Frame {
    /// Right edge.
    pub fn right(&self) -> f64 {
        self.x + self.width
    }
    /// Lower edge.
    pub fn bottom(&self) -> f64 {
        self.y + self.height
    }
}

/// The alignment of a text relative to its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// The text starts at the position.
    Start,
    /// The text is centred on the position.
    Middle,
    /// The text ends at the position.
    End,
}

/// The direction of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Horizontal, from left to right.
    Across,
    /// Vertical, from bottom to top.
    Up,
}

/// A mark of a drawing.
pub enum Mark {
    /// A line through points.
    Line {
        /// The points.
        points: Vec<[f64; 2]>,
        /// Width.
        width: f64,
        /// Colour.
        colour: Rgb,
        /// Length of dashes and gaps, if the line is dashed.
        dash: Option<f64>,
    },
    /// A text, positioned by its baseline.
    Text {
        /// The position.
        at: [f64; 2],
        /// The font size.
        size: f64,
        /// The alignment.
        anchor: Anchor,
        /// Direction.
        direction: Direction,
        /// Colour.
        colour: Rgb,
        /// The text.
        text: String,
    },
    /// Cells in the colours of magma, top row first.
    Cells {
        /// The rectangle that the cells fill.
        frame: Frame,
        /// Number of cells per row.
        columns: usize,
        /// Indices of colours, row by row.
        cells: Vec<u8>,
    },
}
