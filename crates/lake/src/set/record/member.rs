//! The files of a record in a WebDataset: their headers, each followed by the values as they are in memory.

use super::schema::place;
use super::{Feature, Record, Tensor};
use passband_signal::{Fault, Hertz, Result};

/// The header of a `.npy` of 32-bit floats (NumPy's format 1.0).
pub fn npy(shape: &[u64]) -> Result<Vec<u8>> {
    let sizes: String = shape.iter().map(|size| format!("{size}, ")).collect();
    let text = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}), }}", sizes.trim_end());
    let length = (10 + text.len() + 1).next_multiple_of(64) - 10;
    let told =
        u16::try_from(length).map_err(|_| Fault::new("a tensor has too many dimensions for a .npy"))?;
    let mut header = [b"\x93NUMPY\x01\x00", &told.to_le_bytes()[..], text.as_bytes()].concat();
    header.resize(10 + length - 1, b' ');
    header.push(b'\n');
    Ok(header)
}

/// The header of a `.wav` of 32-bit floats, if the tensor is a waveform.
pub fn wav(tensor: &Tensor) -> Result<Option<Vec<u8>>> {
    let (Some(Hertz(rate)), [frames, channels]) = (tensor.rate(), tensor.shape()) else { return Ok(None) };
    let unfit = |what: String| Fault::new(what).why("sizes in a WAV file have 32 bits");
    let whole = rate.fract() == 0.0 && (1.0..=f64::from(u32::MAX / 4)).contains(&rate);
    if !whole {
        return Err(unfit(format!("a WAV file cannot have a rate of {rate} Hz"))
            .fix("resample to a whole number of Hz"));
    }
    let channels = u16::try_from(*channels).ok().filter(|channels| (1..=u16::MAX / 4).contains(channels));
    let channels = channels.ok_or_else(|| unfit("a WAV file cannot have so many channels".into()))?;
    let frame = channels * 4;
    let size = u32::try_from(4 * tensor.values().len()).ok().filter(|size| *size < u32::MAX - 64);
    let size = size.ok_or_else(|| unfit("a recording is too long for a WAV file".into()))?;
    let rate = rate as u32;
    let speed = u64::from(rate) * u64::from(frame);
    let header = [
        &b"RIFF"[..],
        &(size + 50).to_le_bytes(),
        b"WAVEfmt ",
        &18u32.to_le_bytes(),
        &3u16.to_le_bytes(), // floats
        &channels.to_le_bytes(),
        &rate.to_le_bytes(),
        &(speed.min(u64::from(u32::MAX)) as u32).to_le_bytes(),
        &frame.to_le_bytes(),
        &32u16.to_le_bytes(),
        &0u16.to_le_bytes(),
        b"fact",
        &4u32.to_le_bytes(),
        &(*frames as u32).to_le_bytes(),
        b"data",
        &size.to_le_bytes(),
    ];
    Ok(Some(header.concat()))
}

/// Encodes numbers and text as one JSON object; empty if there are none. Non-finite numbers are written as Python's
/// `json` writes them.
pub fn json<'a>(features: impl Iterator<Item = (&'a str, &'a Feature)>, out: &mut String) {
    out.clear();
    for (name, feature) in features {
        let value = match feature {
            Feature::Ints(values) => list(values, |value| value.to_string()),
            Feature::Floats(values) => list(values, |value| number(*value)),
            Feature::Text(text) => quoted(text),
            Feature::Bytes(_) | Feature::Tensor(_) => continue,
        };
        out.push_str(if out.is_empty() { "{" } else { ", " });
        out.push_str(&quoted(name));
        out.push_str(": ");
        out.push_str(&value);
    }
    if !out.is_empty() {
        out.push('}');
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A single value is written without brackets.
fn list<T>(values: &[T], text: impl Fn(&T) -> String) -> String {
    match values {
        [value] => text(value),
        _ => format!("[{}]", values.iter().map(text).collect::<Vec<_>>().join(", ")),
    }
}

fn number(value: f32) -> String {
    match value {
        _ if value.is_nan() => "NaN".into(),
        f32::INFINITY => "Infinity".into(),
        f32::NEG_INFINITY => "-Infinity".into(),
        _ => format!("{value:?}"),
    }
}

/// Checks a key, which is the part of the file names up to the first dot.
pub fn check_key(record: &Record) -> Result<()> {
    let key = record.key();
    let good = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    if key.is_empty() || key.len() > 64 || !key.chars().all(good) {
        return Err(Fault::new("the key of a record cannot be the name of a file in a WebDataset")
            .at(place(record))
            .why("the part of a file name after the first dot is the kind of file")
            .fix("use 1 to 64 letters, digits, - and _"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn npy_headers_are_whole_lines_of_64_bytes() {
        for shape in [&[][..], &[5], &[5148, 1], &[1 << 40, 3, 2, 1]] {
            let header = npy(shape).unwrap();
            assert_eq!(header.len() % 64, 0);
            assert_eq!(usize::from(u16::from_le_bytes([header[8], header[9]])), header.len() - 10);
            assert_eq!(header.last(), Some(&b'\n'));
        }
        assert!(npy(&vec![1; 40_000]).is_err());
    }

    #[test]
    fn waveforms_that_wav_cannot_hold_are_faults() {
        let waveform =
            |channels, rate| Tensor::waveform(channels, Hertz(rate), vec![0.0; 2 * channels]).unwrap();
        let header = wav(&waveform(2, 8000.0)).unwrap().unwrap();
        assert_eq!(header.len(), 58);
        assert_eq!(u32::from_le_bytes(header[4..8].try_into().unwrap()), 58 + 16 - 8);
        assert!(wav(&waveform(2, 0.5)).is_err());
        assert!(wav(&waveform(2, f64::NAN)).is_err());
        assert!(wav(&waveform(70_000, 8000.0)).is_err());
        assert_eq!(wav(&Tensor::new(vec![2, 1], vec![0.0; 2]).unwrap()).unwrap(), None);
    }

    #[test]
    fn json_keeps_what_is_not_finite() {
        let features = [
            ("a", Feature::Floats(vec![0.1, f32::NAN, f32::NEG_INFINITY, 1e30])),
            ("b", Feature::from("\"\n")),
            ("c", Feature::Bytes(vec![1])),
            ("d", Feature::from(i64::MIN)),
            ("e", Feature::Ints(vec![])),
        ];
        let mut text = String::new();
        json(features.iter().map(|(name, feature)| (*name, feature)), &mut text);
        let expected =
            r#"{"a": [0.1, NaN, -Infinity, 1e30], "b": "\"\n", "d": -9223372036854775808, "e": []}"#;
        assert_eq!(text, expected);
        json(std::iter::empty(), &mut text);
        assert_eq!(text, "");
    }
}
