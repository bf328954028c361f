//! SigMF: the metadata of a recording, in a file next to its samples.

mod captures;

pub use captures::{Found, Stretch};

use super::{Datatype, datetime};
use crate::{Hertz, SignalSpec};
use captures::Capture;
use serde_json::Value;

/// Metadata, as far as it is needed to read the samples.
///
/// # Reference  SigMF 1.2
///
/// ```
/// use passband_signal::{Hertz, SignalSpec, iq::sigmf::Meta};
/// let text = r#"{"global": {"core:datatype": "cu8", "core:sample_rate": 2e6},
///     "captures": [{"core:sample_start": 0, "core:frequency": 1.09e9}]}"#;
/// let meta = Meta::read(text.as_bytes(), None).unwrap();
/// let capture = &meta.stretches(1000).unwrap().stretches[0];
/// assert_eq!(meta.spec(capture, Hertz(0.0)), SignalSpec::iq(Hertz(2e6), Hertz(1.09e9)));
/// assert_eq!((capture.offset, capture.samples), (0, 500));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Meta {
    /// The encoding of samples.
    pub datatype: Datatype,
    /// Interleaved numbers: 2 for each channel of I/Q.
    pub channels: usize,
    /// Samples per second.
    pub rate: Hertz,
    /// The file of the samples, if it does not have the default name.
    pub dataset: Option<String>,
    /// Whether the metadata states that the samples are absent.
    pub metadata_only: bool,
    /// The SHA-512 of the samples' file, in 128 lowercase hexadecimal digits.
    pub sha512: Option<String>,
    /// The index of the first sample of the file.
    offset: u64,
    /// Bytes after the last sample that are not samples.
    trailing: u64,
    /// The captures, in the order of their samples.
    captures: Vec<Capture>,
    /// Invalid claims.
    odd: Vec<String>,
}

impl Meta {
    /// Parses metadata; `rate` is the default if it contains no valid rate.
    ///
    /// # Errors
    /// Missing essentials: a datatype, channels, a rate, counts of bytes that are not samples. All other invalid values
    /// (dates, frequencies, starts of captures) are reported in [`Found::odd`], and no sample is lost.
    pub fn read(json: &[u8], rate: Option<Hertz>) -> Result<Self, String> {
        let json = json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json);
        let json: Value = serde_json::from_slice(json).map_err(|error| format!("is no JSON: {error}"))?;
        let global = json.get("global").ok_or("has no 'global'")?;
        let mut odd = vec![];
        let datatype = global.get("core:datatype").and_then(Value::as_str).ok_or("has no core:datatype")?;
        let datatype: Datatype = datatype.trim().parse().map_err(|why| format!("core:datatype {why}"))?;
        let channels = count(global, "core:num_channels")?.unwrap_or(1);
        let channels = match (datatype.complex, channels) {
            (complex, n @ 1..=1024) => n as usize * if complex { 2 } else { 1 },
            (_, n) => return Err(format!("core:num_channels is {n}; 1 to 1024 can be read")),
        };
        let rate = match (global.get("core:sample_rate"), rate) {
            (None | Some(Value::Null), rate) => {
                rate.ok_or("has no core:sample_rate: set rate, such as rate = \"2 MHz\"")?
            }
            (Some(value), rate) => match (hertz(value), rate) {
                (Some(own), _) => own,
                (None, Some(rate)) => {
                    odd.push(format!("core:sample_rate is {value}: the setting rate is used, {rate}"));
                    rate
                }
                (None, None) => {
                    return Err(format!("core:sample_rate is {value}: set rate, such as rate = \"2 MHz\""));
                }
            },
        };
        let offset = count(global, "core:offset").unwrap_or_else(|why| {
            odd.push(why);
            None
        });
        let sha512 = global.get("core:sha512").filter(|sha| !sha.is_null() && *sha != "");
        let digits = |sha: &Value| Some(sha.as_str()?.trim().to_ascii_lowercase());
        let is_digest = |sha: &String| sha.len() == 128 && sha.bytes().all(|b| b.is_ascii_hexdigit());
        if let Some(sha) = sha512
            && !digits(sha).is_some_and(|sha| is_digest(&sha))
        {
            odd.push("core:sha512 is not a SHA-512 of 128 hexadecimal digits".into());
        }
        let text = |key: &str| global.get(key).and_then(Value::as_str).map(str::to_owned);
        Ok(Self {
            datatype,
            channels,
            rate,
            dataset: text("core:dataset"),
            metadata_only: global.get("core:metadata_only").and_then(Value::as_bool) == Some(true),
            sha512: sha512.and_then(digits).filter(is_digest),
            offset: offset.unwrap_or(0),
            trailing: count(global, "core:trailing_bytes")?.unwrap_or(0),
            captures: captures(&json, &mut odd)?,
            odd,
        })
    }

    /// Bytes of one sample of all channels.
    pub fn frame(&self) -> u64 {
        (self.channels * self.datatype.width()) as u64
    }

    /// Number of interleaved recordings: one per channel of I/Q; real channels form one recording.
    pub fn recordings(&self) -> usize {
        if self.datatype.complex { self.channels / 2 } else { 1 }
    }

    /// The format of a stretch; `centre` is used if it has no frequency.
    pub fn spec(&self, stretch: &Stretch, centre: Hertz) -> SignalSpec {
        match self.datatype.complex {
            true => SignalSpec::iq(stretch.rate, stretch.frequency.unwrap_or(centre)),
            false => SignalSpec::real(stretch.rate, self.channels),
        }
    }
}

