//! Cuts what is read into lines.

use std::io::{self, Read};
use std::ops::Range;

/// What is read at once, at least.
const CHUNK: usize = 1 << 20;
/// The longest line that is taken.
pub const LONGEST: usize = 16 << 20;
/// What is kept of a longer one.
const KEPT: usize = 1 << 16;

/// Lines of a file that is read in long pieces.
pub struct Lines {
    from: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    /// What of the buffer is still to be given, and from where on no end of a line was looked for yet.
    left: Range<usize>,
    looked: usize,
    /// The beginning of a line that is too long, and its length so far.
    long: Option<(Vec<u8>, u64)>,
}

/// One line, without its end.
pub enum Line {
    /// Where it lies in what [`Lines::bytes`] lends.
    Whole(Range<usize>),
    /// One that is too long: its beginning, and its length.
    Long(Vec<u8>, u64),
}

impl Lines {
    pub fn new(from: Box<dyn Read + Send>) -> Self {
        Self { from, buffer: vec![], left: 0..0, looked: 0, long: None }
    }

    /// Goes on with another reader, which begins where the last one ended.
    pub fn go_on(&mut self, from: Box<dyn Read + Send>) {
        self.from = from;
    }

    /// What lines lie in.
    pub fn bytes(&self, line: Range<usize>) -> &[u8] {
        &self.buffer[line]
    }

    /// The next line, if all of it was read.
    #[inline]
    pub fn next(&mut self) -> Option<Line> {
        let here = &self.buffer[self.looked..self.left.end];
        let Some(at) = memchr::memchr(b'\n', here) else {
            self.looked = self.left.end;
            return None;
        };
        let end = self.looked + at;
        let line = self.left.start..end;
        self.left.start = end + 1;
        self.looked = self.left.start;
        Some(self.line(line))
    }

    /// What follows the last line's end, at the end of the file.
    pub fn rest(&mut self) -> Option<Line> {
        let line = self.left.clone();
        self.left.start = self.left.end;
        self.looked = self.left.end;
        (!line.is_empty() || self.long.is_some()).then(|| self.line(line))
    }

    fn line(&mut self, line: Range<usize>) -> Line {
        if let Some((begin, length)) = self.long.take() {
            return Line::Long(begin, length + line.len() as u64);
        }
        if line.len() > LONGEST {
            let begin = self.buffer[line.start..line.start + KEPT].to_vec();
            return Line::Long(begin, line.len() as u64);
        }
        let cut = self.buffer[line.clone()].ends_with(b"\r");
        Line::Whole(line.start..line.end - usize::from(cut))
    }

    /// Reads more, and gives how many bytes: 0 at the end. To be called when there is no next line.
    pub fn fill(&mut self) -> io::Result<usize> {
        let part = self.left.len();
        if self.long.is_some() || part > LONGEST {
            let here = &self.buffer[self.left.clone()];
            let (_, length) = self.long.get_or_insert_with(|| (here[..KEPT.min(here.len())].to_vec(), 0));
            *length += part as u64;
            self.left = 0..0;
        } else {
            self.buffer.copy_within(self.left.clone(), 0);
            self.left = 0..part;
        }
        self.looked = self.left.end;
        // a line that does not fit makes the buffer twice as long, so that it is copied but a few times
        let wanted = CHUNK.max(2 * self.left.end);
        if self.buffer.len() < wanted {
            self.buffer.resize(wanted, 0);
        }
        let mut read = 0;
        while read == 0 || self.left.end < CHUNK / 2 {
            match self.from.read(&mut self.buffer[self.left.end..]) {
                Ok(0) => break,
                Ok(n) => {
                    self.left.end += n;
                    read += n;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // what came before it is good, and the error comes again
                Err(_) if read > 0 => break,
                Err(error) => return Err(error),
            }
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a text in pieces of that many bytes.
    struct Pieces(Vec<u8>, usize, usize);

    impl Read for Pieces {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let n = self.1.min(into.len()).min(self.0.len() - self.2);
            into[..n].copy_from_slice(&self.0[self.2..self.2 + n]);
            self.2 += n;
            Ok(n)
        }
    }

    fn all(text: &[u8], piece: usize) -> Vec<(Vec<u8>, u64)> {
        let mut lines = Lines::new(Box::new(Pieces(text.to_vec(), piece, 0)));
        let mut all = vec![];
        loop {
            let line = match lines.next() {
                Some(line) => line,
                None if lines.fill().unwrap() > 0 => continue,
                None => match lines.rest() {
                    Some(line) => line,
                    None => return all,
                },
            };
            all.push(match line {
                Line::Whole(range) => (lines.bytes(range).to_vec(), 0),
                Line::Long(begin, length) => (begin, length),
            });
        }
    }

    #[test]
    fn lines_are_the_same_whatever_the_pieces() {
        let text: Vec<u8> =
            (0..3000).flat_map(|i| [vec![b'a' + (i % 26) as u8; i % 911], vec![b'\n']].concat()).collect();
        let right: Vec<_> = text.split(|byte| *byte == b'\n').map(|line| (line.to_vec(), 0)).collect();
        for piece in [1, 7, 4096, 1 << 20, usize::MAX] {
            assert!(all(&text, piece) == right[..right.len() - 1], "{piece}");
        }
        assert_eq!(all(b"a\r\n\nb", 1), [(b"a".to_vec(), 0), (vec![], 0), (b"b".to_vec(), 0)]);
        assert_eq!(all(b"", 1), []);
    }

    #[test]
    fn a_line_that_is_too_long_is_told_and_the_next_is_read() {
        for (length, end) in [(LONGEST, "\n"), (LONGEST + 1, "\n"), (3 * LONGEST, "\n"), (3 * LONGEST, "")] {
            let text =
                ["one\n", &"x".repeat(length), end, if end.is_empty() { "" } else { "three" }].concat();
            let lines = all(text.as_bytes(), 1 << 20);
            assert_eq!(lines[0].0, b"one");
            assert_eq!(lines[1].1, if length > LONGEST { length as u64 } else { 0 });
            assert_eq!(lines[1].0.len(), if length > LONGEST { KEPT } else { length });
            assert_eq!(lines.get(2).map(|line| &line.0[..]), (!end.is_empty()).then_some(&b"three"[..]));
        }
    }
}
