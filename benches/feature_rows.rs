//! What features cost: microseconds of CPU time a second of audio, on one thread.
//!
//! 60 s of noise at 22,050 Hz, librosa's defaults: frames of 2048 every 512, 128 bands, 20 coefficients.

mod clock;

use clock::Clock;
use passband_dsp::feature::{Feature, Plan, Settings};
use std::hint::black_box;

const RATE: f64 = 22_050.0;
const SECONDS: u64 = 60;
const REPETITIONS: usize = 9;

fn main() -> Result<(), String> {
    let clock = Clock::new();
    let mut state = 1u64;
    let noise = || {
        state ^= state << 13; // xorshift64 (Marsaglia 2003)
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    let samples: Vec<f32> = std::iter::repeat_with(noise).take((RATE * SECONDS as f64) as usize).collect();
    println!("us a second of audio, {REPETITIONS} repetitions of {}", clock.name());
    println!("{:<28}{:>9}{:>9}{:>9}", "", "median", "least", "most");
    let mut figure = f64::NAN;
    for names in [&["mel_spectrogram"][..], &["log_mel"], &["mfcc"], &["log_mel", "mfcc"]] {
        let settings: Vec<Settings> = names
            .iter()
            .map(|name| Feature::by_name(name).map(Feature::settings))
            .collect::<Result<_, _>>()?;
        let mut plan = Plan::of_all(&settings, RATE)?;
        let mut out = vec![vec![]; names.len()];
        let all = clock.microseconds(REPETITIONS, || {
            out.iter_mut().for_each(Vec::clear);
            plan.all_frames(black_box(&samples), &mut out);
            black_box(&out);
            Ok::<u64, String>(SECONDS)
        })?;
        let name = names.join(" and ");
        println!("{name:<28}{:>9.1}{:>9.1}{:>9.1}", all[REPETITIONS / 2], all[0], all[REPETITIONS - 1]);
        figure = all[REPETITIONS / 2];
    }
    println!("feature_rows: {figure:.1} us");
    Ok(())
}
