//! The level of a channel in a frame.

use crate::fft::{Kernel, Lanes, Processor};

/// The level of a channel in a frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Level {
    /// All zeros.
    Silent,
    /// The samples contain a NaN or an infinity.
    Broken,
    /// The RMS is between two to this power and twice that value.
    Rms(i32),
}

impl Level {
    pub(super) fn of(channel: &[f32], processor: Processor) -> Level {
        let mut squares = 0.0;
        processor.run(SumOfSquares { channel, sum: &mut squares });
        // Safely within the range in which squares in f32 neither underflow nor overflow. Otherwise, f64 can represent
        // the squares of any f32.
        let squares = match squares {
            1e-30..1e30 => f64::from(squares),
            _ => channel.iter().map(|x| f64::from(*x) * f64::from(*x)).sum(),
        };
        if squares == 0.0 {
            Level::Silent
        } else if !squares.is_finite() {
            Level::Broken
        } else {
            let octaves = 0.5 * (squares / channel.len() as f64).log2();
            Level::Rms(octaves.floor().clamp(-126.0, 126.0) as i32)
        }
    }
}

/// Two to an integer power from -126 to 126.
pub(super) fn two_to(exponent: i32) -> f32 {
    f32::from_bits(((exponent + 127) as u32) << 23)
}

struct SumOfSquares<'a> {
    channel: &'a [f32],
    sum: &'a mut f32,
}

impl Kernel for SumOfSquares<'_> {
    #[inline(always)]
    fn run<const W: usize, V: Lanes<W>>(self) {
        let (rows, rest) = self.channel.as_chunks::<W>();
        // Four independent sums, which hide the latency of addition.
        let (fours, ones) = rows.as_chunks::<4>();
        let mut sums = [V::splat(0.0); 4];
        for four in fours {
            for i in 0..4 {
                let x = V::load(&four[i]);
                sums[i] = x.mul_add(x, sums[i]);
            }
        }
        for row in ones {
            let x = V::load(row);
            sums[0] = x.mul_add(x, sums[0]);
        }
        let mut lanes = [0.0; W];
        sums[0].add(sums[1]).add(sums[2].add(sums[3])).store(&mut lanes);
        *self.sum = lanes.iter().sum::<f32>() + rest.iter().map(|x| x * x).sum::<f32>();
    }
}
