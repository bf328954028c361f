//! `passband sql`: output formats, refusals, and recordings as a table.

use crate::analyze::clicks;
use crate::passband::{command, good, run};
use passband_testbed::passband_data;
use serde_json::Value;
use std::io::Write;
use std::path::Path;
use std::process::{Output, Stdio};

fn sql(statement: &str, more: &[&str]) -> Output {
    run(&[&["sql", statement], more].concat(), &[])
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The standard output of statements that must succeed.
fn rows(statement: &str, more: &[&str]) -> String {
    let output = sql(statement, more);
    assert!(output.status.success(), "{statement}: {}", text(&output.stderr));
    text(&output.stdout)
}

#[test]
fn rows_are_lines_of_json_and_what_the_format_names() {
    let query = "SELECT 1 AS n, 'ä' AS word, NULL AS nothing";
    assert_eq!(rows(query, &[]), "{\"n\":1,\"word\":\"ä\",\"nothing\":null}\n");
    assert_eq!(rows(query, &["--format", "csv"]), "n,word,nothing\n1,ä,\n");
    assert_eq!(rows(query, &["--format", "table"]), "n  word  nothing\n─  ────  ───────\n1  ä\n");
    assert_eq!(rows("SELECT 1 AS n WHERE false", &["--format", "csv"]), "n\n");
}

#[test]
fn statements_come_from_the_command_line_a_file_or_standard_input() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.sql").display().to_string();
    std::fs::write(&file, "CREATE VIEW v AS SELECT 2 AS n; -- two\nSELECT n + 1 AS n FROM v;").unwrap();
    assert_eq!(text(&run(&["sql", "-f", &file], &[]).stdout), "{\"n\":3}\n");
    let mut process = command(&["sql"], &[]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    process.stdin.take().unwrap().write_all(b"SELECT 4 AS n; SELECT 5 AS n").unwrap();
    assert_eq!(text(&process.wait_with_output().unwrap().stdout), "{\"n\":4}\n{\"n\":5}\n");
}

#[test]
fn what_is_wrong_has_its_place_and_its_code() {
    for (statement, more, code, said) in [
        ("SELECT 1 +", &[][..], 2, "line 1, column"),
        ("SELECT x FROM (SELECT 1 AS y)", &[], 2, "no column x"),
        ("SELECT * FROM 'nothing.parquet'", &[], 1, "no file nothing.parquet"),
        ("", &[], 2, "there is no statement"),
        ("SELECT 1", &["-o", "a.xyz"], 2, "names no format"),
        ("SELECT 1/0", &[], 1, "the query failed"),
        ("SELECT * FROM recordings()", &[], 2, "recordings needs a path"),
        ("SELECT * FROM recordings('x', per => 'bar')", &[], 2, "'bar' is not one of"),
        ("SELECT * FROM recordings('x', n_mfc => 3)", &[], 2, "n_mfcc"),
        ("SELECT tempo FROM recordings('nowhere/')", &[], 1, "nowhere"),
    ] {
        let output = sql(statement, more);
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{statement}: {told}");
        assert!(told.contains(said), "{statement}: {told}");
        assert!(!told.contains("panicked"), "{told}");
    }
    let output = run(&["--json", "sql", "SELECT 1 +"], &[]);
    let fault: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert!(
        fault["error"].as_str().unwrap().contains("cannot be read") && fault["at"].is_string(),
        "{fault}"
    );
}

#[test]
fn an_output_is_whole_or_not_there_and_never_the_input() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    good(&["sql", "SELECT 1 AS n UNION ALL SELECT 2", "-o", &at("a.parquet")], &[]);
    let over = sql(&format!("SELECT * FROM '{}'", at("a.parquet")), &["-o", &at("a.parquet")]);
    assert_eq!(over.status.code(), Some(2));
    assert!(text(&over.stderr).contains("would overwrite the input"), "{}", text(&over.stderr));
    assert_eq!(rows(&format!("SELECT sum(n) AS s FROM '{}'", at("a.parquet")), &[]), "{\"s\":3}\n");
    let broken = format!("SELECT 1 / (n - 2) AS x FROM '{}'", at("a.parquet"));
    assert_eq!(sql(&broken, &["-o", &at("b.csv")]).status.code(), Some(1));
    let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names, ["a.parquet"]);
}

