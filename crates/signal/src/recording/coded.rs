//! Decodes the packets of a container.

use super::aac;
use super::decoded::Decoded;
use super::fault;
use super::flac::Flac;
use super::kind::Kind;
use super::limits::Deadline;
use super::mpeg::Mpeg;
use super::remark::Remarks;
use super::track::{decoder, exact, frames, guard, rate};
use crate::{Hertz, Result, SignalSpec};
use std::io::{ErrorKind, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use symphonia::core::codecs::audio::AudioDecoder;
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatReader, SeekMode, SeekTo};
use symphonia::core::io::{MediaSource, MediaSourceStream};
use symphonia::core::packet::Packet;

/// Maximum number of consecutive packets without samples.
const BARREN: u32 = 20_000;
/// Maximum number of samples of a Vorbis packet: a smaller difference is not a gap.
const LONGEST: i64 = 8192;
/// Frames decoded before a seek target, because packets depend on earlier ones.
const RUN_UP: u64 = 8192;

/// The length of a file that is only known by reading to the end.
#[derive(Clone)]
pub struct Extent {
    /// The length in the header, if it has one.
    pub claimed: Option<u64>,
    /// The position read so far.
    pub reached: Arc<AtomicU64>,
}

/// The bytes of a container.
pub struct Input {
    pub stream: MediaSourceStream<'static>,
    /// Whether it can be read again from its beginning.
    pub can_go_back: bool,
    pub extent: Option<Extent>,
}

/// A container, opened on its one audio track.
pub struct Coded {
    /// `None` only while the container is reopened.
    format: Option<Box<dyn FormatReader>>,
    hint: Hint,
    kind: Kind,
    remarks: Remarks,
    /// Whether it can be read again from its beginning.
    can_go_back: bool,
    /// Whether its reader can seek.
    can_jump: bool,
    extent: Option<Extent>,
    decoder: Box<dyn AudioDecoder>,
    pub track: u32,
    /// The sample rate in the container.
    pub rate: Option<u32>,
    /// Samples per channel, if the file has their number.
    pub frames: Option<u64>,
    pub damaged: u64,
    pub last_error: String,
    deadline: Deadline,
    /// If timestamps count samples: timestamp 0 is sample `-origin`.
    exact: bool,
    origin: Option<i64>,
    /// Index of the next sample.
    pub index: u64,
    /// Whether the length is the timestamp of the last page, as in Ogg, which is unknown for a pipe; missing packets
    /// are then detected by the timestamps of later ones.
    by_time: bool,
    /// Whether the next packet may begin at an index other than the end of the previous one.
    jumped: bool,
}

impl Coded {
    pub fn open(
        input: Input,
        kind: Kind,
        hint: Hint,
        deadline: Deadline,
        remarks: &Remarks,
        name: &str,
    ) -> Result<Self> {
        let Input { stream, can_go_back, extent } = input;
        let can_jump = stream.is_seekable();
        let format = format(stream, kind, &hint, remarks, name)?;
        let (decoder, track) = decoder(&*format, name)?;
        let by_time = format.format_info().short_name == "ogg";
        if aac::is_high_efficiency(decoder.codec_params()) {
            remarks.noted(
                "it is HE-AAC, of which only the lower half of the frequencies can be decoded".to_owned(),
            );
        }
        Ok(Self {
            track: track.id,
            rate: rate(&track),
            frames: frames(&*format, &track),
            exact: exact(&track),
            format: Some(format),
            hint,
            kind,
            remarks: remarks.clone(),
            can_go_back,
            can_jump,
            extent,
            decoder,
            damaged: 0,
            last_error: String::new(),
            deadline,
            origin: None,
            index: 0,
            by_time,
            jumped: false,
        })
    }

