//! FLAC with its own frame parser: the metadata is checked against the frames, and trailing data is not decoded.
//!
//! Symphonia's reader loses the last frame before trailing data (Symphonia issue 533), refuses a file whose header
//! claims blocks of 0 samples (Symphonia issue 554), and rejects blocks of other sizes than claimed. Its decoder is
//! used.

mod frame;
mod info;

use super::ahead::Ahead;
use super::event::{Event, pass_to, sought};
use super::fault;
use super::remark::Remarks;
use super::tags;
use frame::{HEADER, Header, crc16, walk};
use info::Info;
use std::collections::VecDeque;
use std::io;
use symphonia::core::audio::Channels;
use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::codecs::audio::well_known::CODEC_ID_FLAC;
use symphonia::core::errors::{Error, Result, SeekErrorKind};
use symphonia::core::formats::well_known::FORMAT_ID_FLAC;
use symphonia::core::formats::{FormatInfo, FormatReader, MediaInfo, SeekMode, SeekTo, SeekedTo, Track};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::{Metadata, MetadataLog};
use symphonia::core::packet::Packet;
use symphonia::core::units::{Duration, TimeBase};

const FORMAT: FormatInfo =
    FormatInfo { format: FORMAT_ID_FLAC, short_name: "flac", long_name: "Free Lossless Audio Codec" };
/// Maximum size of a frame: 65,535 samples of 8 channels of 33 bits.
const MOST: usize = 65_535 * 33 + 1024;
/// Bytes searched for the next frame in one step.
const PIECE: usize = 16 << 10;
/// Maximum number of false headers within a frame.
const CHANCES: u32 = 4;

/// A FLAC file.
pub struct Flac {
    ahead: Ahead,
    name: String,
    remarks: Remarks,
    /// The position of the marker `fLaC`.
    start: u64,
    stream: Stream,
    tracks: Vec<Track>,
    about: MediaInfo,
    log: MetadataLog,
    ready: VecDeque<Event>,
    ended: bool,
}

/// One of the concatenated streams of a file.
struct Stream {
    info: Info,
    /// Index of its first sample.
    base: u64,
    /// Its samples so far.
    samples: u64,
    /// The block size and number of the first frame.
    first: Option<Header>,
    damaged: bool,
}

impl Stream {
    fn new(info: Info, base: u64) -> Self {
        Self { info, base, samples: 0, first: None, damaged: false }
    }

    fn end(&self) -> u64 {
        self.base + self.samples
    }

    /// The sample index that corresponds to a frame's number, relative to the first frame.
    fn place(&self, header: &Header) -> u64 {
        let Some(first) = self.first else { return 0 };
        let number = header.number.saturating_sub(first.number);
        if header.variable { number } else { number.saturating_mul(first.block) }
    }
}

impl Flac {
    /// Opens a stream with the marker `fLaC` at `start`; `None` without usable metadata.
    pub fn new(
        stream: MediaSourceStream<'static>,
        start: u64,
        name: &str,
        remarks: &Remarks,
    ) -> io::Result<Option<Self>> {
        let mut ahead = Ahead::new(stream, 0);
        ahead.pass(start)?;
        let Some(info) = info::read(&mut ahead)? else { return Ok(None) };
        let track = track(&info);
        let mut flac = Self {
            ahead,
            name: name.to_owned(),
            remarks: remarks.clone(),
            start,
            stream: Stream::new(info, 0),
            about: MediaInfo::from_track(&track),
            tracks: vec![track],
            log: MetadataLog::default(),
            ready: VecDeque::new(),
            ended: false,
        };
        // the first frame's header determines how all frames are decoded
        while flac.stream.first.is_none() && !flac.ended {
            flac.step()?;
        }
        flac.ready.retain(|event| !matches!(event, Event::Reset));
        Ok(flac.stream.first.is_some().then_some(flac))
    }

