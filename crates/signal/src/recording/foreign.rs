//! Unsupported formats, detected by their first bytes so that the error can name them.

const NAMES: [(&[u8], &str); 10] = [
    (b"wvpk", "WavPack"),
    (b"MAC ", "Monkey's Audio"),
    (b"MPCK", "Musepack"),
    (b"MP+", "Musepack"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "Windows Media"),
    (b"riff\x2e\x91\xcf\x11", "Sony Wave64"),
    (b".snd", "Sun AU"),
    (b"#!AMR", "AMR"),
    (b"DSD ", "DSD"),
    (b"TTA1", "True Audio"),
];

/// The name of the format, if it is one of these.
pub fn name(head: &[u8]) -> Option<&'static str> {
    NAMES.iter().find(|(magic, _)| head.starts_with(magic)).map(|(_, name)| *name)
}
