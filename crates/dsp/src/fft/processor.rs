//! Detects the instruction sets of the processor, and provides the kernels compiled for them.
//!
//! This is the only module with `unsafe` code. It is sound for two reasons:
//! - The vector types are private to this module and used only in functions marked with `target_feature`. These are
//!   called only from [`Processor::run`], with a [`Processor`] that only [`Processor::all`] creates, after it has
//!   detected the instructions. Therefore a processor never executes an instruction that it does not support.
//! - Loads and stores use references to arrays of exactly the width read or written, and are unaligned.
#![allow(unsafe_code)]

use super::lanes::{Lanes, Plain};

/// A computation for vectors of any width.
pub(crate) trait Kernel {
    /// Runs it with vectors of `W` numbers. Must be `#[inline(always)]`, to be compiled for the caller's instruction
    /// set.
    fn run<const W: usize, V: Lanes<W>>(self);
}

/// A detected instruction set of this processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Processor(Instructions);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Instructions {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    Plain,
}

impl Processor {
    /// The instruction sets of this processor, fastest first.
    pub(crate) fn all() -> impl Iterator<Item = Processor> {
        let mut found = [None; 3];
        #[cfg(target_arch = "x86_64")]
        {
            let fma = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
            found[0] = (fma && is_x86_feature_detected!("avx512f")).then_some(Instructions::Avx512);
            found[1] = fma.then_some(Instructions::Avx2);
        }
        found[2] = Some(Instructions::Plain);
        found.into_iter().flatten().map(Processor)
    }

    /// The fastest instruction set.
    pub(crate) fn best() -> Processor {
        Processor::all().next().unwrap_or(Processor(Instructions::Plain))
    }

