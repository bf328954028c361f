//! Splits bytes into lines, or into rows of several lines if a quoted field of a table continues.

use crate::format::{Decoded, Encoding, Joined, ReadReadings};
use std::io::{self, Read};
use std::ops::Range;

/// Minimum size of a read.
const CHUNK: usize = 1 << 20;
/// Maximum length of a line.
pub const LONGEST: usize = 16 << 20;
/// How much of a longer line is kept.
const KEPT: usize = 1 << 16;
/// Maximum number of lines and bytes of a row with several lines: a quote that is open for longer is not one.
const MOST_LINES: i64 = 100;
const MOST_BYTES: usize = 1 << 20;

type From = Box<dyn Read + Send>;

/// Lines of a file that is read in large pieces.
pub struct Lines {
    from: Decoded<From>,
    buffer: Vec<u8>,
    /// The part of the buffer to be returned, and the offset up to which line ends were searched.
    left: Range<usize>,
    looked: usize,
    /// The start of a line that is too long, and its length so far.
    long: Option<(Vec<u8>, u64)>,
    /// The line end, when it is known: a line feed, or in files of old Macs a carriage return.
    end: Option<u8>,
    /// The number of lines so far of a row that continues, and the length of its first line, with its end.
    open: Option<(i64, usize)>,
    /// The offset of the current line in the rest: after the lines of a row so far.
    part: usize,
    /// Whether the file has ended.
    over: bool,
}

/// One line, or the lines of one row, without the last line end.
pub enum Line {
    /// Its range in [`Lines::bytes`], and its number of lines.
    Whole(Range<usize>, i64),
    /// A line that is too long: its start, and its length.
    Long(Vec<u8>, u64),
}

impl Lines {
    /// Reads a file from its start.
    pub fn new(from: From, encoding: Encoding) -> Self {
        Self {
            from: Decoded::new(from, encoding),
            buffer: vec![],
            left: 0..0,
            looked: 0,
            long: None,
            end: None,
            open: None,
            part: 0,
            over: false,
        }
    }

    /// Continues with another reader, which starts where the last one ended.
    pub fn go_on(&mut self, from: From) {
        self.from.go_on(from);
    }

    /// Marks the end of the file: the bytes after the last line end are a line.
    ///
    /// # Errors   as for the first bytes of a file
    pub fn finish(&mut self) -> io::Result<()> {
        if !std::mem::replace(&mut self.over, true) {
            let last = self.from.finish()?;
            self.buffer.truncate(self.left.end);
            self.buffer.extend(last);
            self.left.end = self.buffer.len();
        }
        Ok(())
    }

    /// Whether [`finish`](Self::finish) was called.
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// The bytes of a line.
    pub fn bytes(&self, line: Range<usize>) -> &[u8] {
        &self.buffer[line]
    }

    /// The next line, if it is complete; or the next row, if the format says that a line continues.
    #[inline]
    pub fn next(&mut self, format: &mut dyn ReadReadings) -> Option<Line> {
        loop {
            let Some(end) = self.find() else { return self.unfinished() };
            let line = self.left.start..end;
            if self.open.is_none() && !(self.long.is_none() && format.goes_on(&self.buffer[line.clone()])) {
                return Some(self.take(line, 1));
            }
            let next = self.part;
            let joined = match self.open {
                None => Joined::Unfinished,
                Some((lines, _)) if lines >= MOST_LINES || line.len() > MOST_BYTES => Joined::No,
                Some(_) => format.joins(&self.buffer[line.clone()], next),
            };
            match (joined, self.open) {
                (Joined::One, Some((lines, _))) => return Some(self.take(line, lines + 1)),
                (Joined::No, _) => return self.first(),
                (_, open) => {
                    self.open =
                        Some(open.map_or((1, end + 1 - line.start), |(lines, first)| (lines + 1, first)));
                    self.looked = self.left.end.min(end + 1);
                    self.part = self.looked - self.left.start;
                    if end == self.left.end {
                        // the last line has no line end
                        return self.first();
                    }
                }
            }
        }
    }

    /// The end of the next unsearched line.
    #[inline]
    fn find(&mut self) -> Option<usize> {
        let here = &self.buffer[self.looked..self.left.end];
        let sign = match self.end {
            Some(sign) => sign,
            None => *self.end.insert(sign(here, self.over)?),
        };
        match memchr::memchr(sign, here) {
            Some(at) => Some(self.looked + at),
            None if self.over && self.left.start + self.part < self.left.end => Some(self.left.end),
            None => None,
        }
    }

    /// Handles an incomplete line.
    #[cold]
    fn unfinished(&mut self) -> Option<Line> {
        // the quote of the row is not closed
        if self.open.is_some() && (self.over || self.left.len() > MOST_BYTES) {
            return self.first();
        }
        if self.over && self.long.is_some() {
            let line = self.left.end..self.left.end;
            return Some(self.take(line, 1));
        }
        if self.end.is_some() {
            self.looked = self.left.end;
        }
        None
    }

    /// The first line of lines that are not a row.
    #[cold]
    fn first(&mut self) -> Option<Line> {
        let (_, length) = self.open.take()?;
        let end = (self.left.start + length).min(self.left.end + 1);
        Some(self.take(self.left.start..end - 1, 1))
    }

