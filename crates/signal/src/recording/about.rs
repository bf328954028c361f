//! Metadata of the recording in a file: container, codec and tags.

use super::track::guard;
use std::path::Path;
use symphonia::core::formats::FormatReader;
use symphonia::core::formats::probe::Hint;
use symphonia::core::io::{MediaSource, MediaSourceStream};
use symphonia::core::meta::{MetadataRevision, StandardTag};

/// The tags that are read, with their common names.
pub const TAGS: [&str; 9] =
    ["title", "artist", "album", "album_artist", "composer", "genre", "date", "track", "disc"];

/// Maximum length of the text of a tag, in characters.
const LONGEST: usize = 1024;

/// The tags of a file, one for each name in [`TAGS`]; `None` for tags that are missing or cannot be read.
///
/// Reads ID3, Vorbis comments, APE, MP4 atoms, and the other formats that Symphonia supports. Of several values of a
/// tag, the first is used; of several dates, that of the recording has precedence over that of the release.
///
/// # Shape      in the bytes of a file; out a text or `None` for each of [`TAGS`]
/// # Errors     none: if tags are damaged, those before the damage are returned
/// # Example
/// ```
/// use passband_signal::{TAGS, tags};
/// let found = tags(Box::new(std::io::Cursor::new(b"no recording".to_vec())), "notes.txt");
/// assert_eq!((TAGS[0], found), ("title", [const { None }; 9]));
/// ```
pub fn tags(source: Box<dyn MediaSource>, name: &str) -> [Option<String>; TAGS.len()] {
    let mut hint = Hint::new();
    if let Some(extension) = Path::new(name).extension().and_then(|e| e.to_str()) {
        hint.with_extension(extension);
    }
    let stream = MediaSourceStream::new(source, Default::default());
    let read = guard(name, 0, || {
        let probe = symphonia::default::get_probe();
        let mut format = probe.probe(&hint, stream, Default::default(), Default::default()).ok()?;
        Some(of(&mut *format))
    });
    read.ok().flatten().unwrap_or_default()
}

fn of(format: &mut dyn FormatReader) -> [Option<String>; TAGS.len()] {
    let mut found: [Option<String>; TAGS.len()] = Default::default();
    let mut ranks = [u8::MAX; TAGS.len()];
    let mut metadata = format.metadata();
    while let Some(revision) = metadata.current() {
        for (at, rank, text) in standard(revision) {
            if rank < ranks[at] {
                (ranks[at], found[at]) = (rank, Some(text));
            }
        }
        if metadata.pop().is_none() {
            break;
        }
    }
    found
}

/// The known tags: index in [`TAGS`], rank among tags with the same meaning, and text.
fn standard(revision: &MetadataRevision) -> impl Iterator<Item = (usize, u8, String)> {
    let tracks = revision.per_track.iter().flat_map(|track| &track.metadata.tags);
    revision.media.tags.iter().chain(tracks).filter_map(|tag| {
        let text = |text: &str| text.trim_matches(['\0', ' ']).chars().take(LONGEST).collect::<String>();
        let (name, rank, text) = match tag.std.as_ref()? {
            StandardTag::TrackTitle(it) => ("title", 0, text(it)),
            StandardTag::Artist(it) => ("artist", 0, text(it)),
            StandardTag::Performer(it) => ("artist", 1, text(it)),
            StandardTag::Album(it) => ("album", 0, text(it)),
            StandardTag::AlbumArtist(it) => ("album_artist", 0, text(it)),
            StandardTag::Composer(it) => ("composer", 0, text(it)),
            StandardTag::Genre(it) => ("genre", 0, text(it)),
            StandardTag::RecordingDate(it) => ("date", 0, text(it)),
            StandardTag::ReleaseDate(it) => ("date", 1, text(it)),
            StandardTag::OriginalReleaseDate(it) => ("date", 2, text(it)),
            StandardTag::RecordingYear(it) => ("date", 3, it.to_string()),
            StandardTag::ReleaseYear(it) => ("date", 4, it.to_string()),
            StandardTag::TrackNumber(it) => ("track", 0, it.to_string()),
            StandardTag::DiscNumber(it) => ("disc", 0, it.to_string()),
            _ => return None,
        };
        let at = TAGS.iter().position(|known| *known == name)?;
        (!text.is_empty()).then_some((at, rank, text))
    })
}