/// The recordings listed by a collection.
///
/// ```
/// use passband_signal::iq::sigmf::collected;
/// let json = br#"{"collection": {"core:streams": [{"name": "left"}, {"name": "right"}]}}"#;
/// assert_eq!(collected(json).unwrap(), ["left", "right"]);
/// ```
pub fn collected(json: &[u8]) -> Result<Vec<String>, String> {
    let json = json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json);
    let json: Value = serde_json::from_slice(json).map_err(|error| format!("is no JSON: {error}"))?;
    let streams = json.get("collection").and_then(|collection| collection.get("core:streams"));
    let streams = streams.and_then(Value::as_array).ok_or("has no 'core:streams'")?;
    // early collections list only names
    let name = |stream: &Value| Some(stream.get("name").unwrap_or(stream).as_str()?.to_owned());
    Ok(streams.iter().filter_map(name).collect())
}

fn hertz(value: &Value) -> Option<Hertz> {
    value.as_f64().filter(|hertz| *hertz > 0.0).map(Hertz)
}

fn count(of: &Value, key: &str) -> Result<Option<u64>, String> {
    match of.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value
            .as_u64()
            .or_else(|| value.as_f64().filter(|x| *x >= 0.0 && x.fract() == 0.0).map(|x| x as u64))
            .map(Some)
            .ok_or_else(|| format!("{key} is {value}, not a count")),
    }
}

/// The captures, in the order of their samples.
fn captures(json: &Value, odd: &mut Vec<String>) -> Result<Vec<Capture>, String> {
    let list = json.get("captures").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let mut captures: Vec<Capture> = vec![];
    for (n, capture) in list.iter().enumerate() {
        let start = match count(capture, "core:sample_start") {
            Ok(Some(start)) => start,
            wrong => {
                let why = wrong.err().unwrap_or("it has no core:sample_start".into());
                odd.push(format!("capture {n} is skipped: {why}"));
                continue;
            }
        };
        let number = |key: &str, odd: &mut Vec<String>| match capture.get(key) {
            None | Some(Value::Null) => None,
            Some(value) => {
                let number = value.as_f64();
                if number.is_none() {
                    odd.push(format!("{key} is {value}, not a number"));
                }
                number
            }
        };
        let began = match capture.get("core:datetime") {
            None | Some(Value::Null) => None,
            Some(value) => {
                let began = value.as_str().and_then(datetime);
                if began.is_none() {
                    odd.push(format!("core:datetime is {value}, not a date and time"));
                }
                began
            }
        };
        let global = count(capture, "core:global_index").unwrap_or_else(|why| {
            odd.push(why);
            None
        });
        captures.push(Capture {
            start,
            frequency: number("core:frequency", odd).map(Hertz),
            rate: capture.get("core:sample_rate").and_then(hertz),
            began,
            global,
            header: count(capture, "core:header_bytes")?.unwrap_or(0),
        });
    }
    if captures.is_empty() {
        // allowed: all samples, without further metadata
        captures.push(Capture::default());
    }
    if captures.windows(2).any(|two| two[1].start < two[0].start) {
        odd.push("captures are not in the order of core:sample_start".into());
        captures.sort_by_key(|capture| capture.start);
    }
    Ok(captures)
}
