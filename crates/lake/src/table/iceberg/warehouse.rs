//! Warehouses: a catalogue and the location of its tables.

use super::fault;
use super::storage::FilesFactory;
use iceberg::memory::{MEMORY_CATALOG_WAREHOUSE, MemoryCatalogBuilder};
use iceberg::table::Table;
use iceberg::{Catalog, CatalogBuilder, ErrorKind, NamespaceIdent, Runtime, TableIdent};
use iceberg_catalog_rest::RestCatalogBuilder;
use iceberg_catalog_sql::{SqlBindStyle, SqlCatalogBuilder};
use passband_flow::config::{PassedOn, unknown};
use passband_flow::store::OpenBucket;
use passband_signal::address::shown;
use passband_signal::{Fault, Result};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Default location of tables: a folder in the current directory.
const FOLDER: &str = "warehouse";
/// The catalogue in a local warehouse.
const FILE: &str = "catalog.db";
/// The environment variables that name the warehouse and its catalogue.
const WAREHOUSE: &str = "PASSBAND_WAREHOUSE";
const CATALOG: &str = "PASSBAND_CATALOG";
/// The name of the catalogue in this file; other readers must use it.
const NAME: &str = "passband";
/// The namespace of tables whose name has no namespace.
pub const NAMESPACE: &str = "passband";

/// The location of tables. Values that are not set are taken from the environment, or else have a default.
#[derive(Clone, Debug, Default)]
pub struct WarehouseSettings {
    /// A folder, or the address of a prefix in an object store such as `s3://bucket/tables`; with a REST catalogue, the
    /// catalogue's name of the warehouse. Environment: PASSBAND_WAREHOUSE. Default: `warehouse` in the current
    /// directory.
    pub warehouse: Option<String>,
    /// The catalogue: a SQLite file, or the address of a REST catalogue. Environment: PASSBAND_CATALOG. Default:
    /// `catalog.db` in the folder of the warehouse. A REST catalogue takes PASSBAND_CATALOG_TOKEN (a bearer token) or
    /// PASSBAND_CATALOG_CREDENTIAL (`id:secret` for OAuth2) from the environment.
    pub catalog: Option<String>,
    /// Options of the object store, as for `iq_files`.
    pub store: PassedOn,
}

fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn is_rest(catalog: &str) -> bool {
    catalog.starts_with("http://") || catalog.starts_with("https://")
}

/// The resolved settings.
#[derive(Debug, PartialEq)]
enum Place {
    Sql { file: PathBuf, location: String },
    Rest { uri: String, warehouse: Option<String> },
}

impl WarehouseSettings {
    /// Checks the settings without accessing anything outside.
    pub fn check(&self) -> Result<()> {
        self.place().map(drop)
    }

    /// Whether a warehouse is set, or the default one exists.
    pub fn is_there(&self) -> bool {
        let (warehouse, catalog) = self.named();
        warehouse.is_some() || catalog.is_some() || Path::new(FOLDER).join(FILE).exists()
    }

    /// The warehouse and catalogue in the settings or the environment.
    fn named(&self) -> (Option<String>, Option<String>) {
        let warehouse = self.warehouse.clone().or_else(|| environment(WAREHOUSE));
        (warehouse, self.catalog.clone().or_else(|| environment(CATALOG)))
    }

    fn place(&self) -> Result<Place> {
        let (warehouse, catalog) = self.named();
        self.resolve(warehouse, catalog)
    }

