//! The source `iq_files` over an object store: a real S3 server and its possible faults.

use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt};
use passband_flow::config::PassedOn;
use passband_flow::data::{Data, Input};
use passband_flow::part::{Source, Turn};
use passband_flow::source::iq_files::{FilePace, Follow, IqFiles, Layout};
use passband_flow::source::pace::Pace;
use passband_flow::{Control, Pipeline, Registry};
use passband_signal::{Block, Duration, Fault, Hertz, Span};
use passband_testbed::{S3, unique};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::time::Duration as Time;

fn settings(path: &str, store: PassedOn) -> IqFiles {
    IqFiles {
        path: path.into(),
        store,
        format: Some(Layout::Pairs),
        pattern: None,
        rate: None,
        centre: Hertz(5e9),
        stream: None,
        block: Span::Samples(30_720),
        length: None,
        pace: FilePace::Signal(Pace::Fast),
        follow: Follow::No,
        settle: Duration(0.1),
    }
}

fn options(options: &[(&str, &str)]) -> PassedOn {
    PassedOn(options.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect())
}

/// The options of a server; those in `more` take precedence.
fn served(server: &S3, more: &[(&str, &str)]) -> PassedOn {
    let endpoint = server.endpoint();
    let mut all = options(&[
        ("endpoint", &endpoint),
        ("access_key_id", S3::KEY),
        ("secret_access_key", S3::SECRET),
        ("retry_timeout", "2 s"),
    ]);
    all.0.extend(options(more).0);
    all
}

fn client(server: &S3, bucket: &str) -> AmazonS3 {
    let client = AmazonS3Builder::new().with_endpoint(server.endpoint()).with_allow_http(true);
    let client = client.with_access_key_id(S3::KEY).with_secret_access_key(S3::SECRET);
    client.with_bucket_name(bucket).build().unwrap()
}

fn put(client: &impl ObjectStore, key: &str, bytes: Vec<u8>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(client.put(&Key::from(key), bytes.into())).unwrap();
}

/// One half of a pair as bytes, with no two equal values close to each other.
fn half(number: i64, q: bool, samples: usize) -> Vec<u8> {
    let value = |n: usize| (number as f32 * 0.5 + n as f32) * if q { -1.0 } else { 1.0 };
    (0..samples).flat_map(|n| value(n).to_le_bytes()).collect()
}

fn names(number: i64) -> [(String, bool); 2] {
    [(format!("duck_i_{number:05}.dat"), false), (format!("duck_q_{number:05}.dat"), true)]
}

fn put_pair(client: &AmazonS3, prefix: &str, number: i64, samples: usize) {
    for (name, q) in names(number) {
        put(client, &format!("{prefix}{name}"), half(number, q, samples));
    }
}

fn write_pair(folder: &Path, number: i64, samples: usize) {
    for (name, q) in names(number) {
        std::fs::write(folder.join(name), half(number, q, samples)).unwrap();
    }
}

#[derive(Default)]
struct Given {
    blocks: Vec<Block>,
    refused: Vec<String>,
}

impl Given {
    fn turn(&mut self, source: &mut dyn Source) -> Result<Turn, Fault> {
        let mut batch = vec![];
        let turn = source.next(&mut batch);
        for input in batch {
            match input {
                Input::Datum(_, _, Data::Samples(block)) => self.blocks.push(block),
                Input::Refused(refusal) => {
                    self.refused.push(format!("{}: {}", refusal.place, refusal.reason))
                }
                other => panic!("{other:?}"),
            }
        }
        turn
    }
    fn all_of(&mut self, source: &mut dyn Source) {
        while self.turn(source).unwrap() == Turn::More {}
    }
    /// Everything that must not depend on where the files are; modification times do.
    fn content(&self) -> Vec<(i64, u64, u64, Vec<u32>)> {
        let content = |block: &Block| {
            let bits = block.samples.iter().map(|x| x.to_bits()).collect();
            (block.recording, block.index, block.of, bits)
        };
        self.blocks.iter().map(content).collect()
    }
}

