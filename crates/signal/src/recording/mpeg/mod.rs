//! MPEG audio with its own frame parser: claimed lengths are checked against the frames.
//!
//! Symphonia's reader ends at a length that is estimated from the first frames or claimed by a Xing header (Symphonia
//! issue 516), and does not recognise the header of an appended recording, or one without LAME's checksum. Its decoder
//! is used.

mod frame;
mod info;
mod segment;

use super::ahead::Ahead;
use super::event::{Event, pass_to, sought};
use super::fault;
use super::remark::Remarks;
use super::tags;
pub use frame::is_free;
use frame::{HEADER, Header};
use segment::{Claim, Segment};
use std::collections::VecDeque;
use std::io;
use symphonia::core::audio::layouts::{CHANNEL_LAYOUT_MONO, CHANNEL_LAYOUT_STEREO};
use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::codecs::audio::well_known::{CODEC_ID_MP1, CODEC_ID_MP2, CODEC_ID_MP3};
use symphonia::core::errors::{Error, Result, SeekErrorKind};
use symphonia::core::formats::well_known::FORMAT_ID_MP3;
use symphonia::core::formats::{FormatInfo, FormatReader, MediaInfo, SeekMode, SeekTo, SeekedTo, Track};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::{Metadata, MetadataLog};
use symphonia::core::packet::Packet;
use symphonia::core::units::TimeBase;

const FORMAT: FormatInfo = FormatInfo { format: FORMAT_ID_MP3, short_name: "mpeg", long_name: "MPEG audio" };
/// Bytes searched for a frame in one step.
const PIECE: usize = 64 << 10;
/// Number of consecutive frames that cannot occur by chance.
const RUN: usize = 4;

/// A file of MPEG audio.
pub struct Mpeg {
    ahead: Ahead,
    name: String,
    remarks: Remarks,
    /// The position of the first frame.
    start: u64,
    first: Header,
    tracks: Vec<Track>,
    about: MediaInfo,
    log: MetadataLog,
    segment: Segment,
    ready: VecDeque<Event>,
    ended: bool,
    /// Whether there was a tag or an info frame since the last frame.
    between: bool,
}

/// The number of consecutive frames from `at` on, up to [`RUN`]. If the frames extend to the end of the data, they
/// count as [`RUN`].
pub fn run(bytes: &[u8], at: usize, ended: bool) -> usize {
    let Some(first) = bytes.get(at..).and_then(Header::read) else { return 0 };
    let mut next = at;
    for n in 0..RUN {
        let rest = bytes.get(next..).unwrap_or_default();
        match Header::read(rest) {
            Some(header) if header.fits(&first) && header.size <= rest.len() => next += header.size,
            Some(header) if header.fits(&first) && !ended => return n + 1,
            // the last frame is truncated, or a tag follows
            _ if n > 0 && ended && rest.len() < HEADER => return RUN,
            _ if n > 0 && tags::size(rest).is_some() => return RUN,
            _ => return n,
        }
    }
    RUN
}

impl Mpeg {
    /// Opens a stream with its first frame at `start`.
    pub fn new(
        stream: MediaSourceStream<'static>,
        start: u64,
        name: &str,
        remarks: &Remarks,
    ) -> io::Result<Self> {
        let mut ahead = Ahead::new(stream, 0);
        ahead.pass(start)?;
        let missing = || io::Error::from(io::ErrorKind::UnexpectedEof);
        let first = Header::read(ahead.see(HEADER)?).ok_or_else(missing)?;
        let track = track(&first);
        let mut mpeg = Self {
            ahead,
            name: name.to_owned(),
            remarks: remarks.clone(),
            start,
            first,
            about: MediaInfo::from_track(&track),
            tracks: vec![track],
            log: MetadataLog::default(),
            segment: Segment::new(Default::default(), first.samples(), 0, start),
            ready: VecDeque::new(),
            ended: false,
            between: false,
        };
        // the info frame, if there is one, is first
        mpeg.step()?;
        mpeg.tracks[0].num_frames = mpeg.segment.announced();
        Ok(mpeg)
    }

