//! The shape of the previous message: most messages of a stream differ in their values only, so the bytes between the
//! values are compared instead of parsed. Other messages are left to the scanner, which also reports errors.

use super::scan::{Found, Is, Scan, Wanted, plain};
use crate::format::number::{decimal, length};

/// Maximum number of values in a shape.
const MOST: usize = 64;
/// A shape is discarded after this number of consecutive mismatches.
const MISSES: u32 = 2;

/// The shape.
#[derive(Default)]
pub struct Pattern {
    /// The values; empty if there is no shape.
    values: Vec<Value>,
    /// The bytes after the last value.
    end: Box<[u8]>,
    /// Number of consecutive mismatches.
    misses: u32,
}

/// A selected value in a message that matches.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Slot {
    /// A text without escapes, or a number; otherwise missing.
    pub is: Is,
    pub from: usize,
    pub to: usize,
    /// The parsed number, if it has few digits.
    pub number: Option<f64>,
}

struct Value {
    before: Piece,
    text: bool,
    slot: Option<usize>,
}

impl Pattern {
    /// Whether a shape should be learned from a message that did not match.
    pub fn learns(&self) -> bool {
        self.values.is_empty() || self.misses >= MISSES
    }

    /// Learns the shape of a message whose selected values are `found`; `slots` is resized for `read`.
    pub fn learn(&mut self, text: &str, wanted: &Wanted, found: &[Found], slots: &mut [Slot]) {
        *self = Self::default();
        let whole = |found: &Found| matches!(found.is, Is::Text | Is::Number | Is::Missing | Is::Null);
        if !found.iter().all(whole) {
            return;
        }
        let Some(leaves) = Scan::leaves(text, wanted, found.len()).filter(|leaves| leaves.len() <= MOST)
        else {
            return;
        };
        let (bytes, mut at, mut known) = (text.as_bytes(), 0, 0);
        for leaf in leaves {
            // a field that occurs twice is at the position that the reader found
            let slot = found.iter().position(|found| *found == leaf);
            known += usize::from(slot.is_some());
            let (before, text) = (Piece::new(&bytes[at..leaf.from]), leaf.is == Is::Text);
            self.values.push(Value { before, text, slot });
            at = leaf.to;
        }
        self.end = bytes[at..].into();
        // a value that is selected twice has no place in a shape
        if known < found.iter().filter(|found| matches!(found.is, Is::Text | Is::Number)).count() {
            *self = Self::default();
        }
        slots.fill(Slot::default());
    }

    /// Reads a message, if it matches: each selected value into its slot.
    #[inline]
    pub fn read(&mut self, bytes: &[u8], slots: &mut [Slot]) -> bool {
        let fits = self.fits(bytes, slots).is_some();
        self.misses = if fits { 0 } else { self.misses.saturating_add(1) };
        fits
    }

    /// Whether the last message matched.
    #[cfg(test)]
    pub fn fitted(&self) -> bool {
        !self.values.is_empty() && self.misses == 0
    }

    #[inline]
    fn fits(&self, bytes: &[u8], slots: &mut [Slot]) -> Option<()> {
        let mut at = 0;
        for Value { before, text, slot } in &self.values {
            let from = at + before.length(&bytes[at..])?;
            let here = &bytes[from..];
            let (length, number) = match text {
                true => (words(here)?, None),
                false => {
                    match decimal(here).filter(|(end, _)| !matches!(here.get(*end), Some(b'e' | b'E'))) {
                        Some((length, value)) => (length, Some(value)),
                        None => (length(here)?, None),
                    }
                }
            };
            at = from + length;
            if let Some(slot) = slot {
                slots[*slot] = Slot { is: if *text { Is::Text } else { Is::Number }, from, to: at, number };
            }
        }
        (!self.values.is_empty() && bytes[at..] == *self.end).then_some(())
    }
}

/// The length of a text without escapes, up to its quote.
#[inline]
fn words(bytes: &[u8]) -> Option<usize> {
    let length = plain(bytes);
    let text = &bytes[..length];
    (bytes.get(length) == Some(&b'"') && (text.is_ascii() || std::str::from_utf8(text).is_ok()))
        .then_some(length)
}

/// The bytes before a value, with the first 16 as a number, so that most comparisons take one step.
struct Piece {
    head: u128,
    mask: u128,
    bytes: Box<[u8]>,
}

impl Piece {
    fn new(bytes: &[u8]) -> Self {
        let (mut head, mut mask) = ([0; 16], [0; 16]);
        for (at, byte) in bytes.iter().take(16).enumerate() {
            (head[at], mask[at]) = (*byte, 0xff);
        }
        Self { head: u128::from_le_bytes(head), mask: u128::from_le_bytes(mask), bytes: bytes.into() }
    }

    /// The length, if the bytes start with it.
    #[inline]
    fn length(&self, bytes: &[u8]) -> Option<usize> {
        let length = self.bytes.len();
        let same = match bytes.first_chunk() {
            Some(head) if length <= 16 => (u128::from_le_bytes(*head) ^ self.head) & self.mask == 0,
            _ => bytes.starts_with(&self.bytes),
        };
        same.then_some(length)
    }
}
