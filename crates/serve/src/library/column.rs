//! The columns of the library in memory: numbers, and texts by their codes.

use std::collections::HashMap;

/// The code of a missing text.
pub const MISSING: u32 = u32::MAX;

/// The values of a column, one per recording.
#[derive(Debug)]
pub enum Values {
    /// Numbers; a missing one is NaN.
    Numbers(Vec<f64>),
    /// Texts.
    Texts(Texts),
}

/// Texts as codes into a list of distinct texts.
#[derive(Debug, Default)]
pub struct Texts {
    /// For each recording the position of its text, or [`MISSING`].
    pub codes: Vec<u32>,
    /// The distinct texts, in the order of their first occurrence.
    pub distinct: Vec<String>,
    known: HashMap<String, u32>,
}

impl Texts {
    /// Adds the text of the next recording.
    pub fn push(&mut self, text: Option<&str>) {
        let code = text.map(|text| match self.known.get(text) {
            Some(code) => *code,
            None => {
                let code = self.distinct.len() as u32;
                self.distinct.push(text.to_owned());
                self.known.insert(text.to_owned(), code);
                code
            }
        });
        self.codes.push(code.unwrap_or(MISSING));
    }

    /// The text of a recording.
    pub fn get(&self, row: usize) -> Option<&str> {
        self.distinct.get(self.codes[row] as usize).map(String::as_str)
    }

    /// The code of a text, if a recording has it.
    pub fn code(&self, text: &str) -> Option<u32> {
        self.known.get(text).copied()
    }

    /// The rank of each code when the texts are sorted, without regard to case.
    pub fn ranks(&self) -> Vec<u32> {
        let mut order: Vec<u32> = (0..self.distinct.len() as u32).collect();
        let lower: Vec<String> = self.distinct.iter().map(|text| text.to_lowercase()).collect();
        order.sort_by(|one, two| lower[*one as usize].cmp(&lower[*two as usize]));
        let mut ranks = vec![0; order.len()];
        order.iter().enumerate().for_each(|(rank, code)| ranks[*code as usize] = rank as u32);
        ranks
    }

    /// How many recordings have each text, and how many have none.
    pub fn counts(&self, of: impl Fn(usize) -> bool) -> (Vec<u64>, u64) {
        let (mut counts, mut missing) = (vec![0; self.distinct.len()], 0);
        for (row, code) in self.codes.iter().enumerate().filter(|(row, _)| of(*row)) {
            let _ = row;
            *counts.get_mut(*code as usize).unwrap_or(&mut missing) += 1;
        }
        (counts, missing)
    }
}

/// A column.
#[derive(Debug)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its unit.
    pub unit: Option<String>,
    /// What it holds.
    pub doc: Option<String>,
    /// Its values.
    pub values: Values,
}

impl Column {
    /// Keeps the values of some recordings.
    pub fn keep(&mut self, keep: &[bool]) {
        let mut at = 0;
        let mut each = || {
            at += 1;
            keep[at - 1]
        };
        match &mut self.values {
            Values::Numbers(numbers) => numbers.retain(|_| each()),
            Values::Texts(texts) => texts.codes.retain(|_| each()),
        }
    }

    /// The order of some recordings by this column; missing values come last in both directions.
    pub fn sort(&self, rows: &mut [u32], descending: bool) {
        match &self.values {
            Values::Numbers(numbers) => rows.sort_by(|one, two| {
                let (one, two) = (numbers[*one as usize], numbers[*two as usize]);
                let order = if descending { two.total_cmp(&one) } else { one.total_cmp(&two) };
                one.is_nan().cmp(&two.is_nan()).then(order)
            }),
            Values::Texts(texts) => {
                let ranks = texts.ranks();
                let rank = |row: &u32| ranks.get(texts.codes[*row as usize] as usize).copied();
                rows.sort_by(|one, two| {
                    let (one, two) = (rank(one), rank(two));
                    let order = if descending { two.cmp(&one) } else { one.cmp(&two) };
                    one.is_none().cmp(&two.is_none()).then(order)
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(values: Values) -> Column {
        Column { name: "x".into(), unit: None, doc: None, values }
    }

    #[test]
    fn missing_values_come_last_in_both_directions() {
        let numbers = column(Values::Numbers(vec![2.0, f64::NAN, -1.0]));
        let mut texts = Texts::default();
        [Some("b"), None, Some("A")].into_iter().for_each(|text| texts.push(text));
        for column in [numbers, column(Values::Texts(texts))] {
            let mut rows = [0, 1, 2];
            column.sort(&mut rows, false);
            assert_eq!(rows, [2, 0, 1]);
            column.sort(&mut rows, true);
            assert_eq!(rows, [0, 2, 1]);
        }
    }
}
