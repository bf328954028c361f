//! The axion search compared with the experiment's files and with other programs.

use crate::haloscope::{LIMIT, Search, bins_of, in_one_process, pairs, worst};
use crate::passband::{count, good, write};
use crate::topic::{self, read};
use passband_testbed::{Kafka, Python, Stream, passband_data};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Mean and deviation of each bin in the reference data.
fn expected(path: &Path) -> Vec<(f64, f64)> {
    let text = std::fs::read_to_string(path).unwrap();
    let head: Vec<&str> = text.lines().next().unwrap().split(',').collect();
    let [mean, deviation] = ["mean", "stddev"].map(|name| head.iter().position(|h| *h == name).unwrap());
    let row = |line: &str| {
        let row: Vec<f64> = line.split(',').map(|x| x.parse().unwrap()).collect();
        (row[mean], row[deviation])
    };
    text.lines().skip(1).map(row).collect()
}

fn expect_files(got: &BTreeMap<u64, Value>, folder: &Path) {
    assert_eq!(got.keys().collect::<Vec<_>>(), [&0, &1]);
    for (file, array) in got {
        let (got, want) = (bins_of(array), expected(&folder.join(format!("expected/file_{file:05}.csv"))));
        assert_eq!((got.len(), want.len()), (3072, 3072));
        assert!(got.iter().all(|bin| bin.2 == 58));
        let mean = worst(got.iter().map(|bin| bin.0), want.iter().map(|bin| bin.0));
        let deviation = worst(got.iter().map(|bin| bin.1), want.iter().map(|bin| bin.1));
        assert!(mean < 1e-5 && deviation < 1e-5, "file {file}: mean {mean:e}, deviation {deviation:e}");
    }
}

#[test]
fn the_files_of_the_experiment_give_its_spectra_in_one_process_and_over_kafka() {
    let Some(data) = passband_data() else { return };
    let folder = data.join("iq-captures/quax-format");
    expect_files(&in_one_process(&folder, 3072), &folder);

    let Some(kafka) = Kafka::shared() else { return };
    // on Kafka all files have one length: samples after the last scan of the second file are dropped
    let whole = tempfile::tempdir().unwrap();
    for name in ["duck_i_00000.dat", "duck_q_00000.dat", "duck_i_00001.dat", "duck_q_00001.dat"] {
        let bytes = std::fs::read(folder.join(name)).unwrap();
        std::fs::write(whole.path().join(name), &bytes[..58 * 3072 * 4]).unwrap();
    }
    let search = Search::new(kafka, (3072, 58 * 3072, 10));
    search.send(whole.path());
    let mut process = search.start("process", "1", &[]);
    expect_files(&search.results(2), &folder);
    process.interrupt();
    assert!(process.wait(LIMIT).is_some_and(|s| s.success()), "{:?}", process.lines(Stream::Err));
}

#[test]
fn slices_and_results_are_those_of_a_sender_and_a_reader_in_python() {
    let (Some(kafka), Some(python)) = (Kafka::shared(), Python::find()) else { return };
    let folder = tempfile::tempdir().unwrap();
    // 23 scans and 5 samples: three messages of 7 scans, one of 2, and samples that are not sent
    pairs(folder.path(), 3, 23 * 256 + 5);
    let search = Search::new(kafka, (256, 23 * 256 + 5, 7));
    search.send(folder.path());
    let messages = |topic: &str| -> BTreeSet<(Vec<u8>, Vec<u8>)> {
        let records = read(&search.brokers, topic, 3 * 4, LIMIT);
        records.into_iter().map(|record| (record.key, record.value)).collect()
    };
    let theirs = passband_testbed::unique("chunk_data-python");
    let arguments = [&search.brokers, &theirs, folder.path().to_str().unwrap(), "256", "7"];
    python.run("crates/cli/tests/haloscope/sender.py", arguments);
    let (ours, python_made) = (messages(&search.chunks), messages(&theirs));
    assert_eq!(ours.len(), 12);
    assert!(ours == python_made, "keys: {:?}", ours.iter().map(|(key, _)| key).collect::<Vec<_>>());

    let _process = search.start("process", "1", &[]);
    let results = search.results(3);
    let arguments = [search.brokers.as_str(), &search.topic("results"), "3"];
    let read = python.run("crates/cli/tests/haloscope/reader.py", arguments);
    let lines: Vec<&str> = read.lines().collect();
    for (file, line) in lines.iter().enumerate() {
        let bins = bins_of(&results[&(file as u64)]);
        let words: Vec<f64> = line.split(' ').map(|word| word.parse().unwrap()).collect();
        let (mean, deviation, count) = bins[5];
        let want = [file as f64, bins.len() as f64, count as f64, mean, deviation];
        assert!(worst(words.iter().copied(), want) < 1e-14, "{words:?}, not {want:?}");
    }
    assert_eq!(lines.len(), 3);
}

