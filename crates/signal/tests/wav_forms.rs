//! All variants of WAV: the same samples from a file, from a pipe and at once, and the same as from Symphonia.

use passband_signal::{Limits, ReadOnlySource, Recording, Result, read_all};
use std::io::Cursor;
use std::path::{Path, PathBuf};
use symphonia::core::formats::TrackType;
use symphonia::core::formats::probe::Hint;
use symphonia::core::io::MediaSourceStream;

/// The parts of a WAV: form, chunk `fmt `, samples, and the size of the samples in its header.
struct Wav {
    form: &'static [u8; 4],
    format: Vec<u16>,
    before: Vec<u8>,
    size: u64,
    data: Vec<u8>,
}

impl Wav {
    fn new(tag: u16, bits: u16, bytes: u16, channels: u16, data: &[u8]) -> Self {
        let frame = bytes * channels;
        Self {
            form: b"RIFF",
            format: vec![tag, channels, 8000, 0, frame.wrapping_mul(8000), 0, frame, bits],
            before: Vec::new(),
            size: data.len() as u64,
            data: data.to_vec(),
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let big = self.form == b"RIFX";
        let long = matches!(self.form, b"RF64" | b"BW64");
        let u32 = |n: u32| if big { n.to_be_bytes() } else { n.to_le_bytes() };
        let mut file = self.form.to_vec();
        let whole = self.size.saturating_add(36 + self.before.len() as u64);
        file.extend(u32(if long { u32::MAX } else { u32::try_from(whole).unwrap_or(u32::MAX) }));
        file.extend(b"WAVE");
        if long {
            file.extend(b"ds64\x1c\0\0\0");
            file.extend([whole + 36, self.size, 0].iter().flat_map(|n| n.to_le_bytes()));
            file.extend([0; 4]);
        }
        file.extend(&self.before);
        file.extend(b"fmt ");
        file.extend(u32(self.format.len() as u32 * 2));
        match (big, &self.format[..]) {
            (true, &[tag, channels, rate, _, second, _, frame, bits]) => {
                let fields = [tag, channels, 0, rate, 0, second, frame, bits];
                file.extend(fields.iter().flat_map(|n| n.to_be_bytes()));
            }
            (_, fields) => file.extend(fields.iter().flat_map(|n| n.to_le_bytes())),
        }
        file.extend(b"data");
        file.extend(u32(if long { u32::MAX } else { self.size as u32 }));
        file.extend(&self.data);
        file
    }
}

fn whole(bytes: &[u8]) -> (Result<u64>, Vec<f32>) {
    let mut samples = vec![7.0];
    let format = read_all(bytes, "a.wav", &Limits::default(), &mut samples);
    (format.map(|format| format.frames), samples)
}

/// Reads with [`Recording`]; returns interleaved samples.
fn through(recording: &mut Recording) -> (Result<u64>, Vec<f32>) {
    let (mut all, mut block, channels) = (Vec::new(), Vec::new(), recording.spec().channels);
    loop {
        match recording.next_block(1000, &mut block) {
            Ok(0) => return (Ok((all.len() / channels) as u64), all),
            Ok(n) => all.extend((0..n * channels).map(|i| block[i % channels * n + i / channels])),
            Err(fault) => return (Err(fault), all),
        }
    }
}

/// As above with `next_interleaved`.
fn as_they_lie(recording: &mut Recording) -> (Result<u64>, Vec<f32>) {
    let (mut all, mut block, channels) = (Vec::new(), Vec::new(), recording.spec().channels);
    loop {
        match recording.next_interleaved(1000, &mut block) {
            Ok(0) => return (Ok((all.len() / channels) as u64), all),
            Ok(n) => {
                assert_eq!((block.len(), recording.index()), (n * channels, (all.len() / channels) as u64));
                all.append(&mut block);
            }
            Err(fault) => return (Err(fault), all),
        }
    }
}

/// Reads in all ways, which must agree.
fn read(bytes: &[u8]) -> Vec<f32> {
    let (frames, samples) = whole(bytes);
    let mut file = Recording::read(Box::new(Cursor::new(bytes.to_vec())), "a.wav").unwrap();
    let pipe = ReadOnlySource::new(Cursor::new(bytes.to_vec()));
    let mut pipe = Recording::read(Box::new(pipe), "a.wav").unwrap();
    let mut lying = Recording::read(Box::new(Cursor::new(bytes.to_vec())), "a.wav").unwrap();
    let lying = as_they_lie(&mut lying);
    for (way, (n, other)) in
        [("file", through(&mut file)), ("pipe", through(&mut pipe)), ("as they lie", lying)]
    {
        assert_eq!(n, frames, "{way}");
        assert!(other.iter().map(|x| x.to_bits()).eq(samples.iter().map(|x| x.to_bits())), "{way}");
    }
    samples
}

/// −1, then one half, then the smallest step, as left-justified integers of this many bytes.
fn steps(bytes: usize) -> Vec<u8> {
    let full = 1_i128 << (bytes * 8 - 1);
    [-full, full / 2, 1, 0].iter().flat_map(|n| n.to_le_bytes()[..bytes].to_vec()).collect()
}

#[test]
fn integers_are_divided_by_their_full_scale() {
    for bytes in 2..=8_u16 {
        let data = steps(bytes as usize);
        let least = (1.0 - f64::from(bytes * 8)).exp2() as f32;
        for channels in [1, 2, 4] {
            for bits in [bytes * 8 - 4, bytes * 8] {
                let wav = Wav::new(1, bits, bytes, channels, &data);
                assert_eq!(read(&wav.bytes()), [-1.0, 0.5, least, 0.0], "{bits} bits, {channels} channels");
            }
        }
        let mut turned = data.clone();
        turned.chunks_exact_mut(bytes as usize).for_each(<[u8]>::reverse);
        let wav = Wav { form: b"RIFX", ..Wav::new(1, bytes * 8, bytes, 2, &turned) };
        assert_eq!(read(&wav.bytes()), [-1.0, 0.5, least, 0.0], "RIFX of {bytes} bytes");
    }
    assert_eq!(read(&Wav::new(1, 8, 1, 1, &[0, 192, 129, 128]).bytes()), [-1.0, 0.5, 1.0 / 128.0, 0.0]);
}

#[test]
fn every_sixteen_bit_number_is_itself_over_32768() {
    let data: Vec<u8> = (i16::MIN..=i16::MAX).flat_map(i16::to_le_bytes).collect();
    let read = read(&Wav::new(1, 16, 2, 1, &data).bytes());
    assert!(read.iter().zip(-32_768..).all(|(x, i)| f64::from(*x) == f64::from(i) / 32_768.0));
}

#[test]
fn floats_pass_as_they_are() {
    let numbers = [f32::NAN, f32::INFINITY, -7.5, 1e-40];
    let data: Vec<u8> = numbers.iter().flat_map(|x| x.to_le_bytes()).collect();
    let out = read(&Wav::new(3, 32, 4, 2, &data).bytes());
    assert!(out[0].is_nan() && out[1..] == numbers[1..]);
    let data: Vec<u8> = [1.0 / 3.0, -2.0_f64].iter().flat_map(|x| x.to_le_bytes()).collect();
    assert_eq!(read(&Wav::new(3, 64, 8, 1, &data).bytes()), [(1.0_f64 / 3.0) as f32, -2.0]);
}

#[test]
fn long_forms_unknown_sizes_and_odd_chunks() {
    let data = steps(2);
    let plain = read(&Wav::new(1, 16, 2, 1, &data).bytes());
    for form in [b"RF64", b"BW64"] {
        for size in [8, 0] {
            assert_eq!(read(&Wav { form, size, ..Wav::new(1, 16, 2, 1, &data) }.bytes()), plain);
        }
    }
    // as written to a stream, whose length was unknown
    for size in [0xffff_ffff_u32, 0x7fff_ffff, 0xffff_f000, 0] {
        let mut wav = Wav::new(1, 16, 2, 1, &data).bytes();
        wav[40..44].copy_from_slice(&size.to_le_bytes());
        if size == 0 {
            wav[4..8].copy_from_slice(&36_u32.to_le_bytes());
        }
        assert_eq!(read(&wav), plain, "{size:x}");
    }
    let mut odd = Wav::new(1, 16, 2, 1, &data);
    odd.before = b"junk\x03\0\0\0abc\0LIST\x05\0\0\0INFOx\0".to_vec();
    assert_eq!(read(&odd.bytes()), plain);
    // neither data after the samples nor a partial frame becomes samples
    let mut tail = Wav::new(1, 16, 2, 1, &data);
    tail.data.extend(b"LIST\x04\0\0\0INFO");
    assert_eq!(read(&tail.bytes()), plain);
    assert_eq!(read(&Wav::new(1, 16, 2, 1, &data[..7]).bytes()), plain[..3]);
}

#[test]
fn a_cut_gives_what_is_there_and_says_so() {
    for form in [b"RIFF", b"RF64"] {
        let bytes = Wav { form, ..Wav::new(1, 16, 2, 2, &steps(2).repeat(1000)) }.bytes();
        let (frames, samples) = whole(&bytes[..bytes.len() - 5]);
        let fault = frames.unwrap_err();
        assert!(fault.what().contains("announces 2000") && fault.what().contains("after 1998"), "{fault}");
        let mut recording =
            Recording::read(Box::new(Cursor::new(bytes[..bytes.len() - 5].to_vec())), "a.wav").unwrap();
        let (end, same) = through(&mut recording);
        assert!(samples.len() == 3996 && same == samples && end.unwrap_err() == fault);
    }
}

/// A WAV that the own reader does not support is read by the general reader, also from a pipe.
#[test]
fn what_is_not_plain_goes_on_to_the_general_reader() {
    for file in ["mulaw.wav", "alaw.wav", "ms.wav", "ima.wav"] {
        let path = format!("{}/tests/containers/{file}", env!("CARGO_MANIFEST_DIR"));
        assert!(read(&std::fs::read(path).unwrap()).len() >= 5000, "{file}");
    }
}

fn wavs(folder: &Path, found: &mut Vec<PathBuf>) {
    for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            wavs(&path, found);
        } else if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("wav")) {
            found.push(path);
        }
    }
}

