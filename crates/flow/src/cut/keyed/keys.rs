//! Keys as small integers.

use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::BuildHasher;

/// With at most this number of names, unused ones are not looked for.
const FEW: usize = 4096;

/// Assigns a number to each key, which stays valid as long as the key is needed.
#[derive(Default)]
pub struct Keys {
    names: Vec<Box<str>>,
    numbers: HashTable<u32>,
    /// Numbers that can be reused.
    free: Vec<u32>,
    /// Number of names that were in use at the last check.
    needed: usize,
    hasher: DefaultHashBuilder,
}

impl Keys {
    /// The number of a name.
    #[inline]
    pub fn number(&mut self, name: &str) -> u32 {
        let hash = self.hasher.hash_one(name);
        if let Some(number) = self.numbers.find(hash, |number| &*self.names[*number as usize] == name) {
            return *number;
        }
        let Self { names, numbers, free, hasher, .. } = self;
        let number = match free.pop() {
            Some(number) => {
                names[number as usize] = name.into();
                number
            }
            None => {
                names.push(name.into());
                names.len() as u32 - 1
            }
        };
        numbers.insert_unique(hash, number, |number| hasher.hash_one(&*names[*number as usize]));
        number
    }

    /// The name of a number.
    pub fn name(&self, number: u32) -> &str {
        &self.names[number as usize]
    }

    /// Whether there are so many names that unused ones should be removed.
    pub fn are_many(&self) -> bool {
        self.numbers.len() >= FEW.max(2 * self.needed)
    }

    /// Removes the names that are not in use; `all` reports those that are.
    pub fn retain(&mut self, all: impl FnOnce(&mut dyn FnMut(u32))) {
        let mut needed = vec![false; self.names.len()];
        all(&mut |number| needed[number as usize] = true);
        let Self { names, numbers, free, .. } = self;
        numbers.retain(|number| {
            let stays = needed[*number as usize];
            if !stays {
                names[*number as usize] = Box::default();
                free.push(*number);
            }
            stays
        });
        self.needed = self.numbers.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unused_keys_are_reused() {
        let mut keys = Keys::default();
        for n in 0..100_000 {
            let number = keys.number(&format!("sensor {n}"));
            assert_eq!(keys.name(number), format!("sensor {n}"));
            if keys.are_many() {
                keys.retain(|needed| {
                    needed(0);
                    needed(number);
                });
            }
        }
        assert_eq!((keys.number("sensor 0"), keys.name(0)), (0, "sensor 0"));
        assert!(keys.names.len() <= FEW, "{} places for names", keys.names.len());
        assert_ne!(keys.number("sensor 7"), keys.number("sensor 8"));
    }
}
