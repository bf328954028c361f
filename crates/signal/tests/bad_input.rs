//! Invalid files of every kind: a result or a reason, in little memory, and without a panic.

use passband_signal::{Limits, ReadOnlySource, Recording, Result, read_all};
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::time::Duration;

const LIMITS: Limits = Limits { samples: 8 << 20, time: Some(Duration::from_secs(60)) };

/// Number of frames, or the error: decoded at once, in blocks, and from a pipe. All results must be equal.
fn outcome(bytes: &[u8], name: &str) -> Result<u64> {
    let mut samples = Vec::new();
    let whole = read_all(bytes, name, &LIMITS, &mut samples).map(|format| {
        assert_eq!(samples.len() as u64, format.frames * format.channels as u64, "{name}");
        format.frames
    });
    let blocks = |mut recording: Recording| {
        let mut block = Vec::new();
        let mut end = 0;
        loop {
            match recording.next_block(4096, &mut block)? {
                0 => return Ok(end),
                n => end = recording.index() + n as u64,
            }
        }
    };
    let file = Recording::read_within(LIMITS, Box::new(Cursor::new(bytes.to_vec())), name).and_then(blocks);
    let pipe = ReadOnlySource::new(Cursor::new(bytes.to_vec()));
    let pipe = Recording::read_within(LIMITS, Box::new(pipe), name).and_then(blocks);
    assert_eq!(whole, file, "{name}");
    assert_eq!(whole, pipe, "{name} from a pipe");
    for fault in [whole.as_ref().err(), file.as_ref().err(), pipe.as_ref().err()].into_iter().flatten() {
        assert!(fault.what().contains(name) && fault.to_string().contains("\n  do: "), "{fault}");
    }
    whole
}

fn hostile(folder: &Path, found: &mut Vec<PathBuf>) {
    const NAMES: [&str; 7] = ["faulty", "broken", "fuzz", "crash", "oom", "nonstandard", "wrong"];
    for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            hostile(&path, found);
        } else if NAMES.iter().any(|name| path.to_string_lossy().contains(name)) {
            found.push(path);
        }
    }
    found.sort();
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

/// A 16-bit AIFF that claims this number of channels.
fn aiff(channels: u16) -> Vec<u8> {
    let mut file = b"FORM\0\x0f\x42\x40AIFFCOMM\0\0\0\x12".to_vec();
    file.extend(channels.to_be_bytes());
    file.extend(b"\0\0\x10\0\0\x10\x40\x0d\xac\x44\0\0\0\0\0\0SSND\0\x0f\0\0");
    file.resize(1_000_000, 0);
    file
}

fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok().map(|kilobytes: u64| kilobytes * 1024)
}

#[test]
fn odd_files_made_here() {
    let silence = |n: usize| vec![0; n];
    let cases: Vec<(&str, Vec<u8>, Result<u64, &str>)> = vec![
        ("empty.wav", vec![], Err("is empty")),
        ("no-samples.wav", wav(1, 16, 1, 8000, &[]), Err("is empty")),
        ("one-sample.wav", wav(1, 16, 1, 8000, &[1, 2]), Ok(1)),
        ("nan.wav", wav(3, 32, 1, 8000, &f32::NAN.to_le_bytes().repeat(100)), Ok(100)),
        ("no-channels.wav", wav(1, 16, 0, 8000, &silence(100)), Err("is not audio")),
        ("eight-channels.wav", wav(1, 16, 8, 8000, &silence(160)), Ok(10)),
        ("all-channels.wav", wav(1, 16, 65_535, 8000, &silence(1 << 20)), Err("is not audio")),
        ("all-channels.aiff", aiff(65_281), Err("is not audio")),
        ("no-rate.wav", wav(1, 16, 1, 0, &silence(100)), Err("is not audio")),
        ("no-bits.wav", wav(1, 0, 1, 8000, &silence(100)), Err("is not audio")),
        ("65-bits.wav", wav(1, 65, 1, 8000, &silence(100)), Err("is not audio")),
        ("mp3-inside.wav", wav(0x55, 16, 1, 8000, &silence(100)), Err("is not audio")),
        ("half-a-frame.wav", wav(1, 16, 2, 8000, &silence(3)), Err("is empty")),
        ("too-long.wav", wav(1, 8, 1, 8000, &silence((8 << 20) + 1)), Err("is longer than")),
        ("zeros.flac", silence(100_000), Err("is not audio")),
        ("letter.mp3", b"Dear all, this is no sound. ".repeat(5000), Err("is not audio")),
    ];
    for (name, bytes, expected) in cases {
        match (outcome(&bytes, name), expected) {
            (Ok(n), Ok(expected)) => assert_eq!(n, expected, "{name}"),
            (Err(fault), Err(what)) => assert!(fault.what().contains(what), "{fault}"),
            (got, expected) => panic!("{name}: {got:?} and not {expected:?}"),
        }
    }
}