/// The lines written by a pipeline over one capture; `more` are settings of its source, `over` the extent of a line.
fn spectra_of(path: &Path, more: &str, over: &str) -> Vec<Value> {
    let out = tempfile::tempdir().unwrap();
    let output = out.path().join("spectra.ndjson");
    let text = format!(
        "[source]\ntype = 'iq_files'\npath = '{}'\n{more}\n[window]\ntype = 'scan'\nlength = 1024\n\
         [[transform]]\ntype = 'power_spectrum'\nover = '{over}'\n\
         [[sink]]\ntype = 'file'\npath = '{}'\nformat = 'json'\n",
        path.display(),
        output.display()
    );
    good(&["run", &write(&out, "capture.toml", &text)], &[]);
    let text = std::fs::read_to_string(&output).unwrap();
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn real_captures_of_other_instruments_give_finite_spectra_at_their_frequency() {
    let Some(data) = passband_data() else { return };
    let folder = data.join("iq-captures");
    // metadata for a real capture without it
    let described = tempfile::tempdir().unwrap();
    std::fs::copy(folder.join("urh/enocean.complex"), described.path().join("enocean.sigmf-data")).unwrap();
    let meta = r#"{"global": {"core:datatype": "cf32_le", "core:sample_rate": 1e6, "core:version": "1.2.0"},
        "captures": [{"core:sample_start": 0, "core:frequency": 868.3e6}]}"#;
    std::fs::write(described.path().join("enocean.sigmf-meta"), meta).unwrap();
    let band = "rate = '1 MHz'\ncentre = '868.3 MHz'\n";
    for (path, more, samples, rate, centre) in [
        (
            folder.join("dump1090/modes1.bin"),
            "format = 'cu8'\nrate = '2 MHz'\ncentre = '1090 MHz'\n".to_owned(),
            356_868,
            2e6,
            1090e6,
        ),
        (folder.join("urh/fsk.complex"), "format = 'cf32'\nrate = '1 MHz'\n".to_owned(), 67_912, 1e6, 0.0),
        (folder.join("urh/enocean.complex"), format!("format = 'cf32'\n{band}"), 49_100, 1e6, 868.3e6),
        (folder.join("urh/homematic.complex32s"), format!("format = 'ci16'\n{band}"), 117_396, 1e6, 868.3e6),
        (described.path().into(), "format = 'sigmf'\n".into(), 49_100, 1e6, 868.3e6),
    ] {
        let told = spectra_of(&path, &more, "file");
        let [file] = &told[..] else { panic!("{}: {told:?}", path.display()) };
        let number = |name: &str| file[name].as_f64().unwrap_or_else(|| panic!("no {name}: {file}"));
        assert_eq!((number("scans"), number("of")), ((samples / 1024) as f64, (samples / 1024) as f64));
        assert_eq!((number("rate"), number("centre")), (rate, centre), "{}", path.display());
        let mean: Vec<f64> = file["mean"].as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect();
        assert!(
            mean.len() == 1024
                && mean.iter().all(|x| x.is_finite() && *x >= 0.0)
                && mean.iter().sum::<f64>() > 0.0
        );
    }
    // a picture whose channels are both real remains two real channels
    let rows = spectra_of(&folder.join("sigmf"), "format = 'sigmf'\n", "scan");
    assert_eq!(rows.len(), 2 * (288_000 / 1024));
    assert!(rows.iter().all(|row| row["values"].as_array().unwrap().len() == 513 && row["rate"] == 48e3));
}

