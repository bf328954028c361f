//! The cost of features: microseconds of CPU time per second of audio, on one thread.
//!
//! 60 s of noise with librosa's defaults: frames of 2048 samples every 512, 128 bands, 20 coefficients. Every feature
//! on its own at 22,050 Hz, and a set with shared computations at 44,100 Hz.

mod clock;

use clock::Clock;
use passband_dsp::feature::{FEATURES, Feature, Plan, Settings};
use std::hint::black_box;

const RATE: f64 = 22_050.0;
const SET_RATE: f64 = 44_100.0;
const SECONDS: u64 = 60;
const REPETITIONS: usize = 9;

/// The features that peers compute from one spectrogram.
const SET: &[&str] = &[
    "mfcc",
    "chroma_stft",
    "spectral_centroid",
    "spectral_bandwidth",
    "spectral_rolloff",
    "spectral_flatness",
    "zero_crossing_rate",
    "rms",
    "onset_strength",
];

fn main() -> Result<(), String> {
    let clock = Clock::new();
    let mut state = 1u64;
    let noise = || {
        state ^= state << 13; // xorshift64 (Marsaglia 2003)
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    let samples: Vec<f32> =
        std::iter::repeat_with(noise).take((SET_RATE * SECONDS as f64) as usize).collect();
    println!("us a second of audio, {REPETITIONS} repetitions of {}", clock.name());
    println!("{:<28}{:>9}{:>9}{:>9}", "", "median", "least", "most");
    let row = |names: &[&str], rate: f64| -> Result<f64, String> {
        let settings: Vec<Settings> = names
            .iter()
            .map(|name| Feature::by_name(name).map(Feature::settings))
            .collect::<Result<_, _>>()?;
        let mut plan = Plan::of_all(&settings, rate)?;
        let mut out = vec![vec![]; names.len()];
        let samples = &samples[..(rate * SECONDS as f64) as usize];
        let all = clock.microseconds(REPETITIONS, || {
            out.iter_mut().for_each(Vec::clear);
            plan.all_frames(black_box(samples), &mut out);
            black_box(&out);
            Ok::<u64, String>(SECONDS)
        })?;
        let name = if names.len() == SET.len() { "the set".into() } else { names.join(" and ") };
        println!("{name:<28}{:>9.1}{:>9.1}{:>9.1}", all[REPETITIONS / 2], all[0], all[REPETITIONS - 1]);
        Ok(all[REPETITIONS / 2])
    };
    println!("at {SET_RATE} Hz");
    for name in SET {
        row(&[name], SET_RATE)?;
    }
    let set = row(SET, SET_RATE)?;
    println!("at {RATE} Hz");
    for feature in FEATURES {
        row(&[feature.name], RATE)?;
    }
    let figure = row(&["log_mel", "mfcc"], RATE)?;
    println!("feature_set: {:.0} x real time", 1e6 / set);
    println!("feature_rows: {figure:.1} us");
    Ok(())
}