    /// The short name of the container.
    pub fn container(&self) -> &'static str {
        self.format.as_ref().map_or("", |format| format.format_info().short_name)
    }

    /// The short name of the codec.
    pub fn codec(&self) -> &str {
        self.decoder.codec_info().short_name
    }

    /// Decodes up to the next samples; `None` at the end.
    pub fn next(&mut self, name: &str) -> Result<Option<Decoded>> {
        for _ in 0..BARREN {
            let Some(packet) = self.packet(name)? else {
                return match self.frames {
                    // Passband's own readers have checked frames against their headers
                    Some(n) if self.index < n && self.kind == Kind::Other && !self.by_time => {
                        Err(fault::truncated(name, n, self.index))
                    }
                    _ => Ok(None),
                };
            };
            let decoder = &mut self.decoder;
            let decoded = guard(name, self.index, || {
                let buffer = decoder.decode(&packet)?;
                let spec = SignalSpec::real(Hertz(f64::from(buffer.spec().rate())), buffer.num_planes());
                let mut planes = Vec::new();
                buffer.copy_to_vecs_planar::<f32>(&mut planes);
                Ok::<_, Error>((spec, planes))
            })?;
            match decoded {
                Ok((spec, planes)) if planes.first().is_some_and(|plane| !plane.is_empty()) => {
                    let decoded = Decoded::new(spec, self.place(&packet), planes);
                    self.index = decoded.end();
                    return Ok(Some(decoded));
                }
                Ok(_) => {}
                Err(Error::ResetRequired) => self.decoder.reset(),
                Err(Error::DecodeError(_) | Error::IoError(_) | Error::LimitError(_)) => {
                    self.spoiled(&decoded.err().map_or_else(String::new, |e| e.to_string()));
                    // with timestamps, its samples are a gap, and later samples keep their index
                    if self.exact {
                        self.index = self.place(&packet) + packet.dur.get();
                    }
                }
                Err(e) => return Err(fault::codec(name, e)),
            }
        }
        Err(fault::broken(name, self.index, format!("{BARREN} consecutive packets contain no samples")))
    }

    /// The next packet of the track.
    fn packet(&mut self, name: &str) -> Result<Option<Packet>> {
        for _ in 0..BARREN {
            self.deadline.check(name)?;
            let Some(format) = &mut self.format else { return Ok(None) };
            match guard(name, self.index, || format.next_packet())? {
                Ok(Some(packet)) if packet.track_id == self.track => {
                    return Ok(Some(packet));
                }
                Ok(Some(_)) => {}
                Ok(None) => return self.end(name),
                // a chained stream: the next link begins at the end of this one
                Err(Error::ResetRequired) => {
                    let (decoder, track) = decoder(&**format, name)?;
                    (self.decoder, self.track, self.exact) = (decoder, track.id, exact(&track));
                    (self.origin, self.frames) = (None, None);
                }
                Err(Error::IoError(e)) if e.kind() == ErrorKind::UnexpectedEof => {
                    if self.extent.is_some() {
                        return self.end(name);
                    }
                    self.last_error = "the file ends within a packet".to_owned();
                    self.damaged += u64::from(self.frames.is_none());
                    return Ok(None);
                }
                Err(Error::IoError(e)) => return Err(fault::io(name, &e)),
                Err(e @ Error::DecodeError(_)) => self.spoiled(&e.to_string()),
                Err(e) => return Err(fault::broken(name, self.index, e)),
            }
        }
        Err(fault::broken(name, self.index, self.last_error.clone()))
    }

    /// Checks that the end is at the position claimed by the file.
    fn end(&self, name: &str) -> Result<Option<Packet>> {
        let there = self.extent.as_ref().map(|extent| extent.reached.load(Ordering::Relaxed));
        match self.extent.as_ref().and_then(|extent| extent.claimed).zip(there) {
            Some((claimed, there)) if there < claimed => Err(fault::cut(name, self.index, claimed, there)),
            _ => Ok(None),
        }
    }

    fn spoiled(&mut self, why: &str) {
        self.damaged += 1;
        self.last_error = why.to_owned();
        self.jumped = self.exact;
    }

    /// The index of a packet's first sample: after a seek, according to its timestamp, otherwise after the previous
    /// packet. Only for packets with samples, because the encoder delay may fill the first ones.
    fn place(&mut self, packet: &Packet) -> u64 {
        let time = packet.pts.get().saturating_add_unsigned(packet.trim_start.get());
        let origin = *self.origin.get_or_insert(time.saturating_sub_unsigned(self.index));
        let hole = self.by_time && self.exact && time.saturating_sub(origin) > self.index as i64 + LONGEST;
        if hole && !self.jumped {
            self.spoiled("packets are missing");
        }
        if self.exact && std::mem::take(&mut self.jumped) {
            self.index = self.index.max(u64::try_from(time.saturating_sub(origin)).unwrap_or(0));
        }
        self.index
    }

    /// The decoded samples that contain `frame`, or the first ones after it; `None` after the end.
    pub fn seek(&mut self, frame: u64, name: &str) -> Result<Option<Decoded>> {
        let near = frame.checked_sub(self.index).is_some_and(|n| n < RUN_UP);
        if !near {
            if self.can_jump && self.exact && frame > RUN_UP && self.jump(frame - RUN_UP, name)? {
                match self.find(frame, name) {
                    Ok(Some(decoded)) if decoded.index <= frame => return Ok(Some(decoded)),
                    // after the target, or after a gap: decode from the beginning
                    _ => self.rewind(name)?,
                }
            } else if frame < self.index {
                self.rewind(name)?;
            }
        }
        self.find(frame, name)
    }

    fn find(&mut self, frame: u64, name: &str) -> Result<Option<Decoded>> {
        while let Some(decoded) = self.next(name)? {
            if decoded.end() > frame {
                return Ok(Some(decoded));
            }
        }
        Ok(None)
    }

    /// Seeks to or before a sample; returns false if the container cannot seek.
    fn jump(&mut self, frame: u64, name: &str) -> Result<bool> {
        let (Some(origin), Some(format)) = (self.origin, &mut self.format) else { return Ok(false) };
        let (ts, track_id) = (origin.saturating_add_unsigned(frame).into(), self.track);
        let to = SeekTo::Timestamp { ts, track_id };
        if guard(name, self.index, || format.seek(SeekMode::Accurate, to))?.is_err() {
            return Ok(false);
        }
        self.decoder.reset();
        // from here on, timestamps give the index of packets
        (self.index, self.jumped) = (0, true);
        Ok(true)
    }

    /// Reopens the container, because not every format can seek to its first sample.
    fn rewind(&mut self, name: &str) -> Result<()> {
        let Some(format) = self.format.take_if(|_| self.can_go_back) else {
            return Err(fault::no_way_back(name));
        };
        let mut stream = format.into_inner();
        stream.seek(SeekFrom::Start(0)).map_err(|e| fault::io(name, &e))?;
        let (damaged, extent) = (self.damaged, self.extent.take());
        let anew = Self::open(
            Input { stream, can_go_back: true, extent },
            self.kind,
            self.hint.clone(),
            self.deadline,
            &self.remarks,
            name,
        )?;
        *self = Self { damaged, ..anew };
        Ok(())
    }
}

