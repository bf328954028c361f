//! Several writers on one table.

use super::*;

#[test]
fn writers_statements_and_an_expiry_share_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let lines: Vec<String> = readings(120_000).into_iter().map(|(_, text)| text).collect();
    let input = write(&folder, "readings.ndjson", &(lines.join("\n") + "\n"));
    let want = undisturbed(&folder, &input);
    let other = write(&folder, "other.ndjson", &(lines.join("\n").replace("\"s", "\"t") + "\n"));
    let table_of = |writer: &str| TABLE.replace("2000", "500") + &format!("writer = \"{writer}\"\n");
    let one = write(&folder, "one.toml", &format!("{FILES}{}", table_of("one")));
    let two = write(&folder, "two.toml", &format!("{FILES}{}", table_of("two")));
    let set = |input| [("INPUT", input), ("SINK", "iceberg")];
    let mut writers = [begin(folder.path(), &one, &set(&input)), begin(folder.path(), &two, &set(&other))];
    let (mut rounds, mut inserted) = (0, 0);
    let insert =
        "INSERT INTO windows (key, time, temperature_count, temperature_mean) VALUES ('sql', 0, 1, 0.5)";
    while rounds < 4 || writers.iter_mut().any(|writer| writer.wait(Duration::ZERO).is_none()) {
        rounds += 1;
        for words in [&["sql", insert][..], &["table", "expire", "windows", "--older-than", "0 s"]] {
            let output = command(words, &[]).current_dir(&folder).output().unwrap();
            let told = text(&output.stderr);
            // the table is not there before its first commit
            let good = output.status.success();
            assert!(
                good || rounds == 1 || told.contains("no table") || told.contains("no warehouse"),
                "{told}"
            );
            inserted += usize::from(good && words[0] == "sql");
        }
    }
    for writer in &mut writers {
        let ended = writer.wait(PATIENCE);
        assert!(ended.is_some_and(|status| status.success()), "{:#?}", writer.lines(Stream::Err));
    }
    let got = windows(folder.path(), None);
    println!("{rounds} expiries and {inserted} statements beside two writers of {} windows each", want.len());
    assert_eq!(got.get(&("sql".to_owned(), 0)).map(|row| row.2), Some(inserted));
    let of = |first: char| -> Windows {
        let own = got.iter().filter(|((key, _), _)| key.starts_with(first) && key != "sql");
        own.map(|((key, end), row)| ((key.replace('t', "s"), *end), *row)).collect()
    };
    assert!(of('s') == want && of('t') == want, "rows are missing, or twice");
}