fn all_of(settings: &IqFiles) -> Given {
    let mut source = settings.source(&Control::default()).unwrap();
    let mut given = Given::default();
    given.all_of(&mut *source);
    given
}

fn fault(path: &str, options: PassedOn) -> Fault {
    match settings(path, options).source(&Control::default()) {
        Ok(_) => panic!("{path} was opened"),
        Err(fault) => fault,
    }
}

#[test]
fn pairs_in_a_bucket_give_the_blocks_of_a_folder_bit_for_bit() {
    let Some(server) = S3::shared() else { return };
    let (bucket, folder) = (unique("ducks"), tempfile::tempdir().unwrap());
    server.bucket(&bucket);
    let client = client(server, &bucket);
    // of several parts, of one, and of a few bytes
    let lengths = [(7, 2_500_000), (8, 100_000), (10, 3)];
    for (number, samples) in lengths {
        put_pair(&client, "run 1/ü+%41/", number, samples);
        write_pair(folder.path(), number, samples);
    }
    put_pair(&client, "run 1/ü+%41/deeper/", 9, 100);
    put(&client, "run 1/ü+%41/duck_i_00011.dat", half(11, false, 10));
    put(&client, "run 1/ü+%41/notes.txt", b"none of ours".to_vec());
    std::fs::write(folder.path().join("duck_i_00011.dat"), half(11, false, 10)).unwrap();
    for block in [30_720, 1 << 21] {
        let block = Span::Samples(block);
        let of_folder =
            all_of(&IqFiles { block, ..settings(&folder.path().to_string_lossy(), PassedOn::default()) });
        // object_store escapes some characters of a key on `put`
        let key = Key::from("run 1/ü+%41");
        let path = format!("s3://{bucket}/{key}");
        let of_bucket = all_of(&IqFiles { block, ..settings(&path, served(server, &[])) });
        assert!(of_folder.blocks.len() > 3);
        assert!(of_folder.content() == of_bucket.content());
        assert_eq!(of_bucket.refused, of_folder.refused);
        assert_eq!(of_bucket.refused, ["duck_i_00011.dat: half a pair: Q is missing"]);
    }
}

#[test]
fn single_objects_with_and_without_metadata_are_read() {
    let Some(server) = S3::shared() else { return };
    let bucket = unique("ducks");
    server.bucket(&bucket);
    let client = client(server, &bucket);
    put_pair(&client, "", 1, 50);
    put_pair(&client, "", 2, 60);
    let one = all_of(&settings(&format!("s3://{bucket}/duck_q_00002.dat"), served(server, &[])));
    assert_eq!(one.blocks.iter().map(|b| (b.recording, b.of)).collect::<Vec<_>>(), [(2, 60)]);
    let meta = r#"{"global":{"core:datatype":"cf32_le","core:sample_rate":1000,"core:version":"1.0.0"},
        "captures":[{"core:sample_start":0,"core:frequency":1e6,"core:datetime":"2024-01-01T00:00:00Z"}]}"#;
    put(&client, "described/a.sigmf-meta", meta.into());
    put(&client, "described/a.sigmf-data", half(3, false, 40));
    let path = format!("s3://{bucket}/described/");
    let described = all_of(&IqFiles { format: Some(Layout::Sigmf), ..settings(&path, served(server, &[])) });
    assert_eq!(described.refused, [""; 0]);
    assert_eq!(described.blocks.len(), 1);
    assert_eq!((described.blocks[0].of, described.blocks[0].time), (20, 1_704_067_200_000_000));
    assert_eq!(described.blocks[0].channel(0)[..3], [1.5, 3.5, 5.5]);
}

#[test]
fn a_listing_of_several_pages_is_read_whole() {
    let Some(server) = S3::shared() else { return };
    let bucket = unique("ducks");
    let folder = server.bucket(&bucket);
    // a page lists 1,000 objects
    for number in 0..1010 {
        std::fs::write(folder.join(format!("{number}.cu8")), [0, 255]).unwrap();
    }
    let (format, rate) = (Some(Layout::Cu8), Some(Hertz(1000.0)));
    let path = format!("s3://{bucket}");
    let given = all_of(&IqFiles { format, rate, ..settings(&path, served(server, &[])) });
    assert_eq!(given.refused, [""; 0]);
    let recordings: Vec<_> = given.blocks.iter().map(|block| block.recording).collect();
    assert_eq!(recordings, (0..1010).collect::<Vec<_>>());
}

