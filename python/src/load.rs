//! Recordings as samples.

use crate::fault::raised;
use crate::features::bytes;
use passband_dsp::resample::Resampler;
use passband_signal::{Fault, Recording, Result, mean_of_channels};
use pyo3::prelude::*;
use pyo3::types::PyByteArray;
use std::io::Cursor;
use std::path::PathBuf;

/// Frames per block.
const BLOCK: usize = 1 << 16;

/// A path, or the bytes of a file.
#[derive(FromPyObject)]
pub enum Input {
    /// The bytes of a file.
    Bytes(Vec<u8>),
    /// A path: text or `os.PathLike`.
    Path(PathBuf),
}

/// Channels, sample rate, samples per channel, and the samples, one channel after the other.
type Loaded<'py> = (usize, f64, usize, Bound<'py, PyByteArray>);

/// Decodes a recording, from `offset` for `duration` seconds; `rate` resamples each channel.
#[pyfunction]
#[pyo3(signature = (input, rate, mono, offset, duration))]
pub fn load<'py>(
    py: Python<'py>,
    input: Input,
    rate: Option<f64>,
    mono: bool,
    offset: f64,
    duration: Option<f64>,
) -> PyResult<Loaded<'py>> {
    let loaded = py.detach(|| decode(input, rate, mono, offset, duration));
    let (rate, channels) = loaded.map_err(|fault| raised(py, &fault))?;
    let (count, length) = (channels.len(), channels[0].len());
    Ok((count, rate, length, bytes(py, &channels.concat())))
}

fn decode(
    input: Input,
    rate: Option<f64>,
    mono: bool,
    offset: f64,
    duration: Option<f64>,
) -> Result<(f64, Vec<Vec<f32>>)> {
    for (name, value) in [("offset", offset), ("duration", duration.unwrap_or(0.0))] {
        if !(value.is_finite() && value >= 0.0) {
            return Err(Fault::new(format!("{name} is {value} s")).fix(format!("set {name} to 0 s or more")));
        }
    }
    let mut recording = match input {
        Input::Path(path) => Recording::open(path)?,
        Input::Bytes(bytes) => Recording::read(Box::new(Cursor::new(bytes)), "bytes")?,
    };
    let own = recording.spec();
    let at = |seconds: f64| (seconds * own.rate.0).round() as u64;
    if offset > 0.0 {
        recording.seek(at(offset))?;
    }
    let mut left = duration.map_or(u64::MAX, at);
    let mut channels = vec![vec![]; if mono { 1 } else { own.channels }];
    let (mut block, mut mean) = (vec![], vec![]);
    while left > 0 {
        block.clear();
        let frames = recording.next_block(BLOCK.min(left as usize), &mut block)?;
        if frames == 0 {
            break;
        }
        left -= frames as u64;
        if mono && own.channels > 1 {
            mean_of_channels(&block, own.channels, &mut mean);
            channels[0].extend(&mean);
        } else {
            channels.iter_mut().zip(block.chunks_exact(frames)).for_each(|(all, one)| all.extend(one));
        }
    }
    match rate {
        Some(rate) if rate != own.rate.0 => {
            let resampled =
                channels.iter().map(|one| resample(own.rate.0, rate, one)).collect::<Result<_, _>>();
            let tell =
                |why| Fault::new(format!("{} Hz cannot be resampled to {rate} Hz", own.rate.0)).why(why);
            Ok((rate, resampled.map_err(tell)?))
        }
        _ => Ok((own.rate.0, channels)),
    }
}

fn resample(from: f64, to: f64, samples: &[f32]) -> Result<Vec<f32>, String> {
    let mut out = vec![];
    let mut resampler = Resampler::new(from, to)?;
    resampler.push(samples, |more| out.extend_from_slice(more));
    resampler.finish(|more| out.extend_from_slice(more));
    Ok(out)
}
