//! Commits with lost replies, false success reports and conflicts; schemas; positions. Uses a real catalogue in SQLite.

use super::commit::{append, unique};
use super::data_files::DataFiles;
use super::keeper::{Design, Identity, Keeper};
use super::ledger::Positions;
use super::maintain::Keep;
use super::rows::Rows;
use super::warehouse::{Warehouse, WarehouseSettings};
use super::{inspect, maintain};
use async_trait::async_trait;
use iceberg::table::Table;
use iceberg::{Catalog, Error, ErrorKind, Namespace, NamespaceIdent, TableCommit, TableCreation, TableIdent};
use passband_flow::config::Named;
use passband_flow::data::{Data, Field, Origin, Output, Position, Record, Type};
use passband_flow::part::Ledger;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

passband_flow::record! {
    /// A note.
    pub struct Pitch("test-pitches", "TestPitch") {
        /// When it began.
        time: i64 as time,
        /// The fundamental frequency.
        pitch: f64 as unit "Hz",
    }
}

fn settings(folder: &tempfile::TempDir) -> WarehouseSettings {
    WarehouseSettings { warehouse: Some(folder.path().display().to_string()), ..Default::default() }
}

fn keeper(warehouse: Warehouse, table: &str, writer: &str) -> Keeper {
    let identity = Identity { writer: writer.into(), run: unique(), pipeline: "test".into(), shared: false };
    Keeper::new(warehouse, Warehouse::name(table).unwrap(), identity)
}

const DESIGN: Design<'_> = Design { partition: &[], kind: "pitches" };

fn output(n: i64) -> Output {
    let pitch = Pitch { time: n * 1_000_000, pitch: n as f64 };
    Output { stream: "flute".into(), data: Data::row(pitch), origin: Origin { shard: 0, offset: n } }
}

/// Writes these rows to files that are not committed yet.
fn files(keeper: &Keeper, rows: std::ops::Range<i64>) -> Vec<iceberg::spec::DataFile> {
    let mut waiting = Rows::new(&Pitch::declared(), &Named::default()).unwrap();
    let table = keeper.table(&waiting.columns, &DESIGN).unwrap();
    rows.for_each(|n| waiting.add(&output(n)));
    let batch = waiting.take(&keeper.identity.run).unwrap();
    let mut files = DataFiles::begin(&table, &unique()).unwrap();
    keeper.warehouse.wait(async {
        files.write(&batch).await.unwrap();
        files.close().await.unwrap()
    })
}

fn count(warehouse: &Warehouse, table: &str) -> u64 {
    inspect::describe(warehouse, &warehouse.load(table).unwrap()).unwrap().rows
}

fn at(offset: i64) -> Position {
    Position { offset, reached: offset, ..Position::default() }
}

/// How a commit fails.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Mishap {
    /// It is applied, and its reply is lost.
    LostReply,
    /// It is not applied but reported as successful, like a transaction whose COMMIT fails unnoticed.
    GrantedInVain,
}

/// A real catalogue behind a connection that fails `left` times.
#[derive(Debug)]
struct Shaky {
    inner: Arc<dyn Catalog>,
    mishap: Mishap,
    left: AtomicU32,
}