    /// Reads the next frame or other item.
    fn step(&mut self) -> io::Result<()> {
        let at = self.ahead.at();
        if self.ahead.pass_tags()? > 0 {
            self.between = true;
            return Ok(());
        }
        let bytes = self.ahead.see(HEADER)?;
        if bytes.is_empty() {
            return self.end();
        }
        let Some(header) = Header::read(bytes).filter(|header| header.fits(&self.first)) else {
            return self.search(0);
        };
        let bytes = self.ahead.see(header.size + 16)?;
        if bytes.len() < header.size {
            let (left, size) = (bytes.len(), header.size);
            self.remarks.contradicted(format!("its last frame announces {size} bytes, and there are {left}"));
            self.ahead.pass(left as u64)?;
            return self.end();
        }
        // a header with a wrong size is false or damaged
        let next = &bytes[header.size..];
        let goes_on = next.len() < HEADER
            || Header::read(next).is_some_and(|next| next.fits(&self.first))
            || tags::size(next).is_some()
            || next.iter().all(|b| *b == 0);
        if !goes_on && self.search_within(header.size)? {
            return self.search(1);
        }
        let frame: Box<[u8]> = self.ahead.see(header.size)?[..header.size].into();
        self.ahead.pass(header.size as u64)?;
        if let Some(info) = info::read(&frame, &header) {
            self.finish(false);
            let base = self.segment_end();
            let fresh = self.segment.is_empty();
            self.segment = Segment::new(info, header.samples(), base, at);
            if !fresh {
                self.remarks.noted(format!("another recording begins at byte {at}, and is read too"));
                self.begin(header);
            }
            self.between = false;
            return Ok(());
        }
        if std::mem::take(&mut self.between) && !self.segment.is_empty() {
            self.remarks.noted(format!(
                "sound follows a tag at byte {at}: it is a concatenation of recordings, all are read"
            ));
        }
        let packet = self.segment.push(frame, self.ahead.at());
        self.ready.extend(packet.map(Event::Packet));
        Ok(())
    }

    /// Whether a frame followed by another one begins within the next `size` bytes, after the first byte.
    fn search_within(&mut self, size: usize) -> io::Result<bool> {
        let first = self.first;
        let bytes = self.ahead.see(2 * size + 4096)?;
        let real = |at: usize| {
            let header = Header::read(&bytes[at..]).filter(|header| header.fits(&first));
            header.and_then(|h| Header::read(bytes.get(at + h.size..)?)).is_some_and(|next| next.fits(&first))
        };
        Ok((1..size.min(bytes.len())).any(real))
    }

    /// Skips data that is not a frame, from the byte `from` on.
    fn search(&mut self, from: usize) -> io::Result<()> {
        let at = self.ahead.at();
        let (mut passed, mut zeros, mut from) = (0, true, from);
        loop {
            let bytes = self.ahead.see(PIECE + 8192)?;
            let ended = bytes.len() < PIECE + 8192;
            let most = if ended { bytes.len() } else { PIECE };
            let first = self.first;
            let found = (from..most).find(|q| {
                let rest = &bytes[*q..];
                if rest[0] != 0xff {
                    // a tag that cannot occur by chance
                    return matches!(rest[0], b'I' | b'A' | b'L') && tags::size(rest).is_some();
                }
                let need = if Header::read(rest).is_some_and(|h| h.fits(&first)) { 2 } else { RUN };
                run(bytes, *q, ended) >= need
            });
            let end = found.unwrap_or(most);
            zeros &= bytes[..end].iter().all(|b| *b == 0);
            let tag = found.is_some_and(|q| bytes[q] != 0xff);
            let header = found.and_then(|q| Header::read(&bytes[q..]));
            self.ahead.pass(end as u64)?;
            (passed, from) = (passed + end as u64, 0);
            match (found, header) {
                (None, _) if !ended => {}
                (None, _) => {
                    if !zeros {
                        self.remarks.noted(format!(
                            "{passed} bytes after the last frame, at byte {at}, are not audio"
                        ));
                    }
                    return self.end();
                }
                (Some(_), _) if tag => {
                    if !zeros {
                        self.remarks.noted(format!("{passed} bytes at byte {at} are not audio"));
                    }
                    return Ok(());
                }
                (Some(_), Some(header)) if !header.fits(&self.first) => {
                    self.remarks.noted(format!("another recording begins at byte {}", at + passed));
                    self.finish(false);
                    let base = self.segment_end();
                    self.segment = Segment::new(Default::default(), header.samples(), base, at + passed);
                    self.begin(header);
                    return Ok(());
                }
                (Some(_), _) => {
                    self.remarks
                        .noted(format!("{passed} bytes at byte {at}, between two frames, are not a frame"));
                    if !self.segment.is_empty() {
                        self.segment.lost();
                        self.ready.push_back(Event::Damaged("bytes between two frames are not a frame"));
                    }
                    return Ok(());
                }
            }
        }
    }

