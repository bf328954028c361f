//! From noise with and without a line to candidates: the complete search on simulated runs.

use std::f64::consts::TAU;

use passband_dsp::baseline::SavitzkyGolay;
use passband_dsp::iq::{Factor, IqSpectrum, Order};
use passband_dsp::line::{Noise, candidates, excess, scatter};
use passband_dsp::moments::Moments;
use passband_dsp::noise::{false_alarm_probability, slope};
use passband_dsp::spectrum::Scale;
use passband_dsp::taper::Taper;

const BINS: usize = 512;
const RATE: f64 = 512e3;

/// Gaussian noise (Box & Muller) of variance 1.
struct Gauss(u64);

impl Gauss {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 11) as f64 + 0.5) / 2f64.powi(53)
    }

    fn pair(&mut self) -> [f64; 2] {
        let (radius, angle) = ((-2.0 * self.uniform().ln()).sqrt(), TAU * self.uniform());
        [radius * angle.cos(), radius * angle.sin()]
    }
}

fn plan() -> IqSpectrum {
    let none = Taper::by_name("rectangular", None).unwrap();
    IqSpectrum::new(BINS, RATE, &none, Scale::Density, Factor::ROOT_HALF, Order::Centred).unwrap()
}

/// Frames of noise with a tone of this amplitude at a number of steps from 0 Hz.
fn simulate(seed: u64, frames: usize, amplitude: f64, step: i64) -> [Vec<f32>; 2] {
    let mut gauss = Gauss(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5eed);
    let samples = (0..frames * BINS).map(|n| {
        let [a, b] = gauss.pair();
        let angle = TAU * (n as i64 * step).rem_euclid(BINS as i64) as f64 / BINS as f64;
        ((a + amplitude * angle.cos()) as f32, (b + amplitude * angle.sin()) as f32)
    });
    let (i, q) = samples.unzip();
    [i, q]
}

struct Searched {
    moments: Moments,
    baseline: Vec<f64>,
    remaining: Vec<f64>,
}

impl Searched {
    fn new(moments: Moments) -> Searched {
        let filter = SavitzkyGolay::new(101, 4).unwrap();
        let (mut baseline, mut remaining) = (vec![0.0; BINS], vec![0.0; BINS]);
        filter.smooth(moments.mean(), &mut baseline).unwrap();
        filter.remaining(&mut remaining).unwrap();
        Searched { moments, baseline, remaining }
    }

    fn excess(&self, noise: Noise) -> Vec<f64> {
        let mut out = vec![f64::NAN; BINS];
        excess(self.moments.mean(), &self.baseline, &self.remaining, noise, &mut out).unwrap();
        out
    }
}

#[test]
fn noise_alone_gives_the_false_alarms_that_are_expected() {
    let (runs, frames, threshold) = (200, 100, 3.0);
    let mut plan = plan();
    let (mut alarms, mut squares) = (0, 0.0);
    for run in 0..runs {
        let [i, q] = simulate(run, frames, 0.0, 0);
        let mut moments = Moments::start(BINS);
        plan.fold(&i, &q, &mut moments);
        let excess = Searched::new(moments).excess(Noise::Radiometer(frames as u64));
        alarms += candidates(&excess, threshold).unwrap().len();
        squares += excess.iter().map(|x| x * x).sum::<f64>() / BINS as f64;
    }
    // The deviation is 1 at every position, including the ends.
    assert!((squares / runs as f64 - 1.0).abs() < 0.02, "{}", squares / runs as f64);
    let expected = (runs as usize * BINS) as f64 * false_alarm_probability(threshold, frames as u64);
    let off = (alarms as f64 - expected).abs();
    // Four standard deviations of a count, and 2 % for adjacent bins that form one candidate.
    assert!(off < 4.0 * expected.sqrt() + 0.02 * expected, "{alarms} alarms, {expected} expected");
}

