//! Blobs of every kind are read reproducibly or refused with a reason, in bounded memory and without a panic.

use passband_flow::Control;
use passband_flow::config::PassedOn;
use passband_lake::set::labelled::{BlobInfo, BlobReader, ExampleSpec, Normalise, Short, content_key};
use passband_signal::Span;
use passband_testbed::{S3, passband_data};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;

const WHOLE: ExampleSpec = ExampleSpec {
    length: None,
    hop: None,
    short: Short::Pad,
    channels: None,
    rate: None,
    normalise: Normalise::No,
    min: None,
    max: None,
};

fn blobs(place: &str) -> BlobReader {
    BlobReader::open(place, &PassedOn::default(), &Control::default()).unwrap()
}

/// The result of inspecting a blob; checks that the pieces of a usable blob have the right form, and do not depend on
/// whether they are read completely or in part.
fn outcome(blobs: &mut BlobReader, name: &str, cut: &ExampleSpec) -> Result<BlobInfo, String> {
    let found = blobs.inspect(name, cut).unwrap()?;
    let mut read = |records: std::ops::Range<u32>| {
        let mut all = vec![];
        let give = &mut |piece, sound| {
            all.push((piece, sound));
            true
        };
        blobs.pieces(name, cut, records, content_key(found.content), give).unwrap();
        all
    };
    let all = read(0..found.examples);
    assert!(all.iter().map(|(piece, _)| *piece).eq(0..found.examples), "{name}");
    for (_, sound) in &all {
        assert_eq!(sound.samples.len() as u64, found.frames * sound.channels as u64, "{name}");
        assert!(sound.samples.iter().all(|x| x.is_finite()), "{name}");
        assert_eq!(sound.rate, found.rate);
    }
    let half = found.examples / 2;
    let parts: Vec<_> = [0..half, half..found.examples].into_iter().filter(|part| !part.is_empty()).collect();
    let parts: Vec<_> = parts.into_iter().flat_map(&mut read).collect();
    assert_eq!(parts, all, "{name}");
    Ok(found)
}

fn wav(tag: u16, bits: u16, channels: u16, rate: u32, data: &[u8]) -> Vec<u8> {
    let mut file = b"RIFF".to_vec();
    file.extend((36 + data.len() as u32).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0");
    file.extend(tag.to_le_bytes());
    file.extend(channels.to_le_bytes());
    file.extend(rate.to_le_bytes());
    file.extend(rate.wrapping_mul(2).to_le_bytes());
    file.extend(channels.wrapping_mul(bits / 8).to_le_bytes());
    file.extend(bits.to_le_bytes());
    file.extend(b"data");
    file.extend((data.len() as u32).to_le_bytes());
    file.extend(data);
    file
}

/// 16-bit samples without repetition over a long period.
fn ramp(count: usize) -> Vec<u8> {
    (0..count).flat_map(|n| ((n * 7919 % 65_536) as u16).to_le_bytes()).collect()
}

fn files(folder: &Path, found: &mut Vec<String>) {
    for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        match path.is_dir() {
            true => files(&path, found),
            false => found.push(path.to_string_lossy().into_owned()),
        }
    }
    found.sort();
}

