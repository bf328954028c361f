//! One signal in many containers and codecs: every sample is at its index.

mod ways;

use passband_signal::{Limits, ReadOnlySource, Recording, read_all};
use std::io::Cursor;

fn bytes(file: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/containers/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn signal() -> Vec<f32> {
    let bytes = bytes("signal.pcm");
    bytes.chunks_exact(2).map(|b| f32::from(i16::from_le_bytes([b[0], b[1]])) / 32_768.0).collect()
}

fn through(mut recording: Recording) -> Vec<f32> {
    let (mut whole, mut block) = (Vec::new(), Vec::new());
    while recording.next_block(777, &mut block).unwrap() > 0 {
        assert_eq!(recording.index(), whole.len() as u64);
        whole.extend_from_slice(&block);
    }
    whole
}

/// The RMS difference over the common length.
fn apart(a: &[f32], b: &[f32]) -> f64 {
    let squares: f64 = a.iter().zip(b).map(|(a, b)| f64::from(a - b).powi(2)).sum();
    (squares / a.len().min(b.len()) as f64).sqrt()
}

#[test]
fn what_loses_nothing_is_the_same() {
    for file in [
        "alac.m4a",
        "alac-fragments.m4a",
        "signal.flac",
        "alac.caf",
        "pcm.caf",
        "flac.mkv",
        "flac.ogg",
        "flac.mp4",
        "pcm.aiff",
    ] {
        let mut samples = Vec::new();
        let format = read_all(&bytes(file), file, &Limits::default(), &mut samples).unwrap();
        assert_eq!(
            (format.rate, format.channels, format.frames, format.damaged),
            (22_050.0, 1, 5000, 0),
            "{file}"
        );
        assert!(samples == signal(), "{file}");
        assert!(
            through(Recording::read(Box::new(Cursor::new(bytes(file))), file).unwrap()) == samples,
            "{file}"
        );
        let pipe = ReadOnlySource::new(Cursor::new(bytes(file)));
        assert!(through(Recording::read(Box::new(pipe), file).unwrap()) == samples, "{file} from a pipe");
    }
}

/// An offset of one sample is a difference of about 0.06; a delay of a thousand samples is 0.5.
#[test]
fn an_encoders_delay_and_padding_are_cut() {
    let signal = signal();
    assert!(apart(&signal[1..], &signal) > 0.05);
    for (file, longer) in [
        ("aac.m4a", 0),
        ("aac-front.m4a", 0),
        ("lame.mp3", 0),
        ("vorbis.ogg", 0),
        ("mulaw.wav", 0),
        ("alaw.wav", 0),
        // its end is known only to the millisecond: the last packet is complete
        ("aac.mkv", 120),
        // a complete number of blocks
        ("ms.wav", 1108),
        ("ima.wav", 1123),
    ] {
        let recording = Recording::read(Box::new(Cursor::new(bytes(file))), file).unwrap();
        let stated = recording.frames();
        let samples = through(recording);
        println!("{file}: {} samples, {:.4} apart", samples.len(), apart(&samples, &signal));
        assert_eq!(samples.len(), 5000 + longer, "{file}");
        assert!(stated.is_none_or(|n| n == samples.len() as u64), "{file}: {stated:?}");
        assert!(apart(&samples, &signal) < 0.03, "{file}: {}", apart(&samples, &signal));
    }
}

#[test]
fn an_edit_list_holds_in_a_pipe_and_after_a_seek() {
    let file = "aac-front.m4a";
    let whole = through(Recording::read(Box::new(Cursor::new(bytes(file))), file).unwrap());
    let pipe = ReadOnlySource::new(Cursor::new(bytes(file)));
    assert!(through(Recording::read(Box::new(pipe), file).unwrap()) == whole);
    let mut recording = Recording::read(Box::new(Cursor::new(bytes(file))), file).unwrap();
    let mut block = Vec::new();
    for at in [4000, 0, 4999, 1, 2500] {
        recording.seek(at as u64).unwrap();
        let n = recording.next_block(300, &mut block).unwrap();
        assert_eq!((n, recording.index()), (300.min(5000 - at), at as u64));
        assert!(apart(&block, &whole[at..]) < 1e-6, "at {at}");
    }
    recording.seek(5000).unwrap();
    assert_eq!(recording.next_block(300, &mut block).unwrap(), 0);
    assert!(recording.seek(5001).unwrap_err().to_string().contains("5000 samples"));
}

/// Without metadata, nothing is removed: the delay of the encoder remains.
#[test]
fn without_a_word_nothing_is_cut() {
    let samples = through(Recording::read(Box::new(Cursor::new(bytes("aac.aac"))), "aac.aac").unwrap());
    assert_eq!(samples.len(), 6 * 1024);
    assert!(apart(&samples[1024..], &signal()) < 0.03);
}

/// Apple's gapless metadata `iTunSMPB` is used if there is no edit list.
#[test]
fn apples_gapless_note_is_kept() {
    let mut file = bytes("aac-front.m4a");
    let at = file.windows(4).position(|w| w == b"edts").unwrap();
    file[at..at + 4].copy_from_slice(b"free");
    let (mut samples, limits) = (Vec::new(), Limits::default());
    let uncut = read_all(&file, "a.m4a", &limits, &mut samples).unwrap();
    assert!(uncut.frames > 6000, "{uncut:?}");
    // inserted in place of the user data, which contains FFmpeg's name; only boxes within `moov` grow
    let note = b" 00000000 00000400 00000078 0000000000001388 00000000";
    let mut data = Vec::new();
    for (name, body) in [("mean", &b"\0\0\0\0com.apple.iTunes"[..]), ("name", b"\0\0\0\0iTunSMPB")] {
        data.extend((body.len() as u32 + 8).to_be_bytes());
        data.extend(name.bytes().chain(body.iter().copied()));
    }
    data.extend((note.len() as u32 + 16).to_be_bytes());
    data.extend(b"data\0\0\0\x01\0\0\0\0".iter().chain(note));
    let wrap =
        |name: &[u8], body: Vec<u8>| [&(body.len() as u32 + 8).to_be_bytes()[..], name, &body].concat();
    let udta = wrap(b"udta", wrap(b"meta", [vec![0; 4], wrap(b"ilst", wrap(b"----", data))].concat()));
    let moov = file.windows(4).position(|w| w == b"moov").unwrap() - 4;
    let size = u32::from_be_bytes(file[moov..moov + 4].try_into().unwrap());
    let end = moov + size as usize;
    file[moov..moov + 4].copy_from_slice(&(size + udta.len() as u32).to_be_bytes());
    // the offsets of the audio data are adjusted
    let stco = file.windows(4).position(|w| w == b"stco").unwrap();
    let chunks = u32::from_be_bytes(file[stco + 8..stco + 12].try_into().unwrap());
    for entry in file[stco + 12..][..chunks as usize * 4].chunks_exact_mut(4) {
        let place = u32::from_be_bytes(entry.try_into().unwrap()) + udta.len() as u32;
        entry.copy_from_slice(&place.to_be_bytes());
    }
    // the first user data is used, so FFmpeg's own is renamed
    let own = file.windows(4).position(|w| w == b"udta").unwrap();
    file[own..own + 4].copy_from_slice(b"free");
    file.splice(end..end, udta);
    let cut = read_all(&file, "a.m4a", &limits, &mut samples).unwrap();
    assert_eq!(cut.frames, 5000);
    assert!(apart(&samples, &signal()) < 0.03);
}

/// A truncated copy gives the samples of its complete packets for every kind of source, also if the reader would seek
/// to an index that is missing.
#[test]
fn a_container_that_is_cut_gives_what_is_there() {
    for (file, packet) in [("aac-front.m4a", 1024), ("alac-fragments.m4a", 4096), ("flac.mkv", 4608)] {
        let whole = ways::read(&bytes(file), file).samples;
        let cut = bytes(file);
        let outcome = ways::read(&cut[..cut.len() - 100], file);
        assert!(whole.starts_with(&outcome.samples), "{file}");
        let there = outcome.samples.len();
        assert!(there > 0 && whole.len() - there <= 2 * packet, "{file}: {there} of {}", whole.len());
        assert!(outcome.end.is_err() || outcome.damaged > 0, "{file}: {:?}", outcome.end);
    }
}

/// A pipe that exceeds the buffer limit is refused with this reason, unless no buffering is required.
#[test]
fn a_pipe_that_is_too_long_to_keep_says_so() {
    let padded = |file: &str| {
        let free = (300_u32 << 20).to_be_bytes();
        let head = bytes(file);
        let ftyp = u32::from_be_bytes(head[..4].try_into().unwrap()) as usize;
        let zeros = std::io::Read::take(std::io::repeat(0), (300 << 20) - 8);
        let start = [&head[..ftyp], &free, b"free"].concat();
        std::io::Read::chain(
            std::io::Read::chain(Cursor::new(start), zeros),
            Cursor::new(head[ftyp..].to_vec()),
        )
    };
    let file = "alac.m4a";
    let fault = Recording::read(Box::new(ReadOnlySource::new(padded(file))), file).err().unwrap().to_string();
    assert!(fault.contains("more than 256 MiB") && fault.contains("faststart"), "{fault}");
}
