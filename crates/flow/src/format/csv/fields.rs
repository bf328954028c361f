//! Splits a line into fields.

use memchr::memchr;
use std::borrow::Cow;

/// The fields of a line.
#[derive(Default)]
pub struct Fields(Vec<Field>);

#[derive(Clone, Copy)]
struct Field {
    from: usize,
    to: usize,
    /// Whether it contains doubled quotes.
    doubled: bool,
}

/// An error in the quotes of a line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Broken {
    /// The quote at that byte is not closed.
    Open(usize),
    /// Something follows the closing quote at that byte.
    Follows(usize),
}

impl std::fmt::Display for Broken {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Open(at) => write!(out, "the quote at byte {at} is not closed in its row"),
            Self::Follows(at) => write!(out, "something follows the closing quote at byte {at}"),
        }
    }
}

impl Fields {
    /// Splits a line as defined by RFC 4180; spaces around a quoted field are allowed.
    pub fn split(&mut self, line: &[u8], delimiter: u8) -> Result<(), Broken> {
        self.0.clear();
        if memchr(b'"', line).is_none() {
            let mut from = 0;
            for (at, byte) in line.iter().enumerate() {
                if *byte == delimiter {
                    self.0.push(Field { from, to: at, doubled: false });
                    from = at + 1;
                }
            }
            self.0.push(Field { from, to: line.len(), doubled: false });
            return Ok(());
        }
        let mut at = 0;
        loop {
            let blanks = line[at..].iter().take_while(|byte| **byte == b' ' && delimiter != b' ').count();
            let (field, end) = match line.get(at + blanks) {
                Some(b'"') => {
                    let field = quoted(line, at + blanks)?;
                    let after = &line[field.to + 1..];
                    let blanks = after.iter().take_while(|byte| **byte == b' ' && delimiter != b' ').count();
                    (field, field.to + 1 + blanks)
                }
                _ => {
                    let to = at + line[at..].iter().take_while(|byte| **byte != delimiter).count();
                    (Field { from: at, to, doubled: false }, to)
                }
            };
            self.0.push(field);
            match line.get(end) {
                None => return Ok(()),
                Some(byte) if *byte == delimiter => at = end + 1,
                Some(_) => return Err(Broken::Follows(end)),
            }
        }
    }
    /// Number of fields.
    pub fn len(&self) -> usize {
        self.0.len()
    }
    /// The content of a field, without surrounding space; empty if there is no such field.
    #[inline]
    pub fn get<'a>(&self, index: usize, line: &'a [u8]) -> Cow<'a, [u8]> {
        let Some(Field { from, to, doubled }) = self.0.get(index).copied() else { return Cow::default() };
        let text = line[from..to].trim_ascii();
        if doubled { single(text).into() } else { text.into() }
    }
    /// Whether a field is empty.
    pub fn is_empty(&self, index: usize, line: &[u8]) -> bool {
        self.0.get(index).is_none_or(|field| line[field.from..field.to].trim_ascii().is_empty())
    }
}

/// Replaces doubled quotes by single ones.
#[cold]
fn single(text: &[u8]) -> Vec<u8> {
    let mut single = Vec::with_capacity(text.len());
    let mut bytes = text.iter();
    while let Some(byte) = bytes.next() {
        single.push(*byte);
        if *byte == b'"' {
            bytes.next();
        }
    }
    single
}

/// The field whose opening quote is at this byte.
fn quoted(line: &[u8], open: usize) -> Result<Field, Broken> {
    let (mut at, mut doubled) = (open + 1, false);
    loop {
        let Some(quote) = memchr(b'"', &line[at..]) else { return Err(Broken::Open(open)) };
        at += quote;
        match line.get(at + 1) {
            Some(b'"') => {
                doubled = true;
                at += 2;
            }
            _ => return Ok(Field { from: open + 1, to: at, doubled }),
        }
    }
}