/// The samples decoded by Symphonia alone, or `None` if it refuses the file.
fn by_symphonia(bytes: &[u8]) -> Option<Vec<f32>> {
    let stream = MediaSourceStream::new(Box::new(Cursor::new(bytes.to_vec())), Default::default());
    let probe = symphonia::default::get_probe();
    let mut format = probe.probe(&Hint::new(), stream, Default::default(), Default::default()).ok()?;
    let track = format.default_track(TrackType::Audio)?;
    let parameters = track.codec_params.as_ref()?.audio()?;
    let mut decoder =
        symphonia::default::get_codecs().make_audio_decoder(parameters, &Default::default()).ok()?;
    let (mut samples, mut packet_samples) = (Vec::new(), Vec::new());
    while let Some(packet) = format.next_packet().ok()? {
        decoder.decode(&packet).ok()?.copy_to_vec_interleaved::<f32>(&mut packet_samples);
        samples.extend_from_slice(&packet_samples);
    }
    Some(samples)
}

#[test]
fn the_same_as_symphonia_bit_for_bit() {
    let Some(data) = passband_testbed::passband_data() else { return };
    let mut found = Vec::new();
    wavs(&data, &mut found);
    let mut same = 0;
    for path in &found {
        // Symphonia reads three bytes per sample of this file instead of four
        if path.ends_with("pcmwaveformat-24bit-4byte-48kHz-stereo.wav") {
            continue;
        }
        let bytes = std::fs::read(path).unwrap();
        let (format, samples) = whole(&bytes);
        if let (Some(theirs), Ok(_)) = (by_symphonia(&bytes), format) {
            assert!(samples.iter().map(|x| x.to_bits()).eq(theirs.iter().map(|x| x.to_bits())), "{path:?}");
            same += 1;
        }
    }
    println!("{same} of {} files", found.len());
    assert!(same > 400);
}