/// The command in README, on a folder of noise with a line that is invisible in any single file.
#[test]
fn a_search_from_files_finds_a_weak_line_at_its_frequency() {
    let desk = tempfile::tempdir().unwrap();
    let captures = desk.path().join("captures");
    std::fs::create_dir(&captures).unwrap();
    // in the middle of bin 1536 + 400, a third of the noise there: 3 σ of the 80 scans of a file, 9 σ of all 640
    let (bin, scans, files) = (400usize, 80usize, 8usize);
    let mut seed = 7u32;
    for file in 0..files {
        let mut halves = [vec![], vec![]];
        for n in 0..scans * 3072 {
            let turn = std::f64::consts::TAU * ((bin * n) % 3072) as f64 / 3072.0;
            for (half, line) in halves.iter_mut().zip([turn.cos(), turn.sin()]) {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let noise = (seed >> 8) as f32 / 8_388_608.0 - 1.0;
                half.extend_from_slice(&(noise + 0.0087 * line as f32).to_le_bytes());
            }
        }
        for (half, bytes) in ["i", "q"].iter().zip(halves) {
            std::fs::write(captures.join(format!("duck_{half}_{file:05}.dat")), bytes).unwrap();
        }
    }
    let set = [("INPUT", "captures"), ("OUTPUT", "spectra.ndjson")];
    let mut command = crate::passband::command(&["run", "axion-search-from-files"], &set);
    let output = command.current_dir(desk.path()).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && told.contains("page at http://127.0.0.1:"), "{told}");
    let rows = |name: &str| -> Vec<Value> {
        let text = std::fs::read_to_string(desk.path().join(name)).unwrap();
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    };
    assert_eq!((rows("spectra.ndjson").len(), rows("spectra.ndjson.run").len()), (files, files));
    let candidates = rows("spectra.ndjson.candidates");
    let lines: Vec<_> = candidates.iter().filter(|row| row["lines"].is_array()).collect();
    assert_eq!((lines.len(), candidates.len()), (files, 2 * files));
    let last = lines[files - 1];
    assert_eq!((&last["run"], &last["scans"]), (&Value::from("1"), &Value::from(scans * files)), "{last}");
    let found = last["lines"].as_array().unwrap();
    let [line] = &found[..] else { panic!("{last}") };
    assert_eq!(line["bin"], 1536 + bin);
    assert!((line["frequency"].as_f64().unwrap() - bin as f64 * 2e6 / 3072.0).abs() < 1e-6, "{line}");
    assert!((6.0..14.0).contains(&line["excess"].as_f64().unwrap()), "{line}");
    assert!(lines[0]["lines"].as_array().unwrap().is_empty(), "one file shows nothing: {}", lines[0]);
}

