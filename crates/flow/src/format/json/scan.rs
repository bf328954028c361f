//! A single-pass JSON scanner: it finds the selected fields, and validates and skips everything else.
//!
//! Reference: RFC 8259. `NaN`, `Infinity` and `-Infinity`, as written by Python, and `nan` and `inf`, as written by C,
//! are accepted too, so that they do not invalidate a reading in fields that are not selected.

use super::text::unescape;

/// The type and position of a value in the text (for a text, of its content between the quotes).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found {
    pub is: Is,
    pub from: usize,
    pub to: usize,
}

/// The type of a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Is {
    /// The field is absent.
    #[default]
    Missing,
    Null,
    Truth,
    Number,
    /// NaN or an infinity.
    NoNumber,
    /// A text without escapes.
    Text,
    /// A text with escapes.
    Escaped,
    List,
    Object,
}

/// The selected fields, as a tree.
#[derive(Debug, Default)]
pub struct Wanted(Vec<Name>);

#[derive(Debug)]
struct Name {
    name: Box<str>,
    /// The number of a list item, if the name is one.
    index: Option<usize>,
    /// The slot of the field, if it is selected itself.
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
    fn item(&self, index: usize) -> Option<&Name> {
        self.0.iter().find(|known| known.index == Some(index))
    }
    /// Selects the field at a path; `slot` is its number if it is new.
    pub fn add(&mut self, path: &[String], slot: usize) -> usize {
        let Some((name, rest)) = path.split_first() else { return slot };
        let at = self.0.iter().position(|known| *known.name == **name).unwrap_or_else(|| {
            let (index, inner) = (name.parse().ok(), Wanted::default());
            self.0.push(Name { name: name.as_str().into(), index, slot: None, inner });
            self.0.len() - 1
        });
        match rest {
            [] => *self.0[at].slot.get_or_insert(slot),
            rest => self.0[at].inner.add(rest, slot),
        }
    }
    /// Resets the fields of an object that occurs again.
    fn clear(&self, found: &mut [Found]) {
        for name in &self.0 {
            if let Some(slot) = name.slot {
                found[slot] = Found::default();
            }
            name.inner.clear(found);
        }
    }
}

/// The text is not JSON at the current position.
#[derive(Debug)]
pub struct Broken;

/// No fields.
static NOTHING: Wanted = Wanted(Vec::new());

/// The scanner.
pub struct Scan<'a> {
    text: &'a str,
    /// The current position.
    at: usize,
    /// All texts without escapes and all numbers found, if they are collected.
    leaves: Option<Vec<Found>>,
    /// Closing brackets of open objects and lists in a skipped value.
    open: Vec<u8>,
    /// An unknown label that ends with `_`, which must be understood in SenML.
    unknown: Option<String>,
    strict: bool,
}

