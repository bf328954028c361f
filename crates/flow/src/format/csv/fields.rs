//! A line taken apart.

use std::borrow::Cow;

/// Where the fields of a line stand.
#[derive(Default)]
pub struct Fields(Vec<Field>);

#[derive(Clone, Copy)]
struct Field {
    from: usize,
    to: usize,
    /// Whether there are doubled quotes in it.
    doubled: bool,
}

impl Fields {
    /// Takes a line apart after RFC 4180; the error says what is wrong.
    pub fn split(&mut self, line: &str, delimiter: u8) -> Result<(), String> {
        self.0.clear();
        let bytes = line.as_bytes();
        let mut at = 0;
        loop {
            let (field, end) = match bytes.get(at) {
                Some(b'"') => {
                    let field = quoted(bytes, at)?;
                    (field, field.to + 1)
                }
                _ => {
                    let to = at + bytes[at..].iter().take_while(|byte| **byte != delimiter).count();
                    (Field { from: at, to, doubled: false }, to)
                }
            };
            self.0.push(field);
            match bytes.get(end) {
                None => return Ok(()),
                Some(byte) if *byte == delimiter => at = end + 1,
                Some(_) => return Err(format!("something follows the closing quote at byte {end}")),
            }
        }
    }
    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }
    /// What one of them says, without the space around it.
    pub fn get<'a>(&self, index: usize, line: &'a str) -> Cow<'a, str> {
        let Field { from, to, doubled } = self.0[index];
        let text = line[from..to].trim();
        if doubled { text.replace("\"\"", "\"").into() } else { text.into() }
    }
}

/// The field whose opening quote stands there.
fn quoted(bytes: &[u8], open: usize) -> Result<Field, String> {
    let (mut at, mut doubled) = (open + 1, false);
    loop {
        match (bytes.get(at), bytes.get(at + 1)) {
            (None, _) => return Err(format!("the quote at byte {open} is not closed in the same line")),
            (Some(b'"'), Some(b'"')) => {
                doubled = true;
                at += 2;
            }
            (Some(b'"'), _) => return Ok(Field { from: open + 1, to: at, doubled }),
            _ => at += 1,
        }
    }
}
