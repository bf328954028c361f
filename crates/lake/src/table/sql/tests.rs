use super::{Output, OutputFormat, Session, SqlError, TextTable};
use passband_signal::Fault;
use std::path::Path;

/// The rows of the last of some statements, as CSV.
fn csv(session: &Session, text: &str) -> Result<String, Fault> {
    let mut last = String::new();
    for statement in session.parse(text)? {
        let mut answer = session.run(&statement)?;
        let mut out = Output::new(OutputFormat::Csv, Vec::new(), answer.schema())?;
        while let Some(rows) = answer.next_rows()? {
            out.write(&rows)?;
        }
        last = String::from_utf8(out.finish()?).unwrap();
    }
    Ok(last)
}

fn write(session: &Session, text: &str, path: &Path) {
    let statements = session.parse(text).unwrap();
    let mut answer = session.run(&statements[0]).unwrap();
    let file = std::fs::File::create(path).unwrap();
    let mut out = Output::new(OutputFormat::of(path).unwrap(), file, answer.schema()).unwrap();
    while let Some(rows) = answer.next_rows().unwrap() {
        out.write(&rows).unwrap();
    }
    out.finish().unwrap();
}

fn refused(session: &Session, text: &str) -> Fault {
    match csv(session, text) {
        Ok(rows) => panic!("{text} gave {rows}"),
        Err(fault) => fault,
    }
}

#[test]
fn every_format_is_written_and_read_back_by_its_path() {
    let (session, folder) = (Session::new().unwrap(), tempfile::tempdir().unwrap());
    for ending in ["parquet", "arrow", "csv", "ndjson"] {
        let path = folder.path().join(format!("a b#1 [ü] 50%.{ending}"));
        write(&session, "SELECT * FROM (VALUES (1, 'x'), (2, NULL)) AS t(n, word)", &path);
        let read = csv(&session, &format!("SELECT n, word FROM '{}' ORDER BY n", path.display())).unwrap();
        assert_eq!(read, "n,word\n1,x\n2,\n", "{ending}");
    }
}

#[test]
fn folders_and_patterns_are_one_table() {
    let (session, folder) = (Session::new().unwrap(), tempfile::tempdir().unwrap());
    std::fs::create_dir_all(folder.path().join("runs/deeper")).unwrap();
    for (at, name) in ["runs/a.parquet", "runs/b.parquet", "runs/deeper/c.parquet"].into_iter().enumerate() {
        write(&session, &format!("SELECT {at} AS n"), &folder.path().join(name));
    }
    std::fs::write(folder.path().join("runs/_SUCCESS"), "").unwrap();
    let count = |path: &str| {
        let path = folder.path().join(path);
        csv(&session, &format!("SELECT count(*) AS n, sum(n) AS s FROM '{}'", path.display()))
    };
    assert_eq!(count("runs").unwrap(), "n,s\n3,3\n");
    assert_eq!(count("runs/").unwrap(), "n,s\n3,3\n");
    assert_eq!(count("runs/*.parquet").unwrap().lines().count(), 2);
    write(&session, "SELECT 1 AS n", &folder.path().join("runs/d.csv"));
    let mixed = count("runs").unwrap_err();
    assert!(mixed.what().contains("several formats: .csv and .parquet"), "{mixed}");
}

#[test]
fn what_cannot_be_read_is_said_with_what_to_do() {
    let (session, folder) = (Session::new().unwrap(), tempfile::tempdir().unwrap());
    let at = |name: &str| folder.path().join(name).display().to_string();
    for name in ["song.wav", "rows.xyz", "rows.csv.gz", "rows.parquet"] {
        std::fs::write(folder.path().join(name), "no rows").unwrap();
    }
    let said = |name: &str| refused(&session, &format!("SELECT * FROM '{}'", at(name))).to_string();
    assert!(said("song.wav").contains("FROM recordings('"), "{}", said("song.wav"));
    assert!(said("rows.xyz").contains("use one of .parquet"), "{}", said("rows.xyz"));
    assert!(said("rows.csv.gz").contains("decompress it first"), "{}", said("rows.csv.gz"));
    assert!(said("rows.parquet").contains("rows.parquet cannot be read"), "{}", said("rows.parquet"));
    assert!(said("rows.parqet").contains("the nearest names are rows.parquet"), "{}", said("rows.parqet"));
    let said = refused(&session, "SELECT * FROM 'ozone://volume/bucket/x.parquet'").to_string();
    assert!(said.contains("write s3://bucket/prefix"), "{said}");
}

