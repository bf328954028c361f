//! A recording has the same samples from a disk, standard input, a server with and without ranges, an object store, and
//! in a training set.

use crate::passband::{command, run, write};
use crate::recordings::{difference, files, tone, wav};
use passband_testbed::{S3, unique, workspace};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};

const PIPELINE: &str = r#"
[source]
type = "file"
path = "${WHERE}"
name = "one"
recording = 1700000000000000

[[sink]]
type = "file"
path = "${OUTPUT}"
format = "json"
"#;

/// One recording per format, all of one signal.
const FORMATS: [&str; 16] = [
    "signal.flac",
    "lame.mp3",
    "vorbis.ogg",
    "flac.ogg",
    "aac.aac",
    "aac.m4a",
    "aac-front.m4a",
    "alac.m4a",
    "alac-fragments.m4a",
    "flac.mp4",
    "alac.caf",
    "pcm.caf",
    "pcm.aiff",
    "flac.mkv",
    "ima.wav",
    "mulaw.wav",
];

/// A server for the files of a folder. Without ranges it ignores range requests.
fn serve(folder: PathBuf, ranges: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let folder = folder.clone();
            std::thread::spawn(move || answer(&stream, &folder, ranges));
        }
    });
    address
}

fn answer(mut stream: &TcpStream, folder: &Path, ranges: bool) -> Option<()> {
    let head: Vec<String> =
        BufReader::new(stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
    let mut asked = head.first()?.split(' ');
    let (method, path) = (asked.next()?, asked.next()?);
    let Ok(bytes) = fs::read(folder.join(path.trim_start_matches('/'))) else {
        return stream
            .write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            .ok();
    };
    let wanted = head.iter().find_map(|line| {
        let (name, value) = line.split_once(": bytes=")?;
        name.eq_ignore_ascii_case("range").then(|| value.split_once('-'))?
    });
    let (status, more, body) = match wanted.filter(|_| ranges) {
        Some((from, to)) => {
            let (from, to): (usize, usize) = (from.parse().ok()?, to.parse().ok()?);
            let to = to.min(bytes.len() - 1);
            let more = format!("Content-Range: bytes {from}-{to}/{}\r\n", bytes.len());
            ("206 Partial Content", more, &bytes[from..=to])
        }
        None => ("200 OK", String::new(), &bytes[..]),
    };
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n{more}Connection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).ok()?;
    if method == "GET" { stream.write_all(body).ok() } else { Some(()) }
}

/// The samples in the lines of a file, and the lines.
fn samples(text: &str) -> Vec<f32> {
    let of = |line: &str| -> Vec<f32> {
        let line: Value = serde_json::from_str(line).unwrap();
        line["channels"][0].as_array().unwrap().iter().map(|x| x.as_f64().unwrap() as f32).collect()
    };
    text.lines().flat_map(of).collect()
}

/// The files of a tar, by name.
fn members(mut tar: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    while let Some(head) = tar.first_chunk::<512>().filter(|head| head[0] != 0) {
        let text = |from: usize, to: usize| {
            std::str::from_utf8(&head[from..to]).unwrap().trim_end_matches(['\0', ' ']).to_owned()
        };
        let size = usize::from_str_radix(&text(124, 136), 8).unwrap();
        all.insert(text(0, 100), tar[512..512 + size].to_vec());
        tar = &tar[512 + size.next_multiple_of(512)..];
    }
    all
}

