//! No output or stored file contains the secrets of an address.

use crate::passband::{run, start, write};
use crate::recordings::wav;
use passband_testbed::{Process, Stream};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);

/// A secret used in users, passwords, queries and fragments, which must not appear anywhere else.
const SECRET: &str = "hunter2";

/// An address without a server.
fn nobody() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

/// The output of a run whose arguments must fail.
fn said(arguments: &[&str], set: &[(&str, &str)]) -> String {
    let output = run(arguments, set);
    assert!(!output.status.success(), "{arguments:?} {set:?}");
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    said.concat()
}

/// Addresses of each kind for `host`, with a secret at each possible position.
fn addresses(host: &str) -> [String; 6] {
    [
        format!("http://ada:{SECRET}@{host}/x.wav"),
        format!("http://{SECRET}@{host}/x.wav"),
        format!("http://{host}/x.wav?X-Amz-Credential=a&X-Amz-Signature={SECRET}"),
        format!("http://{host}/x.wav?{SECRET}"),
        format!("http://{host}/x.wav#{SECRET}"),
        format!("http://ada:one/{SECRET}@{host}/x y.wav?sig={SECRET}"),
    ]
}

#[test]
fn no_command_prints_secrets_of_addresses() {
    let (folder, host) = (tempfile::tempdir().unwrap(), nobody());
    let source = |kind: &str, more: &str| {
        let text = format!(
            "[source]\ntype = \"{kind}\"\n{more}\n[window]\ntype = \"sliding\"\n[[transform]]\ntype = \"spectrum\"\n\
            [[sink]]\ntype = \"file\"\npath = \"{}\"\n",
            folder.path().join("out").display()
        );
        write(&folder, &format!("{kind}.toml"), &text)
    };
    let endpoint = format!("http://{host}");
    let store = "store = { retry_timeout = \"1 ms\" }";
    let file = source("file", &format!("path = \"${{AT}}\"\n{store}"));
    let iq = source("iq_files", &format!("path = \"${{AT}}\"\nformat = \"cf32\"\nrate = \"1 MHz\"\n{store}"));
    let files = source("files", "path = \"${AT}\"\nformat = \"json\"");
    let mqtt = source("mqtt", "broker = \"${AT}\"\ntopics = \"a\"\nstart_timeout = \"0 s\"");
    for at in addresses(&host) {
        // in the name of an object, ? and # are ordinary characters
        let object = at.replace("http://", "s3://").replace(['?', '#'], "?a=");
        for (file, at) in [(&file, &at), (&iq, &at), (&iq, &object), (&files, &at), (&mqtt, &at)] {
            for json in [&["run", file.as_str()][..], &["--json", "run", file]] {
                let said = said(
                    json,
                    &[
                        ("AT", at),
                        ("AWS_ENDPOINT_URL", &endpoint),
                        ("AWS_ACCESS_KEY_ID", "a"),
                        ("AWS_SECRET_ACCESS_KEY", SECRET),
                    ],
                );
                assert!(!said.contains(SECRET), "{at}: {said}");
                // the place of the lookup is still reported
                assert!(said.contains("error"), "{at}: {said}");
            }
        }
        let live = said(&["live", &at, "--no-open", "--listen", "127.0.0.1:0"], &[]);
        assert!(!live.contains(SECRET) && live.contains("error"), "{live}");
        let odd = said(&["run", "spectrum-file", &at], &[]);
        assert!(!odd.contains(SECRET) && odd.contains("unexpected"), "{odd}");
        let set = said(&["run", "spectrum-file", "--set", at.split(['=', ' ']).next().unwrap()], &[]);
        assert!(!set.contains(SECRET), "{set}");
    }
}

