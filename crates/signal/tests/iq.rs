//! Samples without a container: their encoding, their position, and the metadata in an accompanying file.

use passband_signal::iq::sigmf::Meta;
use passband_signal::iq::{Datatype, Folder, Half, Pattern, Store, Track, Written};
use passband_signal::{Hertz, SignalSpec};

fn decode(name: &str, bytes: &[u8], channels: usize) -> Vec<f32> {
    let mut planar = vec![];
    name.parse::<Datatype>().unwrap().decode(bytes, channels, &mut planar);
    planar
}

#[test]
fn every_datatype_has_its_full_scale_and_byte_order() {
    let cases: [(&str, Vec<u8>, [f32; 2]); 12] = [
        ("cf32_le", [0.25f32, -7.5].map(f32::to_le_bytes).concat(), [0.25, -7.5]),
        ("cf32_be", [0.25f32, -7.5].map(f32::to_be_bytes).concat(), [0.25, -7.5]),
        ("cf64_le", [0.25f64, -7.5].map(f64::to_le_bytes).concat(), [0.25, -7.5]),
        ("cf64_be", [0.25f64, -7.5].map(f64::to_be_bytes).concat(), [0.25, -7.5]),
        ("ci16_le", [-32768i16, 16384].map(i16::to_le_bytes).concat(), [-1.0, 0.5]),
        ("ci16_be", [-32768i16, 16384].map(i16::to_be_bytes).concat(), [-1.0, 0.5]),
        ("ci32_be", [i32::MIN, 1 << 30].map(i32::to_be_bytes).concat(), [-1.0, 0.5]),
        ("ci8", vec![128, 64], [-1.0, 0.5]),
        ("cu8", vec![0, 255], [-1.0, 1.0]),
        ("cu16_le", [0u16, 65535].map(u16::to_le_bytes).concat(), [-1.0, 1.0]),
        ("cu32_be", [0u32, u32::MAX].map(u32::to_be_bytes).concat(), [-1.0, 1.0]),
        ("ri8", vec![128, 64], [-1.0, 0.5]),
    ];
    for (name, bytes, wanted) in cases {
        assert_eq!(decode(name, &bytes, 2), wanted, "{name}");
        assert_eq!(name.parse::<Datatype>().unwrap().to_string(), name);
        // a partial last frame is ignored
        assert!(decode(name, &bytes[..bytes.len() - 1], 2).is_empty(), "{name}");
    }
    for bad in ["cf32", "f32_le", "cf16_le", "", "c", "cu8_xe", "ru16", "é"] {
        assert!(bad.parse::<Datatype>().is_err(), "{bad}");
    }
}

#[test]
fn channels_come_one_after_the_other() {
    assert_eq!(decode("ri8", &[1, 2, 3, 4, 5, 6], 1), [1, 2, 3, 4, 5, 6].map(|x| x as f32 / 128.0));
    assert_eq!(decode("ri8", &[1, 2, 3, 4, 5, 6], 2), [1, 3, 5, 2, 4, 6].map(|x| x as f32 / 128.0));
    assert_eq!(decode("ri8", &[1, 2, 3, 4, 5, 6], 3), [1, 4, 2, 5, 3, 6].map(|x| x as f32 / 128.0));
}

#[test]
fn names_tell_halves_and_numbers() {
    let read = |pattern: &str, name: &str| {
        let named = pattern.parse::<Pattern>().unwrap().read(name)?;
        Some((named.half, named.number))
    };
    assert_eq!(read("duck_{iq}_{number}.dat", "duck_i_00007.dat"), Some((Some(Half::I), Some(7))));
    assert_eq!(read("duck_{iq}_{number}.dat", "duck_x_00007.dat"), None);
    assert_eq!(read("duck_{iq}_{number}.dat", "duck_i_.dat"), None);
    assert_eq!(read("*-{number}{iq}.*", "a-b-12q.bin"), Some((Some(Half::Q), Some(12))));
    assert_eq!(read("*.cf32", "é.cf32"), Some((None, None)));
    assert_eq!(read("{number}", "999999999999999999999"), None);
    for bad in ["", "{iq}{iq}", "{n}", "a{number"] {
        assert!(bad.parse::<Pattern>().is_err(), "{bad}");
    }
}

