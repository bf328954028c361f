//! Numbers aligned to cache lines, so that no load crosses two lines.

/// Numbers per cache line.
const LINE: usize = 16;

/// A zero-initialised buffer aligned to 64 bytes.
#[derive(Debug)]
pub(crate) struct Lines {
    numbers: Vec<f32>,
    start: usize,
    length: usize,
}

impl Lines {
    pub(crate) fn new(length: usize) -> Lines {
        let numbers = vec![0.0f32; length + LINE - 1];
        // If the alignment is unknown, any start is correct: it only affects speed.
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

/// The copy has its own memory, whose alignment may require another start.
impl Clone for Lines {
    fn clone(&self) -> Lines {
        Lines::from(self.as_ref())
    }
}
