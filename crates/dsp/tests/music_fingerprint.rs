//! Fingerprints beside those of fpcalc 1.5.1.

use passband_dsp::music::{Fingerprint, Fingerprinter};

/// Periods in samples of the three voices of each chord.
const CHORDS: [[i64; 3]; 8] = [
    [42, 33, 28],
    [32, 25, 42],
    [45, 38, 28],
    [50, 42, 33],
    [38, 32, 25],
    [42, 33, 28],
    [28, 22, 19],
    [33, 28, 22],
];

/// What fpcalc prints of 12 s of that signal as WAV of 16 bits.
const FPCALC: &str = "AQAAS5KkbAo3PAl6OH-gKY6GP8Nz4dEzFOkZIdmPJyYevDuqrY-QI7nha3ge_IRVJOQRUtvx440W1D6uREgeITye4WGOHj764MPxJ\
Agpe9CPB_mm4Eyk4T1-HO2P97ja4EnQH2meI5niLfiH58KjZ0R_hHmQ_HhiCg_eXai2fsiF5ITVZMXz4ceR_Aip7Tg3nG5QG1ciJLsAZAhhwhhEgDKMEwCoAAghJQQzijB\
FiDAcKcSUBBYARhwyAxCHkDHCMGIMIgIg6BgnAECBFFJMCMEEMwA";

/// Three triangle waves that fade, another chord each 8000 samples, at 11,025 Hz.
fn sample(n: i64) -> f32 {
    let fade = 8000 - n % 8000;
    let wave = |period: &i64| 4000 * ((n % period) * 4 - 2 * period).abs() / period - 4000;
    let sum: i64 = CHORDS[(n / 8000 % 8) as usize].iter().map(wave).sum();
    (sum * fade / 8000) as f32 / 32_768.0
}

fn print(samples: impl Iterator<Item = f32>, block: usize) -> Option<Fingerprint> {
    let mut fingerprinter = Fingerprinter::new(11_025.0).unwrap();
    samples.collect::<Vec<_>>().chunks(block).for_each(|block| fingerprinter.push(block));
    fingerprinter.finish()
}

#[test]
fn a_fingerprint_is_that_of_fpcalc_but_for_single_bits() {
    let theirs = Fingerprint::parse(FPCALC).unwrap();
    assert_eq!(theirs.values()[..3], [613_230_250, 613_227_178, 613_243_578]);
    assert_eq!(theirs.text(), FPCALC, "AcoustID reads the texts that are written here");
    let ours = print((0..132_300).map(sample), 1000).unwrap();
    assert_eq!(ours.values().len(), theirs.values().len());
    let found = ours.compare(&theirs).unwrap();
    println!("{found:?}");
    assert!(found.bit_error_rate < 0.01 && found.offset_s == 0.0, "{found:?}");
}

#[test]
fn blocks_of_any_length_give_the_same_and_a_recording_that_begins_later_is_found_at_its_place() {
    let whole = print((0..330_750).map(sample), 4096).unwrap();
    assert_eq!(print((0..330_750).map(sample), 330_750).unwrap(), whole);
    // 40 values later, 4.95 s
    let late = print((40 * 1365..330_750).map(sample), 4096).unwrap();
    let found = late.compare(&whole).unwrap();
    assert!(found.bit_error_rate < 0.01 && (found.offset_s - 4.952).abs() < 0.001, "{found:?}");
    assert!((whole.compare(&late).unwrap().offset_s + 4.952).abs() < 0.001);
}

#[test]
fn only_the_first_two_minutes_count_and_what_is_short_or_silent_has_none() {
    let two = print((0..1_323_000).map(sample), 8192).unwrap();
    let three = print((0..1_984_500).map(sample), 5000).unwrap();
    assert_eq!(two, three);
    assert_eq!(print(std::iter::repeat_n(0.0, 110_250), 4096), None);
    assert_eq!(print((0..20_000).map(sample), 4096), None);
    assert_eq!(print(std::iter::empty(), 4096), None);
    let short = print((0..50_000).map(sample), 4096).unwrap();
    assert_eq!(short.compare(&two), None, "4.5 s agree with much by chance");
    // what is not a number is silence
    assert!(print((0..132_300).map(|n| if n % 7 == 0 { f32::NAN } else { sample(n) }), 4096).is_some());
}

#[test]
fn texts_that_are_no_fingerprints_are_refused() {
    for text in ["", "AQ", "no fingerprint", "AgAAAA", "AQAAS5KkbAo3PAl6", &FPCALC[..FPCALC.len() - 8]] {
        assert!(Fingerprint::parse(text).is_err(), "{text}");
    }
    assert_eq!(Fingerprint::parse("AQAAAA").unwrap().values(), &[] as &[u32]);
}