    fn resolve(&self, warehouse: Option<String>, catalog: Option<String>) -> Result<Place> {
        if let Some(uri) = catalog.clone().filter(|catalog| is_rest(catalog)) {
            return Ok(Place::Rest { uri, warehouse });
        }
        if let Some(other) = catalog.as_ref().filter(|catalog| catalog.contains("://")) {
            let fault = Fault::new("the catalogue cannot be used").at(shown(other));
            return Err(fault.fix("name a SQLite file such as catalog.db, or the http:// or https:// address of a REST catalogue"));
        }
        let warehouse = warehouse.unwrap_or_else(|| FOLDER.into());
        if !warehouse.contains("://") {
            let whole = std::path::absolute(&warehouse);
            let folder =
                whole.map_err(|error| Fault::new("the warehouse is no path").at(&warehouse).why(error))?;
            let file = catalog.map_or_else(|| folder.join(FILE), PathBuf::from);
            return Ok(Place::Sql { file, location: format!("file://{}", folder.display()) });
        }
        let scheme = warehouse.split("://").next().unwrap_or_default().to_ascii_lowercase();
        if ["ozone", "o3", "o3fs", "ofs", "hdfs"].contains(&scheme.as_str()) {
            return Err(Fault::new(format!("{scheme}:// is a file system of Hadoop, and no object store"))
                .at(&warehouse)
                .why("tables are reached through the S3 interface")
                .fix("start Ozone's S3 gateway, write s3://bucket/prefix, and give store.endpoint (AWS_ENDPOINT_URL) the gateway's address"));
        }
        if let Some(Err(fault)) = OpenBucket::of(&warehouse, &self.store) {
            return Err(fault.at(shown(&warehouse)));
        }
        let Some(file) = catalog else {
            return Err(Fault::new("a warehouse in an object store needs a catalogue")
                .at(shown(&warehouse))
                .why("an object store has no lock by which two writers could take turns")
                .fix("set catalog (PASSBAND_CATALOG) to a SQLite file such as catalog.db, or to the address of a REST catalogue"));
        };
        Ok(Place::Sql { file: file.into(), location: warehouse.trim_end_matches('/').to_owned() })
    }
}

/// An open catalogue, with the runtime that executes its requests.
///
/// The methods of this type block, and must not be called on a thread of an async runtime; there, use
/// [`Warehouse::catalog`] with [`Warehouse::name`], which can be awaited on any Tokio runtime.
pub struct Warehouse {
    catalog: Arc<dyn Catalog>,
    /// The location of the catalogue, for messages.
    at: String,
    /// Whether tables are local files.
    local: bool,
    /// The location of tables and access to it, unless the catalogue chooses it.
    files: Option<(String, Arc<FilesFactory>)>,
    runtime: Arc<tokio::runtime::Runtime>,
}

impl Warehouse {
    /// Opens an existing warehouse.
    ///
    /// # Errors   settings that contradict each other; a local warehouse that does not exist; a REST catalogue that
    /// does not answer, or rejects the credentials
    pub fn open(settings: &WarehouseSettings) -> Result<Self> {
        Self::at(settings, false)
    }

    /// Opens a warehouse; a missing local one is created.
    ///
    /// # Errors   as [`Warehouse::open`]; a folder that cannot be created
    pub fn create(settings: &WarehouseSettings) -> Result<Self> {
        Self::at(settings, true)
    }

    fn at(settings: &WarehouseSettings, create: bool) -> Result<Self> {
        let place = settings.place()?;
        let mut threads = tokio::runtime::Builder::new_multi_thread();
        let runtime = threads.worker_threads(2).enable_all().thread_name("tables").build();
        let runtime = Arc::new(runtime.map_err(|error| Fault::new("no threads for tables").why(error))?);
        let factory = Arc::new(FilesFactory::new(&settings.store));
        let threads = Runtime::new(&runtime);
        let mut files = None;
        let (catalog, at, local): (Arc<dyn Catalog>, _, _) = match place {
            Place::Sql { file, location } => {
                let at = file.display().to_string();
                if !file.exists() {
                    prepare(&file, create)?;
                }
                files = Some((location.clone(), factory.clone()));
                let builder = SqlCatalogBuilder::default()
                    .uri(sqlite(&file))
                    .warehouse_location(&location)
                    .sql_bind_style(SqlBindStyle::QMark)
                    .with_storage_factory(factory)
                    .with_runtime(threads);
                let opened = runtime.block_on(builder.load(NAME, HashMap::new()));
                let what = "the catalogue cannot be opened";
                let opened = opened.map_err(|error| fault(what, error).at(&at))?;
                (Arc::new(opened), at, location.starts_with("file:"))
            }
            Place::Rest { uri, warehouse } => {
                let at = shown(&uri).into_owned();
                let secret = |name: &str, key: &str| Some((key.to_owned(), environment(name)?));
                let properties = [
                    Some(("uri".to_owned(), uri)),
                    warehouse.map(|warehouse| ("warehouse".to_owned(), warehouse)),
                    secret("PASSBAND_CATALOG_TOKEN", "token"),
                    secret("PASSBAND_CATALOG_CREDENTIAL", "credential"),
                ];
                let builder =
                    RestCatalogBuilder::default().with_storage_factory(factory).with_runtime(threads);
                let opened = runtime.block_on(async {
                    let catalog = builder.load(NAME, properties.into_iter().flatten().collect()).await?;
                    // no request has been made so far
                    catalog.list_namespaces(None).await.map(|_| catalog)
                });
                let opened =
                    opened.map_err(|error| fault("the REST catalogue cannot be opened", error).at(&at))?;
                (Arc::new(opened), at, false)
            }
        };
        Ok(Self { catalog, at, local, files, runtime })
    }

