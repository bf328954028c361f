//! The rows of a shard, from the list and the plan.

use super::source::PlannedSet;
use crate::set::labels::Kind;
use crate::set::plan::Inspection;
use passband_flow::data::{ColumnValue, ExampleRow, Rows, Shard};
use passband_signal::Result;
use std::sync::Arc;

impl Rows for PlannedSet {
    fn count(&self, shard: &Shard) -> usize {
        let (split, index) = self.places[shard.number as usize];
        self.plan.entries(split, index).len()
    }

    fn rows(&self, shard: &Shard, from: usize, take: usize) -> Result<Vec<ExampleRow>> {
        let (split, index) = self.places[shard.number as usize];
        let entries = self.plan.entries(split, index).skip(from).take(take);
        let row = |entry: crate::set::plan::Entry| {
            let (row, table) = (entry.row as usize, &self.table);
            let content = match self.inspections.get(row) {
                Some(Inspection::Good { content, .. }) => content,
                _ => 0,
            };
            ExampleRow {
                number: u64::from(table.number(row)),
                blob: table.blob(row),
                label: table.label(row),
                columns: self.fields(row),
                first: entry.first,
                records: entry.records,
                content,
            }
        };
        Ok(entries.map(row).collect())
    }
}

impl PlannedSet {
    fn fields(&self, row: usize) -> Vec<(Arc<str>, ColumnValue)> {
        let columns = self.table.columns().iter().zip(&self.columns);
        let fields = columns.filter_map(|(column, name)| {
            let value = column.value(row)?;
            let field = match column.kind() {
                Kind::Integer => value.parse().ok().map(ColumnValue::Int),
                Kind::Number => value.parse().ok().map(ColumnValue::Float),
                Kind::Text => None,
            };
            Some((name.clone(), field.unwrap_or_else(|| ColumnValue::Text(value.into()))))
        });
        fields.collect()
    }
}
