//! `passband sql` writes Iceberg tables: in a folder, a bucket and a REST catalogue, also when it is interrupted or killed.

use crate::passband::command;
use passband_testbed::{IcebergCatalog, S3, unique};
use serde_json::Value;
use std::path::Path;
use std::process::{Output, Stdio};

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A place with its own environment.
struct Desk {
    folder: tempfile::TempDir,
    set: Vec<(&'static str, String)>,
}

impl Desk {
    fn new(set: Vec<(&'static str, String)>) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), set }
    }

    fn run(&self, words: &[&str]) -> Output {
        let set: Vec<_> = self.set.iter().map(|(name, value)| (*name, value.as_str())).collect();
        command(words, &set).current_dir(&self.folder).output().unwrap()
    }

    fn sql(&self, statement: &str) -> (Option<i32>, String) {
        let output = self.run(&["sql", statement]);
        (output.status.code(), text(&output.stdout) + &text(&output.stderr))
    }

    fn table(&self, words: &[&str]) -> Vec<Value> {
        let output = self.run(&[&["--json", "table"], words].concat());
        assert!(output.status.success(), "{words:?}: {}", text(&output.stderr));
        text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

fn rows(count: u64) -> (Option<i32>, String) {
    (Some(0), format!("{{\"rows\":{count}}}\n"))
}

#[test]
fn create_table_as_makes_the_warehouse_and_the_next_command_finds_the_table() {
    let desk = Desk::new(vec![]);
    let (code, _) = desk.sql("CREATE TABLE t AS SELECT temop FROM (SELECT 1 AS tempo)");
    assert_eq!((code, desk.folder.path().join("warehouse").exists()), (Some(2), false));
    assert_eq!(desk.sql("CREATE TABLE t AS SELECT 1 AS n UNION ALL SELECT 2"), rows(2));
    assert_eq!(desk.sql("INSERT INTO t VALUES (3)"), rows(1));
    assert_eq!(desk.sql("SELECT sum(n) AS s FROM t"), (Some(0), "{\"s\":6}\n".into()));
    let history = desk.table(&["history", "t"]);
    assert_eq!((history.len(), &history[0]["added"], &history[0]["writer"]), (2, &1.into(), &"sql".into()));
    let both = "CREATE TABLE u AS SELECT n FROM t; SELECT count(*) AS n FROM u";
    assert_eq!(desk.sql(both), (Some(0), "{\"rows\":3}\n{\"n\":3}\n".into()));
    let output = desk.run(&["sql", "INSERT INTO t SELECT 9", "-o", "a.csv"]);
    let told = text(&output.stderr);
    assert!(output.status.code() == Some(2) && told.contains("the statement returns no rows"), "{told}");
    assert_eq!(desk.sql("SELECT max(n) AS m FROM t"), (Some(0), "{\"m\":3}\n".into()));
    let output = desk.run(&["sql", "INSERT INTO t SELECT 9; SELECT max(n) AS m FROM t", "-o", "a.csv"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(std::fs::read_to_string(desk.folder.path().join("a.csv")).unwrap(), "m\n9\n");
}

/// How many data files are below a folder.
fn files(folder: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let count = |path: std::path::PathBuf| match path.is_dir() {
        true => files(&path),
        false => usize::from(path.extension().is_some_and(|ending| ending == "parquet")),
    };
    entries.flatten().map(|entry| count(entry.path())).sum()
}

#[cfg(unix)]
#[test]
fn ctrl_c_and_a_kill_leave_the_table_as_it_was() {
    let desk = Desk::new(vec![]);
    assert_eq!(desk.sql("CREATE TABLE t AS SELECT value AS n FROM range(5)"), rows(5));
    let data = desk.folder.path().join("warehouse");
    for (signal, statement, code, left) in [
        ("-INT", "INSERT INTO t SELECT value FROM range(100000000000)", Some(130), 1),
        ("-INT", "CREATE TABLE u AS SELECT value AS n FROM range(100000000000)", Some(130), 1),
        ("-KILL", "CREATE TABLE u AS SELECT value AS n FROM range(100000000000)", None, 2),
    ] {
        let mut begun = command(&["sql", statement], &[]);
        let begun = begun.current_dir(&desk.folder).stdout(Stdio::piped()).stderr(Stdio::piped());
        let process = begun.spawn().unwrap();
        while files(&data) < 2 {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        std::process::Command::new("kill").args([signal, &process.id().to_string()]).status().unwrap();
        let output = process.wait_with_output().unwrap();
        assert_eq!(output.status.code(), code, "{}", text(&output.stderr));
        assert_eq!(files(&data), left, "{signal} {statement}");
        assert_eq!(desk.table(&["list"]).len(), 1);
    }
    assert_eq!(desk.sql("SELECT count(*) AS n FROM t"), (Some(0), "{\"n\":5}\n".into()));
    // what was killed is no hindrance
    assert_eq!(desk.sql("CREATE TABLE u AS SELECT 1 AS n"), rows(1));
}

fn same_answers(desk: &Desk) {
    assert_eq!(desk.sql("CREATE TABLE lab.t AS SELECT value AS n FROM range(1000)"), rows(1000));
    assert_eq!(desk.sql("INSERT INTO lab.t SELECT n + 1000 FROM lab.t"), rows(1000));
    let sum = "SELECT count(*) AS c, sum(n) AS s FROM lab.t";
    assert_eq!(desk.sql(sum), (Some(0), "{\"c\":2000,\"s\":1999000}\n".into()));
    let (code, told) = desk.sql("CREATE TABLE lab.u AS SELECT 1 / (value - 900) AS n FROM range(1000)");
    assert!(code == Some(1) && told.contains("the query failed"), "{told}");
    let names: Vec<Value> = desk.table(&["list"]).into_iter().map(|table| table["table"].clone()).collect();
    assert_eq!(names, ["lab.t"]);
}

#[test]
fn tables_in_a_bucket_are_written_as_local_ones_are() {
    let Some(store) = S3::shared() else { return };
    let name = unique("sql");
    store.bucket(&name);
    same_answers(&Desk::new(vec![
        ("PASSBAND_WAREHOUSE", format!("s3://{name}/lake")),
        ("PASSBAND_CATALOG", "catalog.db".into()),
        ("AWS_ENDPOINT_URL", store.endpoint()),
        ("AWS_ACCESS_KEY_ID", S3::KEY.into()),
        ("AWS_SECRET_ACCESS_KEY", S3::SECRET.into()),
    ]));
}

#[test]
fn tables_of_a_rest_catalogue_are_written_as_local_ones_are() {
    let Some(catalogue) = IcebergCatalog::start() else { return };
    same_answers(&Desk::new(vec![("PASSBAND_CATALOG", catalogue.address())]));
}
