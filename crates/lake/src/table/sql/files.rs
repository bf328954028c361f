//! Files as tables, by their path in quotes: `SELECT * FROM 'rows.parquet'`.
//!
//! A file, a folder with the folders in it, or a pattern such as `runs/*.csv`, of this machine or of an object store.
//! The ending names the format.

use super::fault::{find_cause, inner};
use super::names::meant;
use datafusion::catalog::TableProvider;
use datafusion::common::DataFusionError;
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::file_format::arrow::ArrowFormat;
use datafusion::datasource::file_format::csv::CsvFormat;
use datafusion::datasource::file_format::json::JsonFormat;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl};
use datafusion::execution::context::{SessionContext, SessionState};
use futures::TryStreamExt;
use object_store::{GetOptions, GetRange};
use passband_flow::config::PassedOn;
use passband_flow::part::is_one_file;
use passband_flow::store::OpenBucket;
use passband_signal::{Fault, Result, has_recording_extension};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Endings of files, and the formats that they name.
const ENDINGS: [(&str, Format); 9] = [
    ("parquet", Format::Parquet),
    ("arrow", Format::Arrow),
    ("feather", Format::Arrow),
    ("ipc", Format::Arrow),
    ("csv", Format::Csv(b',')),
    ("tsv", Format::Csv(b'\t')),
    ("json", Format::Json),
    ("ndjson", Format::Json),
    ("jsonl", Format::Json),
];

/// Bytes of a file of text that are looked at to learn what separates its columns.
const HEAD: u64 = 1 << 16;

/// Files of a folder that are looked at to learn its format.
const LOOKED_AT: usize = 10_000;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Format {
    Parquet,
    Arrow,
    Csv(u8),
    Json,
}

impl Format {
    /// The ending of a name, with its dot as it is written there, and the format that it names.
    fn of(name: &str) -> Option<(String, Self)> {
        let (_, ending) = name.rsplit_once('.')?;
        let known = ENDINGS.iter().find(|(known, _)| ending.eq_ignore_ascii_case(known))?;
        Some((format!(".{ending}"), known.1))
    }

    fn open(self) -> Arc<dyn FileFormat> {
        match self {
            // units and descriptions of columns are metadata
            Self::Parquet => Arc::new(ParquetFormat::default().with_skip_metadata(false)),
            Self::Arrow => Arc::new(ArrowFormat),
            Self::Csv(delimiter) => {
                let csv = CsvFormat::default().with_has_header(true).with_delimiter(delimiter);
                Arc::new(csv.with_newlines_in_values(true))
            }
            Self::Json => Arc::new(JsonFormat::default()),
        }
    }
}

/// The files that statements have named.
#[derive(Default)]
pub struct Files {
    /// Paths of this machine that are read.
    read: Mutex<Vec<PathBuf>>,
    stores: Mutex<Vec<Arc<OpenBucket>>>,
}

/// Whether a name in quotes is a path, and not the name of a table.
pub fn is_path(name: &str) -> bool {
    name.contains(['/', '\\', '*']) || name.rsplit_once('.').is_some() || Path::new(name).exists()
}

/// The last part of a path.
fn last(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or(path)
}

