//! Averages over frames: means of power on every scale, holds, and merging.

use passband_dsp::spectrum::{Averager, Averaging, Scale, Turn};

const ALL: [Averaging; 4] =
    [Averaging::Linear(4), Averaging::Exponential(4), Averaging::MaxHold, Averaging::MinHold];

/// The value of a power on a scale whose reference is 1.
fn on(scale: Scale, power: f64) -> f32 {
    match scale {
        Scale::Magnitude | Scale::Amplitude => power.sqrt() as f32,
        Scale::Power | Scale::Density => power as f32,
        Scale::Dbfs => (10.0 * power.log10()) as f32,
    }
}

fn near(a: f32, b: f32) -> bool {
    (a - b).abs() <= 2e-5 * b.abs().max(1.0)
}

#[test]
fn a_linear_mean_is_of_power_on_every_scale() {
    for &scale in Scale::ALL {
        let mut mean = Averager::start(Averaging::Linear(3), scale, 2);
        let mut out = [0.0; 2];
        for round in 1..=2 {
            let r = f64::from(round);
            assert_eq!(mean.add(&[on(scale, r), on(scale, 0.01)]), Turn::Wait);
            assert_eq!(mean.add(&[on(scale, 2.0 * r), on(scale, 0.01)]), Turn::Wait);
            assert_eq!(mean.add(&[on(scale, 6.0 * r), on(scale, 0.01)]), Turn::Due);
            assert_eq!(mean.finish(&mut out), 3);
            assert!(near(out[0], on(scale, 3.0 * r)) && near(out[1], on(scale, 0.01)), "{scale}: {out:?}");
        }
    }
}

#[test]
fn an_exponential_mean_forgets_by_its_time_constant() {
    for &scale in Scale::ALL {
        let mut mean = Averager::start(Averaging::Exponential(4), scale, 1);
        let mut out = [0.0];
        // The first four frames have equal weights.
        for power in [4.0, 1.0, 2.0, 1.0] {
            assert_eq!(mean.add(&[on(scale, power)]), Turn::Due);
        }
        mean.finish(&mut out);
        assert!(near(out[0], on(scale, 2.0)), "{scale}: {}", out[0]);
        // From then on, each frame has a weight of a quarter.
        mean.add(&[on(scale, 6.0)]);
        assert_eq!(mean.finish(&mut out), 5);
        assert!(near(out[0], on(scale, 3.0)), "{scale}: {}", out[0]);
    }
}

#[test]
fn holds_keep_the_extremes_to_the_bit() {
    for (averaging, expected) in [(Averaging::MaxHold, [-3.1, -10.0]), (Averaging::MinHold, [-80.7, -20.0])] {
        let mut hold = Averager::start(averaging, Scale::Dbfs, 2);
        let mut out = [0.0; 2];
        for frame in [[-80.7, -10.0], [-3.1, f32::NAN], [-40.0, -20.0]] {
            assert_eq!(hold.add(&frame), Turn::Due);
        }
        assert_eq!(hold.finish(&mut out), 3);
        assert_eq!(out, expected);
        hold.restart();
        hold.add(&[-5.0, -6.0]);
        hold.finish(&mut out);
        assert_eq!(out, [-5.0, -6.0]);
    }
}

#[test]
fn a_fold_without_frames_writes_nothing() {
    for averaging in ALL {
        let mut out = [7.0];
        assert_eq!(Averager::start(averaging, Scale::Dbfs, 1).finish(&mut out), 0);
        assert_eq!(out, [7.0]);
    }
}

#[test]
fn shares_merge_to_the_whole() {
    for averaging in [Averaging::Linear(4), Averaging::MaxHold, Averaging::MinHold] {
        let frames = [[1.0, 8.0], [2.0, 7.0], [3.0, 6.0], [4.0, 5.0]];
        let fold = |frames: &[[f32; 2]]| {
            let mut fold = Averager::start(averaging, Scale::Power, 2);
            for frame in frames {
                fold.add(frame);
            }
            fold
        };
        let (mut whole, mut share) = (fold(&frames), fold(&frames[..1]));
        share.merge(&fold(&frames[1..])).unwrap();
        assert_eq!(share.frames(), 4);
        let (mut a, mut b) = ([0.0; 2], [0.0; 2]);
        whole.finish(&mut a);
        share.finish(&mut b);
        assert_eq!(a, b);
    }
    let exponential = Averager::start(Averaging::Exponential(4), Scale::Power, 2);
    assert!(exponential.clone().merge(&exponential).unwrap_err().contains("order"));
    let linear = Averager::start(Averaging::Linear(4), Scale::Power, 2);
    assert!(linear.clone().merge(&Averager::start(Averaging::Linear(4), Scale::Dbfs, 2)).is_err());
}

#[test]
fn names_lead_to_kinds() {
    for (name, averaging) in Averaging::NAMES.iter().zip(ALL) {
        assert_eq!(Averaging::by_name(name, 4), Ok(averaging));
    }
    assert!(Averaging::by_name("linear", 0).is_err());
    assert!(Averaging::by_name("exponential", 0).is_err());
}
