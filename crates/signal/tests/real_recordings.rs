//! Real recordings, good, odd, broken and hostile; read where they are there (`PASSBAND_DATA`).

use passband_signal::{Recording, Result};
use std::path::{Path, PathBuf};
use symphonia::core::checksum::Md5;
use symphonia::core::io::Monitor;

const KINDS: [&str; 18] = [
    "wav", "flac", "mp3", "bit", "ogg", "opus", "oga", "m4a", "mp4", "aac", "aif", "aiff", "caf", "wv",
    "wma", "mpc", "apev2", "mka",
];

fn recordings(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        let kind = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_lowercase();
        if path.is_dir() {
            recordings(&path, found);
        } else if KINDS.contains(&kind.as_str()) || path.to_string_lossy().contains("fuzz") {
            found.push(path);
        }
    }
    found.sort();
}

struct Whole {
    channels: Vec<Vec<f32>>,
    contiguous: bool,
}

fn read(recording: &mut Recording) -> (Whole, Result<()>) {
    let mut whole = Whole { channels: vec![Vec::new(); recording.spec().channels], contiguous: true };
    let mut block = Vec::new();
    loop {
        match recording.next_block(4096, &mut block) {
            Ok(0) => return (whole, Ok(())),
            Err(fault) => return (whole, Err(fault)),
            Ok(n) => {
                whole.contiguous &= recording.index() == whole.channels[0].len() as u64;
                for (channel, samples) in whole.channels.iter_mut().zip(block.chunks(n)) {
                    channel.extend_from_slice(samples);
                }
            }
        }
    }
}

#[test]
fn every_file_is_read_or_refused_in_little_memory() {
    let Some(data) = passband_testbed::passband_data() else { return };
    let mut found = Vec::new();
    recordings(&data, &mut found);
    let (mut read_whole, mut in_part, mut refused) = (0, 0, 0);
    for path in &found {
        // samples are thrown away: what is measured is the reader
        let outcome = Recording::open(path).and_then(|mut recording| {
            let mut block = Vec::new();
            let mut frames = 0;
            loop {
                match recording.next_block(4096, &mut block)? {
                    0 => return Ok((frames, recording)),
                    n => frames += n as u64,
                }
            }
        });
        match outcome {
            Ok((frames, recording)) if recording.damaged() == 0 => {
                read_whole += 1;
                assert!(recording.frames().is_none_or(|n| n <= frames), "{}", path.display());
            }
            Ok((frames, recording)) => {
                in_part += 1;
                println!("{}: {frames} frames, {} packets damaged", path.display(), recording.damaged());
            }
            Err(fault) => {
                refused += 1;
                println!("{fault}");
                assert!(fault.to_string().contains(path.to_str().unwrap()), "{fault}");
            }
        }
    }
    let memory = peak_memory();
    println!(
        "{read_whole} read whole, {in_part} in part, {refused} refused; at most {memory:?} bytes of memory"
    );
    assert!(read_whole > 200 && refused > 5);
    assert!(memory.is_none_or(|bytes| bytes < 200_000_000), "{memory:?}");
}

fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok().map(|kilobytes: u64| kilobytes * 1024)
}

/// The bits a sample and the MD5 of the samples that a FLAC file states in its STREAMINFO.
fn stream_info(path: &Path) -> (u32, [u8; 16]) {
    let bytes = std::fs::read(path).unwrap();
    assert_eq!(&bytes[..4], b"fLaC");
    let bits = (u32::from(bytes[20] & 1) << 4 | u32::from(bytes[21] >> 4)) + 1;
    (bits, bytes[26..42].try_into().unwrap())
}

