//! The last rows of a feature, for those that look at several frames.

/// Rows of one width, as many as a window spans.
pub(super) struct Ring {
    width: usize,
    rows: Vec<f32>,
    taken: usize,
}

impl Ring {
    pub(super) fn new(width: usize, length: usize) -> Ring {
        Ring { width, rows: vec![0.0; width * length], taken: 0 }
    }

    /// Takes the place of the oldest row.
    pub(super) fn push(&mut self, row: &[f32]) {
        let at = self.place(self.taken);
        self.rows[at..at + self.width].copy_from_slice(&row[..self.width]);
        self.taken += 1;
    }

    /// Rows that were pushed since the recording began.
    pub(super) fn taken(&self) -> usize {
        self.taken
    }

    /// A row by its number in the recording: one of the last.
    pub(super) fn row(&self, number: usize) -> &[f32] {
        let at = self.place(number);
        &self.rows[at..at + self.width]
    }

    /// Before the first row of a recording.
    pub(super) fn clear(&mut self) {
        self.taken = 0;
    }

    fn place(&self, number: usize) -> usize {
        number * self.width % self.rows.len().max(1)
    }
}
