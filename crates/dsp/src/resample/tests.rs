use super::*;
use std::f64::consts::TAU;

fn resampled(samples: &[f32], from: f64, to: f64, block: usize) -> Vec<f32> {
    let mut resampler = Resampler::new(from, to).unwrap();
    let mut out = vec![];
    samples.chunks(block).for_each(|block| resampler.push(block, |x| out.extend_from_slice(x)));
    resampler.finish(|x| out.extend_from_slice(x));
    out
}

fn sine(hz: f64, rate: f64, n: usize) -> Vec<f32> {
    (0..n).map(|n| libm::sin(TAU * hz * n as f64 / rate) as f32).collect()
}

fn rms(samples: impl Iterator<Item = f32>) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    samples.for_each(|x| (sum, count) = (sum + f64::from(x).powi(2), count + 1.0));
    f64::sqrt(sum / f64::max(count, 1.0))
}

/// Noise of a linear congruential generator, also used by `golden/resample.py`.
fn noise(count: usize) -> Vec<f32> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (f64::from(state) / 4_294_967_296.0 - 0.5) as f32
    };
    (0..count).map(|_| next()).collect()
}

const RATES: [f64; 7] = [8000.0, 11025.0, 16000.0, 44100.0, 48000.0, 96000.0, 192000.0];

#[test]
fn tones_pass_within_a_hundredth_of_a_decibel_and_in_time() {
    for from in RATES {
        let nyquist = from.min(22050.0) / 2.0;
        for share in [0.001, 0.1, 0.5, 0.8, 0.9, 0.913] {
            let hz = share * nyquist;
            let out = resampled(&sine(hz, from, from as usize / 2), from, 22050.0, 4096);
            let wanted = sine(hz, 22050.0, out.len());
            let inside = 2000..out.len() - 2000;
            let wrong = rms(out[inside.clone()].iter().zip(&wanted[inside]).map(|(a, b)| a - b));
            // 0.01 dB of a sine corresponds to an error of 8e-4
            assert!(wrong < 8e-4, "{from} Hz, {hz} Hz: {wrong}");
            if share < 0.9 {
                assert!(wrong < 2e-6, "{from} Hz, {hz} Hz: {wrong}");
            }
        }
    }
}

#[test]
fn what_would_alias_is_120_db_down() {
    for from in RATES.into_iter().filter(|from| *from > 22050.0) {
        for share in [1.0, 1.01, 1.2, 1.5, 1.9, 2.0] {
            let hz = 11025.0 * share;
            if hz > from / 2.0 {
                continue;
            }
            // a cosine, because a sine at the Nyquist frequency is sampled at its zeros
            let tone: Vec<f32> =
                (0..from as usize / 2).map(|n| libm::cos(TAU * hz * n as f64 / from) as f32).collect();
            let out = resampled(&tone, from, 22050.0, 4096);
            let left = 20.0 * rms(out[2000..out.len() - 2000].iter().copied()).log10() + 3.01;
            assert!(left < -120.0, "{from} Hz, {hz} Hz: {left} dB");
        }
    }
    // images of a tone, when upsampling
    let out = resampled(&sine(3000.0, 8000.0, 8000), 8000.0, 22050.0, 999);
    let wanted = sine(3000.0, 22050.0, out.len());
    let wrong = rms(out[2000..20_000].iter().zip(&wanted[2000..20_000]).map(|(a, b)| a - b));
    assert!(wrong < 1e-6, "{wrong}");
}

/// Compares with soxr 1.1.0 (`soxr.resample(noise, from, 22050, quality="HQ")`) from the middle on. The two differ in
/// the shape of the transition band, which contains 8.7 % of the power of the noise: the difference must be much
/// smaller.
#[test]
fn noise_is_that_of_soxr() {
    let golden: [(f64, [f32; 8], f64); 4] = [
        (
            44100.0,
            [-0.033136, 0.045819, 0.106752, -0.315259, -0.120308, 0.256332, 0.041311, 0.531306],
            0.199581,
        ),
        (
            48000.0,
            [0.031405, -0.043031, -0.059127, 0.02784, 0.000995, 0.386136, 0.154913, 0.130318],
            0.192276,
        ),
        (
            8000.0,
            [0.253819, 0.23642, 0.049662, -0.121047, -0.133696, -0.004374, 0.118882, 0.088404],
            0.281994,
        ),
        (
            96000.0,
            [-0.027196, 0.131477, 0.074971, -0.232767, 0.05198, -0.104446, -0.146064, -0.267141],
            0.135655,
        ),
    ];
    for (from, wanted, power) in golden {
        let out = resampled(&noise(from as usize / 4), from, 22050.0, 1000);
        let middle = &out[5512 / 2..][..8];
        let wrong = rms(middle.iter().zip(&wanted).map(|(a, b)| a - b));
        assert!(wrong < 0.06 * power, "{from} Hz: {wrong} of {power}");
        assert!((rms(out[200..out.len() - 200].iter().copied()) / power - 1.0).abs() < 0.005);
    }
}

#[test]
fn any_split_and_any_start_give_the_same_to_the_bit() {
    for (from, to) in [(44100.0, 22050.0), (48000.0, 22050.0), (8000.0, 22050.0), (44099.0, 22050.0)] {
        let samples = noise(150_000);
        let whole = resampled(&samples, from, to, samples.len());
        assert_eq!(whole.len() as u64, Resampler::new(from, to).unwrap().length(150_000));
        for block in [1000, 4099] {
            assert!(resampled(&samples, from, to, block) == whole, "{from} to {to} in blocks of {block}");
        }
        let mut resampler = Resampler::new(from, to).unwrap();
        let output = whole.len() as u64 * 3 / 4;
        let start = resampler.needs(output);
        let first = resampler.start_at(start);
        assert!(first <= output);
        let mut out = vec![];
        resampler.push(&samples[start as usize..], |x| out.extend_from_slice(x));
        resampler.finish(|x| out.extend_from_slice(x));
        assert_eq!(first as usize + out.len(), whole.len());
        assert!(out[(output - first) as usize..] == whole[output as usize..], "{from} to {to} from {start}");
    }
}

#[test]
fn edges() {
    for samples in [0, 1, 2, 3, 300] {
        let out = resampled(&vec![0.5; samples], 44100.0, 22050.0, 7);
        assert_eq!(out.len(), samples.div_ceil(2));
        assert!(out.iter().all(|x| x.is_finite()));
    }
    let out = resampled(&[f32::NAN, f32::INFINITY, 1.0, 0.0], 8000.0, 22050.0, 4);
    assert!(out.len() == 12 && out.iter().all(|x| x.is_finite()));
    for (from, to) in [(0.0, 1.0), (-1.0, 1.0), (f64::NAN, 1.0), (1.0, f64::INFINITY), (1e9 + 0.001, 22050.0)]
    {
        assert!(Resampler::new(from, to).is_err(), "{from} to {to}");
    }
}
