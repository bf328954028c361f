//! `passband serve`: recordings, their sound and layers, and queries, by HTTP.

use crate::analyze::clicks;
use crate::passband::{good, run, start};
use passband_testbed::Process;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_secs(60);
const FEATURES: &str = "mfcc,rhythm,bars,harmony,fingerprint";

/// An answer: status, head, body.
struct Answer(u16, String, Vec<u8>);

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.2)
            .unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&self.2)))
    }
}

/// A folder of recordings, their table, and the server over it.
pub struct Served {
    pub folder: tempfile::TempDir,
    pub process: Process,
    host: String,
}

impl Served {
    /// Clicks at 120 BPM at two sample rates, and a chord.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).display().to_string();
        std::fs::create_dir(at("music")).unwrap();
        clicks(Path::new(&at("music/clicks.wav")), 22_050, 12);
        clicks(Path::new(&at("music/<b>&clicks.wav")), 44_100, 12);
        chord(&at("music/chord.wav"), 12);
        good(&["analyze", &at("music"), "--features", FEATURES, "-o", &at("rows.parquet")], &[]);
        Self::over(folder, &["rows.parquet"])
    }

    fn over(folder: tempfile::TempDir, tables: &[&str]) -> Self {
        let tables: Vec<String> =
            tables.iter().map(|name| folder.path().join(name).display().to_string()).collect();
        let cache = folder.path().join("cache").display().to_string();
        let mut arguments = vec!["serve", "--listen", "127.0.0.1:0", "--no-open"];
        arguments.extend(tables.iter().map(String::as_str));
        let process = start(&arguments, &[("XDG_CACHE_HOME", &cache)]);
        let line = process.wait_line("pages at ", LIMIT);
        let host = line.trim_start_matches("pages at http://").trim_end_matches('/').to_owned();
        Self { folder, process, host }
    }

    pub fn url(&self) -> String {
        format!("http://{}/", self.host)
    }

    fn send(&self, request: &str) -> Answer {
        let mut socket = TcpStream::connect(&self.host).expect("the server listens");
        socket.write_all(request.replace("HOST", &self.host).as_bytes()).unwrap();
        let mut bytes = vec![];
        socket.read_to_end(&mut bytes).unwrap();
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("an answer has a head");
        let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        let body = match head.contains("transfer-encoding: chunked") {
            true => unchunked(&bytes[end + 4..]),
            false => bytes[end + 4..].to_vec(),
        };
        Answer(status, head, body)
    }

    fn get(&self, path: &str) -> Answer {
        self.send(&format!("GET {path} HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n"))
    }

    fn json(&self, path: &str) -> Value {
        let answer = self.get(path);
        assert_eq!(answer.0, 200, "{path}: {}", String::from_utf8_lossy(&answer.2));
        answer.json()
    }

    fn sql(&self, query: &str) -> Answer {
        let body = json!({ "query": query }).to_string();
        self.send(&format!(
            "POST /api/sql HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ))
    }

    /// The id of the recording with this name.
    fn id(&self, name: &str) -> String {
        let rows = self.json("/api/recordings?columns=name")["rows"].clone();
        let row = rows.as_array().unwrap().iter().find(|row| row["name"] == name);
        row.unwrap_or_else(|| panic!("no {name} in {rows}"))["id"].as_str().unwrap().to_owned()
    }
}

fn unchunked(mut bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![];
    while let Some(end) = bytes.windows(2).position(|two| two == b"\r\n") {
        let size = usize::from_str_radix(std::str::from_utf8(&bytes[..end]).unwrap(), 16).unwrap();
        if size == 0 {
            break;
        }
        out.extend(&bytes[end + 2..end + 2 + size]);
        bytes = &bytes[end + 4 + size..];
    }
    out
}

/// C major and its harmonics in 16 bits.
fn chord(path: &str, seconds: u32) {
    let sample = |n: u32| {
        let time = f64::from(n) / 22_050.0;
        let tone = |hz: f64| {
            (1..5)
                .map(|k| (std::f64::consts::TAU * hz * f64::from(k) * time).sin() / f64::from(k * k))
                .sum::<f64>()
        };
        ([261.63, 329.63, 392.0].map(tone).iter().sum::<f64>() * 5000.0) as i16
    };
    let samples: Vec<i16> = (0..22_050 * seconds).map(sample).collect();
    std::fs::write(path, crate::recordings::wav(22_050, 1, &samples)).unwrap();
}

#[test]
fn recordings_are_found_by_their_columns() {
    let served = Served::new();
    let library = served.json("/api/library");
    assert_eq!((&library["total"], &library["source"]), (&json!(3), &json!("rows")));
    let column =
        |name: &str| library["columns"].as_array().unwrap().iter().find(|c| c["name"] == name).cloned();
    let tempo = column("tempo").unwrap();
    assert_eq!((&tempo["kind"], &tempo["unit"]), (&json!("number"), &json!("1/min")));
    assert!(column("map_x").is_some() && column("fingerprint").is_none());

    let names = |path: &str| -> Vec<String> {
        let rows = served.json(path)["rows"].as_array().unwrap().clone();
        rows.iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names("/api/recordings?tempo=118..122&sort=sample_rate"), ["clicks.wav", "<b>&clicks.wav"]);
    assert_eq!(names("/api/recordings?search=CHORD"), ["chord.wav"]);
    assert_eq!(names("/api/recordings?key=C+major"), ["chord.wav"]);
    assert_eq!(names("/api/recordings?sort=name&order=desc&offset=1&limit=1"), ["chord.wav"]);
    let near = served.json(&format!("/api/recordings?near={}", served.id("clicks.wav")));
    assert_eq!(near["rows"][0]["name"], "<b>&clicks.wav", "{near}");
    // the clicks alternate from sample to sample, so that they sound different at two rates
    assert_eq!(served.json("/api/duplicates"), json!({ "groups": [] }));

    let histogram = served.json("/api/histogram?column=sample_rate&bins=4&search=clicks&sample_rate=..30000");
    assert_eq!((&histogram["all"], &histogram["matching"]), (&json!([2, 0, 0, 1]), &json!([1, 0, 0, 1])));
    let matching = served.get("/api/matching?search=clicks&sort=sample_rate&order=desc").2;
    assert_eq!((&matching[..4], &matching[8..12]), (&b"PBM1"[..], &2u32.to_le_bytes()[..]));

    for (path, what) in [
        ("/api/recordings?temop=1..2", "did you mean 'tempo'"),
        ("/api/recordings?tempo=fast", "is not a range"),
        ("/api/recordings?sort=tempo&order=up", "asc or desc"),
        ("/api/histogram", "the parameter column is missing"),
    ] {
        let answer = served.get(path);
        let told = String::from_utf8_lossy(&answer.2).into_owned();
        assert!(answer.0 == 400 && told.contains(what), "{path}: {told}");
    }
    assert_eq!(served.get("/api/recordings/nothing").0, 404);
}

#[test]
fn a_recording_has_a_row_sound_layers_and_a_score() {
    let served = Served::new();
    let id = served.id("chord.wav");
    let row = served.json(&format!("/api/recordings/{id}"));
    assert_eq!((&row["file"]["state"], &row["key"]), (&json!("present"), &json!("C major")));
    assert_eq!(row["mfcc_mean"].as_array().unwrap().len(), 13);

    let file = std::fs::read(served.folder.path().join("music/chord.wav")).unwrap();
    let whole = served.get(&format!("/api/recordings/{id}/audio"));
    assert!(whole.0 == 200 && whole.2 == file && whole.1.contains("content-type: audio/wav"), "{}", whole.1);
    let ranged = |what: &str, range: &str| {
        served.send(&format!(
            "GET /api/recordings/{id}/{what} HTTP/1.1\r\nHost: HOST\r\nRange: bytes={range}\r\nConnection: close\r\n\r\n"
        ))
    };
    let part = ranged("audio", "1000-1999");
    assert_eq!((part.0, &part.2[..]), (206, &file[1000..2000]));
    // decoded from 16 bits and back: the same samples, wherever the range begins
    let part = ranged("audio.wav", "1001-300000");
    let differs = part.2.len() != 299_000
        || part.2[1..].chunks_exact(2).zip(file[1002..].chunks_exact(2)).any(|(one, two)| {
            let of = |two: &[u8]| i32::from(i16::from_le_bytes([two[0], two[1]]));
            (of(one) - of(two)).abs() > 1
        });
    assert!(part.0 == 206 && !differs, "{} bytes", part.2.len());
    assert_eq!(ranged("audio", "999999999-").0, 416);

    let layers = served.json(&format!("/api/recordings/{id}/layers"));
    assert!((layers["duration"].as_f64().unwrap() - 12.0).abs() < 1e-6);
    assert_eq!((&layers["key"], &layers["chords"][0]["label"]), (&json!("C major"), &json!("C:maj")));
    let wave = &layers["waveform"];
    assert_eq!(wave["low"].as_array().unwrap().len(), wave["columns"].as_u64().unwrap() as usize);
    let raster = served.get(&format!("/api/recordings/{id}/rasters/chroma")).2;
    let of = |at: usize| u32::from_le_bytes(raster[at..at + 4].try_into().unwrap()) as usize;
    let (rows, columns) = (of(4), of(8));
    assert_eq!((&raster[..4], rows, raster.len()), (&b"PBR1"[..], 12, 56 + rows * columns));
    let middle = &raster[56 + columns / 2 * 12..][..12];
    let loudest: Vec<usize> = (0..12).filter(|class| middle[*class] > 100).collect();
    assert_eq!(loudest, [0, 4, 7], "C, E and G: {middle:?}");
    // a part of a second has finer columns
    let part = served.get(&format!("/api/recordings/{id}/rasters/spectrogram?from=3&to=4")).2;
    let seconds = f64::from_le_bytes(part[12..20].try_into().unwrap());
    assert!(&part[..4] == b"PBR1" && seconds < 0.004, "{seconds}");

    let midi = served.get(&format!("/api/recordings/{id}/score.mid"));
    assert!(midi.0 == 200 && midi.2.starts_with(b"MThd") && midi.1.contains("chord.mid"), "{}", midi.1);

    std::fs::remove_file(served.folder.path().join("music/chord.wav")).unwrap();
    let gone = served.get(&format!("/api/recordings/{id}/audio"));
    assert!(gone.0 == 409 && gone.json()["error"] == "the recording is not there");
    assert_eq!(served.json(&format!("/api/recordings/{id}"))["file"]["state"], "missing");
    clicks(&served.folder.path().join("music/clicks.wav"), 22_050, 3);
    let changed = served.get(&format!("/api/recordings/{}/layers", served.id("clicks.wav")));
    assert!(changed.0 == 409 && changed.json()["error"] == "the recording has changed");
}

#[test]
fn queries_only_read_and_only_tables() {
    let served = Served::new();
    let answer = served.sql("SELECT count(*) AS n, max(duration) AS d FROM rows").json();
    assert_eq!((&answer["rows"], &answer["more"]), (&json!([[3, 12.0]]), &json!(false)));
    assert_eq!(answer["columns"][1]["kind"], "number");
    let rows = served.folder.path().join("rows.parquet");
    assert_eq!(served.sql(&format!("SELECT count(*) FROM '{}'", rows.display())).0, 200, "it is a table");
    let secret = served.folder.path().join("secret.csv");
    std::fs::write(&secret, "a\n1\n").unwrap();
    for (query, what) in [
        (format!("SELECT * FROM '{}'", secret.display()), "must not be read"),
        (format!("SELECT * FROM recordings('{}')", served.folder.path().display()), "must not be read"),
        (format!("SELECT * FROM tumbling('{}', time => 'a')", secret.display()), "must not be read"),
        ("CREATE TABLE t AS SELECT 1 AS n".into(), "only queries"),
        ("INSERT INTO rows SELECT * FROM rows".into(), "only queries"),
        ("EXPLAIN ANALYZE INSERT INTO rows SELECT * FROM rows".into(), "only queries"),
        ("SET datafusion.execution.batch_size = 1".into(), "only queries"),
        ("SELECT 1; SELECT 2".into(), "more than one statement"),
        ("SELECT temop FROM rows".into(), "the nearest names are tempo"),
        (String::new(), "the query is empty"),
    ] {
        let answer = served.sql(&query);
        let told = String::from_utf8_lossy(&answer.2).into_owned();
        assert!(answer.0 == 400 && told.contains(what), "{query}: {told}");
    }
    assert!(!served.folder.path().join("warehouse").exists() && !Path::new("warehouse/t").exists());
    let tables = served.json("/api/tables");
    assert_eq!((&tables["tables"][0]["name"], &tables["tables"][0]["rows"]), (&json!("rows"), &json!(3)));
    // a token is required beyond loopback, and a failure is said before anything is served
    let all = run(&["serve", &rows.display().to_string(), "--listen", "0.0.0.0:0", "--no-open"], &[]);
    assert!(String::from_utf8_lossy(&all.stderr).contains("no token is set"));
    assert_eq!(all.status.code(), Some(1));
}

#[test]
fn new_rows_are_shown_and_a_restart_finds_the_store() {
    let served = Served::new();
    let at = |name: &str| served.folder.path().join(name).display().to_string();
    clicks(Path::new(&at("music/later.wav")), 22_050, 5);
    let both = ["analyze", &at("music"), "--features", FEATURES, "-o", &at("more.parquet")];
    good(&both, &[]);
    std::fs::rename(at("more.parquet"), at("rows.parquet")).unwrap();
    let begun = Instant::now();
    while served.json("/api/library")["total"] != 4 {
        assert!(begun.elapsed() < LIMIT, "the new row is not shown");
        std::thread::sleep(Duration::from_millis(200));
    }
    let id = served.id("later.wav");
    assert_eq!(served.json(&format!("/api/recordings/{id}"))["name"], "later.wav");
    let Served { folder, mut process, .. } = served;
    process.kill();
    let again = Served::over(folder, &["rows.parquet"]);
    assert_eq!(again.json(&format!("/api/recordings/{id}"))["name"], "later.wav");
}

#[test]
fn a_recording_needs_no_table_and_is_measured_once() {
    let folder = tempfile::tempdir().unwrap();
    clicks(&folder.path().join("song.wav"), 22_050, 8);
    let served = Served::over(folder, &["song.wav"]);
    let row = served.json(&format!("/api/recordings/{}", served.id("song.wav")));
    assert!(
        (row["tempo"].as_f64().unwrap() - 120.0).abs() < 2.0 && row["file"]["state"] == "present",
        "{row}"
    );
    assert_eq!(served.sql("SELECT count(*) FROM song").json()["rows"], json!([[1]]));
    assert!(served.process.lines(passband_testbed::Stream::Err).join("\n").contains("measuring"));
    let Served { folder, mut process, .. } = served;
    process.kill();
    let again = Served::over(folder, &["song.wav"]);
    assert!(!again.process.lines(passband_testbed::Stream::Err).join("\n").contains("measuring"));
    std::fs::write(again.folder.path().join("empty.wav"), b"").unwrap();
    let empty = again.folder.path().join("empty.wav").display().to_string();
    let none = run(&["serve", &empty, "--listen", "127.0.0.1:0"], &[]);
    assert_eq!(none.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&none.stderr).contains("no recording could be measured"));
}

#[test]
fn tables_without_recordings_are_served_too() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a b.csv"), "time,celsius\n2026-01-01T00:00:00Z,3.5\n").unwrap();
    let served = Served::over(folder, &["a b.csv"]);
    assert_eq!(served.json("/api/library")["total"], 0);
    let tables = served.json("/api/tables");
    assert_eq!((&tables["tables"][0]["name"], &tables["tables"][0]["time"]), (&json!("a_b"), &json!("time")));
    assert_eq!(served.sql("SELECT celsius FROM a_b").json()["rows"], json!([[3.5]]));
    let none = run(&["serve", "nothing.parquet", "--listen", "127.0.0.1:0"], &[]);
    assert!(String::from_utf8_lossy(&none.stderr).contains("there is no table nothing.parquet"));
}
