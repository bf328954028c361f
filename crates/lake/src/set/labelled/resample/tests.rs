use super::*;
use std::f64::consts::{PI, TAU};

fn resampled(samples: &[f32], kind: (u32, u32, usize), size: usize) -> Vec<f32> {
    let (mut all, mut out) = (Resamplers::default(), vec![]);
    let one = all.get(kind.0, kind.1, kind.2).unwrap();
    // used before, and reset by `get`
    one.push(&[1.0; 64], &mut out).unwrap();
    one.finish(&mut out).unwrap();
    out.clear();
    let one = all.get(kind.0, kind.1, kind.2).unwrap();
    for block in samples.chunks(size * kind.2) {
        one.push(block, &mut out).unwrap();
    }
    one.finish(&mut out).unwrap();
    out
}

fn tone(frequency: f64, rate: u32, frames: usize) -> Vec<f64> {
    (0..frames).map(|n| 0.8 * (TAU * frequency * n as f64 / f64::from(rate) + 0.3).sin()).collect()
}

fn single(samples: &[f64]) -> Vec<f32> {
    samples.iter().map(|x| *x as f32).collect()
}

fn decibel(samples: impl Iterator<Item = f64>) -> f64 {
    let (mut power, mut count) = (0.0, 0);
    samples.for_each(|x| (power, count) = (power + x * x, count + 1));
    10.0 * (power / f64::from(count)).log10()
}

/// Frames at the start and end that are affected by the edges of the tone, within the reach of the filter.
fn edge(from: u32, to: u32) -> usize {
    to as usize / 4 + block(from, to).unwrap().1
}

fn seconds(from: u32, to: u32) -> usize {
    1 + 2 * edge(from, to) / to as usize
}

const RATES: [(u32, u32); 9] = [
    (44_100, 16_000),
    (16_000, 44_100),
    (48_000, 16_000),
    (8000, 16_000),
    (16_000, 8000),
    (22_050, 16_000),
    (11_025, 48_000),
    (44_101, 16_000),
    (192_000, 8000),
];

#[test]
fn a_tone_stays_that_tone_at_its_time() {
    for (from, to) in RATES {
        let seconds = seconds(from, to);
        let nyquist = f64::from(from.min(to)) / 2.0;
        for share in [0.001, 0.1, 0.5, 0.9, 0.95] {
            let frequency = share * nyquist;
            let there =
                resampled(&single(&tone(frequency, from, from as usize * seconds)), (from, to, 1), 5000);
            let wanted = tone(frequency, to, to as usize * seconds);
            assert_eq!(there.len(), wanted.len());
            // at its edges, the signal is not a pure tone
            let edge = edge(from, to);
            let middle = edge..wanted.len() - edge;
            let error = decibel(middle.clone().map(|n| f64::from(there[n]) - wanted[n]))
                - decibel(middle.map(|n| wanted[n]));
            assert!(error < -120.0, "{from} to {to} Hz, {frequency} Hz: {error} dB");
        }
    }
}

#[test]
fn what_the_new_rate_cannot_hold_vanishes() {
    for (from, to) in RATES.into_iter().filter(|(from, to)| from > to) {
        for share in [1.0, 1.1, 1.5, 1.9] {
            let frequency = share * f64::from(to) / 2.0;
            if frequency > 0.49 * f64::from(from) {
                continue;
            }
            let there = resampled(
                &single(&tone(frequency, from, seconds(from, to) * from as usize)),
                (from, to, 1),
                5000,
            );
            let edge = edge(from, to);
            let level = decibel(there[edge..there.len() - edge].iter().map(|x| f64::from(*x)));
            assert!(level < -110.0, "{from} to {to} Hz, {frequency} Hz: {level} dB");
        }
    }
}

/// The reference is the sum that defines the resampled signal, with an independent taper: a band-limited
/// signal between its samples.
#[test]
fn a_pulse_comes_out_as_the_sum_that_defines_it() {
    let (from, to, frames) = (11_025_u32, 16_000_u32, 6000);
    // noise below half of the band, so that the transition bands of the two filters have no effect
    let mut seed = 1_u32;
    let mut noise = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(seed) / f64::from(u32::MAX) - 0.5
    };
    let white: Vec<f64> = (0..frames).map(|_| noise()).collect();
    let low = |n: isize| -> f64 {
        let taper = 0.5 + 0.5 * (PI * n as f64 / 200.0).cos();
        let x = PI * n as f64 * 0.5;
        taper * if n == 0 { 0.5 } else { 0.5 * x.sin() / x }
    };
    let band: Vec<f64> = (0..frames as isize)
        .map(|n| (-200..=200).filter_map(|k| Some(white.get(usize::try_from(n - k).ok()?)? * low(k))).sum())
        .collect();
    let there = resampled(&single(&band), (from, to, 1), 100);
    assert_eq!(there.len(), 8707);
    for n in (2000..7000).step_by(37) {
        let time = n as f64 * f64::from(from) / f64::from(to);
        let wanted: f64 = (time as isize - 300..time as isize + 300)
            .filter_map(|k| {
                let (sample, x) = (band.get(usize::try_from(k).ok()?)?, time - k as f64);
                let taper = 0.5 + 0.5 * (PI * x / 301.0).cos();
                Some(sample * taper * if x == 0.0 { 1.0 } else { (PI * x).sin() / (PI * x) })
            })
            .sum();
        assert!((f64::from(there[n]) - wanted).abs() < 1e-5, "{n}: {} {wanted}", there[n]);
    }
}

#[test]
fn channels_stay_apart_and_blocks_do_not_matter() {
    let (left, right) = (single(&tone(440.0, 44_100, 9999)), single(&tone(1000.0, 44_100, 9999)));
    let both: Vec<f32> = left.iter().zip(&right).flat_map(|(l, r)| [*l, *r]).collect();
    let out = resampled(&both, (44_100, 16_000, 2), 9999);
    assert_eq!(out.len() as u64, 2 * frames(9999, 44_100, 16_000));
    assert_eq!(resampled(&both, (44_100, 16_000, 2), 1), out);
    let of = |channel: usize| -> Vec<f32> { out[channel..].iter().step_by(2).copied().collect() };
    assert_eq!(resampled(&left, (44_100, 16_000, 1), 64), of(0));
    assert_eq!(resampled(&right, (44_100, 16_000, 1), 64), of(1));
}

#[test]
fn lengths_are_rounded_and_silence_is_silence() {
    for (from, to) in RATES {
        for count in [1, 2, 3, 100, 1023, 1024, 1025, 4801] {
            let out = resampled(&vec![0.0; count], (from, to, 1), 100);
            assert_eq!(out.len(), (count as f64 * f64::from(to) / f64::from(from)).round() as usize);
            assert!(out.iter().all(|x| *x == 0.0));
        }
    }
    assert_eq!(frames(u64::MAX, 1, 48_000), u64::MAX);
}

#[test]
fn blocks_are_even_and_bounded() {
    assert_eq!(block(44_100, 16_000), Some((3528, 1280)));
    assert_eq!(block(8000, 16_000), Some((1024, 2048)));
    assert_eq!(block(u32::MAX, 16_000), None);
    assert_eq!(block(0, 16_000), None);
    for (from, to) in RATES {
        let (a, b) = block(from, to).unwrap();
        assert!(a % 2 == 0 && b % 2 == 0 && a as u64 * u64::from(to) == b as u64 * u64::from(from));
    }
}
