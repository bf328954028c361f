//! The tables that are served: files by the names of their stems, and tables of a warehouse.

use crate::measured::is_of_recordings;
use passband_lake::table::iceberg::{Warehouse, WarehouseSettings, inspect};
use passband_lake::table::sql::{Batch, Interrupt, Schema, Session, SqlError};
use passband_signal::{Fault, Result};
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use xxhash_rust::xxh3::Xxh3;

/// Files of a folder whose size and time are looked at to notice a change.
const LOOKED_AT: usize = 10_000;

/// A table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its name in SQL.
    pub name: String,
    /// The file, folder or pattern that it is read from; `None` for a table of the warehouse.
    pub path: Option<String>,
}

/// The tables, and how they are asked.
#[derive(Clone, Debug)]
pub struct Sources {
    /// The tables.
    pub all: Vec<Source>,
    warehouse: WarehouseSettings,
    /// Whether queries may read any file and recording of this machine.
    files: bool,
}

/// A name in double quotes, as SQL reads it.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

impl Sources {
    /// The tables of these names: paths of files, folders and patterns, or tables of the warehouse; recordings are measured
    /// by `measured`, which names the file with their rows. Without any, all tables of the warehouse.
    ///
    /// # Errors  no such file or table; no table at all
    pub fn new(
        names: &[String],
        warehouse: WarehouseSettings,
        files: bool,
        measured: impl Fn(&str) -> Result<PathBuf>,
    ) -> Result<Self> {
        let mut sources = Self { all: vec![], warehouse, files };
        let in_warehouse = sources.session()?.tables();
        if names.is_empty() {
            sources.all = in_warehouse.into_iter().map(|name| Source { name, path: None }).collect();
            if sources.all.is_empty() {
                let fault = Fault::new("there is no table to serve").why("the warehouse has none");
                return Err(fault.fix(
                    "name a file: passband analyze MUSIC -o rows.parquet, then passband serve rows.parquet",
                ));
            }
            return Ok(sources);
        }
        for name in names {
            let name = name.strip_prefix("iceberg:").unwrap_or(name);
            if in_warehouse.iter().any(|known| known == name) {
                sources.all.push(Source { name: name.into(), path: None });
                continue;
            }
            let is_path = name.contains("://") || name.contains('*') || Path::new(name).exists();
            if !is_path {
                let mut fault = Fault::new(format!("there is no table {name}"));
                if !in_warehouse.is_empty() {
                    fault = fault.why(format!("the warehouse has {}", in_warehouse.join(", ")));
                }
                return Err(fault.fix("name a file that exists, or a table of the warehouse"));
            }
            let path = match is_of_recordings(name) {
                true => measured(name)?.display().to_string(),
                false => name.to_owned(),
            };
            let source = sources.free(&stem(name), &path);
            sources.all.push(source);
        }
        Ok(sources)
    }

    /// A source of a path with a name that no other has.
    fn free(&self, stem: &str, path: &str) -> Source {
        let is_taken = |name: &str| self.all.iter().any(|source| source.name == name);
        let names = std::iter::once(stem.to_owned()).chain((2..).map(|number| format!("{stem}_{number}")));
        let name = names.into_iter().find(|name| !is_taken(name)).unwrap_or_default();
        Source { name, path: Some(path.to_owned()) }
    }

    fn session(&self) -> Result<Session> {
        Session::with_notes(self.warehouse.clone(), |_| {})
    }

    /// A session in which the tables have their names, and nothing can be changed.
    pub fn open(&self) -> Result<Session, SqlError> {
        let failed = SqlError::Query;
        let session = self.session().map_err(failed)?;
        let mut paths = vec![];
        for source in &self.all {
            if let Some(path) = &source.path {
                let view = format!(
                    "CREATE VIEW {} AS SELECT * FROM '{}'",
                    quoted(&source.name),
                    path.replace('\'', "''")
                );
                // a file that is away hides no other table
                let created = session.parse(&view).and_then(|statements| drain(&session, &statements));
                drop(created);
                paths.push(path.clone());
            }
        }
        if !self.files {
            session.restrict_to(paths);
        }
        Ok(session)
    }

