use super::super::{Output, OutputFormat, Session, SqlError};
use crate::table::iceberg::{Warehouse, WarehouseSettings, inspect, maintain};
use passband_signal::Fault;
use std::path::{Path, PathBuf};

struct Lake {
    folder: tempfile::TempDir,
    session: Session,
}

impl Lake {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let session = Session::with_notes(settings(folder.path()), |_| {}).unwrap();
        Self { folder, session }
    }

    /// The rows of the last of some statements, as CSV.
    fn csv(&self, text: &str) -> Result<String, Fault> {
        let mut last = String::new();
        for statement in self.session.parse(text)? {
            let mut answer = self.session.run(&statement)?;
            let mut out = Output::new(OutputFormat::Csv, Vec::new(), answer.schema())?;
            while let Some(rows) = answer.next_rows()? {
                out.write(&rows)?;
            }
            last = String::from_utf8(out.finish()?).unwrap();
        }
        Ok(last)
    }

    fn ok(&self, text: &str) -> String {
        self.csv(text).unwrap_or_else(|fault| panic!("{text}: {fault}"))
    }

    fn refused(&self, text: &str) -> String {
        match self.csv(text) {
            Ok(rows) => panic!("{text} gave {rows}"),
            Err(fault) => fault.to_string(),
        }
    }

    fn warehouse(&self) -> Warehouse {
        Warehouse::open(&settings(self.folder.path())).unwrap()
    }

    /// Every data file below the warehouse, committed or not.
    fn files(&self) -> Vec<PathBuf> {
        let (mut found, mut folders) = (vec![], vec![self.folder.path().to_owned()]);
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                match path.is_dir() {
                    true => folders.push(path),
                    false => found.push(path),
                }
            }
        }
        found.retain(|path| path.extension().is_some_and(|ending| ending == "parquet"));
        found
    }
}

fn settings(folder: &Path) -> WarehouseSettings {
    WarehouseSettings { warehouse: Some(folder.display().to_string()), ..Default::default() }
}

#[test]
fn a_table_is_made_of_a_query_and_added_to_in_one_commit_each() {
    let lake = Lake::new();
    let make =
        "CREATE TABLE notes AS SELECT * FROM (VALUES (1, 'c', 261.6), (2, 'a', 440.0)) AS t(n, name, pitch)";
    assert_eq!(lake.ok(make), "rows\n2\n");
    assert!(lake.refused(make).contains("there is a table notes already"));
    assert_eq!(lake.ok(&make.replace("TABLE", "TABLE IF NOT EXISTS")), "rows\n0\n");
    assert_eq!(lake.ok("INSERT INTO notes (pitch, n) SELECT 392.0, 3"), "rows\n1\n");
    assert_eq!(lake.ok("INSERT INTO notes VALUES (4, NULL, 880)"), "rows\n1\n");
    let all = "n,name,pitch\n1,c,261.6\n2,a,440.0\n3,,392.0\n4,,880.0\n";
    assert_eq!(lake.ok("SELECT * FROM notes ORDER BY n"), all);
    // a statement reads the table as it was when the statement began
    assert_eq!(lake.ok("INSERT INTO notes SELECT * FROM notes"), "rows\n4\n");
    assert_eq!(lake.ok("SELECT count(*) AS n FROM notes"), "n\n8\n");
    let warehouse = lake.warehouse();
    let history = inspect::snapshots(&warehouse.load("notes").unwrap());
    let added: Vec<u64> = history.iter().map(|entry| entry.added).collect();
    assert_eq!(added, [4, 1, 1, 2]);
    assert!(history.iter().all(|entry| entry.writer == "sql" && !entry.run.is_empty()));
    assert!(lake.folder.path().join("passband/notes/metadata/version-hint.text").is_file());
    assert!(lake.refused("DROP TABLE notes").contains("is not dropped"));
    assert_eq!(lake.ok("INSERT INTO notes SELECT * FROM notes WHERE false"), "rows\n0\n");
    assert_eq!(inspect::snapshots(&warehouse.load("notes").unwrap()).len(), 4);
}

