//! JSON gone through once: the fields that are wanted are found, everything else is checked and passed over.
//!
//! Reference: RFC 8259. `NaN`, `Infinity` and `-Infinity`, as Python writes them, are passed over too, so that a
//! field that nobody wants costs no reading.

use super::text::unescape;

/// What a field holds, and where it stands in the text (of a text, what is between the quotes).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found {
    pub is: Is,
    pub from: usize,
    pub to: usize,
}

/// What a value is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Is {
    /// There is none.
    #[default]
    Missing,
    Null,
    Truth,
    Number,
    /// NaN or an infinity.
    NoNumber,
    /// A text without escapes.
    Text,
    /// One with escapes.
    Escaped,
    List,
    Object,
}

/// The fields that are wanted, as a tree.
#[derive(Debug, Default)]
pub struct Wanted(Vec<Name>);

#[derive(Debug)]
struct Name {
    name: Box<str>,
    /// Which one it is, if it is wanted itself.
    slot: Option<usize>,
    inner: Wanted,
}

impl Wanted {
    #[inline]
    fn find(&self, name: &str) -> Option<&Name> {
        self.0.iter().find(|known| *known.name == *name)
    }
    #[cold]
    fn find_escaped(&self, name: &str) -> Option<&Name> {
        let mut unescaped = String::new();
        unescape(name, &mut unescaped).ok()?;
        self.find(&unescaped)
    }
    /// Wants the field at a path of names with dots between; `slot` is its number if it is new.
    pub fn add(&mut self, path: &str, slot: usize) -> usize {
        let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
        let at = self.0.iter().position(|known| *known.name == *name).unwrap_or_else(|| {
            self.0.push(Name { name: name.into(), slot: None, inner: Wanted::default() });
            self.0.len() - 1
        });
        match rest {
            Some(rest) => self.0[at].inner.add(rest, slot),
            None => *self.0[at].slot.get_or_insert(slot),
        }
    }
}

/// The text is no JSON from where the scan stands.
#[derive(Debug)]
pub struct Broken;

/// No field at all.
static NOTHING: Wanted = Wanted(Vec::new());

/// Objects and lists in one another are not gone into deeper than this.
const DEPTH: usize = 128;

/// A text without escapes or a number, wherever it stands.
pub struct Leaf {
    pub found: Found,
    /// Which of the wanted fields it is.
    pub slot: Option<usize>,
}

/// The way through a text.
pub struct Scan<'a> {
    text: &'a str,
    /// How far it went.
    at: usize,
    /// Those it met, if they are to be kept.
    leaves: Option<Vec<Leaf>>,
}