#[test]
fn every_file_of_the_oddities_is_a_result_or_a_reason() {
    let Some(data) = passband_data() else { return };
    let mut names = vec![];
    for folder in ["flac-conformance/faulty", "wav-conformance", "mp3-conformance", "containers"] {
        files(&data.join(folder), &mut names);
    }
    let mut others = vec![];
    files(&data, &mut others);
    const ODD: [&str; 5] = ["faulty", "broken", "fuzz", "oom", "nonstandard"];
    names.extend(others.into_iter().filter(|name| ODD.iter().any(|odd| name.contains(odd))));
    names.sort();
    names.dedup();
    let mut blobs = blobs(data.to_str().unwrap());
    let pieces = ExampleSpec {
        length: Some(Span::Samples(4000)),
        hop: Some(Span::Samples(3000)),
        channels: Some(1),
        rate: Some(16_000),
        normalise: Normalise::Peak,
        ..WHOLE
    };
    let (mut good, mut refused) = (0, vec![]);
    for name in &names {
        let whole = outcome(&mut blobs, name, &WHOLE);
        let cut = outcome(&mut blobs, name, &pieces);
        match (&whole, &cut) {
            (Ok(_), Ok(cut)) => assert!(cut.frames == 4000 && cut.rate.0 == 16_000.0),
            // a recording too long for one example can be cut into pieces; a single sample may vanish at a lower rate
            (Err(why), Ok(_)) => assert!(why.contains("one example may have"), "{name}: {why}"),
            (Ok(found), Err(why)) => {
                assert!(found.frames < 10 || why.contains("cannot be resampled"), "{why}")
            }
            (Err(why), Err(_)) => {
                assert!(!why.is_empty() && !why.contains(name.as_str()) && !why.contains('\n'), "{why}");
                refused.push(why.clone());
            }
        }
        good += u32::from(whole.is_ok());
    }
    println!("{} files: {good} read, {} refused", names.len(), refused.len());
    assert!(good > 30 && refused.len() > 30);
}

#[test]
fn made_oddities_have_their_reasons() {
    let folder = tempfile::tempdir().unwrap();
    let float = |samples: &[f32]| -> Vec<u8> { samples.iter().flat_map(|x| x.to_le_bytes()).collect() };
    let plain = wav(1, 16, 1, 8000, &ramp(8000));
    let mut cut_short = plain.clone();
    cut_short.truncate(9000);
    for (name, bytes) in [
        ("empty.wav", vec![]),
        ("header.wav", wav(1, 16, 1, 8000, &[])),
        ("one.wav", wav(1, 16, 1, 8000, &[0, 64])),
        ("nan.wav", wav(3, 32, 1, 8000, &float(&[0.0, f32::NAN, 1.0]))),
        ("inf.wav", wav(3, 32, 1, 8000, &float(&[0.0, f32::INFINITY]))),
        ("none.wav", wav(1, 16, 0, 8000, &ramp(100))),
        ("eight.wav", wav(1, 16, 8, 8000, &ramp(800))),
        ("still.wav", wav(1, 16, 1, 0, &ramp(100))),
        ("fast.wav", wav(1, 16, 1, u32::MAX, &ramp(100))),
        ("cut.wav", cut_short),
        ("text.wav", b"these are not the samples you are looking for".to_vec()),
        ("plain.wav", plain),
    ] {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    std::fs::create_dir(folder.path().join("folder.wav")).unwrap();
    let mut all = blobs(folder.path().to_str().unwrap());
    let mut why = |name: &str, cut: &ExampleSpec| {
        outcome(&mut all, name, cut).map(|found| (found.examples, found.frames))
    };
    let reason = |outcome: Result<(u32, u64), String>| outcome.unwrap_err();
    let two = ExampleSpec { channels: Some(2), ..WHOLE };
    let span = |n| Some(Span::Samples(n));

    assert_eq!(reason(why("empty.wav", &WHOLE)), "it is empty");
    assert!(reason(why("header.wav", &WHOLE)).contains("no samples"));
    assert!(reason(why("none.wav", &WHOLE)).contains("channels"));
    assert!(reason(why("cut.wav", &WHOLE)).contains("cut short"));
    assert!(reason(why("text.wav", &WHOLE)).contains("not audio"));
    assert_eq!(reason(why("nan.wav", &WHOLE)), "it has samples that are not finite");
    assert_eq!(reason(why("inf.wav", &WHOLE)), "it has samples that are not finite");
    assert_eq!(reason(why("eight.wav", &two)), "it has 8 channels, not 2");
    assert_eq!(reason(why("missing.wav", &WHOLE)), "there is no such blob");
    assert_eq!(reason(why("folder.wav", &WHOLE)), "it is not a file");
    assert!(reason(why("still.wav", &WHOLE)).contains('0'));
    assert!(
        reason(why("fast.wav", &ExampleSpec { rate: Some(16_000), ..WHOLE })).contains("cannot be resampled")
    );
    assert_eq!(
        reason(why("plain.wav", &ExampleSpec { min: span(8001), ..WHOLE })),
        "it is shorter than 8001 samples"
    );
    assert_eq!(
        reason(why("plain.wav", &ExampleSpec { max: span(7999), ..WHOLE })),
        "it is longer than 7999 samples"
    );
    let drop = ExampleSpec { length: span(8001), short: Short::Drop, ..WHOLE };
    assert_eq!(reason(why("plain.wav", &drop)), "it is shorter than 8001 samples");
    assert!(reason(why("ftp://host/a.wav", &WHOLE)).contains("ftp"));

    assert_eq!(why("one.wav", &WHOLE), Ok((1, 1)));
    assert_eq!(why("eight.wav", &WHOLE), Ok((1, 100)));
    assert_eq!(why("eight.wav", &ExampleSpec { channels: Some(1), ..WHOLE }), Ok((1, 100)));
    assert_eq!(why("fast.wav", &WHOLE), Ok((1, 100)));
    assert_eq!(why("plain.wav", &ExampleSpec { min: span(8000), max: span(8000), ..WHOLE }), Ok((1, 8000)));
    let absolute = folder.path().join("plain.wav");
    assert_eq!(why(absolute.to_str().unwrap(), &WHOLE), Ok((1, 8000)));
    let climbs = format!("../{}/plain.wav", folder.path().file_name().unwrap().to_str().unwrap());
    // also if the path leads back into the folder: only the name itself is checked
    assert_eq!(reason(why(&climbs, &WHOLE)), "its name leads out of the folder of blobs");
}

#[cfg(unix)]
#[test]
fn a_pipe_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe.wav");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    let mut all = blobs(folder.path().to_str().unwrap());
    assert_eq!(outcome(&mut all, "pipe.wav", &WHOLE).unwrap_err(), "it is not a file");
    assert_eq!(outcome(&mut all, "/dev/zero", &WHOLE).unwrap_err(), "it is not a file");
}

