//! Reads the records of a CSV with their line numbers.

use csv_core::ReadRecordResult as Step;
use passband_signal::{Fault, Result};
use std::io::BufRead;

/// Maximum size of a record in bytes, and maximum number of fields.
const LONGEST: usize = 1 << 20;
const WIDEST: usize = 1 << 14;

/// One record; its buffers are reused.
#[derive(Clone, Debug)]
pub(super) struct Record {
    bytes: Vec<u8>,
    ends: Vec<usize>,
    fields: usize,
    /// The number of records before it, including the header.
    pub row: u32,
    /// The line on which it begins, from 1.
    pub line: u32,
    /// The number of its lines.
    pub lines: u32,
    /// Whether it exceeds the maximum length; its fields are then dropped.
    pub overlong: bool,
    /// Whether a quote in it is never closed, so that it extends to the end of the list.
    pub unclosed: bool,
}

impl Default for Record {
    fn default() -> Self {
        let (bytes, ends) = (vec![0; 4096], vec![0; 64]);
        Self { bytes, ends, fields: 0, row: 0, line: 0, lines: 0, overlong: false, unclosed: false }
    }
}

impl Record {
    pub fn len(&self) -> usize {
        self.fields
    }
    /// A field without surrounding whitespace, if it exists.
    pub fn field(&self, at: usize) -> Option<&[u8]> {
        let end = *self.ends[..self.fields].get(at)?;
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        Some(self.bytes[start..end].trim_ascii())
    }
    /// The text of a field; empty if it does not exist.
    pub fn text(&self, at: usize) -> Result<&str, std::str::Utf8Error> {
        str::from_utf8(self.field(at).unwrap_or_default())
    }
    fn is_blank(&self) -> bool {
        self.fields == 1 && self.field(0) == Some(b"")
    }
    /// A copy without spare capacity.
    pub fn kept(&self) -> Self {
        let ends = self.ends[..self.fields].to_vec();
        let bytes = self.bytes[..ends.last().copied().unwrap_or(0)].to_vec();
        Self { bytes, ends, ..*self }
    }
}

/// Reads records.
pub(super) struct Records<R> {
    input: R,
    parser: csv_core::Reader,
    rows: u32,
    line: u32,
    /// The last byte read.
    last: u8,
}

impl<R: BufRead> Records<R> {
    pub fn new(input: R, delimiter: u8) -> Self {
        let parser = csv_core::ReaderBuilder::new().delimiter(delimiter).build();
        Self { input, parser, rows: 0, line: 1, last: b'\n' }
    }

    /// Reads the next record that is not blank; returns false at the end.
    pub fn next(&mut self, record: &mut Record) -> Result<bool> {
        loop {
            self.skip()?;
            if !self.read(record)? {
                return Ok(false);
            }
            if !record.is_blank() {
                self.rows += 1;
                return Ok(true);
            }
        }
    }

    /// Skips line breaks: blank lines, and the rest of the previous line break.
    fn skip(&mut self) -> Result<()> {
        loop {
            let input = self.input.fill_buf().map_err(unreadable)?;
            let blank = input.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            let all = blank == input.len();
            count(&input[..blank], &mut self.last, &mut self.line);
            self.input.consume(blank);
            if !all || blank == 0 {
                return Ok(());
            }
        }
    }

    fn read(&mut self, record: &mut Record) -> Result<bool> {
        let (mut written, mut fields) = (0, 0);
        let (start, mut quotes) = (self.line, 0);
        record.overlong = false;
        let at_end = loop {
            let input = self.input.fill_buf().map_err(unreadable)?;
            let at_end = input.is_empty();
            let (step, read, wrote, ended) =
                self.parser.read_record(input, &mut record.bytes[written..], &mut record.ends[fields..]);
            count(&input[..read], &mut self.last, &mut self.line);
            quotes += memchr::memchr_iter(b'"', &input[..read]).count();
            self.input.consume(read);
            (written, fields) = (written + wrote, fields + ended);
            match step {
                Step::InputEmpty => {}
                Step::OutputFull if written < LONGEST => record.bytes.resize(2 * written, 0),
                Step::OutputEndsFull if fields < WIDEST => record.ends.resize(2 * fields, 0),
                // skip to the end of the record
                Step::OutputFull | Step::OutputEndsFull => {
                    (record.overlong, written, fields) = (true, 0, 0);
                }
                Step::Record => break at_end,
                Step::End => return Ok(false),
            }
        };
        record.fields = if record.overlong { 0 } else { fields };
        record.row = self.rows;
        record.line = start;
        record.lines = self.line - start + u32::from(!matches!(self.last, b'\r' | b'\n'));
        record.unclosed = at_end && quotes % 2 == 1 && record.lines > 1;
        Ok(true)
    }
}

fn unreadable(why: std::io::Error) -> Fault {
    Fault::new("the list of labels cannot be read").why(why)
}

/// Counts line breaks: LF, CR, or CR LF as one.
fn count(bytes: &[u8], last: &mut u8, line: &mut u32) {
    for at in memchr::memchr2_iter(b'\r', b'\n', bytes) {
        let before = at.checked_sub(1).map_or(*last, |before| bytes[before]);
        *line = line.saturating_add(u32::from(bytes[at] == b'\r' || before != b'\r'));
    }
    *last = bytes.last().copied().unwrap_or(*last);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::BufReader;

    fn lines(text: &str, buffer: usize) -> Vec<(u32, u32, u32, Vec<String>)> {
        let mut records = Records::new(BufReader::with_capacity(buffer, text.as_bytes()), b',');
        let (mut record, mut all) = (Record::default(), vec![]);
        while records.next(&mut record).unwrap() {
            let fields = (0..record.len()).map(|at| record.text(at).unwrap().to_owned()).collect();
            all.push((record.row, record.line, record.lines, fields));
        }
        all
    }

    #[test]
    fn records_have_their_line_with_any_line_break() {
        let text = "a,b\n\n \n1,\"x\ny\"\n2, z \n\n\n3,w";
        for ends in ["\n", "\r\n", "\r"] {
            for buffer in [1, 2, 3, 64] {
                let found = lines(&text.replace('\n', ends), buffer);
                let row_lines: Vec<_> =
                    found.iter().map(|(row, line, lines, _)| (*row, *line, *lines)).collect();
                assert_eq!(row_lines, [(0, 1, 1), (1, 4, 2), (2, 6, 1), (3, 9, 1)], "{ends:?} {buffer}");
                assert_eq!(found[1].3, ["1".to_owned(), format!("x{ends}y")]);
                assert_eq!(found[2].3, ["2", "z"]);
            }
        }
    }

    #[test]
    fn an_endless_record_takes_bounded_memory() {
        let text =
            format!("a,b\n1,\"{}\"\n2,x\n{}\n3,y\n", "word\n".repeat(LONGEST / 2), ",".repeat(4 * WIDEST));
        let mut records = Records::new(text.as_bytes(), b',');
        let (mut record, mut all) = (Record::default(), vec![]);
        while records.next(&mut record).unwrap() {
            all.push((record.overlong, record.len()));
        }
        assert_eq!(all, [(false, 2), (true, 0), (false, 2), (true, 0), (false, 2)]);
        assert!(record.bytes.len() <= 2 * LONGEST && record.ends.len() <= 2 * WIDEST);
    }
}
