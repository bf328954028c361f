//! Errors in a pipeline file are reported all at once, with their lines, without I/O.

use crate::passband::{good, run, write};
use passband_testbed::workspace;

fn faults(text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = write(&folder, "p.toml", text);
    let output = run(&["run", "--check", &file], &[]);
    assert_eq!(output.status.code(), Some(2), "{text}");
    String::from_utf8_lossy(&output.stderr).replace(&file, "p.toml")
}

#[test]
fn every_error_has_its_line_and_a_fix() {
    let told = faults(
        r#"[source]
type = "kafka"
brokers = "127.0.0.1:9"
topic = "${NOT_SET_ANYWHERE:-samples}"
grup = "x"
rate = "44100"

[window]
type = "slidng"

[[transform]]
type = "spectrum"
taper = "hamm"
scale = "dbfs"
parameter = "much"

[[sink]]
type = "kafka"
topic = "out"
delivery = "exactly once"
librdkafka = { "linger.mss" = "5", "sasl.password" = "hunter2" }

[[sink]]
type = "file"

[output]
"#,
    );
    for expected in [
        "source has no setting grup\n  at: p.toml:5",
        "did you mean 'group'?",
        "source.rate cannot be used: the unit is missing; units are Hz, kHz, MHz, GHz\n  at: p.toml:6",
        "there is no window of type 'slidng'\n  at: p.toml:9",
        "did you mean 'sliding'?",
        "transform.taper cannot be used: 'hamm' is not one of rectangular, hann, hamming",
        "transform.parameter cannot be used: 'much' is not a number\n  at: p.toml:15",
        "sink.delivery cannot be used: 'exactly once' is not one of at_least_once, exactly_once",
        "sink.path is missing\n  at: p.toml:23",
        "a pipeline has no table [output]\n  at: p.toml:26",
    ] {
        assert!(told.contains(expected), "'{expected}' is not in:\n{told}");
    }
    assert!(!told.contains("hunter2"), "a secret is printed:\n{told}");
}

#[test]
fn parts_that_do_not_fit_are_reported() {
    let kafka = "type = 'kafka'\ntopic = 't'\n";
    let simulate = "[source]\ntype = 'simulate'\n";
    for (text, expected) in [
        (
            format!("{simulate}[[sink]]\n{kafka}librdkafka = {{ 'linger.mss' = 5 }}"),
            "a setting that librdkafka does not accept: linger.mss",
        ),
        (format!("{simulate}[[sink]]\n{kafka}delivery = 'exactly_once'"), "the source has no positions"),
        (
            format!("{simulate}[[transform]]\ntype = 'spectrum'\n[[sink]]\n{kafka}"),
            "there is no window before it",
        ),
        (format!("{simulate}[window]\ntype = 'sliding'\n[[sink]]\n{kafka}"), "no transform measures them"),
        (
            format!(
                "[source]\n{kafka}data = 'spectra'\n[window]\ntype = 'sliding'\n[[sink]]\ntype = 'stdout'"
            ),
            "the window needs samples",
        ),
        (format!("{simulate}[[sink]]\ntype = 'live'"), "this sink does not accept samples"),
        (format!("{simulate}[[sink]]\ntype = 'live'\nlisten = '0.0.0.0:7373'"), "no token is set"),
        (
            format!("[source]\n{kafka}data = 'spectra'\ngroup = 'g'\n[[sink]]\ntype = 'file'\npath = 'out'"),
            "starts its output anew with each run",
        ),
        ("[window]\ntype = 'sliding'".into(), "there is no [source]"),
        (
            format!(
                "[source]\n{kafka}group = 'g'\n[window]\ntype = 'sliding'\n[[transform]]\ntype = 'spectrum'\n\
                 [[transform]]\ntype = 'average'\nmethod = 'exponential'\n[[sink]]\n{kafka}delivery = 'exactly_once'"
            ),
            "cannot be part of an exactly-once chain",
        ),
    ] {
        let told = faults(&text);
        assert!(told.contains(expected), "'{expected}' is not in:\n{told}");
        assert!(told.contains("at: p.toml"), "{told}");
    }
}

#[test]
fn built_in_pipelines_are_valid_and_list_their_variables() {
    for entry in std::fs::read_dir(workspace().join("pipelines")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        good(&["run", "--check", &path.display().to_string()], &[("INPUT", "in"), ("OUTPUT", "out")]);
        let head: String = text.lines().take_while(|line| line.starts_with('#')).collect();
        for variable in text.split("${").skip(1).filter_map(|rest| rest.split([':', '}']).next()) {
            assert!(head.contains(variable), "{} does not list {variable} in its head", path.display());
        }
    }
}

