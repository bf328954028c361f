//! Real recordings: valid, unusual, damaged and hostile; skipped if they are not available (`PASSBAND_DATA`).

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
        // samples are discarded, because only the reader is measured
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

/// The number of bits per sample and the MD5 of the samples in the STREAMINFO of a FLAC file.
fn stream_info(path: &Path) -> (u32, [u8; 16]) {
    let bytes = std::fs::read(path).unwrap();
    assert_eq!(&bytes[..4], b"fLaC");
    let bits = (u32::from(bytes[20] & 1) << 4 | u32::from(bytes[21] >> 4)) + 1;
    (bits, bytes[26..42].try_into().unwrap())
}

/// The MD5 of all samples, as defined by FLAC.
fn md5(channels: &[Vec<f32>], bits: u32) -> [u8; 16] {
    let mut md5 = Md5::default();
    for i in 0..channels[0].len() {
        for channel in channels {
            let sample = (f64::from(channel[i]) * f64::from(bits - 1).exp2()) as i32;
            md5.process_buf_bytes(&sample.to_le_bytes()[..bits.div_ceil(8) as usize]);
        }
    }
    md5.md5()
}

#[test]
fn flac_is_exact_to_the_bit() {
    let Some(data) = passband_testbed::passband_data() else { return };
    let mut found = Vec::new();
    recordings(&data.join("flac-conformance"), &mut found);
    let mut exact = 0;
    for path in found {
        let name = path.strip_prefix(data.join("flac-conformance")).unwrap().to_str().unwrap();
        let outcome = Recording::open(&path).map(|mut recording| read(&mut recording));
        // files that are not exact, with the reason
        let refused = match name {
            // STREAMINFO is wrong and the frames are correct: they differ from it in bit depth, length or number
            "faulty/01 - wrong max blocksize.flac"
            | "faulty/03 - wrong bit depth.flac"
            | "faulty/05 - wrong total number of samples.flac"
            | "faulty/09 - blocksize 1.flac" => None,
            "faulty/11 - incorrect metadata block length.flac" => Some("is not audio"),
            // samples up to the change are returned before the error
            "uncommon/02 - increasing number of channels.flac" => Some("cannot be read past sample 147456"),
            "uncommon/04 - changing bitdepth.flac" => Some("cannot be read past sample 139264"),
            "uncommon/10 - file starting at frame header.flac" => Some("is not audio"),
            _ => {
                let (bits, stated) = stream_info(&path);
                let (whole, end) = outcome.unwrap();
                end.unwrap();
                assert!(whole.contiguous, "{name}");
                assert_eq!(md5(&whole.channels, bits), stated, "{name}");
                exact += 1;
                continue;
            }
        };
        let end = outcome.and_then(|(whole, end)| end.map(|()| whole.channels[0].len()));
        match (refused, end) {
            (None, Ok(frames)) => println!("{name}: {frames} frames, no MD5 to hold them against"),
            (Some(why), Err(fault)) => assert!(fault.what().contains(why), "{fault}"),
            (expected, end) => panic!("{name}: {expected:?} {end:?}"),
        }
    }
    assert_eq!(exact, 14);
    // a valid file with an invalid cue sheet
    let path = data.join("containers/good/silence-44-s.flac");
    let (whole, end) = read(&mut Recording::open(&path).unwrap());
    end.unwrap();
    assert_eq!(md5(&whole.channels, 16), stream_info(&path).1);
}

/// Compares samples after a seek with those of a sequential read.
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

/// Checks the full accuracy of the ISO standard: the difference from the reference has an RMS of less than 2⁻¹⁵/√12.
/// The reference is rounded to 16 bits here, so the decoded samples are rounded as well.
#[test]
fn mpeg_audio_agrees_with_the_reference_decoder() {
    let Some(data) = passband_testbed::passband_data() else { return };
    let folder = data.join("mp3-conformance");
    let manifest = std::fs::read_to_string(folder.join("manifest.csv")).unwrap();
    let mut compared = 0;
    let streams =
        manifest.lines().filter_map(|line| Some((line.split(',').next()?.strip_suffix(".bit")?, line)));
    for (name, line) in streams {
        let outcome =
            Recording::open(folder.join(format!("{name}.bit"))).map(|mut recording| read(&mut recording));
        let expected = std::fs::read(folder.join(format!("{name}.pcm"))).unwrap();
        let expected: Vec<i16> = expected.chunks_exact(2).map(|b| i16::from_le_bytes([b[0], b[1]])).collect();
        let (whole, end) = match outcome {
            Ok(read) => read,
            Err(fault) => {
                println!("{name}: reference of {} samples: {}", expected.len(), fault.what());
                assert!(expected.is_empty() || line.contains("refuses"), "{fault}");
                continue;
            }
        };
        end.unwrap();
        if !whole.contiguous || name.contains("nonstandard") {
            println!(
                "{name}: {} of {} samples",
                whole.channels[0].len(),
                expected.len() / whole.channels.len()
            );
            // a file whose channels change from packet to packet, and damaged files
            assert!(name == "l3-he_mode" || name.contains("nonstandard"), "{name}");
            continue;
        }
        let channels = whole.channels.len();
        let mut squares = 0.0;
        let mut count = 0;
        for (i, sample) in expected.iter().enumerate() {
            let Some(ours) = whole.channels[i % channels].get(i / channels) else { break };
            let rounded = (f64::from(*ours) * 32_768.0).round().clamp(-32_768.0, 32_767.0);
            squares += ((rounded - f64::from(*sample)) / 32_768.0).powi(2);
            count += 1;
        }
        let rms = (squares / f64::from(count.max(1))).sqrt();
        println!("{name}: {count} samples, rms {rms:e}");
        assert!(rms < (-15_f64).exp2() / 12_f64.sqrt(), "{name}: {rms:e}");
        compared += 1;
    }
    assert_eq!(compared, 7);
}