fn meta(global: &str, captures: &str) -> Result<Meta, String> {
    let json = format!("{{\"global\": {{{global}}}, \"captures\": [{captures}]}}");
    Meta::read(json.as_bytes(), None)
}

const CI8: &str = r#""core:datatype": "ci8", "core:sample_rate": 1000"#;

/// Offset, samples and frequency.
type Stretch = (u64, u64, Option<f64>);

/// The stretches, and the reported anomalies.
fn found(global: &str, captures: &[String], size: u64) -> (Vec<Stretch>, Vec<String>) {
    let meta = meta(global, &captures.join(",")).unwrap();
    let found = meta.stretches(size).unwrap();
    let stretches = found.stretches.iter().map(|s| (s.offset, s.samples, s.frequency.map(|f| f.0)));
    (stretches.collect(), found.odd)
}

fn at(start: impl std::fmt::Display, more: &str) -> String {
    format!("{{\"core:sample_start\": {start}{more}}}")
}

const F5: &str = ", \"core:frequency\": 5";
const F6: &str = ", \"core:frequency\": 6";

#[test]
fn captures_at_one_frequency_that_follow_each_other_are_one() {
    let stretches = |captures: &[String], size| {
        let (stretches, odd) = found(CI8, captures, size);
        assert_eq!(odd, [""; 0]);
        stretches
    };
    assert_eq!(stretches(&[], 20), [(0, 10, None)]);
    assert_eq!(stretches(&[at(0, F5), at(4, F5)], 20), [(0, 10, Some(5.0))]);
    assert_eq!(stretches(&[at(0, F5), at(4, F6)], 20), [(0, 4, Some(5.0)), (8, 6, Some(6.0))]);
    // a capture without samples between two others
    assert_eq!(stretches(&[at(0, F5), at(4, F6), at(4, F5)], 20), [(0, 4, Some(5.0)), (8, 6, Some(5.0))]);
    // 6 header bytes before the first capture, and 4 before the second
    let headers = [6, 4].map(|bytes| format!("{F5}, \"core:header_bytes\": {bytes}"));
    let captures = [at(0, &headers[0]), at(4, &headers[1])];
    assert_eq!(stretches(&captures, 30), [(6, 4, Some(5.0)), (18, 6, Some(5.0))]);
    // the recorder missed 50 samples between them
    let late = format!("{F5}, \"core:global_index\": 154");
    let early = format!("{F5}, \"core:global_index\": 100");
    assert_eq!(stretches(&[at(0, &early), at(4, &late)], 20), [(0, 4, Some(5.0)), (8, 6, Some(5.0))]);
    // a different rate
    let fast = format!("{F5}, \"core:sample_rate\": 2000");
    assert_eq!(stretches(&[at(0, F5), at(4, &fast)], 20).len(), 2);
}

#[test]
fn captures_are_counted_from_the_offset() {
    let global = format!("{CI8}, \"core:offset\": 10000");
    let (stretches, odd) = found(&global, &[at(10_000, F5), at(10_004, F6)], 20);
    assert_eq!((stretches, odd.len()), (vec![(0, 4, Some(5.0)), (8, 6, Some(6.0))], 0));
    // relative to the start of the file, as some programs write them
    let (stretches, odd) = found(&global, &[at(0, F5), at(4, F6)], 20);
    assert_eq!(stretches, [(0, 4, Some(5.0)), (8, 6, Some(6.0))]);
    assert!(odd.len() == 1 && odd[0].contains("core:offset"), "{odd:?}");
}

