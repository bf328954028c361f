//! Splits a file into the units that the format reads: lines, or the data of a container file.

use super::container::Container;
use super::lines::{Line, Lines};
use crate::format::ReadReadings;
use std::io::{self, Read};
use std::ops::Range;

pub enum Cut {
    Lines(Lines),
    Data(Container),
}

macro_rules! either {
    ($cut:expr, $what:ident => $do:expr) => {
        match $cut {
            Cut::Lines($what) => $do,
            Cut::Data($what) => $do,
        }
    };
}

impl Cut {
    /// The name of a unit.
    pub fn unit(&self) -> &'static str {
        match self {
            Cut::Lines(_) => "line",
            Cut::Data(_) => "datum",
        }
    }
    pub fn next(&mut self, format: &mut dyn ReadReadings) -> Option<Line> {
        either!(self, cut => cut.next(format))
    }
    pub fn fill(&mut self) -> io::Result<usize> {
        either!(self, cut => cut.fill())
    }
    pub fn finish(&mut self) -> io::Result<()> {
        either!(self, cut => cut.finish())
    }
    pub fn is_over(&self) -> bool {
        either!(self, cut => cut.is_over())
    }
    pub fn go_on(&mut self, from: Box<dyn Read + Send>) {
        either!(self, cut => cut.go_on(from));
    }
    pub fn bytes(&self, part: Range<usize>) -> &[u8] {
        either!(self, cut => cut.bytes(part))
    }
    pub fn rest(&mut self) -> Vec<u8> {
        either!(self, cut => cut.rest())
    }
}
