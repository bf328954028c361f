//! The audio track of a container: decoder, time base and length.

use super::aac;
use super::fault;
use super::vorbis::Surround;
use crate::Result;
use std::panic::{AssertUnwindSafe, catch_unwind};
use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::AudioDecoder;
use symphonia::core::codecs::audio::well_known::CODEC_ID_VORBIS;
use symphonia::core::errors::Error;
use symphonia::core::formats::{FormatReader, Track, TrackType};

/// Maximum number of samples of a packet for which a decoder may allocate in advance: that of the longest FLAC block.
const MOST_SAMPLES: u64 = 8 << 16;
/// Maximum number of channels; libsndfile has the same limit.
pub const MOST_CHANNELS: usize = 1024;

/// A decoder for the first audio track of a container.
pub fn decoder(format: &dyn FormatReader, name: &str) -> Result<(Box<dyn AudioDecoder>, Track)> {
    let track = format
        .default_track(TrackType::Audio)
        .or_else(|| format.first_track(TrackType::Audio))
        .ok_or_else(|| fault::not_audio(name, "it has no audio track"))?;
    let Some(CodecParameters::Audio(params)) = &track.codec_params else {
        return Err(fault::codec(name, "its parameters are not stated"));
    };
    let channels = params.channels.as_ref().map_or(1, |channels| channels.count());
    if channels > MOST_CHANNELS {
        return Err(fault::not_audio(name, format!("its header states {channels} channels")));
    }
    // decoders allocate for this many samples
    let mut params = params.clone();
    let most = MOST_SAMPLES / channels.max(1) as u64;
    params.max_frames_per_packet = params.max_frames_per_packet.map(|n| n.min(most));
    if let Some(surround) = guard(name, 0, || Surround::new(&params))? {
        return Ok((Box::new(surround), track.clone()));
    }
    if params.codec == CODEC_ID_VORBIS && channels > 2 {
        return Err(fault::codec(name, format!("Vorbis of {channels} channels, whose headers are damaged")));
    }
    let made =
        guard(name, 0, || symphonia::default::get_codecs().make_audio_decoder(&params, &Default::default()))?;
    let refused = |e: Error| {
        let plain = aac::refused(&params, channels).filter(|_| channels > 2);
        fault::codec(name, plain.unwrap_or_else(|| e.to_string()))
    };
    Ok((made.map_err(refused)?, track.clone()))
}

/// Whether a tick of the track's time base is one sample.
pub fn exact(track: &Track) -> bool {
    track.time_base.is_some_and(|base| base.numer.get() == 1 && Some(base.denom.get()) == rate(track))
}

pub fn rate(track: &Track) -> Option<u32> {
    match &track.codec_params {
        Some(CodecParameters::Audio(params)) => params.sample_rate,
        _ => None,
    }
}

/// The number of samples in the file's header; 0 is a placeholder of streams.
pub fn frames(format: &dyn FormatReader, track: &Track) -> Option<u64> {
    let frames = track.num_frames.or(track.duration.filter(|_| exact(track)).map(|d| d.get()));
    let frames = frames.filter(|n| *n > 0)?;
    match format.format_info().short_name {
        // without a Xing or LAME header the number is an estimate from the bit rate
        "mp1" | "mp2" | "mp3" if track.delay.is_none() => None,
        "adts" | "aac" => None,
        // placeholders of programs that write a WAV to a pipe: nearly 2 or 4 GiB
        "wave" | "wav" => {
            let CodecParameters::Audio(params) = track.codec_params.as_ref()? else { return None };
            let channels = params.channels.as_ref().map_or(1, |c| c.count() as u64);
            let bytes = frames * channels * u64::from(params.bits_per_sample.unwrap_or(32).div_ceil(8));
            let unknown =
                [0x7fff_ffff_u64, 0xffff_ffff].iter().any(|end| bytes <= *end && end - bytes < 8192);
            (!unknown).then_some(frames)
        }
        _ => Some(frames),
    }
}

/// Runs a decoder, and converts its panics to errors.
pub fn guard<T>(name: &str, at: u64, decode: impl FnOnce() -> T) -> Result<T> {
    catch_unwind(AssertUnwindSafe(decode)).map_err(|panic| fault::panicked(name, at, &*panic))
}