    /// A catalogue in memory with the same location of tables; `None` if the catalogue chooses it.
    pub(super) fn private(&self) -> Option<Result<Self>> {
        let (location, factory) = self.files.clone()?;
        let builder = MemoryCatalogBuilder::default()
            .with_storage_factory(factory)
            .with_runtime(Runtime::new(&self.runtime));
        let place = HashMap::from([(MEMORY_CATALOG_WAREHOUSE.to_owned(), location)]);
        let opened = self.runtime.block_on(builder.load(NAME, place));
        Some(match opened {
            Ok(catalog) => Ok(Self {
                catalog: Arc::new(catalog),
                at: self.at.clone(),
                local: false,
                files: None,
                runtime: self.runtime.clone(),
            }),
            Err(error) => Err(self.fault("a table cannot be prepared", error)),
        })
    }

    /// The catalogue.
    pub fn catalog(&self) -> &Arc<dyn Catalog> {
        &self.catalog
    }

    /// Wraps the catalogue, for tests.
    #[cfg(test)]
    pub(super) fn through(&mut self, wrap: impl FnOnce(Arc<dyn Catalog>) -> Arc<dyn Catalog>) {
        self.catalog = wrap(self.catalog.clone());
    }

    /// The location of the catalogue, for messages.
    pub fn place(&self) -> &str {
        &self.at
    }

    /// Whether its tables are local files.
    pub(super) fn is_local(&self) -> bool {
        self.local
    }

    /// Blocks until a task of the catalogue or of a table has finished.
    pub fn wait<T>(&self, task: impl Future<Output = T>) -> T {
        self.runtime.block_on(task)
    }

    /// Converts an error of Iceberg to a fault.
    pub fn fault(&self, what: impl Into<String>, error: iceberg::Error) -> Fault {
        fault(what, error).at(&self.at)
    }

    /// The identifier of a table, from `name` (in the namespace `passband`) or `namespace.name`.
    ///
    /// ```
    /// use passband_lake::table::iceberg::Warehouse;
    /// assert_eq!(Warehouse::name("features")?.to_string(), "passband.features");
    /// assert_eq!(Warehouse::name("lab.runs")?.to_string(), "lab.runs");
    /// assert!(Warehouse::name("../features").is_err());
    /// # Ok::<(), passband_signal::Fault>(())
    /// ```
    ///
    /// # Errors   a name with other characters than letters, digits, `_` and `-`
    pub fn name(text: &str) -> Result<TableIdent> {
        let parts: Vec<&str> = text.split('.').collect();
        // names are folders of the warehouse, and identifiers in SQL
        let good =
            |part: &&str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || "_-".contains(c));
        if !parts.iter().all(good) {
            let fault = Fault::new(format!("{text:?} is no name of a table"));
            return Err(fault
                .why("a name has letters, digits, _ and -")
                .fix("write it like features or lab.features"));
        }
        let parts = if parts.len() == 1 { vec![NAMESPACE, parts[0]] } else { parts };
        TableIdent::from_strs(parts).map_err(|error| fault("the name of the table cannot be used", error))
    }

    /// The tables of all namespaces, sorted by name.
    ///
    /// # Errors   a catalogue that does not answer
    pub fn tables(&self) -> Result<Vec<TableIdent>> {
        let all = self.wait(async {
            let (mut tables, mut spaces) = (vec![], self.catalog.list_namespaces(None).await?);
            while let Some(space) = spaces.pop() {
                tables.extend(self.catalog.list_tables(&space).await?);
                spaces.extend(self.catalog.list_namespaces(Some(&space)).await?);
            }
            tables.sort();
            Ok(tables)
        });
        all.map_err(|error| self.fault("the tables cannot be listed", error))
    }

    /// Loads the current state of a table; for names, see [`Warehouse::name`].
    ///
    /// # Errors   an unknown name: the known ones are listed
    pub fn load(&self, name: &str) -> Result<Table> {
        let ident = Self::name(name)?;
        match self.find(&ident)? {
            Some(table) => Ok(table),
            None => {
                let all: Vec<String> = self.tables()?.iter().map(short).collect();
                let known: Vec<&str> = all.iter().map(String::as_str).collect();
                let fault = Fault::new(format!("there is no table {name}")).at(&self.at);
                Err(match known.is_empty() {
                    true => fault.why("the warehouse has no tables"),
                    false => fault.why(unknown(name, &known)),
                })
            }
        }
    }

    /// Loads a table, if it exists.
    pub(crate) fn find(&self, ident: &TableIdent) -> Result<Option<Table>> {
        match self.wait(self.catalog.load_table(ident)) {
            Ok(table) => Ok(Some(table)),
            Err(error) if matches!(error.kind(), ErrorKind::TableNotFound | ErrorKind::NamespaceNotFound) => {
                Ok(None)
            }
            Err(error) => Err(self.fault(format!("the table {} cannot be loaded", short(ident)), error)),
        }
    }

    /// Creates a namespace, unless it exists.
    pub(super) fn ensure(&self, space: &NamespaceIdent) -> Result<()> {
        let made = self.wait(async {
            if self.catalog.namespace_exists(space).await? {
                return Ok(());
            }
            match self.catalog.create_namespace(space, HashMap::new()).await {
                // another process has created it first
                Err(error) if error.kind() == ErrorKind::NamespaceAlreadyExists => Ok(()),
                made => made.map(drop),
            }
        });
        made.map_err(|error| self.fault(format!("the namespace {space} cannot be created"), error))
    }
}

