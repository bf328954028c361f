//! `passband analyze` over many recordings: on several threads, killed and restarted, and with identical content.

use crate::passband::{command, count, good, run, start};
use crate::recordings;
use passband_testbed::passband_data;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

const RATE: u32 = 22_050;

/// Writes a WAV of 16-bit samples.
fn wav(path: &Path, samples: impl Iterator<Item = i16>) {
    std::fs::write(path, recordings::wav(RATE, 1, &samples.collect::<Vec<_>>())).unwrap();
}

/// Recordings of clicks and tones, all different, the third much longer; two broken ones and a silent one.
fn music(count: u32) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("music")).unwrap();
    let at = |name: &str| folder.path().join("music").join(name);
    for number in 0..count {
        let seconds = if number == 2 { 40 } else { 2 + number % 5 };
        let beat = RATE / (2 + number % 3);
        let sample = move |n: u32| {
            let tone = (f64::from(n) * (0.02 + f64::from(number) * 0.003)).sin() * 6000.0;
            tone as i16 + if n % beat < 200 { if n.is_multiple_of(2) { 12_000 } else { -12_000 } } else { 0 }
        };
        wav(&at(&format!("{number:02}.wav")), (0..RATE * seconds).map(sample));
    }
    std::fs::write(at("05-broken.flac"), b"no sound").unwrap();
    std::fs::write(at("11-empty.mp3"), b"").unwrap();
    wav(&at("07-silent.wav"), (0..RATE * 3).map(|_| 0));
    folder
}

struct Place(tempfile::TempDir);

impl Place {
    fn at(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }
    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.at(name)).unwrap()
    }
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn tables_are_the_same_whatever_the_threads() {
    let place = Place(music(14));
    for (per, ending) in [("recording", "parquet"), ("recording", "ndjson"), ("frame", "ndjson")] {
        let table = |threads: u32| {
            let (threads, output) = (threads.to_string(), place.at(&format!("{threads}-{per}.{ending}")));
            let told = run(
                &["analyze", &place.at("music"), "-o", &output, "--threads", &threads, "--per", per],
                &[],
            );
            assert_eq!(told.status.code(), Some(3), "{}", String::from_utf8_lossy(&told.stderr));
            std::fs::read(output).unwrap()
        };
        let one = table(1);
        assert!(one.len() > 10_000);
        assert!(table(2) == one && table(5) == one, "{per} {ending}");
    }
}

#[test]
fn a_row_tells_the_file_and_silence_has_no_tempo_no_key_and_no_chord() {
    let place = Place(music(3));
    run(&["analyze", &place.at("music"), "-o", &place.at("table.ndjson")], &[]);
    let rows = lines(&place.text("table.ndjson"));
    let streams: Vec<_> = rows.iter().map(|row| row["stream"].as_str().unwrap()).collect();
    assert_eq!(streams, ["00.wav", "01.wav", "02.wav", "07-silent.wav"]);
    for (row, seconds) in rows.iter().zip([2.0, 3.0, 40.0, 3.0]) {
        assert_eq!(row["duration"], seconds, "{row}");
        assert!(row["sample_rate"] == 22_050.0 && row["channels"] == 1, "{row}");
        assert_eq!((&row["container"], &row["codec"]), (&Value::from("wav"), &Value::from("pcm_s16le")));
        assert!(row["path"].as_str().unwrap().ends_with(row["stream"].as_str().unwrap()));
        assert_eq!(row["content_hash"].as_str().unwrap().len(), 32);
        assert_eq!(row["passband_version"], env!("CARGO_PKG_VERSION"));
        assert!(row["feature_version"].as_u64().unwrap() > 0 && row["title"].is_null());
        assert_eq!(row["mfcc_median"].as_array().unwrap().len(), 13);
    }
    let silent = &rows[3];
    assert!(silent["tempo"].is_null() && silent["key"].is_null(), "{silent}");
    assert_eq!(silent["chords"], Value::Array(vec![]), "{silent}");
    let refused = lines(&place.text("table.refused.ndjson"));
    let names: Vec<_> = refused.iter().map(|row| row["source"].as_str().unwrap()).collect();
    assert_eq!(names, ["05-broken.flac", "11-empty.mp3"]);
    assert!(refused.iter().all(|row| !row["reason"].as_str().unwrap().is_empty()), "{refused:?}");
}