#[test]
fn columns_are_checked_one_by_one() {
    let lake = Lake::new();
    lake.ok("CREATE TABLE t (name VARCHAR, n INT NOT NULL, x DOUBLE, at TIMESTAMP, more DOUBLE[], r REAL)");
    for (statement, says) in [
        ("INSERT INTO t (n, x) SELECT 1, 'high'", "string does not go into the column x of the table t"),
        ("INSERT INTO t (n, x) SELECT 1, 'high'", "the column is double, and the query gives string"),
        ("INSERT INTO t (n) SELECT 1.5", "double does not go into the column n"),
        ("INSERT INTO t (n) SELECT 3000000000", "a value does not go into the column n"),
        ("INSERT INTO t (n, r) SELECT 1, 1e39", "a value does not go into the column r"),
        ("INSERT INTO t (n, more) SELECT 1, ['a']", "list<string> does not go into the column more"),
        ("INSERT INTO t (n, y) SELECT 1, 2", "the table t has no column y"),
        ("INSERT INTO t (x, x) SELECT 1, 2", "the column x is listed twice"),
        ("INSERT INTO t (n, x) SELECT 1", "2 columns are listed, and the query has 1"),
        ("INSERT INTO t (x) SELECT 1", "the column n of the table t needs a value"),
        ("INSERT INTO t (n) SELECT CAST(NULL AS INT)", "the column n is NOT NULL"),
        ("INSERT INTO t SELECT 'a', 1", "the query has 2 columns, and the table t has 6"),
        ("INSERT INTO t SELECT name, x, n, at, more, r FROM t", "in another order"),
        ("INSERT INTO t (n, at) VALUES (1, 'soon')", "a value does not go into the column at"),
        ("INSERT INTO s SELECT 1", "there is no table s"),
        ("INSERT INTO 'a.csv' SELECT 1", "a.csv is a path"),
        ("INSERT OVERWRITE t SELECT 1", "replaces rows is not supported"),
        ("CREATE OR REPLACE TABLE t AS SELECT 1 AS n", "CREATE OR REPLACE TABLE is not supported"),
        ("CREATE TABLE u AS SELECT 1 AS n, 2 AS n", "n"),
        ("CREATE TABLE u AS SELECT avg(x) FROM t", "cannot be the name of a column"),
        ("CREATE TABLE u AS SELECT NULL AS n", "the column n cannot be stored in a table"),
        ("CREATE TABLE u (n INT PRIMARY KEY)", "keys, constraints and defaults"),
        ("CREATE TABLE u PARTITIONED BY (day(when)) AS SELECT 1 AS n", "which is no column"),
        ("CREATE TABLE u PARTITIONED BY (week(n)) AS SELECT 1 AS n", "is not understood"),
    ] {
        let said = lake.refused(statement);
        assert!(said.contains(says), "{statement}: {said}");
    }
    assert!(lake.files().is_empty());
    assert_eq!(lake.warehouse().tables().unwrap().len(), 1);
    lake.ok("INSERT INTO t (n, at, more) VALUES (1, '2026-01-31T12:00:00', [1, 2.5])");
    lake.ok("INSERT INTO t SELECT 'b', 2, 7, TIMESTAMP '2026-02-01T00:00:00', NULL, 0.5");
    let rows = lake.ok("SELECT n, name, x, at, array_length(more) AS long FROM t ORDER BY n");
    assert_eq!(rows, "n,name,x,at,long\n1,,,2026-01-31T12:00:00,2\n2,b,7.0,2026-02-01T00:00:00,\n");
}

