//! Records as columns: Arrow, and the files that hold them.
//!
//! The schema is that of the record's declaration in its plain form, with the name of the stream before it, so that a
//! kind of record needs nothing of its own here.

pub mod columns;
mod formats;
pub mod iceberg;
pub mod sql;
#[cfg(test)]
mod tests;

pub use formats::{Arrow, Parquet};
