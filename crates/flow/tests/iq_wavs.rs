//! I/Q in WAV files of receivers: the claims of headers and file names compared with the content.

mod iq_fixtures;

use iq_fixtures::*;
use passband_flow::part::Turn;
use passband_flow::source::iq_files::Layout;
use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

const NOON: i64 = 1_772_366_400_000_000;

fn write(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) -> std::path::PathBuf {
    fs::write(folder.join(name), bytes).unwrap();
    folder.join(name)
}

#[test]
fn wavs_of_receivers_have_rate_centre_and_start() {
    let folder = tempfile::tempdir().unwrap();
    let plain = |before: Vec<u8>| Wav { before, ..Wav::of(100) };
    let xml = "<?xml version=\"1.0\"?><SDR-XML-Root><Definition CurrentTimeUTC=\"01-03-2026 12:00:00\" \
        RadioCenterFreq=\"7100000\" SampleRate=\"192000\"/></SDR-XML-Root>";
    let utf16: Vec<u8> = xml.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let bytes = |width: usize| -> Vec<u8> {
        let number = |x: f32| ((f64::from(x) * 2147483648.0) as i32).to_le_bytes();
        (0..100).flat_map(value).flat_map(|x| number(x)[4 - width..].to_vec()).collect()
    };
    let unsigned = (0..100).flat_map(value).map(|x| (x * 128.0 + 128.0) as u8).collect();
    let cases: Vec<(&str, Wav, f64, i64)> = vec![
        ("HDSDR_20250101_000000Z_1kHz_RF.wav", Wav::of(100), 1.2e6, NOON + 250_000),
        ("SDRSharp_20260301_120000Z_1200000Hz_IQ.wav", plain(vec![]), 1.2e6, NOON),
        ("baseband_433920000Hz_12-00-00_01-03-2026.wav", plain(vec![]), 433.92e6, NOON),
        ("SDRuno_20260301_120000Z_14100kHz.WAV", plain(vec![]), 14.1e6, NOON),
        // a frequency too large for the chunk
        ("x_20260301_120000Z_10368200000Hz.wav", plain(auxi(1_778_265_408)), 10_368.2e6, NOON + 250_000),
        ("console.wav", plain(chunk("auxi", &utf16)), 7.1e6, NOON),
        ("8bit_20260301_120000Z_1MHz.wav", Wav { bits: 8, samples: unsigned, ..plain(vec![]) }, 1e6, NOON),
        ("24bit_20260301_120000Z_1MHz.wav", Wav { bits: 24, samples: bytes(3), ..plain(vec![]) }, 1e6, NOON),
        ("32bit_20260301_120000Z_1MHz.wav", Wav { bits: 32, samples: bytes(4), ..plain(vec![]) }, 1e6, NOON),
        (
            "float_20260301_120000Z_1MHz.wav",
            Wav { tag: 3, bits: 32, samples: cf32(100), ..plain(vec![]) },
            1e6,
            NOON,
        ),
        // a chunk of odd length, and one after the samples
        ("odd_20260301_120000Z_1MHz.wav", Wav { before: chunk("LIST", &[1; 5]), ..Wav::of(100) }, 1e6, NOON),
        ("behind.wav", Wav { behind: auxi(1_200_000), ..plain(vec![]) }, 1.2e6, NOON + 250_000),
    ];
    for (name, made, centre, began) in cases {
        let path = write(folder.path(), name, made.bytes());
        for format in [None, Some(Layout::Wav)] {
            let given = of(&path, format);
            let [(_, samples, rate, at)] = given.recordings()[..] else {
                panic!("{name}: {:?}", given.refused)
            };
            assert_eq!((samples, rate, at), (100, 192e3, Some(centre)), "{name}");
            assert_eq!(given.blocks[0].time, began, "{name}");
            assert!(is_right(&given, 100), "{name}: {:?}", &given.channel(0)[..5]);
            assert_eq!((given.notes, given.contradicted), (vec![], 0), "{name}");
        }
    }
    // in a folder, in the order of the times in their names if all have one
    let folder = tempfile::tempdir().unwrap();
    for (n, name) in ["a_20260302_000000Z_1MHz.wav", "b_20260301_235959Z_1MHz.wav"].iter().enumerate() {
        write(folder.path(), name, Wav::of(10 + n).bytes());
    }
    write(folder.path(), "notes.txt", "none of ours");
    let given = of(folder.path(), Some(Layout::Wav));
    let numbers: Vec<_> = given.recordings().iter().map(|r| (r.0, r.1)).collect();
    assert_eq!(numbers, [(20_260_301_235_959, 11), (20_260_302_000_000, 10)]);
    // without `format`, pairs are expected; the error lists the files found
    let fault = settings(&folder.path().to_string_lossy(), None).source(&listening().0).err().unwrap();
    assert!(fault.to_string().contains("format = \"wav\""), "{fault}");
}

