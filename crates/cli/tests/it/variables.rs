//! Errors name values as the user gave them, and unused values are errors.

use crate::files::tone;
use crate::passband::{command, run, write};

/// The error output of an invalid call.
fn refused(arguments: &[&str], set: &[(&str, &str)]) -> String {
    let output = run(arguments, set);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {told}");
    told
}

const FILES: [&str; 6] = ["run", "spectrum-file", "--set", "INPUT=a.wav", "--set", "OUTPUT=out"];

#[test]
fn a_variable_that_the_file_does_not_use_is_an_error_with_a_suggestion() {
    for (pair, suggestion) in [("LENGHT=1", "LENGTH"), ("length=1", "LENGTH"), ("PUTPUT=b", "OUTPUT")] {
        let told = refused(&[&FILES[..], &["--set", pair]].concat(), &[]);
        let name = pair.split('=').next().unwrap();
        assert!(told.contains(&format!("spectrum-file.toml has no variable {name}")), "{told}");
        assert!(told.contains(&format!("did you mean '{suggestion}'?")), "{told}");
    }
    let told = refused(&[&FILES[..], &["--set", "INPUT=b.wav"]].concat(), &[]);
    assert!(told.contains("sets INPUT twice"), "{told}");
    let folder = tempfile::tempdir().unwrap();
    let none = write(&folder, "p.toml", "[source]\ntype = 'simulate'\n[[sink]]\ntype = 'stdout'\n");
    assert!(refused(&["run", &none, "--set", "A=1"], &[]).contains("the file has no variables"));
    // reported together with other errors, also with --check
    let told = refused(&["run", "spectrum-file", "--check", "--set", "A=1"], &[]);
    assert!(told.contains("no variable A") && told.contains("the variable INPUT is not set"), "{told}");
}

#[test]
fn errors_name_values_as_they_were_given() {
    let bare = "the unit is missing; units are samples";
    let told = refused(&[&FILES[..], &["--set", "LENGTH=4096"]].concat(), &[]);
    assert!(told.starts_with(&format!("error: --set LENGTH=4096: {bare}")), "{told}");
    let told = refused(&FILES, &[("LENGTH", "4096")]);
    assert!(told.starts_with(&format!("error: LENGTH=4096 (environment): {bare}")), "{told}");
    assert!(!told.contains("toml:"), "{told}");
    let told = refused(&["live", "a.wav", "--hop", "4k"], &[]);
    assert!(told.starts_with("error: --hop 4k: 'k' is not a unit") && !told.contains("toml:"), "{told}");
    let told = refused(&["live", "a.wav", "--hop", "9000"], &[]);
    assert!(told.contains("hop is 9000 samples") && told.contains("at: --hop 9000 samples"), "{told}");
    let told = refused(&["live", "--taper", "ham"], &[]);
    assert!(told.starts_with("error: --taper ham: 'ham' is not one of"), "{told}");
    let told = refused(&["dataset", "a.csv", "--output", "set", "--min-length", "3"], &[]);
    assert!(told.starts_with("error: --min-length 3: the unit is missing"), "{told}");
    let told = refused(&["demo", "--listen", "nowhere"], &[]);
    assert!(told.starts_with("error: --listen nowhere: 'nowhere' is not an address"), "{told}");
}

#[test]
fn secret_values_are_not_printed() {
    let folder = tempfile::tempdir().unwrap();
    let text = "[source]\ntype = 'kafka'\ntopic = 't'\nlibrdkafka = '${MORE}'\n[[sink]]\ntype = 'stdout'\n";
    let file = write(&folder, "p.toml", text);
    for more in ["hunter2", "linger.mss=1,sasl.password=hunter2"] {
        let told = refused(&["run", &file, "--set", &format!("MORE={more}")], &[])
            + &refused(&["run", &file], &[("MORE", more)]);
        assert!(!told.contains("hunter2") && told.contains("MORE=…"), "{told}");
    }
}

#[test]
fn a_number_without_unit_is_accepted_where_the_help_says_so() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.wav"), tone(8000, 1, 100)).unwrap();
    let arguments =
        ["live", "a.wav", "--length", "4096", "--hop", "1_024", "--no-open", "--listen", "127.0.0.1:0"];
    let output = command(&arguments, &[]).current_dir(folder.path()).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && told.contains("does not fill one window"), "{told}");
}

#[test]
fn an_unused_token_is_an_error() {
    let secret = [("PASSBAND_TOKEN", "hunter2")];
    let told = refused(&FILES, &secret);
    assert!(told.contains("PASSBAND_TOKEN is set, but spectrum-file.toml uses no token"), "{told}");
    assert!(!told.contains("hunter2"));
    // pipelines that serve a page accept a token
    for arguments in
        [&["run", "--check", "sensors"][..], &["run", "--check", "demo"], &["run", "--check", "spectrum"]]
    {
        let output = run(arguments, &secret);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.wav"), tone(8000, 1, 100)).unwrap();
    for more in [&["--token", "t"][..], &[]] {
        let arguments = [&["demo", "--no-open", "--listen", "127.0.0.1:0"], more].concat();
        let mut demo = crate::passband::start(&arguments, if more.is_empty() { &secret } else { &[] });
        let line = demo.wait_line("page at ", std::time::Duration::from_secs(20));
        assert!(line.contains("and the token"), "{line}");
        demo.kill();
    }
}