/// The short form of a table's name: without the default namespace.
pub fn short(ident: &TableIdent) -> String {
    match ident.namespace().as_ref().as_slice() {
        [one] if one == NAMESPACE => ident.name().to_owned(),
        _ => ident.to_string(),
    }
}

/// Creates the folder of a catalogue, or returns a fault if it does not exist and `create` is not set.
fn prepare(file: &Path, create: bool) -> Result<()> {
    let at = file.display().to_string();
    if !create {
        return Err(Fault::new("there is no warehouse here").at(at).why("its catalogue does not exist").fix(
            "name its folder by --warehouse or PASSBAND_WAREHOUSE, or write a first table: passband analyze music -o iceberg:features",
        ));
    }
    let folder = file.parent().map_or(Ok(()), std::fs::create_dir_all);
    folder.map_err(|error| Fault::new("the folder of the warehouse cannot be created").at(at).why(error))
}

/// The address of a SQLite file, which is created if it does not exist.
fn sqlite(file: &Path) -> String {
    let path = file.display().to_string();
    let mut address = String::from("sqlite://");
    for byte in path.bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => address.push(byte.into()),
            _ => address.push_str(&format!("%{byte:02X}")),
        }
    }
    address + "?mode=rwc"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(warehouse: Option<&str>, catalog: Option<&str>) -> Result<Place, String> {
        let [warehouse, catalog] = [warehouse, catalog].map(|text| text.map(str::to_owned));
        WarehouseSettings::default().resolve(warehouse, catalog).map_err(|fault| fault.to_string())
    }

    #[test]
    fn the_catalogue_is_a_file_in_the_warehouse_or_a_service() {
        let here = std::env::current_dir().unwrap().join("warehouse");
        let local =
            Place::Sql { file: here.join("catalog.db"), location: format!("file://{}", here.display()) };
        assert_eq!(resolve(None, None), Ok(local));
        let rest = Place::Rest { uri: "http://127.0.0.1:8181".into(), warehouse: None };
        assert_eq!(resolve(None, Some("http://127.0.0.1:8181")), Ok(rest));
        let fault = resolve(Some("s3://tables/a"), None).unwrap_err();
        assert!(fault.contains("needs a catalogue") || fault.contains("no credentials"), "{fault}");
        let fault = resolve(Some("ozone://volume/tables"), None).unwrap_err();
        assert!(fault.contains("S3 gateway"), "{fault}");
        assert!(
            resolve(None, Some("postgres://me:hidden@host/db")).is_err_and(|fault| !fault.contains("hidden"))
        );
    }

    #[test]
    fn a_folder_with_odd_characters_holds_a_warehouse() {
        let folder = tempfile::tempdir().unwrap();
        let warehouse = Some(folder.path().join("a b?#%ü").display().to_string());
        let settings = WarehouseSettings { warehouse, ..WarehouseSettings::default() };
        assert!(Warehouse::create(&settings).unwrap().tables().unwrap().is_empty());
        assert!(folder.path().join("a b?#%ü/catalog.db").is_file());
        Warehouse::open(&settings).unwrap();
    }
}
