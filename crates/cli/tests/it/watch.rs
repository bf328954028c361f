//! Recordings that arrive in a folder: taken when they are whole, once each, whatever is killed.

use crate::disasters::Random;
use crate::files::tone;
use crate::passband::{command, write};
use passband_testbed::{Process, S3, Stream, unique, workspace};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

/// A folder with the pipeline that watches `incoming`.
struct Watch {
    folder: tempfile::TempDir,
    pipeline: String,
    set: Vec<(&'static str, String)>,
}

impl Watch {
    fn new(set: &[(&'static str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("incoming")).unwrap();
        let text = fs::read_to_string(workspace().join("pipelines/watch-folder.toml")).unwrap();
        // shorter pauses for the test
        let text = text.replace("commit_every = \"10 s\"", "commit_every = \"200 ms\"");
        let text = text.replace("attempts = ", "retry = \"20 ms\"\nattempts = ");
        let pipeline = write(&folder, "watch-folder.toml", &text);
        let all = [("INPUT", "incoming"), ("SETTLE", "300 ms")];
        let set = all.iter().chain(set).map(|(name, value)| (*name, (*value).to_owned())).collect();
        Self { folder, pipeline, set }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn set(&self) -> Vec<(&str, &str)> {
        self.set.iter().map(|(name, value)| (*name, value.as_str())).collect()
    }

    fn begin(&self) -> Process {
        let mut command = command(&["run", "--json", &self.pipeline], &self.set());
        Process::start(command.current_dir(&self.folder))
    }

    fn end(process: &mut Process, code: i32) {
        process.interrupt();
        let ended = process.wait(PATIENCE).and_then(|status| status.code());
        assert_eq!(ended, Some(code), "{:#?}", process.lines(Stream::Err));
    }

    /// The rows of a statement.
    fn sql(&self, statement: &str) -> Vec<Value> {
        let mut command = command(&["sql", statement, "--format", "json"], &self.set());
        let output = command.current_dir(&self.folder).output().unwrap();
        assert!(output.status.success(), "{statement}: {}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The complete lines of the log of events.
    fn events(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.at("events.ndjson")).unwrap_or_default();
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        whole.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn count(&self, event: &str) -> usize {
        self.events().iter().filter(|line| line["event"] == event).count()
    }

    fn until(&self, process: &Process, what: &str, is_so: impl Fn() -> bool) {
        let until = Instant::now() + PATIENCE;
        while !is_so() {
            assert!(Instant::now() < until, "{what}: {:#?}", process.lines(Stream::Err));
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return vec![] };
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_recording_is_taken_when_it_is_whole_and_gives_a_file_and_a_row() {
    let watch = Watch::new(&[("SETTLE", "1500 ms")]);
    let sound = tone(22_050, 1, 44_100);
    fs::write(watch.at("incoming/first.wav"), &sound).unwrap();
    fs::write(watch.at("incoming/.hidden.wav"), &sound).unwrap();
    fs::write(watch.at("incoming/later.wav.part"), &sound).unwrap();
    fs::write(watch.at("incoming/notes.txt"), "no recording").unwrap();
    fs::write(watch.at("incoming/empty.wav"), "").unwrap();
    let mut process = watch.begin();
    watch.until(&process, "the first is done", || watch.count("done") == 1);
    // a growing file is not taken
    let growing = watch.at("incoming/growing.wav");
    for piece in 1..=8 {
        fs::write(&growing, &sound[..sound.len() * piece / 8]).unwrap();
        std::thread::sleep(Duration::from_millis(100));
        assert_eq!(watch.count("arrived"), 1);
    }
    fs::rename(watch.at("incoming/later.wav.part"), watch.at("incoming/later.wav")).unwrap();
    watch.until(&process, "three are done", || watch.count("done") == 3);
    Watch::end(&mut process, 0);

    assert_eq!(names(&watch.at("audio-features")), ["first.json", "growing.json", "later.json"]);
    let text = fs::read_to_string(watch.at("audio-features/first.json")).unwrap();
    let json: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["mfccs"].as_array().unwrap().len(), 13);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!((lines[0], lines[1], lines.len()), ("{", "    \"mfccs\": [", 17));
    assert!(lines[2].starts_with("        -") && lines[2].ends_with(',') && !text.ends_with('\n'), "{text}");
    // the same numbers are in the row
    let rows =
        watch.sql("SELECT file_path, mfcc_features, content_hash FROM audio_features ORDER BY recording");
    let files: Vec<&str> = rows.iter().map(|row| row["file_path"].as_str().unwrap()).collect();
    assert_eq!(files[0], "first.wav");
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[0]["mfcc_features"], json["mfccs"]);
    // the log of events is a table
    let events = watch.sql(
        "SELECT event, name, content_hash, position FROM 'events.ndjson' WHERE number = 1 ORDER BY time",
    );
    let said: Vec<&str> = events.iter().map(|row| row["event"].as_str().unwrap()).collect();
    assert_eq!(said, ["arrived", "read", "done"]);
    assert_eq!(events[2]["content_hash"], rows[0]["content_hash"]);
    assert_eq!(events[2]["position"], "0@8589934592");

    // only a changed file is taken again
    let mut process = watch.begin();
    fs::write(watch.at("incoming/first.wav"), tone(22_050, 1, 22_050)).unwrap();
    watch.until(&process, "the changed one is done", || watch.count("done") == 4);
    Watch::end(&mut process, 0);
    assert_eq!(watch.count("arrived"), 4);
    assert_eq!(watch.sql("SELECT count(*) AS n FROM audio_features")[0]["n"], 4);
    let newest = watch.sql("SELECT count(*) AS n FROM latest(audio_features, by => 'file_path')");
    assert_eq!(newest[0]["n"], 3);
}

#[test]
fn files_are_moved_when_their_rows_are_safe_and_broken_ones_with_the_reason() {
    let Some(store) = S3::shared() else { return };
    let name = unique("watch");
    let bucket = store.bucket(&name);
    let (output, endpoint) = (format!("s3://{name}/audio-features"), store.endpoint());
    let watch = Watch::new(&[
        ("AFTER", "move"),
        ("OUTPUT", &output),
        ("AWS_ENDPOINT_URL", &endpoint),
        ("AWS_ACCESS_KEY_ID", S3::KEY),
        ("AWS_SECRET_ACCESS_KEY", S3::SECRET),
    ]);
    fs::write(watch.at("incoming/good.wav"), tone(22_050, 1, 44_100)).unwrap();
    fs::write(watch.at("incoming/broken.wav"), b"no sound at all").unwrap();
    fs::write(watch.at("incoming/short.wav"), tone(22_050, 1, 0)).unwrap();
    fs::create_dir(watch.at("done")).unwrap();
    fs::write(watch.at("done/good.wav"), b"an older one").unwrap();
    let mut process = watch.begin();
    watch.until(&process, "every recording is done or failed", || {
        watch.count("done") == 1 && watch.count("failed") == 2
    });
    Watch::end(&mut process, 3);
    assert_eq!(names(&watch.at("incoming")), [""; 0]);
    assert_eq!(names(&bucket.join("audio-features")), ["good.json"]);
    let moved = names(&watch.at("done"));
    assert!(moved.len() == 2 && moved.contains(&"good.wav".to_owned()), "{moved:?}");
    assert_eq!(fs::read(watch.at("done/good.wav")).unwrap(), b"an older one");
    let failed = names(&watch.at("failed"));
    assert_eq!(failed, ["broken.wav", "broken.wav.reason.txt", "short.wav", "short.wav.reason.txt"]);
    let reason = fs::read_to_string(watch.at("failed/broken.wav.reason.txt")).unwrap();
    assert!(reason.contains("format") || reason.contains("recording"), "{reason}");
    let events = watch.events();
    let broken =
        events.iter().find(|line| line["event"] == "failed" && line["name"] == "broken.wav").unwrap();
    assert_eq!(broken["error"], reason.trim_end());
    assert_eq!(broken["moved_to"], "failed/broken.wav");
    let told = process.lines(Stream::Err).join("\n");
    let again = |line: &&str| line.contains("broken.wav: ") && line.contains("trying again in");
    assert_eq!(told.lines().filter(again).count(), 2, "{told}");

    // a replayed recording is put back and taken again
    let hash =
        events.iter().find_map(|line| (line["event"] == "done").then(|| &line["content_hash"])).unwrap();
    let replay = |hash: &str| {
        let mut command = command(&["--json", "replay", hash], &[]);
        let output = command.current_dir(&watch.folder).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
    };
    let (code, told) = replay("ffffffffffff");
    assert!(code == Some(1) && told.contains("no recording with this content hash"), "{told}");
    assert_eq!(replay(&hash.as_str().unwrap()[..12]).1, "{\"path\":\"incoming/good.wav\"}\n");
    let mut process = watch.begin();
    watch.until(&process, "it is done again", || watch.count("done") == 2);
    Watch::end(&mut process, 0);
    let rows = watch.sql("SELECT count(*) AS n, count(DISTINCT content_hash) AS c FROM audio_features");
    assert_eq!((&rows[0]["n"], &rows[0]["c"]), (&2.into(), &1.into()));
    assert_eq!(watch.sql("SELECT count(*) AS n FROM latest(audio_features)")[0]["n"], 1);
}

#[test]
fn each_recording_is_there_once_however_often_the_watcher_is_killed() {
    let watch = Watch::new(&[("AFTER", "delete"), ("ATTEMPTS", "1")]);
    let (mut random, mut kills) = (Random::new(), 0);
    let (many, broken) = (60, 15);
    let mut process = watch.begin();
    for n in 0..many {
        let part = watch.at(&format!("incoming/{n:02}.wav.part"));
        fs::write(&part, tone(22_050, 1, 22_050 + n)).unwrap();
        fs::rename(&part, watch.at(&format!("incoming/{n:02}.wav"))).unwrap();
        if n % 4 == 0 {
            fs::write(watch.at(&format!("incoming/broken{n:02}.wav")), format!("no sound {n}")).unwrap();
        }
        random.pause(10, 90);
        if random.below(4) == 0 {
            process.kill();
            process = watch.begin();
            kills += 1;
        }
    }
    for _ in 0..8 {
        random.pause(100, 900);
        process.kill();
        process = watch.begin();
        kills += 1;
    }
    // one more shows that the last process has started
    fs::write(watch.at("incoming/last.wav"), tone(22_050, 1, 22_050)).unwrap();
    watch.until(&process, "all are done", || watch.count("done") == many as usize + 1);
    watch.until(&process, "the broken ones have failed", || watch.count("failed") == broken);
    assert_eq!(names(&watch.at("incoming")), [""; 0]);
    process.interrupt();
    assert!(process.wait(PATIENCE).is_some());
    let mut rows = BTreeMap::<String, u32>::new();
    for row in watch.sql("SELECT file_path FROM audio_features") {
        *rows.entry(row["file_path"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    println!("{kills} kills, {} recordings", rows.len());
    let lost = (0..many).filter(|n| !rows.contains_key(&format!("{n:02}.wav"))).count();
    let doubled = rows.values().filter(|count| **count > 1).count();
    assert_eq!((lost, doubled), (0, 0), "after {kills} kills");
    // a kill may leave a temporary file
    let files = names(&watch.at("audio-features")).iter().filter(|name| name.ends_with(".json")).count();
    assert_eq!(files, many as usize + 1);
    let failed = names(&watch.at("failed"));
    assert_eq!(
        failed.iter().filter(|name| name.starts_with("broken") && name.ends_with(".wav")).count(),
        broken
    );
    let done: Vec<Value> = watch.events().into_iter().filter(|line| line["event"] == "done").collect();
    assert!(done.iter().all(|line| !line["name"].as_str().unwrap().starts_with("broken")), "{done:?}");
}

#[test]
fn a_pipeline_that_would_lose_earlier_results_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let text = "[source]\ntype = \"recordings\"\npath = \"in\"\nfollow = \"yes\"\n[[transform]]\ntype = \"features\"\nover = \"recording\"\n[[sink]]\ntype = \"file\"\npath = \"all.ndjson\"\n";
    let check = |text: &str| {
        let path = write(&folder, "p.toml", text);
        let output = command(&["run", "--check", &path], &[]).output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (good, told) = check(text);
    assert!(!good && told.contains("emits each recording once"), "{told}");
    let (good, told) = check(&text.replace("follow = \"yes\"", "after = \"move\""));
    assert!(!good && told.contains("it applies with follow = \"yes\" only"), "{told}");
    let sink = "type = \"iceberg\"\ntable = \"t\"\ndelivery = \"whole_run\"";
    let (good, told) = check(&text.replace("type = \"file\"\npath = \"all.ndjson\"", sink));
    assert!(!good && told.contains("is for a source with an end"), "{told}");
    let (good, told) = check(&text.replace("\"in\"", "\"s3://bucket/in\""));
    assert!(!good && told.contains("is for local folders"), "{told}");
}

#[test]
fn a_table_belongs_to_one_log_of_events() {
    let watch = Watch::new(&[]);
    fs::write(watch.at("incoming/a.wav"), tone(22_050, 1, 22_050)).unwrap();
    let mut process = watch.begin();
    watch.until(&process, "it is done", || watch.count("done") == 1);
    Watch::end(&mut process, 0);
    // another folder with another log, which has events of its own
    let other = |command: &mut std::process::Command| {
        command
            .env("EVENTS", "other.ndjson")
            .env("INPUT", "other")
            .current_dir(&watch.folder)
            .output()
            .unwrap()
    };
    fs::create_dir(watch.at("other")).unwrap();
    fs::copy(watch.at("events.ndjson"), watch.at("other.ndjson")).unwrap();
    let text = fs::read_to_string(watch.at("other.ndjson")).unwrap().replace("a.wav", "b.wav");
    fs::write(watch.at("other.ndjson"), text).unwrap();
    let output = other(&mut command(&["run", &watch.pipeline], &watch.set()));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && told.contains("written with another log of events"), "{told}");
    // a folder that files would be moved to is not watched
    let mut moved = command(&["run", &watch.pipeline], &watch.set());
    let output = moved.env("AFTER", "move").env("DONE", ".").current_dir(&watch.folder).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && told.contains("moved to the folder that is watched"), "{told}");
}

#[test]
fn a_name_that_no_result_can_have_is_refused_and_the_next_follows() {
    let watch = Watch::new(&[("ATTEMPTS", "1")]);
    let sound = tone(22_050, 1, 22_050);
    for name in ["a\\b.wav".to_owned(), format!("{}.wav", "n".repeat(230)), "good.wav".into()] {
        fs::write(watch.at("incoming").join(name), &sound).unwrap();
    }
    let mut process = watch.begin();
    watch.until(&process, "every recording is done or failed", || {
        watch.count("done") == 1 && watch.count("failed") == 2
    });
    Watch::end(&mut process, 3);
    assert_eq!(names(&watch.at("audio-features")), ["good.json"]);
}

#[test]
fn a_version_that_was_replaced_before_it_was_measured_has_no_row() {
    let watch = Watch::new(&[("ATTEMPTS", "1"), ("THREADS", "1"), ("AFTER", "delete"), ("SETTLE", "50 ms")]);
    let sound = |frames| tone(22_050, 1, frames);
    // long ones first, so that the last waits
    for n in 0..3 {
        fs::write(watch.at(&format!("incoming/a{n}.wav")), sound(22_050 * 120)).unwrap();
    }
    fs::write(watch.at("incoming/last.wav"), sound(22_050)).unwrap();
    let mut process = watch.begin();
    watch.until(&process, "all have arrived", || watch.count("arrived") == 4);
    let was_read = || watch.events().iter().any(|event| event["event"] == "read" && event["number"] == 4);
    fs::write(watch.at("new.wav"), sound(22_050 * 2)).unwrap();
    fs::rename(watch.at("new.wav"), watch.at("incoming/last.wav")).unwrap();
    watch.until(&process, "the new version has arrived", || watch.count("arrived") == 5);
    watch.until(&process, "every recording is done or failed", || {
        watch.count("done") + watch.count("failed") == 5
    });
    process.interrupt();
    assert!(process.wait(PATIENCE).is_some());
    let rows = watch.sql(
        "SELECT recording, duration FROM audio_features WHERE file_path = 'last.wav' ORDER BY recording",
    );
    let durations: Vec<f64> = rows.iter().map(|row| row["duration"].as_f64().unwrap()).collect();
    // a busy machine may have measured the first version before it was replaced
    assert_eq!(durations, if was_read() { vec![1.0, 2.0] } else { vec![2.0] });
    assert_eq!(names(&watch.at("incoming")), [""; 0]);
}
