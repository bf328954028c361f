//! Precomputed tables for a length: factors, angles, and the position of each result of a lane.

use std::f64::consts::TAU;

use super::lanes::Lanes;
use super::lines::Lines;
use super::pass::{cross, cross_to_power, in_place, opening};
use super::processor::{Kernel, Processor};

/// Padding of the work space after each part of the first butterfly, so that parts do not map to the same cache lines.
const GAP: usize = 1;

/// A transform of one length on one processor.
#[derive(Debug)]
pub(crate) struct Plan {
    processor: Processor,
    /// Numbers per lane.
    rows: usize,
    stages: Vec<Stage>,
    /// The position of result k of the lanes in the work space, in numbers per lane.
    places: Vec<u32>,
    /// For result k of the lanes, W cosines and W sines of −2π·lane·k / length.
    turns: Lines,
}

/// Butterflies of one size over parts of one length.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) radix: usize,
    pub(super) length: usize,
    /// Cosine and sine of −2π·p·j / length, for p below length / radix and j from 1 below radix.
    pub(super) turns: Vec<[f32; 2]>,
}

impl Plan {
    /// A plan for a length; `None` unless it is W² times a power of two, optionally times powers of three.
    pub(crate) fn new(length: usize, processor: Processor) -> Option<Plan> {
        let width = processor.width();
        if length == 0 || !length.is_multiple_of(width * width) || length > 1 << 26 {
            return None;
        }
        let rows = length / width;
        let stages = stages(rows)?;
        let mut turns = Lines::new(2 * length);
        for (k, row) in turns.as_mut().chunks_exact_mut(2 * width).enumerate() {
            for lane in 0..width {
                let (sine, cosine) = angle(lane * k, length).sin_cos();
                row[lane] = cosine as f32;
                row[width + lane] = sine as f32;
            }
        }
        let mut places = vec![0; rows];
        for (k, place) in places.iter_mut().enumerate() {
            let (mut k, mut row) = (k, 0);
            for (depth, stage) in stages.iter().enumerate() {
                let gap = if depth == 0 { GAP } else { 0 };
                row += (k % stage.radix) * (stage.length / stage.radix + gap);
                k /= stage.radix;
            }
            *place = row as u32;
        }
        Some(Plan { processor, rows, stages, places, turns })
    }

    /// Size of the work space in numbers.
    pub(crate) fn work(&self) -> usize {
        2 * self.processor.width() * (self.rows + self.stages[0].radix * GAP)
    }

    /// Computes the transform.
    pub(crate) fn run(&self, job: Job) {
        self.processor.run(Run { plan: self, job });
    }

    /// Computes the transform and its power, without writing both parts.
    pub(crate) fn run_to_power(&self, job: PowerJob) {
        self.processor.run(RunToPower { plan: self, job });
    }

    /// The first step: transforms each lane.
    #[inline(always)]
    fn along<const W: usize, V: Lanes<W>>(
        &self,
        channels: [&[f32]; 3],
        gains: [f32; 2],
        work: &mut [[[f32; W]; 2]],
    ) {
        let stage = &self.stages[0];
        let channels = channels.map(|x| &x.as_chunks::<W>().0[..self.rows]);
        let gains = gains.map(V::splat);
        match stage.radix {
            3 => opening::<3, W, V>(channels, gains, stage, GAP, work),
            4 => opening::<4, W, V>(channels, gains, stage, GAP, work),
            _ => opening::<8, W, V>(channels, gains, stage, GAP, work),
        }
        let part = stage.length / stage.radix;
        for part in work.chunks_exact_mut(part + GAP) {
            let part = &mut part[..stage.length / stage.radix];
            for stage in &self.stages[1..] {
                match stage.radix {
                    3 => in_place::<3, W, V>(part, stage),
                    4 => in_place::<4, W, V>(part, stage),
                    _ => in_place::<8, W, V>(part, stage),
                }
            }
        }
    }
}

