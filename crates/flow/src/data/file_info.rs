//! What is known of the file of a recording.

use passband_signal::TAGS;

/// What is known of the file that a recording is read from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FileInfo {
    /// Its path, or its address.
    pub path: String,
    /// XXH3-128 of its bytes, as 32 hexadecimal digits.
    pub content_hash: String,
    /// The container, such as `mp4`.
    pub container: String,
    /// The codec, such as `aac`.
    pub codec: String,
    /// Its tags, in the order of [`TAGS`].
    pub tags: [Option<String>; TAGS.len()],
}
