//! Converts the transform of a pair of channels to the values of each, by bin.

use super::Scale;
use crate::decibel::decibels;
use crate::fft::{Kernel, Lanes, Plain};

/// How the power in a bin is converted to its value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    form: Form,
    gain: f32,
    /// Factor on the power at 0 Hz and Nyquist.
    edge: f32,
}

#[derive(Clone, Copy, Debug)]
enum Form {
    /// `power · gain`
    Power,
    /// `√power · gain`
    Root,
    /// `10·log10(power · gain)`
    Decibels,
}

impl Reading {
    /// For a bin of power `abs(X)²` of a channel that was divided by two to the power of `level`. `gain` and
    /// `edge_gain` are factors on power: for inner bins, and for 0 Hz and Nyquist.
    pub(super) fn new(scale: Scale, gain: f64, edge_gain: f64, level: i32) -> Reading {
        let unit = 2f64.powi(level);
        let (form, gain_here) = match scale {
            Scale::Magnitude | Scale::Amplitude => (Form::Root, gain.sqrt() * unit),
            Scale::Power | Scale::Density => (Form::Power, gain * unit * unit),
            Scale::Dbfs => (Form::Decibels, gain * unit * unit),
        };
        Reading { form, gain: gain_here.min(f64::from(f32::MAX)) as f32, edge: (edge_gain / gain) as f32 }
    }

    #[inline(always)]
    fn read<const W: usize, V: Lanes<W>>(&self, power: V) -> V {
        let (gain, most) = (V::splat(self.gain), V::splat(f32::MAX));
        match self.form {
            Form::Power => power.mul(gain).min(most),
            Form::Root => power.sqrt().mul(gain).min(most),
            Form::Decibels => decibels(power.mul(gain).min(most)).max(V::splat(Scale::FLOOR_DBFS)),
        }
    }

    fn read_edge(&self, x: f32) -> f32 {
        let mut out = [0.0];
        self.read::<1, Plain<1>>(Plain::splat(x * x * self.edge)).store(&mut out);
        out[0]
    }
}

/// Separates the spectra of two real channels in the transform Z of their complex sum, and converts them: `2·A[k] =
/// Z[k] + conj Z[N−k]`, `2i·B[k] = Z[k] − conj Z[N−k]`.
pub(super) struct Pair<'a> {
    pub(super) re: &'a [f32],
    pub(super) im: &'a [f32],
    pub(super) first: (Reading, &'a mut [f32]),
    pub(super) second: (Reading, &'a mut [f32]),
}

impl Pair<'_> {
    #[inline(always)]
    fn block<const W: usize, V: Lanes<W>>(&mut self, k: usize) {
        let mirror = self.re.len() + 1 - k - W;
        let load = |x: &[f32], at: usize| V::load(x[at..].first_chunk().expect("blocks lie inside"));
        let (zr, zi) = (load(self.re, k), load(self.im, k));
        let (mr, mi) = (load(self.re, mirror).reverse(), load(self.im, mirror).reverse());
        let quarter = V::splat(0.25);
        let power = |re: V, im: V| re.mul_add(re, im.mul(im)).mul(quarter);
        let (a, b) = (power(zr.add(mr), zi.sub(mi)), power(zi.add(mi), mr.sub(zr)));
        let store = |v: V, out: &mut [f32]| v.store(out[k..].first_chunk_mut().expect("blocks lie inside"));
        store(self.first.0.read(a), self.first.1);
        store(self.second.0.read(b), self.second.1);
    }
}

impl Kernel for Pair<'_> {
    #[inline(always)]
    fn run<const W: usize, V: Lanes<W>>(mut self) {
        let length = self.re.len();
        // Bins with a mirror image: from 1 to this, exclusive.
        let end = length.div_ceil(2);
        let mut k = 1;
        while k + W <= end {
            self.block::<W, V>(k);
            k += W;
        }
        if end > W {
            // The remaining bins are computed in a full block that overlaps the previous one.
            self.block::<W, V>(end - W);
        } else {
            (k..end).for_each(|k| self.block::<1, Plain<1>>(k));
        }
        let nyquist = length.is_multiple_of(2).then_some(length / 2);
        for k in std::iter::once(0).chain(nyquist) {
            self.first.1[k] = self.first.0.read_edge(self.re[k]);
            self.second.1[k] = self.second.0.read_edge(self.im[k]);
        }
    }
}