/// The reader of the container.
fn format(
    stream: MediaSourceStream<'static>,
    kind: Kind,
    hint: &Hint,
    remarks: &Remarks,
    name: &str,
) -> Result<Box<dyn FormatReader>> {
    match kind {
        Kind::Mpeg(start) => {
            let mpeg = Mpeg::new(stream, start, name, remarks).map_err(|e| fault::io(name, &e))?;
            return Ok(Box::new(mpeg));
        }
        Kind::Flac(start) => {
            let flac = Flac::new(stream, start, name, remarks).map_err(|e| fault::io(name, &e))?;
            let flac = flac.ok_or_else(|| fault::not_audio(name, "no frame of FLAC follows its header"))?;
            return Ok(Box::new(flac));
        }
        Kind::Other => {}
    }
    let probed = guard(name, 0, || {
        symphonia::default::get_probe().probe(hint, stream, Default::default(), Default::default())
    })?;
    probed.map_err(|e| match e {
        Error::IoError(e) if e.kind() != ErrorKind::UnexpectedEof => fault::io(name, &e),
        Error::IoError(_) => fault::not_audio(name, "it ends within its header"),
        // the probe's message only names its readers
        Error::Unsupported(why) if why.contains("no suitable format") => {
            fault::not_audio(name, "its format is not supported")
        }
        e => fault::not_audio(name, e),
    })
}
