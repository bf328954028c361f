//! Decimation by a power of two, with the low-pass filter that librosa's resampler has at this ratio.

use crate::fft::{Kernel, Lanes, Processor};
use crate::taper::kaiser::low_pass;

/// Number of outputs that are summed in parallel.
const ABREAST: usize = 8;

/// `(factor, β, half width)` of the Kaiser windows of soxr's quality HQ, fitted to its impulse responses with errors of
/// at most 3e-8, the resolution of its f32.
const KAISER: [(usize, f64, f64); 3] =
    [(2, 13.040_08, 194.5003), (4, 13.711_34, 409.0019), (8, 14.104_25, 842.0018)];

/// The cutoff (−6 dB) as a share of half the new rate: flat to 0.913, stopped from 1.
const CUTOFF: f64 = 0.956_871_8;

/// The impulse response from its centre on.
fn response(factor: usize) -> Vec<f64> {
    let [.., last] = KAISER;
    let (of, beta, width) = KAISER.into_iter().find(|(of, ..)| *of == factor).unwrap_or(last);
    // beyond the table, the last entry is scaled
    let width = width * factor as f64 / of as f64;
    let cutoff = CUTOFF / factor as f64;
    (0..=width as usize).map(|k| low_pass(k, cutoff, width, beta)).collect()
}

/// The filter, computed only for the samples that are kept, without delay and with a buffer of fixed size. Amplitudes
/// are multiplied by √factor, as in librosa's `resample(scale=True)`, which preserves the energy of the signal.
pub(super) struct Decimator {
    processor: Processor,
    factor: usize,
    /// The scaled impulse response, from its centre on.
    taps: Vec<f64>,
    /// By remainder of the sample number, the samples around the next output, `back` of them before it.
    phases: Vec<Vec<f64>>,
    back: usize,
    /// The phase of the next sample.
    next: usize,
    made: Vec<f32>,
}

impl Decimator {
    /// Creates a decimator for blocks of at most `piece` samples.
    pub(super) fn new(factor: usize, piece: usize) -> Decimator {
        let gain = (factor as f64).sqrt();
        let taps: Vec<f64> = response(factor).into_iter().map(|tap| tap * gain).collect();
        let back = (taps.len() - 1).div_ceil(factor);
        let room = piece.div_ceil(factor) + 4 * back + ABREAST;
        let phases = (0..factor).map(|_| Vec::with_capacity(room)).collect();
        let made = Vec::with_capacity(room);
        let mut decimator =
            Decimator { processor: Processor::best(), factor, taps, phases, back, next: 0, made };
        decimator.start_at(0);
        decimator
    }

    pub(super) fn factor(&self) -> usize {
        self.factor
    }

    /// Number of samples on each side that an output depends on.
    pub(super) fn reach(&self) -> usize {
        self.taps.len() - 1
    }

    /// Starts at sample `index`. Returns the number of the first output.
    pub(super) fn start_at(&mut self, index: u64) -> u64 {
        let factor = self.factor as u64;
        self.next = (index % factor) as usize;
        for (phase, held) in self.phases.iter_mut().enumerate() {
            held.clear();
            // the first sample of these phases precedes the first output
            let one_less = self.next > 0 && phase >= self.next;
            held.resize(self.back - usize::from(one_less), 0.0);
        }
        index.div_ceil(factor)
    }

    /// Adds samples and returns the outputs that are complete.
    pub(super) fn push(&mut self, samples: &[f32]) -> &[f32] {
        for sample in samples {
            self.phases[self.next].push(f64::from(*sample));
            self.next = (self.next + 1) % self.factor;
        }
        self.make()
    }

    /// Ends the signal with zeros and returns the remaining outputs.
    pub(super) fn finish(&mut self) -> &[f32] {
        let wanted = self.phases[0].len() + self.back + 1;
        for held in &mut self.phases {
            held.resize(wanted, 0.0);
        }
        let left = wanted - 2 * self.back - 1;
        self.make();
        self.made.truncate(left);
        &self.made
    }

