//! SQL over files, recordings and tables, by DataFusion.
//!
//! A [`Session`] parses text into statements and runs each; rows come as Arrow batches. Files are tables by their path
//! (`files.rs`), Iceberg tables by their name, as they are or as they were (`tables/mod.rs`), recordings by a table function (`recordings/mod.rs`). What is wrong with a statement is told with its place
//! and the names that could be meant (`fault.rs`).

mod fault;
mod files;
mod fingerprints;
mod functions;
mod latest;
mod measures;
mod names;
mod output;
mod parse;
mod predict;
mod recordings;
mod session;
mod tables;
#[cfg(test)]
mod tests;
mod text;
mod values;
mod windows;
mod write;

pub use datafusion::arrow::array::RecordBatch as Batch;
pub use datafusion::arrow::datatypes::SchemaRef as Schema;
pub use fault::SqlError;
pub use functions::{TABLE_FUNCTIONS, TableFunction};
pub use output::{Output, OutputFormat};
pub use parse::{Statement, is_complete};
pub use session::{Answer, Interrupt, Session};
pub use text::TextTable;
pub use values::{ColumnKind, numbers, text_lists, texts, vectors};