#[test]
fn objects_added_while_following_are_read_once_and_in_order() {
    let Some(server) = S3::shared() else { return };
    let bucket = unique("ducks");
    server.bucket(&bucket);
    let client = client(server, &bucket);
    let path = format!("s3://{bucket}/live");
    let follow = IqFiles { follow: Follow::Yes, ..settings(&path, served(server, &[])) };
    let mut source = follow.source(&Control::default()).unwrap();
    let mut given = Given::default();
    let mut until = |given: &mut Given, recordings: usize, refused: usize| {
        while given.blocks.len() < recordings || given.refused.len() < refused {
            assert_eq!(given.turn(&mut *source).unwrap(), Turn::More);
        }
    };
    put_pair(&client, "live/", 3, 100);
    until(&mut given, 1, 0);
    let [(i, _), (q, _)] = names(5);
    put(&client, &format!("live/{i}"), half(5, false, 20));
    put_pair(&client, "live/", 4, 200);
    until(&mut given, 2, 0);
    put(&client, &format!("live/{q}"), half(5, true, 20));
    until(&mut given, 3, 0);
    put_pair(&client, "live/", 2, 10);
    until(&mut given, 3, 1);
    let numbers: Vec<_> = given.blocks.iter().map(|b| (b.recording, b.of)).collect();
    assert_eq!(numbers, [(3, 100), (4, 200), (5, 20)]);
    let late = "duck_i_00002.dat and duck_q_00002.dat: arrived after a file with the same or a higher number";
    assert_eq!(given.refused, [late]);
}

#[test]
fn overwritten_or_removed_objects_are_refused_by_name() {
    let Some(server) = S3::shared() else { return };
    let bucket = unique("ducks");
    let folder = server.bucket(&bucket);
    let client = client(server, &bucket);
    (1..5).for_each(|number| put_pair(&client, "", number, 50));
    let mut source =
        settings(&format!("s3://{bucket}"), served(server, &[])).source(&Control::default()).unwrap();
    put_pair(&client, "", 2, 51);
    std::fs::remove_file(folder.join("duck_q_00003.dat")).unwrap();
    let mut given = Given::default();
    given.all_of(&mut *source);
    assert_eq!(given.blocks.iter().map(|b| b.recording).collect::<Vec<_>>(), [1, 4]);
    let pair = |number| {
        format!("duck_i_0000{number}.dat and duck_q_0000{number}.dat: cannot be read from sample 0 on:")
    };
    let refused =
        [format!("{} was overwritten after it was listed", pair(2)), format!("{} no longer exists", pair(3))];
    assert_eq!(given.refused, refused);
}

#[test]
fn an_unreachable_server_is_a_fault_and_no_data_is_lost() {
    let Some(mut server) = S3::start() else { return };
    server.bucket("ducks");
    let client = client(&server, "ducks");
    (1..4).for_each(|number| put_pair(&client, "", number, 1_500_000));
    let mut source = settings("s3://ducks/", served(&server, &[])).source(&Control::default()).unwrap();
    let mut given = Given::default();
    given.turn(&mut *source).unwrap();
    server.kill();
    let gone = loop {
        match given.turn(&mut *source) {
            Ok(turn) => assert_eq!(turn, Turn::More),
            Err(fault) => break fault,
        }
    };
    assert_eq!(gone.what(), format!("no object store answers at {}", server.endpoint()));
    assert!(gone.is_passing() && gone.place().starts_with("duck_i_0000"), "{gone}");
    server.restart();
    given.all_of(&mut *source);
    let folder = tempfile::tempdir().unwrap();
    (1..4).for_each(|number| write_pair(folder.path(), number, 1_500_000));
    let of_folder = all_of(&settings(&folder.path().to_string_lossy(), PassedOn::default()));
    assert!(given.content() == of_folder.content());
    assert_eq!(given.refused, [""; 0]);
}

