//! Fingerprints: the same recording is recognised in another encoding.

use crate::resample::Resampler;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rusty_chromaprint::{Configuration, FingerprintCompressor};

/// The sample rate of Chromaprint.
const RATE_HZ: f64 = 11_025.0;
/// Samples from one value to the next.
const HOP: usize = 4096 / 3;
/// The fingerprint covers the start of a recording up to this length, as that of `fpcalc`.
const LENGTH_S: f64 = 120.0;
/// Chromaprint's second algorithm, the one in use.
const ALGORITHM: u8 = 1;
/// Fewer values than these, 5.6 s of sound, agree by chance.
const LEAST: usize = 24;

/// The fingerprint of a recording: 32 bits for each 0.124 s of its first two minutes.
///
/// # Reference  Chromaprint (Lalinský 2011), algorithm 2, as AcoustID uses it: Ke, Hoiem & Sukthankar, Computer Vision for
/// Music Identification, CVPR 2005; Jang et al., Pairwise Boosted Audio Fingerprint, 2009
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fingerprint(Vec<u32>);

/// How two fingerprints agree where they agree most.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FingerprintMatch {
    /// The share of bits that differ: 0 of the same sound, about 0.5 of sounds that have nothing in common.
    pub bit_error_rate: f64,
    /// How many seconds later a moment of the first recording comes in the second one.
    pub offset_s: f64,
    /// Seconds that were compared.
    pub overlap_s: f64,
}

impl FingerprintMatch {
    /// Up to this bit error rate two recordings are the same: other encodings of one have less than 0.02, different ones more
    /// than 0.19 (noise, held notes) and mostly 0.4 to 0.5.
    pub const MOST: f64 = 0.15;

    /// Whether both are the same recording.
    pub fn is_same(&self) -> bool {
        self.bit_error_rate <= Self::MOST
    }
}

impl Fingerprint {
    /// Its values, one each 0.124 s.
    pub fn values(&self) -> &[u32] {
        &self.0
    }

    /// The fingerprint as AcoustID takes it and `fpcalc` prints it: compressed, in base64 for addresses.
    pub fn text(&self) -> String {
        let configuration = Configuration::preset_test2();
        URL_SAFE_NO_PAD.encode(FingerprintCompressor::from(&configuration).compress(&self.0))
    }

    /// Reads such a text.
    ///
    /// # Errors   what is wrong with the text; another algorithm than the second
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

    /// Compares two fingerprints at each offset at which half of the shorter one overlaps, and gives the best.
    ///
    /// # Edges    `None` if either is of less than 5.6 s: so little agrees by chance
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

/// Bits of bytes, the lowest first.
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

/// Takes a recording in blocks and gives its fingerprint.
///
/// # Shape      in blocks of samples; out one [`Fingerprint`]
/// # Edges      `None` of less than 2.6 s, and of silence
/// # Memory     the first two minutes at 11,025 Hz in 16 bits, 2.6 MB
/// # Agrees     fpcalc 1.5.1 to the bit at 11,025 Hz; of other rates single bits differ, since it resamples with another
///   low pass
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
    /// # Errors   a sample rate that cannot be brought to 11,025 Hz
    pub fn new(rate_hz: f64) -> Result<Fingerprinter, String> {
        let resampler = (rate_hz != RATE_HZ).then(|| Resampler::new(rate_hz, RATE_HZ)).transpose()?;
        Ok(Fingerprinter { resampler, samples: vec![] })
    }

    /// Takes a block of the mean of the channels.
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

    /// Ends the recording, and is ready for another of the same rate.
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

/// Samples that are looked at.
fn most() -> usize {
    (LENGTH_S * RATE_HZ) as usize
}

fn add(samples: &mut Vec<i16>, block: &[f32]) {
    let free = most() - samples.len();
    // a sample that is not a number is 0, one beyond full scale the greatest there is
    samples.extend(block.iter().take(free).map(|sample| (sample * 32_767.0).round() as i16));
}