    /// Number of numbers per vector.
    pub(crate) fn width(self) -> usize {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 => 16,
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => 8,
            Instructions::Plain => 8,
        }
    }

    /// Runs a kernel with these instructions.
    #[inline]
    pub(crate) fn run(self, kernel: impl Kernel) {
        match self.0 {
            // SAFETY: `all` has detected these instructions.
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 => unsafe { x86::avx512(kernel) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => unsafe { x86::avx2(kernel) },
            Instructions::Plain => kernel.run::<8, Plain<8>>(),
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::super::lanes::{Lanes, ROOT_HALF_BITS};
    use super::Kernel;

    #[target_feature(enable = "avx512f,avx2,fma")]
    pub(super) fn avx512(kernel: impl Kernel) {
        kernel.run::<16, Sixteen>();
    }

    #[target_feature(enable = "avx2,fma")]
    pub(super) fn avx2(kernel: impl Kernel) {
        kernel.run::<8, Eight>();
    }

    #[derive(Clone, Copy)]
    struct Sixteen(__m512);

    #[derive(Clone, Copy)]
    struct Eight(__m256);

    /// Operations that are a single instruction each.
    macro_rules! plain_operations {
        ($lanes:ident, $width:literal, $splat:ident, $load:ident, $store:ident, $add:ident, $sub:ident, $mul:ident,
         $fma:ident, $fnma:ident, $sqrt:ident, $max:ident, $min:ident) => {
            #[inline(always)]
            fn splat(value: f32) -> Self {
                // SAFETY: see the module.
                $lanes(unsafe { $splat(value) })
            }
            #[inline(always)]
            fn load(from: &[f32; $width]) -> Self {
                // SAFETY: see the module; the array has the width of the load.
                $lanes(unsafe { $load(from.as_ptr()) })
            }
            #[inline(always)]
            fn store(self, to: &mut [f32; $width]) {
                // SAFETY: see the module; the array has the width of the store.
                unsafe { $store(to.as_mut_ptr(), self.0) }
            }
            #[inline(always)]
            fn add(self, other: Self) -> Self {
                // SAFETY: see the module.
                $lanes(unsafe { $add(self.0, other.0) })
            }
            #[inline(always)]
            fn sub(self, other: Self) -> Self {
                // SAFETY: see the module.
                $lanes(unsafe { $sub(self.0, other.0) })
            }
            #[inline(always)]
            fn mul(self, other: Self) -> Self {
                // SAFETY: see the module.
                $lanes(unsafe { $mul(self.0, other.0) })
            }
            #[inline(always)]
            fn mul_add(self, factor: Self, summand: Self) -> Self {
                // SAFETY: see the module.
                $lanes(unsafe { $fma(self.0, factor.0, summand.0) })
            }
            #[inline(always)]
            fn mul_sub_from(self, factor: Self, summand: Self) -> Self {
                // SAFETY: see the module.
                $lanes(unsafe { $fnma(self.0, factor.0, summand.0) })
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                // SAFETY: see the module.
                $lanes(unsafe { $sqrt(self.0) })
            }
            #[inline(always)]
            fn max(self, other: Self) -> Self {
                // SAFETY: see the module.
                $lanes(unsafe { $max(self.0, other.0) })
            }
            #[inline(always)]
            fn min(self, other: Self) -> Self {
                // SAFETY: see the module.
                $lanes(unsafe { $min(self.0, other.0) })
            }
        };
    }

    impl Lanes<16> for Sixteen {
        plain_operations!(
            Sixteen,
            16,
            _mm512_set1_ps,
            _mm512_loadu_ps,
            _mm512_storeu_ps,
            _mm512_add_ps,
            _mm512_sub_ps,
            _mm512_mul_ps,
            _mm512_fmadd_ps,
            _mm512_fnmadd_ps,
            _mm512_sqrt_ps,
            _mm512_max_ps,
            _mm512_min_ps
        );

        #[inline(always)]
        fn split(self) -> (Self, Self) {
            // SAFETY: see the module.
            unsafe {
                let bits = _mm512_castps_si512(self.0);
                let exponent =
                    _mm512_srai_epi32::<23>(_mm512_sub_epi32(bits, _mm512_set1_epi32(ROOT_HALF_BITS)));
                let mantissa = _mm512_sub_epi32(bits, _mm512_slli_epi32::<23>(exponent));
                let t = _mm512_sub_ps(_mm512_castsi512_ps(mantissa), _mm512_set1_ps(1.0));
                (Sixteen(_mm512_cvtepi32_ps(exponent)), Sixteen(t))
            }
        }

        #[inline(always)]
        fn reverse(self) -> Self {
            // SAFETY: see the module.
            unsafe {
                let last_first = _mm512_setr_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
                Sixteen(_mm512_permutexvar_ps(last_first, self.0))
            }
        }

        /// Transposes within quarters of a row, by pairs and pairs of pairs, and then the quarters as a whole.
        #[inline(always)]
        fn transpose(r: [Self; 16]) -> [Self; 16] {
            let mut u = r;
            let mut out = r;
            // SAFETY: see the module.
            unsafe {
                for g in [0, 4, 8, 12] {
                    let low = _mm512_castps_pd(_mm512_unpacklo_ps(r[g].0, r[g + 1].0));
                    let high = _mm512_castps_pd(_mm512_unpackhi_ps(r[g].0, r[g + 1].0));
                    let next_low = _mm512_castps_pd(_mm512_unpacklo_ps(r[g + 2].0, r[g + 3].0));
                    let next_high = _mm512_castps_pd(_mm512_unpackhi_ps(r[g + 2].0, r[g + 3].0));
                    u[g] = Sixteen(_mm512_castpd_ps(_mm512_unpacklo_pd(low, next_low)));
                    u[g + 1] = Sixteen(_mm512_castpd_ps(_mm512_unpackhi_pd(low, next_low)));
                    u[g + 2] = Sixteen(_mm512_castpd_ps(_mm512_unpacklo_pd(high, next_high)));
                    u[g + 3] = Sixteen(_mm512_castpd_ps(_mm512_unpackhi_pd(high, next_high)));
                }
                for c in 0..4 {
                    let a = _mm512_shuffle_f32x4::<0x44>(u[c].0, u[4 + c].0);
                    let b = _mm512_shuffle_f32x4::<0xee>(u[c].0, u[4 + c].0);
                    let d = _mm512_shuffle_f32x4::<0x44>(u[8 + c].0, u[12 + c].0);
                    let e = _mm512_shuffle_f32x4::<0xee>(u[8 + c].0, u[12 + c].0);
                    out[c] = Sixteen(_mm512_shuffle_f32x4::<0x88>(a, d));
                    out[4 + c] = Sixteen(_mm512_shuffle_f32x4::<0xdd>(a, d));
                    out[8 + c] = Sixteen(_mm512_shuffle_f32x4::<0x88>(b, e));
                    out[12 + c] = Sixteen(_mm512_shuffle_f32x4::<0xdd>(b, e));
                }
            }
            out
        }
    }

    impl Lanes<8> for Eight {
        plain_operations!(
            Eight,
            8,
            _mm256_set1_ps,
            _mm256_loadu_ps,
            _mm256_storeu_ps,
            _mm256_add_ps,
            _mm256_sub_ps,
            _mm256_mul_ps,
            _mm256_fmadd_ps,
            _mm256_fnmadd_ps,
            _mm256_sqrt_ps,
            _mm256_max_ps,
            _mm256_min_ps
        );

        #[inline(always)]
        fn split(self) -> (Self, Self) {
            // SAFETY: see the module.
            unsafe {
                let bits = _mm256_castps_si256(self.0);
                let exponent =
                    _mm256_srai_epi32::<23>(_mm256_sub_epi32(bits, _mm256_set1_epi32(ROOT_HALF_BITS)));
                let mantissa = _mm256_sub_epi32(bits, _mm256_slli_epi32::<23>(exponent));
                let t = _mm256_sub_ps(_mm256_castsi256_ps(mantissa), _mm256_set1_ps(1.0));
                (Eight(_mm256_cvtepi32_ps(exponent)), Eight(t))
            }
        }

        #[inline(always)]
        fn reverse(self) -> Self {
            // SAFETY: see the module.
            unsafe {
                let last_first = _mm256_setr_epi32(7, 6, 5, 4, 3, 2, 1, 0);
                Eight(_mm256_permutevar8x32_ps(self.0, last_first))
            }
        }

        #[inline(always)]
        fn transpose(r: [Self; 8]) -> [Self; 8] {
            let mut u = r;
            let mut out = r;
            // SAFETY: see the module.
            unsafe {
                for g in [0, 4] {
                    let low = _mm256_castps_pd(_mm256_unpacklo_ps(r[g].0, r[g + 1].0));
                    let high = _mm256_castps_pd(_mm256_unpackhi_ps(r[g].0, r[g + 1].0));
                    let next_low = _mm256_castps_pd(_mm256_unpacklo_ps(r[g + 2].0, r[g + 3].0));
                    let next_high = _mm256_castps_pd(_mm256_unpackhi_ps(r[g + 2].0, r[g + 3].0));
                    u[g] = Eight(_mm256_castpd_ps(_mm256_unpacklo_pd(low, next_low)));
                    u[g + 1] = Eight(_mm256_castpd_ps(_mm256_unpackhi_pd(low, next_low)));
                    u[g + 2] = Eight(_mm256_castpd_ps(_mm256_unpacklo_pd(high, next_high)));
                    u[g + 3] = Eight(_mm256_castpd_ps(_mm256_unpackhi_pd(high, next_high)));
                }
                for c in 0..4 {
                    out[c] = Eight(_mm256_permute2f128_ps::<0x20>(u[c].0, u[4 + c].0));
                    out[4 + c] = Eight(_mm256_permute2f128_ps::<0x31>(u[c].0, u[4 + c].0));
                }
            }
            out
        }
    }
}
