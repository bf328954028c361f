//! Properties of spectra of I/Q and their moments.

use std::f64::consts::TAU;

use passband_dsp::iq::{FACTORS, Factor, Folded, IqSpectrum, Order};
use passband_dsp::moments::Moments;
use passband_dsp::running::Running;
use passband_dsp::spectrum::Scale;
use passband_dsp::taper::{TAPERS, Taper};

/// Lengths for every code path: powers of two, odd, prime, three times a power of two, and 1.
const LENGTHS: &[usize] = &[1, 2, 3, 4, 16, 31, 100, 255, 256, 509, 1000, 1024, 3072];

fn noise(mut state: u64, length: usize) -> Vec<f32> {
    let sample = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / 8_388_608.0 - 1.0
    };
    (0..length).map(sample).collect()
}

fn plan(length: usize, scale: Scale, order: Order) -> IqSpectrum {
    let hann = Taper::by_name("hann", None).unwrap();
    IqSpectrum::new(length, 2e6, &hann, scale, Factor::ROOT_HALF, order).unwrap()
}

fn measure(spectrum: &mut IqSpectrum, i: &[f32], q: &[f32]) -> Vec<f32> {
    let mut out = vec![f32::NAN; spectrum.bins()];
    spectrum.measure(i, q, &mut out);
    out
}

fn near(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * a.abs().max(b.abs())
}

#[test]
fn the_power_of_all_bins_is_the_power_of_the_samples() {
    for &length in LENGTHS {
        for def in TAPERS {
            let taper = Taper::by_name(def.name, None).unwrap();
            let Ok(mut spectrum) =
                IqSpectrum::new(length, 2e6, &taper, Scale::Density, Factor::ROOT_HALF, Order::Centred)
            else {
                continue;
            };
            let (i, q) = (noise(3, length), noise(4, length));
            let weights = taper.weights(length);
            let tapered = i.iter().zip(&q).zip(&weights).map(|((i, q), w)| {
                let power = f64::from(*i).powi(2) + f64::from(*q).powi(2);
                w * w * power
            });
            let squares: f64 = weights.iter().map(|w| w * w).sum();
            let expected = tapered.sum::<f64>() / squares * 0.5f64.sqrt();
            let bins: f64 = measure(&mut spectrum, &i, &q).into_iter().map(f64::from).sum();
            assert!(near(bins * 2e6 / length as f64, expected, 1e-5), "{length} samples, {taper}");
        }
    }
}

#[test]
fn a_tone_is_found_on_its_side_of_zero() {
    let none = Taper::by_name("rectangular", None).unwrap();
    for &length in &LENGTHS[2..] {
        for (order, step) in [(Order::Centred, 1i64), (Order::Centred, -1), (Order::FromZero, -1)] {
            let mut spectrum =
                IqSpectrum::new(length, length as f64, &none, Scale::Dbfs, Factor::ONE, order).unwrap();
            let turn = |n: usize| TAU * n as f64 * step as f64 / length as f64;
            let i: Vec<f32> = (0..length).map(|n| turn(n).cos() as f32).collect();
            let q: Vec<f32> = (0..length).map(|n| turn(n).sin() as f32).collect();
            let out = measure(&mut spectrum, &i, &q);
            for (bin, value) in out.into_iter().enumerate() {
                if spectrum.frequency(bin) == step as f64 {
                    assert!(value.abs() < 1e-4, "{length} samples, {order:?}: {value} dBFS");
                } else {
                    assert!(value < -110.0, "{length} samples, {order:?}, bin {bin}: {value} dBFS");
                }
            }
        }
    }
}

#[test]
fn any_level_reads_in_its_proportion() {
    for &length in LENGTHS {
        let (i, q) = (noise(7, length), noise(8, length));
        for &scale in Scale::ALL {
            let mut spectrum = plan(length, scale, Order::Centred);
            let usual = measure(&mut spectrum, &i, &q);
            for octaves in [-126i32, -60, -10, 17, 60, 120] {
                let gain = 2f32.powi(octaves);
                let [i, q] = [&i, &q].map(|x| x.iter().map(|x| x * gain).collect::<Vec<_>>());
                let out = measure(&mut spectrum, &i, &q);
                for (bin, (value, usual)) in out.into_iter().zip(&usual).enumerate() {
                    let (octaves, usual) = (f64::from(octaves), f64::from(*usual));
                    let expected = match scale {
                        Scale::Magnitude | Scale::Amplitude => usual * octaves.exp2(),
                        Scale::Power | Scale::Density => usual * (2.0 * octaves).exp2(),
                        Scale::Dbfs => usual + 20.0 * octaves * 2f64.log10(),
                    };
                    let most = f64::from(f32::MAX);
                    let expected =
                        expected.min(if scale == Scale::Dbfs { 10.0 * most.log10() } else { most });
                    let value = f64::from(value);
                    let held = scale == Scale::Dbfs && expected < -235.0;
                    // At 2^-126, the smallest samples have lost their last bits.
                    let small = octaves < -100.0 || expected < 1e-36;
                    assert!(value.is_finite());
                    assert!(
                        held || small || near(value, expected, 1e-4),
                        "{length} samples, {scale}, 2^{octaves}, bin {bin}: {value}, not {expected}"
                    );
                }
            }
        }
    }
}