/// I/Q before `spectrum` is one complex signal with different sides.
#[test]
fn a_tone_in_iq_is_on_one_side_of_the_spectrum() {
    let desk = tempfile::tempdir().unwrap();
    let tone = |n: usize| (-std::f64::consts::TAU * (n % 16) as f64 / 16.0).sin_cos();
    let bytes =
        (0..4096).map(tone).flat_map(|(sin, cos)| [cos as f32, sin as f32]).flat_map(f32::to_le_bytes);
    std::fs::write(desk.path().join("tone.cf32"), bytes.collect::<Vec<u8>>()).unwrap();
    let text = "[source]\ntype = 'iq_files'\npath = 'tone.cf32'\nrate = '16 kHz'\ncentre = '100 kHz'\n\
        [window]\ntype = 'sliding'\nlength = '1024 samples'\nhop = '1024 samples'\n[[transform]]\ntype = 'spectrum'\n\
        [[sink]]\ntype = 'stdout'\n";
    let pipeline = write(&desk, "tone.toml", text);
    let mut command = crate::passband::command(&["run", &pipeline], &[]);
    let output = command.current_dir(desk.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(rows.len(), 4);
    for row in &rows {
        let values: Vec<f64> =
            row["values"].as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect();
        let at = (0..1024).max_by(|a, b| values[*a].total_cmp(&values[*b]));
        // a sixteenth of the rate below the centre, at full scale
        assert_eq!((values.len(), at), (1024, Some(512 - 64)));
        assert!(values[448].abs() < 0.01 && values[512 + 64] < -60.0, "{} {}", values[448], values[576]);
    }
}

/// Messages as sent by the detector, one scan each.
fn slices(folder: &Path, scan: usize, scans: usize) -> Vec<([u8; 4], Vec<u8>)> {
    let file = |number: usize| {
        let half = |name: &str| std::fs::read(folder.join(format!("duck_{name}_{number:05}.dat"))).unwrap();
        let (i, q) = (half("i"), half("q"));
        (0..scans).map(move |slice| {
            let range = slice * scan * 4..(slice + 1) * scan * 4;
            let key = [0, number as u8, 0, slice as u8];
            (key, [&i[range.clone()], &q[range]].concat())
        })
    };
    (0..4).flat_map(file).collect()
}

/// Mean and deviation of the power in each bin over these scans, by definition.
fn by_hand(messages: &[([u8; 4], Vec<u8>)], file: u8, scans: &[u8], scan: usize) -> Vec<(f64, f64)> {
    let powers: Vec<Vec<f64>> = scans
        .iter()
        .map(|wanted| {
            let (_, value) = messages.iter().find(|(key, _)| (key[1], key[3]) == (file, *wanted)).unwrap();
            let x: Vec<f64> = value.as_chunks().0.iter().map(|b| f64::from(f32::from_le_bytes(*b))).collect();
            let power = |bin: usize| {
                let k = bin as f64 - scan as f64 / 2.0;
                let turn = |n: usize| -std::f64::consts::TAU * k * n as f64 / scan as f64;
                let re: f64 = (0..scan).map(|n| x[n] * turn(n).cos() - x[scan + n] * turn(n).sin()).sum();
                let im: f64 = (0..scan).map(|n| x[n] * turn(n).sin() + x[scan + n] * turn(n).cos()).sum();
                (re * re + im * im) / (scan as f64 * 2e6 * std::f64::consts::SQRT_2)
            };
            (0..scan).map(power).collect()
        })
        .collect();
    let n = powers.len() as f64;
    let of = |bin: usize| {
        let mean = powers.iter().map(|p| p[bin]).sum::<f64>() / n;
        let square = powers.iter().map(|p| (p[bin] - mean).powi(2)).sum::<f64>() / (n - 1.0);
        (mean, square.sqrt())
    };
    (0..scan).map(of).collect()
}

#[test]
fn missing_and_duplicate_slices_are_counted_and_reported() {
    let Some(kafka) = Kafka::shared() else { return };
    let folder = tempfile::tempdir().unwrap();
    pairs(folder.path(), 4, 12 * 256);
    let all = slices(folder.path(), 256, 12);
    // file 1 lacks slices 2 and 5, file 2 has slices 3, 7 and 7 again, file 3 lacks 0 and has 11 twice
    let mut sent = all.clone();
    sent.retain(|(key, _)| !matches!((key[1], key[3]), (1, 2 | 5) | (3, 0)));
    let twice = |file, slice| all.iter().find(|(key, _)| (key[1], key[3]) == (file, slice)).unwrap().clone();
    sent.extend([twice(2, 3), twice(2, 7), twice(2, 7), twice(3, 11)]);
    // and an invalid message
    sent.push(([9, 9, 9, 9], vec![1, 2, 3]));
    let mut search = Search::new(kafka, (256, 12 * 256, 1));
    search.more = vec![("DEADLINE", "3 s".into())];
    kafka.run(&["topics", "--create", "--topic", &search.chunks, "--partitions", "4"], "");
    topic::write(&search.brokers, &search.chunks, &sent);

    let mut process = search.start("process", "1", &[]);
    let results = search.results(4);
    for (file, scans) in [
        (0, (0..12).collect::<Vec<u8>>()),
        (1, (0..12).filter(|s| ![2, 5].contains(s)).collect()),
        (2, (0..12).collect()),
        (3, (1..12).collect()),
    ] {
        let (array, want) = (&results[&file], by_hand(&all, file as u8, &scans, 256));
        let got = bins_of(array);
        assert!(got.iter().all(|bin| bin.2 == scans.len() as u64), "file {file}: {:?}", got[0]);
        let mean = worst(got.iter().map(|bin| bin.0), want.iter().map(|bin| bin.0));
        let deviation = worst(got.iter().map(|bin| bin.1), want.iter().map(|bin| bin.1));
        assert!(mean < 1e-5 && deviation < 1e-5, "file {file}: mean {mean:e}, deviation {deviation:e}");
        let marks = (array[0]["data"]["of"].as_u64(), array[0]["data"]["state"].as_str());
        let incomplete = (Some(12), Some("incomplete"));
        assert_eq!(marks, if scans.len() < 12 { incomplete } else { (None, None) }, "file {file}");
    }
    let refused = read(&search.brokers, &search.topic("refused"), 1, LIMIT);
    assert_eq!(refused[0].value, [1, 2, 3]);
    process.interrupt();
    assert!(process.wait(LIMIT).is_some());
    let told = process.lines(Stream::Err).join("\n");
    let counts =
        ["in", "folded", "duplicate", "late", "refused", "incomplete"].map(|name| count(&told, name));
    assert_eq!(counts, [50, 45, 4, 0, 1, 2], "{told}");
    // an incomplete file is counted in the run, and not averaged
    let run = &search.runs()["1"];
    assert_eq!((run.running.files(), run.incomplete, run.pooled.count()), (2, 2, 24));
}