/// A path as the path of a URL: every byte that could mean something else is written as a number.
fn encoded(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.~=".contains(&byte);
    path.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

fn endings() -> String {
    ENDINGS.iter().map(|(ending, _)| format!(".{ending}")).collect::<Vec<_>>().join(", ")
}

/// What is wrong with a name whose ending names no format.
fn unknown_ending(path: &str) -> Fault {
    let name = last(path);
    if has_recording_extension(name) {
        let fix = format!("read recordings with FROM recordings('{path}')");
        return Fault::new(format!("{path} is a recording, and no file of rows")).fix(fix);
    }
    let compressed = ["gz", "zst", "bz2", "xz"].into_iter().find(|end| name.ends_with(&format!(".{end}")));
    if let Some(ending) = compressed {
        let fix = "decompress it first; Parquet is compressed in itself";
        return Fault::new(format!("{path} is compressed, and .{ending} files are not read")).fix(fix);
    }
    Fault::new(format!("the ending of {path} names no format of rows"))
        .fix(format!("use one of {}", endings()))
}

impl Files {
    /// The table behind a path; none, if it is the name of something else.
    pub async fn table(
        &self,
        path: &str,
        context: &SessionContext,
    ) -> Result<Option<Arc<dyn TableProvider>>> {
        if !is_path(path) {
            return Ok(None);
        }
        let state = context.state();
        let url = if path.contains("://") { self.remote(path, context)? } else { self.local(path)? };
        let table = self.listed(path, url, &state).await;
        table.map(Some).map_err(|error| self.fault(&error, path))
    }

    fn local(&self, path: &str) -> Result<ListingTableUrl> {
        let tell =
            |error: std::io::Error, at: &str| Fault::new("the file cannot be opened").at(at).why(error);
        let (folder, pattern) = match path.rsplit_once('/') {
            _ if !path.contains('*') || Path::new(path).exists() => (path, None),
            Some((folder, last)) => (if folder.is_empty() { "/" } else { folder }, Some(last)),
            None => (".", Some(path)),
        };
        if folder.contains('*') && pattern.is_some() {
            return Err(Fault::new(format!("{path} has a pattern before its last part"))
                .fix("write the pattern last, such as runs/*.csv; a folder is read with its subfolders"));
        }
        let whole = std::fs::canonicalize(folder).map_err(|error| missing(folder, error))?;
        if !whole.is_dir() && !whole.is_file() {
            return Err(
                Fault::new(format!("{path} is neither a file nor a folder")).fix("name a file or a folder")
            );
        }
        self.read.lock().unwrap_or_else(PoisonError::into_inner).push(whole.clone());
        let slash = if whole.is_dir() { "/" } else { "" };
        let text = whole
            .to_str()
            .ok_or_else(|| tell(std::io::Error::other("its name is not UTF-8"), path).fix("rename it"))?;
        url(&format!("file://{}{slash}", encoded(text)), pattern, path)
    }

    fn remote(&self, path: &str, context: &SessionContext) -> Result<ListingTableUrl> {
        let (scheme, rest) = path.split_once("://").unwrap_or_default();
        if scheme.eq_ignore_ascii_case("file") {
            return self.local(rest);
        }
        let store = Arc::new(OpenBucket::to_read(path, &PassedOn::default())?);
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        let (key, pattern) = match key.rsplit_once('/') {
            _ if !key.contains('*') => (key.to_owned(), None),
            Some((folder, last)) => (format!("{folder}/"), Some(last)),
            None => (String::new(), Some(key)),
        };
        let scheme = scheme.to_ascii_lowercase();
        let root = url(&format!("{scheme}://{bucket}/"), None, path)?;
        context.register_object_store(root.object_store().as_ref(), store.client().clone());
        self.stores.lock().unwrap_or_else(PoisonError::into_inner).push(store);
        url(&format!("{scheme}://{bucket}/{}", encoded(&key)), pattern, path)
    }

    async fn listed(
        &self,
        path: &str,
        url: ListingTableUrl,
        state: &SessionState,
    ) -> Result<Arc<dyn TableProvider>, DataFusionError> {
        let whole = url.get_glob().is_none() && !url.is_folder();
        let (ending, format) = match Format::of(last(path)) {
            Some((ending, format)) if whole || url.get_glob().is_some() => (ending, format),
            _ if whole && !path.contains("://") => {
                return Err(DataFusionError::External(Box::new(unknown_ending(path))));
            }
            _ => self.format_in(path, &url, state).await?,
        };
        let ending = if whole { String::new() } else { ending };
        let format = match format {
            Format::Csv(usual) => Format::Csv(delimiter(&url, &ending, usual, state).await?),
            other => other,
        };
        let options = ListingOptions::new(format.open())
            .with_file_extension(ending)
            .with_session_config_options(state.config());
        let config = ListingTableConfig::new(url).with_listing_options(options);
        let config = config.infer_partitions_from_path(state).await?.infer_schema(state).await?;
        let cache = state.runtime_env().cache_manager.get_file_statistic_cache();
        Ok(Arc::new(ListingTable::try_new(config)?.with_cache(cache)))
    }

    /// The one format of the files in a folder.
    async fn format_in(
        &self,
        path: &str,
        url: &ListingTableUrl,
        state: &SessionState,
    ) -> Result<(String, Format), DataFusionError> {
        let refuse = |fault: Fault| Err(DataFusionError::External(Box::new(fault)));
        let store = state.runtime_env().object_store(url)?;
        let mut files = url.list_all_files(state, store.as_ref(), "").await?;
        let (mut formats, mut recordings, mut count) = (BTreeMap::new(), 0, 0);
        while let Some(file) = files.try_next().await? {
            let name = file.location.filename().unwrap_or_default().to_owned();
            if name.starts_with(['.', '_']) {
                continue;
            }
            count += 1;
            recordings += usize::from(has_recording_extension(&name));
            if let Some((ending, format)) = Format::of(&name) {
                formats.insert(ending, format);
            }
            if count == LOOKED_AT {
                break;
            }
        }
        let mut formats = formats.into_iter();
        match (formats.next(), formats.next()) {
            (Some(one), None) => Ok(one),
            (Some(one), Some(other)) => refuse(
                Fault::new(format!("{path} has files of several formats: {} and {}", one.0, other.0))
                    .fix(format!("name those of one, such as '{}/*{}'", path.trim_end_matches('/'), one.0)),
            ),
            (None, _) if recordings > 0 => refuse(
                Fault::new(format!("{path} has recordings, and no files of rows"))
                    .fix(format!("read recordings with FROM recordings('{path}')")),
            ),
            (None, _) if count == 0 => {
                refuse(Fault::new(format!("there is no file at {path}")).fix("check the path"))
            }
            (None, _) => refuse(
                Fault::new(format!("{path} has no file of rows"))
                    .why(format!("none of the files ends in {}", endings()))
                    .fix("check the path"),
            ),
        }
    }

    /// Notes that a path of this machine is read.
    pub fn note(&self, path: &Path) {
        let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        self.read.lock().unwrap_or_else(PoisonError::into_inner).push(path);
    }

    /// Forgets what was read by earlier statements.
    pub fn begin(&self) {
        self.read.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Notes a folder of this machine whose files are read.
    pub fn reads_folder(&self, folder: &Path) {
        if let Ok(folder) = std::fs::canonicalize(folder) {
            self.read.lock().unwrap_or_else(PoisonError::into_inner).push(folder);
        }
    }

    /// Why a file must not be written, if it is one that is read.
    pub fn is_read(&self, output: &Path) -> Option<String> {
        let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let parent =
            output.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let parent = std::fs::canonicalize(parent).ok();
        read.iter().find_map(|path| {
            match parent.as_ref().is_some_and(|at| path.is_dir() && at.starts_with(path)) {
                true => Some(format!("it lies in {}, which is read", path.display())),
                false => {
                    is_one_file(path, output).then(|| format!("it is {}, which is read", path.display()))
                }
            }
        })
    }

    /// What an error of reading files means.
    pub fn fault(&self, error: &DataFusionError, path: &str) -> Fault {
        if let Some(fault) = inner(error) {
            return fault.at(path);
        }
        if let Some(store) = store_error(error) {
            let stores = self.stores.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(reached) = stores.last() {
                return reached.fault(store).at(path);
            }
        }
        let why = error.find_root().message().into_owned();
        Fault::new(format!("{path} cannot be read")).why(why.lines().next().unwrap_or_default())
    }
}

/// The error of an object store that an error of the engine holds.
pub fn store_error(error: &DataFusionError) -> Option<&object_store::Error> {
    find_cause(error)
}

/// What separates the columns: of the usual marks the one that is most often in the first line.
async fn delimiter(
    url: &ListingTableUrl,
    ending: &str,
    usual: u8,
    state: &SessionState,
) -> Result<u8, DataFusionError> {
    let store = state.runtime_env().object_store(url)?;
    let Some(first) = url.list_all_files(state, store.as_ref(), ending).await?.try_next().await? else {
        return Ok(usual);
    };
    if first.size == 0 {
        return Ok(usual);
    }
    let range = Some(GetRange::Bounded(0..first.size.min(HEAD)));
    let options = GetOptions { range, ..GetOptions::default() };
    let head = store.get_opts(&first.location, options).await?.bytes().await?;
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |mark: u8| {
        let mut quoted = false;
        let counts = line.iter().filter(|byte| {
            quoted ^= **byte == b'"';
            **byte == mark && !quoted
        });
        counts.count()
    };
    // of as many the usual one
    let best = [usual, b',', b';', b'\t', b'|'].into_iter().rev().max_by_key(|mark| count(*mark));
    Ok(best.unwrap_or(usual))
}

fn url(text: &str, pattern: Option<&str>, path: &str) -> Result<ListingTableUrl> {
    let parsed = ListingTableUrl::parse(text).and_then(|url| match pattern {
        Some(pattern) => url.with_glob(pattern),
        None => Ok(url),
    });
    parsed.map_err(|error| {
        Fault::new(format!("{path} cannot be used")).why(error.message()).fix("check the path")
    })
}

/// What is wrong with a path that is not there, and which names are near.
fn missing(path: &str, error: std::io::Error) -> Fault {
    let fault = Fault::new(format!("{path} cannot be opened")).why(&error);
    if error.kind() != std::io::ErrorKind::NotFound {
        return fault.fix("check who may read it");
    }
    let fault = Fault::new(format!("there is no file {path}"));
    let folder = Path::new(path).parent().filter(|folder| !folder.as_os_str().is_empty());
    let entries = std::fs::read_dir(folder.unwrap_or(Path::new("."))).into_iter().flatten().flatten();
    let names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    let near = super::names::nearest(last(path), names.iter().map(String::as_str));
    match near.is_empty() {
        true => fault.fix("check the path"),
        false => fault.why(meant(last(path), names.iter().map(String::as_str))).fix("correct the path"),
    }
}