#[test]
fn every_whole_sample_is_in_a_stretch_whatever_the_description_claims() {
    let trailing = |bytes: u64| format!("{CI8}, \"core:trailing_bytes\": {bytes}");
    for (global, captures, size, wanted, told) in [
        (CI8.into(), vec![at(0, F5), at(10, F6), at(60, F6)], 20, vec![(0, 10, Some(5.0))], "2 captures"),
        (CI8.into(), vec![at(u64::MAX, F5)], 20, vec![(0, 10, None)], "before the first capture"),
        (CI8.into(), vec![at(0, F5), at("1e19", F6)], 20, vec![(0, 10, Some(5.0))], "1 captures"),
        (CI8.into(), vec![at(2, F5)], 20, vec![(0, 2, None), (4, 8, Some(5.0))], "2 samples before"),
        (CI8.into(), vec![at(4, F6), at(0, F5)], 20, vec![(0, 4, Some(5.0)), (8, 6, Some(6.0))], "order"),
        (
            CI8.into(),
            vec![at(0, F5)],
            21,
            vec![(0, 10, Some(5.0))],
            "1 bytes follow the last complete sample",
        ),
        (
            trailing(3),
            vec![at(0, F5)],
            24,
            vec![(0, 10, Some(5.0))],
            "1 bytes follow the last complete sample",
        ),
        (trailing(99), vec![at(0, F5)], 20, vec![(0, 10, Some(5.0))], "core:trailing_bytes is 99 of 20"),
        (CI8.into(), vec![at(-1, F5), at(0, F6)], 20, vec![(0, 10, Some(6.0))], "core:sample_start is -1"),
        (CI8.into(), vec!["{}".into()], 20, vec![(0, 10, None)], "no core:sample_start"),
        (CI8.into(), vec!["3".into()], 20, vec![(0, 10, None)], "no core:sample_start"),
        (CI8.into(), vec![at(0, ", \"core:frequency\": \"5\"")], 20, vec![(0, 10, None)], "core:frequency"),
        (CI8.into(), vec![at(0, ", \"core:datetime\": \"now\"")], 20, vec![(0, 10, None)], "core:datetime"),
        (format!("{CI8}, \"core:offset\": -5"), vec![at(0, F5)], 20, vec![(0, 10, Some(5.0))], "core:offset"),
    ] {
        let (stretches, odd) = found(&global, &captures, size);
        assert_eq!(stretches, wanted, "{captures:?}");
        assert!(odd.iter().any(|odd| odd.contains(told)), "{captures:?}: {odd:?}");
    }
    let refused = |global: &str, captures: &[String], size| {
        meta(global, &captures.join(",")).unwrap().stretches(size).unwrap_err()
    };
    assert_eq!(refused(CI8, &[at(0, "")], 1), "1 bytes contain no complete sample of 2 bytes");
    assert_eq!(refused(CI8, &[], 0), "holds no samples");
    let header = at(0, ", \"core:header_bytes\": 18446744073709551615");
    assert!(refused(CI8, &[header], 20).contains("no complete sample"));
}

#[test]
fn a_capture_without_a_date_goes_on_where_the_one_before_it_was() {
    let began = |captures: &[String]| {
        let meta = meta(CI8, &captures.join(",")).unwrap();
        meta.stretches(20).unwrap().stretches.iter().map(|s| s.began).collect::<Vec<_>>()
    };
    let first = format!("{F5}, \"core:datetime\": \"1970-01-01T00:00:01+00:00\", \"core:global_index\": 7");
    let second = |more: &str| at(4, &format!("{F6}{more}"));
    assert_eq!(began(&[at(0, &first), second("")]), [Some(1_000_000), Some(1_004_000)]);
    let missed = ", \"core:global_index\": 1007";
    assert_eq!(began(&[at(0, &first), second(missed)]), [Some(1_000_000), Some(2_000_000)]);
    assert_eq!(began(&[at(0, F5), second("")]), [None, None]);
}

