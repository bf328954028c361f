//! Headers with claims that contradict the bytes: sizes, lengths, block sizes; tags and other recordings around the
//! samples. Every existing sample is returned: from a file, a pipe and a store, and when decoded at once.

mod ways;

use passband_signal::{Recording, Remark};
use std::io::{Seek, SeekFrom, Write};
use ways::{Outcome, read, through};

/// A 16-bit tone whose bytes are never silence or text.
fn signal(frames: usize) -> Vec<i16> {
    (0..frames).map(|i| (8000.0 * (i as f64 * 0.1).sin()) as i16 + 17).collect()
}

fn little(frames: usize) -> Vec<u8> {
    signal(frames).iter().flat_map(|x| x.to_le_bytes()).collect()
}

fn big(frames: usize) -> Vec<u8> {
    signal(frames).iter().flat_map(|x| x.to_be_bytes()).collect()
}

/// A 16-bit mono WAV whose header claims these sizes.
fn wav(riff: u32, size: u32, data: &[u8]) -> Vec<u8> {
    let mut file = b"RIFF".to_vec();
    file.extend(riff.to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data");
    file.extend(size.to_le_bytes());
    file.extend(data);
    file
}

/// A 16-bit mono AIFF whose header claims these numbers.
fn aiff(form: u32, frames: u32, size: u32, data: &[u8]) -> Vec<u8> {
    let mut file = b"FORM".to_vec();
    file.extend(form.to_be_bytes());
    file.extend(b"AIFFCOMM\0\0\0\x12\0\x01");
    file.extend(frames.to_be_bytes());
    file.extend(b"\0\x10\x40\x0b\xfa\0\0\0\0\0\0\0SSND");
    file.extend(size.to_be_bytes());
    file.extend([0; 8]);
    file.extend(data);
    file
}

fn check(bytes: &[u8], name: &str, frames: usize, contradicted: usize) -> Outcome {
    let outcome = read(bytes, name);
    let about = format!("{name}: {} frames, {:?}, {:?}", outcome.frames(), outcome.end, outcome.remarks);
    assert!(outcome.end.is_ok() && outcome.damaged == 0, "{about}");
    assert_eq!((outcome.frames(), outcome.contradicted()), (frames, contradicted), "{about}");
    outcome
}

/// Checks that the samples are those of the signal, which may be repeated.
fn right(outcome: &Outcome, each: usize) {
    let signal = signal(each);
    for (i, x) in outcome.samples.iter().enumerate() {
        assert_eq!(f64::from(*x), f64::from(signal[i % each]) / 32_768.0, "sample {i}");
    }
}

#[test]
fn sizes_of_a_wav_that_stand_for_an_unknown_one() {
    for size in [0_u32, 0x7fff_ffff, 0x8000_0000, 0x8000_0024, 0x7fff_f000, 0xffff_ffff, 0xffff_ffda] {
        for riff in [0, 36, size, size.wrapping_add(36), 0xffff_ffff] {
            right(&check(&wav(riff, size, &little(4000)), &format!("{size:x}-{riff:x}.wav"), 4000, 1), 4000);
        }
    }
    for size in [0, u64::MAX] {
        let mut file = b"RF64\xff\xff\xff\xffWAVEds64\x1c\0\0\0".to_vec();
        file.extend([size, size, 0].iter().flat_map(|n| n.to_le_bytes()));
        file.extend([0; 4]);
        file.extend(&wav(0, u32::MAX, &little(4000))[12..]);
        right(&check(&file, "rf64.wav", 4000, 1), 4000);
    }
}

#[test]
fn sizes_of_a_wav_that_are_too_small() {
    for size in [2, 3, 1000, 7998] {
        right(&check(&wav(size + 36, size, &little(4000)), &format!("{size}.wav"), 4000, 1), 4000);
    }
}

#[test]
fn a_wav_that_was_cut_is_told_from_one_whose_header_is_wrong() {
    let cut = read(&wav(8036, 8000, &little(3000)), "cut.wav");
    assert!(cut.end.as_ref().is_err_and(|fault| fault.what().contains("cut short")), "{:?}", cut.end);
    assert_eq!((cut.frames(), cut.contradicted()), (3000, 0));
    // the size of the whole file is correct
    right(&check(&wav(6036, 9000, &little(3000)), "wrong.wav", 3000, 1), 3000);
}

#[test]
fn chunks_and_tags_behind_the_sound_are_none() {
    let data = little(4000);
    let list = b"LIST\x06\0\0\0INFOab".to_vec();
    let odd = b"LIST\x05\0\0\0INFOx".to_vec();
    let vendor = [&b"Xyz1\x10\0\0\0"[..], &[7; 16]].concat();
    let tag = [&b"TAG"[..], &[b'x'; 125]].concat();
    let id3 = b"ID3\x03\0\0\0\0\0\x0aabcdefghij".to_vec();
    for (name, behind) in [
        ("list", list.clone()),
        ("padded", [&odd[..], &[0]].concat()),
        ("not-padded", odd.clone()),
        ("two", [&odd[..], &[0], &list[..]].concat()),
        ("vendor", vendor.clone()),
        ("id3v1", tag.clone()),
        ("id3v2", id3.clone()),
        ("empty-id3", b"ID3 \0\0\0\0".to_vec()),
        ("list-id3v1", [&list[..], &tag[..]].concat()),
    ] {
        let bytes = wav(8036, 8000, &[&data[..], &behind[..]].concat());
        right(&check(&bytes, &format!("{name}.wav"), 4000, 0), 4000);
    }
    // an odd number of 8-bit samples; the padding byte may be missing
    for padded in [true, false] {
        let mut bytes = wav(0, 3999, &data[..3999]);
        bytes[32..36].copy_from_slice(&[1, 0, 8, 0]);
        bytes.extend(if padded { &[0][..] } else { &[] });
        bytes.extend(&list);
        check(&bytes, "odd.wav", 3999, 0);
        let mut before = wav(0, 8000, &data);
        before.splice(12..12, [&odd[..], if padded { &[0] } else { &[] }].concat());
        right(&check(&before, "odd-before.wav", 4000, 0), 4000);
    }
}

#[test]
fn what_is_too_little_or_silent_behind_the_sound_is_told() {
    for (behind, frames) in [(vec![7], 4000), (vec![0; 500], 4000)] {
        let outcome = read(&wav(8036, 8000, &[&little(4000)[..], &behind[..]].concat()), "a.wav");
        assert_eq!((outcome.frames(), outcome.end), (frames, Ok(())));
        assert!(matches!(&outcome.remarks[..], [Remark::Noted(_)]), "{:?}", outcome.remarks);
    }
}

#[test]
fn recordings_appended_to_one_another_are_read_on() {
    let (a, b) = (wav(8036, 8000, &little(4000)), aiff(8046, 4000, 8008, &big(4000)));
    let list = b"LIST\x04\0\0\0INFO";
    for (name, bytes, frames) in [
        ("two.wav", [&a[..], &a[..]].concat(), 8000),
        ("three.wav", [&a[..], list, &a[..], &a[..], list].concat(), 12_000),
        ("two.aiff", [&b[..], &b[..]].concat(), 8000),
        ("both.wav", [&a[..], &b[..]].concat(), 8000),
    ] {
        let outcome = check(&bytes, name, frames, 0);
        right(&outcome, 4000);
        assert!(outcome.remarks.iter().all(|remark| remark.text().contains("another recording begins")));
    }
    // truncated in its header: none of it becomes samples
    for head in [&a[..4], &a[..11], &b[..8], b"LIST", b"LIST\x04\0\0"] {
        let outcome = check(&[&a[..], head].concat(), "head.wav", 4000, 0);
        right(&outcome, 4000);
        assert!(outcome.remarks[0].text().contains("are not audio"), "{:?}", outcome.remarks);
    }
    let mut other = a.clone();
    other[24..28].copy_from_slice(&16_000_u32.to_le_bytes());
    let outcome = read(&[&a[..], &other[..]].concat(), "rates.wav");
    assert_eq!(outcome.frames(), 4000);
    assert!(outcome.end.is_err_and(|fault| fault.what().contains("changes from 8 kHz")));
}

#[test]
fn sizes_of_an_aiff() {
    let data = big(4000);
    for (name, form, frames, size, contradicted) in [
        ("right", 8046, 4000, 8008, 0),
        ("no-form", 0, 4000, 8008, 0),
        ("no-sizes", 0, 0, 0, 1),
        ("no-sound-size", 8046, 4000, 0, 0),
        ("no-frames", 8046, 0, 8008, 0),
        ("unknown", u32::MAX, u32::MAX, u32::MAX, 1),
        ("few-frames", 8046, 1000, 8008, 1),
        ("small-sound", 8046, 4000, 1008, 1),
        ("great-sound", 8046, 4000, 90_000, 1),
    ] {
        let outcome = check(&aiff(form, frames, size, &data), &format!("{name}.aiff"), 4000, contradicted);
        right(&outcome, 4000);
        // chunks are not samples, regardless of the claims
        if contradicted == 0 {
            let behind = [&data[..], b"NAME\0\0\0\x04abcdANNO\0\0\0\x02hi"].concat();
            right(&check(&aiff(form, frames, size, &behind), &format!("{name}-name.aiff"), 4000, 0), 4000);
        }
    }
    let cut = read(&aiff(8046, 4000, 8008, &data[..6000]), "cut.aiff");
    assert!(cut.frames() == 3000 && cut.end.is_err_and(|fault| fault.what().contains("cut short")));
}

#[test]
fn every_kind_of_aiff_c() {
    let floats: Vec<u8> = [0.5_f32, -0.25].iter().flat_map(|x| x.to_be_bytes()).collect();
    let doubles: Vec<u8> = [0.5_f64, -0.25].iter().flat_map(|x| x.to_be_bytes()).collect();
    for (kind, bits, data) in [
        (b"fl32", 32, floats.clone()),
        (b"FL32", 32, floats),
        (b"fl64", 64, doubles.clone()),
        (b"FL64", 64, doubles),
        (b"NONE", 16, vec![0x40, 0, 0xe0, 0]),
        (b"twos", 8, vec![0x40, 0xe0]),
        (b"sowt", 16, vec![0, 0x40, 0, 0xe0]),
        (b"in24", 24, vec![0x40, 0, 0, 0xe0, 0, 0]),
        (b"in32", 32, vec![0x40, 0, 0, 0, 0xe0, 0, 0, 0]),
        (b"42ni", 24, vec![0, 0, 0x40, 0, 0, 0xe0]),
        (b"23ni", 32, vec![0, 0, 0, 0x40, 0, 0, 0, 0xe0]),
        (b"raw ", 8, vec![0xc0, 0x60]),
    ] {
        // the name of the encoding as written by some programs: none, of odd length with and without padding, of 414
        // bytes
        for name in [&b"\0\0"[..], b"\x04abcd\0", b"\x04abcd", &[0; 414]] {
            let mut file = b"FORM\0\0\0\0AIFCFVER\0\0\0\x04\xa2\x80\x51\x40COMM".to_vec();
            file.extend((22 + name.len() as u32).to_be_bytes());
            file.extend([0, 2, 0, 0, 0, 1, 0, bits]);
            file.extend(b"\x40\x0e\xac\x44\0\0\0\0\0\0");
            file.extend(kind);
            file.extend(name);
            file.extend(b"SSND");
            file.extend((8 + data.len() as u32).to_be_bytes());
            file.extend([0; 8]);
            file.extend(&data);
            let outcome = check(&file, &format!("{}-{}.aif", kind.escape_ascii(), name.len()), 1, 0);
            assert_eq!((outcome.samples, outcome.channels), (vec![0.5, -0.25], 2), "{}", kind.escape_ascii());
        }
    }
}

/// More than 4 GiB in a sparse file, whose header contains the sizes modulo 2³².
#[test]
fn a_wav_of_more_than_four_gibibytes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long.wav");
    let frames: u64 = (1 << 31) + 4000;
    let size = (2 * frames) as u32;
    let mut file = std::fs::File::create(&path).unwrap();
    let mut head = wav(size.wrapping_add(36), size, &[]);
    // one channel of 16 bits is read as 16 channels, which requires fewer blocks
    head[22..24].copy_from_slice(&16_u16.to_le_bytes());
    head[32..34].copy_from_slice(&32_u16.to_le_bytes());
    file.write_all(&head).unwrap();
    file.write_all(&little(16)).unwrap();
    file.seek(SeekFrom::Start(44 + 2 * frames - 32)).unwrap();
    file.write_all(&little(16)).unwrap();
    drop(file);
    let mut recording = Recording::open(&path).unwrap();
    // past the claimed end, and then near the end of the file
    let all = frames / 16;
    let (mut block, mut last, mut count) = (Vec::new(), Vec::new(), 0);
    while count < 10_000 {
        count += recording.next_interleaved(1 << 12, &mut block).unwrap();
    }
    recording.seek(all - 1000).unwrap();
    let mut count = all - 1000;
    loop {
        match recording.next_interleaved(100, &mut block).unwrap() {
            0 => break,
            n => (last, count) = (block[(n - 1) * 16..].to_vec(), count + n as u64),
        }
    }
    assert_eq!(count, all);
    assert!(last.iter().zip(signal(16)).all(|(x, y)| f64::from(*x) == f64::from(y) / 32_768.0));
    assert!(
        matches!(&recording.remarks()[..], [Remark::Contradicted(text)] if text.contains("more samples follow"))
    );
}

