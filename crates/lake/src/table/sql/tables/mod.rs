//! Iceberg tables by name, as they are or as they were.
//!
//! The files of a snapshot are planned by Iceberg, and read by DataFusion on all threads.

mod fields;
mod filter;
mod scan;
mod versions;

use crate::table::iceberg::{Warehouse, WarehouseSettings, short};
use datafusion::catalog::TableProvider;
use datafusion::common::TableReference;
use iceberg::ErrorKind;
use iceberg::table::Table;
use passband_signal::{Fault, Result};
pub use scan::IcebergTable;
use std::sync::{Arc, Mutex, PoisonError};
pub use versions::{Version, normal, reference, take_versions};

/// The warehouse of a session, opened when a statement first names a table.
pub struct Tables {
    settings: WarehouseSettings,
    open: Mutex<Option<Arc<Warehouse>>>,
}

impl Tables {
    pub fn new(settings: WarehouseSettings) -> Self {
        Self { settings, open: Mutex::default() }
    }

    /// The warehouse; none, if nobody named one and there is none in this folder.
    pub fn warehouse(&self) -> Result<Option<Arc<Warehouse>>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = &*open {
            return Ok(Some(open.clone()));
        }
        if !self.settings.is_there() {
            return Ok(None);
        }
        let opened = self.opened(Warehouse::open)?;
        Ok(Some(open.insert(opened).clone()))
    }

    /// The warehouse; a local one that is not there yet is made.
    pub fn create(&self) -> Result<Arc<Warehouse>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        match &*open {
            Some(open) => Ok(open.clone()),
            None => Ok(open.insert(self.opened(Warehouse::create)?).clone()),
        }
    }

    fn opened(&self, open: fn(&WarehouseSettings) -> Result<Warehouse>) -> Result<Arc<Warehouse>> {
        let settings = self.settings.clone();
        // the warehouse waits for its own threads, which a thread of the queries must not
        let opened = std::thread::spawn(move || open(&settings)).join();
        opened.unwrap_or_else(|_| Err(Fault::new("the warehouse cannot be opened"))).map(Arc::new)
    }

    /// The table of this name as it is, or as it was in that version; none, if there is no such table.
    pub async fn table(
        &self,
        reference: &TableReference,
        version: Option<&Version>,
    ) -> Result<Option<Arc<dyn TableProvider>>> {
        let name = match reference {
            TableReference::Bare { table } => table.to_string(),
            TableReference::Partial { schema, table } => format!("{schema}.{table}"),
            TableReference::Full { .. } => return Ok(None),
        };
        let Ok(ident) = Warehouse::name(&name) else { return Ok(None) };
        let Some(warehouse) = self.warehouse()? else { return Ok(None) };
        match warehouse.catalog().load_table(&ident).await {
            Ok(table) => {
                let snapshot = version.map(|version| version.find(&table, &name)).transpose()?;
                let table = IcebergTable::new(table, snapshot, self.settings.store.clone());
                table
                    .map(|table| Some(Arc::new(table) as _))
                    .map_err(|error| warehouse.fault(format!("the table {name} cannot be read"), error))
            }
            Err(error) if matches!(error.kind(), ErrorKind::TableNotFound | ErrorKind::NamespaceNotFound) => {
                Ok(None)
            }
            Err(error) => Err(warehouse.fault(format!("the table {name} cannot be loaded"), error)),
        }
    }

    /// The names of the tables, as far as a warehouse is open or in this folder.
    pub fn names(&self) -> Vec<String> {
        let Ok(Some(warehouse)) = self.warehouse() else { return vec![] };
        let listed = std::thread::spawn(move || warehouse.tables()).join();
        let names = listed.ok().and_then(Result::ok).unwrap_or_default();
        names.iter().map(short).collect()
    }
}

/// The snapshots of a table, the oldest first.
fn snapshots(table: &Table) -> Vec<&iceberg::spec::SnapshotRef> {
    let mut all: Vec<_> = table.metadata().snapshots().collect();
    all.sort_by_key(|snapshot| snapshot.sequence_number());
    all
}