    /// The end of the last finished recording.
    fn segment_end(&mut self) -> i64 {
        self.segment.finish().1
    }

    /// Returns the rest of a recording, and checks its claims.
    fn finish(&mut self, last: bool) {
        let (packets, _) = self.segment.finish();
        self.ready.extend(packets.into_iter().map(Event::Packet));
        match self.segment.claim(last) {
            Claim::Good => {}
            Claim::Wrong(text) => self.remarks.contradicted(text),
            Claim::Short(announced, there) => {
                let fault = fault::truncated(&self.name, announced, there);
                self.ready.push_back(Event::Failed(fault));
            }
        }
    }

    fn begin(&mut self, header: Header) {
        self.first = header;
        self.tracks = vec![track(&header)];
        self.ready.push_back(Event::Reset);
    }

    fn end(&mut self) -> io::Result<()> {
        self.finish(true);
        self.ended = true;
        Ok(())
    }
}

fn track(first: &Header) -> Track {
    let codec = [CODEC_ID_MP1, CODEC_ID_MP2, CODEC_ID_MP3][usize::from(first.layer - 1)];
    let channels = if first.channels == 1 { CHANNEL_LAYOUT_MONO } else { CHANNEL_LAYOUT_STEREO };
    let mut params = AudioCodecParameters::new();
    params.for_codec(codec).with_sample_rate(first.rate).with_channels(channels);
    let mut track = Track::new(0);
    track.with_codec_params(CodecParameters::Audio(params));
    track.time_base = TimeBase::try_new(1, first.rate);
    track
}

impl FormatReader for Mpeg {
    fn format_info(&self) -> &FormatInfo {
        &FORMAT
    }

    fn media_info(&self) -> &MediaInfo {
        &self.about
    }

    fn metadata(&mut self) -> Metadata<'_> {
        self.log.metadata()
    }

    fn tracks(&self) -> &[Track] {
        &self.tracks
    }

    fn next_packet(&mut self) -> Result<Option<Packet>> {
        loop {
            match self.ready.pop_front() {
                Some(event) => return event.into_packet(),
                None if self.ended => return Ok(None),
                None => self.step()?,
            }
        }
    }

    /// Skips frames from the beginning, or from the current position, without decoding them.
    fn seek(&mut self, _: SeekMode, to: SeekTo) -> Result<SeekedTo> {
        let (required_ts, track_id) = sought(to, self.ahead.is_seekable())?;
        self.ahead.go(self.start)?;
        let first =
            Header::read(self.ahead.see(HEADER)?).ok_or(Error::SeekError(SeekErrorKind::OutOfRange))?;
        (self.first, self.ended, self.between) = (first, false, false);
        self.tracks = vec![track(&first)];
        self.segment = Segment::new(Default::default(), first.samples(), 0, self.start);
        self.ready.clear();
        let packet = pass_to(self, |mpeg, end| {
            end.saturating_add_unsigned(2 * mpeg.first.samples()) > required_ts.get()
        })?;
        let actual_ts = packet.pts;
        self.ready.push_front(Event::Packet(packet));
        Ok(SeekedTo { track_id, required_ts, actual_ts })
    }

    fn into_inner<'s>(self: Box<Self>) -> MediaSourceStream<'s>
    where
        Self: 's,
    {
        self.ahead.into_inner()
    }
}