#[async_trait]
impl Catalog for Shaky {
    async fn update_table(&self, commit: TableCommit) -> iceberg::Result<Table> {
        let left = self.left.load(Ordering::SeqCst);
        if left == 0 {
            return self.inner.update_table(commit).await;
        }
        self.left.store(left - 1, Ordering::SeqCst);
        match self.mishap {
            Mishap::LostReply => {
                self.inner.update_table(commit).await?;
                Err(Error::new(ErrorKind::Unexpected, "error sending request: connection closed"))
            }
            Mishap::GrantedInVain => {
                let table = self.inner.load_table(commit.identifier()).await?;
                commit.apply(table)
            }
        }
    }
    async fn load_table(&self, table: &TableIdent) -> iceberg::Result<Table> {
        self.inner.load_table(table).await
    }
    async fn list_namespaces(&self, parent: Option<&NamespaceIdent>) -> iceberg::Result<Vec<NamespaceIdent>> {
        self.inner.list_namespaces(parent).await
    }
    async fn create_namespace(
        &self,
        name: &NamespaceIdent,
        with: HashMap<String, String>,
    ) -> iceberg::Result<Namespace> {
        self.inner.create_namespace(name, with).await
    }
    async fn get_namespace(&self, name: &NamespaceIdent) -> iceberg::Result<Namespace> {
        self.inner.get_namespace(name).await
    }
    async fn namespace_exists(&self, name: &NamespaceIdent) -> iceberg::Result<bool> {
        self.inner.namespace_exists(name).await
    }
    async fn update_namespace(
        &self,
        name: &NamespaceIdent,
        with: HashMap<String, String>,
    ) -> iceberg::Result<()> {
        self.inner.update_namespace(name, with).await
    }
    async fn drop_namespace(&self, name: &NamespaceIdent) -> iceberg::Result<()> {
        self.inner.drop_namespace(name).await
    }
    async fn list_tables(&self, name: &NamespaceIdent) -> iceberg::Result<Vec<TableIdent>> {
        self.inner.list_tables(name).await
    }
    async fn create_table(&self, name: &NamespaceIdent, creation: TableCreation) -> iceberg::Result<Table> {
        self.inner.create_table(name, creation).await
    }
    async fn drop_table(&self, table: &TableIdent) -> iceberg::Result<()> {
        self.inner.drop_table(table).await
    }
    async fn purge_table(&self, table: &TableIdent) -> iceberg::Result<()> {
        self.inner.purge_table(table).await
    }
    async fn table_exists(&self, table: &TableIdent) -> iceberg::Result<bool> {
        self.inner.table_exists(table).await
    }
    async fn rename_table(&self, from: &TableIdent, to: &TableIdent) -> iceberg::Result<()> {
        self.inner.rename_table(from, to).await
    }
    async fn register_table(&self, table: &TableIdent, metadata: String) -> iceberg::Result<Table> {
        self.inner.register_table(table, metadata).await
    }
}

#[test]
fn a_commit_is_made_once_whatever_becomes_of_its_reply() {
    for mishap in [Mishap::LostReply, Mishap::GrantedInVain] {
        for times in 1..4 {
            let folder = tempfile::tempdir().unwrap();
            let mut warehouse = Warehouse::create(&settings(&folder)).unwrap();
            let keeper_of_files = keeper(Warehouse::create(&settings(&folder)).unwrap(), "notes", "w");
            let files = files(&keeper_of_files, 0..10);
            warehouse.through(|inner| Arc::new(Shaky { inner, mishap, left: times.into() }));
            let ident = Warehouse::name("notes").unwrap();
            append(&warehouse, &ident, &unique(), &files, |_| Ok(HashMap::new())).unwrap();
            assert_eq!(count(&warehouse, "notes"), 10, "{mishap:?}, {times} times");
        }
    }
}

#[test]
fn writers_at_once_lose_and_double_no_row() {
    let folder = tempfile::tempdir().unwrap();
    let begin = |name: &str| keeper(Warehouse::create(&settings(&folder)).unwrap(), "notes", name);
    files(&begin("first"), 0..1);
    std::thread::scope(|scope| {
        for writer in ["a", "b", "c"] {
            let begin = &begin;
            scope.spawn(move || {
                let keeper = begin(writer);
                for n in 0..6 {
                    let files = files(&keeper, n * 10..n * 10 + 10);
                    let moved = Positions::from([(0, Some(at(n * 10 + 10)))]);
                    keeper.commit(&files, &moved, true).unwrap();
                }
            });
        }
    });
    let warehouse = Warehouse::open(&settings(&folder)).unwrap();
    assert_eq!(count(&warehouse, "notes"), 3 * 60);
    for writer in ["a", "b", "c"] {
        let there = begin(writer).positions().unwrap();
        assert_eq!(there, Positions::from([(0, Some(at(60)))]));
    }
}

