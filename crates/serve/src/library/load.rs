//! Builds the library from the rows of a table.

use super::column::{Column, Texts, Values};
use super::music::{Music, intervals, steps};
use super::vectors::Vectors;
use super::{Library, about};
use crate::store::Writing;
use passband_lake::table::sql::{
    Batch, ColumnKind, Output, OutputFormat, Schema, numbers, text_lists, texts, vectors,
};
use passband_signal::Result;
use std::collections::HashMap;

/// Columns whose texts name or encode a recording and are neither searched nor listed.
const HIDDEN: [&str; 4] = ["content_hash", "fingerprint", "stream", "passband_version"];
/// Maximum width of the feature vectors.
const WIDEST: usize = 512;

/// Whether a table with these columns has one row per recording.
pub fn is_of_recordings(schema: &Schema) -> bool {
    let has = |name: &str| schema.field_with_name(name).is_ok();
    has("path") && has("duration") && !has("frame")
}

/// The role of a column of the table.
enum Role {
    /// A column of the library.
    Listed(usize),
    Chords,
    Beats,
    Pattern,
    LowPattern,
    Fingerprint,
    /// A part of the feature vectors: its column there, if it has the same length in every row.
    Feature(usize),
    Other,
}

/// The values of a list column, one after the other; an empty list is NaN throughout.
struct Feature {
    name: String,
    /// Length of the lists; `None` as long as all are empty.
    width: Option<usize>,
    is_even: bool,
    values: Vec<f32>,
}

impl Feature {
    /// Adds the lists of rows, of which there are `before` already.
    fn add(&mut self, lists: &[Vec<f32>], before: usize) {
        for (at, list) in lists.iter().enumerate() {
            if !self.is_even {
                return;
            }
            let width = *match (&mut self.width, list.len()) {
                (Some(width), _) => width,
                (None, 0) => continue,
                (width @ None, length) => {
                    self.values.resize((before + at) * length, f32::NAN);
                    width.insert(length)
                }
            };
            match list.len() {
                0 => self.values.resize(self.values.len() + width, f32::NAN),
                length if length == width => self.values.extend_from_slice(list),
                _ => (self.is_even, self.values) = (false, vec![]),
            }
        }
    }
}

/// Collects the rows of a table.
pub struct Loader {
    library: Library,
    roles: Vec<Role>,
    features: Vec<Feature>,
    /// The name of each recording: the title, or the name of the file.
    names: Texts,
    versions: Vec<f64>,
    by_id: HashMap<String, usize>,
    keep: Vec<bool>,
}

impl Loader {
    /// Prepares for the rows of a table with these columns.
    pub fn new(source: &str, schema: &Schema) -> Self {
        let (mut columns, mut features): (Vec<Column>, Vec<Feature>) = (vec![], vec![]);
        let mut library = Library { source: source.into(), ..Library::default() };
        let roles = schema.fields().iter().enumerate().map(|(at, field)| {
            let name = field.name().as_str();
            match (name, ColumnKind::of(field.data_type())) {
                ("fingerprint", ColumnKind::Text) => {
                    library.fingerprints = Some(vec![]);
                    Role::Fingerprint
                }
                (name, _) if HIDDEN.contains(&name) => Role::Other,
                (_, kind @ (ColumnKind::Number | ColumnKind::Text)) => {
                    let values = match kind {
                        ColumnKind::Number => Values::Numbers(vec![]),
                        _ => Values::Texts(Texts::default()),
                    };
                    let (unit, doc) = (about(schema, at, "unit"), about(schema, at, "doc"));
                    columns.push(Column { name: name.into(), unit, doc, values });
                    Role::Listed(columns.len() - 1)
                }
                ("chords", ColumnKind::List) => Role::Chords,
                ("beats", ColumnKind::List) => Role::Beats,
                ("bar_pattern", ColumnKind::List) => Role::Pattern,
                ("bar_pattern_low", ColumnKind::List) => Role::LowPattern,
                (name, ColumnKind::List) if name.ends_with("_mean") || name.ends_with("_deviation") => {
                    features.push(Feature { name: name.into(), width: None, is_even: true, values: vec![] });
                    Role::Feature(features.len() - 1)
                }
                _ => Role::Other,
            }
        });
        let roles = roles.collect();
        library.columns = columns;
        let (names, versions, by_id, keep) = (Texts::default(), vec![], HashMap::new(), vec![]);
        Self { library, roles, features, names, versions, by_id, keep }
    }