    /// Reads the next frame or other item.
    fn step(&mut self) -> io::Result<()> {
        let at = self.ahead.at();
        self.ahead.pass_tags()?;
        let bytes = self.ahead.see(HEADER)?;
        if bytes.is_empty() {
            return self.end();
        }
        if bytes.starts_with(b"fLaC") {
            return self.another();
        }
        let Some(header) = Header::read(bytes) else { return self.search(at) };
        let info = self.stream.info.with(&header);
        let Some(size) = self.size(&header, info.bits)? else { return self.search(at) };
        if self.stream.first.is_none() {
            self.begin(&header, info);
        } else if (info.rate, info.channels, info.bits)
            != (self.stream.info.rate, self.stream.info.channels, self.stream.info.bits)
        {
            let Info { rate, channels, bits, .. } = info;
            let why = format!("a frame of {channels} channels of {bits} bits at {rate} Hz follows");
            self.ready.push_back(Event::Failed(fault::broken(&self.name, self.stream.end(), why)));
            self.ended = true;
            return Ok(());
        }
        let place = self.stream.place(&header);
        if place > self.stream.samples {
            if !std::mem::replace(&mut self.stream.damaged, true) {
                self.ready.push_back(Event::Damaged("frames are missing"));
            }
            self.stream.samples = place;
        }
        let data: Box<[u8]> = self.ahead.see(size)?[..size].into();
        self.ahead.pass(size as u64)?;
        let pts = i64::try_from(self.stream.end()).unwrap_or(i64::MAX);
        self.stream.samples += header.block;
        self.stream.damaged = false;
        let packet = Packet::new(0, pts.into(), Duration::from(header.block), data);
        self.ready.push_back(Event::Packet(packet));
        Ok(())
    }

    /// The first frame of a stream, whose header has precedence over STREAMINFO.
    fn begin(&mut self, header: &Header, info: Info) {
        let claimed = self.stream.info;
        let show = |i: &Info| format!("{} channels of {} bits at {} Hz", i.channels, i.bits, i.rate);
        if show(&claimed) != show(&info) {
            let (claimed, there) = (show(&claimed), show(&info));
            self.remarks.contradicted(format!("its header announces {claimed}, and its frames have {there}"));
        }
        let Info { smallest, largest, .. } = claimed;
        // only the last frame may be smaller than the minimum
        if smallest < 16 || largest < smallest || header.block > u64::from(largest) {
            let block = header.block;
            self.remarks.contradicted(format!(
                "its header announces blocks of {smallest} to {largest} samples, and its first has {block}"
            ));
        }
        self.stream.info = info;
        self.stream.first = Some(*header);
        self.tracks = vec![track(&info)];
    }

    /// Begins the next concatenated stream.
    fn another(&mut self) -> io::Result<()> {
        let at = self.ahead.at();
        let before = self.stream.info;
        self.finish(false);
        match info::read(&mut self.ahead)? {
            Some(info) => {
                self.remarks.noted(format!("another recording begins at byte {at}, and is read too"));
                self.stream = Stream::new(info, self.stream.end());
                self.tracks = vec![track(&info)];
                if (info.rate, info.channels, info.bits) != (before.rate, before.channels, before.bits) {
                    self.ready.push_back(Event::Reset);
                }
                Ok(())
            }
            None => self.end(),
        }
    }

    /// The size of the frame at the current position: up to the next header at which the checksum is correct, otherwise
    /// found by parsing its residuals. `None` if the checksum is wrong.
    fn size(&mut self, header: &Header, bits: u32) -> io::Result<Option<usize>> {
        let (mut from, mut want, mut tried) = (header.size + 2, header.size + PIECE, 0);
        loop {
            let bytes = self.ahead.see(want)?;
            let over = bytes.len() < want || want >= MOST;
            let most = if over { bytes.len() } else { bytes.len() - HEADER };
            let begins = |at: &usize| bytes[*at] == 0xff && Header::read(&bytes[*at..]).is_some();
            while let Some(at) = (from..most).find(begins) {
                if crc16(&bytes[..at]) == 0 {
                    return Ok(Some(at));
                }
                // a false header, other data in between, or a damaged frame
                (from, tried) = (at + 1, tried + 1);
                let end = walk(bytes, header, bits);
                if end.is_some() || tried == CHANCES {
                    return Ok(end.filter(|end| crc16(&bytes[..*end]) == 0));
                }
            }
            if over {
                return Ok(walk(bytes, header, bits).filter(|end| crc16(&bytes[..*end]) == 0));
            }
            (from, want) = (from.max(most), (2 * want).min(MOST));
        }
    }