/// A WAV that is read in blocks gives the same examples as one that is read at once.
#[test]
fn a_long_blob_is_as_a_short_one() {
    let folder = tempfile::tempdir().unwrap();
    let data = ramp(2_500_000);
    let half = data.len() / 2;
    for (name, data) in [("long.wav", &data[..]), ("first.wav", &data[..half]), ("second.wav", &data[half..])]
    {
        std::fs::write(folder.path().join(name), wav(1, 16, 2, 44_100, data)).unwrap();
    }
    let mut all = blobs(folder.path().to_str().unwrap());
    let mut sounds = |name: &str, cut: &ExampleSpec| {
        let found = outcome(&mut all, name, cut).unwrap();
        let mut samples = vec![];
        let give = &mut |_, sound: passband_lake::set::labelled::ExampleAudio| {
            samples.push(sound.samples);
            true
        };
        all.pieces(name, cut, 0..found.examples, content_key(found.content), give).unwrap();
        samples
    };
    let long = sounds("long.wav", &WHOLE).concat();
    assert_eq!(long.len(), 2_500_000);
    assert!([sounds("first.wav", &WHOLE), sounds("second.wav", &WHOLE)].concat().concat() == long);
    let cut = ExampleSpec { length: Some(Span::Samples(100_000)), hop: Some(Span::Samples(90_000)), ..WHOLE };
    let pieces = sounds("long.wav", &cut);
    assert_eq!(pieces.len(), 14);
    for (n, piece) in pieces.iter().enumerate() {
        let there = &long[180_000 * n..(180_000 * n + 200_000).min(long.len())];
        assert!(piece.starts_with(there));
    }
    let crop = ExampleSpec { hop: None, rate: Some(16_000), ..cut };
    let whole = sounds("long.wav", &ExampleSpec { rate: Some(16_000), ..WHOLE }).concat();
    assert_eq!(whole.len() as u64, 2 * (1_250_000 * 160 + 220) / 441);
    assert!(sounds("long.wav", &crop)[0] == whole[..200_000]);
}

