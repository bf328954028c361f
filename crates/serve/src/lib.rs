//! Pages over tables: a library of recordings, a page for each of them, tables and SQL.
//!
//! [`Server::start`] reads the table of recordings and serves pages and an interface for programs, which
//! `GET /api/openapi.json` describes. Everything is read only. The rows of the recordings are kept in an embedded
//! database ([`Store`]) that is filled from the table, and filled again when the table has other rows.

mod api;
mod app;
mod fault;
mod library;
mod measured;
mod page;
mod recording;
mod source;
mod store;

pub use api::document;
pub use store::Store;

use app::App;
use passband_lake::table::iceberg::WarehouseSettings;
use passband_signal::{Fault, Result};
use passband_web::{LiveError, Site};
use source::Sources;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

/// How often the table of recordings is looked at for new rows.
const LOOK: Duration = Duration::from_secs(5);

/// What is served, and where.
pub struct Options {
    /// Files, folders and patterns, or tables of the warehouse; all of its tables, if there are none. Recordings, and
    /// folders of them, are measured.
    pub tables: Vec<String>,
    /// The warehouse.
    pub warehouse: WarehouseSettings,
    /// The address to listen on; port 0 takes any free one.
    pub listen: SocketAddr,
    /// The token that browsers must send. Required if `listen` is reachable from other machines.
    pub token: Option<String>,
    /// The file of the store. Default: one in the user's cache folder for each table.
    pub store: Option<PathBuf>,
    /// Whether queries may read files and recordings of this machine beyond the tables.
    pub files: bool,
}

/// What happens beside the answers.
pub enum Note {
    /// Recordings without a table are measured.
    Measuring(String),
    /// The table of recordings cannot be read again; the rows that were read before are served.
    Unreadable(Fault),
}

/// A running server. Dropping it stops the server.
pub struct Server {
    site: Site,
    recordings: usize,
    tables: Vec<String>,
    stop: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Reads the tables and starts to serve them. `note` receives which recordings are measured, and what goes wrong
    /// later, when a table is read again.
    ///
    /// # Errors  no such table, a table that cannot be read, an address that cannot be used, a store that is in use
    pub fn start(options: Options, note: impl Fn(Note) + Send + 'static) -> Result<Self> {
        let Options { tables, warehouse, listen, token, store, files } = options;
        // before the rows are read, which may take a while
        passband_web::can_listen(listen, token.as_deref()).map_err(told)?;
        let measured = |path: &str| measured::rows(path, &cache(), &|text| note(Note::Measuring(text)));
        let sources = Sources::new(&tables, warehouse, files, measured)?;
        let app = App::new(sources, |identity| {
            Store::open(&store.unwrap_or_else(|| cache().join(format!("{identity}.redb"))))
        })?;
        let app = Arc::new(app);
        let site = Site::start("passband-serve", listen, token, api::router(app.clone()));
        let site = site.map_err(told)?;
        let recordings = app.library().len();
        let tables = app.sources.all.iter().map(|source| source.name.clone()).collect();
        let (stop, stopped) = mpsc::channel();
        let watch = move || watch(&app, &stopped, note);
        let thread = std::thread::Builder::new().name("passband-refresh".into()).spawn(watch);
        let thread = thread.map_err(|error| Fault::new("no thread to watch the tables").why(error))?;
        Ok(Self { site, recordings, tables, stop: Some(stop), thread: Some(thread) })
    }

    /// The address of the pages, including the token if there is one.
    pub fn url(&self) -> String {
        self.site.url()
    }

    /// Number of recordings when it was started.
    pub fn recordings(&self) -> usize {
        self.recordings
    }

    /// The names of the tables.
    pub fn tables(&self) -> &[String] {
        &self.tables
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn told(error: LiveError) -> Fault {
    Fault::new(error.what()).why(error.why()).fix(error.fix())
}

/// Reads the recordings again whenever their table has other rows, until it is stopped.
fn watch(app: &App, stopped: &mpsc::Receiver<()>, note: impl Fn(Note)) {
    let is_told = AtomicBool::new(false);
    let Some(source) = &app.recordings else { return };
    let mut known = app.sources.state(source);
    while let Err(mpsc::RecvTimeoutError::Timeout) = stopped.recv_timeout(LOOK) {
        let state = app.sources.state(source);
        if state.is_none() || state == known {
            continue;
        }
        match app.refresh() {
            Ok(()) => {
                known = state;
                is_told.store(false, Ordering::SeqCst);
            }
            // the last rows stay; it is tried again, and told once
            Err(fault) if !is_told.swap(true, Ordering::SeqCst) => note(Note::Unreadable(fault)),
            Err(_) => {}
        }
    }
}

/// The user's cache folder.
fn cache() -> PathBuf {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let folder = cache.filter(|path| path.is_absolute()).or_else(home).unwrap_or_else(std::env::temp_dir);
    folder.join("passband").join("serve")
}