    /// Skips data that is not a frame.
    fn search(&mut self, at: u64) -> io::Result<()> {
        let (mut passed, mut zeros, mut from) = (0_u64, true, 1);
        loop {
            let bytes = self.ahead.see(PIECE + HEADER)?;
            let ended = bytes.len() < PIECE + HEADER;
            let most = if ended { bytes.len() } else { PIECE };
            let found = (from..most).find(|q| match bytes[*q] {
                0xff => Header::read(&bytes[*q..])
                    .is_some_and(|h| self.stream.first.is_none_or(|f| f.variable == h.variable)),
                b'f' => bytes[*q..].starts_with(b"fLaC"),
                b'I' | b'A' | b'L' => tags::size(&bytes[*q..]).is_some(),
                _ => false,
            });
            let end = found.unwrap_or(most);
            zeros &= bytes[..end].iter().all(|b| *b == 0);
            let frame = found.is_some_and(|q| bytes[q] == 0xff);
            self.ahead.pass(end as u64)?;
            (passed, from) = (passed + end as u64, 0);
            if found.is_none() && !ended {
                continue;
            }
            if frame {
                if self.stream.first.is_some() && !std::mem::replace(&mut self.stream.damaged, true) {
                    self.ready.push_back(Event::Damaged("a frame's checksum is wrong"));
                }
            } else if !zeros {
                self.remarks.noted(format!("{passed} bytes at byte {at} are not a frame"));
            }
            return Ok(());
        }
    }

    /// Checks the claims of STREAMINFO against the frames.
    fn finish(&mut self, last: bool) {
        let Some(announced) = self.stream.info.samples else { return };
        let there = self.stream.samples;
        if there > announced || there < announced && !last {
            self.remarks.contradicted(format!(
                "its header announces {announced} samples per channel, and there are {there}"
            ));
        } else if there < announced {
            let base = self.stream.base;
            let fault = fault::truncated(&self.name, base + announced, base + there);
            self.ready.push_back(Event::Failed(fault));
        }
    }

    fn end(&mut self) -> io::Result<()> {
        self.finish(true);
        self.ended = true;
        Ok(())
    }
}

fn track(info: &Info) -> Track {
    let mut params = AudioCodecParameters::new();
    params
        .for_codec(CODEC_ID_FLAC)
        .with_sample_rate(info.rate)
        .with_bits_per_sample(info.bits)
        .with_channels(Channels::Discrete(info.channels as u16))
        .with_max_frames_per_packet(u64::from(u16::MAX))
        .with_extra_data(info.bytes());
    let mut track = Track::new(0);
    track.with_codec_params(CodecParameters::Audio(params));
    track.time_base = TimeBase::try_new(1, info.rate);
    track.num_frames = info.samples;
    track
}

impl FormatReader for Flac {
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

    /// Skips frames from the beginning without decoding them.
    fn seek(&mut self, _: SeekMode, to: SeekTo) -> Result<SeekedTo> {
        let (required_ts, track_id) = sought(to, self.ahead.is_seekable())?;
        self.ahead.go(self.start)?;
        let info = info::read(&mut self.ahead)?.ok_or(Error::SeekError(SeekErrorKind::OutOfRange))?;
        (self.stream, self.ended) = (Stream::new(info, 0), false);
        self.ready.clear();
        let packet = pass_to(self, |_, end| end > required_ts.get())?;
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
