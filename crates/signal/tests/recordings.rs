//! Recordings as written by programs, and invalid ones.

mod wav;

use passband_signal::{ReadOnlySource, Recording, Result};
use std::io::Cursor;
use wav::{Format, wav};

/// All samples of a recording, read in blocks of `size`, by channel.
fn read_all(recording: &mut Recording, size: usize) -> Result<Vec<Vec<f32>>> {
    let mut channels = vec![Vec::new(); recording.spec().channels];
    let mut block = Vec::new();
    loop {
        let n = recording.next_block(size, &mut block)?;
        if n == 0 {
            return Ok(channels);
        }
        assert_eq!(block.len(), n * channels.len());
        for (channel, samples) in channels.iter_mut().zip(block.chunks(n)) {
            channel.extend_from_slice(samples);
        }
    }
}

fn open(bytes: Vec<u8>) -> Result<Recording> {
    Recording::read(Box::new(Cursor::new(bytes)), "test.wav")
}

/// Numbers that every format from 16 bits represents exactly: multiples of 2^-15.
fn ramp(channels: usize, frames: usize) -> Vec<Vec<f32>> {
    (0..channels)
        .map(|c| (0..frames).map(|i| ((i * 7919 + c * 104_729) % 65_536) as f32 / 32_768.0 - 1.0).collect())
        .collect()
}

#[test]
fn gives_every_sample_of_every_kind_of_wav() {
    for format in [Format::Int16, Format::Int24, Format::Int32, Format::Float, Format::Extensible24] {
        for (channels, block) in [(1, 256), (2, 1), (6, 5000)] {
            let signal = ramp(channels, 3001);
            let mut recording = open(wav(format, 44_100, &signal)).unwrap();
            assert_eq!((recording.spec().rate.0, recording.frames()), (44_100.0, Some(3001)));
            assert!(read_all(&mut recording, block).unwrap() == signal, "{format:?} × {channels}");
            assert_eq!(recording.damaged(), 0);
        }
    }
}

#[test]
fn passes_what_is_no_number_as_it_is() {
    let signal = vec![vec![f32::NAN, f32::INFINITY, -7.5, f32::MIN_POSITIVE / 2.0]];
    let read = read_all(&mut open(wav(Format::Float, 8000, &signal)).unwrap(), 10).unwrap();
    assert!(read[0][0].is_nan());
    assert_eq!(read[0][1..], signal[0][1..]);
}

#[test]
fn seeks_to_the_sample() {
    let signal = ramp(2, 40_000);
    let mut recording = open(wav(Format::Int16, 48_000, &signal)).unwrap();
    let mut block = Vec::new();
    for at in [39_999, 0, 12_345, 12_400, 12_346, 1, 40_000, 20_000] {
        recording.seek(at).unwrap();
        let n = recording.next_block(10, &mut block).unwrap();
        assert_eq!(n, (40_000 - at as usize).min(10), "at {at}");
        assert_eq!(block[..n], signal[0][at as usize..at as usize + n]);
        assert!(n == 0 || recording.index() == at);
    }
    assert!(recording.seek(40_001).unwrap_err().to_string().contains("40000 samples"));
}

#[test]
fn reads_a_pipe_forwards_only() {
    let signal = ramp(1, 30_000);
    let pipe = ReadOnlySource::new(Cursor::new(wav(Format::Int24, 48_000, &signal)));
    let mut recording = Recording::read(Box::new(pipe), "-").unwrap();
    let mut block = Vec::new();
    recording.seek(25_000).unwrap();
    recording.next_block(3, &mut block).unwrap();
    assert_eq!(block, signal[0][25_000..25_003]);
    assert!(recording.seek(5).unwrap_err().to_string().contains("write it to a file first"));
}

#[test]
fn tells_of_a_file_that_was_cut_off_after_giving_what_is_there() {
    let mut bytes = wav(Format::Int16, 44_100, &ramp(1, 10_000));
    bytes.truncate(9000);
    let mut recording = open(bytes).unwrap();
    let (mut given, mut block) = (0, Vec::new());
    let fault = loop {
        match recording.next_block(1000, &mut block) {
            Ok(0) => panic!("ends as if it were whole after {given}"),
            Ok(n) => given += n,
            Err(fault) => break fault,
        }
    };
    assert!(given > 3000 && fault.what().contains("cut short"), "{given}: {fault}");
    assert_eq!(recording.next_block(1000, &mut block).unwrap(), 0);
}

#[test]
fn an_unknown_length_is_not_a_cut() {
    let mut bytes = wav(Format::Int16, 44_100, &ramp(1, 1152));
    bytes[4..8].copy_from_slice(&0x7fff_f024_u32.to_le_bytes());
    bytes[40..44].copy_from_slice(&0x7fff_f000_u32.to_le_bytes());
    let mut recording = open(bytes).unwrap();
    assert_eq!(recording.frames(), None);
    assert_eq!(read_all(&mut recording, 500).unwrap()[0].len(), 1152);
}

#[test]
fn refuses_with_the_reason_and_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let cases = [
        (folder.path().join("missing.wav"), "there is no file"),
        (folder.path().to_owned(), "is a folder"),
        (write("empty.mp3", b""), "is empty"),
        (write("letter.wav", &b"Dear all, this is no sound. ".repeat(50)), "is not audio"),
        (write("header.wav", &wav(Format::Int16, 8000, &[vec![]])), "is empty"),
        (write("cut.wav", &wav(Format::Int16, 8000, &ramp(1, 9))[..30]), "is not audio"),
    ];
    for (path, what) in cases {
        let fault = Recording::open(&path).err().unwrap_or_else(|| panic!("{} opens", path.display()));
        assert!(fault.what().contains(what) && fault.what().contains(path.to_str().unwrap()), "{fault}");
        assert!(fault.to_string().contains("\n  do: "), "{fault}");
    }
}

/// A source may read on another thread.
#[test]
fn goes_to_another_thread() {
    let mut recording = open(wav(Format::Int16, 8000, &ramp(1, 700))).unwrap();
    let read = std::thread::spawn(move || read_all(&mut recording, 256).unwrap()).join().unwrap();
    assert_eq!(read, ramp(1, 700));
    fn may_be_sent<T: Send>() {}
    may_be_sent::<passband_signal::sound::Capture>();
}
