//! Settings without effect are errors of the check, by name.

use crate::passband::{run, write};

/// The check of a source and a sink: its exit code and output.
fn check(source: &str, rest: &str) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    let rest = if rest.is_empty() { "[[sink]]\ntype = 'stdout'\n" } else { rest };
    let file = write(&folder, "p.toml", &format!("[source]\n{source}\n{rest}"));
    let output = run(&["run", "--check", &file], &[]);
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

const KAFKA: &str = "type = 'kafka'\ntopic = 't'\n";
const READINGS: &str = "type = 'kafka'\ntopic = 't'\ndata = 'readings'\n";
const MQTT: &str = "type = 'mqtt'\ntopics = 'a/{key}'\n";
const FILES: &str = "type = 'files'\npath = 'a'\n";
const SIMULATE: &str = "type = 'simulate'\n";

/// A schema of another writer.
const THEIRS: &str = r#"schema = '{"type":"record","name":"r","fields":[{"name":"value","type":"double"},{"name":"time","type":"long"},{"name":"k","type":"string"}]}'"#;

#[test]
fn settings_without_effect_are_reported_by_name() {
    let sink = |text: &str| format!("[[sink]]\n{text}\n");
    let windows = "[window]\ntype = 'tumbling'\nlength = '10 s'\n[[transform]]\ntype = 'aggregate'\n";
    let cases: Vec<(String, String, &str)> = vec![
        // Passband's own schema has key and time
        (format!("{READINGS}format = {{ type = 'avro', key = 'k' }}"), String::new(), "key"),
        (format!("{READINGS}format = {{ type = 'avro', time = 'at' }}"), String::new(), "time"),
        (format!("{MQTT}format = {{ type = 'avro', time_unit = 'ms' }}"), String::new(), "time_unit"),
        (format!("{READINGS}format = {{ type = 'avro', schema_id = 7 }}"), String::new(), "schema_id"),
        (format!("{FILES}format = {{ type = 'avro', {THEIRS} }}"), String::new(), "schema"),
        (format!("{FILES}format = {{ type = 'avro', framing = 'confluent' }}"), String::new(), "framing"),
        (format!("{FILES}format = 'avro'\nencoding = 'latin-1'"), String::new(), "encoding"),
        (format!("{FILES}settle = '5 s'"), String::new(), "settle"),
        (format!("{KAFKA}format = {{ type = 'avro', key = 'k' }}"), String::new(), "key"),
        (format!("{KAFKA}format = {{ type = 'json', values = {{ a = 'b' }} }}"), String::new(), "values"),
        (format!("{KAFKA}id_header = 'id'"), String::new(), "id_header"),
        (format!("{KAFKA}instance = '2'"), String::new(), "instance"),
        (format!("{KAFKA}last = 5\nfrom = 'latest'"), String::new(), "from"),
        (format!("{READINGS}format = 'json'\nrate = '48 kHz'"), String::new(), "rate"),
        (format!("{READINGS}format = {{ type = 'json', time = 'arrival', time_unit = 'ms' }}"), String::new(), "time_unit"),
        (format!("{MQTT}format = {{ type = 'json', time = 'arrival', no_time = 'arrival' }}"), String::new(), "no_time"),
        (format!("{FILES}format = {{ type = 'json', records = 'senml', time = 'at' }}"), String::new(), "time"),
        (format!("{FILES}format = {{ type = 'csv', time = 'arrival', time_format = '%Y-%m-%d' }}"), String::new(), "time_format"),
        (format!("{MQTT}format = {{ type = 'csv', columns = 'ts, value', skip = 2 }}"), String::new(), "skip"),
        (format!("{SIMULATE}sensors = 7"), String::new(), "sensors"),
        (format!("{SIMULATE}signal = 'noise'\nfrequencies = '1 kHz'"), String::new(), "frequencies"),
        (format!("{SIMULATE}signal = 'sensors'\nrate = '48 kHz'"), String::new(), "rate"),
        (SIMULATE.into(), sink("type = 'stdout'\nformat = { type = 'json', words = { on = 1 } }"), "words"),
        (SIMULATE.into(), sink("type = 'stdout'\nformat = { type = 'csv', delimiter = 'tab' }"), "delimiter"),
        (SIMULATE.into(), sink("type = 'kafka'\ntopic = 't'\nformat = { type = 'avro', schema_id = 7 }"), "schema_id"),
        (SIMULATE.into(), sink("type = 'file'\npath = 'a'\nformat = { type = 'avro', framing = 'confluent' }"), "framing"),
        (SIMULATE.into(), sink("type = 'kafka'\ntopic = 't'\nkept_as = 'name'"), "kept_as"),
        (
            format!("{KAFKA}group = 'g'"),
            sink("type = 'kafka'\ntopic = 'u'\ndelivery = 'exactly_once'\nkept_as = 'name'"),
            "kept_as",
        ),
        (
            SIMULATE.into(),
            "[window]\ntype = 'tumbling'\ngrace = '1 s'\n[[transform]]\ntype = 'spectrum'\n[[sink]]\ntype = 'stdout'".into(),
            "grace",
        ),
        (
            format!("{READINGS}format = 'json'"),
            format!("{windows}[[sink]]\ntype = 'stdout'\nformat = {{ type = 'json', time = 'at' }}"),
            "time",
        ),
    ];
    for (source, rest, setting) in cases {
        let (code, told) = check(&source, &rest);
        assert_eq!(code, Some(2), "{source} {rest}: {told}");
        let named = told.contains(&format!("has {setting}, which has no effect here"))
            || told.contains(&format!(".{setting} has no effect here"));
        assert!(
            named && told.contains("\n  why: ") && told.contains(&format!("\n  do: take {setting} out")),
            "{told}"
        );
        assert_eq!(told.matches("error: ").count(), 1, "{told}");
    }
}

#[test]
fn settings_with_effect_or_at_their_default_are_not_reported() {
    for source in [
        format!(
            "{READINGS}format = {{ type = 'avro', {THEIRS}, key = 'k', time_unit = 'ms', framing = 'confluent' }}"
        ),
        format!("{READINGS}format = {{ type = 'avro', time = 'time', values = ['a'] }}\nid_header = 'id'"),
        format!("{FILES}format = {{ type = 'avro', key = 'k', time = 'at' }}\nencoding = 'auto'"),
        format!("{FILES}follow = 'yes'\nsettle = '5 s'"),
        format!("{KAFKA}group = 'g'\ninstance = '2'\nrate = '48 kHz'"),
        format!("{KAFKA}instance = '1'\nformat = {{ type = 'avro', key = '', values = ['value'] }}"),
        format!(
            "{MQTT}format = {{ type = 'json', time_format = '%Y%m%d%H%M', time_zone = 'Europe/Berlin' }}"
        ),
        format!("{SIMULATE}frequencies = ['440 Hz', '1 kHz']\nspikes = '0.1 %'"),
        format!("{SIMULATE}signal = 'sensors'\nsensors = 7"),
    ] {
        let (code, told) = check(&source, "");
        assert_eq!(code, Some(0), "{source}: {told}");
    }
}
