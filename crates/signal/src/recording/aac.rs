//! Detects AAC that is not decoded: more than two channels, and the upper band of HE-AAC.

use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::codecs::audio::well_known::CODEC_ID_AAC;

/// Audio object types in an AudioSpecificConfig: SBR, and SBR with parametric stereo.
const SBR: [u32; 2] = [5, 29];
/// The sync word before an extension, which old decoders skip.
const FURTHER: u32 = 0x2b7;

/// The reason why a stream cannot be decoded, if it cannot.
pub fn refused(params: &AudioCodecParameters, channels: usize) -> Option<String> {
    (params.codec == CODEC_ID_AAC)
        .then(|| format!("AAC of {channels} channels; AAC-LC of one or two channels is decoded"))
}

/// Whether the header signals spectral band replication (HE-AAC).
pub fn is_high_efficiency(params: &AudioCodecParameters) -> bool {
    let Some(config) = params.extra_data.as_deref().filter(|_| params.codec == CODEC_ID_AAC) else {
        return false;
    };
    let bits = |at: usize, n: usize| {
        (at..at + n)
            .try_fold(0, |value, at| Some(value << 1 | u32::from(config.get(at / 8)? >> (7 - at % 8) & 1)))
    };
    // object type, rate, channels, three bits; then an optional extension with its flag
    let further = || {
        let at = if bits(5, 4)? == 15 { 40 } else { 16 };
        (bits(at, 11)? == FURTHER && bits(at + 16, 1)? == 1).then(|| bits(at + 11, 5))?
    };
    [bits(0, 5), further()].into_iter().flatten().any(|kind| SBR.contains(&kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_tells_the_kind() {
        let kind = |config: &[u8]| {
            let mut params = AudioCodecParameters::new();
            params.for_codec(CODEC_ID_AAC).with_extra_data(config.into());
            is_high_efficiency(&params)
        };
        // AAC-LC at 44.1 kHz; at 24 kHz followed by SBR; SBR first; parametric stereo first
        assert!(!kind(&[0x12, 0x10]));
        assert!(kind(&[0x13, 0x10, 0x56, 0xe5, 0x98]));
        assert!(!kind(&[0x13, 0x10, 0x56, 0xe5, 0x00]));
        assert!(kind(&[0x2b, 0x11, 0x88, 0x00]));
        assert!(kind(&[0xeb, 0x09, 0x88, 0x00]));
    }
}
