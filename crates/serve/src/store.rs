//! The store: the whole row of each recording by its id, in an embedded database.
//!
//! It is a copy of the table that can be deleted at any time: it is filled again when the table is read. The state of
//! the table that it holds is written in the same transaction as the rows.

use passband_signal::{Fault, Result};
use redb::{Database, DatabaseError, ReadableDatabase, TableDefinition, WriteTransaction};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Rows as JSON, compressed with Zstandard.
const ROWS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("rows");
const ABOUT: TableDefinition<'_, &str, &str> = TableDefinition::new("about");
/// The layout of the database; another one is filled anew.
const LAYOUT: &str = "1";
const LEVEL: i32 = 1;
/// Bytes of the database that are kept in memory; the operating system keeps more of the file.
const CACHE: usize = 32 << 20;

/// The rows of a table.
#[derive(Clone, Debug)]
pub struct Store {
    database: Arc<Database>,
    path: PathBuf,
}

/// A transaction that replaces all rows.
pub struct Writing {
    transaction: Option<WriteTransaction>,
    path: PathBuf,
}

fn fault(path: &Path, error: impl std::fmt::Display) -> Fault {
    let fault = Fault::new("the store cannot be used").at(path.display().to_string()).why(error);
    fault.fix("free disk space, or name another file with --store; the store can be deleted at any time")
}

impl Store {
    /// Opens a store, or creates it.
    ///
    /// # Errors  no permission, a full disk, a file that is no store, a store that another process has open
    pub fn open(path: &Path) -> Result<Self> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| fault(path, error))?;
        }
        let database = match Database::builder().set_cache_size(CACHE).create(path) {
            Ok(database) => database,
            Err(DatabaseError::DatabaseAlreadyOpen) => {
                let fault = Fault::new("the store is in use").at(path.display().to_string());
                let fault = fault.why("another process serves the same table");
                return Err(fault.fix("stop that process, or name another file with --store"));
            }
            Err(error) => return Err(fault(path, error)),
        };
        Ok(Self { database: Arc::new(database), path: path.to_owned() })
    }

    /// The row of a recording, as JSON.
    pub fn get(&self, id: &str) -> Result<Option<Vec<u8>>> {
        let read = || -> Result<Option<Vec<u8>>, redb::Error> {
            let rows = self.database.begin_read()?.open_table(ROWS)?;
            let row = rows.get(id)?;
            Ok(row.map(|row| zstd::decode_all(row.value())).transpose()?)
        };
        read().map_err(|error| fault(&self.path, error))
    }

    /// Whether it holds the rows of this state of a table.
    pub fn holds(&self, state: &str) -> bool {
        let read = || -> Result<bool, redb::Error> {
            let about = self.database.begin_read()?.open_table(ABOUT)?;
            let is = |key: &str, wanted: &str| -> Result<bool, redb::Error> {
                Ok(about.get(key)?.is_some_and(|known| known.value() == wanted))
            };
            Ok(is("layout", LAYOUT)? && is("state", state)?)
        };
        read().unwrap_or(false)
    }

    /// Begins to replace all rows. The current ones are served until they are committed.
    pub fn replace(&self) -> Result<Writing> {
        let begin = || -> Result<WriteTransaction, redb::Error> {
            let transaction = self.database.begin_write()?;
            transaction.delete_table(ROWS)?;
            transaction.open_table(ROWS)?;
            Ok(transaction)
        };
        let transaction = begin().map_err(|error| fault(&self.path, error))?;
        Ok(Writing { transaction: Some(transaction), path: self.path.clone() })
    }
}

impl Writing {
    /// A transaction that stores nothing, for a store that has the rows.
    pub fn none() -> Self {
        Self { transaction: None, path: PathBuf::new() }
    }

    /// Stores the row of a recording.
    pub fn put(&mut self, id: &str, row: &[u8]) -> Result<()> {
        let Some(transaction) = &self.transaction else { return Ok(()) };
        let write = || -> Result<(), redb::Error> {
            let row = zstd::encode_all(row, LEVEL)?;
            transaction.open_table(ROWS)?.insert(id, row.as_slice())?;
            Ok(())
        };
        write().map_err(|error| fault(&self.path, error))
    }

    /// Makes the rows visible, as those of this state of the table.
    pub fn commit(self, state: &str) -> Result<()> {
        let Some(transaction) = self.transaction else { return Ok(()) };
        let write = || -> Result<(), redb::Error> {
            {
                let mut about = transaction.open_table(ABOUT)?;
                about.insert("layout", LAYOUT)?;
                about.insert("state", state)?;
            }
            transaction.commit()?;
            Ok(())
        };
        write().map_err(|error| fault(&self.path, error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_replaced_in_one_step_and_found_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/rows.redb");
        let store = Store::open(&path).unwrap();
        assert!(!store.holds("1"));
        let mut writing = store.replace().unwrap();
        writing.put("x", b"{\"a\":1}").unwrap();
        writing.commit("1").unwrap();
        let mut writing = store.replace().unwrap();
        writing.put("y", b"{}").unwrap();
        // not committed yet
        assert_eq!(store.get("x").unwrap().unwrap(), b"{\"a\":1}");
        assert!(store.get("y").unwrap().is_none());
        drop(writing);
        assert!(Store::open(&path).unwrap_err().to_string().contains("in use"));
        drop(store);
        let store = Store::open(&path).unwrap();
        assert!(store.holds("1") && !store.holds("2"));
        assert_eq!(store.get("x").unwrap().unwrap(), b"{\"a\":1}");
    }
}