#[test]
fn a_description_that_cannot_be_used_says_why() {
    let why = |global: &str| meta(global, "").unwrap_err();
    assert!(Meta::read(b"{", None).unwrap_err().contains("no JSON"));
    assert!(Meta::read(b"[]", None).unwrap_err().contains("'global'"));
    assert!(why("").contains("core:datatype"));
    assert!(why(r#""core:datatype": "cf16_le""#).contains("'cf16_le' is not a datatype"));
    assert!(why(r#""core:datatype": "cf32""#).contains("byte order"));
    assert!(why(r#""core:datatype": "cu8""#).contains("set rate"));
    assert!(why(r#""core:datatype": "cu8", "core:sample_rate": 0"#).contains("core:sample_rate is 0"));
    assert!(why(&format!("{CI8}, \"core:num_channels\": 0")).contains("core:num_channels is 0"));
    let header = meta(CI8, &at(0, ", \"core:header_bytes\": \"44\"")).unwrap_err();
    assert!(header.contains("core:header_bytes is \"44\""), "{header}");
    let given =
        Meta::read(b"\xef\xbb\xbf{\"global\": {\"core:datatype\": \"cu8\"}}", Some(Hertz(5.0))).unwrap();
    assert_eq!((given.rate, given.recordings(), given.frame()), (Hertz(5.0), 1, 2));
    let four = meta(&format!("{CI8}, \"core:num_channels\": 4"), "").unwrap();
    assert_eq!((four.channels, four.recordings(), four.frame()), (8, 4, 8));
}

fn track(folder: &str, names: &[&str], datatype: &str, channels: usize) -> Option<(Track, Vec<u64>)> {
    let folder = Folder::new(passband_testbed::passband_data()?.join("iq-captures").join(folder));
    let sizes = names.iter().map(|name| folder.info(name).unwrap().size).collect();
    let files = names.iter().map(|name| folder.open(name).unwrap()).collect();
    Some((Track::new(files, Written::Plain(datatype.parse().unwrap()), channels, 0), sizes))
}

/// The pairs were converted from the bytes, so both encodings must give the same samples.
#[test]
fn real_bytes_and_real_pairs_are_the_same_signal() {
    let Some((mut bytes, sizes)) = track("dump1090", &["modes1.bin"], "cu8", 2) else { return };
    assert_eq!(sizes, [2 * 356_868]);
    let names = ["duck_i_00001.dat", "duck_q_00001.dat"];
    let Some((mut pair, sizes)) = track("quax-format", &names, "rf32_le", 1) else { return };
    assert_eq!(sizes, [4 * 178_692; 2]);
    // read in pieces, out of order
    for (start, frames) in [(1000, 5000), (0, 1000), (178_691, 1)] {
        let (mut a, mut b) = (vec![], vec![]);
        pair.read(start, frames, &mut a).unwrap();
        bytes.read(178_176 + start, frames, &mut b).unwrap();
        assert_eq!(a.len(), 2 * frames);
        let far = a.iter().zip(&b).position(|(a, b)| (a - b).abs() > 1e-7);
        assert_eq!(far, None, "from {start}");
        assert!(frames == 1 || a.iter().any(|x| x.abs() > 0.01), "silence");
    }
    assert!(pair.read(178_691, 2, &mut vec![]).is_err());
}

#[test]
fn a_real_sigmf_description_is_understood() {
    let Some(data) = passband_testbed::passband_data() else { return };
    let text = std::fs::read(data.join("iq-captures/sigmf/sigmf_logo.sigmf-meta")).unwrap();
    let meta = Meta::read(&text, None).unwrap();
    let stretch = meta.stretches(1_152_000).unwrap().stretches[0];
    assert_eq!(meta.spec(&stretch, Hertz(7.0)), SignalSpec::real(Hertz(48e3), 2));
    assert_eq!((stretch.offset, stretch.samples), (0, 288_000));
    assert_eq!(stretch.began, Some(1_624_058_271_163_959));
}
