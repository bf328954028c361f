//! SigMF: the description of a recording in a file beside it.

use super::Datatype;
use crate::{Hertz, SignalSpec};
use serde_json::Value;

/// A description, as far as it says how to read the samples.
///
/// # Reference  SigMF 1.2
///
/// ```
/// use passband_signal::{Hertz, SignalSpec, iq::sigmf::Meta};
/// let text = r#"{"global": {"core:datatype": "cu8", "core:sample_rate": 2e6},
///     "captures": [{"core:sample_start": 0, "core:frequency": 1.09e9}]}"#;
/// let meta = Meta::read(text.as_bytes(), None).unwrap();
/// let capture = &meta.stretches(1000).unwrap()[0];
/// assert_eq!(meta.spec(capture, Hertz(0.0)), SignalSpec::iq(Hertz(2e6), Hertz(1.09e9)));
/// assert_eq!((capture.offset, capture.samples), (0, 500));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Meta {
    /// How samples are written.
    pub datatype: Datatype,
    /// Numbers side by side: 2 of I/Q.
    pub channels: usize,
    /// Samples per second.
    pub rate: Hertz,
    /// The file of the samples, where it is not the usual one.
    pub dataset: Option<String>,
    /// Bytes after the last sample that are none.
    trailing: u64,
    captures: Vec<Capture>,
}

#[derive(Clone, Debug, PartialEq)]
struct Capture {
    start: u64,
    frequency: Option<f64>,
    began: Option<i64>,
    /// Index of its first sample in the signal that was recorded, which may have had more.
    global: Option<u64>,
    /// Bytes before its first sample that are none.
    header: u64,
}

/// Samples that follow each other, all at one frequency.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    /// Byte of the first sample.
    pub offset: u64,
    /// How many there are.
    pub samples: u64,
    /// The frequency of the middle, if it is told.
    pub frequency: Option<Hertz>,
    /// When the first sample was taken (µs since 1970), if it is told.
    pub began: Option<i64>,
}

impl Meta {
    /// Reads a description; `rate` is taken where it names none. The error says what cannot be used.
    pub fn read(json: &[u8], rate: Option<Hertz>) -> Result<Self, String> {
        let json: Value = serde_json::from_slice(json).map_err(|error| format!("is no JSON: {error}"))?;
        let global = json.get("global").ok_or("has no 'global'")?;
        let number = |of: &Value, key: &str| match of.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => value
                .as_u64()
                .or_else(|| value.as_f64().filter(|x| *x >= 0.0 && x.fract() == 0.0).map(|x| x as u64))
                .map(Some)
                .ok_or_else(|| format!("{key} is {value}, not a count")),
        };
        let datatype = global.get("core:datatype").and_then(Value::as_str).ok_or("has no core:datatype")?;
        let datatype: Datatype = datatype.parse().map_err(|why| format!("core:datatype {why}"))?;
        let channels = number(global, "core:num_channels")?.unwrap_or(1);
        let channels = match (datatype.complex, channels) {
            (true, 1) => 2,
            (true, n) => return Err(format!("holds {n} channels of I/Q; one can be read")),
            (false, n @ 1..=1024) => n as usize,
            (false, n) => return Err(format!("core:num_channels is {n}; 1 to 1024 can be read")),
        };
        let rate = match global.get("core:sample_rate") {
            None | Some(Value::Null) => rate.ok_or("has no core:sample_rate, and no rate is set")?,
            Some(value) => value
                .as_f64()
                .filter(|hertz| *hertz > 0.0)
                .map(Hertz)
                .ok_or_else(|| format!("core:sample_rate is {value}"))?,
        };
        if global.get("core:metadata_only").and_then(Value::as_bool) == Some(true) {
            return Err("describes samples that are not there (core:metadata_only)".into());
        }
        let list = json.get("captures").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let mut captures = list
            .iter()
            .map(|capture| {
                let began = match capture.get("core:datetime").and_then(Value::as_str) {
                    Some(text) => Some(datetime(text).ok_or_else(|| format!("core:datetime is '{text}'"))?),
                    None => None,
                };
                Ok(Capture {
                    start: number(capture, "core:sample_start")?
                        .ok_or("a capture has no core:sample_start")?,
                    frequency: capture.get("core:frequency").and_then(Value::as_f64),
                    began,
                    global: number(capture, "core:global_index")?,
                    header: number(capture, "core:header_bytes")?.unwrap_or(0),
                })
            })
            .collect::<Result<Vec<_>, String>>()?;
        if captures.is_empty() {
            // allowed: then nothing is known but that there are samples
            captures.push(Capture { start: 0, frequency: None, began: None, global: None, header: 0 });
        }
        if captures.windows(2).any(|two| two[1].start < two[0].start) {
            return Err("has captures that are not in order of core:sample_start".into());
        }
        let dataset = global.get("core:dataset").and_then(Value::as_str).map(str::to_owned);
        let trailing = number(global, "core:trailing_bytes")?.unwrap_or(0);
        Ok(Self { datatype, channels, rate, dataset, trailing, captures })
    }

    /// The stretches of a file of so many bytes: captures at one frequency that follow each other are one. Samples
    /// before the first capture belong to none.
    pub fn stretches(&self, size: u64) -> Result<Vec<Stretch>, String> {
        let frame = (self.channels * self.datatype.width()) as u64;
        let headers = self.captures.iter().try_fold(0u64, |sum, capture| sum.checked_add(capture.header));
        let bytes = headers
            .and_then(|headers| size.checked_sub(headers)?.checked_sub(self.trailing))
            .ok_or("is shorter than what the description says is no sample")?;
        if !bytes.is_multiple_of(frame) {
            return Err(format!("{bytes} bytes are no whole number of samples of {frame} bytes"));
        }
        let all = bytes / frame;
        let mut stretches: Vec<Stretch> = vec![];
        let mut skipped = 0;
        for (n, capture) in self.captures.iter().enumerate() {
            skipped += capture.header;
            let end = self.captures.get(n + 1).map_or(all, |next| next.start);
            if capture.start > all || end > all {
                return Err(format!("{all} samples, but a capture begins at {}", capture.start.max(end)));
            }
            let frequency = capture.frequency.map(Hertz);
            let before = n.checked_sub(1).and_then(|n| self.captures.get(n));
            match (stretches.last_mut(), before) {
                (Some(last), Some(before)) if last.frequency == frequency && follows(before, capture) => {
                    last.samples += end - capture.start;
                }
                _ => stretches.push(Stretch {
                    offset: capture.start * frame + skipped,
                    samples: end - capture.start,
                    frequency,
                    began: capture.began,
                }),
            }
        }
        stretches.retain(|stretch| stretch.samples > 0);
        Ok(stretches)
    }

    /// What a stretch is; `centre` where it names no frequency.
    pub fn spec(&self, stretch: &Stretch, centre: Hertz) -> SignalSpec {
        match self.datatype.complex {
            true => SignalSpec::iq(self.rate, stretch.frequency.unwrap_or(centre)),
            false => SignalSpec::real(self.rate, self.channels),
        }
    }
}

