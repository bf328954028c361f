//! SIMD vectors. The kernels are generic over [`Lanes`] and compiled for each width.

/// A vector of `W` numbers, with the operations of the kernels.
pub(crate) trait Lanes<const W: usize>: Copy {
    fn splat(value: f32) -> Self;
    fn load(from: &[f32; W]) -> Self;
    fn store(self, to: &mut [f32; W]);
    fn add(self, other: Self) -> Self;
    fn sub(self, other: Self) -> Self;
    fn mul(self, other: Self) -> Self;
    /// `self · factor + summand`, rounded once if the processor supports it.
    fn mul_add(self, factor: Self, summand: Self) -> Self;
    /// `summand − self · factor`, rounded once if the processor supports it.
    fn mul_sub_from(self, factor: Self, summand: Self) -> Self;
    fn sqrt(self) -> Self;
    fn max(self, other: Self) -> Self;
    fn min(self, other: Self) -> Self;
    /// Splits a positive normal number into `2^e · (1 + t)` with `1 + t` between √½ and √2: returns `(e, t)`.
    fn split(self) -> (Self, Self);
    /// Reverses the lanes.
    fn reverse(self) -> Self;
    /// Transposes a square of rows.
    fn transpose(rows: [Self; W]) -> [Self; W];
}

/// The bits of √½: subtracting them before extracting the exponent centres the mantissa on 1.
pub(crate) const ROOT_HALF_BITS: i32 = 0x3f35_04f3;

/// Lanes in portable Rust, for any processor.
#[derive(Clone, Copy)]
pub(crate) struct Plain<const W: usize>([f32; W]);

impl<const W: usize> Plain<W> {
    #[inline(always)]
    fn zip(mut self, other: Self, f: impl Fn(f32, f32) -> f32) -> Self {
        for (a, b) in self.0.iter_mut().zip(other.0) {
            *a = f(*a, b);
        }
        self
    }
}

impl<const W: usize> Lanes<W> for Plain<W> {
    #[inline(always)]
    fn splat(value: f32) -> Self {
        Plain([value; W])
    }

    #[inline(always)]
    fn load(from: &[f32; W]) -> Self {
        Plain(*from)
    }

    #[inline(always)]
    fn store(self, to: &mut [f32; W]) {
        *to = self.0;
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.zip(other, |a, b| a + b)
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        self.zip(other, |a, b| a - b)
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        self.zip(other, |a, b| a * b)
    }

    // `f32::mul_add` would be a library call without the instruction.
    #[inline(always)]
    fn mul_add(self, factor: Self, summand: Self) -> Self {
        self.mul(factor).add(summand)
    }

    #[inline(always)]
    fn mul_sub_from(self, factor: Self, summand: Self) -> Self {
        summand.sub(self.mul(factor))
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        Plain(self.0.map(f32::sqrt))
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        self.zip(other, |a, b| if a > b { a } else { b })
    }

    #[inline(always)]
    fn min(self, other: Self) -> Self {
        self.zip(other, |a, b| if a < b { a } else { b })
    }

    #[inline(always)]
    fn split(self) -> (Self, Self) {
        let exponent = self.0.map(|x| (x.to_bits() as i32 - ROOT_HALF_BITS) >> 23);
        let mut t = self;
        for (t, e) in t.0.iter_mut().zip(exponent) {
            *t = f32::from_bits((t.to_bits() as i32 - (e << 23)) as u32) - 1.0;
        }
        (Plain(exponent.map(|e| e as f32)), t)
    }

    #[inline(always)]
    fn reverse(mut self) -> Self {
        self.0.reverse();
        self
    }

    #[inline(always)]
    fn transpose(rows: [Self; W]) -> [Self; W] {
        let mut columns = rows;
        for (i, row) in rows.iter().enumerate() {
            for (j, x) in row.0.iter().enumerate() {
                columns[j].0[i] = *x;
            }
        }
        columns
    }
}