/// An unsupported format is named, and not mistaken for another that has the same bytes.
#[test]
fn what_is_not_read_has_a_name() {
    for (magic, name) in
        [(&b"wvpk"[..], "WavPack"), (b"riff\x2e\x91\xcf\x11", "Sony Wave64"), (b".snd", "Sun AU")]
    {
        let bytes = [magic, &[0xff, 0xfb, 0x90, 0x00].repeat(5000)].concat();
        let fault = outcome(&bytes, "a.bin").unwrap_err();
        assert!(fault.to_string().contains(&format!("it is {name}")), "{fault}");
    }
}

/// Truncated files, and files with bytes changed in their headers and elsewhere.
#[test]
fn damage_anywhere() {
    let folder = format!("{}/tests/containers", env!("CARGO_MANIFEST_DIR"));
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed as usize
    };
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    for path in &files {
        let name = path.file_name().unwrap().to_str().unwrap();
        let good = std::fs::read(path).unwrap();
        let (mut read, mut refused) = (0, 0);
        for i in 0..60 {
            let mut bytes = good.clone();
            if i < 20 {
                bytes.truncate(if i < 10 { 1 + random() % 100 } else { 1 + random() % good.len() });
            } else {
                for _ in 0..=random() % 6 {
                    let at = random() % if i % 2 == 0 { bytes.len().min(500) } else { bytes.len() };
                    bytes[at] = [0, 0xff, random() as u8, bytes[at] ^ 1][random() % 4];
                }
            }
            match outcome(&bytes, name) {
                Ok(_) => read += 1,
                Err(_) => refused += 1,
            }
        }
        println!("{name}: {read} read, {refused} refused");
    }
    let memory = peak_memory();
    assert!(memory.is_none_or(|bytes| bytes < 200_000_000), "{memory:?}");
}

#[test]
fn every_hostile_file_of_the_collection() {
    let Some(data) = passband_testbed::passband_data() else { return };
    let mut found = Vec::new();
    hostile(&data, &mut found);
    for path in &found {
        let name = path.strip_prefix(&data).unwrap().to_str().unwrap();
        match outcome(&std::fs::read(path).unwrap(), name) {
            Ok(frames) => println!("{name}: {frames} frames"),
            Err(fault) => println!("{fault}"),
        }
    }
    assert!(found.len() > 20, "{}", found.len());
    let memory = peak_memory();
    println!("{} files, at most {memory:?} bytes", found.len());
    assert!(memory.is_none_or(|bytes| bytes < 200_000_000), "{memory:?}");
}

/// An endless source, and an expired time limit.
#[test]
fn the_time_is_kept() {
    let limits = Limits { time: Some(Duration::ZERO), ..LIMITS };
    let endless = ReadOnlySource::new(std::io::repeat(0x55));
    let fault = Recording::read_within(limits, Box::new(endless), "endless.mp3").err().unwrap();
    assert!(fault.what().contains("endless.mp3 was not read within 0 s"), "{fault}");
    let fault = read_all(b"fLaC and so on", "a.flac", &limits, &mut Vec::new()).unwrap_err();
    assert!(fault.what().contains("within"), "{fault}");
}

/// A recording that exceeds the limit of samples is an error.
#[test]
fn the_length_is_kept() {
    let limits = Limits { samples: 4999, time: None };
    for file in ["flac.ogg", "aac.m4a", "mulaw.wav"] {
        let bytes = std::fs::read(format!("{}/tests/containers/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap();
        let mut samples = Vec::new();
        let fault = read_all(&bytes, file, &limits, &mut samples).unwrap_err();
        assert!(fault.what().contains("longer than the 4999 samples"), "{fault}");
        let mut recording = Recording::read_within(limits, Box::new(Cursor::new(bytes)), file).unwrap();
        let end = loop {
            match recording.next_block(500, &mut samples) {
                Ok(0) => panic!("{file} ends as if it were short"),
                Ok(_) => {}
                Err(fault) => break fault,
            }
        };
        assert_eq!(end, fault);
        assert_eq!(recording.next_block(500, &mut samples).unwrap(), 0);
    }
}
