//! Columns that may be groups, such as the speaker or the place of recording.

use super::header::loose;
use super::ids::Ids;
use super::names::Names;

/// Names of such columns, without case, spaces, `_` and `-`, and without the suffixes `id`, `name` and `number`.
const GROUPS: [&str; 42] = [
    "speaker",
    "spk",
    "session",
    "subject",
    "patient",
    "participant",
    "person",
    "user",
    "client",
    "singer",
    "performer",
    "player",
    "artist",
    "composer",
    "album",
    "track",
    "song",
    "recording",
    "recordist",
    "recorder",
    "source",
    "site",
    "station",
    "location",
    "place",
    "room",
    "device",
    "microphone",
    "mic",
    "machine",
    "animal",
    "individual",
    "instrument",
    "video",
    "youtube",
    "freesound",
    "fsid",
    "fold",
    "group",
    "author",
    "donor",
    "channel",
];
/// Names of columns that describe a recording rather than its source.
const TRAITS: [&str; 24] = [
    "gender",
    "sex",
    "age",
    "accent",
    "accents",
    "dialect",
    "language",
    "lang",
    "locale",
    "country",
    "format",
    "codec",
    "quality",
    "license",
    "licence",
    "split",
    "set",
    "subset",
    "partition",
    "emotion",
    "intensity",
    "variant",
    "segment",
    "text",
];
/// Maximum number of distinct values of a group.
const MOST: usize = 200_000;

/// A column that may be a group, with its values.
#[derive(Clone, Debug)]
pub struct GroupCandidate {
    /// Its name.
    pub name: String,
    /// Whether its name is that of a group.
    pub has_group_name: bool,
    /// Whether any of its values is not a number.
    pub has_text: bool,
    ids: Ids,
    names: Names,
}

impl GroupCandidate {
    /// Returns `None` if the name is that of a trait.
    pub(super) fn new(name: &str) -> Option<Self> {
        let plain = loose(name);
        if TRAITS.contains(&plain.as_str()) {
            return None;
        }
        let stem =
            ["id", "ids", "name", "number", "no", "key"].iter().find_map(|end| plain.strip_suffix(end));
        let has_group_name = [Some(plain.as_str()), stem].iter().flatten().any(|name| GROUPS.contains(name));
        let mut names = Names::default();
        // number 0 represents a missing value
        names.number("");
        Some(Self { name: name.to_owned(), has_group_name, has_text: false, ids: Ids::default(), names })
    }

    /// Adds a row's value; returns false if the column cannot be a group.
    pub(super) fn push(&mut self, value: &str) -> bool {
        self.has_text |= !value.is_empty() && value.parse::<f64>().is_err();
        self.ids.push(self.names.number(value));
        self.names.len() <= MOST
    }

    /// The number of distinct values, including the empty one.
    pub fn values(&self) -> usize {
        self.names.len()
    }

    /// The number of a row's value; 0 if it is empty.
    pub fn value(&self, row: usize) -> usize {
        self.ids.get(row) as usize
    }
}
