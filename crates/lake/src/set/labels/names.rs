//! Interned names.

use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::BuildHasher;

/// Distinct names, numbered in order of appearance.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    text: String,
    ends: Vec<usize>,
    numbers: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Names {
    pub fn len(&self) -> usize {
        self.ends.len()
    }
    /// The number of a name; a new name is added.
    pub fn number(&mut self, name: &str) -> u32 {
        let Self { text, ends, numbers, hasher } = self;
        let hash = hasher.hash_one(name);
        if let Some(number) = numbers.find(hash, |number| get(text, ends, *number as usize) == name) {
            return *number;
        }
        let number = ends.len() as u32;
        text.push_str(name);
        ends.push(text.len());
        numbers.insert_unique(hash, number, |number| hasher.hash_one(get(text, ends, *number as usize)));
        number
    }
    pub fn get(&self, number: usize) -> &str {
        get(&self.text, &self.ends, number)
    }
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|number| self.get(number))
    }
    /// Frees the index; no more names can be added.
    pub fn close(&mut self) {
        self.numbers = HashTable::new();
    }
}

fn get<'a>(text: &'a str, ends: &[usize], number: usize) -> &'a str {
    let start = number.checked_sub(1).map_or(0, |before| ends[before]);
    &text[start..ends[number]]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_number() {
        let mut names = Names::default();
        for _ in 0..2 {
            for n in 0..1000_u32 {
                assert_eq!(names.number(&format!("speaker {n}")), n);
            }
        }
        assert_eq!((names.get(0), names.get(999), names.len()), ("speaker 0", "speaker 999", 1000));
    }
}
