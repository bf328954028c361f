//! Compact storage of many similar texts.

/// Number of texts per block; the first text of a block is stored in full.
const BLOCK: usize = 16;

/// A list of texts, each stored as the difference to the previous one (delta encoding).
///
/// Names in a list are similar: `clips/0000017.wav` after `clips/0000016.wav` takes four bytes. Every
/// sixteenth text is stored in full, to allow random access.
///
/// ```
/// use passband_lake::set::labels::Texts;
/// let mut texts = Texts::default();
/// for n in 0..1000 {
///     texts.push(&format!("clips/{n:07}.wav"));
/// }
/// assert_eq!(texts.get(421), "clips/0000421.wav");
/// assert!(texts.bytes() < 7 * 1000);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Texts {
    bytes: Vec<u8>,
    blocks: Vec<u64>,
    last: Vec<u8>,
    length: usize,
}

impl Texts {
    /// The number of texts.
    pub fn len(&self) -> usize {
        self.length
    }
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }
    /// The memory used, in bytes.
    pub fn bytes(&self) -> usize {
        self.bytes.len() + 8 * self.blocks.len() + self.last.len()
    }
    /// Appends a text.
    pub fn push(&mut self, text: &str) {
        let text = text.as_bytes();
        if self.length.is_multiple_of(BLOCK) {
            self.blocks.push(self.bytes.len() as u64);
            self.last.clear();
        }
        let head = self.last.iter().zip(text).take_while(|(a, b)| a == b).count();
        let (old, new) = (&self.last[head..], &text[head..]);
        let tail = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
        let (before, middle) = (&old[..old.len() - tail], &new[..new.len() - tail]);
        let runs = runs(before, middle);
        let place = if runs.len() < middle.len() { Difference::Runs } else { Difference::Whole };
        for number in [head, tail, middle.len() << 1 | place as usize] {
            write(&mut self.bytes, number);
        }
        self.bytes.extend_from_slice(if let Difference::Runs = place { &runs } else { middle });
        self.last.truncate(head);
        self.last.extend_from_slice(new);
        self.length += 1;
    }
    /// Text number `at`.
    ///
    /// # Panics
    /// If `at` is not below [`Texts::len`].
    pub fn get(&self, at: usize) -> String {
        assert!(at < self.length, "text {at} of {}", self.length);
        let mut place = self.blocks[at / BLOCK] as usize;
        let mut text = vec![];
        for _ in 0..=at % BLOCK {
            let [head, tail, middle] = [(); 3].map(|()| read(&self.bytes, &mut place));
            let end = text.len() - tail;
            if middle & 1 == Difference::Runs as usize {
                let mut at = head;
                while at < end {
                    let new = read(&self.bytes, &mut place);
                    text[at..at + new].copy_from_slice(&self.bytes[place..place + new]);
                    place += new;
                    at += new + if at + new < end { read(&self.bytes, &mut place) } else { 0 };
                }
            } else {
                let middle = middle >> 1;
                text.splice(head..end, self.bytes[place..place + middle].iter().copied());
                place += middle;
            }
        }
        // a difference may split a character, but a whole text does not
        String::from_utf8_lossy(&text).into_owned()
    }
    /// All texts in order.
    pub fn iter(&self) -> impl Iterator<Item = String> + '_ {
        (0..self.length).map(|at| self.get(at))
    }
}

/// How the part between the common prefix and the common suffix is stored.
#[derive(Clone, Copy)]
enum Difference {
    Whole,
    /// As alternating runs of new and unchanged bytes, if a name changes in several places.
    Runs,
}

/// The difference of two texts of the same length: alternately the number of new bytes, these bytes, and the number of
/// unchanged bytes.
fn runs(old: &[u8], new: &[u8]) -> Vec<u8> {
    let mut all = vec![];
    if old.len() != new.len() {
        return new.to_vec();
    }
    let same = |from: usize| old[from..].iter().zip(&new[from..]).take_while(|(a, b)| a == b).count();
    let mut at = 0;
    while at < new.len() {
        // one or two unchanged bytes take less space than two numbers
        let end = (at..new.len()).find(|from| same(*from) > 2).unwrap_or(new.len());
        write(&mut all, end - at);
        all.extend_from_slice(&new[at..end]);
        at = end;
        if at < new.len() {
            let stay = same(at);
            write(&mut all, stay);
            at += stay;
        }
    }
    all
}

fn write(bytes: &mut Vec<u8>, mut number: usize) {
    while number >= 128 {
        bytes.push(number as u8 | 128);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn read(bytes: &[u8], place: &mut usize) -> usize {
    let (mut number, mut shift) = (0, 0);
    loop {
        let byte = bytes[*place];
        *place += 1;
        number |= usize::from(byte & 127) << shift;
        shift += 7;
        if byte < 128 {
            return number;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_texts_come_back_in_any_order() {
        let long = "é".repeat(300);
        let all =
            ["", "a", "a", "aa", "aaa", "aa", "ba", "è", "é", "éé", &long, "", "x,\"\n", &long[..400], "z"];
        let mut numbered = Texts::default();
        (0..1000).for_each(|n| numbered.push(&format!("speaker{:05}/take_{n:06}.wav", n * 7919 % 100_000)));
        assert!(
            (0..1000).all(|n| numbered.get(n) == format!("speaker{:05}/take_{n:06}.wav", n * 7919 % 100_000))
        );
        assert!(numbered.bytes() < 15_000, "{}", numbered.bytes());
        let mut texts = Texts::default();
        for n in 0..200 {
            texts.push(all[n * 7 % all.len()]);
        }
        for n in (0..200).rev() {
            assert_eq!(texts.get(n), all[n * 7 % all.len()], "text {n}");
        }
        assert_eq!(texts.iter().count(), texts.len());
    }
}
