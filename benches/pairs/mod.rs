//! A pair of I/Q files as written by the QUAX haloscope: noise with a weak tone.
//!
//! The noise is computed from integers by arithmetic that is identical in all languages, so that the peers measure the
//! same samples.

use std::fs::{File, hard_link};
use std::io::{BufWriter, Result, Write};
use std::path::Path;

/// Number of samples of I, and of Q, in a file.
pub const FILE: u64 = 8193 * 1024;
/// Samples per second.
pub const RATE: f64 = 2e6;
/// The bin of the tone, of 3072 with 0 Hz in the middle: at +312,345 Hz.
pub const BIN: usize = 2016;
const TONE: f64 = 312_345.0;
const AMPLITUDE: f64 = 2e-4;
const NOISE: f64 = 5e-3;

/// I (`half` 0) or Q (1) of a sample.
pub fn sample(index: u64, half: u64) -> f32 {
    let angle = std::f64::consts::TAU * (TONE / RATE * index as f64).fract();
    let tone = if half == 0 { angle.cos() } else { angle.sin() };
    (NOISE * normal(2 * index + half) + AMPLITUDE * tone) as f32
}

/// Approximately normally distributed with deviation 1: the sum of the four parts of a random number.
fn normal(number: u64) -> f64 {
    // splitmix64 (Steele, Lea & Flood 2014)
    let mut z = (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^= z >> 31;
    let sum: u64 = (0..4).map(|part| z >> (16 * part) & 0xffff).sum();
    (sum as f64 - 2.0 * 65535.0) / ((65536.0f64 * 65536.0 - 1.0) / 3.0).sqrt()
}

/// Writes pairs of `FILE` samples, numbered from 0. They are one pair under many names, which fits into little memory.
pub fn write(folder: &Path, pairs: u64) -> Result<()> {
    for (half, name) in ["i", "q"].into_iter().enumerate() {
        let path = |number: u64| folder.join(format!("duck_{name}_{number:05}.dat"));
        let mut file = BufWriter::with_capacity(1 << 20, File::create(path(0))?);
        (0..FILE).try_for_each(|index| file.write_all(&sample(index, half as u64).to_le_bytes()))?;
        file.flush()?;
        (1..pairs).try_for_each(|number| hard_link(path(0), path(number)))?;
    }
    Ok(())
}