/// One transform: of `(re·re_gain + i·im_gain·im)·weights` into `out_re + i·out_im`.
pub(crate) struct Job<'a> {
    pub(crate) re: &'a [f32],
    pub(crate) im: &'a [f32],
    pub(crate) weights: &'a [f32],
    pub(crate) re_gain: f32,
    pub(crate) im_gain: f32,
    /// Of the length [`Plan::work`].
    pub(crate) work: &'a mut [f32],
    pub(crate) out_re: &'a mut [f32],
    pub(crate) out_im: &'a mut [f32],
}

/// One transform of `(re + i·im)·gain·weights`, of which only the power is required.
pub(crate) struct PowerJob<'a> {
    pub(crate) re: &'a [f32],
    pub(crate) im: &'a [f32],
    pub(crate) weights: &'a [f32],
    pub(crate) gain: f32,
    /// Of the length [`Plan::work`].
    pub(crate) work: &'a mut [f32],
    /// Rotation of the powers in bins: 0, or half the length to place 0 Hz in the middle.
    pub(crate) shift: usize,
    pub(crate) out: &'a mut [f32],
    /// Receives the sum over all bins.
    pub(crate) sum: &'a mut f32,
}

struct Run<'a> {
    plan: &'a Plan,
    job: Job<'a>,
}

struct RunToPower<'a> {
    plan: &'a Plan,
    job: PowerJob<'a>,
}

impl Kernel for Run<'_> {
    #[inline(always)]
    fn run<const W: usize, V: Lanes<W>>(self) {
        let Run { plan, job } = self;
        let work = job.work.as_chunks_mut::<W>().0.as_chunks_mut::<2>().0;
        plan.along::<W, V>([job.re, job.im, job.weights], [job.re_gain, job.im_gain], work);
        let turns = plan.turns.as_ref().as_chunks::<W>().0.as_chunks::<2>().0;
        cross::<W, V>(
            work,
            &plan.places,
            turns,
            job.out_re.as_chunks_mut::<W>().0,
            job.out_im.as_chunks_mut::<W>().0,
        );
    }
}

impl Kernel for RunToPower<'_> {
    #[inline(always)]
    fn run<const W: usize, V: Lanes<W>>(self) {
        let RunToPower { plan, job } = self;
        let work = job.work.as_chunks_mut::<W>().0.as_chunks_mut::<2>().0;
        plan.along::<W, V>([job.re, job.im, job.weights], [job.gain; 2], work);
        let turns = plan.turns.as_ref().as_chunks::<W>().0.as_chunks::<2>().0;
        let (below, above) = job.out.split_at_mut(job.shift);
        let out = [above, below].map(|half| half.as_chunks_mut::<W>().0);
        *job.sum = cross_to_power::<W, V>(work, &plan.places, turns, out);
    }
}

/// Factors a number of rows into butterflies: threes, then fours, then eights.
fn stages(rows: usize) -> Option<Vec<Stage>> {
    let mut radices = Vec::new();
    let mut rest = rows;
    while rest.is_multiple_of(3) {
        radices.push(3);
        rest /= 3;
    }
    if !rest.is_power_of_two() || rest < 4 {
        return None;
    }
    while !rest.trailing_zeros().is_multiple_of(3) {
        radices.push(4);
        rest /= 4;
    }
    while rest > 1 {
        radices.push(8);
        rest /= 8;
    }
    let mut length = rows;
    let stage = |radix| {
        let stage = Stage { radix, length, turns: turns(radix, length) };
        length /= radix;
        stage
    };
    Some(radices.into_iter().map(stage).collect())
}

fn turns(radix: usize, length: usize) -> Vec<[f32; 2]> {
    let turn = |p: usize, j: usize| {
        let (sine, cosine) = angle(p * j, length).sin_cos();
        [cosine as f32, sine as f32]
    };
    (0..length / radix).flat_map(|p| (1..radix).map(move |j| turn(p, j))).collect()
}