#[test]
fn a_recording_has_the_same_samples_from_all_inputs() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = folder.path().join("blobs");
    fs::create_dir(&blobs).unwrap();
    for name in FORMATS {
        fs::copy(workspace().join("crates/signal/tests/containers").join(name), blobs.join(name)).unwrap();
    }
    fs::write(blobs.join("plain.wav"), wav(22_050, 1, &tone(30))).unwrap();
    let names = || FORMATS.into_iter().chain(["plain.wav"]);
    let (ranges, whole) = (serve(blobs.clone(), true), serve(blobs.clone(), false));
    let s3 = S3::shared();
    let bucket = s3.map(|server| {
        let name = unique("same");
        let there = server.bucket(&name);
        for file in names() {
            fs::copy(blobs.join(file), there.join(file)).unwrap();
        }
        format!("s3://{name}")
    });
    let endpoint = s3.map_or(String::new(), S3::endpoint);
    let keys = [
        ("AWS_ENDPOINT_URL", &endpoint[..]),
        ("AWS_ACCESS_KEY_ID", S3::KEY),
        ("AWS_SECRET_ACCESS_KEY", S3::SECRET),
    ];
    let pipeline = write(&folder, "same.toml", PIPELINE);
    let output = folder.path().join("out.ndjson").display().to_string();
    let read = |from: &str, input: Option<&Path>| {
        let set = [&keys[..], &[("WHERE", from), ("OUTPUT", &output)]].concat();
        let mut passband = command(&["--quiet", "run", &pipeline], &set);
        if let Some(input) = input {
            passband.stdin(File::open(input).unwrap());
        }
        let ran = passband.output().unwrap();
        assert!(ran.status.success(), "{from}: {}", String::from_utf8_lossy(&ran.stderr));
        fs::read_to_string(&output).unwrap()
    };

    let mut right = BTreeMap::new();
    for name in names() {
        let path = blobs.join(name);
        let here = read(path.to_str().unwrap(), None);
        let places = [Some(&ranges), Some(&whole), bucket.as_ref()].into_iter().flatten();
        for place in places {
            assert!(read(&format!("{place}/{name}"), None) == here, "{name} from {place}");
        }
        // `-` may be any source that cannot seek: here a pipe
        let mut cat = std::process::Command::new("cat")
            .arg(&path)
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let set = [&keys[..], &[("WHERE", "-"), ("OUTPUT", &output)]].concat();
        let ran =
            command(&["--quiet", "run", &pipeline], &set).stdin(cat.stdout.take().unwrap()).output().unwrap();
        assert!(
            ran.status.success() && cat.wait().unwrap().success(),
            "{name}: {}",
            String::from_utf8_lossy(&ran.stderr)
        );
        assert!(fs::read_to_string(&output).unwrap() == here, "{name} from a pipe");
        assert!(read("-", Some(&path)) == here, "{name} as standard input");
        right.insert(name.to_owned(), samples(&here));
    }
    assert!(right.values().all(|samples| samples.len() >= 400 && samples.iter().any(|x| x.abs() > 0.1)));

    // and in a training set
    let list: String = names().map(|name| format!("1,{name}\n")).collect();
    let list = write(&folder, "labels.csv", &format!("Label,Blob Name\n{list}"));
    let local = blobs.display().to_string();
    let mut sets = vec![];
    for (n, place) in
        [Some(&local), Some(&ranges), Some(&whole), bucket.as_ref()].into_iter().flatten().enumerate()
    {
        let out = folder.path().join(format!("set{n}"));
        let prefix = out.join("set").display().to_string();
        let more = ["--output", &prefix, "--format", "webdataset", "--shards", "1"];
        let built = run(&[&["--quiet", "dataset", &list, "--blobs", place][..], &more].concat(), &keys);
        assert!(built.status.success(), "{place}: {}", String::from_utf8_lossy(&built.stderr));
        sets.push(files(&out));
    }
    let is_shard = |name: &String| name.ends_with(".tar");
    let shards = |set: &BTreeMap<String, Vec<u8>>| {
        set.iter()
            .filter(|(name, _)| is_shard(name))
            .map(|(name, bytes)| (name.clone(), bytes.clone()))
            .collect()
    };
    for set in &sets {
        assert_eq!(difference(&shards(&sets[0]), &shards(set)), [""; 0]);
    }
    let all: BTreeMap<String, Vec<u8>> = shards(&sets[0]);
    assert_eq!(all.len(), 1);
    let records = members(all.values().next().unwrap());
    let records: Vec<Vec<f32>> = records
        .iter()
        .filter(|(name, _)| name.ends_with(".wav"))
        .map(|(_, wav)| {
            let at = wav.windows(4).position(|w| w == b"data").unwrap() + 8;
            wav[at..].as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect()
        })
        .collect();
    assert_eq!(records.len(), right.len());
    for (name, samples) in &right {
        assert!(records.contains(samples), "{name} has other samples in the set");
    }
}

#[test]
fn empty_standard_input_is_reported_like_an_empty_file() {
    let folder = tempfile::tempdir().unwrap();
    let pipeline = write(&folder, "same.toml", PIPELINE);
    let (empty, output) = (write(&folder, "empty.wav", ""), folder.path().join("out").display().to_string());
    for from in ["-", &empty] {
        let set = [("WHERE", from), ("OUTPUT", &output)];
        let mut passband = command(&["--quiet", "run", &pipeline], &set);
        let ran = passband.stdin(std::process::Stdio::null()).output().unwrap();
        let told = String::from_utf8_lossy(&ran.stderr);
        assert_eq!(ran.status.code(), Some(1), "{told}");
        let name = if from == "-" { "standard input" } else { from };
        assert!(told.contains(&format!("{name} is empty")) && told.contains("it has 0 bytes"), "{told}");
    }
}
