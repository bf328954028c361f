//! Centred frames of a signal that arrives in blocks. The frame rate need not divide the sample rate.

/// Divides a signal into frames: frame `t` is centred on sample `round(t · hop)`, with zeros beyond both ends.
///
/// Samples that are not finite count as 0. Keeps at most a few frame lengths of samples.
#[derive(Debug)]
pub(super) struct Frames {
    length: usize,
    hop: f64,
    held: Vec<f32>,
    /// Index of the sample at `held[0]`, counted from `length / 2` before the first.
    base: u64,
    /// Number of samples pushed.
    pushed: u64,
    /// Number of frames emitted.
    given: u64,
}

impl Frames {
    pub(super) fn new(length: usize, hop: f64) -> Frames {
        let mut frames = Frames { length, hop, held: vec![], base: 0, pushed: 0, given: 0 };
        frames.restart();
        frames
    }

    fn restart(&mut self) {
        self.held.clear();
        self.held.resize(self.length / 2, 0.0);
        (self.base, self.pushed, self.given) = (0, 0, 0);
    }

    /// Index of the sample on which the next frame is centred.
    fn centre(&self) -> u64 {
        (self.given as f64 * self.hop).round() as u64
    }

    pub(super) fn push(&mut self, samples: &[f32], mut each: impl FnMut(&[f32])) {
        self.pushed += samples.len() as u64;
        // in pieces, so that a long block needs no more memory than a short one
        for piece in samples.chunks(4 * self.length) {
            self.held.extend(piece.iter().map(|x| if x.is_finite() { *x } else { 0.0 }));
            self.give(&mut each);
        }
    }

    fn give(&mut self, each: &mut impl FnMut(&[f32])) {
        loop {
            let start = (self.centre() - self.base) as usize;
            let Some(frame) = self.held.get(start..start + self.length) else { break };
            each(frame);
            self.given += 1;
        }
        let gone = ((self.centre() - self.base) as usize).min(self.held.len());
        self.held.copy_within(gone.., 0);
        self.held.truncate(self.held.len() - gone);
        self.base += gone as u64;
    }

    /// Emits the frames centred on the signal that extend beyond its end. The next samples begin another signal.
    pub(super) fn finish(&mut self, mut each: impl FnMut(&[f32])) {
        while self.centre() < self.pushed {
            let start = (self.centre() - self.base) as usize;
            self.held.resize(self.held.len().max(start + self.length), 0.0);
            each(&self.held[start..start + self.length]);
            self.given += 1;
        }
        self.restart();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn centres(blocks: &[usize], hop: f64) -> Vec<f32> {
        let total: usize = blocks.iter().sum();
        let samples: Vec<f32> = (0..total).map(|n| n as f32 + 1.0).collect();
        let (mut frames, mut out, mut at) = (Frames::new(8, hop), vec![], 0);
        for block in blocks {
            frames.push(&samples[at..at + block], |frame| out.push(frame[4]));
            at += block;
        }
        frames.finish(|frame| out.push(frame[4]));
        out
    }

    #[test]
    fn frames_are_centred_on_rounded_multiples_of_the_hop() {
        assert_eq!(centres(&[10], 2.5), [1.0, 4.0, 6.0, 9.0]);
        assert_eq!(centres(&[1, 2, 0, 3, 4], 2.5), centres(&[10], 2.5));
        assert_eq!(centres(&[100], 37.0), [1.0, 38.0, 75.0]);
        assert_eq!(centres(&[1], 5.0), [1.0]);
        assert!(centres(&[], 5.0).is_empty());
    }
}
