//! The reader of a recording: own parsers for WAV, AIFF, MPEG audio and FLAC, and Symphonia for other formats.

use super::coded::{Coded, Extent, Input};
use super::decoded::Decoded;
use super::front::Front;
use super::limits::Deadline;
use super::mkv;
use super::mp4::{self, Heard};
use super::plain::{self, Header, Plain};
use super::remark::{Remark, Remarks};
use super::{Limits, fault, foreign, kind};
use crate::Result;
use std::path::Path;
use symphonia::core::formats::probe::Hint;
use symphonia::core::io::{MediaSource, MediaSourceStream};

/// The samples of a recording, with indices that start at the first audible one.
pub struct Reader {
    inner: Inner,
    container: &'static str,
    deadline: Deadline,
    remarks: Remarks,
    /// Decoded samples before the first audible one.
    before: u64,
    /// The number of audible samples, if the file contains it.
    heard: Option<u64>,
}

enum Inner {
    Plain(Box<Plain>),
    Coded(Box<Coded>),
}

impl Reader {
    pub fn open(source: Box<dyn MediaSource>, name: &str, limits: &Limits) -> Result<Self> {
        let deadline = Deadline::of(limits);
        let opened = Self::begin(source, name, deadline);
        // a reader may report the time limit as the end of the file
        opened.or_else(|fault| deadline.check(name).and(Err(fault)))
    }

    fn begin(source: Box<dyn MediaSource>, name: &str, deadline: Deadline) -> Result<Self> {
        let mut front = Front::new(source, deadline);
        let fail = |e: std::io::Error| fault::io(name, &e);
        let remarks = Remarks::default();
        if front.peek(0, 1).map_err(fail)?.is_empty() {
            return Err(fault::empty(name, fault::NO_BYTE));
        }
        let start = kind::behind_tags(&mut front).map_err(fail)?;
        match plain::header(&mut front, start).map_err(fail)? {
            Header::Plain(layout) => {
                let aiff = front.peek(start, 4).map_err(fail)? == b"FORM";
                let inner = Inner::Plain(Box::new(Plain::new(front, layout, &remarks, name)?));
                let container = if aiff { "aiff" } else { "wav" };
                return Ok(Self { inner, container, deadline, remarks, before: 0, heard: None });
            }
            Header::Refused(why) => return Err(fault::not_audio(name, why)),
            Header::Other => {}
        }
        let head = front.peek(0, 12).map_err(fail)?;
        if let Some(format) = foreign::name(&head) {
            return Err(fault::not_audio(name, format!("it is {format}, which is not supported")));
        }
        let (mp4, is_mkv) = (mp4::is_mp4(&head), mkv::is_mkv(&head));
        let (mut can_go_back, mut claimed) = (false, None);
        let tracks = match () {
            () if mp4 => {
                can_go_back = front.is_seekable();
                let plan = mp4::plan(&mut front).map_err(fail)?;
                if plan.out_of_reach {
                    return Err(fault::index_behind(name));
                }
                plan.heard
            }
            // the packet table may follow the audio data, and only the end of the file ends its chunks
            () if head.starts_with(b"caff") && !front.keep_all().map_err(fail)? => {
                return Err(fault::index_behind(name));
            }
            () if is_mkv => {
                let heard = mkv::heard(&mut front);
                can_go_back = front.is_seekable();
                claimed = mkv::claimed_end(&mut front);
                front.show_as_pipe();
                heard
            }
            () => Vec::new(),
        };
        let kind = kind::of(&mut front, name)?;
        let mut hint = Hint::new();
        if let Some(extension) = Path::new(name).extension().and_then(|e| e.to_str()) {
            hint.with_extension(extension);
        }
        can_go_back |= front.is_seekable();
        let extent = is_mkv.then(|| Extent { claimed, reached: front.reached() });
        let stream = MediaSourceStream::new(Box::new(front.begin()), Default::default());
        let coded = Coded::open(Input { stream, can_go_back, extent }, kind, hint, deadline, &remarks, name)?;
        // in an MP4 without an edit list, packet durations give the end of the audio
        let whole = coded.frames.filter(|_| mp4);
        let (before, heard) = tracks.iter().find_map(|heard| coded.heard(heard)).unwrap_or((0, whole));
        let container = match coded.container() {
            "isomp4" => "mp4",
            "mpeg" => "mp3",
            "wave" => "wav",
            own => own,
        };
        Ok(Self { inner: Inner::Coded(Box::new(coded)), container, deadline, remarks, before, heard })
    }