    fn take(&mut self, line: Range<usize>, lines: i64) -> Line {
        (self.open, self.part) = (None, 0);
        self.left.start = self.left.end.min(line.end + 1);
        self.looked = self.left.start;
        if let Some((begin, length)) = self.long.take() {
            return Line::Long(begin, length + line.len() as u64);
        }
        if line.len() > LONGEST {
            let begin = self.buffer[line.start..line.start + KEPT].to_vec();
            return Line::Long(begin, line.len() as u64);
        }
        let cut = self.buffer[line.clone()].ends_with(b"\r");
        Line::Whole(line.start..line.end - usize::from(cut), lines)
    }

    /// The remaining bytes, when reading cannot continue.
    pub fn rest(&mut self) -> Vec<u8> {
        let rest = self.buffer[self.left.clone()].to_vec();
        self.left.start = self.left.end;
        match self.long.take() {
            Some((begin, _)) => begin,
            None => rest,
        }
    }

    /// Reads more, and returns the number of bytes: 0 at the end. To be called when there is no next line.
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
        self.looked = if self.end.is_some() { self.left.end } else { 0 };
        // the buffer is doubled for a line that does not fit, so that it is copied only a few times
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
                // return the data before the error; the next read reports the error again
                Err(_) if read > 0 => break,
                Err(error) => return Err(error),
            }
        }
        Ok(read)
    }
}

/// The line end used by a text with this start, if it is known.
#[cold]
fn sign(start: &[u8], over: bool) -> Option<u8> {
    match memchr::memchr2(b'\n', b'\r', start) {
        Some(at) if start[at] == b'\r' && memchr::memchr(b'\n', start).is_none() => match start.get(at + 1) {
            Some(_) => Some(b'\r'),
            None => over.then_some(b'\n'),
        },
        Some(_) => Some(b'\n'),
        None => over.then_some(b'\n'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Arrival, Readings};
    use crate::format::Message;
    use std::sync::Arc;

    /// Returns a text in pieces of a fixed length.
    struct Pieces(Vec<u8>, usize, usize);

    impl Read for Pieces {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let n = self.1.min(into.len()).min(self.0.len() - self.2);
            into[..n].copy_from_slice(&self.0[self.2..self.2 + n]);
            self.2 += n;
            Ok(n)
        }
    }

    /// A format whose rows continue while a quote is open.
    struct Quotes;

    impl ReadReadings for Quotes {
        fn value_names(&self) -> Arc<[String]> {
            [].into()
        }
        fn read(&mut self, _: &Message<'_>, _: Arrival, _: &mut Readings) -> Result<(), String> {
            Ok(())
        }
        fn goes_on(&mut self, line: &[u8]) -> bool {
            memchr::memchr_iter(b'"', line).count() % 2 == 1
        }
        fn joins(&mut self, lines: &[u8], next: usize) -> Joined {
            match memchr::memchr(b'"', &lines[next..]) {
                None => Joined::Unfinished,
                Some(_) if lines.ends_with(b"no\"") => Joined::No,
                Some(_) => Joined::One,
            }
        }
    }

    fn read(text: &[u8], piece: usize) -> Vec<(Vec<u8>, i64)> {
        let mut lines = Lines::new(Box::new(Pieces(text.to_vec(), piece, 0)), Encoding::Auto);
        let mut all = vec![];
        loop {
            match lines.next(&mut Quotes) {
                Some(Line::Whole(range, count)) => all.push((lines.bytes(range).to_vec(), count)),
                Some(Line::Long(begin, length)) => all.push((begin, length as i64)),
                None if lines.fill().unwrap() > 0 => {}
                None if lines.is_over() => return all,
                None => lines.finish().unwrap(),
            }
        }
    }

    fn all(text: &[u8], piece: usize) -> Vec<(Vec<u8>, u64)> {
        let all = read(text, piece).into_iter();
        all.map(|(line, length)| (line, if length == 1 { 0 } else { length as u64 })).collect()
    }

    #[test]
    fn quoted_rows_span_lines_and_invalid_ones_are_split() {
        let many = "x\n".repeat(200);
        for (text, rows) in [
            ("a\n\"b\nc\"\nd\n", vec![("a", 1), ("\"b\nc\"", 2), ("d", 1)]),
            ("\"b\r\n\r\nc\"\r\nd", vec![("\"b\r\n\r\nc\"", 3), ("d", 1)]),
            ("\"b\nc\"", vec![("\"b\nc\"", 2)]),
            ("\"b\nc\nd", vec![("\"b", 1), ("c", 1), ("d", 1)]),
            ("\"b\nc\n", vec![("\"b", 1), ("c", 1)]),
            ("\"b\nno\"\nd\n", vec![("\"b", 1), ("no\"", 1), ("d", 1)]),
            ("\"b", vec![("\"b", 1)]),
            ("a\rb\r\"c\rd\"\re", vec![("a", 1), ("b", 1), ("\"c\rd\"", 2), ("e", 1)]),
            ("a\r\r\nb\n", vec![("a\r", 1), ("b", 1)]),
        ] {
            for piece in [1, 2, 3, 1 << 20] {
                // if the line end is detected from the first bytes, they must be present
                if text.contains("a\r") && piece < 3 {
                    continue;
                }
                let read = read(text.as_bytes(), piece);
                let read: Vec<_> =
                    read.iter().map(|(row, n)| (std::str::from_utf8(row).unwrap(), *n)).collect();
                assert_eq!(read, rows, "{text:?} {piece}");
            }
        }
        let long = read(format!("\"a\n{many}b\n").as_bytes(), 7);
        assert_eq!((long.len(), &long[0], &long[201]), (202, &(b"\"a".to_vec(), 1), &(b"b".to_vec(), 1)));
    }

    #[test]
    fn lines_do_not_depend_on_the_read_size() {
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
    fn an_overlong_line_is_reported_and_the_next_is_read() {
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