#[test]
fn what_one_example_cannot_hold_is_refused_and_pieces_of_it_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.wav");
    // 40 Mi 8-bit samples, silent except at the end; the silence is a hole in the file
    let size = (40 << 20) + 1;
    let head = wav(1, 8, 1, 8000, &[]);
    let mut file = std::fs::File::create(&path).unwrap();
    file.write_all(&head[..4]).unwrap();
    file.write_all(&(36_u32 + size).to_le_bytes()).unwrap();
    file.write_all(&head[8..40]).unwrap();
    file.write_all(&size.to_le_bytes()).unwrap();
    file.set_len(44 + u64::from(size)).unwrap();
    drop(file);
    let mut all = blobs(folder.path().to_str().unwrap());
    let why = outcome(&mut all, "long.wav", &WHOLE).unwrap_err();
    assert!(why.contains("33554432 samples") && why.contains("hop"), "{why}");
    let crop = ExampleSpec { length: Some(Span::Samples(100)), ..WHOLE };
    let found = outcome(&mut all, "long.wav", &crop).unwrap();
    assert_eq!((found.examples, found.frames), (1, 100));
    let pieces =
        ExampleSpec { length: Some(Span::Samples(1 << 20)), hop: Some(Span::Samples(1 << 20)), ..WHOLE };
    assert_eq!(outcome(&mut all, "long.wav", &pieces).unwrap().examples, 41);
    let drop = ExampleSpec { short: Short::Drop, ..pieces };
    assert_eq!(outcome(&mut all, "long.wav", &drop).unwrap().examples, 40);
}

#[test]
fn a_blob_that_changes_is_a_fault_and_its_last_piece_is_not_given() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wav");
    let data = ramp(4_000_000);
    std::fs::write(&path, wav(1, 16, 1, 8000, &data)).unwrap();
    let mut all = blobs(folder.path().to_str().unwrap());
    let cut =
        ExampleSpec { length: Some(Span::Samples(1_000_000)), hop: Some(Span::Samples(1_000_000)), ..WHOLE };
    let found = outcome(&mut all, "a.wav", &cut).unwrap();
    let mut given = |records| {
        let mut pieces = vec![];
        let give = &mut |piece, _| {
            pieces.push(piece);
            true
        };
        let fault = all.pieces("a.wav", &cut, records, content_key(found.content), give).err();
        (pieces, fault.map(|fault| fault.what().to_owned()))
    };
    assert_eq!(given(1..3), (vec![1, 2], None));
    let mut other = data.clone();
    *other.last_mut().unwrap() ^= 1;
    std::fs::write(&path, wav(1, 16, 1, 8000, &other)).unwrap();
    let changed = "the blob a.wav changed while the set was built".to_owned();
    // the change is detected even if the requested pieces are unchanged
    assert_eq!(given(0..2), (vec![0], Some(changed.clone())));
    assert_eq!(given(3..4), (vec![], Some(changed)));
    std::fs::write(&path, "gone").unwrap();
    let (pieces, fault) = given(0..4);
    assert!(pieces.is_empty() && fault.unwrap().contains("cannot be read any more"));
}

/// A server with two files that ignores range requests.
fn serve(file: Vec<u8>) -> String {
    let decoder = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", decoder.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in decoder.incoming() {
            let (Ok(mut stream), file) = (stream, file.clone()) else { continue };
            std::thread::spawn(move || {
                let (mut asked, mut byte) = (vec![], [0]);
                while !asked.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|n| n == 1) {
                    asked.push(byte[0]);
                }
                let asked = String::from_utf8_lossy(&asked).into_owned();
                let known = ["/in/a%20b.wav ", "/in/a%20b.wav?key=secret "];
                let (status, body) = match asked.split_once(' ') {
                    Some((_, rest)) if known.iter().any(|known| rest.starts_with(known)) => {
                        ("200 OK", &file[..])
                    }
                    Some((_, rest)) if rest.starts_with("/in/long.wav ") => ("200 OK", &[0; 5 << 20][..]),
                    Some((_, rest)) if rest.starts_with("/in/shut.wav ") => ("403 Forbidden", &[][..]),
                    _ => ("404 Not BlobInfo", &[][..]),
                };
                let head = format!(
                    "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                    body.len()
                );
                let body = if asked.starts_with("HEAD") { &[][..] } else { body };
                let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
            });
        }
    });
    address
}

