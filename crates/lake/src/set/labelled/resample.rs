//! Resamples recordings block by block.
//!
//! The filter is a sinc of one block length with a squared Blackman-Harris taper, applied to the spectrum of
//! each block in 64-bit arithmetic. The ratio of the two rates is exact, and the filter's delay is removed:
//! output sample *n* is at time *n* / rate.

use passband_signal::Fault;
use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Resampler as _, WindowFunction};

/// Minimum number of frames of a block, at the lower of the two rates; longer blocks have a narrower
/// transition band.
const BLOCK: usize = 1024;
/// Maximum number of frames of a block: its filter and spectra take 100 bytes per frame.
const MOST: usize = 1 << 19;
/// Maximum number of frames in the blocks of all cached resamplers.
const KEPT: usize = 1 << 19;

/// The number of frames after resampling, rounded.
pub fn frames(frames: u64, from: u32, to: u32) -> u64 {
    let (from, to) = (u128::from(from.max(1)), u128::from(to));
    u64::try_from((u128::from(frames) * to + from / 2) / from).unwrap_or(u64::MAX)
}

/// Frames of a block at the input and output rate; `None` if the terms of the rates' ratio are too large.
pub fn block(from: u32, to: u32) -> Option<(usize, usize)> {
    let (mut common, mut rest) = (from, to);
    while rest > 0 {
        (common, rest) = (rest, common % rest);
    }
    let (from, to) = ((from / common.max(1)) as usize, (to / common.max(1)) as usize);
    // even, so that the middle of the filter is on a frame
    let times = BLOCK.div_ceil(from.min(to).max(1)).next_multiple_of(2);
    let (from, to) = (from.checked_mul(times)?, to.checked_mul(times)?);
    (from > 0 && to > 0 && from.max(to) <= MOST).then_some((from, to))
}

/// Resamples recordings from one rate to another, one after another.
pub struct Resampler {
    inner: Fft<f64>,
    kind: (u32, u32, usize),
    block: (usize, usize),
    /// Input and output frames so far.
    taken: u64,
    given: u64,
    /// Remaining frames of the filter's delay to remove.
    delay: usize,
    before: Vec<f64>,
    after: Vec<f64>,
}

impl Resampler {
    fn new(kind: (u32, u32, usize)) -> Result<Self, Fault> {
        let (from, to, channels) = kind;
        let fail = |why: String| Fault::new(format!("{from} Hz cannot be resampled to {to} Hz")).why(why);
        let block = block(from, to)
            .ok_or_else(|| fail("the ratio of the two rates has too large terms".to_owned()))?;
        let (taper, fixed) = (WindowFunction::BlackmanHarris2, FixedSync::Both);
        let inner = Fft::new_custom(from as usize, to as usize, block.0, 1, channels, taper, fixed)
            .map_err(|error| fail(error.to_string()))?;
        let (before, after) = (vec![], vec![0.0; block.1 * channels]);
        Ok(Self { delay: inner.output_delay(), inner, kind, block, taken: 0, given: 0, before, after })
    }

    /// Resamples the next interleaved frames, and appends the output to `out`.
    pub fn push(&mut self, mut samples: &[f32], out: &mut Vec<f32>) -> Result<(), Fault> {
        let (channels, full) = (self.kind.2, self.block.0 * self.kind.2);
        self.taken += (samples.len() / channels) as u64;
        while !samples.is_empty() {
            let (now, later) = samples.split_at((full - self.before.len()).min(samples.len()));
            self.before.extend(now.iter().map(|x| f64::from(*x)));
            samples = later;
            if self.before.len() == full {
                self.turn(u64::MAX, out)?;
            }
        }
        Ok(())
    }

    /// Appends the remaining output to `out`, and ends the recording.
    pub fn finish(&mut self, out: &mut Vec<f32>) -> Result<(), Fault> {
        let all = frames(self.taken, self.kind.0, self.kind.1);
        while self.given < all {
            self.before.resize(self.block.0 * self.kind.2, 0.0);
            self.turn(all, out)?;
        }
        Ok(())
    }

    /// Resamples one block, and appends its output, up to `all` frames in total.
    fn turn(&mut self, all: u64, out: &mut Vec<f32>) -> Result<(), Fault> {
        let (_, _, channels) = self.kind;
        let fail = |error: String| Fault::new("a recording cannot be resampled").why(error);
        let before = InterleavedSlice::new(&self.before, channels, self.block.0);
        let before = before.map_err(|error| fail(error.to_string()))?;
        let after = InterleavedSlice::new_mut(&mut self.after, channels, self.block.1);
        let mut after = after.map_err(|error| fail(error.to_string()))?;
        self.inner.process_into_buffer(&before, &mut after, None).map_err(|error| fail(error.to_string()))?;
        self.before.clear();
        let skip = self.delay.min(self.block.1);
        self.delay -= skip;
        let left = usize::try_from(all - self.given).unwrap_or(usize::MAX);
        let ready = (self.block.1 - skip).min(left);
        self.given += ready as u64;
        out.extend(self.after[skip * channels..][..ready * channels].iter().map(|x| *x as f32));
        Ok(())
    }

    fn begin(&mut self) {
        self.inner.reset();
        self.before.clear();
        (self.taken, self.given, self.delay) = (0, 0, self.inner.output_delay());
    }
}

/// A cache of recently used resamplers: creating one takes longer than resampling a short recording.
#[derive(Default)]
pub struct Resamplers(Vec<Resampler>);

impl Resamplers {
    /// A resampler in its initial state.
    pub fn get(&mut self, from: u32, to: u32, channels: usize) -> Result<&mut Resampler, Fault> {
        let kind = (from, to, channels);
        let mut one = match self.0.iter().position(|one| one.kind == kind) {
            Some(at) => self.0.remove(at),
            None => Resampler::new(kind)?,
        };
        one.begin();
        self.0.insert(0, one);
        let mut all = 0;
        let weight = |one: &Resampler| (one.block.0 + one.block.1) * (1 + one.kind.2);
        self.0.retain(|one| {
            let first = all == 0;
            all += weight(one);
            first || all <= KEPT
        });
        Ok(&mut self.0[0])
    }
}

#[cfg(test)]
mod tests;