#[test]
fn silence_reads_nothing_and_what_is_broken_is_refused() {
    for &length in LENGTHS {
        let silence = vec![0.0; length];
        for &scale in Scale::ALL {
            let mut spectrum = plan(length, scale, Order::FromZero);
            let floor = if scale == Scale::Dbfs { Scale::FLOOR_DBFS } else { 0.0 };
            assert!(measure(&mut spectrum, &silence, &silence).iter().all(|x| *x == floor));
            for bad in [f32::NAN, f32::INFINITY] {
                let mut broken = silence.clone();
                broken[length / 2] = bad;
                assert!(measure(&mut spectrum, &silence, &broken).iter().all(|x| x.is_nan()));
                // Placed between two valid frames, it does not change the moments.
                let (good, other) = (noise(1, length), noise(2, length));
                let mut moments = Moments::start(length);
                let i = [&good[..], &broken, &other, &[0.0; 2][..1]].concat();
                let folded = spectrum.fold(&i, &i, &mut moments);
                let left_over = if length == 1 { 0 } else { 1 };
                let frames = if length == 1 { 3 } else { 2 };
                assert_eq!(folded, Folded { frames, refused: 1, left_over });
                let mut without = Moments::start(length);
                let i = [&good[..], &other, &[0.0; 2][..1]].concat();
                spectrum.fold(&i, &i, &mut without);
                assert_eq!(moments, without);
            }
        }
    }
}

#[test]
fn a_fold_is_the_moments_of_what_is_measured() {
    for &length in LENGTHS {
        let frames = 21;
        let (mut i, mut q) = (noise(5, frames * length), noise(6, frames * length));
        // A frame near the upper end of the range that f32 can square.
        for x in [&mut i, &mut q] {
            x[3 * length..4 * length].iter_mut().for_each(|x| *x *= 1e-16);
        }
        for &scale in Scale::ALL {
            let mut spectrum = plan(length, scale, Order::Centred);
            let (mut folded, mut measured) = (Moments::start(length), Moments::start(length));
            assert_eq!(spectrum.fold(&i, &q, &mut folded).frames, frames as u64);
            for (i, q) in i.chunks(length).zip(q.chunks(length)) {
                measured.add(&measure(&mut spectrum, i, q));
            }
            let mut pairs = folded.mean().iter().zip(measured.mean());
            assert!(pairs.all(|(a, b)| near(*a, *b, 1e-6)), "{length} samples, {scale}");
            let mut deviations = folded.deviation().zip(measured.deviation());
            assert!(deviations.all(|(a, b)| near(a, b, 1e-5)), "{length} samples, {scale}");
        }
    }
}

/// The distribution of frames over calls and over folds merged in any order has no effect on the result.
#[test]
fn shares_merge_to_the_whole_in_any_order() {
    for length in [5, 100, 768] {
        let frames = 61;
        let (i, q) = (noise(9, frames * length), noise(10, frames * length));
        let mut spectrum = plan(length, Scale::Density, Order::Centred);
        let mut whole = Moments::start(length);
        spectrum.fold(&i, &q, &mut whole);
        for seed in 0..20 {
            let mut shares = vec![Moments::start(length); 4];
            let cuts: Vec<usize> = noise(seed, 200).iter().map(|x| ((x + 1.0) * 8.0) as usize).collect();
            let (mut at, mut turn) = (0, 0);
            while at < frames {
                let until = frames.min(at + cuts[turn % 100]);
                let part = at * length..until * length;
                spectrum.fold(&i[part.clone()], &q[part], &mut shares[cuts[100 + turn % 100] % 4]);
                (at, turn) = (until, turn + 1);
            }
            shares.rotate_left(seed as usize % 4);
            let mut merged = Moments::start(length);
            for share in &shares {
                // The serialised form.
                let share =
                    Moments::resume(share.count(), share.mean().to_vec(), share.squares().to_vec()).unwrap();
                merged.merge(&share).unwrap();
            }
            assert_eq!(merged.count(), frames as u64);
            assert!(whole.mean().iter().zip(merged.mean()).all(|(a, b)| near(*a, *b, 1e-12)), "seed {seed}");
            assert!(whole.deviation().zip(merged.deviation()).all(|(a, b)| near(a, b, 1e-12)), "seed {seed}");
        }
    }
}

