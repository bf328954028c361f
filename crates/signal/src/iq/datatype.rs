//! The encoding of raw samples: numbers of one type, with interleaved channels.

use std::fmt;
use std::str::FromStr;

/// The type of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Number {
    /// 32-bit float.
    F32,
    /// 64-bit float.
    F64,
    /// Signed integers; full scale is ±2ⁿ⁻¹.
    I8,
    /// 16 bit.
    I16,
    /// 32 bit.
    I32,
    /// Unsigned integers; zero is at (2ⁿ − 1) / 2, which is also full scale: 127.5 for bytes.
    U8,
    /// 16 bit.
    U16,
    /// 32 bit.
    U32,
}

/// The byte order of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Little-endian.
    Little,
    /// Big-endian.
    Big,
}

/// The encoding of samples, with the names of SigMF: `cf32_le`, `ri16_be`, `cu8`.
///
/// # Units      out: full scale is ±1; floats as they are
/// # Reference  SigMF 1.2, "Dataset format"
///
/// ```
/// use passband_signal::iq::Datatype;
/// let cu8: Datatype = "cu8".parse().unwrap();
/// let mut planar = vec![];
/// cu8.decode(&[255, 0, 127, 128], 2, &mut planar);
/// assert_eq!(planar, [1.0, -0.5 / 127.5, -1.0, 0.5 / 127.5]); // I, I, Q, Q
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Datatype {
    /// Whether samples are complex (interleaved I and Q).
    pub complex: bool,
    /// The type of the numbers.
    pub number: Number,
    /// Their byte order.
    pub order: Order,
}

impl Datatype {
    /// Real little-endian 32-bit floats: one half of a pair of I/Q files.
    pub const RF32: Self = Self { complex: false, number: Number::F32, order: Order::Little };

    /// Bytes of one number.
    pub const fn width(self) -> usize {
        match self.number {
            Number::I8 | Number::U8 => 1,
            Number::I16 | Number::U16 => 2,
            Number::F32 | Number::I32 | Number::U32 => 4,
            Number::F64 => 8,
        }
    }

    /// Decodes `bytes` with interleaved channels, and appends the samples channel by channel.
    ///
    /// # Shape  in `frames · channels · width` bytes; out `[channels][frames]`
    /// # Edges  bytes after the last whole frame are ignored; without channels nothing is appended
    pub fn decode(self, bytes: &[u8], channels: usize, planar: &mut Vec<f32>) {
        macro_rules! by {
            ($type:ty, $value:expr) => {{
                const W: usize = size_of::<$type>();
                match self.order {
                    Order::Little => {
                        planes::<W>(bytes, channels, planar, |b| $value(<$type>::from_le_bytes(b)))
                    }
                    Order::Big => planes::<W>(bytes, channels, planar, |b| $value(<$type>::from_be_bytes(b))),
                }
            }};
        }
        match self.number {
            Number::F32 => by!(f32, |x: f32| x),
            Number::F64 => by!(f64, |x: f64| x as f32),
            Number::I8 => by!(i8, |x: i8| f32::from(x) / 128.0),
            Number::I16 => by!(i16, |x: i16| f32::from(x) / 32768.0),
            Number::I32 => by!(i32, |x: i32| x as f32 / 2_147_483_648.0),
            Number::U8 => by!(u8, |x: u8| (f32::from(x) - 127.5) / 127.5),
            Number::U16 => by!(u16, |x: u16| (f32::from(x) - 32767.5) / 32767.5),
            Number::U32 => {
                by!(u32, |x: u32| ((f64::from(x) - 2_147_483_647.5) / 2_147_483_647.5) as f32)
            }
        }
    }
}

/// One pass per channel; for common channel counts the stride is a constant, so that the loop is vectorised.
fn planes<const W: usize>(
    bytes: &[u8],
    channels: usize,
    planar: &mut Vec<f32>,
    value: impl Fn([u8; W]) -> f32 + Copy,
) {
    let number = |bytes: &[u8], at: usize| {
        let mut own = [0; W];
        own.copy_from_slice(&bytes[at..at + W]);
        value(own)
    };
    match channels {
        0 => {}
        1 => planar.extend(bytes.chunks_exact(W).map(|frame| number(frame, 0))),
        2 => {
            planar.extend(bytes.chunks_exact(2 * W).map(|frame| number(frame, 0)));
            planar.extend(bytes.chunks_exact(2 * W).map(|frame| number(frame, W)));
        }
        n => (0..n).for_each(|channel| {
            planar.extend(bytes.chunks_exact(n * W).map(|frame| number(frame, channel * W)));
        }),
    }
}

impl FromStr for Datatype {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let unknown = || format!("'{text}' is not a datatype such as cf32_le, ci16_le, cu8 or ri16_be");
        let (kind, order) = match text.split_once('_') {
            Some((kind, "le")) => (kind, Some(Order::Little)),
            Some((kind, "be")) => (kind, Some(Order::Big)),
            Some(_) => return Err(unknown()),
            None => (text, None),
        };
        let (complex, number) = match (kind.strip_prefix('c'), kind.strip_prefix('r')) {
            (Some(number), _) => (true, number),
            (_, Some(number)) => (false, number),
            _ => return Err(unknown()),
        };
        let number = NAMES.iter().find(|(name, _)| *name == number).ok_or_else(unknown)?.1;
        let one = matches!(number, Number::I8 | Number::U8);
        if order.is_none() && !one {
            return Err(format!("'{text}' has no byte order: write {text}_le or {text}_be"));
        }
        Ok(Self { complex, number, order: order.unwrap_or(Order::Little) })
    }
}

const NAMES: [(&str, Number); 8] = [
    ("f32", Number::F32),
    ("f64", Number::F64),
    ("i8", Number::I8),
    ("i16", Number::I16),
    ("i32", Number::I32),
    ("u8", Number::U8),
    ("u16", Number::U16),
    ("u32", Number::U32),
];

impl fmt::Display for Datatype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = NAMES.iter().find(|(_, number)| *number == self.number).map_or("", |(name, _)| name);
        let order = match (self.width(), self.order) {
            (1, _) => "",
            (_, Order::Little) => "_le",
            (_, Order::Big) => "_be",
        };
        write!(f, "{}{name}{order}", if self.complex { 'c' } else { 'r' })
    }
}
