//! The library: the recordings of a table, in memory as far as they are searched, and as whole rows in the store.

pub mod column;
pub mod filter;
mod load;
pub mod music;
pub mod vectors;

use column::{Column, Values};
pub use load::{Loader, is_of_recordings};
pub use music::Music;
use passband_lake::table::sql::Schema;
use passband_signal::{Fault, Result};
use std::collections::HashMap;
use std::sync::OnceLock;
use vectors::Vectors;

/// The recordings of a table, as it was when it was read.
#[derive(Debug, Default)]
pub struct Library {
    /// The name of the table.
    pub source: String,
    /// Columns of numbers and texts.
    pub columns: Vec<Column>,
    /// The id of each recording.
    pub ids: Vec<String>,
    by_id: HashMap<String, u32>,
    /// The feature vectors.
    pub vectors: Vectors,
    /// The musical content.
    pub music: Music,
    /// The fingerprints, if the table has them.
    pub fingerprints: Option<Vec<Option<String>>>,
    /// The description of its columns, made when it is first asked for.
    pub description: OnceLock<String>,
    /// When it was read, in ISO 8601.
    pub refreshed: String,
}

impl Library {
    /// Number of recordings.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// The position of a recording.
    pub fn row(&self, id: &str) -> Option<u32> {
        self.by_id.get(id).copied()
    }

    /// The position of a column.
    ///
    /// # Errors  no such column, with those that there are
    pub fn column(&self, name: &str) -> Result<usize> {
        self.columns.iter().position(|column| column.name == name).ok_or_else(|| {
            let names: Vec<&str> = self.columns.iter().map(|column| &*column.name).collect();
            Fault::new(format!("there is no column {name}"))
                .why(passband_flow::config::unknown(name, &names))
                .fix("use a column of numbers or texts")
        })
    }

    /// A text of a recording.
    pub fn text(&self, name: &str, row: usize) -> Option<&str> {
        let column = self.columns.iter().find(|column| column.name == name)?;
        match &column.values {
            Values::Texts(texts) => texts.get(row),
            Values::Numbers(_) => None,
        }
    }
}

/// The unit or the description of a field, if the file has it.
pub fn about(schema: &Schema, at: usize, what: &str) -> Option<String> {
    schema.field(at).metadata().get(what).filter(|text| !text.is_empty()).cloned()
}
