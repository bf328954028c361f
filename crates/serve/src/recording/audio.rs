//! The sound of a recording: its file, or decoded as WAV, whole or in ranges of bytes (RFC 9110, section 14).

use super::open;
use crate::fault::Answer;
use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::stream;
use passband_flow::Control;
use passband_flow::config::PassedOn;
use passband_flow::store::media;
use passband_signal::{Fault, Recording, Result};
use std::io::{self, Read, Seek, SeekFrom};
use tokio::task::spawn_blocking;

/// Bytes that are read at once.
const PIECE: u64 = 1 << 18;
/// Length of the header of a WAV file.
const HEADER: u64 = 44;

/// Media types by file extension.
const MEDIA: [(&str, &str); 11] = [
    ("wav", "audio/wav"),
    ("mp3", "audio/mpeg"),
    ("flac", "audio/flac"),
    ("ogg", "audio/ogg"),
    ("oga", "audio/ogg"),
    ("opus", "audio/ogg"),
    ("m4a", "audio/mp4"),
    ("mp4", "audio/mp4"),
    ("aac", "audio/aac"),
    ("webm", "audio/webm"),
    ("mka", "audio/x-matroska"),
];

/// A source of bytes of known length.
trait Bytes: Send {
    fn size(&self) -> u64;
    /// Reads up to `count` bytes at a position; none at the end.
    fn read_at(&mut self, at: u64, count: u64) -> io::Result<Vec<u8>>;
}

struct File<R> {
    source: R,
    size: u64,
}

impl<R: Read + Seek + Send> Bytes for File<R> {
    fn size(&self) -> u64 {
        self.size
    }
    fn read_at(&mut self, at: u64, count: u64) -> io::Result<Vec<u8>> {
        self.source.seek(SeekFrom::Start(at))?;
        let mut bytes = vec![];
        (&mut self.source).take(count).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

/// The file of a recording.
pub async fn file(address: String, headers: HeaderMap) -> Response {
    let ending = address.rsplit('.').next().unwrap_or_default().to_lowercase();
    let known = MEDIA.iter().find(|(known, _)| *known == ending);
    let kind = known.map_or("application/octet-stream", |(_, media)| media);
    let opened = spawn_blocking(move || -> Result<Box<dyn Bytes>> {
        let unread = |error: io::Error| {
            Fault::new("the recording cannot be read").at(&address).why(error).fix("check its permissions")
        };
        if !address.contains("://") {
            let source = std::fs::File::open(&address).map_err(unread)?;
            let size = source.metadata().map_err(unread)?.len();
            return Ok(Box::new(File { source, size }));
        }
        let mut source = media(&address, &PassedOn::default(), &Control::default())?;
        let size = source.seek(SeekFrom::End(0)).map_err(unread)?;
        Ok(Box::new(File { source, size }))
    });
    match opened.await {
        Ok(Ok(bytes)) => ranged(bytes, kind, &headers),
        Ok(Err(fault)) => Answer::gone(fault).into_response(),
        Err(_) => Answer::failed("the recording cannot be read").into_response(),
    }
}

/// The sound of a recording as WAV with 16 bits per sample.
pub async fn wav(address: String, headers: HeaderMap) -> Response {
    let opened = spawn_blocking(move || Wav::new(&address).map(|wav| Box::new(wav) as Box<dyn Bytes>));
    match opened.await {
        Ok(Ok(bytes)) => ranged(bytes, "audio/wav", &headers),
        Ok(Err(fault)) => Answer::gone(fault).into_response(),
        Err(_) => Answer::failed("the recording cannot be decoded").into_response(),
    }
}

/// A recording as the bytes of a WAV file, decoded as they are read.
struct Wav {
    recording: Recording,
    header: Vec<u8>,
    channels: u64,
    frames: u64,
    block: Vec<f32>,
}

impl Wav {
    fn new(address: &str) -> Result<Self> {
        let mut recording = open(address)?;
        let frames = match recording.frames() {
            Some(frames) => frames,
            // only decoding tells the length
            None => {
                let mut all = open(address)?;
                let (mut count, mut block) = (0, vec![]);
                loop {
                    match all.next_interleaved(1 << 16, &mut block)? {
                        0 => break count,
                        frames => count += frames as u64,
                    }
                }
            }
        };
        recording.seek(0)?;
        let spec = recording.spec();
        let channels = spec.channels as u64;
        // RIFF counts bytes in 32 bits
        let frames = frames.min((u64::from(u32::MAX) - HEADER) / (2 * channels));
        let (rate, bytes) = (spec.rate.0.round() as u32, (frames * channels * 2) as u32);
        let mut header = Vec::with_capacity(HEADER as usize);
        header.extend(b"RIFF");
        header.extend((bytes + 36).to_le_bytes());
        header.extend(b"WAVEfmt ");
        header.extend(16u32.to_le_bytes());
        header.extend(1u16.to_le_bytes());
        header.extend((channels as u16).to_le_bytes());
        header.extend(rate.to_le_bytes());
        header.extend((rate * 2 * channels as u32).to_le_bytes());
        header.extend((channels as u16 * 2).to_le_bytes());
        header.extend(16u16.to_le_bytes());
        header.extend(b"data");
        header.extend(bytes.to_le_bytes());
        Ok(Self { recording, header, channels, frames, block: vec![] })
    }
}

impl Bytes for Wav {
    fn size(&self) -> u64 {
        HEADER + self.frames * self.channels * 2
    }
    fn read_at(&mut self, at: u64, count: u64) -> io::Result<Vec<u8>> {
        if at < HEADER {
            let end = (at + count).min(HEADER);
            return Ok(self.header[at as usize..end as usize].to_vec());
        }
        let width = self.channels * 2;
        let (frame, inside) = ((at - HEADER) / width, (at - HEADER) % width);
        let other = |fault: Fault| io::Error::other(fault.to_string());
        if self.recording.index() != frame {
            self.recording.seek(frame).map_err(other)?;
        }
        let wanted = ((count + inside).div_ceil(width)).min(self.frames.saturating_sub(frame)) as usize;
        let mut bytes = vec![];
        while bytes.len() < wanted * width as usize {
            let missing = wanted - bytes.len() / width as usize;
            let frames = self.recording.next_interleaved(missing, &mut self.block).map_err(other)?;
            if frames == 0 {
                // the announced length was too long: the rest is silent
                bytes.resize(wanted * width as usize, 0);
                break;
            }
            let samples = &self.block[..frames * self.channels as usize];
            bytes.extend(samples.iter().flat_map(|sample| quantised(*sample).to_le_bytes()));
        }
        let end = bytes.len().min((inside + count) as usize);
        Ok(bytes[(inside as usize).min(end)..end].to_vec())
    }
}

fn quantised(sample: f32) -> i16 {
    // NaN becomes 0
    (sample.clamp(-1.0, 1.0) * 32767.0).round() as i16
}

/// The requested range: first and last byte. `Err` if it cannot be satisfied.
fn range(headers: &HeaderMap, size: u64) -> Result<Option<(u64, u64)>, ()> {
    let Some(text) = headers.get(header::RANGE).and_then(|value| value.to_str().ok()) else {
        return Ok(None);
    };
    let Some(text) = text.strip_prefix("bytes=") else { return Ok(None) };
    // several ranges may be answered with the whole
    let Some((from, to)) = text.split_once('-').filter(|_| !text.contains(',')) else { return Ok(None) };
    let last = size.checked_sub(1).ok_or(())?;
    match (from.trim().parse::<u64>(), to.trim().parse::<u64>()) {
        (Ok(from), _) if from > last => Err(()),
        (Ok(from), Ok(to)) if to < from => Ok(None),
        (Ok(from), Ok(to)) => Ok(Some((from, to.min(last)))),
        (Ok(from), Err(_)) if to.trim().is_empty() => Ok(Some((from, last))),
        (Err(_), Ok(0)) if from.trim().is_empty() => Err(()),
        (Err(_), Ok(count)) if from.trim().is_empty() => Ok(Some((size.saturating_sub(count), last))),
        _ => Ok(None),
    }
}

fn ranged(bytes: Box<dyn Bytes>, kind: &'static str, headers: &HeaderMap) -> Response {
    let size = bytes.size();
    let asked = match range(headers, size) {
        Ok(asked) => asked,
        Err(()) => {
            let about = [(header::CONTENT_RANGE, format!("bytes */{size}"))];
            return (StatusCode::RANGE_NOT_SATISFIABLE, about).into_response();
        }
    };
    let (first, end) = asked.map_or((0, size), |(first, last)| (first, last + 1));
    let body = Body::from_stream(pieces(bytes, first, end));
    let common = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::ACCEPT_RANGES, "bytes".to_owned()),
        (header::CONTENT_LENGTH, (end - first).to_string()),
    ];
    match asked {
        None => (common, body).into_response(),
        Some((first, last)) => {
            let about = [(header::CONTENT_RANGE, format!("bytes {first}-{last}/{size}"))];
            (StatusCode::PARTIAL_CONTENT, common, about, body).into_response()
        }
    }
}

