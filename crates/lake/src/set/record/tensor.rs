//! Numbers with a shape, and their encoding as TensorFlow's `TensorProto`.

use super::output::Put;
use super::wire::{self, Fields, Value};
use passband_flow::data::Floats;
use passband_signal::{Fault, Hertz, Result};

/// 32-bit floats with a shape, in row-major order.
///
/// ```
/// use passband_lake::set::record::Tensor;
/// use passband_signal::Hertz;
/// let stereo = Tensor::waveform(2, Hertz(8000.0), vec![0.0, 1.0, 0.5, -0.5, 0.25, 0.75])?;
/// assert_eq!(stereo.shape(), [3, 2]);
/// assert!(Tensor::new(vec![4, 2], vec![0.0; 7]).is_err());
/// # Ok::<(), passband_signal::Fault>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    shape: Vec<u64>,
    values: Floats,
    rate: Option<Hertz>,
}

impl Tensor {
    /// A tensor of these values; their number must match the shape.
    pub fn new(shape: Vec<u64>, values: Vec<f32>) -> Result<Self> {
        Self::shared(shape, values.into())
    }

    fn shared(shape: Vec<u64>, values: Floats) -> Result<Self> {
        if count(&shape) != Some(values.len() as u64) {
            let text = format!("a tensor of shape {shape:?} cannot have {} values", values.len());
            return Err(Fault::new(text).why("the product of its dimensions is the number of its values"));
        }
        Ok(Self { shape, values, rate: None })
    }

    /// A waveform of interleaved samples with the shape [frames, channels], as returned by `tf.audio.decode_wav`.
    pub fn waveform(channels: usize, rate: Hertz, samples: Vec<f32>) -> Result<Self> {
        Self::shared_waveform(channels, rate, samples.into())
    }

    /// As [`Tensor::waveform`], for shared samples, which are not copied.
    pub fn shared_waveform(channels: usize, rate: Hertz, samples: Floats) -> Result<Self> {
        let frames = samples.len().checked_div(channels).unwrap_or(0);
        Ok(Self { rate: Some(rate), ..Self::shared(vec![frames as u64, channels as u64], samples)? })
    }

    /// The dimensions.
    pub fn shape(&self) -> &[u64] {
        &self.shape
    }
    /// The values, in row-major order.
    pub fn values(&self) -> &[f32] {
        &self.values
    }
    /// The sample rate of a waveform.
    pub fn rate(&self) -> Option<Hertz> {
        self.rate
    }
    /// Returns the values, for example to reuse their memory.
    pub fn into_values(self) -> Vec<f32> {
        self.values.into_vec()
    }
}

/// The number of values of a shape; `None` if it is too large.
fn count(shape: &[u64]) -> Option<u64> {
    let product = shape.iter().try_fold(1u64, |product, size| product.checked_mul(*size))?;
    let fits = shape.iter().all(|size| i64::try_from(*size).is_ok());
    (fits && product <= u64::MAX / 4).then_some(product)
}

/// Appends the `TensorProto`, byte for byte as `tf.io.serialize_tensor` serialises it.
///
/// ```
/// use passband_lake::set::record::{Tensor, tensor};
/// let mut bytes = vec![];
/// tensor::encode(&Tensor::new(vec![1, 2], vec![1.0, -2.0])?, &mut bytes);
/// // dtype 1 (float), shape of the sizes 1 and 2, content of 8 bytes
/// let head = [8, 1, 18, 8, 18, 2, 8, 1, 18, 2, 8, 2, 34, 8];
/// assert_eq!(bytes, [&head[..], &[0, 0, 128, 63, 0, 0, 0, 192]].concat());
/// assert_eq!(tensor::decode(&bytes)?.values(), [1.0, -2.0]);
/// # Ok::<(), passband_signal::Fault>(())
/// ```
pub fn encode(tensor: &Tensor, out: &mut Vec<u8>) {
    out.reserve(len(tensor));
    write(tensor, out);
}

/// The size of the `TensorProto` in bytes.
pub(super) fn len(tensor: &Tensor) -> usize {
    let content = 4 * tensor.values.len();
    2 + wire::field_len(shape_len(tensor)) + if content == 0 { 0 } else { wire::field_len(content) }
}

fn shape_len(tensor: &Tensor) -> usize {
    tensor.shape.iter().map(|size| wire::field_len(size_len(*size))).sum()
}

/// A size of zero is not written, because it is the default in Protocol Buffers.
fn size_len(size: u64) -> usize {
    if size == 0 { 0 } else { 1 + wire::varint_len(size) }
}

pub(super) fn write(tensor: &Tensor, out: &mut impl Put) {
    out.put(&[1 << 3, 1]); // DT_FLOAT
    wire::head(2, shape_len(tensor), out);
    for size in &tensor.shape {
        wire::head(2, size_len(*size), out);
        if *size != 0 {
            out.put(&[1 << 3]);
            wire::varint(*size, out);
        }
    }
    if !tensor.values.is_empty() {
        wire::head(4, 4 * tensor.values.len(), out);
        out.put_floats(&tensor.values);
    }
}

/// Decodes a `TensorProto` of floats whose values are in a single field, as [`encode`] writes them.
pub fn decode(bytes: &[u8]) -> Result<Tensor> {
    let (mut shape, mut content, mut dtype) = (vec![], &[][..], 0);
    for field in Fields(bytes) {
        match field? {
            (1, Value::Varint(number)) => dtype = number,
            (2, Value::Bytes(dimensions)) => shape = read_shape(dimensions)?,
            (4, Value::Bytes(bytes)) => content = bytes,
            _ => {}
        }
    }
    let (values, rest) = content.as_chunks::<4>();
    if dtype != 1 || !rest.is_empty() {
        return Err(Fault::new("a tensor is not one of 32-bit floats")
            .why(format!("its dtype is {dtype}, its content has {} bytes", content.len())));
    }
    Tensor::new(shape, values.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
}

fn read_shape(dimensions: &[u8]) -> Result<Vec<u64>> {
    let mut shape = vec![];
    for dimension in Fields(dimensions) {
        if let (2, Value::Bytes(dimension)) = dimension? {
            let mut size = 0;
            for field in Fields(dimension) {
                if let (1, Value::Varint(number)) = field? {
                    size = number;
                }
            }
            shape.push(size);
        }
    }
    Ok(shape)
}