#[test]
fn broken_sql_is_told_with_its_place_and_what_could_be_meant() {
    let session = Session::new().unwrap();
    for (text, what, place, hint) in [
        ("SELECT 1;\nSELCT 2", "SQL cannot be read", "line 2, column 1\n    SELCT 2\n    ^", "SELECT"),
        ("SELECT\n  temop FROM (SELECT 1 AS tempo)", "no column temop", "line 2, column 3", "tempo"),
        ("SELECT flor(1.5)", "no function flor", "line 1, column 8", "floor"),
        ("CREATE VIEW notes AS SELECT 1; SELECT * FROM note", "no table note", "line 1, column 46", "notes"),
        ("SELECT 'open", "Unterminated", "line 1, column 8", ""),
        ("SELECT (1", "SQL cannot be read", "line 1, column", ""),
        ("COPY (SELECT 1) TO 'x.parquet'", "COPY is not supported", "line 1, column 1", "-o FILE"),
        ("SELECT Key FROM (SELECT 1 AS \"Key\")", "no column key", "line 1, column 8", "\"Key\""),
    ] {
        let fault = refused(&session, text);
        let lower = fault.to_string().to_lowercase();
        assert!(lower.contains(&what.to_lowercase()), "{text}: {fault}");
        assert!(fault.place().starts_with(place), "{text}: {fault}");
        assert!(fault.to_string().contains(hint), "{text}: {fault}");
    }
}

#[test]
fn nothing_that_is_read_is_written_over() {
    let (session, folder) = (Session::new().unwrap(), tempfile::tempdir().unwrap());
    let path = folder.path().join("a.csv");
    std::fs::write(&path, "n\n1\n").unwrap();
    let run = |text: String| {
        let statements = session.parse(&text).unwrap();
        session.run(&statements[0]).unwrap().next_rows().unwrap();
    };
    run(format!("SELECT * FROM '{}'", path.display()));
    assert!(
        session
            .reads(&folder.path().join("../").join(folder.path().file_name().unwrap()).join("a.csv"))
            .is_some()
    );
    assert!(session.reads(&folder.path().join("b.csv")).is_none());
    run(format!("SELECT * FROM '{}'", folder.path().display()));
    assert!(session.reads(&folder.path().join("b.csv")).unwrap().contains("which is read"));
    run("SELECT 1".into());
    assert!(session.reads(&path).is_none());
}

#[test]
fn long_and_deep_expressions_are_answered_or_refused() {
    let session = Session::new().unwrap();
    let on_a_stack_of_its_own = std::thread::Builder::new().stack_size(super::session::STACK);
    let test = move || {
        let long = vec!["1"; 3000].join("+");
        assert_eq!(csv(&session, &format!("SELECT {long} AS n")).unwrap(), "n\n3000\n");
        let deep = format!("SELECT {}1{}", "(".repeat(5000), ")".repeat(5000));
        assert!(refused(&session, &deep).to_string().contains("nested too deeply"));
    };
    on_a_stack_of_its_own.spawn(test).unwrap().join().unwrap();
}

#[test]
fn an_interrupt_ends_the_statement_and_not_the_session() {
    let session = Session::new().unwrap();
    let interrupt = session.interrupt();
    let long = "SELECT sum(value % 7) FROM range(1000000000000)";
    let statements = session.parse(long).unwrap();
    let mut answer = session.run(&statements[0]).unwrap();
    let stopper = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(50));
        interrupt.stop();
    });
    assert!(matches!(answer.next_rows(), Err(SqlError::Interrupted)));
    stopper.join().unwrap();
    drop(answer);
    assert_eq!(csv(&session, "SELECT 2 AS n").unwrap(), "n\n2\n");
}

#[test]
fn a_text_table_is_aligned() {
    let session = Session::new().unwrap();
    let text = "SELECT * FROM (VALUES (1, 'a\nb', 1.5), (1000, NULL, NULL)) AS t(n, word, x) ORDER BY n";
    let statements = session.parse(text).unwrap();
    let mut answer = session.run(&statements[0]).unwrap();
    let mut table = TextTable::new(answer.schema(), |text| text.chars().count());
    while let Some(rows) = answer.next_rows().unwrap() {
        assert_eq!(table.add(&rows).unwrap(), "");
    }
    assert_eq!(table.finish(), "   n  word    x\n────  ────  ───\n   1  a b   1.5\n1000\n");
}