/// The bytes of a range, read as the browser takes them.
fn pieces(bytes: Box<dyn Bytes>, first: u64, end: u64) -> impl futures::Stream<Item = io::Result<Vec<u8>>> {
    stream::unfold(Some((bytes, first)), move |state| async move {
        let (mut bytes, at) = state?;
        if at >= end {
            return None;
        }
        let read = spawn_blocking(move || {
            let piece = bytes.read_at(at, PIECE.min(end - at));
            (bytes, piece)
        });
        match read.await {
            Ok((_, Ok(piece))) if piece.is_empty() => {
                Some((Err(io::Error::other("the recording became shorter")), None))
            }
            Ok((bytes, Ok(piece))) => {
                let next = at + piece.len() as u64;
                Some((Ok(piece), Some((bytes, next))))
            }
            Ok((_, Err(error))) => Some((Err(error), None)),
            Err(error) => Some((Err(io::Error::other(error)), None)),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_follow_the_standard() {
        let of = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::RANGE, text.parse().unwrap());
            range(&headers, 100)
        };
        assert_eq!(of("bytes=0-"), Ok(Some((0, 99))));
        assert_eq!(of("bytes=10-19"), Ok(Some((10, 19))));
        assert_eq!(of("bytes=90-200"), Ok(Some((90, 99))));
        assert_eq!(of("bytes=-10"), Ok(Some((90, 99))));
        assert_eq!(of("bytes=-1000"), Ok(Some((0, 99))));
        assert_eq!(of("bytes=100-"), Err(()));
        assert_eq!(of("bytes=-0"), Err(()));
        for ignored in ["bytes=5-2", "bytes=1-2,4-5", "lines=1-2", "bytes=x-y"] {
            assert_eq!(of(ignored), Ok(None), "{ignored}");
        }
        assert_eq!(range(&HeaderMap::new(), 100), Ok(None));
    }

    #[test]
    fn samples_are_quantised_without_wrapping() {
        assert_eq!([2.0, 1.0, 0.0, -1.0, -3.0].map(quantised), [32767, 32767, 0, -32767, -32767]);
        assert_eq!(quantised(f32::NAN), 0);
    }
}