    /// Container and codec.
    pub fn encoding(&self) -> (&str, &str) {
        let codec = match &self.inner {
            Inner::Plain(plain) => plain.codec(),
            Inner::Coded(coded) => coded.codec(),
        };
        (self.container, codec)
    }

    /// Samples per channel, if the file contains their number.
    pub fn frames(&self) -> Option<u64> {
        let all = match &self.inner {
            Inner::Plain(plain) => plain.frames(),
            Inner::Coded(coded) => coded.frames,
        };
        let all = all.map(|n| n.saturating_sub(self.before));
        match (all, self.heard) {
            (Some(all), Some(heard)) => Some(all.min(heard)),
            (all, heard) => all.or(heard),
        }
    }

    /// New remarks.
    pub fn remarks(&self) -> Vec<Remark> {
        self.remarks.take()
    }

    pub fn damaged(&self) -> u64 {
        match &self.inner {
            Inner::Plain(_) => 0,
            Inner::Coded(coded) => coded.damaged,
        }
    }

    /// Why the last damaged packet could not be decoded.
    pub fn last_error(&self) -> &str {
        match &self.inner {
            Inner::Plain(_) => "",
            Inner::Coded(coded) => &coded.last_error,
        }
    }

    /// Index of the next sample.
    pub fn index(&self) -> u64 {
        let index = match &self.inner {
            Inner::Plain(plain) => plain.index,
            Inner::Coded(coded) => coded.index,
        };
        index.saturating_sub(self.before).min(self.heard.unwrap_or(u64::MAX))
    }

    /// The next samples; `None` at the end.
    pub fn next(&mut self, name: &str) -> Result<Option<Decoded>> {
        loop {
            self.deadline.check(name)?;
            if self.heard.is_some_and(|heard| self.index() >= heard) {
                return Ok(None);
            }
            let decoded = match &mut self.inner {
                Inner::Plain(plain) => plain.next(name),
                Inner::Coded(coded) => coded.next(name),
            };
            match decoded.or_else(|fault| self.deadline.check(name).and(Err(fault)))? {
                None => return self.deadline.check(name).map(|()| None),
                Some(decoded) => match self.cut(decoded) {
                    Some(decoded) => return Ok(Some(decoded)),
                    None => continue,
                },
            }
        }
    }

    /// Appends at most this many frames, interleaved, for formats stored in this form; returns 0 at the end.
    pub fn interleaved(&mut self, most: usize, samples: &mut Vec<f32>, name: &str) -> Option<Result<usize>> {
        let Inner::Plain(plain) = &mut self.inner else { return None };
        let read = self.deadline.check(name).and_then(|()| plain.interleaved(most, samples, name));
        Some(read.or_else(|fault| self.deadline.check(name).and(Err(fault))))
    }

    /// Removes samples that are not audible.
    fn cut(&self, mut decoded: Decoded) -> Option<Decoded> {
        let skip = self.before.saturating_sub(decoded.index).min(decoded.frames() as u64);
        decoded.skip(skip as usize);
        decoded.index = decoded.index.saturating_sub(self.before);
        if let Some(heard) = self.heard {
            decoded.until(heard);
        }
        (decoded.frames() > 0).then_some(decoded)
    }

    /// The decoded samples that contain `frame`, or the first ones after it; `None` after the end.
    pub fn seek(&mut self, frame: u64, name: &str) -> Result<Option<Decoded>> {
        let to = frame.saturating_add(self.before);
        let decoded = match &mut self.inner {
            Inner::Plain(plain) => plain.seek(to, name)?,
            Inner::Coded(coded) => coded.seek(to, name)?,
        };
        Ok(decoded.and_then(|decoded| self.cut(decoded)).filter(|decoded| decoded.end() > frame))
    }
}

impl Coded {
    /// Number of samples before the audible ones, and number of audible samples, if the track contains them.
    fn heard(&self, heard: &Heard) -> Option<(u64, Option<u64>)> {
        let rate = self.rate.filter(|_| heard.track == self.track && heard.scale > 0)?;
        let samples = |ticks: u64| {
            let (rate, scale) = (u128::from(rate), u128::from(heard.scale));
            u64::try_from((u128::from(ticks) * rate + scale / 2) / scale).unwrap_or(u64::MAX)
        };
        let start = samples(heard.start);
        Some((start, heard.end.map(|end| samples(end).saturating_sub(start))))
    }
}
