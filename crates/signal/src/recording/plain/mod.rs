//! WAV and AIFF with PCM samples, read without Symphonia: faster, with more encodings, and with claimed sizes checked
//! against the bytes.

mod aiff;
mod layout;
mod samples;
pub(crate) mod tail;
pub(crate) mod wave;

use super::ahead::Ahead;
use super::decoded::Decoded;
use super::fault;
use super::front::Front;
use super::remark::Remarks;
use crate::{Hertz, Result, SignalSpec};
pub(crate) use layout::Bytes;
pub use layout::{Header, Layout};
pub use samples::Encoding;
use std::io;
use tail::{LOOK, Next};

/// Bytes per read.
const PIECE: usize = 64 << 10;

/// A reader of PCM samples.
pub struct Plain {
    source: Ahead<Front>,
    layout: Layout,
    remarks: Remarks,
    /// Index of the next frame.
    pub index: u64,
    /// The start of each run of contiguous samples; the last one is being read.
    parts: Vec<Part>,
    /// Bytes up to the position at which to check whether samples continue.
    left: u64,
    /// Whether the claims of the header were checked.
    checked: bool,
    over: bool,
    bytes: Vec<u8>,
    interleaved: Vec<f32>,
}

#[derive(Clone, Copy)]
struct Part {
    layout: Layout,
    /// The index of its first frame, and its position.
    index: u64,
    at: u64,
    /// Bytes up to the position at which to check whether samples continue.
    left: u64,
    /// The claimed end index; `None` if there is no claim, or it was wrong.
    announced: Option<u64>,
}

impl Plain {
    /// Opens a source whose header was parsed.
    pub fn new(source: Front, layout: Layout, remarks: &Remarks, name: &str) -> Result<Self> {
        let mut plain = Self {
            source: Ahead::new(source.begin(), 0),
            layout,
            remarks: remarks.clone(),
            index: 0,
            parts: Vec::new(),
            left: 0,
            checked: false,
            over: false,
            bytes: Vec::new(),
            interleaved: Vec::new(),
        };
        plain.source.pass(layout.start).map_err(|e| fault::io(name, &e))?;
        plain.begin(layout);
        Ok(plain)
    }

    /// Begins a run of samples at the source's position.
    fn begin(&mut self, layout: Layout) {
        let announced = layout.frames().map(|frames| self.index + frames);
        (self.layout, self.left, self.checked) = (layout, layout.sizes[0], false);
        self.bytes.resize((PIECE / layout.frame()).max(1) * layout.frame(), 0);
        self.part(announced);
    }

    fn part(&mut self, announced: Option<u64>) {
        let Self { layout, index, left, .. } = *self;
        self.parts.push(Part { layout, index, at: self.source.at(), left, announced });
    }

    fn last(&self) -> &Part {
        // there is always at least one
        &self.parts[self.parts.len() - 1]
    }

