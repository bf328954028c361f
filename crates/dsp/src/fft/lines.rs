//! Numbers that start on a cache line, so that no load crosses two.

/// Numbers in a cache line.
const LINE: usize = 16;

/// Zeros at first, aligned to 64 bytes.
#[derive(Debug)]
pub(crate) struct Lines {
    numbers: Vec<f32>,
    start: usize,
    length: usize,
}

impl Lines {
    pub(crate) fn new(length: usize) -> Lines {
        let numbers = vec![0.0f32; length + LINE - 1];
        // Where alignment cannot be known, any start will do: it is for speed alone.
        let start = numbers.as_ptr().align_offset(4 * LINE).min(LINE - 1);
        Lines { numbers, start, length }
    }

    pub(crate) fn from(numbers: &[f32]) -> Lines {
        let mut lines = Lines::new(numbers.len());
        lines.as_mut().copy_from_slice(numbers);
        lines
    }
}

impl AsRef<[f32]> for Lines {
    fn as_ref(&self) -> &[f32] {
        &self.numbers[self.start..][..self.length]
    }
}

impl AsMut<[f32]> for Lines {
    fn as_mut(&mut self) -> &mut [f32] {
        &mut self.numbers[self.start..][..self.length]
    }
}

/// Into memory of its own, which may need another start.
impl Clone for Lines {
    fn clone(&self) -> Lines {
        Lines::from(self.as_ref())
    }
}
