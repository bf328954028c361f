//! I/Q in a WAV as recorded by receivers: I left, Q right, and their metadata.

use super::datetime::Moment;
use super::{Read, Written, datetime};
use crate::Hertz;
use crate::recording::plain::tail::{self, LOOK, Next};
use crate::recording::plain::{Bytes, Header, Layout, wave};
use std::io::{self, ErrorKind};

/// Maximum size of metadata that is read.
const LONGEST: u64 = 1 << 16;
/// Maximum number of concatenated WAVs in a file.
const MOST: usize = 1 << 16;

/// One recording of I/Q in a WAV.
#[derive(Clone, Debug, PartialEq)]
pub struct Wav {
    /// Samples per second.
    pub rate: Hertz,
    /// The encoding of numbers.
    pub written: Written,
    /// Offset of the first sample in bytes.
    pub offset: u64,
    /// The number of samples.
    pub samples: u64,
    /// The centre frequency, if the header contains it.
    pub centre: Option<Hertz>,
    /// The time of the first sample (µs since 1970), if the header contains it.
    pub began: Option<i64>,
}

/// The content of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wavs {
    /// Its recordings: several if WAVs were concatenated.
    pub recordings: Vec<Wav>,
    /// Claims of the headers that contradict the bytes.
    pub odd: Vec<String>,
}

/// Reads the header of a WAV with two channels, I and Q, in a file of this size.
///
/// All complete samples are read, regardless of the size in the header: 0 and 0xffffffff of a killed recorder, and
/// sizes modulo 2³² of files beyond 4 GiB. Centre and start are read from a chunk `auxi`, as written by HDSDR, SDR#,
/// SDRuno and SpectraVue (two system times, then the frequency), or by SDR Console (XML).
///
/// # Errors
/// Those of the file; of kind [`ErrorKind::InvalidData`] with the reason if it contains no readable I/Q.
pub fn wav(file: &mut dyn Read, size: u64) -> io::Result<Wavs> {
    let (mut found, mut base) = (Wavs::default(), 0);
    while found.recordings.len() < MOST {
        let part = match part(file, base, size) {
            // the recordings before it are intact
            Err(error) if base > 0 && error.kind() == ErrorKind::InvalidData => {
                found.odd.push(format!("the WAV that begins at byte {base} cannot be read: {error}"));
                break;
            }
            part => part?,
        };
        let next = part.another;
        if part.samples == 0 {
            found.odd.push(match base {
                0 => "holds no samples".into(),
                base => format!("the WAV that begins at byte {base} holds no samples"),
            });
        }
        found.odd.extend(part.odd);
        found.recordings.extend((part.samples > 0).then_some(part.wav));
        match next {
            Some(next) => base = next,
            None => break,
        }
    }
    if found.recordings.is_empty() {
        return Err(invalid("holds no samples"));
    }
    if found.recordings.len() > 1 {
        found.odd.push(format!("{} WAVs, one after the other", found.recordings.len()));
    }
    Ok(found)
}

struct Part {
    wav: Wav,
    samples: u64,
    odd: Vec<String>,
    /// Offset of the next WAV.
    another: Option<u64>,
}

fn invalid(why: impl Into<String>) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, why.into())
}

/// Reads the WAV at byte `base`.
fn part(file: &mut dyn Read, base: u64, size: u64) -> io::Result<Part> {
    let mut head = [0; 12];
    if size - base < 12 {
        return Err(invalid("is no WAV"));
    }
    file.read(base, &mut head)?;
    if !wave::is_wav(&head) {
        return Err(invalid("is no WAV"));
    }
    let layout = match wave::read(&mut Whole { file: &mut *file, size }, base)? {
        Header::Plain(layout) => layout,
        Header::Refused(why) => return Err(invalid(why)),
        Header::Other => {
            return Err(invalid("is a WAV whose samples are compressed, not PCM"));
        }
    };
    let Layout { rate, channels, encoding, .. } = layout;
    if channels != 2 {
        return Err(invalid(format!("{channels} channels are not I/Q, which has two")));
    }
    let big_endian = &head[..4] == b"RIFX";
    let begin = layout.start;
    let Extent { length, another, mut odd, chunks } = extent(file, &layout, size)?;
    let frame = layout.frame() as u64;
    let samples = length / frame;
    if length % frame > 0 {
        odd.push(format!("{} bytes follow the last complete sample of {frame} bytes", length % frame));
    }
    let before = base + 12..begin.saturating_sub(8);
    let mut said = auxi(file, before, size, big_endian)?;
    if said == Said::default() && chunks {
        said = auxi(file, begin + length + (length & 1)..size, size, big_endian)?;
    }
    let (written, rate) = (Written::Wav(encoding), Hertz(f64::from(rate)));
    let wav = Wav { rate, written, offset: begin, samples, centre: said.centre, began: said.began };
    Ok(Part { wav, samples, odd, another })
}

/// The end of the samples.
struct Extent {
    /// Bytes of samples.
    length: u64,
    /// Offset of the next WAV.
    another: Option<u64>,
    /// Claims of the header that contradict the bytes.
    odd: Vec<String>,
    /// Whether chunks follow.
    chunks: bool,
}