#[test]
fn wrong_secrets_and_missing_buckets_are_reported() {
    let Some(server) = S3::shared() else { return };
    let bucket = unique("ducks");
    server.bucket(&bucket);
    let path = format!("s3://{bucket}/a");
    let wrong = fault(&path, served(server, &[("secret_access_key", "hidden-and-wrong")]));
    assert_eq!(wrong.what(), format!("{} refuses access", server.endpoint()));
    assert!(wrong.to_string().contains("SignatureDoesNotMatch") && wrong.place() == path, "{wrong}");
    assert!(wrong.to_string().contains("AWS_SECRET_ACCESS_KEY") && !wrong.is_passing(), "{wrong}");
    assert!(!wrong.to_string().contains("hidden-and-wrong"), "{wrong}");
    let unknown = fault(&path, served(server, &[("access_key_id", "nobody")]));
    assert_eq!(unknown.what(), format!("{} refuses access", server.endpoint()));
    let missing = fault("s3://no-such-bucket/a", served(server, &[]));
    assert_eq!(missing.what(), format!("there is no bucket no-such-bucket at {}", server.endpoint()));
    let empty = fault(&path, served(server, &[]));
    assert_eq!(empty.what(), "no file is a recording of this format and pattern");
}

#[test]
fn an_unreachable_store_is_reported() {
    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let keys = [("access_key_id", "me"), ("secret_access_key", "hidden"), ("retry_timeout", "1 s")];
    let with = |more: &[(&str, &str)]| options(&[&keys, more].concat());
    let gone = fault("s3://ducks", with(&[("endpoint", &closed)]));
    assert_eq!(gone.what(), format!("no object store answers at {closed}"));
    assert!(gone.is_passing() && gone.to_string().contains("refused"), "{gone}");
    let unsigned = [("skip_signature", "true"), ("retry_timeout", "1 s")];
    let google = options(&[&unsigned[..], &[("base_url", &closed)]].concat());
    assert_eq!(fault("gs://ducks/a", google).what(), gone.what());
    let azure = options(&[&unsigned[..], &[("endpoint", &closed), ("account_name", "me")]].concat());
    assert_eq!(fault("az://ducks/a", azure).what(), gone.what());
    let anonymous = fault("s3://ducks", options(&[("endpoint", &closed), ("access_key_id", "")]));
    assert_eq!(anonymous.what(), format!("there are no credentials for {closed}"));
    let plain = fault("s3://ducks", with(&[("endpoint", "http://10.0.0.1:9000")]));
    assert_eq!(plain.what(), "the object store would be accessed by unencrypted HTTP");
    let odd = fault("s3://ducks", with(&[("endpoint", &closed), ("timeout", "hidden")]));
    assert_eq!(odd.what(), "the options of the object store are invalid");
    for fault in [gone, anonymous, plain] {
        assert!(!fault.to_string().contains("hidden"), "{fault}");
    }
}

#[test]
fn a_silent_server_times_out_and_does_not_block_a_stop() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", silent.local_addr().unwrap());
    let keys = [("endpoint", &*endpoint), ("access_key_id", "me"), ("secret_access_key", "hidden")];
    let in_time = [("timeout", "300 ms"), ("retry_timeout", "300 ms")];
    let silent = fault("s3://ducks", options(&[&keys[..], &in_time].concat()));
    assert_eq!(silent.what(), format!("{endpoint} does not answer in time"));
    let (control, for_ever) = (Control::default(), [("timeout", "1 day")]);
    let waiting = std::thread::spawn({
        let (settings, control) =
            (settings("s3://ducks", options(&[&keys[..], &for_ever].concat())), control.clone());
        move || settings.source(&control).err()
    });
    std::thread::sleep(Time::from_millis(50));
    control.stop();
    let stopped = waiting.join().unwrap().unwrap();
    assert_eq!(stopped.what(), format!("{endpoint} had not answered when the pipeline was stopped"));
}

