//! `passband table`: lists, describes and maintains the tables of a warehouse.

use crate::print::{self, Print, say};
use clap::{Args, Subcommand};
use passband_lake::table::iceberg::maintain::{self, Keep};
use passband_lake::table::iceberg::{Warehouse, WarehouseSettings, inspect};
use passband_signal::{Duration, Fault, Result};
use serde_json::{Value, json};
use std::process::ExitCode;

/// The location of tables.
#[derive(Args, Clone, Default)]
pub struct Place {
    /// The warehouse: a folder, s3://bucket/prefix, or its name in a REST catalogue [default: PASSBAND_WAREHOUSE, or
    /// the folder "warehouse"].
    #[arg(long, global = true)]
    pub warehouse: Option<String>,
    /// The catalogue: a SQLite file, or the address of a REST catalogue [default: PASSBAND_CATALOG, or catalog.db in
    /// the warehouse].
    #[arg(long, global = true)]
    pub catalog: Option<String>,
}

impl Place {
    pub fn settings(&self) -> WarehouseSettings {
        let Self { warehouse, catalog } = self.clone();
        WarehouseSettings { warehouse, catalog, ..WarehouseSettings::default() }
    }
}

/// `passband table`
#[derive(Args)]
pub struct Table {
    #[command(flatten)]
    pub place: Place,
    #[command(subcommand)]
    pub what: What,
}

/// The commands.
#[derive(Subcommand)]
pub enum What {
    /// List the tables.
    List,
    /// Show columns, rows, files and partitions of a table.
    Describe {
        /// The table: features, or lab.features.
        table: String,
    },
    /// List the snapshots of a table, newest first: time, rows added, writer, and position in the source.
    History {
        /// The table.
        table: String,
    },
    /// List the data files of a table.
    Files {
        /// The table.
        table: String,
    },
    /// Remove old snapshots. Files that only they refer to become orphans; the current rows remain.
    Expire {
        /// The table.
        table: String,
        /// Keep snapshots younger than this.
        #[arg(long, default_value = "5 d")]
        older_than: Duration,
        /// Keep at least this number of the newest snapshots, regardless of age.
        #[arg(long, default_value_t = 1)]
        keep: usize,
        /// Only report what would be removed.
        #[arg(long)]
        dry_run: bool,
    },
    /// Remove files of a local table that no snapshot refers to, such as those of killed writers and expired snapshots.
    Orphans {
        /// The table.
        table: String,
        /// Keep files younger than this, which a writer may be about to commit.
        #[arg(long, default_value = "3 d")]
        older_than: Duration,
        /// Only list the files.
        #[arg(long)]
        dry_run: bool,
    },
}

pub fn table(what: &Table, print: Print) -> ExitCode {
    match rows(what, print) {
        Ok(rows) => print::out(&if print.json { lines(&rows) } else { grid(&rows) }),
        Err(fault) => {
            print::fault(&fault, print.json);
            ExitCode::FAILURE
        }
    }
}

/// The rows to print, as JSON objects.
fn rows(what: &Table, print: Print) -> Result<Vec<Value>> {
    let warehouse = Warehouse::open(&what.place.settings())?;
    let note = |text: String| {
        if !print.quiet && !print.json {
            say(text);
        }
    };
    match &what.what {
        What::List => {
            let all = warehouse.tables()?;
            if all.is_empty() {
                note(format!("the warehouse {} has no tables", warehouse.place()));
            }
            all.iter()
                .map(|ident| {
                    let table = inspect::describe(&warehouse, &warehouse.load(&ident.to_string())?)?;
                    Ok(json!({
                        "table": table.table, "rows": table.rows, "files": table.files, "bytes": table.bytes,
                        "snapshots": table.snapshots,
                    }))
                })
                .collect()
        }
        What::Describe { table } => {
            let told = inspect::describe(&warehouse, &warehouse.load(table)?)?;
            if print.json {
                return Ok(vec![json(&told)]);
            }
            let partition = if told.partition.is_empty() { "none".into() } else { told.partition.join(", ") };
            note(format!("{} at {}", told.table, told.location));
            note(format!(
                "{} rows in {} files ({}), {} snapshots, {} manifests; partitions: {partition}",
                told.rows,
                told.files,
                print::size(told.bytes),
                told.snapshots,
                told.manifests
            ));
            if told.manifests >= 1000 {
                note(
                    "a query reads every manifest: rewrite them with Spark, CALL system.rewrite_manifests"
                        .into(),
                );
            }
            Ok(told.columns.iter().map(json).collect())
        }
        What::History { table } => Ok(inspect::snapshots(&warehouse.load(table)?).iter().map(json).collect()),
        What::Files { table } => {
            Ok(inspect::files(&warehouse, &warehouse.load(table)?)?.iter().map(json).collect())
        }
        What::Expire { table, older_than, keep, dry_run } => {
            let table = warehouse.load(table)?;
            let keep = Keep { younger: older_than.std(), newest: *keep };
            let gone = match dry_run {
                true => maintain::expiring(&table, keep),
                false => maintain::expire(&warehouse, &table, keep)?,
            };
            note(format!(
                "{} snapshots {}",
                gone.len(),
                if *dry_run { "would be removed" } else { "removed" }
            ));
            Ok(gone.into_iter().map(|snapshot| json!({ "snapshot": snapshot })).collect())
        }
        What::Orphans { table, older_than, dry_run } => {
            let found = maintain::orphans(&warehouse, &warehouse.load(table)?, older_than.std())?;
            if !dry_run {
                maintain::remove(&found)?;
            }
            note(format!("{} files {}", found.len(), if *dry_run { "would be removed" } else { "removed" }));
            Ok(found.iter().map(json).collect())
        }
    }
}

fn json<T: serde::Serialize>(value: &T) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

fn lines(rows: &[Value]) -> String {
    rows.iter().map(|row| format!("{row}\n")).collect()
}

/// The order of columns on a terminal.
const ORDER: [&str; 19] = [
    "table",
    "name",
    "type",
    "unit",
    "snapshot",
    "time",
    "operation",
    "added",
    "rows",
    "files",
    "bytes",
    "snapshots",
    "writer",
    "run",
    "version",
    "positions",
    "location",
    "path",
    "doc",
];

/// Formats rows as aligned columns with a header.
fn grid(rows: &[Value]) -> String {
    let Some(Value::Object(first)) = rows.first() else { return String::new() };
    let mut names: Vec<&String> = first.keys().collect();
    names.sort_by_key(|name| ORDER.iter().position(|known| known == name));
    let cell = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let head = names.iter().map(|name| (*name).clone()).collect();
    let body = rows.iter().map(|row| names.iter().map(|name| cell(&row[name.as_str()])).collect());
    let all: Vec<Vec<String>> = std::iter::once(head).chain(body).collect();
    let width = |at: usize| all.iter().map(|row| row[at].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..names.len()).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(text, width)| format!("{text:width$}")).collect::<Vec<_>>();
        format!("{}\n", cells.join("  ").trim_end())
    };
    all.iter().map(line).collect()
}

/// The table in `-o iceberg:TABLE`.
pub fn named(output: &str) -> Option<Result<&str, Fault>> {
    let table = output.strip_prefix("iceberg:")?;
    Some(Warehouse::name(table).map(|_| table).map_err(|fault| fault.at("--output")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_in_columns() {
        let rows = [json!({ "name": "a", "rows": 10 }), json!({ "name": "long", "rows": 7 })];
        assert_eq!(grid(&rows), "name  rows\na     10\nlong  7\n");
        assert_eq!(grid(&[]), "");
    }
}
