//! Other engines: tables of every kind of record are read by PyIceberg, DuckDB and Sail (a Spark) with the same rows, and
//! windows of readings in SQL are those of DuckDB.

use crate::passband::{command, run, write};
use crate::score::scale;
use passband_testbed::{Python, passband_data};
use serde_json::Value;
use std::path::Path;

const SPECTRA: &str = r#"
[source]
type = "file"
path = "scale.wav"

[window]
type = "sliding"
length = "1024 samples"
hop = "1024 samples"

[[transform]]
type = "spectrum"

[[sink]]
type = "iceberg"
table = "spectra"
delivery = "whole_run"
"#;

const WINDOWS: &str = r#"
[source]
type = "files"
path = "readings.ndjson"
format = { type = "json", key = "key" }

[window]
type = "tumbling"
length = "10 s"

[[transform]]
type = "aggregate"
output = { key = "key", time = "end", temperature = "value: count, min, max, mean" }

[[sink]]
type = "iceberg"
table = "lab.windows"
"#;

fn rows_of(output: &str) -> Vec<Value> {
    output.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn tables_of_every_kind_have_the_same_rows_in_every_engine() {
    let Some(python) = Python::find() else { return };
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let passband = |words: &[&str]| {
        let output = command(words, &[]).current_dir(&folder).output().unwrap();
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    scale(Path::new(&at("scale.wav")));
    let reading = |n: usize| {
        let second = 1_709_294_400 + n / 3;
        format!("{{\"key\": \"s{}\", \"ts\": {second}, \"value\": {}.5}}\n", n % 3, n % 97)
    };
    write(&folder, "readings.ndjson", &(0..900).map(reading).collect::<String>());
    passband(&["run", &write(&folder, "spectra.toml", SPECTRA)]);
    passband(&["run", &write(&folder, "windows.toml", WINDOWS)]);
    let mut tables = vec!["spectra".to_owned(), "lab.windows".into()];
    for per in ["recording", "frame", "beat", "note", "chord"] {
        passband(&["analyze", "scale.wav", "-o", &format!("iceberg:{per}s"), "--per", per]);
        tables.push(format!("{per}s"));
    }
    // a table whose columns have grown, in several commits
    passband(&["analyze", "scale.wav", "-o", "iceberg:grown", "--features", "rms"]);
    passband(&["analyze", "scale.wav", "-o", "iceberg:grown", "--features", "rms,mfcc,melody"]);
    passband(&["sql", "INSERT INTO grown SELECT * FROM grown"]);
    tables.push("grown".into());
    for table in &tables {
        passband(&["sql", &format!("SELECT * FROM {table}"), "-o", &format!("{table}.parquet")]);
    }
    let (catalog, ours) = (at("warehouse/catalog.db"), at("TABLE.parquet"));
    let arguments = [&[catalog, ours][..], &tables].concat();
    let told = rows_of(&python.run("crates/cli/tests/it/engines/read_everywhere.py", &arguments));
    for (told, table) in told.iter().zip(&tables) {
        println!("{told}");
        assert_eq!(told["table"], table.as_str());
        assert!(told["rows"].as_u64().unwrap() > 0, "{told}");
    }
    assert_eq!(told.len(), tables.len());
    assert_eq!(told[1]["rows"], 90);
}

#[test]
fn columns_that_another_engine_renamed_or_widened_keep_their_values() {
    let Some(python) = Python::find() else { return };
    let folder = tempfile::tempdir().unwrap();
    let sql = |statement: &str| {
        let words = ["sql", statement, "--format", "csv"];
        let output = command(&words, &[]).current_dir(&folder).output().unwrap();
        assert!(output.status.success(), "{statement}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    sql(
        "CREATE TABLE evolved AS SELECT 1 AS a, 2 AS b, 'c' AS c, CAST(1 AS INT) AS n, CAST(1.5 AS REAL) AS f",
    );
    let catalog = folder.path().join("warehouse/catalog.db").display().to_string();
    python.run("crates/cli/tests/it/engines/evolve.py", [catalog.as_str()]);
    assert_eq!(sql("SELECT a, b, renamed, n, f FROM evolved"), "a,b,renamed,n,f\n2,1,c,1,1.5\n");
    assert_eq!(sql("SELECT b FROM evolved WHERE a = 2 AND renamed = 'c'"), "b\n1\n");
    sql("INSERT INTO evolved (a, b, renamed, n, f) VALUES (4, 3, 'd', 3000000000, 1e300)");
    for (condition, count) in [("n > 0", 2), ("n < 100", 1), ("f < 1e200", 1), ("f > 1", 2), ("a > b", 2)] {
        let found = sql(&format!("SELECT count(*) AS n FROM evolved WHERE {condition}"));
        assert_eq!(found, format!("n\n{count}\n"), "{condition}");
    }
}

#[test]
fn windows_in_sql_are_those_of_duckdb() {
    let (Some(python), Some(data)) = (Python::find(), passband_data()) else { return };
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let (readings, windows) = (at("readings.parquet"), at("windows.parquet"));
    let skab = data.join("sensors/skab").display().to_string();
    python.run("crates/cli/tests/it/engines/windows.py", [&skab, &readings, &windows]);
    let part = |kind: &str, settings: &str| {
        format!(
            "SELECT '{kind}' AS kind, * FROM {kind}('{readings}', {settings}, time => 'ts', key => 'sensor')"
        )
    };
    let ours = [part("tumbling", "'10 s'"), part("hopping", "'1 min', '10 s'"), part("session", "'2 s'")];
    let statement = format!(
        "SELECT count(*) AS rows, count(w.kind) AS ours, count(d.kind) AS theirs, count(*) FILTER (WHERE
            w.value_count = d.count AND w.value_min = d.min AND w.value_max = d.max
            AND abs(w.value_mean - d.mean) <= 1e-12 * abs(d.mean)) AS same
        FROM ({}) w FULL JOIN '{windows}' d ON w.kind = d.kind AND w.key = d.sensor
            AND CAST(w.start AS TIMESTAMP) = CAST(d.start AS TIMESTAMP)",
        ours.join(" UNION ALL ")
    );
    let found = run(&["sql", &statement, "--format", "json"], &[]);
    let found = rows_of(&String::from_utf8(found.stdout).unwrap());
    println!("{}", found[0]);
    let rows = &found[0]["rows"];
    assert!(rows.as_u64().unwrap() > 500, "{found:?}");
    for column in ["ours", "theirs", "same"] {
        assert_eq!(&found[0][column], rows, "{found:?}");
    }
}
