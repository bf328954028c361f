//! Vorbis with more than two channels.
//!
//! Symphonia's decoder inverts the channel coupling steps from the first to the last, where the specification (Vorbis
//! I, 4.3.5) has the reverse order. Two channels have one step; with more channels the result is wrong. lewton's
//! decoder is correct.

use lewton::audio::{PreviousWindowRight, read_audio_packet_generic};
use lewton::header::{IdentHeader, SetupHeader, read_header_ident, read_header_setup};
use symphonia::core::audio::{
    AsGenericAudioBufferRef, AudioBuffer, AudioMut, AudioSpec, GenericAudioBufferRef,
};
use symphonia::core::codecs::CodecInfo;
use symphonia::core::codecs::audio::well_known::CODEC_ID_VORBIS;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, FinalizeResult};
use symphonia::core::errors::{Error, Result};
use symphonia::core::packet::PacketRef;

/// Maximum number of samples of a packet.
const MOST: usize = 8192;

const INFO: CodecInfo = CodecInfo { short_name: "vorbis", long_name: "Vorbis", profiles: &[] };

/// The Vorbis channels in the order of WAV: front left, front right, centre, LFE, rear or side left and right, and so
/// on.
const PLACES: [&[usize]; 9] = [
    &[],
    &[0],
    &[0, 1],
    &[0, 2, 1],
    &[0, 1, 2, 3],
    &[0, 2, 1, 3, 4],
    &[0, 2, 1, 4, 5, 3],
    &[0, 2, 1, 5, 6, 4, 3],
    &[0, 2, 1, 6, 7, 4, 5, 3],
];

/// A decoder for more than two channels.
pub struct Surround {
    params: AudioCodecParameters,
    ident: IdentHeader,
    setup: SetupHeader,
    before: PreviousWindowRight,
    samples: AudioBuffer<f32>,
}

impl Surround {
    /// `None` for another codec, fewer channels, and invalid headers.
    pub fn new(params: &AudioCodecParameters) -> Option<Self> {
        let headers = params.extra_data.as_deref().filter(|_| params.codec == CODEC_ID_VORBIS)?;
        let channels = params.channels.clone().filter(|channels| channels.count() > 2)?;
        // the first header has 30 bytes
        let (first, second) = headers.split_at_checked(30)?;
        let ident = read_header_ident(first).ok()?;
        let blocks = (ident.blocksize_0, ident.blocksize_1);
        let setup = read_header_setup(second, ident.audio_channels, blocks).ok()?;
        let spec = AudioSpec::new(ident.audio_sample_rate, channels);
        Some(Self {
            params: params.clone(),
            ident,
            setup,
            before: PreviousWindowRight::new(),
            samples: AudioBuffer::new(spec, MOST),
        })
    }

    fn read(&mut self, packet: &PacketRef<'_>) -> Result<()> {
        self.samples.clear();
        let planes: Vec<Vec<f32>> =
            read_audio_packet_generic(&self.ident, &self.setup, packet.data, &mut self.before)
                .map_err(|_| Error::DecodeError("vorbis: not a packet of this stream"))?;
        let frames = planes.first().map_or(0, Vec::len);
        if frames == 0 {
            return Ok(());
        }
        self.samples.render_uninit(Some(frames));
        let places = PLACES.get(planes.len()).copied().unwrap_or_default();
        for (channel, plane) in planes.iter().enumerate() {
            let place = places.get(channel).copied().unwrap_or(channel);
            if let Some(out) = self.samples.plane_mut(place) {
                out.copy_from_slice(plane);
            }
        }
        self.samples.trim(packet.trim_start.get() as usize, packet.trim_end.get() as usize);
        Ok(())
    }
}

impl AudioDecoder for Surround {
    fn reset(&mut self) {
        self.before = PreviousWindowRight::new();
    }

    fn codec_info(&self) -> &CodecInfo {
        &INFO
    }

    fn codec_params(&self) -> &AudioCodecParameters {
        &self.params
    }

    fn decode_ref(&mut self, packet: &PacketRef<'_>) -> Result<GenericAudioBufferRef<'_>> {
        let read = self.read(packet);
        if read.is_err() {
            self.samples.clear();
        }
        read.map(|()| self.samples.as_generic_audio_buffer_ref())
    }

    fn finalize(&mut self) -> FinalizeResult {
        Default::default()
    }

    fn last_decoded(&self) -> GenericAudioBufferRef<'_> {
        self.samples.as_generic_audio_buffer_ref()
    }
}
