//! Labelled rows, checked.

use passband_signal::{Fault, Result};
use std::collections::{BTreeMap, BTreeSet};
use xxhash_rust::xxh3::Xxh3;

/// Rows of a table as they come: feature columns, a label and a group per row. [`Dataset::new`] checks them.
///
/// Lists are flattened by the caller: a column `mfcc_mean` of 13 values becomes `mfcc_mean[0]` … `mfcc_mean[12]`.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// Features by name; all of the same length. `NaN` means missing.
    pub columns: Vec<(String, Vec<f64>)>,
    /// The class of each row; an empty text means that the row has no label.
    pub labels: Vec<String>,
    /// The group of each row, such as the artist. Rows of one group are never on both sides of a split.
    pub groups: Vec<String>,
    /// A name for each row, for messages.
    pub ids: Vec<String>,
    /// Name of the column of labels, such as `genre`.
    pub label: String,
    /// Name of the column of groups, such as `artist`.
    pub group: String,
    /// The feature version of all rows.
    pub feature_version: String,
}

/// Checked rows, from which a model can be learned.
///
/// Values are rounded to 32 bits, the precision of the exported model.
///
/// ```
/// use passband_learn::{Dataset, Rows};
/// let text = |items: &[&str]| items.iter().map(|t| t.to_string()).collect::<Vec<_>>();
/// let data = Dataset::new(Rows {
///     columns: vec![("tempo".into(), vec![70.0, 128.0, f64::NAN]), ("rate".into(), vec![1.0; 3])],
///     labels: text(&["ballad", "techno", "techno"]),
///     groups: text(&["a", "b", "c"]),
///     ids: text(&["1.wav", "2.wav", "3.wav"]),
///     label: "genre".into(),
///     group: "artist".into(),
///     feature_version: "1".into(),
/// })?;
/// assert_eq!(data.features(), ["tempo"]);
/// assert_eq!(data.remarks()[0], "column rate is not used: all its values are equal");
/// # Ok::<(), passband_signal::Fault>(())
/// ```
#[derive(Clone, Debug)]
pub struct Dataset {
    pub(crate) features: Vec<String>,
    /// Values by feature, then by row.
    pub(crate) columns: Vec<Vec<f32>>,
    pub(crate) classes: Vec<String>,
    /// Index of the class of each row.
    pub(crate) labels: Vec<usize>,
    pub(crate) groups: Vec<String>,
    /// Index of the group of each row.
    pub(crate) group_of: Vec<usize>,
    pub(crate) ids: Vec<String>,
    pub(crate) label: String,
    pub(crate) group: String,
    pub(crate) feature_version: String,
    pub(crate) hash: String,
    remarks: Vec<String>,
}

impl Dataset {
    /// Checks rows. Rows without label or group and columns without information are dropped, with a
    /// [remark](Self::remarks).
    ///
    /// # Errors
    /// Columns of different lengths or of equal names, infinite values, fewer than two classes, groups or usable
    /// columns.
    pub fn new(rows: Rows) -> Result<Self> {
        check_shape(&rows)?;
        check_values(&rows)?;
        let mut remarks = Vec::new();
        let kept = labelled(&rows, &mut remarks);
        let (classes, labels) = indexed(kept.iter().map(|&row| &rows.labels[row]));
        let (groups, group_of) = indexed(kept.iter().map(|&row| &rows.groups[row]));
        at_least_two(&classes, &rows.label, "class", "label rows of at least two classes")?;
        at_least_two(
            &groups,
            &rows.group,
            "group",
            "use a column of groups with several values, such as artist, album or speaker",
        )?;
        let (features, columns) = informative(&rows, &kept, &mut remarks)?;
        let ids: Vec<_> = kept.iter().map(|&row| rows.ids[row].clone()).collect();
        let Rows { label, group, feature_version, .. } = rows;
        let mut data = Self {
            features,
            columns,
            classes,
            labels,
            groups,
            group_of,
            ids,
            label,
            group,
            feature_version,
            hash: String::new(),
            remarks,
        };
        data.hash = data.digest();
        let single = data.untestable();
        for (class, _) in data.classes.iter().zip(&single).filter(|(_, single)| **single) {
            data.remarks.push(format!(
                "class {class} is in one {} only: it is learned but cannot be tested, so no score includes it",
                data.group
            ));
        }
        if single.iter().all(|&single| single) {
            return Err(Fault::new(format!("no class of {} can be tested", data.label))
                .why(format!(
                    "each class is in one {} only, so a model that recognises the {0} would seem perfect",
                    data.group
                ))
                .fix(format!("add rows of other values of {}, or group by another column", data.group)));
        }
        Ok(data)
    }

