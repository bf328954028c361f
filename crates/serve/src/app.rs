//! The state of the server: the tables, the library as it was read last, and the measurements of its recordings.

use crate::library::{Library, Loader, is_of_recordings};
use crate::recording::Measurements;
use crate::recording::file::{self, FileState, Files};
use crate::source::{Source, Sources, quoted};
use crate::store::{Store, Writing};
use passband_lake::table::sql::SqlError;
use passband_signal::{Fault, Result};
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::Semaphore;

/// Queries that run at the same time.
const QUERIES: usize = 4;

/// The state that all requests share.
pub struct App {
    /// The tables.
    pub sources: Sources,
    /// The table of recordings, if there is one.
    pub recordings: Option<Source>,
    /// The rows of the recordings.
    pub store: Option<Store>,
    library: RwLock<Arc<Library>>,
    /// Files that were looked at.
    pub files: Files,
    /// Recordings that were measured for their page.
    pub measurements: Measurements,
    /// Limits the number of queries.
    pub queries: Arc<Semaphore>,
}

impl App {
    /// Finds the table of recordings and reads it.
    ///
    /// # Errors  a table that cannot be read, a store that cannot be opened
    pub fn new(sources: Sources, store: impl FnOnce(&str) -> Result<Store>) -> Result<Self> {
        let mut recordings = None;
        for source in &sources.all {
            let schema = sources.schema(&source.name).map_err(|error| unreadable(source, error))?;
            if is_of_recordings(&schema) {
                recordings = Some(source.clone());
                break;
            }
        }
        let store = recordings.as_ref().map(|source| store(&sources.identity(source))).transpose()?;
        let app = Self {
            sources,
            recordings,
            store,
            library: RwLock::default(),
            files: Files::default(),
            measurements: Measurements::default(),
            queries: Arc::new(Semaphore::new(QUERIES)),
        };
        app.refresh()?;
        Ok(app)
    }

    /// The library as it was read last.
    pub fn library(&self) -> Arc<Library> {
        self.library.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the table of recordings again.
    pub fn refresh(&self) -> Result<()> {
        let (Some(source), Some(store)) = (&self.recordings, &self.store) else { return Ok(()) };
        // before the rows, so that rows that come meanwhile are read again
        let state = self.sources.state(source);
        let mut writing = match &state {
            Some(state) if store.holds(state) => Writing::none(),
            _ => store.replace()?,
        };
        let mut loader = None;
        let query = format!("SELECT * FROM {}", quoted(&source.name));
        let read = self.sources.read(&query, drop, |schema, batch| {
            let loader = loader.get_or_insert_with(|| Loader::new(&source.name, schema));
            if let Some(batch) = batch {
                loader.add(&batch, &mut writing)?;
            }
            Ok(true)
        });
        read.map_err(|error| unreadable(source, error))?;
        writing.commit(state.as_deref().unwrap_or("unknown"))?;
        let library = loader.map(Loader::finish).unwrap_or_default();
        *self.library.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(library);
        Ok(())
    }

    /// Where the file of a recording is, whether it can be used, and a key that changes with its content.
    pub fn file(&self, library: &Library, row: u32) -> (String, FileState, String) {
        let row = row as usize;
        let path = library.text("path", row).unwrap_or_default();
        let table = self.recordings.as_ref().and_then(|source| source.path.as_deref()).map(Path::new);
        let address = file::address(path, table);
        let id = &library.ids[row];
        let hash = (!id.starts_with("row-")).then_some(id.as_str());
        let (state, key) = self.files.state(&address, hash);
        (address, state, key)
    }
}

fn unreadable(source: &Source, error: SqlError) -> Fault {
    match error {
        SqlError::Statement(fault) | SqlError::Query(fault) => fault.within(&source.name),
        SqlError::Interrupted => Fault::new("the table could not be read to its end").at(&*source.name),
    }
}
