//! The files in `golden/sql`: statements and their expected results, in the format of sqllogictest.
//!
//! `statement ok`, `statement error TEXT`, `query [rowsort]` with the rows after `----`, values separated by a tab,
//! null as `NULL`. `$DATA` is the folder of real recordings and readings; a file that uses it is skipped if the folder
//! is not available. `$TEMP` is a folder of the test.

use passband_lake::table::sql::{Batch, Session};
use passband_signal::Fault;
use passband_testbed::passband_data;
use std::path::Path;

/// One record of a file.
struct Entry {
    line: usize,
    head: String,
    sql: String,
    rows: Vec<String>,
}

fn entries(text: &str) -> Vec<Entry> {
    let mut all = vec![];
    let mut lines = text.lines().enumerate().peekable();
    while let Some((at, head)) = lines.next() {
        if head.trim().is_empty() || head.starts_with('#') {
            continue;
        }
        let mut entry = Entry { line: at + 1, head: head.trim().into(), sql: String::new(), rows: vec![] };
        let mut of_rows = false;
        while let Some((_, line)) = lines.next_if(|(_, line)| !line.trim().is_empty()) {
            match line {
                "----" => of_rows = true,
                line if of_rows => entry.rows.push(line.to_owned()),
                line => entry.sql += &format!("{line}\n"),
            }
        }
        all.push(entry);
    }
    all
}

/// The rows of a batch, each as a text.
fn texts(batch: &Batch) -> Vec<String> {
    use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
    let options = FormatOptions::default().with_null("NULL");
    let columns: Vec<_> =
        batch.columns().iter().map(|column| ArrayFormatter::try_new(column, &options).unwrap()).collect();
    let row =
        |at: usize| columns.iter().map(|column| column.value(at).to_string()).collect::<Vec<_>>().join("\t");
    (0..batch.num_rows()).map(row).collect()
}

fn run(session: &Session, sql: &str) -> Result<Vec<String>, Fault> {
    let mut rows = vec![];
    for statement in session.parse(sql)? {
        rows.clear();
        let mut answer = session.run(&statement)?;
        while let Some(batch) = answer.next_rows()? {
            rows.extend(texts(&batch));
        }
    }
    Ok(rows)
}

fn check(path: &Path) {
    let text = std::fs::read_to_string(path).unwrap();
    let data = passband_data();
    if text.contains("$DATA") && data.is_none() {
        eprintln!("skipped {}: there is no folder of real data", path.display());
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let data = data.unwrap_or_default();
    let text = text
        .replace("$DATA", &data.display().to_string())
        .replace("$TEMP", &folder.path().display().to_string());
    let session = Session::new().unwrap();
    for Entry { line, head, sql, mut rows } in entries(&text) {
        let place = format!("{}:{line}", path.display());
        let got = run(&session, &sql);
        match head.split_once(' ').unwrap_or((&head, "")) {
            ("statement", "ok") => drop(got.unwrap_or_else(|fault| panic!("{place}: {fault}"))),
            ("statement", error) => {
                let wanted = error.strip_prefix("error").unwrap_or_else(|| panic!("{place}: {head}")).trim();
                let fault = got.err().unwrap_or_else(|| panic!("{place}: it was answered"));
                assert!(fault.to_string().contains(wanted), "{place}: {fault}");
            }
            ("query", order) => {
                let mut got = got.unwrap_or_else(|fault| panic!("{place}: {fault}"));
                if order == "rowsort" {
                    got.sort();
                    rows.sort();
                }
                assert_eq!(got, rows, "{place}");
            }
            _ => panic!("{place}: {head} is not known"),
        }
    }
}

#[test]
fn statements_answer_as_the_golden_files_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../golden/sql");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "slt"));
    paths.sort();
    assert!(!paths.is_empty());
    paths.iter().for_each(|path| check(path));
}