    /// Adds rows, and stores them whole.
    pub fn add(&mut self, batch: &Batch, store: &mut Writing) -> Result<()> {
        let first = self.keep.len();
        let count = batch.num_rows();
        let column = |name: &str| batch.schema().index_of(name).ok().map(|at| batch.column(at).clone());
        let hashes = column("content_hash").and_then(|column| texts(&column));
        let versions = column("feature_version").and_then(|column| numbers(&column));
        let paths = column("path").and_then(|column| texts(&column)).unwrap_or_else(|| vec![None; count]);
        for (role, column) in self.roles.iter().zip(batch.columns()) {
            match role {
                Role::Listed(at) => match &mut self.library.columns[*at].values {
                    Values::Numbers(all) => {
                        all.extend(numbers(column).unwrap_or_else(|| vec![f64::NAN; count]))
                    }
                    Values::Texts(all) => {
                        let texts = texts(column).unwrap_or_else(|| vec![None; count]);
                        texts.iter().for_each(|text| all.push(text.as_deref()));
                    }
                },
                Role::Chords => {
                    for labels in text_lists(column).unwrap_or_else(|| vec![vec![]; count]) {
                        let chords = self.library.music.encode(&labels);
                        self.library.music.chords.push(chords);
                    }
                }
                Role::Feature(at) => {
                    let rows = vectors(column).unwrap_or_else(|| vec![vec![]; count]);
                    self.features[*at].add(&rows, first);
                }
                Role::Fingerprint => {
                    let prints = texts(column).unwrap_or_else(|| vec![None; count]);
                    self.library.fingerprints.get_or_insert_default().extend(prints);
                }
                Role::Beats | Role::Pattern | Role::LowPattern => {
                    let rows = vectors(column).unwrap_or_else(|| vec![vec![]; count]);
                    let Music { intervals: all, patterns, low_patterns, .. } = &mut self.library.music;
                    match role {
                        Role::Beats => all.extend(rows.iter().map(|row| intervals(row))),
                        Role::Pattern => patterns.extend(rows.iter().map(|row| steps(row))),
                        _ => low_patterns.extend(rows.iter().map(|row| steps(row))),
                    }
                }
                Role::Other => {}
            }
        }
        let mut lines = Output::new(OutputFormat::Json, Vec::new(), &batch.schema())?;
        lines.write(batch)?;
        let lines = lines.finish()?;
        let mut lines = lines.split(|byte| *byte == b'\n');
        for at in 0..count {
            let row = first + at;
            let id = hashes.as_ref().and_then(|hashes| hashes[at].clone()).filter(|hash| !hash.is_empty());
            let id = id.unwrap_or_else(|| format!("row-{row}"));
            let version = versions.as_ref().map_or(0.0, |versions| versions[at]);
            let line = lines.next().unwrap_or_default();
            self.names.push(paths[at].as_deref().map(file_name));
            self.versions.push(version);
            let earlier = self.by_id.get(&id).copied();
            // of several rows of a recording the newest is shown
            let is_newest = earlier.is_none_or(|earlier| self.versions[earlier] <= version);
            self.keep.push(is_newest);
            if is_newest {
                if let Some(earlier) = earlier {
                    self.keep[earlier] = false;
                }
                self.by_id.insert(id.clone(), row);
                store.put(&id, line)?;
            }
            self.library.ids.push(id);
        }
        Ok(())
    }

    /// The library of the rows added.
    pub fn finish(self) -> Library {
        let Self { mut library, features, names, keep, .. } = self;
        let doc = "The name of the file, without its folder.";
        let column = |name: &str, doc: &str, values: Values| Column {
            name: name.into(),
            unit: None,
            doc: Some(doc.into()),
            values,
        };
        if !library.columns.iter().any(|column| column.name == "name") {
            library.columns.insert(0, column("name", doc, Values::Texts(names)));
        }
        library.columns.iter_mut().for_each(|column| column.keep(&keep));
        library.music.keep(&keep);
        let mut each = keep.iter();
        library.ids.retain(|_| *each.next().unwrap_or(&true));
        if let Some(prints) = &mut library.fingerprints {
            let mut each = keep.iter();
            prints.retain(|_| *each.next().unwrap_or(&true));
        }
        library.by_id = library.ids.iter().cloned().zip(0..).collect();
        library.vectors = combined(features, &keep);
        if let Some(map) = library.vectors.map() {
            let doc = "Position on the map: a principal component of the features.";
            for (name, values) in ["map_x", "map_y"].into_iter().zip(map) {
                library.columns.push(column(name, doc, Values::Numbers(values)));
            }
        }
        library.refreshed = jiff::Timestamp::now().to_string();
        library
    }
}

/// The last part of a path or address.
pub fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().filter(|name| !name.is_empty()).unwrap_or(path)
}

/// Joins the features to one vector per recording.
fn combined(features: Vec<Feature>, keep: &[bool]) -> Vectors {
    let mut width = 0;
    let fits = |feature: &Feature| {
        let own = feature.width.filter(|_| feature.is_even).unwrap_or(0);
        let fits = own > 0 && width + own <= WIDEST;
        width += if fits { own } else { 0 };
        fits
    };
    let mut fits = fits;
    let features: Vec<Feature> = features.into_iter().filter(|feature| fits(feature)).collect();
    let mut values = Vec::with_capacity(width * keep.len());
    for (row, _) in keep.iter().enumerate().filter(|(_, keep)| **keep) {
        for feature in &features {
            let width = feature.width.unwrap_or(0);
            values.extend_from_slice(&feature.values[row * width..][..width]);
        }
    }
    Vectors::new(features.into_iter().map(|feature| feature.name).collect(), width, values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_of_uneven_lists_are_left_out_and_empty_lists_are_missing() {
        let feature = || Feature { name: "x".into(), width: None, is_even: true, values: vec![] };
        let mut even = feature();
        even.add(&[vec![], vec![1.0, 2.0]], 0);
        even.add(&[vec![], vec![3.0, 4.0]], 2);
        let values: Vec<String> = even.values.iter().map(f32::to_string).collect();
        assert_eq!(values.join(" "), "NaN NaN 1 2 NaN NaN 3 4");
        let mut uneven = feature();
        uneven.add(&[vec![1.0], vec![1.0, 2.0], vec![3.0]], 0);
        assert!(!uneven.is_even && uneven.values.is_empty());
        let vectors = combined(vec![even, uneven], &[true, true, false, true]);
        assert_eq!(vectors.features, ["x"]);
        assert_eq!(vectors.near(1).len(), 1);
    }

    #[test]
    fn names_are_the_last_part() {
        assert_eq!(file_name("music/a b.flac"), "a b.flac");
        assert_eq!(file_name("s3://bucket/x.wav"), "x.wav");
        assert_eq!(file_name("x.wav"), "x.wav");
    }
}
