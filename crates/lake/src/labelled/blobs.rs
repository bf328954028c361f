//! The blobs, read and decoded one by one.

use super::content::{Content, kept};
use super::cut::{Cut, Recorded};
use super::listen::{Block, Listener};
use super::pieces::{Pieces, Sound};
use super::place::{Ended, Place};
use super::resample::Resamplers;
use super::room::Share;
use passband_flow::Control;
use passband_flow::config::PassedOn;
use passband_signal::{Fault, Hertz, Result};
use std::ops::{ControlFlow, Range};

/// What is found of a blob that can be used.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    /// A hash of the samples that are used, as they were recorded.
    pub content: u128,
    /// How many examples it makes.
    pub examples: u32,
    /// The rate of each.
    pub rate: Hertz,
    /// The frames of each.
    pub frames: u64,
    /// The samples of all of them, over all channels.
    pub values: u64,
}

/// Where blobs are, and the memory that each uses after the one before.
pub struct Blobs {
    listener: Listener,
    resamplers: Resamplers,
    share: Share,
}

impl Blobs {
    /// Looks whether the place is there.
    pub fn open(place: &str, options: &PassedOn, control: &Control) -> Result<Self> {
        let place = Place::open(place, options, control)?;
        let (resamplers, share) = (Resamplers::default(), Share::default());
        Ok(Self { listener: Listener::new(place, control), resamplers, share })
    }

    /// Bytes of all blobs that were opened.
    pub fn heard(&self) -> u64 {
        self.listener.heard
    }

    /// From now on examples have a share in some room.
    pub(super) fn share(&mut self, share: Share) {
        self.share = share;
    }

    /// Reads one to its end. The inner error is the blob's own, and says why it cannot be used.
    pub fn inspect(&mut self, name: &str, cut: &Cut) -> Result<Result<Found, String>> {
        let (mut known, mut frames) = (None, 0);
        let heard = self.listener.listen(name, true, &mut |of, block| {
            let samples = block.samples();
            if known.is_none() {
                cut.refuses(of).map_or(Ok(()), |why| Err(Ended::Refused(why)))?;
            }
            let (_, content) =
                known.get_or_insert_with(|| (of, Content::new(of.rate, of.channels, cut.used(of))));
            frames += (samples.len() / of.channels) as u64;
            content.push(samples);
            cut.too_long(frames, of).map_or(Ok(ControlFlow::Continue(())), |why| Err(Ended::Refused(why)))
        });
        match heard {
            Ok(()) => {}
            Err(Ended::Refused(why)) => return Ok(Err(why)),
            Err(Ended::Away(fault)) => return Err(fault),
            // nobody asks any more
            Err(Ended::Stopped) => return Ok(Err("it was stopped".to_owned())),
        }
        let Some((of, content)) = known else { return Ok(Err("it is too short".to_owned())) };
        if let Some(why) = cut.too_short(frames, of) {
            return Ok(Err(why));
        }
        Ok(match u32::try_from(cut.examples(frames, of)) {
            Ok(examples) => {
                let (rate, frames) = (cut.rate(of), cut.length(of).unwrap_or(cut.frames(frames, of)));
                let channels = cut.channels.unwrap_or(of.channels) as u64;
                let values = frames.saturating_mul(channels).saturating_mul(examples.into());
                Ok(Found { content: content.digest(), examples, rate, frames, values })
            }
            Err(_) => Err("it makes too many examples: give a longer hop".to_owned()),
        })
    }

    /// Gives some of the examples of one that was inspected, in order; false from `give` ends it. `content` is what
    /// the plan keeps of the hash. The last is given once all that is hashed has been read and is what it was.
    ///
    /// # Errors
    /// It cannot be read any more, or has changed. A stop is none.
    pub fn pieces(
        &mut self,
        name: &str,
        cut: &Cut,
        records: Range<u32>,
        content: u64,
        give: &mut dyn FnMut(u32, Sound) -> bool,
    ) -> Result<()> {
        let leave = "leave the blobs as they are while a set is built, and start again";
        let changed = || Fault::new(format!("the blob {name} changed while the set was built")).fix(leave);
        let Self { listener, resamplers, share } = self;
        let mut resamplers = Some(resamplers);
        let mut begun: Option<(Recorded, Content, Pieces)> = None;
        let (mut last, mut frames) = (None, 0);
        let end = records.end;
        let mut each = |piece, sound| {
            if piece + 1 == end {
                last = Some((piece, sound));
                return Ok(());
            }
            if give(piece, sound) { Ok(()) } else { Err(Ended::Stopped) }
        };
        let heard = listener.listen(name, false, &mut |of, block| {
            if begun.is_none() {
                cut.refuses(of).map_or(Ok(()), |_| Err(Ended::Away(changed())))?;
                let resampler = match (cut.resampled(of), resamplers.take()) {
                    (Some((from, to)), Some(all)) => {
                        Some(all.get(from, to, Pieces::kept_channels(cut, of)).map_err(Ended::Away)?)
                    }
                    _ => None,
                };
                let hash = Content::new(of.rate, of.channels, cut.used(of));
                let pieces = Pieces::new(cut, of, records.clone(), resampler).within(share.another());
                begun = Some((of, hash, pieces));
            }
            let Some((_, hash, pieces)) = &mut begun else { return Ok(ControlFlow::Break(())) };
            frames += (block.samples().len() / of.channels) as u64;
            // one that has grown could be larger than there is room
            cut.too_long(frames, of).map_or(Ok(()), |_| Err(Ended::Away(changed())))?;
            hash.push(block.samples());
            match block {
                Block::Whole(samples) => pieces.push_whole(samples, &mut each)?,
                Block::Part(samples) => pieces.push(samples, &mut each)?,
            }
            let enough = pieces.is_complete() && hash.is_complete();
            Ok(if enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        });
        let ended = |ended| match ended {
            Ended::Stopped => Ok(()),
            Ended::Away(fault) => Err(fault.at(name)),
            Ended::Refused(why) => {
                let fault = Fault::new(format!("the blob {name} cannot be read any more"));
                Err(fault.why(why).fix(leave))
            }
        };
        if let Err(why) = heard {
            return ended(why);
        }
        let Some((_, hash, mut pieces)) = begun else { return Err(changed()) };
        if kept(hash.digest()) != content {
            return Err(changed());
        }
        if let Err(why) = pieces.finish(&mut each) {
            return ended(why);
        }
        if let Some((piece, sound)) = last {
            give(piece, sound);
        }
        Ok(())
    }
}
