//! Decoded samples that are still to be returned.

use crate::SignalSpec;

/// A run of decoded samples.
pub struct Decoded {
    pub spec: SignalSpec,
    pub index: u64,
    pub planes: Vec<Vec<f32>>,
    /// Frames at the start of the planes that were returned already.
    given: usize,
}

impl Decoded {
    pub fn new(spec: SignalSpec, index: u64, planes: Vec<Vec<f32>>) -> Self {
        Self { spec, index, planes, given: 0 }
    }

    pub fn none(spec: SignalSpec, index: u64) -> Self {
        Self::new(spec, index, vec![Vec::new(); spec.channels])
    }

    pub fn frames(&self) -> usize {
        self.planes.first().map_or(0, Vec::len) - self.given
    }

    pub fn end(&self) -> u64 {
        self.index + self.frames() as u64
    }

    pub fn append(&mut self, next: Decoded) {
        if self.frames() == 0 {
            *self = next;
            return;
        }
        for (plane, more) in self.planes.iter_mut().zip(&next.planes) {
            // drained once per packet, not once per block
            plane.drain(..self.given);
            plane.extend_from_slice(&more[next.given..]);
        }
        self.given = 0;
    }

    /// Returns up to `max` frames, channel by channel.
    pub fn take(&mut self, max: usize, samples: &mut Vec<f32>) -> usize {
        let n = max.min(self.frames());
        for plane in &self.planes {
            samples.extend_from_slice(&plane[self.given..self.given + n]);
        }
        self.skip(n);
        n
    }

    /// Returns all frames, interleaved.
    pub fn interleave(&self, samples: &mut Vec<f32>) {
        if let [plane] = &self.planes[..] {
            return samples.extend_from_slice(&plane[self.given..]);
        }
        samples.reserve(self.frames() * self.planes.len());
        for i in self.given..self.given + self.frames() {
            samples.extend(self.planes.iter().map(|plane| plane[i]));
        }
    }

    pub fn skip(&mut self, n: usize) {
        self.given += n;
        self.index += n as u64;
    }

    /// Removes the samples from the index `end` on.
    pub fn until(&mut self, end: u64) {
        let keep = self.given + end.saturating_sub(self.index).min(self.frames() as u64) as usize;
        self.planes.iter_mut().for_each(|plane| plane.truncate(keep));
    }
}