#[test]
fn the_reference_page_and_the_schema_are_current() {
    let page = String::from_utf8(run(&["explain", "--markdown"], &[]).stdout).unwrap();
    let path = workspace().join("docs/reference.md");
    if std::env::var_os("PASSBAND_WRITE_REFERENCE").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == page,
        "docs/reference.md is not current; write it with: passband explain --markdown > docs/reference.md"
    );
    let schema: serde_json::Value = serde_json::from_slice(&run(&["schema"], &[]).stdout).unwrap();
    let sources = schema["properties"]["source"]["oneOf"].as_array().unwrap();
    assert!(sources.iter().any(|s| s["properties"]["type"]["const"] == "kafka"
        && s["required"] == serde_json::json!(["type", "topic"])));
}

const LABELLED: &str = r#"
[source]
type = "labelled"
path = "labels.csv"
blobs = "."

[[transform]]
type = "features"
names = ["mfcc"]

[[sink]]
"#;

#[test]
fn kinds_that_a_sink_or_format_refuses_are_reported_by_the_check() {
    for (sink, why) in [
        ("type = \"file\"\npath = \"out.avro\"\nformat = \"avro\"", "examples cannot be written as Avro"),
        ("type = \"file\"\npath = \"out.json\"", "examples cannot be written as JSON"),
        ("type = \"kafka\"\nbrokers = \"127.0.0.1:9\"\ntopic = \"t\"", "examples cannot be written as Avro"),
    ] {
        let told = faults(&format!("{LABELLED}{sink}\n"));
        assert!(told.contains("this sink does not accept examples") && told.contains(why), "{told}");
    }
    let told = faults(
        "[source]\ntype = \"kafka\"\ntopic = \"t\"\ndata = \"aggregates\"\nformat = \"json\"\n\n\
         [[sink]]\ntype = \"stdout\"\n",
    );
    assert!(told.contains("source.format cannot be json of aggregates\n  at: p.toml:5"), "{told}");
}

#[test]
fn scans_of_a_file_need_frames_end_to_end() {
    let told = faults(
        "[source]\ntype = \"iq_files\"\npath = \"x\"\n\n[window]\ntype = \"sliding\"\nlength = \"3072 samples\"\n\
         hop = \"1024 samples\"\n\n[[transform]]\ntype = \"power_spectrum\"\nover = \"file\"\n\n[[sink]]\ntype = \"stdout\"\n",
    );
    assert!(told.contains("the window has frames of 3072 samples every 1024"), "{told}");
}

#[test]
fn features_of_a_stream_have_names() {
    for (settings, why) in [
        ("", "transform.names is empty: nothing would be measured"),
        (
            "names = \"mfcc\"\nwaveform = \"drop\"\n",
            "transform.waveform applies to the examples of a training set only",
        ),
    ] {
        let told = faults(&format!(
            "[source]\ntype = \"recordings\"\npath = \"x\"\n\n[[transform]]\ntype = \"features\"\n{settings}\n\
             [[sink]]\ntype = \"stdout\"\n"
        ));
        assert!(told.contains(why), "{told}");
    }
}

#[test]
fn the_command_line_explains_itself_to_people_and_programs() {
    let text = |words: &[&str]| {
        let output = run(words, &[]);
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr),
        )
    };
    let (_, list) = text(&["run", "--list"]);
    assert!(list.contains("sensors ") && list.contains("SENSORS EVERY"), "{list}");
    let (code, shown) = text(&["show", "sensors"]);
    assert!(code == Some(0) && shown.contains("[source]"), "{shown}");
    let (code, unknown) = text(&["show", "sensrs"]);
    assert!(code == Some(2) && unknown.contains("did you mean 'sensors'"), "{unknown}");
    let (_, parts) = text(&["explain"]);
    // whole sentences
    let cut: Vec<&str> = parts.lines().filter(|line| line.contains("  ") && !line.ends_with('.')).collect();
    assert!(cut.is_empty() && parts.lines().count() > 30, "{cut:?}");
    let (_, part) = text(&["explain", "aggregate"]);
    assert!(part.contains("Examples: passband show sensors"), "{part}");
    let (code, part) = text(&["--json", "explain", "aggregate"]);
    let part: serde_json::Value = serde_json::from_str(&part).unwrap();
    assert_eq!((code, &part["schema"]["properties"]["type"]["const"]), (Some(0), &"aggregate".into()));
    let (code, wrong) = text(&["--json", "analyze"]);
    let wrong: serde_json::Value = serde_json::from_str(&wrong).unwrap();
    assert_eq!(code, Some(2));
    assert!(
        wrong["error"].as_str().unwrap().contains("<PATHS>...")
            && wrong["do"] == "passband analyze <PATHS>...",
        "{wrong}"
    );
}