/// The scatter is a few rounding errors of a large mean: sums of squares would lose it completely.
#[test]
fn a_small_scatter_on_a_large_mean_is_kept() {
    let mut moments = Moments::start(3);
    let frames = 1001;
    for n in 0..frames {
        let up = if n % 2 == 0 { 1.0 } else { 0.0 };
        moments.add(&[16_000_000.0 + up, 1.0, 1e-20]);
    }
    let deviation: Vec<f64> = moments.deviation().collect();
    let share = 501.0 / 1001.0;
    let expected = (1001.0 * share * (1.0 - share) / 1000.0f64).sqrt();
    assert!(near(deviation[0], expected, 1e-9), "{} {expected}", deviation[0]);
    assert_eq!(deviation[1..], [0.0, 0.0]);
    assert!(near(moments.mean()[2], f64::from(1e-20f32), 1e-12));
}

#[test]
fn few_frames_and_other_lengths_have_an_answer() {
    let mut moments = Moments::start(2);
    assert_eq!((moments.count(), moments.deviation().collect::<Vec<_>>()), (0, vec![0.0; 2]));
    moments.merge(&Moments::start(2)).unwrap();
    assert_eq!(moments.mean(), [0.0; 2]);
    moments.add(&[4.0, -1.0]);
    assert_eq!(moments.mean(), [4.0, -1.0]);
    assert_eq!(moments.standard_error().collect::<Vec<_>>(), [0.0; 2]);
    assert!(moments.merge(&Moments::start(3)).unwrap_err().contains("3 bins"));
    assert!(Moments::resume(1, vec![0.0], vec![]).is_err());
    assert!(Moments::resume(1, vec![0.0], vec![-1.0]).unwrap_err().contains("bin 0"));
    moments.restart();
    assert_eq!(moments, Moments::start(2));
    let none = Taper::by_name("rectangular", None).unwrap();
    let refused = |length, rate| {
        IqSpectrum::new(length, rate, &none, Scale::Power, Factor::ONE, Order::Centred).is_err()
    };
    assert!(refused(0, 1.0) && refused(8, 0.0) && refused(8, f64::NAN));
    for factor in FACTORS {
        assert_eq!(Factor::by_name(factor.name), Ok(*factor));
    }
}

#[test]
fn a_run_follows_its_formulas_and_merges() {
    let (bins, files) = (4, 30);
    let values: Vec<f64> = noise(12, 2 * bins * files).iter().map(|x| 1.5 + f64::from(*x)).collect();
    let file = |n: usize| values[2 * bins * n..][..2 * bins].split_at(bins);
    let (mut run, mut first, mut rest) = (Running::start(bins), Running::start(bins), Running::start(bins));
    let (mut c, mut sigma) = (vec![0.0; bins], vec![0.0f64; bins]);
    for k in 0..files {
        let (m, s) = file(k);
        run.add(m, s);
        if k < 11 {
            first.add(m, s)
        } else {
            rest.add(m, s)
        }
        let n = (k + 1) as f64;
        for bin in 0..bins {
            c[bin] = (n - 1.0) / n * c[bin] + 1.0 / n * m[bin];
            sigma[bin] = 1.0 / n * ((n - 1.0).powi(2) * sigma[bin].powi(2) + s[bin].powi(2)).sqrt();
        }
    }
    rest.merge(&first).unwrap();
    for run in [run, Running::resume(rest.files(), rest.mean().to_vec(), rest.deviation().to_vec()).unwrap()]
    {
        assert_eq!(run.files(), files as u64);
        assert!(run.mean().iter().zip(&c).all(|(a, b)| near(*a, *b, 1e-12)));
        assert!(run.deviation().iter().zip(&sigma).all(|(a, b)| near(*a, *b, 1e-12)));
    }
    assert!(Running::start(1).merge(&Running::start(2)).is_err());
}
