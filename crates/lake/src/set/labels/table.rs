//! The table of usable rows.

use super::ids::{Ids, RowLines};
use super::names::Names;
use super::{GroupCandidate, LabelMap, Texts};

/// The rows of a list by index, from 0.
///
/// # Panics   if an index is not below [`Table::len`]
#[derive(Clone, Debug, Default)]
pub struct Table {
    pub(super) blobs: Texts,
    pub(super) row_lines: RowLines,
    pub(super) labels: Ids,
    pub(super) values: Vec<i64>,
    pub(super) map: Option<LabelMap>,
    pub(super) splits: Option<(Ids, Names)>,
    pub(super) groups: Option<(Ids, Names)>,
    pub(super) columns: Vec<Column>,
    pub(super) group_candidates: Vec<GroupCandidate>,
}

impl Table {
    /// The number of rows.
    pub fn len(&self) -> usize {
        self.blobs.len()
    }
    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.blobs.is_empty()
    }
    /// The name of a row's blob, as in the list.
    pub fn blob(&self, row: usize) -> String {
        self.blobs.get(row)
    }
    /// A row's label.
    pub fn label(&self, row: usize) -> i64 {
        self.values[self.class(row)]
    }
    /// The index of a row's label in [`Table::classes`].
    pub fn class(&self, row: usize) -> usize {
        self.labels.get(row) as usize
    }
    /// The distinct labels in order of appearance.
    pub fn classes(&self) -> &[i64] {
        &self.values
    }
    /// The label map, if labels have names.
    pub fn map(&self) -> Option<&LabelMap> {
        self.map.as_ref()
    }
    /// A row's number in the list, from 1.
    pub fn number(&self, row: usize) -> u32 {
        self.row_lines.get(row).0
    }
    /// The line of the list on which a row begins, from 1.
    pub fn line(&self, row: usize) -> u32 {
        self.row_lines.get(row).1
    }
    /// The number of a row's group, if rows are grouped.
    pub fn group(&self, row: usize) -> Option<usize> {
        self.groups.as_ref().map(|(ids, _)| ids.get(row) as usize)
    }
    /// The number of groups, if rows are grouped.
    pub fn groups(&self) -> Option<usize> {
        self.groups.as_ref().map(|(_, names)| names.len())
    }
    /// The key of a group, by its number.
    pub fn group_key(&self, group: usize) -> &str {
        self.groups.as_ref().map_or("", |(_, names)| names.get(group))
    }
    /// The split of a row in the list, as an index into [`Table::splits`].
    pub fn split(&self, row: usize) -> Option<usize> {
        let (ids, _) = self.splits.as_ref()?;
        (ids.get(row) as usize).checked_sub(1)
    }
    /// The names of the splits in the list in order of appearance, if a column has them.
    pub fn splits(&self) -> Option<Vec<&str>> {
        self.splits.as_ref().map(|(_, names)| names.iter().skip(1).collect())
    }
    /// The columns that may be groups, if they were recorded.
    pub fn group_candidates(&self) -> &[GroupCandidate] {
        &self.group_candidates
    }
    /// Frees splits and groups, which are not needed after planning.
    pub fn forget_splits(&mut self) {
        (self.splits, self.groups, self.group_candidates) = (None, None, vec![]);
    }
    /// The further columns.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }
}

/// The kind of a column's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// 64-bit integers.
    Integer,
    /// Finite numbers.
    Number,
    /// Anything else.
    Text,
}

/// A further column.
#[derive(Clone, Debug)]
pub struct Column {
    name: String,
    kind: Option<Kind>,
    values: Texts,
}

impl Column {
    pub(super) fn new(name: String) -> Self {
        Self { name, kind: None, values: Texts::default() }
    }
    pub(super) fn push(&mut self, value: &str) {
        self.values.push(value);
        if !value.is_empty() && self.kind != Some(Kind::Text) {
            self.kind = self.kind.max(Some(Kind::of(value)));
        }
    }
    /// Its name in the header.
    pub fn name(&self) -> &str {
        &self.name
    }
    /// The kind of all non-empty values; text if all are empty.
    pub fn kind(&self) -> Kind {
        self.kind.unwrap_or(Kind::Text)
    }
    /// A row's value, unless it is empty.
    pub fn value(&self, row: usize) -> Option<String> {
        Some(self.values.get(row)).filter(|value| !value.is_empty())
    }
}

impl Kind {
    /// `007` is text, because it would lose its leading zeros as a number.
    fn of(value: &str) -> Self {
        let digits = value.trim_start_matches(['-', '+']);
        let padded = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
        let number = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.');
        match value {
            _ if padded || !number => Self::Text,
            _ if value.parse::<i64>().is_ok() => Self::Integer,
            _ if value.parse::<f64>().is_ok_and(f64::is_finite) => Self::Number,
            _ => Self::Text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_of_a_column_fits_all_its_values() {
        let kind = |values: &[&str]| {
            let mut column = Column::new("c".into());
            values.iter().for_each(|value| column.push(value));
            column.kind()
        };
        assert_eq!(kind(&["1", "", "-7", "0"]), Kind::Integer);
        assert_eq!(kind(&["1", "0.5", "-1e-3", ".5", "9223372036854775808"]), Kind::Number);
        for text in ["007", "nan", "inf", "1e999", "0x10", "1,5", "male", "-"] {
            assert_eq!(kind(&["1", text, "2"]), Kind::Text, "{text}");
        }
        assert_eq!(kind(&["", ""]), Kind::Text);
    }
}
