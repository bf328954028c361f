//! The shape of an earlier message: most messages of a stream differ in their values only, so that what stands between
//! the values is compared and not read. What does not fit is left to the scan, which alone says what is wrong.

use super::scan::{Found, Is, Scan, Wanted, plain};
use crate::format::number::{decimal, length};

/// No more values than that are looked for.
const MOST: usize = 64;
/// A shape is given up when so many messages one after the other do not have it.
const MISSES: u32 = 2;

/// What messages were like.
#[derive(Default)]
pub struct Pattern {
    /// None yet, if there are none.
    values: Vec<Value>,
    /// What stands after the last value.
    end: Box<[u8]>,
    /// Messages that did not fit, one after the other.
    misses: u32,
}

/// A wanted value in a message that fits.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Slot {
    /// A text without escapes, or a number; else missing.
    pub is: Is,
    pub from: usize,
    pub to: usize,
    /// Of a number its value, if it is one of few digits.
    pub number: Option<f64>,
}

struct Value {
    before: Piece,
    text: bool,
    slot: Option<usize>,
}

impl Pattern {
    /// Whether a message that did not fit should be learned from.
    pub fn learns(&self) -> bool {
        self.values.is_empty() || self.misses >= MISSES
    }

    /// Learns from a message that was read, in which the wanted values were `found`; `slots` are then as `read` needs them.
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
            // a field that is there twice is where the reader found it
            let slot = found.iter().position(|found| *found == leaf);
            known += usize::from(slot.is_some());
            let (before, text) = (Piece::new(&bytes[at..leaf.from]), leaf.is == Is::Text);
            self.values.push(Value { before, text, slot });
            at = leaf.to;
        }
        self.end = bytes[at..].into();
        // one value that is two fields, which no shape has
        if known < found.iter().filter(|found| matches!(found.is, Is::Text | Is::Number)).count() {
            *self = Self::default();
        }
        slots.fill(Slot::default());
    }

    /// Reads a message, if it fits: each wanted value into its slot.
    #[inline]
    pub fn read(&mut self, bytes: &[u8], slots: &mut [Slot]) -> bool {
        let fits = self.fits(bytes, slots).is_some();
        self.misses = if fits { 0 } else { self.misses.saturating_add(1) };
        fits
    }

    /// Whether the last message fitted.
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

/// What stands before a value: its first 16 bytes as a number, so that most are compared at once.
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

    /// Its length, if the bytes begin with it.
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
