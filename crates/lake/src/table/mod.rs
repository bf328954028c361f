//! Records as Arrow columns, and the file formats that store them.
//!
//! The schema is derived from the declaration of the record in its plain form, preceded by a column with the name of
//! the stream; no code here is specific to a kind of record.

pub mod columns;
mod formats;
pub mod iceberg;
pub mod learning;
pub mod sql;
#[cfg(test)]
mod tests;

pub use formats::{Arrow, Parquet};
