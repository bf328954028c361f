//! Apache Iceberg: warehouses, their catalogues, and the tables in them. Only this module and the SQL module next to it
//! use the crate `iceberg`.
//!
//! [`Warehouse`] opens a catalogue (one SQLite file in a local folder, or a REST service) and loads its tables:
//!
//! ```
//! use passband_lake::table::iceberg::{Warehouse, WarehouseSettings};
//! let folder = tempfile::tempdir().unwrap();
//! let warehouse = Some(folder.path().join("warehouse").display().to_string());
//! let settings = WarehouseSettings { warehouse, ..WarehouseSettings::default() };
//! assert!(Warehouse::open(&settings).is_err()); // there is none yet
//! let warehouse = Warehouse::create(&settings)?;
//! assert!(warehouse.tables()?.is_empty());
//! assert!(warehouse.load("features").is_err());
//! # Ok::<(), passband_signal::Fault>(())
//! ```

pub(crate) mod append;
mod commit;
mod data_files;
mod fault;
mod history;
pub mod inspect;
mod keeper;
mod ledger;
mod local;
pub mod maintain;
mod partition_path;
mod pinned;
mod remote;
mod rows;
mod schema;
mod sink;
mod storage;
#[cfg(test)]
mod tests;
mod version_hint;
mod warehouse;

pub use fault::fault;
pub use sink::Iceberg;
pub use warehouse::{Warehouse, WarehouseSettings, short};