/// The columns of a line of the manifest; quoted columns may contain commas.
fn columns(line: &str) -> Vec<String> {
    let (mut columns, mut quoted) = (vec![String::new()], false);
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => columns.push(String::new()),
            c => columns.last_mut().unwrap().push(c),
        }
    }
    columns
}

#[test]
fn oddities_are_as_the_manifest_has_them() {
    let Some(data) = passband_testbed::passband_data() else { return };
    let folder = data.join("wav-conformance");
    let manifest = std::fs::read_to_string(folder.join("manifest.csv")).unwrap();
    // not supported by libsndfile: integers of more than four bytes
    let more = ["scipy/test-8000Hz-le-3ch-5S-36bit.wav", "scipy/test-8000Hz-le-3ch-5S-53bit.wav"];
    for line in manifest.lines().skip(1) {
        let [file, _, _, _, _, rate, channels, _, frames, libsndfile, ..] = &columns(line)[..] else {
            panic!()
        };
        let mut samples = Vec::new();
        let read =
            read_all(&std::fs::read(folder.join(file)).unwrap(), file, &Limits::default(), &mut samples);
        match read {
            Ok(format) if libsndfile == "reads" => {
                let ours = [format.rate as u64, format.channels as u64, format.frames].map(|n| n.to_string());
                assert_eq!(ours, [&rate[..], channels, frames], "{file}");
            }
            Ok(format) => assert!(more.contains(&file.as_str()) && format.frames == 5, "{file}: {format:?}"),
            Err(fault) => {
                assert!(libsndfile.starts_with("refuses") && fault.what().contains(file), "{fault}")
            }
        }
    }
    let samples = |file: &str| read(&std::fs::read(folder.join(file)).unwrap());
    let full = |n: i32| n as f32 / 8_388_608.0;
    assert_eq!(
        samples("hound/pcmwaveformat-24bit-4byte-48kHz-stereo.wav"),
        [-96, 23_052, 8_388_607, -8_360_672].map(full)
    );
    // one signal in three encodings
    let short = samples("scipy/test-8000Hz-le-3ch-5S-24bit-rf64.wav");
    assert_eq!(short, samples("scipy/test-8000Hz-be-3ch-5S-24bit.wav"));
    for file in more {
        assert!(samples(file).iter().zip(&short).all(|(a, b)| (a - b).abs() < 1e-6), "{file}");
    }
}