    fn make(&mut self) -> &[f32] {
        let Self { processor, factor, taps, phases, back, made, .. } = self;
        let reach = taps.len() - 1;
        let full = |(phase, held): (usize, &Vec<f64>)| {
            let ahead = if phase <= reach { (reach - phase) / *factor } else { 0 };
            held.len().saturating_sub(*back + ahead)
        };
        let count = phases.iter().enumerate().map(full).min().unwrap_or_default();
        made.clear();
        made.resize(count, 0.0);
        processor.run(Make { taps, phases, back: *back, made });
        for held in phases {
            held.copy_within(count.., 0);
            held.truncate(held.len() - count);
        }
        &self.made
    }
}

struct Make<'a> {
    taps: &'a [f64],
    phases: &'a [Vec<f64>],
    back: usize,
    made: &'a mut [f32],
}

impl Kernel for Make<'_> {
    #[inline(always)]
    fn run<const W: usize, V: Lanes<W>>(self) {
        let Make { taps, phases, back, made } = self;
        let (outs, rest) = made.as_chunks_mut::<ABREAST>();
        for (at, out) in outs.iter_mut().enumerate() {
            *out = some(taps, phases, back + ABREAST * at);
        }
        let done = ABREAST * outs.len();
        for (at, out) in rest.iter_mut().enumerate() {
            [*out] = some(taps, phases, back + done + at);
        }
    }
}

/// Computes the outputs around these samples.
#[inline(always)]
fn some<const N: usize>(taps: &[f64], phases: &[Vec<f64>], at: usize) -> [f32; N] {
    let factor = phases.len();
    let slice = |phase: usize, from: usize| -> &[f64; N] {
        phases[phase].get(from..).and_then(|held| held.first_chunk()).unwrap_or(&[0.0; N])
    };
    let centre = slice(0, at);
    let mut sums = [0.0; N];
    for i in 0..N {
        sums[i] = taps[0] * centre[i];
    }
    // the sample k after the output has phase k mod factor, the sample k before it phase -k mod factor
    let (mut phase, mut whole) = (0, 0);
    for tap in &taps[1..] {
        phase += 1;
        if phase == factor {
            (phase, whole) = (0, whole + 1);
        }
        let after = slice(phase, at + whole);
        let before = if phase == 0 { slice(0, at - whole) } else { slice(factor - phase, at - whole - 1) };
        for i in 0..N {
            sums[i] += tap * (before[i] + after[i]);
        }
    }
    sums.map(hold)
}

/// Converts to f32; values out of range become the largest f32, NaN stays NaN.
#[inline(always)]
fn hold(x: f64) -> f32 {
    const MOST: f64 = f32::MAX as f64;
    if x.is_finite() { x.clamp(-MOST, MOST) as f32 } else { f32::NAN }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_pieces_give_the_same_and_low_tones_stay() {
        for factor in [2, 4, 8, 16] {
            let step = 1.4 / factor as f64;
            let tone: Vec<f32> = (0..16001).map(|n| (f64::from(n) * step).sin() as f32).collect();
            let whole = |piece: usize| {
                let mut decimator = Decimator::new(factor, piece);
                let mut out = vec![];
                tone.chunks(piece).for_each(|samples| out.extend_from_slice(decimator.push(samples)));
                out.extend_from_slice(decimator.finish());
                out
            };
            let out = whole(16001);
            assert_eq!(out.len(), 16001usize.div_ceil(factor));
            for piece in [1, 7, 500] {
                assert_eq!(whole(piece), out, "{piece}");
            }
            for (n, x) in out.iter().enumerate().take(out.len() - 120).skip(120) {
                let wanted = (factor as f32).sqrt() * tone[factor * n];
                assert!((x - wanted).abs() < 4e-6, "{factor}, {n}: {x} {wanted}");
            }
        }
    }

    #[test]
    fn it_may_begin_at_any_sample() {
        let noise: Vec<f32> = (0..9000).map(|n| ((n * n % 7919) as f32 * 0.37).sin()).collect();
        for factor in [2, 4, 8] {
            let mut decimator = Decimator::new(factor, 9000);
            let whole = decimator.push(&noise).to_vec();
            for start in [1, 2, 301, 304] {
                let first = decimator.start_at(start as u64) as usize;
                let reach = decimator.reach().div_ceil(factor);
                let rest = decimator.push(&noise[start..]);
                let both = rest.len().min(whole.len() - first);
                assert!(both > 300);
                assert_eq!(rest[reach..both], whole[first + reach..first + both], "{factor} from {start}");
            }
        }
    }
}