#[test]
fn sizes_in_wav_headers_are_verified() {
    let folder = tempfile::tempdir().unwrap();
    let of = |name: &str, made: &Wav| of(&write(folder.path(), name, made.bytes()), None);
    // from recorders that were killed or wrote to a pipe
    for claimed in [0, u32::MAX, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff - 36, 396, 2000] {
        let given = of("killed.wav", &Wav { claimed: Some(claimed), ..Wav::of(100) });
        assert!(is_right(&given, 100), "{claimed:#x}: {} {:?}", given.samples(), given.refused);
    }
    let given = of("short.wav", &Wav { claimed: Some(396), ..Wav::of(100) });
    assert_eq!((given.samples(), given.contradicted), (100, 1));
    assert!(given.notes[0].contains("short.wav") && given.notes[0].contains("396"), "{:?}", given.notes);
    // truncated within a sample
    let mut cut = Wav::of(100);
    cut.samples.truncate(397);
    cut.claimed = Some(400);
    let given = of("cut.wav", &cut);
    assert!(is_right(&given, 99) && given.contradicted == 1, "{:?}", given.notes);
    // chunks after the samples are not samples; other bytes are
    let given = of(
        "list.wav",
        &Wav { behind: [chunk("LIST", &[7; 9]), chunk("id3 ", &[0; 4])].concat(), ..Wav::of(100) },
    );
    assert!(is_right(&given, 100) && given.contradicted == 0);
    // two WAV files concatenated
    let given = of("two.wav", &Wav { behind: Wav::of(50).bytes(), ..Wav::of(100) });
    assert_eq!(given.recordings().iter().map(|r| (r.0, r.1)).collect::<Vec<_>>(), [(0, 100), (1, 50)]);
    assert!(given.contradicted == 1, "{:?}", given.notes);
    // the second is truncated in its header, or a chunk is truncated anywhere: none of it becomes samples
    for length in [1, 4, 11, 12, 30, 60] {
        let behind = Wav::of(50).bytes()[..length].to_vec();
        let given = of("cut.wav", &Wav { behind, ..Wav::of(100) });
        assert!(is_right(&given, 100) && given.contradicted == 1, "{length}: {:?}", given.notes);
    }
    for length in [4, 7, 8, 12] {
        let behind = chunk("LIST", &[7; 90])[..length].to_vec();
        let given = of("cut.wav", &Wav { behind, ..Wav::of(100) });
        assert!(is_right(&given, 100), "{length}: {:?}", given.notes);
    }
}

#[test]
fn wavs_beyond_4_gib_have_all_their_samples() {
    let folder = tempfile::tempdir().unwrap();
    let frames = (1u64 << 30) + 1000;
    let sparse = |name: &str, head: Vec<u8>| {
        let path = write(folder.path(), name, &head);
        let mut file = fs::File::options().write(true).open(&path).unwrap();
        file.set_len(head.len() as u64 + 4 * frames).unwrap();
        file.seek(SeekFrom::End(-4)).unwrap();
        file.write_all(&[0, 0x40, 0, 0xc0]).unwrap();
        path
    };
    // as SDR++ and others write it: the size modulo 2³²
    let modulo = Wav { samples: vec![], claimed: Some(4000), ..Wav::of(0) }.bytes();
    let rf64 = {
        let mut bytes = Wav { samples: vec![], claimed: Some(u32::MAX), ..Wav::of(0) }.bytes();
        bytes[..4].copy_from_slice(b"RF64");
        let sizes = [4 * frames + 300, 4 * frames, frames].map(u64::to_le_bytes).concat();
        bytes.splice(12..12, chunk("ds64", &[sizes, vec![0; 4]].concat()));
        bytes
    };
    for (path, told) in [(sparse("modulo.wav", modulo), 1), (sparse("rf64.wav", rf64), 0)] {
        let (control, notes) = listening();
        let mut source = settings(&path.to_string_lossy(), None).source(&control).unwrap();
        let mut batch = vec![];
        assert_eq!(source.next(&mut batch).unwrap(), Turn::More);
        let mut given = Given::default();
        given.add(batch);
        assert_eq!((given.blocks[0].of, source.progress().unwrap().1), (frames, frames));
        assert_eq!(control.counters.contradicted.get(), told, "{:?}", notes.lock().unwrap());
        // the last sample can be reached
        source
            .resume(&[(0, serde_json::from_value(serde_json::json!({"reached": 1, "resume": {"iq": {"recording": 0, "index": frames - 1}}})).unwrap())].into())
            .unwrap();
    }
}

#[test]
fn wavs_without_iq_are_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes, why) in [
        ("mono.wav", Wav { channels: 1, ..Wav::of(10) }.bytes(), "1 channels"),
        ("four.wav", Wav { channels: 4, ..Wav::of(10) }.bytes(), "4 channels"),
        ("coded.wav", Wav { tag: 0x55, ..Wav::of(10) }.bytes(), "coded"),
        ("empty.wav", Wav::of(0).bytes(), "holds no samples"),
        ("text.wav", b"none of these".to_vec(), "is no WAV"),
        ("nothing.wav", vec![], "is no WAV"),
        ("head.wav", Wav::of(10).bytes()[..40].to_vec(), "within its header"),
    ] {
        let given = of(&write(folder.path(), name, bytes), None);
        assert_eq!((given.samples(), given.refused.len()), (0, 1), "{name}");
        assert!(given.refused[0].contains(why), "{:?}", given.refused);
    }
}
