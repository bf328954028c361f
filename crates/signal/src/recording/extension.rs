//! Detects recordings by their file names.

/// The file extensions of the formats that are read here, and of those that are refused with a reason (Opus).
const EXTENSIONS: [&str; 22] = [
    "wav", "wave", "w64", "flac", "mp3", "mp2", "m4a", "mp4", "aac", "ogg", "oga", "opus", "aif", "aiff",
    "aifc", "caf", "mka", "mkv", "webm", "au", "snd", "m4b",
];

/// Whether a file name, a path or an address ends with the extension of a recording. Its case is ignored.
///
/// ```
/// use passband_signal::has_recording_extension;
/// assert!(has_recording_extension("songs/One.FLAC") && !has_recording_extension("songs/one.txt"));
/// assert!(!has_recording_extension("flac") && !has_recording_extension(".flac"));
/// ```
pub fn has_recording_extension(name: &str) -> bool {
    let parts = name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty());
    parts.is_some_and(|(_, extension)| EXTENSIONS.iter().any(|known| known.eq_ignore_ascii_case(extension)))
}