#[test]
fn the_same_content_is_measured_once_and_has_a_row_for_each_path() {
    let place = Place(music(3));
    for copy in ["music/00-again.wav", "music/99.wav"] {
        std::fs::copy(place.at("music/00.wav"), place.at(copy)).unwrap();
    }
    let output = run(&["analyze", &place.at("music"), "-o", &place.at("table.ndjson"), "--json"], &[]);
    assert_eq!(count(&String::from_utf8_lossy(&output.stderr), "reused"), 2);
    let rows = lines(&place.text("table.ndjson"));
    let of = |name: &str| {
        let mut row = rows.iter().find(|row| row["stream"] == name).unwrap().clone();
        assert!(row["path"].as_str().unwrap().ends_with(name), "{row}");
        let own = row.as_object_mut().unwrap();
        assert!(["stream", "path", "recording"].iter().all(|name| own.remove(*name).is_some()));
        row
    };
    assert!(of("00.wav") == of("00-again.wav") && of("00.wav") == of("99.wav"));
    let numbers: Vec<_> = rows.iter().map(|row| row["recording"].as_u64().unwrap()).collect();
    assert!(numbers.is_sorted(), "{numbers:?}");
}

/// Kills the same command repeatedly, each time a little later, and finally lets it complete; the output must equal
/// that of a single run.
fn killed(input: &str, per: &str, kills: u32) {
    let place = Place(tempfile::tempdir().unwrap());
    let (whole, table) = (place.at("whole.parquet"), place.at("table.parquet"));
    let arguments = |output| ["analyze", input, "-o", output, "--per", per, "--json"];
    let began = Instant::now();
    let code = run(&arguments(&whole), &[]).status.code();
    let each = began.elapsed() / (kills + 1);
    let mut done = 0;
    for _ in 0..kills {
        let mut child =
            command(&arguments(&table), &[]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(each + Duration::from_millis(150));
        child.kill().unwrap();
        // a process that is killed after its last write has completed as well: the next one starts anew
        let ended = child.wait().unwrap().code().is_some();
        done += u32::from(ended || Path::new(&table).exists());
        if done == 0 {
            let refused = std::fs::read_to_string(place.at("table.refused.ndjson")).unwrap_or_default();
            let distinct: std::collections::BTreeSet<&str> = refused.lines().collect();
            assert_eq!(distinct.len(), refused.lines().count(), "a refusal was written twice: {refused}");
        }
    }
    let last = run(&arguments(&table), &[]);
    assert_eq!(last.status.code(), code);
    let told = String::from_utf8_lossy(&last.stderr).into_owned();
    eprintln!(
        "{done} of {kills} runs ended before they were killed; the last took over {}",
        count(&told, "reused")
    );
    assert!(std::fs::read(&whole).unwrap() == std::fs::read(&table).unwrap());
    if Path::new(&place.at("whole.refused.ndjson")).exists() && done == 0 {
        assert_eq!(place.text("whole.refused.ndjson"), place.text("table.refused.ndjson"));
    }
    let left: Vec<PathBuf> =
        std::fs::read_dir(place.0.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    let left: Vec<_> = left.iter().filter(|path| !path.to_string_lossy().contains("refused")).collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn killed_twenty_times_it_goes_on_where_it_was() {
    let place = Place(music(24));
    killed(&place.at("music"), "recording", 20);
    killed(&place.at("music"), "frame", 5);
}

#[test]
fn killed_over_real_recordings_it_goes_on_where_it_was() {
    let Some(data) = passband_data() else { return };
    killed(&data.display().to_string(), "recording", 20);
}

#[test]
fn two_at_once_on_one_output_are_refused() {
    let place = Place(music(24));
    let arguments = ["analyze", &place.at("music"), "-o", &place.at("table.parquet")];
    let first = start(&arguments, &[]);
    let part = place.at("table.parquet.part");
    while !Path::new(&part).exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let second = run(&arguments, &[]);
    let said = String::from_utf8_lossy(&second.stderr);
    assert!(second.status.code() == Some(1) && said.contains("is already being written"), "{said}");
    drop(first);
    run(&arguments, &[]);
    good(&["analyze", &place.at("music/00.wav"), "-o", &place.at("one.parquet")], &[]);
    assert_eq!(std::fs::read(place.at("table.parquet")).unwrap()[..4], *b"PAR1");
}