impl<'a> Scan<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0, leaves: None }
    }
    /// The texts without escapes and the numbers of a whole text, in their order.
    pub fn leaves(text: &'a str, wanted: &Wanted, fields: usize) -> Option<Vec<Leaf>> {
        let mut scan = Self { leaves: Some(vec![]), ..Self::new(text) };
        scan.whole(wanted, &mut vec![Found::default(); fields]).ok()?;
        scan.leaves
    }
    /// Goes through the whole text, which is one value.
    pub fn whole(&mut self, wanted: &Wanted, found: &mut [Found]) -> Result<Found, Broken> {
        let value = self.value(wanted, found, 0)?;
        self.space();
        if self.at == self.text.len() { Ok(value) } else { Err(Broken) }
    }
    /// Why it is no JSON.
    pub fn reason(&self) -> String {
        match self.text[self.at..].chars().next() {
            None if self.text.trim().is_empty() => "it is empty".into(),
            None => format!("it ends early, after {} bytes", self.at),
            Some(found) => format!("{found:?} cannot stand at byte {}", self.at),
        }
    }

    #[inline(always)]
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
    #[inline(always)]
    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }
    #[inline(always)]
    fn eat(&mut self, byte: u8) -> Result<(), Broken> {
        if self.peek() != Some(byte) {
            return Err(Broken);
        }
        self.at += 1;
        Ok(())
    }

    fn value(&mut self, wanted: &Wanted, found: &mut [Found], depth: usize) -> Result<Found, Broken> {
        self.space();
        let from = self.at;
        let is = match self.peek().ok_or(Broken)? {
            b'"' => {
                let found = self.string()?;
                self.leaf(found);
                return Ok(found);
            }
            b'-' | b'0'..=b'9' => self.number()?,
            b'{' | b'[' if depth == DEPTH => return Err(Broken),
            b'{' => self.object(wanted, found, depth)?,
            b'[' => self.list(depth)?,
            b'n' => self.word("null", Is::Null)?,
            b't' => self.word("true", Is::Truth)?,
            b'f' => self.word("false", Is::Truth)?,
            b'N' => self.word("NaN", Is::NoNumber)?,
            b'I' => self.word("Infinity", Is::NoNumber)?,
            _ => return Err(Broken),
        };
        let found = Found { is, from, to: self.at };
        self.leaf(found);
        Ok(found)
    }

    #[inline(always)]
    fn leaf(&mut self, found: Found) {
        if let (Some(leaves), Is::Text | Is::Number) = (&mut self.leaves, found.is) {
            leaves.push(Leaf { found, slot: None });
        }
    }

    fn word(&mut self, word: &str, is: Is) -> Result<Is, Broken> {
        word.bytes().try_for_each(|byte| self.eat(byte))?;
        Ok(is)
    }

    fn object(&mut self, wanted: &Wanted, found: &mut [Found], depth: usize) -> Result<Is, Broken> {
        self.at += 1;
        self.space();
        if self.eat(b'}').is_ok() {
            return Ok(Is::Object);
        }
        loop {
            self.space();
            let Found { is, from, to } = self.string()?;
            let name = &self.text[from..to];
            self.space();
            self.eat(b':')?;
            let known = match is {
                Is::Text => wanted.find(name),
                _ => wanted.find_escaped(name),
            };
            match known {
                None => drop(self.value(&NOTHING, &mut [], depth + 1)?),
                Some(known) => {
                    let value = self.value(&known.inner, found, depth + 1)?;
                    if let Some(slot) = known.slot {
                        found[slot] = value;
                        let last = self.leaves.as_mut().and_then(|leaves| leaves.last_mut());
                        if let Some(leaf) = last.filter(|leaf| leaf.found == value) {
                            leaf.slot = Some(slot);
                        }
                    }
                }
            }
            self.space();
            if self.eat(b',').is_err() {
                return self.eat(b'}').map(|()| Is::Object);
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<Is, Broken> {
        self.at += 1;
        self.space();
        if self.eat(b']').is_ok() {
            return Ok(Is::List);
        }
        loop {
            self.value(&NOTHING, &mut [], depth + 1)?;
            self.space();
            if self.eat(b',').is_err() {
                return self.eat(b']').map(|()| Is::List);
            }
        }
    }

    #[inline]
    fn string(&mut self) -> Result<Found, Broken> {
        self.eat(b'"')?;
        let (from, mut is) = (self.at, Is::Text);
        loop {
            self.at += plain(&self.text.as_bytes()[self.at..]);
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(Found { is, from, to: self.at - 1 });
                }
                Some(b'\\') => {
                    is = Is::Escaped;
                    self.at += 1;
                    self.escape()?;
                }
                _ => return Err(Broken),
            }
        }
    }

    fn escape(&mut self) -> Result<(), Broken> {
        match self.peek().ok_or(Broken)? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => self.at += 1,
            b'u' => {
                self.at += 1;
                for _ in 0..4 {
                    if !self.peek().is_some_and(|byte| byte.is_ascii_hexdigit()) {
                        return Err(Broken);
                    }
                    self.at += 1;
                }
            }
            _ => return Err(Broken),
        }
        Ok(())
    }

    #[inline]
    fn number(&mut self) -> Result<Is, Broken> {
        if self.eat(b'-').is_ok() && self.peek() == Some(b'I') {
            return self.word("Infinity", Is::NoNumber);
        }
        if self.eat(b'0').is_err() {
            self.digits()?;
        }
        if self.eat(b'.').is_ok() {
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(Is::Number)
    }

    fn digits(&mut self) -> Result<(), Broken> {
        let from = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        if self.at > from { Ok(()) } else { Err(Broken) }
    }
}

/// How many bytes stand before the first quote, backslash or control character: eight at a time. A byte of a word is
/// looked for as in Warren, Hacker's Delight, 2nd ed., 6-1; what is found above the lowest may be wrong and is not used.
#[inline]
pub fn plain(bytes: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const TOPS: u64 = 0x8080_8080_8080_8080;
    let zero = |word: u64| word.wrapping_sub(ONES) & !word;
    let (words, rest) = bytes.as_chunks();
    for (at, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let control = word.wrapping_sub(ONES * 0x20) & !word;
        let quote = zero(word ^ (ONES * u64::from(b'"')));
        let slash = zero(word ^ (ONES * u64::from(b'\\')));
        let stop = (control | quote | slash) & TOPS;
        if stop != 0 {
            return at * 8 + stop.trailing_zeros() as usize / 8;
        }
    }
    let stops = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
    bytes.len() - rest.len() + rest.iter().position(stops).unwrap_or(rest.len())
}