fn container(file: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/containers/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// The frames of an MP3 without an info frame: silence of version 1, layer III, one channel, 64 kbit/s.
fn silence(frames: usize) -> Vec<u8> {
    let mut frame = vec![0xff, 0xfb, 0x50, 0xc4];
    frame.resize(208, 0);
    frame.repeat(frames)
}

#[test]
fn tags_and_other_bytes_around_mpeg_audio() {
    let sound = silence(20);
    let id3 = b"ID3\x04\0\0\0\0\x01\x00".iter().copied().chain([7; 128]).collect::<Vec<u8>>();
    let tag = [&b"TAG"[..], &[b'x'; 125]].concat();
    let lyrics = b"LYRICSBEGININD0000200000026LYRICS200".to_vec();
    let mut ape = b"APETAGEX\xd0\x07\0\0\x20\0\0\0\x01\0\0\0\0\0\0\xa0".to_vec();
    ape.resize(64, 0);
    let junk: Vec<u8> = (0..3000_u32).map(|i| (i * 7 % 251) as u8 & 0x7f).collect();
    for (name, before, behind) in [
        ("plain", vec![], vec![]),
        ("id3v2", id3.clone(), vec![]),
        ("two-id3v2", [&id3[..], &id3[..]].concat(), vec![]),
        ("id3v1", vec![], tag.clone()),
        ("ape", ape.clone(), ape.clone()),
        ("lyrics", vec![], [&lyrics[..], &tag[..]].concat()),
        ("all", id3.clone(), [&ape[..], &lyrics[..], &tag[..]].concat()),
        ("zeros", vec![0; 5000], vec![0; 5000]),
        ("junk", junk.clone(), junk.clone()),
        ("id3v2-behind", vec![], id3.clone()),
    ] {
        check(&[&before[..], &sound[..], &behind[..]].concat(), &format!("{name}.mp3"), 20 * 1152, 0);
    }
    // between two recordings
    for between in [&id3, &tag, &ape] {
        let outcome = check(&[&sound[..], between, &sound[..]].concat(), "between.mp3", 40 * 1152, 0);
        assert!(
            outcome.remarks.iter().any(|remark| remark.text().contains("concatenation")),
            "{:?}",
            outcome.remarks
        );
    }
    // the data between two frames may have been audio
    let outcome = read(&[&sound[..], &junk[..], &sound[..]].concat(), "gap.mp3");
    assert_eq!((outcome.frames(), outcome.damaged, outcome.end), (40 * 1152, 1, Ok(())));
    assert!(outcome.remarks.iter().any(|remark| remark.text().contains("3000 bytes at byte 4160")));
    // the last frame is truncated
    check(&sound[..sound.len() - 100], "cut.mp3", 19 * 1152, 1);
    // with a free bit rate
    let mut free = sound.clone();
    free.chunks_mut(208).for_each(|frame| frame[2] = 0);
    let outcome = read(&free, "free.mp3");
    assert!(outcome.end.is_err_and(|fault| fault.to_string().contains("free bit rate")));
}

#[test]
fn lengths_that_an_mp3_claims() {
    let good = container("lame.mp3");
    let right = read(&good, "lame.mp3");
    let at = good.windows(4).position(|w| w == b"Info" || w == b"Xing").unwrap();
    let count = u32::from_be_bytes(good[at + 8..at + 12].try_into().unwrap());
    let with = |frames: u32, bytes: Option<u32>| {
        let mut file = good.clone();
        file[at + 8..at + 12].copy_from_slice(&frames.to_be_bytes());
        if let Some(bytes) = bytes {
            file[at + 12..at + 16].copy_from_slice(&bytes.to_be_bytes());
        }
        file
    };
    // wrong counts: all samples are returned, including possible padding
    for frames in [0, 1, count - 1, count + 5, u32::MAX] {
        let outcome = read(&with(frames, None), "wrong.mp3");
        assert_eq!((outcome.contradicted(), outcome.end.clone()), (1, Ok(())), "{frames}");
        assert!(outcome.frames() >= right.frames() && outcome.frames() < right.frames() + 3 * 1152);
        assert_eq!(outcome.samples[..right.samples.len()], right.samples[..], "{frames}");
    }
    // the bytes are incomplete as well: the file is truncated
    let cut = read(&good[..good.len() * 2 / 3], "cut.mp3");
    assert!(cut.end.is_err_and(|fault| fault.what().contains("cut short")));
    assert_eq!(cut.samples[..], right.samples[..cut.samples.len()]);
    let outcome = check(&[&good[..], &good[..], &good[..]].concat(), "three.mp3", 3 * right.frames(), 0);
    for samples in outcome.samples.chunks(right.samples.len()) {
        assert_eq!(samples, right.samples);
    }
    // followed by a recording with another rate
    let outcome = read(&[&good[..], &silence(20)[..]].concat(), "rates.mp3");
    let same = right.rate == 44_100.0 && right.channels == 1;
    assert!(same || outcome.end.is_err() || outcome.damaged > 0, "{:?}", outcome.remarks);
}

/// A FLAC of constant frames of 4096 samples, whose header contains these claims.
fn flac(smallest: u16, largest: u16, samples: u64, frames: u8) -> Vec<u8> {
    let mut file = b"fLaC\x80\0\0\x22".to_vec();
    file.extend(smallest.to_be_bytes());
    file.extend(largest.to_be_bytes());
    file.extend([0; 6]);
    file.extend((44_100_u64 << 44 | 15 << 36 | samples).to_be_bytes());
    file.extend([0; 16]);
    for number in 0..frames {
        let mut frame = vec![0xff, 0xf8, 0xc9, 0x08, number];
        let crc = |bits: u32, poly: u32, bytes: &[u8]| {
            bytes.iter().fold(0_u32, |crc, byte| {
                (0..8).fold(crc ^ u32::from(*byte) << (bits - 8), |crc, _| {
                    (if crc >> (bits - 1) & 1 == 1 { crc << 1 ^ poly } else { crc << 1 }) & ((1 << bits) - 1)
                })
            })
        };
        frame.push(crc(8, 0x07, &frame) as u8);
        frame.extend([0, 0x10, number]);
        frame.extend((crc(16, 0x8005, &frame) as u16).to_be_bytes());
        file.extend(frame);
    }
    file
}

#[test]
fn what_a_flac_claims_and_what_stands_around_it() {
    const ALL: u64 = 5 * 4096;
    let good = flac(4096, 4096, ALL, 5);
    for (name, bytes, contradicted) in [
        ("good", good.clone(), 0),
        ("no-length", flac(4096, 4096, 0, 5), 0),
        ("less", flac(4096, 4096, 100, 5), 1),
        ("no-smallest", flac(0, 4096, ALL, 5), 1),
        ("no-blocks", flac(0, 0, ALL, 5), 1),
        ("small-blocks", flac(16, 64, ALL, 5), 1),
        ("id3v1", [&good[..], b"TAG", &[b'x'; 125]].concat(), 0),
        ("id3v2", [b"ID3\x03\0\0\0\0\0\x0aabcdefghij", &good[..]].concat(), 0),
        ("junk", [&good[..], &[0x55; 700]].concat(), 0),
        ("zeros", [&good[..], &[0; 700]].concat(), 0),
        ("one-byte", [&good[..], &[7]].concat(), 0),
    ] {
        let outcome = check(&bytes, &format!("{name}.flac"), ALL as usize, contradicted);
        let right = |(i, x): (usize, &f32)| f64::from(*x) == f64::from(0x1000 + i as u32 / 4096) / 32_768.0;
        assert!(outcome.samples.iter().enumerate().all(right), "{name}");
    }
    for between in [&b""[..], b"ID3\x03\0\0\0\0\0\x0aabcdefghij"] {
        check(&[&good[..], between, &good[..]].concat(), "two.flac", 2 * ALL as usize, 0);
    }
    let cut = read(&flac(4096, 4096, 2 * ALL, 5), "cut.flac");
    assert!(cut.frames() == ALL as usize && cut.end.is_err_and(|fault| fault.what().contains("cut short")));
    // a frame with a wrong checksum is a gap, and later samples keep their index
    let mut damaged = good.clone();
    let at = damaged.len() - 3 * 11 + 7;
    damaged[at] ^= 1;
    let outcome = read(&damaged, "damaged.flac");
    assert_eq!((outcome.frames(), outcome.damaged, outcome.end), (ALL as usize, 1, Ok(())));
    assert!(outcome.samples[2 * 4096..3 * 4096].iter().all(|x| *x == 0.0));
}

#[test]
fn a_seek_behind_the_announced_end() {
    let bytes = wav(1036, 1000, &little(4000));
    let mut recording = Recording::read(Box::new(std::io::Cursor::new(bytes)), "a.wav").unwrap();
    let mut block = Vec::new();
    for at in [3000, 10, 499, 500, 3999] {
        recording.seek(at).unwrap();
        assert_eq!(recording.next_block(1, &mut block).unwrap(), 1);
        assert_eq!(f64::from(block[0]), f64::from(signal(4000)[at as usize]) / 32_768.0, "{at}");
    }
    let _ = through(Ok(recording));
}
