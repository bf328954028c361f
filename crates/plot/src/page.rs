//! A page of panels with a common time axis.

use crate::axis::{self, Tick};
use crate::colormap::Rgb;
use crate::drawing::{Anchor, Direction, Drawing, Frame, Mark};
use crate::font::Font;

/// Colour of all texts.
const INK: Rgb = [26, 26, 26];
/// Size of the smallest texts: 8 pt.
pub const SMALL: f64 = 8.0;
/// Width of the page: 7.5 inches, within A4 and letter.
const WIDTH: f64 = 540.0;
const LEFT: f64 = 62.0;
const RIGHT: f64 = 58.0;

/// A page under construction.
pub struct Page {
    /// The marks on the page.
    pub marks: Vec<Mark>,
    /// The font, which measures texts.
    pub font: Font,
    duration_s: f64,
    bottom: f64,
}

/// The vertical axis of a panel: label, and ticks from bottom to top.
pub struct Axis {
    /// Quantity and unit.
    pub label: &'static str,
    /// The ticks.
    pub ticks: Vec<Tick>,
}

impl Page {
    /// Creates a page with a title and a line below it.
    pub fn new(title: &str, below: &str, duration_s: f64) -> Page {
        let mut page = Page { marks: vec![], font: Font::new(), duration_s, bottom: 46.0 };
        let title = page.shortened(title, 14.0, WIDTH - 32.0);
        page.text([16.0, 24.0], 14.0, Anchor::Start, title);
        page.text([16.0, 40.0], 9.0, Anchor::Start, below.to_owned());
        page
    }

    /// Truncates a text to a width.
    fn shortened(&self, text: &str, size: f64, width: f64) -> String {
        if self.font.width(text, size) <= width {
            return text.to_owned();
        }
        let mut kept: Vec<char> = text.chars().take(400).collect();
        loop {
            let shorter: String = kept.iter().chain(&['…']).collect();
            if kept.pop().is_none() || self.font.width(&shorter, size) <= width {
                return shorter;
            }
        }
    }

    /// Adds a panel below the last one, with a title above it and `above` extra points of space below the title.
    pub fn panel(&mut self, title: &str, above: f64, height: f64) -> Frame {
        let y = self.bottom + 20.0 + above;
        self.text([LEFT, y - 5.0 - above], 9.0, Anchor::Start, title.to_owned());
        self.bottom = y + height;
        Frame { x: LEFT, y, width: WIDTH - LEFT - RIGHT, height }
    }

    /// Draws the frame of a panel, its axis on the left, and ticks of time below.
    pub fn axes(&mut self, frame: &Frame, axis: &Axis) {
        for (place, label) in &axis.ticks {
            let y = frame.bottom() - place * frame.height;
            self.line(vec![[frame.x - 3.0, y], [frame.x, y]], 0.6, INK, None);
            self.text([frame.x - 5.0, y + 2.9], SMALL, Anchor::End, label.clone());
        }
        let at = [18.0, frame.y + frame.height / 2.0];
        self.marks.push(Mark::Text {
            at,
            size: SMALL,
            anchor: Anchor::Middle,
            direction: Direction::Up,
            colour: INK,
            text: axis.label.to_owned(),
        });
        for (place, _) in axis::time(self.duration_s) {
            let x = frame.x + place * frame.width;
            self.line(vec![[x, frame.bottom()], [x, frame.bottom() + 3.0]], 0.6, INK, None);
        }
        self.border(frame);
    }

    /// Draws a colour bar to the right of a panel, with ticks and a label.
    pub fn colour_bar(&mut self, panel: &Frame, axis: &Axis) {
        let frame = Frame { x: panel.right() + 8.0, width: 7.0, ..*panel };
        self.marks.push(Mark::Cells { frame, columns: 1, cells: (0..=255).rev().collect() });
        for (place, label) in &axis.ticks {
            let y = frame.bottom() - place * frame.height;
            self.line(vec![[frame.right(), y], [frame.right() + 3.0, y]], 0.6, INK, None);
            // labels at the ends stay within the height of the bar
            let y = (y + 2.9).clamp(frame.y + 6.0, frame.bottom());
            self.text([frame.right() + 5.0, y], SMALL, Anchor::Start, label.clone());
        }
        self.text([frame.x, frame.y - 5.0], SMALL, Anchor::Start, axis.label.to_owned());
        self.border(&frame);
    }

    fn border(&mut self, frame: &Frame) {
        let [left, right, top, bottom] = [frame.x, frame.right(), frame.y, frame.bottom()];
        let around = vec![[left, top], [right, top], [right, bottom], [left, bottom], [left, top]];
        self.line(around, 0.6, INK, None);
    }

    /// Draws a line.
    pub fn line(&mut self, points: Vec<[f64; 2]>, width: f64, colour: Rgb, dash: Option<f64>) {
        self.marks.push(Mark::Line { points, width, colour, dash });
    }

    /// Draws a text.
    pub fn text(&mut self, at: [f64; 2], size: f64, anchor: Anchor, text: String) {
        self.marks.push(Mark::Text { at, size, anchor, direction: Direction::Across, colour: INK, text });
    }

    /// The x coordinate of a time in a panel.
    pub fn x(&self, frame: &Frame, time_s: f64) -> f64 {
        frame.x + (time_s / self.duration_s).clamp(0.0, 1.0) * frame.width
    }

    /// Labels the time axis below the last panel and completes the page.
    pub fn finish(mut self, title: String) -> Drawing {
        for (place, label) in axis::time(self.duration_s) {
            let x = LEFT + place * (WIDTH - LEFT - RIGHT);
            self.text([x, self.bottom + 12.0], SMALL, Anchor::Middle, label);
        }
        let middle = LEFT + (WIDTH - LEFT - RIGHT) / 2.0;
        self.text([middle, self.bottom + 25.0], SMALL, Anchor::Middle, "Time (minutes:seconds)".into());
        Drawing { width: WIDTH, height: (self.bottom + 34.0).ceil(), title, marks: self.marks }
    }
}