#[test]
fn rows_that_fail_or_are_interrupted_leave_nothing() {
    let lake = Lake::new();
    lake.ok("CREATE TABLE t AS SELECT value AS n FROM range(10)");
    let before = lake.files();
    let fails = "SELECT value / (value - 200000) AS n FROM range(1000000)";
    assert!(lake.refused(&format!("INSERT INTO t {fails}")).contains("the query failed"));
    assert!(lake.refused(&format!("CREATE TABLE u AS {fails}")).contains("the query failed"));
    let interrupt = lake.session.interrupt();
    for text in ["INSERT INTO t", "CREATE TABLE u AS"] {
        let text = format!("{text} SELECT value AS n FROM range(100000000000)");
        let statements = lake.session.parse(&text).unwrap();
        let (interrupt, folder) = (interrupt.clone(), lake.folder.path().to_owned());
        let stopper = std::thread::spawn(move || {
            // interrupts once data is being written
            let probe = || walk(&folder);
            let first = probe();
            while probe() == first {
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
            interrupt.stop();
        });
        assert!(matches!(lake.session.run(&statements[0]), Err(SqlError::Interrupted)), "{text}");
        stopper.join().unwrap();
    }
    assert_eq!(lake.files(), before);
    assert_eq!(lake.ok("SELECT count(*) AS n FROM t"), "n\n10\n");
    assert_eq!(lake.warehouse().tables().unwrap().len(), 1);
}

/// How many files are below a folder.
fn walk(folder: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries.flatten().map(|entry| if entry.path().is_dir() { walk(&entry.path()) } else { 1 }).sum()
}

#[test]
fn partitions_have_files_of_their_own() {
    let lake = Lake::new();
    let rows = "SELECT value AS n, arrow_cast(value % 3, 'Utf8') AS key, TIMESTAMP '2026-01-01' AS at FROM range(3000)";
    lake.ok(&format!("CREATE TABLE lab.t PARTITIONED BY (key, day(at)) AS {rows}"));
    lake.ok(&format!("INSERT INTO lab.t {rows}"));
    let warehouse = lake.warehouse();
    let told = inspect::describe(&warehouse, &warehouse.load("lab.t").unwrap()).unwrap();
    assert_eq!((told.partition, told.files, told.rows), (vec!["key".into(), "day(at)".into()], 6, 6000));
    assert_eq!(
        lake.ok("SELECT count(*) AS n, min(n) AS least FROM lab.t WHERE key = '2'"),
        "n,least\n2000,2\n"
    );
}

#[test]
fn values_of_partitions_do_not_leave_the_table_and_no_file_of_it_is_an_orphan() {
    let lake = Lake::new();
    let values = "VALUES ('../../../x', 1), ('a#b?', 2), (E'tab\there', 3), ('', 4), (NULL, 5), ('.', 6)";
    lake.ok(&format!("CREATE TABLE t PARTITIONED BY (k) AS SELECT * FROM ({values}) AS v(k, n)"));
    assert_eq!(lake.ok("SELECT sum(n) AS s, count(DISTINCT k) AS k FROM t"), "s,k\n21,5\n");
    assert_eq!(lake.ok("SELECT n FROM t WHERE k = '../../../x'"), "n\n1\n");
    let (warehouse, data) = (lake.warehouse(), lake.folder.path().join("passband/t/data"));
    assert!(lake.files().iter().all(|file| file.starts_with(&data)), "{:?}", lake.files());
    let table = warehouse.load("t").unwrap();
    let orphans = maintain::orphans(&warehouse, &table, std::time::Duration::ZERO).unwrap();
    assert!(orphans.is_empty(), "{orphans:?}");
}

#[test]
fn conditions_find_nan_and_views_see_new_rows() {
    let lake = Lake::new();
    lake.ok("CREATE TABLE t AS SELECT CAST('NaN' AS DOUBLE) AS x UNION ALL SELECT 5.0");
    lake.ok("INSERT INTO t VALUES (CAST('NaN' AS DOUBLE))");
    for (condition, count) in
        [("x > 1", 3), ("NOT (x <= 10)", 2), ("x = CAST('NaN' AS DOUBLE)", 2), ("x < 10", 1), ("x = 5", 1)]
    {
        let found = lake.ok(&format!("SELECT count(*) AS n FROM t WHERE {condition}"));
        assert_eq!(found, format!("n\n{count}\n"), "{condition}");
    }
    lake.ok("CREATE VIEW v AS SELECT count(*) AS n FROM t; CREATE VIEW w AS SELECT n + 1 AS m FROM v");
    lake.ok("INSERT INTO t VALUES (7)");
    assert_eq!(lake.ok("SELECT n, m FROM v, w"), "n,m\n4,5\n");
    lake.ok("DROP VIEW v; CREATE VIEW v AS SELECT 1 AS n");
    assert_eq!(lake.ok("SELECT n FROM v"), "n\n1\n");
    // a data file of a table that is read is not a place for rows
    let file = lake.files()[0].clone();
    let statement = lake.session.parse("SELECT * FROM t").unwrap();
    lake.session.run(&statement[0]).unwrap();
    assert!(lake.session.reads(&file).is_some_and(|why| why.contains("which is read")));
}

#[test]
fn temporary_tables_and_views_are_of_the_session() {
    let lake = Lake::new();
    lake.ok("CREATE TEMPORARY TABLE t AS SELECT 1 AS n; CREATE VIEW v AS SELECT n + 1 AS n FROM t");
    assert_eq!(lake.ok("INSERT INTO t VALUES (5), (6)"), "rows\n2\n");
    assert_eq!(lake.ok("SELECT sum(n) AS s FROM v"), "s\n15\n");
    assert!(lake.refused("CREATE TABLE t AS SELECT 2 AS n").contains("in this session already"));
    lake.ok("DROP TABLE t");
    lake.ok("CREATE TABLE t AS SELECT 2 AS n");
    assert_eq!(lake.ok("SELECT n FROM t"), "n\n2\n");
    let plan = lake.ok("EXPLAIN FORMAT INDENT INSERT INTO t SELECT n + 40 FROM t");
    assert!(plan.contains("TableScan: t") || plan.contains("DataSourceExec"), "{plan}");
    assert_eq!(lake.ok("SELECT count(*) AS n FROM t"), "n\n1\n");
}