    /// Reads rows in batches.
    pub fn read(
        &self,
        query: &str,
        began: impl FnOnce(Interrupt),
        mut each: impl FnMut(&Schema, Option<Batch>) -> Result<bool>,
    ) -> Result<(), SqlError> {
        let session = self.open()?;
        began(session.interrupt());
        let statements = session.parse(query)?;
        let [statement] = &statements[..] else {
            let what =
                if statements.is_empty() { "the query is empty" } else { "there is more than one statement" };
            return Err(SqlError::Statement(Fault::new(what).fix("write one query")));
        };
        let mut answer = session.run(statement)?;
        let schema = answer.schema().clone();
        let failed = SqlError::Query;
        if !each(&schema, None).map_err(failed)? {
            return Ok(());
        }
        while let Some(batch) = answer.next_rows()? {
            if !each(&schema, Some(batch)).map_err(failed)? {
                break;
            }
        }
        Ok(())
    }

    /// The columns of a table.
    pub fn schema(&self, name: &str) -> Result<Schema, SqlError> {
        let mut found = None;
        self.read(&format!("SELECT * FROM {} LIMIT 0", quoted(name)), drop, |schema, _| {
            found = Some(schema.clone());
            Ok(false)
        })?;
        found.ok_or_else(|| SqlError::Query(Fault::new(format!("the table {name} has no columns"))))
    }

    /// The state of a table: another text as soon as it has other rows. `None` if that cannot be told.
    pub fn state(&self, source: &Source) -> Option<String> {
        match &source.path {
            Some(path) if path.contains("://") => None,
            Some(path) => Some(stamp(path)),
            None => {
                let warehouse = Warehouse::open(&self.warehouse).ok()?;
                let table = warehouse.load(&source.name).ok()?;
                let newest = inspect::snapshots(&table).first().map(|entry| entry.snapshot);
                Some(format!("snapshot {}", newest.unwrap_or(0)))
            }
        }
    }

    /// What tells a table from others of the same name, for the name of its store.
    pub fn identity(&self, source: &Source) -> String {
        let place = match &source.path {
            Some(path) => std::fs::canonicalize(path).map_or(path.clone(), |path| path.display().to_string()),
            None => {
                let here = std::env::current_dir().unwrap_or_default();
                format!("{} {:?} {:?}", here.display(), self.warehouse.warehouse, self.warehouse.catalog)
            }
        };
        let mut hash = Xxh3::new();
        hash.update(place.as_bytes());
        format!("{}-{:016x}", stem(&source.name), hash.digest())
    }
}

fn drain(session: &Session, statements: &[passband_lake::table::sql::Statement]) -> Result<(), SqlError> {
    for statement in statements {
        let mut answer = session.run(statement)?;
        while answer.next_rows()?.is_some() {}
    }
    Ok(())
}

/// The name of a file without folder and extension, of letters, digits and underscores.
fn stem(path: &str) -> String {
    let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let stem = last.split('.').next().unwrap_or_default();
    let plain = |c: char| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    let stem: String = stem.chars().map(plain).collect();
    let stem = stem.trim_matches('_');
    match stem.chars().next() {
        None => "rows".into(),
        Some(first) if first.is_ascii_digit() => format!("t{stem}"),
        Some(_) => stem.into(),
    }
}

/// Sizes and times of the files of a path.
pub fn stamp(path: &str) -> String {
    let mut hash = Xxh3::new();
    let (mut pending, mut count): (Vec<PathBuf>, usize) = (vec![], 0);
    match path.rsplit_once('/') {
        _ if !path.contains('*') || Path::new(path).exists() => pending.push(path.into()),
        Some((folder, _)) => pending.push(folder.into()),
        None => pending.push(".".into()),
    }
    let mut files = vec![];
    while let Some(path) = pending.pop() {
        let Ok(known) = std::fs::metadata(&path) else { continue };
        count += 1;
        if count > LOOKED_AT {
            break;
        }
        if known.is_dir() {
            let entries = std::fs::read_dir(&path).into_iter().flatten().filter_map(Result::ok);
            pending.extend(entries.map(|entry| entry.path()));
        } else {
            let time = known.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            files.push(format!("{} {} {time:?}", path.display(), known.len()));
        }
    }
    files.sort();
    files.iter().for_each(|file| hash.update(file.as_bytes()));
    format!("files {:016x}", hash.digest())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_words() {
        assert_eq!(stem("runs/My Rows.2026.parquet"), "my_rows");
        assert_eq!(stem("2026.csv"), "t2026");
        assert_eq!(stem("s3://bucket/x/features/"), "features");
        assert_eq!(stem("…"), "rows");
    }

    #[test]
    fn a_changed_file_has_another_stamp() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        std::fs::write(&path, "a\n1\n").unwrap();
        let text = folder.path().display().to_string();
        let before = stamp(&text);
        assert_eq!(stamp(&text), before);
        std::fs::write(&path, "a\n1\n2\n").unwrap();
        assert_ne!(stamp(&text), before);
    }
}