#[test]
fn blobs_are_read_by_their_addresses() {
    let server = serve(wav(1, 16, 1, 8000, &ramp(1000)));
    let folder = tempfile::tempdir().unwrap();
    let frames = |found: Result<BlobInfo, String>| found.map(|found| found.frames);
    let mut local = blobs(folder.path().to_str().unwrap());
    let mut there = blobs(&format!("{server}/in/"));
    for name in ["a%20b.wav", "a b.wav"] {
        assert_eq!(frames(outcome(&mut there, name, &WHOLE)), Ok(1000), "{name}");
    }
    for name in ["a%20b.wav", "a b.wav", "a%20b.wav?key=secret"] {
        assert_eq!(frames(outcome(&mut local, &format!("{server}/in/{name}"), &WHOLE)), Ok(1000), "{name}");
    }
    let mut why = |name: &str| outcome(&mut local, name, &WHOLE).unwrap_err();
    assert_eq!(why(&format!("{server}/in/c.wav")), "there is no such blob");
    let shut = why(&format!("{server}/in/shut.wav"));
    assert!(shut.contains("refuses access"), "{shut}");
    assert!(why(&format!("{server}/in/long.wav")).contains("without byte ranges"));
    assert_eq!(outcome(&mut there, "c.wav", &WHOLE).unwrap_err(), "there is no such blob");
    assert!(outcome(&mut there, "../c.wav", &WHOLE).is_err());
}

#[test]
fn a_server_that_is_away_is_a_reason_of_one_blob_and_a_fault_of_the_place_of_all() {
    // a port without a listener
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let options = PassedOn([("retry_timeout".to_owned(), "1 s".to_owned())].into());
    let open = |place: &str| BlobReader::open(place, &options, &Control::default()).unwrap();
    let mut local = open(folder.path().to_str().unwrap());
    for n in 0..4 {
        let why = local.inspect(&format!("http://{gone}/{n}.wav"), &WHOLE).unwrap().unwrap_err();
        assert!(why.contains(if n < 3 { "no server answers at" } else { "is not tried again" }), "{why}");
    }
    let fault = open(&format!("http://{gone}/in")).inspect("a.wav", &WHOLE).unwrap_err();
    assert!(fault.is_passing() && fault.what().contains("no server answers"), "{fault}");
}

#[test]
fn blobs_of_a_bucket_are_read_short_and_long() {
    let Some(s3) = S3::shared() else { return };
    let folder = s3.bucket("blobs-long-and-short");
    let (short, long) = (wav(1, 16, 1, 8000, &ramp(1000)), wav(1, 16, 1, 8000, &ramp(6_000_000)));
    std::fs::create_dir_all(folder.join("in")).unwrap();
    for (name, bytes) in [("a.wav", &short[..]), ("b.wav", &long[..]), ("empty.wav", &[])] {
        std::fs::write(folder.join("in").join(name), bytes).unwrap();
    }
    let endpoint = s3.endpoint();
    let options = [
        ("endpoint", endpoint.as_str()),
        ("region", "us-east-1"),
        ("access_key_id", S3::KEY),
        ("secret_access_key", S3::SECRET),
    ];
    let options = PassedOn(options.map(|(key, value)| (key.to_owned(), value.to_owned())).into());
    let open = |place: &str| BlobReader::open(place, &options, &Control::default()).unwrap();
    let mut bucket = open("s3://blobs-long-and-short/in");
    let mut local = blobs(folder.join("in").to_str().unwrap());
    for name in ["a.wav", "b.wav", "empty.wav", "c.wav"] {
        let right = outcome(&mut local, name, &WHOLE);
        assert_eq!(outcome(&mut bucket, name, &WHOLE), right, "{name}");
        let mut elsewhere = open(folder.to_str().unwrap());
        let address = format!("s3://blobs-long-and-short/in/{name}");
        assert_eq!(outcome(&mut elsewhere, &address, &WHOLE), right, "{address}");
    }
}
