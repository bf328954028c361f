//! Fast white Gaussian noise.

use std::sync::LazyLock;

/// Gaussian random numbers by the ziggurat method (Marsaglia and Tsang 2000, with 256 layers) over xoshiro256++ (Blackman
/// and Vigna 2021), whose period is 2²⁵⁶ − 1.
///
/// It is passed by value in the slow path, so that the compiler keeps it in registers.
#[derive(Clone, Copy)]
pub struct Gaussian([u64; 4]);

/// Layers of equal area under exp(−x²/2).
struct Layers {
    /// Right edges, from the widest to 0; the first is the base layer with the tail.
    x: [f64; 257],
    /// By layer: the factor from a random number of 24 bits to x, and the limit below which x is under the curve.
    fast: [(f32, i32); 256],
}

/// The start of the tail.
const TAIL: f64 = 3.654_152_885_361_009;
/// The area of each layer.
const AREA: f64 = 0.004_928_673_233_992_336;
/// The range of a signed number of 24 bits.
const HALF: f64 = (1u32 << 23) as f64;

static LAYERS: LazyLock<Layers> = LazyLock::new(|| {
    let mut x = [0.0; 257];
    (x[0], x[1]) = (AREA / curve(TAIL), TAIL);
    for i in 1..255 {
        x[i + 1] = (-2.0 * (AREA / x[i] + curve(x[i])).ln()).sqrt();
    }
    let fast = std::array::from_fn(|i| ((x[i] / HALF) as f32, (x[i + 1] / x[i] * HALF) as i32));
    Layers { x, fast }
});

fn curve(x: f64) -> f64 {
    (-0.5 * x * x).exp()
}

impl Gaussian {
    /// A generator with this seed.
    pub fn new(seed: [u64; 2]) -> Self {
        let mut z = seed[0].wrapping_mul(0xd1b5_4a32_d192_ed03) ^ seed[1].wrapping_mul(0x2545_f491_4f6c_dd1d);
        Self(std::array::from_fn(|_| {
            // SplitMix64, which the authors recommend for seeding
            z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let y = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let y = (y ^ (y >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            y ^ (y >> 31)
        }))
    }

    /// Fills pairs of numbers with standard deviation 1.
    pub fn fill(&mut self, pairs: &mut [[f32; 2]]) {
        let (layers, mut own) = (&*LAYERS, *self);
        for pair in pairs {
            let bits = own.bits();
            let halves = [bits as u32, (bits >> 32) as u32];
            let numbers = halves.map(|bits| bits as i32 >> 8);
            let fast = halves.map(|bits| layers.fast[(bits & 255) as usize]);
            *pair = [0, 1].map(|i| numbers[i] as f32 * fast[i].0);
            for i in 0..2 {
                if numbers[i].abs() >= fast[i].1 {
                    (own, pair[i]) = own.slow_path(layers, halves[i]);
                }
            }
        }
        *self = own;
    }

    /// The slow path, taken by one number in eighty: the point may be above the curve.
    #[cold]
    #[inline(never)]
    fn slow_path(mut self, layers: &Layers, mut bits: u32) -> (Self, f32) {
        loop {
            let (layer, number, edges) = ((bits & 255) as usize, bits as i32 >> 8, &layers.x);
            let x = f64::from(number) / HALF * edges[layer];
            if x.abs() < edges[layer + 1] {
                return (self, x as f32);
            }
            if layer == 0 {
                // the tail: exponential, rejected above the curve
                loop {
                    let (a, b) = (-self.uniform().ln() / TAIL, -self.uniform().ln());
                    if 2.0 * b > a * a {
                        return (self, (TAIL + a).copysign(f64::from(number)) as f32);
                    }
                }
            }
            let (low, high) = (curve(edges[layer]), curve(edges[layer + 1]));
            if low + self.uniform() * (high - low) < curve(x) {
                return (self, x as f32);
            }
            bits = self.bits() as u32;
        }
    }

    /// A uniform number in (0, 1].
    fn uniform(&mut self) -> f64 {
        ((self.bits() >> 11) + 1) as f64 / (1u64 << 53) as f64
    }

    #[inline]
    fn bits(&mut self) -> u64 {
        let [a, b, c, d] = self.0;
        let result = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let (c, d) = (c ^ a, d ^ b);
        self.0 = [a ^ d, b ^ c, c ^ (b << 17), d.rotate_left(45)];
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use passband_dsp::noise::false_alarm_probability;

    fn numbers(gaussian: &mut Gaussian, pairs: usize) -> Vec<f64> {
        let mut numbers = vec![[0.0; 2]; pairs];
        gaussian.fill(&mut numbers);
        numbers.into_iter().flatten().map(f64::from).collect()
    }

    #[test]
    fn numbers_are_gaussian_into_the_tails() {
        let mut gaussian = Gaussian::new([1, 2]);
        let numbers = numbers(&mut gaussian, 2_000_000);
        let count = numbers.len() as f64;
        let moment = |power| numbers.iter().map(|x| x.powi(power)).sum::<f64>() / count;
        // standard deviations of these moments: 1, √2, √15 and √96 over √count
        for (power, wanted, deviation) in [(1, 0.0, 1.0), (2, 1.0, 1.42), (3, 0.0, 3.88), (4, 3.0, 9.8)] {
            let apart = (moment(power) - wanted).abs();
            assert!(apart < 4.0 * deviation / count.sqrt(), "moment {power} is {}", moment(power));
        }
        for edge in [0.5, 1.0, 2.0, 3.0, 3.6, 4.0] {
            // for so many frames, the mean is Gaussian
            let wanted = 2.0 * count * false_alarm_probability(edge, 1_000_000_000);
            let beyond = numbers.iter().filter(|x| x.abs() > edge).count() as f64;
            assert!(
                (beyond - wanted).abs() < 4.0 * wanted.sqrt() + 0.001 * wanted,
                "{edge}: {beyond} {wanted}"
            );
        }
    }

    #[test]
    fn consecutive_numbers_are_uncorrelated() {
        let mut gaussian = Gaussian::new([1, 2]);
        let drawn = numbers(&mut gaussian, 500_000);
        for lag in [1, 2, 3, 4, 256, 3072, 500_000] {
            let pairs = drawn.iter().zip(&drawn[lag..]);
            let (count, sum) = pairs.fold((0.0, 0.0), |(n, sum), (a, b)| (n + 1.0, sum + a * b));
            assert!(f64::abs(sum / f64::sqrt(count)) < 4.0, "lag {lag}: {sum}");
        }
        let other = numbers(&mut Gaussian::new([1, 3]), 100);
        assert!(other.iter().zip(&drawn).all(|(a, b)| a != b));
    }
}