/// The angle of `e^(−2πi·k / length)`.
fn angle(k: usize, length: usize) -> f64 {
    -TAU * (k % length) as f64 / length as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares with the definition in f64, for complex signals and every instruction set.
    #[test]
    fn the_transform_is_what_its_definition_says() {
        for processor in Processor::all() {
            for length in [64, 192, 256, 512, 768, 1024, 2304, 3072, 4096] {
                let Some(plan) = Plan::new(length, processor) else {
                    assert!(length < 256, "{processor:?} does not do {length}");
                    continue;
                };
                let re: Vec<f32> = (0..length).map(|n| (n as f32 * 1.3).sin()).collect();
                let im: Vec<f32> = (0..length).map(|n| (n as f32 * 0.7).cos() * 0.5).collect();
                let weights: Vec<f32> = (0..length).map(|n| 1.0 + (n % 7) as f32 / 7.0).collect();
                let (mut out_re, mut out_im) = (Lines::new(length), Lines::new(length));
                plan.run(Job {
                    re: &re,
                    im: &im,
                    weights: &weights,
                    re_gain: 0.5,
                    im_gain: 2.0,
                    work: Lines::new(plan.work()).as_mut(),
                    out_re: out_re.as_mut(),
                    out_im: out_im.as_mut(),
                });
                let scale = (length as f64).sqrt();
                for k in 0..length {
                    let (mut x, mut y) = (0.0, 0.0);
                    for n in 0..length {
                        let weight = f64::from(weights[n]);
                        let (a, b) = (0.5 * f64::from(re[n]) * weight, 2.0 * f64::from(im[n]) * weight);
                        let (sine, cosine) = angle(n * k, length).sin_cos();
                        x += a * cosine - b * sine;
                        y += a * sine + b * cosine;
                    }
                    let (dx, dy) = (x - f64::from(out_re.as_ref()[k]), y - f64::from(out_im.as_ref()[k]));
                    let off = dx.hypot(dy) / scale;
                    assert!(off < 3e-6, "{processor:?}, {length} samples, bin {k}: off by {off:e}");
                }
            }
        }
    }

    #[test]
    fn the_power_is_that_of_the_transform() {
        for processor in Processor::all() {
            for length in [256, 768, 3072, 8192] {
                let Some(plan) = Plan::new(length, processor) else { continue };
                let re: Vec<f32> = (0..length).map(|n| (n as f32 * 1.3).sin()).collect();
                let im: Vec<f32> = (0..length).map(|n| (n as f32 * 0.7).cos() * 0.5).collect();
                let weights: Vec<f32> = (0..length).map(|n| 1.0 + (n % 7) as f32 / 7.0).collect();
                let (re, im, weights) = (&re[..], &im[..], &weights[..]);
                let (mut work, mut sum) = (Lines::new(plan.work()), 0.0);
                let (mut out_re, mut out_im) = (Lines::new(length), Lines::new(length));
                let (out_re, out_im) = (out_re.as_mut(), out_im.as_mut());
                let (re_gain, im_gain) = (0.5, 0.5);
                plan.run(Job { re, im, weights, re_gain, im_gain, work: work.as_mut(), out_re, out_im });
                for shift in [0, length / 2] {
                    let mut out = vec![f32::NAN; length];
                    let (work, gain) = (work.as_mut(), 0.5);
                    let (out, sum) = (&mut out[..], &mut sum);
                    plan.run_to_power(PowerJob { re, im, weights, gain, work, shift, out, sum });
                    let all: f32 = out.iter().sum();
                    assert!((*sum - all).abs() < 1e-4 * all, "{processor:?}, {length}: {sum}, not {all}");
                    for k in 0..length {
                        let expected = out_re[k] * out_re[k] + out_im[k] * out_im[k];
                        let found = out[(k + shift) % length];
                        assert!(
                            (found - expected).abs() <= 1e-6 * expected,
                            "{processor:?}, {length}, bin {k}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn lengths_that_do_not_factor_are_left_to_others() {
        for length in [0, 1, 16, 100, 255, 1000, 1280, 8191] {
            assert!(Processor::all().all(|processor| Plan::new(length, processor).is_none()), "{length}");
        }
    }
}