#[test]
fn no_client_setting_is_printed_with_its_secret() {
    let (folder, host) = (tempfile::tempdir().unwrap(), nobody());
    let pipeline = |source: &str| {
        let text = format!("[source]\n{source}\n[[sink]]\ntype = \"stdout\"\nformat = \"json\"\n");
        write(&folder, "p.toml", &text)
    };
    for source in [
        format!(
            "type = \"iq_files\"\nformat = \"cf32\"\nrate = \"1 MHz\"\npath = \"s3://box/a\"\n\
            store = {{ endpoint = \"http://ada:{SECRET}@{host}\", access_key_id = \"x{SECRET}\", \
            secret_access_key = \"{SECRET}\", retry_timeout = \"1 ms\" }}"
        ),
        format!(
            "type = \"kafka\"\nbrokers = \"ada:{SECRET}@{host}\"\ntopic = \"t\"\ngroup = \"g\"\nstart_timeout = \"0 s\""
        ),
        format!(
            "type = \"kafka\"\nbrokers = \"{host}\"\ntopic = \"t\"\nstart_timeout = \"0 s\"\nlibrdkafka = {{ \"sasl.mechanism\" = \"{SECRET}\" }}"
        ),
        format!(
            "type = \"mqtt\"\nbroker = \"{host}\"\ntopics = \"a\"\nstart_timeout = \"0 s\"\nusername = \"ada\"\npassword = \"{SECRET}\\u0007\""
        ),
        format!(
            "type = \"mqtt\"\nbroker = \"{host}\"\ntopics = \"a\"\nstart_timeout = \"0 s\"\npassword = {{ a = \"{SECRET}\" }}"
        ),
        format!(
            "type = \"mqtt\"\nbroker = \"{host}\"\ntopics = \"a\"\nstart_timeout = \"0 s\"\npassword = \"{SECRET}"
        ),
    ] {
        let file = pipeline(&source);
        let said = said(&["--json", "run", &file], &[]);
        assert!(!said.contains(SECRET), "{source}: {said}");
    }
}

#[test]
fn refused_data_is_stored_without_secrets() {
    let (folder, host) = (tempfile::tempdir().unwrap(), nobody());
    let mut list = "Label,Blob Name\n".to_owned();
    addresses(&host).iter().for_each(|at| list += &format!("1,{at}\n"));
    // an address that works: an empty input gives no set
    let recording = folder.path().join("one.wav");
    std::fs::write(&recording, wav(8000, 1, &[500; 800])).unwrap();
    list += &format!("1,{}\n", recording.display());
    let list = write(&folder, "labels.csv", &list);
    let output = folder.path().join("set").display().to_string();
    let arguments = ["dataset", &list, "--output", &output];
    let told = said(&arguments, &[]);
    assert!(!told.contains(SECRET), "{told}");
    let mut read = 0;
    for entry in std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()) {
        if entry != Path::new(&list) && entry != recording && entry.is_file() {
            let text = String::from_utf8_lossy(&std::fs::read(&entry).unwrap()).into_owned();
            assert!(!text.contains(SECRET), "{}: {text}", entry.display());
            read += 1;
        }
    }
    assert!(read > 0, "something is written down");
}

#[test]
fn the_page_address_is_printed_without_its_token() {
    let arguments = ["--json", "demo", "--token", SECRET, "--no-open", "--listen", "127.0.0.1:0"];
    let mut demo = start(&arguments, &[]);
    let line = demo.wait_line("\"page\"", LIMIT);
    let told: serde_json::Value = serde_json::from_str(&line).unwrap();
    let page = told["page"].as_str().unwrap();
    let host =
        page.strip_prefix("http://").and_then(|rest| rest.strip_suffix('/')).expect("an address alone");
    host.parse::<std::net::SocketAddr>().expect("and nothing behind it");
    demo.interrupt();
    demo.wait(LIMIT);
    assert!(!demo.lines(Stream::Err).concat().contains(SECRET));
    let said = said(&["demo", "--token", "", "--listen", "127.0.0.1:0"], &[]);
    assert!(said.contains("--token"), "{said}");
}

#[cfg(target_os = "linux")]
#[test]
fn half_sent_requests_do_not_take_the_last_file_of_a_process() {
    let mut limited = std::process::Command::new("sh");
    limited.args(["-c", "ulimit -n 48; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_passband")]);
    limited.args(["--json", "demo", "--no-open", "--listen", "127.0.0.1:0"]);
    let mut demo = Process::start(&mut limited);
    let line = demo.wait_line("\"page\"", LIMIT);
    let told: serde_json::Value = serde_json::from_str(&line).unwrap();
    let at: std::net::SocketAddr =
        told["page"].as_str().unwrap().trim_start_matches("http://").trim_end_matches('/').parse().unwrap();
    let ask = |text: &str| {
        let mut stream = TcpStream::connect(at).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        stream
    };
    let half: Vec<_> = (0..200).map(|_| ask("GET / HTTP/1.1\r\nHost: a")).collect();
    let mut answer = String::new();
    ask(&format!("GET / HTTP/1.1\r\nHost: {at}\r\nConnection: close\r\n\r\n"))
        .read_to_string(&mut answer)
        .unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    drop(half);
    demo.interrupt();
    assert_eq!(demo.wait(LIMIT).and_then(|status| status.code()), Some(0));
}