#[test]
fn flac_is_exact_to_the_bit() {
    let Some(data) = passband_testbed::passband_data() else { return };
    let mut found = Vec::new();
    recordings(&data.join("flac-conformance/subset"), &mut found);
    assert!(found.len() > 10);
    for path in found {
        let (bits, stated) = stream_info(&path);
        let (whole, end) = read(&mut Recording::open(&path).unwrap());
        end.unwrap();
        assert!(whole.contiguous, "{}", path.display());
        let mut md5 = Md5::default();
        for i in 0..whole.channels[0].len() {
            for channel in &whole.channels {
                let sample = (f64::from(channel[i]) * f64::from(bits - 1).exp2()) as i32;
                md5.process_buf_bytes(&sample.to_le_bytes()[..bits.div_ceil(8) as usize]);
            }
        }
        assert_eq!(md5.md5(), stated, "{}", path.display());
    }
}

/// The same samples whether read through or after a jump.
#[test]
fn a_seek_lands_on_the_sample_in_every_format() {
    let Some(data) = passband_testbed::passband_data() else { return };
    let files = [
        "chords-and-codecs/s16_stereo_22_5kHz.flac",
        "chords-and-codecs/s16_mono_22_5kHz.mp3",
        "chords-and-codecs/white_noise.mp3",
        "chords-and-codecs/chroma/Cmaj.ogg",
        "containers/good/alac.m4a",
        "containers/good/has-tags.m4a",
        "containers/lhotse/common_voice_en_651325.mp3",
        "containers/lhotse/stereo.wav",
        "containers/good/8k-4ch-1s-silence.aif",
        "mp3-conformance/l3-si_huff.bit",
        "mp3-conformance/l2-fl10.bit",
    ];
    for file in files {
        let mut recording = Recording::open(data.join(file)).unwrap();
        let (whole, end) = read(&mut recording);
        end.unwrap();
        assert!(whole.contiguous, "{file}");
        let length = whole.channels[0].len();
        let mut block = Vec::new();
        for at in [length / 2, 0, length - 1, length / 3, length / 3 + 20_000.min(length / 3), 1] {
            recording.seek(at as u64).unwrap();
            let n = recording.next_block(500, &mut block).unwrap();
            assert_eq!(recording.index(), at as u64, "{file}");
            assert_eq!(n, 500.min(length - at), "{file} at {at}");
            let expected = &whole.channels[0][at..at + n];
            let apart = expected.iter().zip(&block).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(apart <= 1e-6, "{file} at {at} of {length}: {apart}");
        }
    }
}

#[test]
fn mpeg_audio_agrees_with_the_reference_decoder() {
    let Some(data) = passband_testbed::passband_data() else { return };
    let folder = data.join("mp3-conformance");
    for (name, frames) in [
        ("l1-fl1", 18_816),
        ("l2-fl10", 56_448),
        ("l3-compl", 248_832),
        ("l3-si_huff", 85_248),
        ("M2L3_compl24", 122_112),
    ] {
        let (whole, end) = read(&mut Recording::open(folder.join(format!("{name}.bit"))).unwrap());
        end.unwrap();
        let expected = std::fs::read(folder.join(format!("{name}.pcm"))).unwrap();
        let channels = whole.channels.len();
        let samples =
            expected.chunks_exact(2).map(|b| f32::from(i16::from_le_bytes([b[0], b[1]])) / 32_768.0);
        let mut squares = 0.0;
        let mut count = 0;
        for (i, sample) in samples.enumerate() {
            let Some(ours) = whole.channels[i % channels].get(i / channels) else { break };
            squares += f64::from(ours.clamp(-1.0, 1.0) - sample).powi(2);
            count += 1;
        }
        let rms = (squares / f64::from(count)).sqrt();
        println!("{name}: {count} samples, rms {rms:e}");
        assert!(whole.channels[0].len() >= frames, "{name}: {}", whole.channels[0].len());
        // the ISO limit of full accuracy is 2^-15/√12 = 8.8e-6; the reference's own rounding is as much again
        assert!(rms < 2.0 * 8.8e-6, "{name}: {rms:e}");
    }
}