#[test]
fn a_weak_line_is_the_first_candidate_at_its_frequency() {
    let frames = 400;
    // A tone of amplitude A adds BINS·A² to its bin, in which the noise is 2: 12 deviations of the mean of all frames.
    let amplitude = (12.0 * 2.0 / (frames as f64).sqrt() / BINS as f64).sqrt();
    let mut plan = plan();
    for (seed, step) in [(1, -200i64), (2, -255), (3, 17), (4, 240)] {
        let [i, q] = simulate(seed, frames, amplitude, step);
        let mut moments = Moments::start(BINS);
        plan.fold(&i, &q, &mut moments);
        let searched = Searched::new(moments);
        let error: Vec<f64> = searched.moments.standard_error().collect();
        for noise in [Noise::Radiometer(frames as u64), Noise::Measured(&error), Noise::Scatter] {
            let found = candidates(&searched.excess(noise), 5.0).unwrap();
            assert_eq!(plan.frequency(found[0].bin), step as f64 * RATE / BINS as f64, "{noise:?}");
            assert!((6.0..18.0).contains(&found[0].excess), "{noise:?}: {} σ", found[0].excess);
            assert!(found[0].width() <= 2, "{noise:?}");
            assert_eq!(found.len(), 1, "{noise:?}: {found:?}");
        }
    }
}

#[test]
fn noise_falls_with_the_root_of_the_frames() {
    let mut plan = plan();
    let mut moments = Moments::start(BINS);
    let mut falls = Vec::new();
    for file in 0..64 {
        let [i, q] = simulate(1000 + file, 20, 0.0, 0);
        plan.fold(&i, &q, &mut moments);
        if moments.count().is_power_of_two() || file % 8 == 7 {
            let searched = Searched::new(moments.clone());
            let relative = scatter(moments.mean(), &searched.baseline, &searched.remaining).unwrap();
            falls.push((moments.count() as f64, relative));
        }
    }
    let (frames, relative) = falls[falls.len() - 1];
    assert!((relative * frames.sqrt() - 1.0).abs() < 0.15, "{relative} after {frames} frames");
    let slope = slope(falls).unwrap();
    assert!((slope + 0.5).abs() < 0.1, "{slope}");
}

#[test]
fn candidates_are_ordered_whole_and_apart() {
    let excess = [6.0, 3.1, 2.9, f64::NAN, 8.0, 5.0, 4.1, 3.9, 6.0, 0.0, 6.0];
    let found = candidates(&excess, 4.0).unwrap();
    let told: Vec<_> = found.iter().map(|c| (c.bin, c.first, c.last)).collect();
    assert_eq!(told, [(4, 4, 6), (0, 0, 1), (8, 7, 8), (10, 10, 10)]);
    assert!(candidates(&[], 4.0).unwrap().is_empty());
    assert!(candidates(&excess, 0.0).is_err() && candidates(&excess, f64::NAN).is_err());
}

#[test]
fn what_does_not_fit_is_refused() {
    assert!(SavitzkyGolay::new(0, 0).is_err());
    assert!(SavitzkyGolay::new(5, 5).unwrap_err().contains("4 or less"));
    let filter = SavitzkyGolay::new(5, 2).unwrap();
    assert!(filter.smooth(&[1.0; 4], &mut [0.0; 4]).unwrap_err().contains("5 values"));
    assert!(filter.remaining(&mut [0.0; 4]).is_err());
    assert!(excess(&[1.0], &[1.0, 2.0], &[1.0], Noise::Scatter, &mut [0.0]).is_err());
    assert!(excess(&[1.0], &[1.0], &[1.0], Noise::Measured(&[]), &mut [0.0]).is_err());
    let mut out = [f64::NAN; 2];
    excess(&[0.0, 3.0], &[0.0; 2], &[1.0; 2], Noise::Radiometer(0), &mut out).unwrap();
    assert_eq!(out, [0.0; 2]);
    assert_eq!(slope([(1.0, 0.0), (0.0, 1.0), (4.0, 1.0)]), None);
    assert!((false_alarm_probability(-3.0, 4) - 1.0).abs() < 1e-15);
    assert_eq!(false_alarm_probability(f64::INFINITY, 4), 0.0);
    assert!((false_alarm_probability(0.0, u64::MAX) - 0.5).abs() < 1e-4);
}
