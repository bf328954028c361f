//! The encoding of a text file: UTF-8 is passed through, any other encoding is decoded to UTF-8 while reading.

use encoding_rs::{CoderResult, Decoder, Encoding as Table, UTF_16BE, UTF_16LE};
use std::io::{self, Read};

/// The byte order marks of UTF-8 and UTF-32.
const UTF_8_MARK: &[u8] = b"\xef\xbb\xbf";
const UTF_32_MARKS: [&[u8]; 2] = [b"\xff\xfe\0\0", b"\0\0\xfe\xff"];
/// Bytes that are sufficient to detect the encoding.
const HEAD: usize = 4;
/// Bytes decoded at once.
const PIECE: usize = 1 << 16;

/// The encoding of a text file.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Encoding {
    /// UTF-8, or UTF-16 if there is a byte order mark or zero bytes in the first two characters.
    #[default]
    Auto,
    /// A named encoding; a byte order mark takes precedence.
    Named(&'static Table),
}

impl Encoding {
    /// Finds an encoding by name: `auto`, or a label of the WHATWG Encoding Standard, such as `utf-8`, `utf-16le`, `latin-1`
    /// or `windows-1252`. As in that standard, `latin-1` is read as its superset `windows-1252`.
    ///
    /// # Errors   an unknown name
    pub fn named(name: &str) -> Result<Self, String> {
        let label = match name.trim().to_ascii_lowercase().as_str() {
            "auto" => return Ok(Self::Auto),
            "latin-1" | "latin 1" => "latin1".to_owned(),
            "utf16" | "utf_16" => "utf-16".to_owned(),
            "cp1252" | "ansi" => "windows-1252".to_owned(),
            other => other.to_owned(),
        };
        match Table::for_label(label.as_bytes()) {
            Some(table) if table.output_encoding() == table || table == UTF_16LE || table == UTF_16BE => {
                Ok(Self::Named(table))
            }
            _ => Err(format!(
                "there is no encoding '{name}'; there are auto, utf-8, utf-16le, utf-16be, latin-1, windows-1252 and the \
                 others of the WHATWG Encoding Standard"
            )),
        }
    }

    /// The decoder for a text with this start; `Some(None)` for pass-through, `None` if more bytes are needed.
    fn decoder(self, head: &[u8], whole: bool) -> io::Result<Option<Option<Decoder>>> {
        if head.len() < HEAD && !whole {
            return Ok(None);
        }
        let utf_32 = UTF_32_MARKS.iter().any(|mark| head.starts_with(mark));
        let table = match (self, head) {
            (Self::Named(table), _) => table,
            _ if utf_32 => {
                let why = "its byte order mark is that of UTF-32: save it as UTF-8";
                return Err(io::Error::new(io::ErrorKind::InvalidData, why));
            }
            (Self::Auto, [0xff, 0xfe, ..]) => UTF_16LE,
            (Self::Auto, [0xfe, 0xff, ..]) => UTF_16BE,
            // two characters of ASCII
            (Self::Auto, [1..=0x7f, 0, 1..=0x7f, 0, ..]) => UTF_16LE,
            (Self::Auto, [0, 1..=0x7f, 0, 1..=0x7f, ..]) => UTF_16BE,
            (Self::Auto, _) => return Ok(Some(None)),
        };
        // malformed UTF-8 is passed on, so that the readers can refuse it
        let plain = table == encoding_rs::UTF_8 && !matches!(head, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]);
        Ok(Some((!plain).then(|| table.new_decoder())))
    }
}

/// A reader that decodes text to UTF-8, without its byte order mark.
///
/// Bytes that cannot be decoded become U+FFFD, except in UTF-8, whose bytes are passed through.
pub struct Decoded<R> {
    from: R,
    encoding: Encoding,
    state: State,
}

enum State {
    /// The first bytes, until the encoding is known.
    Head(Vec<u8>),
    /// UTF-8: bytes that were read for detection, and the number of them already returned.
    Plain(Vec<u8>, usize),
    Coded(Box<Coded>),
}

struct Coded {
    decoder: Decoder,
    /// Bytes that are not decoded yet, from the given index.
    raw: Vec<u8>,
    at: usize,
    /// Decoded text that has not been returned yet.
    text: Vec<u8>,
    given: usize,
}

impl<R: Read> Decoded<R> {
    /// Reads a text from its start.
    pub fn new(from: R, encoding: Encoding) -> Self {
        Self { from, encoding, state: State::Head(vec![]) }
    }

    /// Continues with another reader, which starts at the byte where the last one ended.
    pub fn go_on(&mut self, from: R) {
        self.from = from;
    }

    /// The rest at the end of the text: bytes of a text too short to detect its encoding, or an incomplete character.
    ///
    /// # Errors   as for the first bytes of a text
    pub fn finish(&mut self) -> io::Result<Vec<u8>> {
        if matches!(self.state, State::Head(_)) {
            self.start(true)?;
        }
        let mut text = vec![];
        match &mut self.state {
            State::Head(_) => {}
            State::Plain(bytes, at) => {
                text = bytes.split_off(*at);
                bytes.clear();
                *at = 0;
            }
            State::Coded(coded) => {
                coded.decode(true);
                text = coded.text.split_off(coded.given);
                coded.text.clear();
                coded.given = 0;
            }
        }
        Ok(text)
    }

    /// Determines the encoding, if enough was read or the text has ended.
    fn start(&mut self, whole: bool) -> io::Result<()> {
        let State::Head(head) = &mut self.state else { return Ok(()) };
        let Some(decoder) = self.encoding.decoder(head, whole)? else { return Ok(()) };
        let head = std::mem::take(head);
        self.state = match decoder {
            Some(decoder) => {
                State::Coded(Box::new(Coded { decoder, raw: head, at: 0, text: vec![], given: 0 }))
            }
            None => {
                let at = if head.starts_with(UTF_8_MARK) { UTF_8_MARK.len() } else { 0 };
                State::Plain(head, at)
            }
        };
        Ok(())
    }
}

