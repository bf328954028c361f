//! JSON gone through once: the fields that are wanted are found, everything else is checked and passed over.
//!
//! Reference: RFC 8259. `NaN`, `Infinity` and `-Infinity`, as Python writes them, and `nan` and `inf`, as C does, are
//! passed over too, so that a field that nobody wants costs no reading.

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
    /// The number of an item of a list, where the name is one.
    index: Option<usize>,
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
    fn item(&self, index: usize) -> Option<&Name> {
        self.0.iter().find(|known| known.index == Some(index))
    }
    /// Wants the field at a path of these names; `slot` is its number if it is new.
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
    /// Forgets what was found in an object that is there again.
    fn clear(&self, found: &mut [Found]) {
        for name in &self.0 {
            if let Some(slot) = name.slot {
                found[slot] = Found::default();
            }
            name.inner.clear(found);
        }
    }
}

/// The text is no JSON from where the scan stands.
#[derive(Debug)]
pub struct Broken;

/// No field at all.
static NOTHING: Wanted = Wanted(Vec::new());

/// The way through a text.
pub struct Scan<'a> {
    text: &'a str,
    /// How far it went.
    at: usize,
    /// The texts without escapes and the numbers that it met, if they are to be kept.
    leaves: Option<Vec<Found>>,
    /// What closes the objects and lists that are open, where nothing in them is wanted.
    open: Vec<u8>,
    /// Where labels that end with `_` must be known, as in SenML: one that is not.
    unknown: Option<String>,
    strict: bool,
}

impl<'a> Scan<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0, leaves: None, open: vec![], unknown: None, strict: false }
    }
    /// One that notes a label that ends with `_` and is not wanted.
    pub fn strict(text: &'a str) -> Self {
        Self { strict: true, ..Self::new(text) }
    }
    /// The last such label.
    pub fn must_be_known(&self) -> Option<&str> {
        self.unknown.as_deref()
    }
    /// The texts without escapes and the numbers of a whole text, in their order.
    pub fn leaves(text: &'a str, wanted: &Wanted, fields: usize) -> Option<Vec<Found>> {
        let mut scan = Self { leaves: Some(vec![]), ..Self::new(text) };
        scan.whole(wanted, &mut vec![Found::default(); fields]).ok()?;
        scan.leaves
    }
    /// Goes through the whole text, which is one value.
    pub fn whole(&mut self, wanted: &Wanted, found: &mut [Found]) -> Result<Found, Broken> {
        let value = self.value(wanted, found)?;
        self.space();
        if self.at == self.text.len() { Ok(value) } else { Err(Broken) }
    }
    /// The next item of a list of which the scan stands before the first, or behind one: where it stands, and whether it
    /// is an object. None is left at the list's end.
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

    /// A value that is neither an object nor a list.
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

    /// NaN or an infinity, in capitals or not, and `nan(ind)` as some write it.
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

    /// The name of a member, and the colon behind it.
    #[inline]
    fn name(&mut self) -> Result<Found, Broken> {
        self.space();
        let name = self.string()?;
        self.space();
        self.eat(b':')?;
        Ok(name)
    }

    /// Goes over an object or a list of which nothing is wanted, however deep it is.
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