    /// The short name of the encoding.
    pub fn codec(&self) -> &'static str {
        self.layout.encoding.name()
    }

    /// Number of frames as claimed, or the number found if it is greater.
    pub fn frames(&self) -> Option<u64> {
        self.parts.iter().filter_map(|part| part.announced).max()
    }

    fn spec(&self) -> SignalSpec {
        SignalSpec::real(Hertz(f64::from(self.layout.rate)), self.layout.channels)
    }

    /// Reads the next frames, and returns their size in bytes; 0 at the end.
    fn piece(&mut self, most: usize, name: &str) -> Result<usize> {
        let fail = |e: io::Error| fault::io(name, &e);
        while !self.over {
            let frame = self.layout.frame();
            let room = most.min(self.bytes.len() / frame) as u64;
            let asked = (self.left / frame as u64).min(room) as usize * frame;
            if asked == 0 {
                self.go_on(name)?;
                continue;
            }
            let n = self.read(asked).map_err(fail)?;
            self.left -= n as u64;
            if n < frame {
                self.over = true;
                return self.end(name).map(|()| 0);
            }
            self.index += (n / frame) as u64;
            return Ok(n - n % frame);
        }
        Ok(0)
    }

    /// Handles the end of the file before the claimed end.
    fn end(&mut self, name: &str) -> Result<()> {
        let Part { announced, layout, .. } = *self.last();
        let there = self.source.at().saturating_sub(layout.start);
        match announced {
            Some(all) if self.index < all => {
                // inconsistent sizes are wrong claims; consistent ones are those of a truncated file
                if layout.end.abs_diff(self.source.at()) > 1 {
                    return Err(fault::truncated(name, all, self.index));
                }
                self.contradicted(layout.sizes[0], there);
            }
            Some(_) if layout.sizes[1] > there + 1 && !self.checked => {
                self.contradicted(layout.sizes[1], there)
            }
            None if !layout.known && !self.checked => self.contradicted(layout.sizes[0], there),
            _ => {}
        }
        Ok(())
    }

    fn contradicted(&mut self, announced: u64, there: u64) {
        self.checked = true;
        self.remarks.contradicted(format!(
            "its header announces {announced} bytes of samples, and there are {there}"
        ));
    }

    /// Determines what follows at the claimed end of the samples.
    fn go_on(&mut self, name: &str) -> Result<()> {
        let fail = |e: io::Error| fault::io(name, &e);
        let mut chunks = false;
        loop {
            // a partial frame, which belongs to the samples if they continue
            let rest = std::mem::take(&mut self.left) as usize;
            let (layout, at) = (self.layout, self.source.at() + rest as u64);
            let bytes = self.source.see(LOOK + rest).map_err(fail)?;
            let ended = bytes.len() < LOOK + rest;
            let mut behind = bytes.get(rest..).unwrap_or_default();
            behind = &behind[..behind.len().min(LOOK)];
            let (count, next) = (behind.len(), tail::next(behind, ended, at, &layout, chunks));
            let header = (next == Next::Another).then(|| header(&mut behind, 0));
            if next != Next::Sound {
                self.source.pass(rest as u64).map_err(fail)?;
            }
            match next {
                Next::End => {
                    self.over = true;
                    return self.end(name);
                }
                Next::Junk => {
                    let n = if ended { format!("{count} bytes") } else { "bytes".to_owned() };
                    self.remarks.noted(format!("{n} after the samples, at byte {at}, are not audio"));
                    self.over = true;
                    return Ok(());
                }
                Next::Pass(n) => {
                    self.source.pass(n).map_err(fail)?;
                    chunks |= n > 1;
                }
                Next::Another => {
                    return self.another(header.unwrap_or(Ok(Header::Other)).map_err(fail)?, at, name);
                }
                Next::Data(head, size) => {
                    self.remarks
                        .noted(format!("another chunk of samples begins at byte {at}, and is read too"));
                    // in an AIFF eight more bytes precede the samples
                    let head = if layout.big_chunks { head + 8 } else { head };
                    let size = size.saturating_sub(head - 8);
                    self.source.pass(head).map_err(fail)?;
                    self.begin(Layout { start: at + head, sizes: [size; 2], known: size > 0, ..layout });
                    return Ok(());
                }
                Next::Sound => {
                    let part = *self.last();
                    // the next check is at the greater of two claimed sizes, otherwise where a 32-bit size wraps around
                    let read = self.source.at() - layout.start;
                    let more =
                        layout.sizes[1].checked_sub(read).filter(|more| *more >= layout.frame() as u64);
                    self.left = more.unwrap_or(1 << 32);
                    if layout.known && !self.checked {
                        self.checked = true;
                        self.remarks.contradicted(format!(
                            "its header announces {} bytes of samples, and more samples follow, which are read too",
                            layout.sizes[0]
                        ));
                    }
                    let announced = part.announced.filter(|all| *all <= self.index);
                    self.part(announced);
                    return Ok(());
                }
            }
        }
    }

    /// Begins another recording at the byte `at`.
    fn another(&mut self, header: Header, at: u64, name: &str) -> Result<()> {
        match header {
            Header::Plain(next) => {
                let before = self.spec();
                let next = Layout { start: at + next.start, end: at + next.end, ..next };
                let after = SignalSpec::real(Hertz(f64::from(next.rate)), next.channels);
                if before != after {
                    self.over = true;
                    return Err(fault::changed(name, self.index, before, after));
                }
                self.remarks.noted(format!("another recording begins at byte {at}, and is read too"));
                self.source.pass(next.start - at).map_err(|e| fault::io(name, &e))?;
                self.begin(next);
                Ok(())
            }
            Header::Other | Header::Refused(_) => {
                self.over = true;
                let why = format!("another recording begins at byte {at}, whose samples are compressed");
                Err(fault::broken(name, self.index, why))
            }
        }
    }

    /// Appends at most this many frames, interleaved; returns 0 at the end.
    pub fn interleaved(&mut self, most: usize, samples: &mut Vec<f32>, name: &str) -> Result<usize> {
        let n = self.piece(most, name)?;
        self.layout.encoding.decode(&self.bytes[..n], samples);
        Ok(n / self.layout.frame())
    }

    pub fn next(&mut self, name: &str) -> Result<Option<Decoded>> {
        let index = self.index;
        let n = self.piece(usize::MAX, name)?;
        if n == 0 {
            return Ok(None);
        }
        let mut decoded = Decoded::none(self.spec(), index);
        let whole = &self.bytes[..n];
        match &mut decoded.planes[..] {
            [plane] => self.layout.encoding.decode(whole, plane),
            planes => {
                self.interleaved.clear();
                self.layout.encoding.decode(whole, &mut self.interleaved);
                let count = planes.len();
                for (i, plane) in planes.iter_mut().enumerate() {
                    plane.extend(self.interleaved[i..].iter().step_by(count));
                }
            }
        }
        Ok(Some(decoded))
    }

    /// Fills the buffer; from a pipe, only with the available bytes.
    fn read(&mut self, asked: usize) -> io::Result<usize> {
        let full = self.source.is_seekable();
        let mut n = 0;
        loop {
            let read = self.source.read(&mut self.bytes[n..asked])?;
            n += read;
            let whole = !full && n.is_multiple_of(self.layout.frame());
            if read == 0 || n == asked || whole {
                return Ok(n);
            }
        }
    }

    /// Returns the samples from `frame` on; `None` after the end.
    pub fn seek(&mut self, frame: u64, name: &str) -> Result<Option<Decoded>> {
        if !self.source.is_seekable() && frame < self.index {
            return Err(fault::no_way_back(name));
        }
        if self.source.is_seekable() {
            let part = self.parts.iter().rposition(|part| part.index <= frame).unwrap_or(0);
            self.parts.truncate(part + 1);
            let Part { layout, index, at, left, .. } = *self.last();
            let size = layout.frame() as u64;
            // no farther than the next check
            let frames = (frame - index).min(left / size);
            self.source.go(at + frames * size).map_err(|e| fault::io(name, &e))?;
            let frames = (self.source.at() - at) / size;
            (self.layout, self.index, self.left, self.over) =
                (layout, index + frames, left - frames * size, false);
            self.bytes.resize((PIECE / layout.frame()).max(1) * layout.frame(), 0);
        }
        while let Some(decoded) = self.next(name)? {
            if decoded.end() > frame {
                return Ok(Some(decoded));
            }
        }
        Ok(None)
    }
}

/// Parses the header of a WAV or an AIFF at byte `base`; `Other` if there is none.
pub fn header(source: &mut impl layout::Bytes, base: u64) -> io::Result<Header> {
    let head = source.at(base, 12)?;
    match () {
        () if wave::is_wav(&head) => wave::read(source, base),
        () if aiff::is_aiff(&head) => aiff::read(source, base),
        () => Ok(Header::Other),
    }
}

/// The bytes of the samples, if the claims of the header are correct and complete.
pub fn lying<'b>(bytes: &'b [u8], layout: &Layout) -> Option<&'b [u8]> {
    let rest = bytes.get(usize::try_from(layout.start).ok()?..)?;
    let size = usize::try_from(layout.sizes[0])
        .ok()
        .filter(|_| layout.known && layout.sizes[0] == layout.sizes[1])?;
    let (samples, behind) = rest.split_at_checked(size)?;
    tail::is_plain(behind, layout).then(|| &samples[..size - size % layout.frame()])
}