impl Coded {
    /// Decodes the bytes that were read.
    fn decode(&mut self, last: bool) {
        self.text.clear();
        self.given = 0;
        loop {
            let raw = &self.raw[self.at..];
            let capacity = self.decoder.max_utf8_buffer_length(raw.len()).unwrap_or(3 * raw.len() + 16);
            let from = self.text.len();
            self.text.resize(from + capacity, 0);
            let (result, read, written, _) = self.decoder.decode_to_utf8(raw, &mut self.text[from..], last);
            self.text.truncate(from + written);
            self.at += read;
            if result == CoderResult::InputEmpty {
                break;
            }
        }
        self.raw.clear();
        self.at = 0;
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while let State::Head(head) = &mut self.state {
            let have = head.len();
            head.resize(HEAD, 0);
            let read = self.from.read(&mut head[have..]);
            head.truncate(have + *read.as_ref().unwrap_or(&0));
            if read? == 0 {
                return Ok(0);
            }
            self.start(false)?;
        }
        match &mut self.state {
            State::Head(_) => Ok(0),
            State::Plain(bytes, at) if *at < bytes.len() => {
                let n = into.len().min(bytes.len() - *at);
                into[..n].copy_from_slice(&bytes[*at..*at + n]);
                *at += n;
                Ok(n)
            }
            State::Plain(..) => self.from.read(into),
            State::Coded(coded) => {
                while coded.given == coded.text.len() {
                    if coded.raw.is_empty() {
                        coded.raw.resize(PIECE, 0);
                        let read = self.from.read(&mut coded.raw);
                        coded.raw.truncate(*read.as_ref().unwrap_or(&0));
                        if read? == 0 {
                            return Ok(0);
                        }
                    }
                    coded.decode(false);
                }
                let n = into.len().min(coded.text.len() - coded.given);
                into[..n].copy_from_slice(&coded.text[coded.given..coded.given + n]);
                coded.given += n;
                Ok(n)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns bytes in pieces of a fixed length.
    struct Pieces<'a>(&'a [u8], usize);

    impl Read for Pieces<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let n = self.1.min(into.len()).min(self.0.len());
            into[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }

    fn decoded(bytes: &[u8], encoding: &str, piece: usize) -> Vec<u8> {
        let mut decoded = Decoded::new(Pieces(bytes, piece), Encoding::named(encoding).unwrap());
        let mut text = vec![];
        decoded.read_to_end(&mut text).unwrap();
        text.extend(decoded.finish().unwrap());
        text
    }

    fn utf_16(text: &str, big: bool) -> Vec<u8> {
        text.encode_utf16()
            .flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() })
            .collect()
    }

    #[test]
    fn decoded_text_does_not_depend_on_encoding_or_read_size() {
        let text = "ts;temp °C;Zürich 🌡\n1;2;3\n".repeat(3);
        let marked = format!("\u{feff}{text}");
        let western = "ts;temp °C;Zürich\n1;2;€\n";
        let mut windows: Vec<u8> =
            western.chars().map(|c| if c == '€' { 0x80 } else { c as u32 as u8 }).collect();
        for piece in [1, 2, 3, 5, 1 << 20] {
            for encoding in ["auto", "utf-8"] {
                assert_eq!(decoded(text.as_bytes(), encoding, piece), text.as_bytes());
                assert_eq!(decoded(marked.as_bytes(), encoding, piece), text.as_bytes());
            }
            for big in [false, true] {
                let named = if big { "utf-16be" } else { "utf-16le" };
                for encoding in ["auto", named] {
                    assert_eq!(decoded(&utf_16(&text, big), encoding, piece), text.as_bytes(), "{encoding}");
                    assert_eq!(
                        decoded(&utf_16(&marked, big), encoding, piece),
                        text.as_bytes(),
                        "{encoding}"
                    );
                }
                assert_eq!(decoded(&utf_16(&marked, big), "utf-16", piece), text.as_bytes(), "{big}");
            }
            for encoding in ["latin-1", "windows-1252", "ISO-8859-1"] {
                assert_eq!(decoded(&windows, encoding, piece), western.as_bytes());
            }
            // an incomplete character at the end cannot be decoded
            let odd = &utf_16("ab", false)[..3];
            assert_eq!(decoded(odd, "utf-16le", piece), "a\u{fffd}".as_bytes());
        }
        windows.push(0xff);
        assert_eq!(decoded(&windows, "auto", 7), windows);
        for short in [&b""[..], b"1", b"\xff", b"\xef\xbb", b"12\n"] {
            assert_eq!(decoded(short, "auto", 1), short);
        }
        let utf_32 = Decoded::new(&b"\xff\xfe\0\0t\0\0\0"[..], Encoding::Auto).read_to_end(&mut vec![]);
        assert!(utf_32.unwrap_err().to_string().contains("UTF-32"));
        assert!(Encoding::named("utf-9").unwrap_err().contains("no encoding 'utf-9'"));
        assert!(Encoding::named("replacement").is_err());
    }

    #[test]
    fn a_growing_text_is_decoded_further() {
        let all = utf_16("ts,value\n1,2\n", false);
        for cut in 0..all.len() {
            let mut decoded = Decoded::new(&all[..cut], Encoding::Auto);
            let mut text = vec![];
            decoded.read_to_end(&mut text).unwrap();
            decoded.go_on(&all[cut..]);
            decoded.read_to_end(&mut text).unwrap();
            assert_eq!(text, b"ts,value\n1,2\n", "{cut}");
        }
    }
}