    /// Names of the features, in the order of the model's inputs.
    pub fn features(&self) -> &[String] {
        &self.features
    }
    /// Names of the classes, sorted.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }
    /// Names of the groups, sorted.
    pub fn groups(&self) -> &[String] {
        &self.groups
    }
    /// Names of the rows.
    pub fn ids(&self) -> &[String] {
        &self.ids
    }
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.labels.len()
    }
    /// What was dropped, and what cannot be tested.
    pub fn remarks(&self) -> &[String] {
        &self.remarks
    }
    /// XXH3-128 of features, values, labels, groups and names of rows.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Values of one row in the order of [`features`](Self::features), as [`Model::predict`](crate::Model::predict)
    /// expects them.
    pub fn row(&self, row: usize) -> Vec<f64> {
        self.columns.iter().map(|column| f64::from(column[row])).collect()
    }

    /// For each class, whether all its rows are in one group.
    pub(crate) fn untestable(&self) -> Vec<bool> {
        let mut groups = vec![BTreeSet::new(); self.classes.len()];
        for (&class, &group) in self.labels.iter().zip(&self.group_of) {
            groups[class].insert(group);
        }
        groups.iter().map(|groups| groups.len() < 2).collect()
    }

    fn digest(&self) -> String {
        let mut hash = Xxh3::new();
        let mut text = |text: &str| {
            hash.update(&(text.len() as u64).to_le_bytes());
            hash.update(text.as_bytes());
        };
        self.features.iter().for_each(|name| text(name));
        self.ids.iter().for_each(|name| text(name));
        self.labels.iter().for_each(|&class| text(&self.classes[class]));
        self.group_of.iter().for_each(|&group| text(&self.groups[group]));
        [&self.label, &self.group, &self.feature_version].into_iter().for_each(|name| text(name));
        for value in self.columns.iter().flatten() {
            // There are many bit patterns of NaN.
            let value = if value.is_nan() { f32::NAN } else { *value };
            hash.update(&value.to_bits().to_le_bytes());
        }
        format!("{:032x}", hash.digest128())
    }
}

fn check_shape(rows: &Rows) -> Result<()> {
    let n = rows.labels.len();
    let lengths = [(&rows.group, rows.groups.len()), (&rows.label, n)];
    let lengths = lengths.into_iter().chain(rows.columns.iter().map(|(name, values)| (name, values.len())));
    if let Some((name, length)) = lengths.into_iter().find(|(_, length)| *length != n) {
        return Err(Fault::new(format!("column {name} has {length} values, but there are {n} rows")));
    }
    if rows.ids.len() != n {
        return Err(Fault::new(format!("{} names of rows for {n} rows", rows.ids.len())));
    }
    let mut names = BTreeSet::new();
    if let Some((name, _)) = rows.columns.iter().find(|(name, _)| !names.insert(name)) {
        return Err(Fault::new(format!("there are two columns {name}")).fix("rename one of them"));
    }
    Ok(())
}

fn check_values(rows: &Rows) -> Result<()> {
    for (name, values) in &rows.columns {
        if let Some(row) = values.iter().position(|value| (*value as f32).is_infinite()) {
            let value = values[row];
            let why = match value.is_infinite() {
                true => "an infinite value has no mean and no distance to others".to_owned(),
                false => format!("models have a precision of 32 bits, whose maximum is {:e}", f32::MAX),
            };
            return Err(Fault::new(format!("column {name} has the value {value:e}"))
                .at(format!("row {}", rows.ids[row]))
                .why(why)
                .fix("replace it by null, or leave the column out"));
        }
    }
    Ok(())
}

/// Rows with a label and a group.
fn labelled(rows: &Rows, remarks: &mut Vec<String>) -> Vec<usize> {
    let all = 0..rows.labels.len();
    for (name, texts) in [(&rows.label, &rows.labels), (&rows.group, &rows.groups)] {
        let missing = texts.iter().filter(|text| text.is_empty()).count();
        if missing > 0 {
            remarks.push(format!("{missing} rows without a value of {name} are not used"));
        }
    }
    all.filter(|&row| !rows.labels[row].is_empty() && !rows.groups[row].is_empty()).collect()
}

/// Distinct texts, sorted, and the index of each text among them.
pub(crate) fn indexed<'a>(texts: impl Iterator<Item = &'a String> + Clone) -> (Vec<String>, Vec<usize>) {
    let distinct: BTreeSet<_> = texts.clone().collect();
    let index: BTreeMap<_, _> = distinct.iter().enumerate().map(|(i, text)| (*text, i)).collect();
    (distinct.iter().map(|text| (*text).clone()).collect(), texts.map(|text| index[text]).collect())
}

fn at_least_two(names: &[String], column: &str, what: &str, fix: &str) -> Result<()> {
    let why = match names {
        [] => format!("no row has a value of {column} and of the group"),
        [one] => format!("all rows have the {what} {one}"),
        _ => return Ok(()),
    };
    Err(Fault::new(format!("column {column} has fewer than two values")).why(why).fix(fix))
}

/// Columns with at least two values.
fn informative(
    rows: &Rows,
    kept: &[usize],
    remarks: &mut Vec<String>,
) -> Result<(Vec<String>, Vec<Vec<f32>>)> {
    let (mut names, mut columns) = (Vec::new(), Vec::new());
    for (name, values) in &rows.columns {
        let column: Vec<f32> = kept.iter().map(|&row| values[row] as f32).collect();
        let mut present = column.iter().filter(|value| !value.is_nan());
        let why = match present.next() {
            None => "it has no values",
            // A value that is present or missing is information too.
            Some(first) if present.clone().count() + 1 == column.len() && present.all(|v| v == first) => {
                "all its values are equal"
            }
            Some(_) => {
                names.push(name.clone());
                columns.push(column);
                continue;
            }
        };
        remarks.push(format!("column {name} is not used: {why}"));
    }
    if columns.is_empty() {
        return Err(Fault::new("there is no column to learn from")
            .why("no column has two different numbers")
            .fix("add columns of features, such as those of passband analyze"));
    }
    Ok((names, columns))
}
