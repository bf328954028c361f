//! Decimation by an integer factor, for analyses that need no high frequencies.

use std::f64::consts::PI;

/// A linear-phase low-pass filter, computed only for the samples that are kept. Its delay is compensated: sample `n` of
/// the output is at the time of sample `n · factor` of the input.
///
/// Flat to 0.1 dB up to 0.4 of the output rate. Aliases below 0.4 of the output rate are attenuated by 70 dB.
#[derive(Debug)]
pub(super) struct Decimator {
    factor: usize,
    /// One half of the symmetric impulse response, from its centre on.
    half: Vec<f64>,
    held: Vec<f64>,
    /// Index in `held` on which the next output is centred.
    centre: usize,
    /// Number of inputs since the last output.
    pending: u64,
    out: Vec<f32>,
}

impl Decimator {
    /// Decimates to the lowest rate that is not below `least_hz`.
    pub(super) fn new(rate_hz: f64, least_hz: f64) -> Decimator {
        let factor = (rate_hz / least_hz).floor().max(1.0) as usize;
        let reach = if factor == 1 { 0 } else { 12 * factor };
        let tap = |n: usize| {
            let x = PI * n as f64 / factor as f64;
            let sinc = if n == 0 { 1.0 } else { libm::sin(x) / x };
            // Blackman window over both halves
            let w = PI * n as f64 / (reach + 1) as f64;
            sinc * (0.42 + 0.5 * libm::cos(w) + 0.08 * libm::cos(2.0 * w))
        };
        let half: Vec<f64> = (0..=reach).map(tap).collect();
        let sum = 2.0 * half.iter().sum::<f64>() - half[0];
        let half = half.iter().map(|tap| tap / sum).collect();
        let mut decimator = Decimator { factor, half, held: vec![], centre: 0, pending: 0, out: vec![] };
        decimator.restart();
        decimator
    }

    pub(super) fn factor(&self) -> usize {
        self.factor
    }

    fn restart(&mut self) {
        let reach = self.half.len() - 1;
        self.held.clear();
        self.held.resize(reach, 0.0);
        (self.centre, self.pending) = (reach, 0);
    }

    /// Adds samples and emits the output samples that they complete. Samples that are not finite count as 0.
    pub(super) fn push(&mut self, samples: &[f32], mut each: impl FnMut(&[f32])) {
        for piece in samples.chunks(4096) {
            self.pending += piece.len() as u64;
            self.held.extend(piece.iter().map(|x| if x.is_finite() { f64::from(*x) } else { 0.0 }));
            self.filter();
            each(&self.out);
        }
    }

    /// Emits the remaining output samples. The next samples begin another signal.
    pub(super) fn finish(&mut self, mut each: impl FnMut(&[f32])) {
        let left = self.pending.div_ceil(self.factor as u64) as usize;
        self.held.resize(self.held.len() + self.half.len() + left * self.factor, 0.0);
        self.filter();
        self.out.truncate(left);
        each(&self.out);
        self.restart();
    }

    fn filter(&mut self) {
        self.out.clear();
        let reach = self.half.len() - 1;
        while self.centre + reach < self.held.len() {
            let after = &self.held[self.centre..=self.centre + reach];
            let before = &self.held[self.centre - reach..=self.centre];
            // four parallel sums: the order of additions is fixed, and additions do not wait for one another
            let mut sums = [0.0; 4];
            let pairs = after.iter().zip(before.iter().rev()).zip(&self.half).skip(1);
            for (n, ((after, before), tap)) in pairs.enumerate() {
                sums[n % 4] += tap * (after + before);
            }
            let value = self.half[0] * after[0] + (sums[0] + sums[1]) + (sums[2] + sums[3]);
            self.out.push(value as f32);
            self.centre += self.factor;
            self.pending = self.pending.saturating_sub(self.factor as u64);
        }
        let gone = (self.centre - reach).min(self.held.len());
        self.held.drain(..gone);
        self.centre -= gone;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimated(samples: &[f32], block: usize) -> Vec<f32> {
        let mut decimator = Decimator::new(44100.0, 11000.0);
        let mut out = vec![];
        samples.chunks(block).for_each(|block| decimator.push(block, |x| out.extend_from_slice(x)));
        decimator.finish(|x| out.extend_from_slice(x));
        out
    }

    #[test]
    fn low_tones_pass_in_time_and_high_ones_do_not() {
        let tone = |hz: f64| {
            let sample = |n: usize| libm::sin(2.0 * PI * hz * n as f64 / 44100.0) as f32;
            (0..4001).map(sample).collect::<Vec<_>>()
        };
        let low = decimated(&tone(1000.0), 100);
        assert_eq!(low.len(), 1001);
        for (n, value) in low.iter().enumerate().skip(20).take(950) {
            let expected = libm::sin(2.0 * PI * 1000.0 * n as f64 / 11025.0) as f32;
            assert!((value - expected).abs() < 0.005, "{n}: {value} for {expected}");
        }
        let high = decimated(&tone(9000.0), 4001);
        assert!(high[20..980].iter().all(|value| value.abs() < 4e-4));
        assert_eq!(decimated(&tone(1000.0), 7), low);
        assert!(decimated(&[], 1).is_empty());
    }
}
