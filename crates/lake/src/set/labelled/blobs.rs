//! Reads and decodes blobs one by one: to inspect them, and to cut their examples.

use super::blob_store::{BlobStore, ReadError};
use super::content_hash::{ContentHash, content_key};
use super::cutter::{Cutter, ExampleAudio};
use super::decode::{Block, Decoder};
use super::example_spec::{ExampleSpec, RecordingFormat};
use super::memory_budget::Reservation;
use super::resample::Resamplers;
use passband_flow::Control;
use passband_flow::config::PassedOn;
use passband_signal::{Fault, Hertz, Result};
use std::ops::{ControlFlow, Range};

/// The result of inspecting a usable blob.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BlobInfo {
    /// A hash of the samples used, as recorded.
    pub content: u128,
    /// The number of its examples.
    pub examples: u32,
    /// The sample rate of each example.
    pub rate: Hertz,
    /// The frames of each example.
    pub frames: u64,
    /// The samples of all examples, over all channels.
    pub values: u64,
}

/// Reads blobs, and reuses its buffers.
pub struct BlobReader {
    decoder: Decoder,
    resamplers: Resamplers,
    share: Reservation,
}

impl BlobReader {
    /// Opens the store of the blobs.
    pub fn open(place: &str, options: &PassedOn, control: &Control) -> Result<Self> {
        let place = BlobStore::open(place, options, control)?;
        let (resamplers, share) = (Resamplers::default(), Reservation::default());
        Ok(Self { decoder: Decoder::new(place, control), resamplers, share })
    }

    /// Bytes of all blobs opened so far.
    pub fn bytes_read(&self) -> u64 {
        self.decoder.bytes_read
    }

    /// Reserves the memory of further examples from this reservation's budget.
    pub(super) fn share(&mut self, share: Reservation) {
        self.share = share;
    }

    /// Reads a blob to its end. The inner error is the reason why this blob cannot be used.
    pub fn inspect(&mut self, name: &str, cut: &ExampleSpec) -> Result<Result<BlobInfo, String>> {
        let (mut known, mut frames) = (None, 0);
        let bytes_read = self.decoder.decode(name, true, &mut |of, block| {
            let samples = block.samples();
            if known.is_none() {
                cut.refuses(of).map_or(Ok(()), |why| Err(ReadError::Refused(why)))?;
            }
            let (_, content) =
                known.get_or_insert_with(|| (of, ContentHash::new(of.rate, of.channels, cut.used(of))));
            frames += (samples.len() / of.channels) as u64;
            content.push(samples);
            cut.too_long(frames, of).map_or(Ok(ControlFlow::Continue(())), |why| Err(ReadError::Refused(why)))
        });
        match bytes_read {
            Ok(()) => {}
            Err(ReadError::Refused(why)) => return Ok(Err(why)),
            Err(ReadError::Unavailable(fault)) => return Err(fault),
            // the result is discarded
            Err(ReadError::Stopped) => return Ok(Err("it was stopped".to_owned())),
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
                Ok(BlobInfo { content: content.digest(), examples, rate, frames, values })
            }
            Err(_) => Err("it has too many examples: set a longer hop".to_owned()),
        })
    }

    /// Emits some of the examples of an inspected blob, in order, until `give` returns false. `content` is
    /// the hash that the plan stores. The last example is emitted when all hashed samples have been read and
    /// the hash matches.
    ///
    /// # Errors
    /// The blob is no longer readable, or has changed. A stop is not an error.
    pub fn pieces(
        &mut self,
        name: &str,
        cut: &ExampleSpec,
        records: Range<u32>,
        content: u64,
        give: &mut dyn FnMut(u32, ExampleAudio) -> bool,
    ) -> Result<()> {
        let leave = "start the build again, and do not change blobs while it runs";
        let changed = || Fault::new(format!("the blob {name} changed while the set was built")).fix(leave);
        let Self { decoder, resamplers, share } = self;
        let mut resamplers = Some(resamplers);
        let mut begun: Option<(RecordingFormat, ContentHash, Cutter)> = None;
        let (mut last, mut frames) = (None, 0);
        let end = records.end;
        let mut each = |piece, sound| {
            if piece + 1 == end {
                last = Some((piece, sound));
                return Ok(());
            }
            if give(piece, sound) { Ok(()) } else { Err(ReadError::Stopped) }
        };
        let bytes_read = decoder.decode(name, false, &mut |of, block| {
            if begun.is_none() {
                cut.refuses(of).map_or(Ok(()), |_| Err(ReadError::Unavailable(changed())))?;
                let resampler = match (cut.resampled(of), resamplers.take()) {
                    (Some((from, to)), Some(all)) => Some(
                        all.get(from, to, Cutter::cut_channels(cut, of)).map_err(ReadError::Unavailable)?,
                    ),
                    _ => None,
                };
                let hash = ContentHash::new(of.rate, of.channels, cut.used(of));
                let pieces = Cutter::new(cut, of, records.clone(), resampler).within(share.another());
                begun = Some((of, hash, pieces));
            }
            let Some((_, hash, pieces)) = &mut begun else { return Ok(ControlFlow::Break(())) };
            frames += (block.samples().len() / of.channels) as u64;
            // a blob that has grown could exceed the memory budget
            cut.too_long(frames, of).map_or(Ok(()), |_| Err(ReadError::Unavailable(changed())))?;
            hash.push(block.samples());
            match block {
                Block::Whole(samples) => pieces.push_whole(samples, &mut each)?,
                Block::Part(samples) => pieces.push(samples, &mut each)?,
            }
            let enough = pieces.is_complete() && hash.is_complete();
            Ok(if enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        });
        let ended = |ended| match ended {
            ReadError::Stopped => Ok(()),
            ReadError::Unavailable(fault) => Err(fault.at(name)),
            ReadError::Refused(why) => {
                let fault = Fault::new(format!("the blob {name} cannot be read any more"));
                Err(fault.why(why).fix(leave))
            }
        };
        if let Err(why) = bytes_read {
            return ended(why);
        }
        let Some((_, hash, mut pieces)) = begun else { return Err(changed()) };
        if content_key(hash.digest()) != content {
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