#[test]
fn a_process_that_was_replaced_commits_nothing_more() {
    let folder = tempfile::tempdir().unwrap();
    let begin = || keeper(Warehouse::create(&settings(&folder)).unwrap(), "notes", "same");
    let (older, newer) = (begin(), begin());
    let rows = files(&older, 0..10);
    older.positions().unwrap();
    older.begin(0, None).unwrap();
    older.waits(0);
    assert!(older.must_commit());
    older.commit(&rows, &Positions::from([(0, Some(at(10)))]), true).unwrap();
    assert!(!older.must_commit());
    // the newer process continues from the committed position; the older one then tries to commit rows of its own
    assert_eq!(newer.positions().unwrap(), Positions::from([(0, Some(at(10)))]));
    newer.commit(&files(&newer, 10..20), &Positions::from([(0, Some(at(20)))]), true).unwrap();
    let late = files(&older, 10..15);
    let fault = older.commit(&late, &Positions::from([(0, Some(at(15)))]), true).unwrap_err();
    assert!(fault.to_string().contains("another process"), "{fault}");
    assert_eq!(count(&newer.warehouse, "notes"), 20);
}

#[test]
fn columns_that_come_later_are_added_and_a_foreign_table_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let keeper = keeper(Warehouse::create(&settings(&folder)).unwrap(), "notes", "w");
    keeper.commit(&files(&keeper, 0..3), &Positions::new(), false).unwrap();
    let more = [Field::new("level", "How loud it is.", Type::Double).unit("dB")];
    let more: Vec<Field> = Pitch::declared().into_iter().chain(more).collect();
    let table = keeper.table(&Rows::new(&more, &Named::default()).unwrap().columns, &DESIGN).unwrap();
    let told = inspect::describe(&keeper.warehouse, &table).unwrap();
    let level = told.columns.iter().find(|column| column.name == "level").unwrap();
    assert_eq!((level.kind.as_str(), level.doc.as_str()), ("double", "How loud it is. Unit: dB."));
    // rows with fewer columns are still accepted
    keeper.commit(&files(&keeper, 3..6), &Positions::new(), false).unwrap();
    assert_eq!(count(&keeper.warehouse, "notes"), 6);
    let pitch = told.columns.iter().find(|column| column.name == "pitch").unwrap();
    assert_eq!(pitch.unit, "Hz");

    let other = [Field::new("pitch", "Its name.", Type::Text)];
    let fault = keeper.table(&Rows::new(&other, &Named::default()).unwrap().columns, &DESIGN).unwrap_err();
    assert!(fault.to_string().contains("the column pitch of the table notes has another type"), "{fault}");
}

#[test]
fn positions_outlive_the_snapshots_that_had_them() {
    let folder = tempfile::tempdir().unwrap();
    let begin = |name: &str| keeper(Warehouse::create(&settings(&folder)).unwrap(), "notes", name);
    let (early, late) = (begin("early"), begin("late"));
    early.commit(&files(&early, 0..5), &Positions::from([(3, Some(at(5)))]), true).unwrap();
    for n in 1..4 {
        late.commit(&files(&late, n..n + 1), &Positions::from([(0, Some(at(n)))]), true).unwrap();
    }
    let table = late.warehouse.load("notes").unwrap();
    let gone =
        maintain::expire(&late.warehouse, &table, Keep { younger: Duration::ZERO, newest: 2 }).unwrap();
    assert_eq!(gone.len(), 2);
    assert_eq!(begin("early").positions().unwrap(), Positions::from([(3, Some(at(5)))]));
    assert_eq!(begin("late").positions().unwrap(), Positions::from([(0, Some(at(3)))]));
    assert_eq!(count(&late.warehouse, "notes"), 8);

    // files that only the expired snapshots reference, and a file of a killed writer
    files(&late, 90..91);
    let table = late.warehouse.load("notes").unwrap();
    let found = maintain::orphans(&late.warehouse, &table, Duration::ZERO).unwrap();
    let of = |ending: &str| found.iter().filter(|orphan| orphan.path.ends_with(ending)).count();
    assert_eq!((of(".parquet"), of(".avro")), (1, 2), "{found:?}");
    assert!(maintain::orphans(&late.warehouse, &table, Duration::from_secs(3600)).unwrap().is_empty());
    maintain::remove(&found).unwrap();
    assert_eq!(count(&late.warehouse, "notes"), 8);
    assert_eq!(inspect::snapshots(&table).len(), 2);
}