/// Whether nothing lies between two captures, in the file and in the signal that was recorded.
fn follows(before: &Capture, capture: &Capture) -> bool {
    let global = match (before.global, capture.global) {
        (Some(a), Some(b)) => b.checked_sub(a) == Some(capture.start - before.start),
        _ => true,
    };
    global && capture.header == 0
}

/// `2021-06-18T23:17:51.163959Z` in µs since 1970: SigMF's only form, UTC, with any digits of a second.
fn datetime(text: &str) -> Option<i64> {
    let (date, time) = text.strip_suffix(['Z', 'z'])?.split_once(['T', 't', ' '])?;
    let (clock, fraction) = time.split_once('.').unwrap_or((time, ""));
    let numbers = |text: &str, by: char| -> Option<[i64; 3]> {
        let parts: Option<Vec<i64>> = text
            .split(by)
            .map(|part| part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse().ok())?)
            .collect();
        parts?.try_into().ok()
    };
    let ([year, month, day], [hour, minute, second]) = (numbers(date, '-')?, numbers(clock, ':')?);
    let allowed = (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && minute < 60;
    if !allowed || !(0..=9999).contains(&year) || second > 60 || !fraction.bytes().all(|b| b.is_ascii_digit())
    {
        return None;
    }
    // the days of the Gregorian calendar, of years that begin in March
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days =
        y * 365 + y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400) + (m * 153 + 2) / 5 + day - 1;
    let seconds = (days - 719_468) * 86_400 + hour * 3600 + minute * 60 + second;
    let micros = fraction.bytes().chain(std::iter::repeat(b'0')).take(6);
    Some(seconds * 1_000_000 + micros.fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_the_calendar() {
        assert_eq!(datetime("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(datetime("2000-02-29T12:00:00.5Z"), Some(951_825_600_500_000));
        assert_eq!(datetime("2021-06-18T23:17:51.163959Z"), Some(1_624_058_271_163_959));
        assert_eq!(datetime("2021-06-18T23:17:51.1639591234Z"), Some(1_624_058_271_163_959));
        for bad in ["", "2021-06-18", "2021-06-18T23:17:51", "2021-13-18T23:17:51Z", "2021-06-18T-1:17:51Z"] {
            assert_eq!(datetime(bad), None, "{bad}");
        }
    }
}
