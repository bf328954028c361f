//! Acoustic fingerprints, which identify a recording across encodings.

use crate::resample::Resampler;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rusty_chromaprint::{Configuration, FingerprintCompressor};

/// The sample rate of Chromaprint.
const RATE_HZ: f64 = 11_025.0;
/// Hop between values, in samples.
const HOP: usize = 4096 / 3;
/// The fingerprint covers the start of a recording up to this length, like that of `fpcalc`.
const LENGTH_S: f64 = 120.0;
/// Chromaprint's algorithm 2, the current one, as encoded in the header.
const ALGORITHM: u8 = 1;
/// Minimum number of values to compare, 5.6 s of sound: fewer may match by chance.
const LEAST: usize = 24;

/// The fingerprint of a recording: 32 bits per 0.124 s of its first two minutes.
///
/// # Reference  Chromaprint (Lalinský 2011), algorithm 2, as AcoustID uses it: Ke, Hoiem & Sukthankar, Computer Vision
/// for Music Identification, CVPR 2005; Jang et al., Pairwise Boosted Audio Fingerprint, 2009
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fingerprint(Vec<u32>);

/// The best match of two fingerprints over all offsets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FingerprintMatch {
    /// The share of bits that differ: 0 for identical sound, about 0.5 for unrelated sound.
    pub bit_error_rate: f64,
    /// Delay in seconds of the second recording relative to the first.
    pub offset_s: f64,
    /// Length of the compared part in seconds.
    pub overlap_s: f64,
}

impl FingerprintMatch {
    /// Maximum bit error rate of two encodings of the same recording. Encodings of one recording have less than 0.02,
    /// different recordings more than 0.19 (noise, held notes) and mostly 0.4 to 0.5.
    pub const MOST: f64 = 0.15;

    /// Whether both fingerprints are of the same recording.
    pub fn is_same(&self) -> bool {
        self.bit_error_rate <= Self::MOST
    }
}

impl Fingerprint {
    /// The values, one per 0.124 s.
    pub fn values(&self) -> &[u32] {
        &self.0
    }

    /// The fingerprint as AcoustID accepts it and `fpcalc` prints it: compressed, in URL-safe base64.
    pub fn text(&self) -> String {
        let configuration = Configuration::preset_test2();
        URL_SAFE_NO_PAD.encode(FingerprintCompressor::from(&configuration).compress(&self.0))
    }

    /// Parses the output of [`text`](Self::text).
    ///
    /// # Errors   the text is malformed, or of another algorithm than 2
    /// # Example
    /// ```
    /// use passband_dsp::music::Fingerprint;
    /// let print = Fingerprint::parse("AQAAA5KkbAo3PAl6AGQA").unwrap();
    /// assert_eq!(print.values(), [613_230_250, 613_227_178, 613_243_578]);
    /// assert_eq!(Fingerprint::parse(&print.text()).unwrap(), print);
    /// assert!(Fingerprint::parse("no fingerprint").is_err());
    /// ```
    pub fn parse(text: &str) -> Result<Fingerprint, String> {
        let bytes = URL_SAFE_NO_PAD.decode(text.trim().trim_end_matches('='));
        let bytes = bytes.map_err(|error| format!("it is not base64: {error}"))?;
        let [algorithm, high, middle, low, packed @ ..] = &bytes[..] else {
            return Err("it is shorter than its header".into());
        };
        if *algorithm != ALGORITHM {
            return Err(format!("it is of Chromaprint's algorithm {}, not of 2", u32::from(*algorithm) + 1));
        }
        let count = u32::from_be_bytes([0, *high, *middle, *low]) as usize;
        let (values, ends) = unpacked(packed, count).ok_or("it is cut short")?;
        let mut exceptions = Bits { bytes: &packed[ends..], next: 0 };
        let (mut all, mut last) = (Vec::with_capacity(values.len()), 0u32);
        for steps in values {
            let (mut value, mut bit) = (0u32, 0);
            for step in steps {
                bit += step;
                if step == 7 {
                    bit += exceptions.take(5).ok_or("it is cut short")?;
                }
                let place = bit.checked_sub(1).and_then(|place| 1u32.checked_shl(place));
                value |= place.ok_or("a value has more than 32 bits")?;
            }
            last ^= value;
            all.push(last);
        }
        Ok(Fingerprint(all))
    }

    /// Compares two fingerprints at each offset at which half of the shorter one overlaps; returns the best match.
    ///
    /// # Edges    `None` if either is shorter than 5.6 s, which may match by chance
    pub fn compare(&self, other: &Fingerprint) -> Option<FingerprintMatch> {
        let (own, others) = (self.0.len() as i64, other.0.len() as i64);
        let least = (own.min(others) / 2).max(LEAST as i64);
        if own.min(others) < LEAST as i64 {
            return None;
        }
        let at = |offset: i64| {
            let start = (-offset).max(0);
            let count = (own - start).min(others - (start + offset));
            let pairs =
                self.0[start as usize..][..count as usize].iter().zip(&other.0[(start + offset) as usize..]);
            let errors: u32 = pairs.map(|(one, two)| (one ^ two).count_ones()).sum();
            (f64::from(errors) / (32 * count) as f64, count, offset)
        };
        let all = (least - own..=others - least).map(at);
        let (bit_error_rate, count, offset) = all.min_by(|one, two| one.0.total_cmp(&two.0))?;
        let seconds = |values: i64| values as f64 * HOP as f64 / RATE_HZ;
        Some(FingerprintMatch { bit_error_rate, offset_s: seconds(offset), overlap_s: seconds(count) })
    }
}

