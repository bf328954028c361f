//! A ring buffer of rows, for features over several frames.

/// The last rows, all of the same width.
pub(super) struct Ring {
    width: usize,
    rows: Vec<f32>,
    taken: usize,
}

impl Ring {
    pub(super) fn new(width: usize, length: usize) -> Ring {
        Ring { width, rows: vec![0.0; width * length], taken: 0 }
    }

    /// Adds a row, which replaces the oldest.
    pub(super) fn push(&mut self, row: &[f32]) {
        let at = self.place(self.taken);
        self.rows[at..at + self.width].copy_from_slice(&row[..self.width]);
        self.taken += 1;
    }

    /// Number of rows pushed since the start of the recording.
    pub(super) fn taken(&self) -> usize {
        self.taken
    }

    /// A row by its number in the recording. It must be among the last rows.
    pub(super) fn row(&self, number: usize) -> &[f32] {
        let at = self.place(number);
        &self.rows[at..at + self.width]
    }

    /// Resets to the start of a recording.
    pub(super) fn clear(&mut self) {
        self.taken = 0;
    }

    fn place(&self, number: usize) -> usize {
        number * self.width % self.rows.len().max(1)
    }
}