#[test]
fn a_reader_who_has_seen_enough_is_no_error() {
    let statement = "SELECT * FROM range(100000000)";
    let mut process =
        command(&["sql", statement], &[]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = [0; 16];
    std::io::Read::read_exact(process.stdout.as_mut().unwrap(), &mut first).unwrap();
    drop(process.stdout.take());
    let output = process.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{}", text(&output.stderr));
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_statement_and_leaves_no_part_of_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("a.csv").display().to_string();
    let statement = "SELECT * FROM range(10000000000)";
    let process = command(&["sql", statement, "-o", &out], &[]).stderr(Stdio::piped()).spawn().unwrap();
    // the statement is running when the file exists
    while std::fs::read_dir(folder.path()).unwrap().count() == 0 {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    std::process::Command::new("kill").args(["-INT", &process.id().to_string()]).status().unwrap();
    let output = process.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", text(&output.stderr));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// Recordings that can be measured, and a broken one.
fn music(folder: &Path) -> String {
    for (name, rate) in [("b.wav", 44_100), ("a.wav", 22_050), ("deep/c.wav", 8_000)] {
        std::fs::create_dir_all(folder.join("music/deep")).unwrap();
        clicks(&folder.join("music").join(name), rate, 8);
    }
    std::fs::write(folder.join("music/broken.flac"), b"no sound").unwrap();
    folder.join("music").display().to_string()
}

/// `analyze` and `recordings` return exactly the same rows: JSON contains every digit of a number.
fn same(paths: &[&str], per: &str, columns: &str, folder: &Path, options: &[&str], arguments: &str) -> usize {
    let file = folder.join(format!("{per}.parquet")).display().to_string();
    let told = run(&[&["analyze", "-o", &file, "--per", per], options, paths].concat(), &[]);
    assert!(matches!(told.status.code(), Some(0 | 3)), "{}", text(&told.stderr));
    let order = match per {
        "recording" => "recording",
        per => &format!("recording, {per}"),
    };
    let wanted = rows(&format!("SELECT {columns} FROM '{file}' ORDER BY {order}"), &[]);
    let paths: Vec<String> = paths.iter().map(|path| format!("'{path}'")).collect();
    let call = format!("recordings([{}], per => '{per}'{arguments})", paths.join(", "));
    let output = sql(&format!("SELECT {columns} FROM {call} ORDER BY {order}"), &["--format", "json"]);
    assert_eq!(output.status.code(), told.status.code(), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), wanted, "{per}");
    wanted.lines().count()
}

#[test]
fn recordings_are_the_rows_of_analyze_and_a_broken_one_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let music = music(folder.path());
    let of_recordings =
        "stream, recording, time, sample_rate, samples, tempo, key, beats, chords, mfcc_mean, mfcc_deviation";
    assert_eq!(same(&[&music], "recording", of_recordings, folder.path(), &[], ""), 3);
    let more = ["--features", "rms,chroma_stft,loudness", "--settings", "hop_length=256", "--rate", "native"];
    let columns = "stream, loudness, rms_mean, chroma_stft_deviation";
    same(&[&music], "recording", columns, folder.path(), &more, ", rate => 'native', hop_length => 256");
    let frames = "stream, recording, frame, start, time, rate, mfcc, rms";
    same(&[&music], "frame", frames, folder.path(), &["--features", "mfcc,rms"], "");
    same(
        &[&music],
        "beat",
        "stream, recording, beat, time, start, bar, tempo, chord",
        folder.path(),
        &[],
        "",
    );
    let output = sql(&format!("SELECT path, tempo FROM recordings('{music}')"), &[]);
    assert_eq!(output.status.code(), Some(3));
    let told = text(&output.stderr);
    assert!(told.contains("refused broken.flac") && told.contains("1 recording was refused"), "{told}");
}

/// A recording may be the only one of its thread, which then measures nothing.
#[test]
fn a_recording_without_beats_is_refused_and_the_others_are_measured() {
    let folder = tempfile::tempdir().unwrap();
    let paths = ["a.wav", "quiet.wav"].map(|name| folder.path().join(name));
    clicks(&paths[0], 22_050, 8);
    let mut quiet = std::fs::read(&paths[0]).unwrap();
    quiet[44..].fill(0);
    std::fs::write(&paths[1], quiet).unwrap();
    let paths = paths.each_ref().map(|path| path.to_str().unwrap());
    let count = same(&paths, "beat", "stream, recording, beat, start, tempo", folder.path(), &[], "");
    assert!(count > 10, "{count}");
}

#[test]
fn real_recordings_are_the_rows_of_analyze() {
    let Some(data) = passband_data() else { return };
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<String> = ["librosa-examples", "fsdd", "wav-conformance"]
        .iter()
        .map(|name| data.join(name).display().to_string())
        .collect();
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let columns = "stream, recording, samples, rms_mean, mfcc_mean, mfcc_deviation, spectral_centroid_mean";
    let options = ["--features", "mfcc,rms,spectral_centroid"];
    let count = same(&paths, "recording", columns, folder.path(), &options, "");
    assert!(count > 20, "{count}");
}

#[test]
fn only_what_is_asked_for_is_read_and_measured() {
    let folder = tempfile::tempdir().unwrap();
    let music = music(folder.path());
    let plan = |query: &str| {
        let rows = rows(&format!("EXPLAIN FORMAT INDENT SELECT {query}"), &["--format", "json"]);
        rows.lines().find_map(|line| {
            let line: Value = serde_json::from_str(line).unwrap();
            let plan = line["plan"].as_str()?;
            plan.lines().find(|line| line.contains("RecordingsExec")).map(str::to_owned)
        })
    };
    let of = |query: &str| plan(query).unwrap_or_else(|| panic!("{query}"));
    let plan = of(&format!("tempo, rms_mean FROM recordings('{music}') WHERE path LIKE '%/a.%'"));
    assert!(plan.contains("measure=rhythm, rms,"), "{plan}");
    assert!(plan.contains("files=1 [") && plan.contains("a.wav]"), "{plan}");
    // the broken recording is not opened if only names are needed
    assert_eq!(rows(&format!("SELECT count(*) AS n FROM recordings('{music}')"), &[]), "{\"n\":4}\n");
    let filtered =
        format!("SELECT recording, tempo > 100 AS quick FROM recordings('{music}') WHERE stream = 'b.wav'");
    assert_eq!(rows(&filtered, &[]), "{\"recording\":2,\"quick\":true}\n");
    let limited =
        rows(&format!("SELECT frame, rms FROM recordings('{music}/a.wav', per => 'frame') LIMIT 3"), &[]);
    assert_eq!(limited.lines().count(), 3);
}