/// A server with faults that a real one has only rarely: `bad_1` always answers 500, and the first answer with `good_2`
/// breaks off in the middle.
fn faulty(listener: TcpListener, good: Vec<u8>) {
    let mut broken = false;
    for stream in listener.incoming() {
        let mut stream = stream.unwrap();
        let mut head = String::new();
        let mut lines = BufReader::new(stream.try_clone().unwrap());
        while lines.read_line(&mut head).is_ok_and(|n| n > 2) {}
        let object = |name: &str| {
            let (time, size) = ("2024-01-01T00:00:00.000Z", good.len());
            format!(
                "<Contents><Key>{name}</Key><LastModified>{time}</LastModified><Size>{size}</Size><ETag>1</ETag></Contents>"
            )
        };
        let (status, range, body, cut) = if head.contains("list-type=2") {
            let list = format!(
                "<ListBucketResult><IsTruncated>false</IsTruncated>{}{}</ListBucketResult>",
                object("bad_1.cu8"),
                object("good_2.cu8")
            );
            ("200 OK", String::new(), list.into_bytes(), usize::MAX)
        } else if head.starts_with("GET /ducks/good_2.cu8") {
            let range = head.split_once("bytes=").unwrap().1.split("\r\n").next().unwrap();
            let (from, to) = range.split_once('-').unwrap();
            let body = good[from.parse().unwrap()..=to.parse().unwrap()].to_vec();
            let cut = if std::mem::replace(&mut broken, true) { usize::MAX } else { 10 };
            ("206 Partial Content", format!("Content-Range: bytes {range}/{}\r\n", good.len()), body, cut)
        } else {
            (
                "500 Internal Server Error",
                String::new(),
                b"<Error><Code>InternalError</Code></Error>".to_vec(),
                usize::MAX,
            )
        };
        let date = "Last-Modified: Mon, 01 Jan 2024 00:00:00 GMT";
        let length = body.len();
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Length: {length}\r\n{range}ETag: 1\r\n{date}\r\nConnection: close\r\n\r\n"
        );
        let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body[..length.min(cut)]));
    }
}

#[test]
fn unreadable_objects_are_refused_and_truncated_answers_are_retried() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let good: Vec<u8> = (0..200).collect();
    std::thread::spawn({
        let good = good.clone();
        move || faulty(listener, good)
    });
    let reach = [("endpoint", &*endpoint), ("skip_signature", "true"), ("retry_timeout", "1 s")];
    let (format, rate) = (Some(Layout::Cu8), Some(Hertz(1000.0)));
    let given = all_of(&IqFiles { format, rate, ..settings("s3://ducks", options(&reach)) });
    let why = format!("{endpoint} reports an internal error: InternalError");
    assert_eq!(given.refused, [format!("bad_1.cu8: cannot be read from sample 0 on: {why}")]);
    assert_eq!(given.blocks.len(), 1);
    let i: Vec<_> = (0..100).map(|n| (n as f32 * 2.0 - 127.5) / 127.5).collect();
    assert_eq!(given.blocks[0].channel(0), i);
}

#[test]
fn options_are_checked_without_a_network() {
    let read = |path: &str, store: &str| {
        let text = format!(
            "[source]\ntype = \"iq_files\"\npath = \"{path}\"\n{store}\n[[sink]]\ntype = \"stdout\"\n"
        );
        let faults = Pipeline::parse(&text, "ducks.toml", &|_| None, &Registry::new(&[])).err();
        faults.map(|faults| format!("{faults:?}")).unwrap_or_default()
    };
    let right = r#"store = { endpoint = "http://10.0.0.1:9000", region = "eu", allow_http = true, retry_timeout = "1 min", timeout = "5 s" }"#;
    assert!(!read("s3://ducks/a", right).contains("store"), "{}", read("s3://ducks/a", right));
    let wrong = read("s3://ducks/a", r#"store = { endpiont = "hidden", retry_timeout = "soon" }"#);
    assert!(wrong.contains("ducks.toml:4") && wrong.contains("did you mean 'endpoint'?"), "{wrong}");
    assert!(wrong.contains("retry_timeout that cannot be used") && !wrong.contains("hidden"), "{wrong}");
    assert!(read("/data/ducks", right).contains("source.store is set, but path is local"));
    assert!(read("ftp://ducks", "").contains("files cannot be read by ftp://"));
}
