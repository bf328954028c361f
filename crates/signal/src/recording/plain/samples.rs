//! Decodes the samples of a WAV or an AIFF.

/// The encoding of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encoding {
    pub kind: Kind,
    /// Bytes per sample.
    pub bytes: usize,
    pub big_endian: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Up to 8 bits, with silence at 128.
    Unsigned,
    /// A-law (G.711).
    ALaw,
    /// µ-law (G.711).
    MuLaw,
    /// Left-justified in its bytes, as in the standard: scaled by the full scale of its bytes.
    Signed,
    /// 24 bits in the low three of four bytes.
    Low24,
    Float,
}

impl Encoding {
    /// Its usual short name.
    pub fn name(self) -> &'static str {
        match (self.kind, self.bytes, self.big_endian) {
            (Kind::Unsigned, ..) => "pcm_u8",
            (Kind::ALaw, ..) => "pcm_alaw",
            (Kind::MuLaw, ..) => "pcm_mulaw",
            (Kind::Signed, 1, _) => "pcm_s8",
            (Kind::Signed, 2, false) => "pcm_s16le",
            (Kind::Signed, 2, true) => "pcm_s16be",
            (Kind::Signed, 3, false) | (Kind::Low24, _, false) => "pcm_s24le",
            (Kind::Signed, 3, true) | (Kind::Low24, _, true) => "pcm_s24be",
            (Kind::Signed, 4, false) => "pcm_s32le",
            (Kind::Signed, 4, true) => "pcm_s32be",
            (Kind::Signed, _, false) => "pcm_s64le",
            (Kind::Signed, _, true) => "pcm_s64be",
            (Kind::Float, 4, false) => "pcm_f32le",
            (Kind::Float, 4, true) => "pcm_f32be",
            (Kind::Float, _, false) => "pcm_f64le",
            (Kind::Float, _, true) => "pcm_f64be",
        }
    }

    /// Appends the samples in `bytes`, interleaved: bit for bit as Symphonia decodes them.
    pub fn decode(self, bytes: &[u8], samples: &mut Vec<f32>) {
        if self.big_endian {
            let mut swapped = bytes.to_vec();
            swapped.chunks_exact_mut(self.bytes).for_each(<[u8]>::reverse);
            return Self { big_endian: false, ..self }.decode(&swapped, samples);
        }
        match (self.kind, self.bytes) {
            (Kind::Unsigned, _) => extend(bytes, samples, |[b]| f32::from(b) / 128.0 - 1.0),
            (Kind::ALaw, _) => extend(bytes, samples, |[b]| f32::from(a_law(b)) / 32_768.0),
            (Kind::MuLaw, _) => extend(bytes, samples, |[b]| f32::from(mu_law(b)) / 32_768.0),
            (Kind::Signed, 1) => extend(bytes, samples, |[b]| f32::from(b.cast_signed()) / 128.0),
            (Kind::Signed, 2) => extend(bytes, samples, |b| f32::from(i16::from_le_bytes(b)) / 32_768.0),
            (Kind::Signed, 3) => extend(bytes, samples, |[a, b, c]| low24([a, b, c, 0])),
            (Kind::Signed, 4) => extend(bytes, samples, |b| i32::from_le_bytes(b) as f32 / 2_147_483_648.0),
            (Kind::Signed, 5) => extend(bytes, samples, wide::<5>),
            (Kind::Signed, 6) => extend(bytes, samples, wide::<6>),
            (Kind::Signed, 7) => extend(bytes, samples, wide::<7>),
            (Kind::Signed, _) => extend(bytes, samples, wide::<8>),
            (Kind::Low24, _) => extend(bytes, samples, low24),
            (Kind::Float, 4) => extend(bytes, samples, f32::from_le_bytes),
            (Kind::Float, _) => extend(bytes, samples, |b| f64::from_le_bytes(b) as f32),
        }
    }
}

/// One loop per encoding, so that it is vectorised.
fn extend<const N: usize>(bytes: &[u8], samples: &mut Vec<f32>, sample: impl Fn([u8; N]) -> f32) {
    samples.extend(bytes.as_chunks::<N>().0.iter().map(|bytes| sample(*bytes)));
}

fn low24([a, b, c, _]: [u8; 4]) -> f32 {
    (i32::from_le_bytes([0, a, b, c]) >> 8) as f32 / 8_388_608.0
}

fn wide<const N: usize>(bytes: [u8; N]) -> f32 {
    let mut high = [0; 8];
    high[8 - N..].copy_from_slice(&bytes);
    i64::from_le_bytes(high) as f32 / 9_223_372_036_854_775_808.0
}

/// A-law: a sign, a three-bit exponent and a four-bit mantissa; every second bit is inverted.
fn a_law(byte: u8) -> i16 {
    let byte = byte ^ 0x55;
    let (power, step) = (byte >> 4 & 7, i16::from(byte & 15) << 4);
    let size = if power == 0 { step + 8 } else { (step + 0x108) << (power - 1) };
    if byte & 0x80 == 0 { -size } else { size }
}

/// µ-law: as A-law with all bits inverted, and a bias of 33 steps.
fn mu_law(byte: u8) -> i16 {
    let byte = !byte;
    let size = (((i16::from(byte & 15) << 3) + 0x84) << (byte >> 4 & 7)) - 0x84;
    if byte & 0x80 == 0 { size } else { -size }
}
