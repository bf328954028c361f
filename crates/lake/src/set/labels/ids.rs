//! Compact columns of small numbers.

/// A column of numbers that uses one, two or four bytes each, depending on the greatest number.
#[derive(Clone, Debug)]
pub(crate) enum Ids {
    One(Vec<u8>),
    Two(Vec<u16>),
    Four(Vec<u32>),
}

impl Default for Ids {
    fn default() -> Self {
        Self::One(vec![])
    }
}

impl Ids {
    /// A column of equal numbers.
    pub fn of(id: u8, length: usize) -> Self {
        Self::One(vec![id; length])
    }
    pub fn push(&mut self, id: u32) {
        self.fit(id);
        match self {
            Self::One(ids) => ids.push(id as u8),
            Self::Two(ids) => ids.push(id as u16),
            Self::Four(ids) => ids.push(id),
        }
    }
    pub fn set(&mut self, at: usize, id: u32) {
        self.fit(id);
        match self {
            Self::One(ids) => ids[at] = id as u8,
            Self::Two(ids) => ids[at] = id as u16,
            Self::Four(ids) => ids[at] = id,
        }
    }
    /// Widens the column to fit this number.
    fn fit(&mut self, id: u32) {
        if let Self::One(ids) = self
            && id > u8::MAX.into()
        {
            *self = Self::Two(ids.iter().map(|id| u16::from(*id)).collect());
        }
        if let Self::Two(ids) = self
            && id > u16::MAX.into()
        {
            *self = Self::Four(ids.iter().map(|id| u32::from(*id)).collect());
        }
    }
    pub fn get(&self, at: usize) -> u32 {
        match self {
            Self::One(ids) => ids[at].into(),
            Self::Two(ids) => ids[at].into(),
            Self::Four(ids) => ids[at],
        }
    }
}

/// The row number and line of each row, stored as runs of rows on consecutive lines.
#[derive(Clone, Debug, Default)]
pub(super) struct RowLines {
    length: u32,
    /// For each run, its first index, and that row's number and line.
    runs: Vec<(u32, u32, u32)>,
}

impl RowLines {
    pub fn push(&mut self, row: u32, line: u32) {
        let next = self.runs.last().map(|(at, row, line)| (self.length - at + row, self.length - at + line));
        if next != Some((row, line)) {
            self.runs.push((self.length, row, line));
        }
        self.length += 1;
    }
    /// The number of a row, and its line.
    pub fn get(&self, at: usize) -> (u32, u32) {
        let at = at as u32;
        let run = match self.runs.len() {
            1 => 0,
            _ => self.runs.partition_point(|run| run.0 <= at) - 1,
        };
        let (first, row, line) = self.runs[run];
        (at - first + row, at - first + line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_widen_as_needed() {
        let mut ids = Ids::default();
        let numbers = [0, 255, 256, 3, 65_535, 65_536, 7, u32::MAX];
        for number in numbers {
            ids.push(number);
        }
        assert_eq!([0, 1, 2, 3, 4, 5, 6, 7].map(|at| ids.get(at)), numbers);
        assert!(matches!(ids, Ids::Four(_)));
        let mut ids = Ids::of(7, 3);
        ids.set(1, 300);
        assert_eq!([0, 1, 2].map(|at| ids.get(at)), [7, 300, 7]);
    }

    #[test]
    fn places_skip_what_was_refused() {
        let mut row_lines = RowLines::default();
        let all = [(1, 2), (2, 3), (4, 5), (5, 9), (6, 10)];
        for (row, line) in all {
            row_lines.push(row, line);
        }
        assert_eq!([0, 1, 2, 3, 4].map(|at| row_lines.get(at)), all);
        assert_eq!(row_lines.runs.len(), 3);
    }
}