/// Reads the bits of bytes, least significant first.
struct Bits<'a> {
    bytes: &'a [u8],
    next: usize,
}

impl Bits<'_> {
    fn take(&mut self, count: usize) -> Option<u32> {
        let bit = |at: usize| self.bytes.get(at / 8).map(|byte| u32::from(byte >> (at % 8) & 1));
        let value = (0..count).try_fold(0, |value, at| Some(value | bit(self.next + at)? << at));
        self.next += count;
        value
    }
}

/// Decodes the distances between set bits for `count` values; returns them and the number of bytes read.
fn unpacked(bytes: &[u8], count: usize) -> Option<(Vec<Vec<u32>>, usize)> {
    let mut bits = Bits { bytes, next: 0 };
    let mut values = vec![];
    for _ in 0..count {
        let mut steps = vec![];
        loop {
            match bits.take(3)? {
                0 => break,
                step => steps.push(step),
            }
        }
        values.push(steps);
    }
    Some((values, bits.next.div_ceil(8)))
}

/// Computes the fingerprint of a recording that arrives in blocks.
///
/// # Shape      in blocks of samples; out one [`Fingerprint`]
/// # Edges      `None` for less than 2.6 s, and for silence
/// # Memory     2.6 MB: the first two minutes at 11,025 Hz in 16 bits
/// # Agrees     fpcalc 1.5.1, bit-identical at 11,025 Hz; at other rates single bits differ, since fpcalc resamples
///   with another low-pass filter
/// # Example
/// ```
/// use passband_dsp::music::Fingerprinter;
/// // Ten seconds of a tone that rises, and of the same at half the level in 8 bits.
/// let sound = |gain: f32| (0..110_250).map(move |n| gain * (n as f32 * n as f32 * 1e-6).sin());
/// let print = |samples: Vec<f32>| {
///     let mut fingerprinter = Fingerprinter::new(11_025.0).unwrap();
///     fingerprinter.push(&samples);
///     fingerprinter.finish().unwrap()
/// };
/// let coarse = sound(0.25).map(|sample| (sample * 128.0).round() / 128.0).collect();
/// let found = print(sound(0.5).collect()).compare(&print(coarse)).unwrap();
/// assert!(found.is_same() && found.offset_s == 0.0, "{found:?}");
/// ```
pub struct Fingerprinter {
    resampler: Option<Resampler>,
    samples: Vec<i16>,
}

impl std::fmt::Debug for Fingerprinter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Fingerprinter of {} samples", self.samples.len())
    }
}

impl Fingerprinter {
    /// # Errors   the sample rate cannot be resampled to 11,025 Hz
    pub fn new(rate_hz: f64) -> Result<Fingerprinter, String> {
        let resampler = (rate_hz != RATE_HZ).then(|| Resampler::new(rate_hz, RATE_HZ)).transpose()?;
        Ok(Fingerprinter { resampler, samples: vec![] })
    }

    /// Adds a block of the mean of the channels.
    pub fn push(&mut self, block: &[f32]) {
        let Fingerprinter { resampler, samples } = self;
        if samples.len() >= most() {
            return;
        }
        match resampler {
            Some(resampler) => resampler.push(block, |block| add(samples, block)),
            None => add(samples, block),
        }
    }

    /// Ends the recording and returns its fingerprint. The next block begins another recording at the same rate.
    pub fn finish(&mut self) -> Option<Fingerprint> {
        let Fingerprinter { resampler, samples } = self;
        if let Some(resampler) = resampler {
            resampler.finish(|block| add(samples, block));
        }
        let samples = std::mem::take(samples);
        if samples.iter().all(|sample| *sample == 0) {
            return None;
        }
        let mut chromaprint = rusty_chromaprint::Fingerprinter::new(&Configuration::preset_test2());
        chromaprint.start(RATE_HZ as u32, 1).ok()?;
        chromaprint.consume(&samples);
        chromaprint.finish();
        let values = chromaprint.fingerprint().to_vec();
        (!values.is_empty()).then_some(Fingerprint(values))
    }
}

/// Maximum number of samples of a recording that are used.
fn most() -> usize {
    (LENGTH_S * RATE_HZ) as usize
}

fn add(samples: &mut Vec<i16>, block: &[f32]) {
    let free = most() - samples.len();
    // the conversion saturates: NaN becomes 0, and values beyond full scale the nearest limit
    samples.extend(block.iter().take(free).map(|sample| (sample * 32_767.0).round() as i16));
}