/// Checks the size that a header claims against the bytes that follow.
fn extent(file: &mut dyn Read, layout: &Layout, size: u64) -> io::Result<Extent> {
    let there = size.saturating_sub(layout.start);
    let all = Extent { length: there, another: None, odd: vec![], chunks: false };
    let claimed = layout.sizes[0];
    let told = || format!("its header states {claimed} bytes of samples, and there are {there}");
    if !layout.known || claimed == there {
        return Ok(all);
    }
    if claimed > there {
        return Ok(Extent { odd: vec![told()], ..all });
    }
    let mut found = Extent { length: claimed, ..all };
    let mut at = layout.start + claimed;
    loop {
        let mut bytes = vec![0; (size - at).min(LOOK as u64) as usize];
        file.read(at, &mut bytes)?;
        let ended = at + bytes.len() as u64 == size;
        match tail::next(&bytes, ended, at, layout, found.chunks) {
            Next::End => return Ok(found),
            Next::Pass(n) => {
                found.chunks |= n > 1;
                at = at.saturating_add(n).min(size);
            }
            Next::Another => {
                found.another = Some(at);
                return Ok(found);
            }
            Next::Sound => return Ok(Extent { length: there, odd: vec![told()], ..found }),
            Next::Junk => {
                found
                    .odd
                    .push(format!("{} bytes after the samples, at byte {at}, are not samples", size - at));
                return Ok(found);
            }
            Next::Data(..) => {
                found.odd.push(format!("another chunk of samples begins at byte {at}, and is not read"));
                return Ok(found);
            }
        }
    }
}

fn length(bytes: &[u8], big_endian: bool) -> u32 {
    let bytes = [bytes[0], bytes[1], bytes[2], bytes[3]];
    if big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
}

/// The metadata of a receiver.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Said {
    centre: Option<Hertz>,
    began: Option<i64>,
}

/// The metadata in a chunk `auxi`.
fn auxi(file: &mut dyn Read, range: std::ops::Range<u64>, size: u64, big_endian: bool) -> io::Result<Said> {
    let mut at = range.start;
    while at + 8 <= range.end {
        let mut chunk = [0; 8];
        file.read(at, &mut chunk)?;
        let length = u64::from(length(&chunk[4..], big_endian));
        if &chunk[..4] == b"auxi" {
            let mut body = vec![0; length.min(LONGEST).min(size - at - 8) as usize];
            file.read(at + 8, &mut body)?;
            return Ok(said(&body));
        }
        at += 8 + length + (length & 1);
    }
    Ok(Said::default())
}

fn said(body: &[u8]) -> Said {
    let text: Vec<u8> = match body {
        [b'<', 0, ..] => body.iter().copied().step_by(2).collect(),
        [0xff, 0xfe, rest @ ..] => rest.iter().copied().step_by(2).collect(),
        _ => body.to_vec(),
    };
    if text.starts_with(b"<") {
        return by_xml(&String::from_utf8_lossy(&text));
    }
    let Some(body) = body.get(..36) else { return Said::default() };
    let word = |at: usize| i64::from(u16::from_le_bytes([body[at], body[at + 1]]));
    // year, month, day of the week, day, hour, minute, second, thousandths
    let date = [word(0), word(2), word(6)];
    let moment = Moment::new(date, [word(8), word(10), word(12)], word(14) * 1000);
    let began = moment.filter(|_| word(0) >= 1970).map(Moment::since_1970);
    let centre = u32::from_le_bytes([body[32], body[33], body[34], body[35]]);
    Said { centre: (centre > 0).then(|| Hertz(f64::from(centre))), began }
}

/// The XML attributes of SDR Console.
fn by_xml(text: &str) -> Said {
    let attribute = |name: &str| {
        let (_, rest) = text.split_once(&format!(" {name}=\""))?;
        rest.split_once('"').map(|(value, _)| value.trim())
    };
    let centre = attribute("RadioCenterFreq").and_then(|hertz| hertz.parse::<f64>().ok());
    let seconds = attribute("UTCSeconds").and_then(|seconds| seconds.parse::<i64>().ok());
    let utc = || {
        // 13-07-2019 12:53:27
        let (date, clock) = attribute("CurrentTimeUTC").or_else(|| attribute("UTC"))?.split_once(' ')?;
        let [day, month, year] = super::datetime::digits(date, '-', [2, 2, 4])?;
        datetime(&format!("{year:04}-{month:02}-{day:02}T{clock}"))
    };
    let began = seconds.filter(|seconds| (1..1 << 40).contains(seconds)).map(|seconds| seconds * 1_000_000);
    Said {
        centre: centre.filter(|hertz| hertz.is_finite() && *hertz > 0.0).map(Hertz),
        began: began.or_else(utc),
    }
}

/// A file of known size, for the header parser.
struct Whole<'a> {
    file: &'a mut dyn Read,
    size: u64,
}

impl Bytes for Whole<'_> {
    fn at(&mut self, at: u64, n: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; self.size.saturating_sub(at).min(n as u64) as usize];
        if !bytes.is_empty() {
            self.file.read(at, &mut bytes)?;
        }
        Ok(bytes)
    }
}