impl<'a> Scan<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0, leaves: None, open: vec![], unknown: None, strict: false }
    }
    /// Creates a scanner that records labels that end with `_` and are not selected.
    pub fn strict(text: &'a str) -> Self {
        Self { strict: true, ..Self::new(text) }
    }
    /// The last such label.
    pub fn must_be_known(&self) -> Option<&str> {
        self.unknown.as_deref()
    }
    /// The texts without escapes and the numbers of the whole text, in order.
    pub fn leaves(text: &'a str, wanted: &Wanted, fields: usize) -> Option<Vec<Found>> {
        let mut scan = Self { leaves: Some(vec![]), ..Self::new(text) };
        scan.whole(wanted, &mut vec![Found::default(); fields]).ok()?;
        scan.leaves
    }
    /// Scans the whole text, which is one value.
    pub fn whole(&mut self, wanted: &Wanted, found: &mut [Found]) -> Result<Found, Broken> {
        let value = self.value(wanted, found)?;
        self.space();
        if self.at == self.text.len() { Ok(value) } else { Err(Broken) }
    }
    /// The next item of a list, from before its first item or after an item; `Some` if it is an object, `None` at the end
    /// of the list.
    pub fn item(&mut self) -> Result<Option<Found>, Broken> {
        self.space();
        match self.peek() {
            Some(b'[') => {
                self.at += 1;
                self.space();
                if self.peek() == Some(b']') {
                    return Ok(None);
                }
            }
            Some(b',') => self.at += 1,
            _ => return Ok(None),
        }
        self.value(&NOTHING, &mut []).map(Some)
    }
    /// The reason why it is not JSON.
    pub fn reason(&self) -> String {
        match self.text[self.at..].chars().next() {
            None if self.text.trim().is_empty() => "it is empty".into(),
            None => format!("it ends early, after {} bytes", self.at),
            Some(found) => format!("{found:?} is unexpected at byte {}", self.at),
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

    fn value(&mut self, wanted: &Wanted, found: &mut [Found]) -> Result<Found, Broken> {
        self.space();
        let from = self.at;
        let is = match self.peek().ok_or(Broken)? {
            b'{' | b'[' if wanted.0.is_empty() => self.pass_over()?,
            b'{' => self.object(wanted, found)?,
            b'[' => self.list(wanted, found)?,
            _ => return self.single(),
        };
        Ok(Found { is, from, to: self.at })
    }

    /// Scans a value that is neither an object nor a list.
    #[inline]
    fn single(&mut self) -> Result<Found, Broken> {
        let from = self.at;
        let is = match self.peek().ok_or(Broken)? {
            b'"' => {
                let found = self.string()?;
                self.leaf(found);
                return Ok(found);
            }
            b'-' | b'0'..=b'9' => self.number()?,
            b'n' if self.text.as_bytes().get(self.at + 1) == Some(&b'u') => self.word("null", Is::Null)?,
            b't' => self.word("true", Is::Truth)?,
            b'f' => self.word("false", Is::Truth)?,
            _ => self.no_number()?,
        };
        let found = Found { is, from, to: self.at };
        self.leaf(found);
        Ok(found)
    }

    #[inline(always)]
    fn leaf(&mut self, found: Found) {
        if let (Some(leaves), Is::Text | Is::Number) = (&mut self.leaves, found.is) {
            leaves.push(found);
        }
    }

    fn word(&mut self, word: &str, is: Is) -> Result<Is, Broken> {
        word.bytes().try_for_each(|byte| self.eat(byte))?;
        Ok(is)
    }

    /// Scans NaN or an infinity, in any case, and `nan(ind)`.
    #[cold]
    fn no_number(&mut self) -> Result<Is, Broken> {
        let rest = &self.text.as_bytes()[self.at..];
        let begins = |word: &str| {
            rest.get(..word.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(word.as_bytes()))
        };
        let word = ["nan", "infinity", "inf"].into_iter().find(|word| begins(word)).ok_or(Broken)?;
        self.at += word.len();
        for more in ["(ind)", "(snan)"] {
            if self.text[self.at..].starts_with(more) {
                self.at += more.len();
            }
        }
        Ok(Is::NoNumber)
    }

    /// Scans the name of a member and the following colon.
    #[inline]
    fn name(&mut self) -> Result<Found, Broken> {
        self.space();
        let name = self.string()?;
        self.space();
        self.eat(b':')?;
        Ok(name)
    }

    /// Skips an object or a list without selected fields, at any depth.
    fn pass_over(&mut self) -> Result<Is, Broken> {
        let is = if self.peek() == Some(b'{') { Is::Object } else { Is::List };
        self.open.clear();
        loop {
            self.space();
            let close = match self.peek() {
                Some(b'{') => b'}',
                Some(b'[') => b']',
                _ => 0,
            };
            if close == 0 {
                self.single()?;
            } else {
                self.at += 1;
                self.space();
                if self.eat(close).is_err() {
                    self.open.push(close);
                    if close == b'}' {
                        self.name()?;
                    }
                    continue;
                }
            }
            loop {
                let Some(close) = self.open.last().copied() else { return Ok(is) };
                self.space();
                if self.eat(b',').is_ok() {
                    if close == b'}' {
                        self.name()?;
                    }
                    break;
                }
                self.eat(close)?;
                self.open.pop();
            }
        }
    }

    fn object(&mut self, wanted: &Wanted, found: &mut [Found]) -> Result<Is, Broken> {
        self.at += 1;
        self.space();
        if self.eat(b'}').is_ok() {
            return Ok(Is::Object);
        }
        loop {
            let Found { is, from, to } = self.name()?;
            let name = &self.text[from..to];
            let known = match is {
                Is::Text => wanted.find(name),
                _ => wanted.find_escaped(name),
            };
            if self.strict && known.is_none() && name.ends_with('_') {
                self.unknown = Some(name.to_owned());
            }
            self.member(known, found)?;
            self.space();
            if self.eat(b',').is_err() {
                return self.eat(b'}').map(|()| Is::Object);
            }
        }
    }

    #[inline]
    fn member(&mut self, known: Option<&Name>, found: &mut [Found]) -> Result<(), Broken> {
        let Some(known) = known else { return self.value(&NOTHING, &mut []).map(drop) };
        known.inner.clear(found);
        let value = self.value(&known.inner, found)?;
        if let Some(slot) = known.slot {
            found[slot] = value;
        }
        Ok(())
    }

    fn list(&mut self, wanted: &Wanted, found: &mut [Found]) -> Result<Is, Broken> {
        self.at += 1;
        self.space();
        if self.eat(b']').is_ok() {
            return Ok(Is::List);
        }
        for index in 0.. {
            self.member(wanted.item(index), found)?;
            self.space();
            if self.eat(b',').is_err() {
                break;
            }
        }
        self.eat(b']').map(|()| Is::List)
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
        if self.eat(b'-').is_ok()
            && let Some(b'I' | b'i' | b'N' | b'n') = self.peek()
        {
            return self.no_number();
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

/// Number of bytes before the first quote, backslash or control character, eight bytes at a time (Warren, Hacker's
/// Delight, 2nd ed., 6-1). Matches above the lowest one may be wrong and are not used.
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
