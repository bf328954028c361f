//! Sound through the complete chain, or from a file, in a real browser.

use crate::files::tone;
use crate::passband::{command, pipeline, run, start};
use crate::topic::wait_for;
use passband_testbed::{Chromium, Kafka, Process, SoundServer, Stream, unique};
use serde_json::Value;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_secs(60);
/// Frequency resolution in Hz per bin.
const BIN: f64 = 44_100.0 / 8192.0;
/// Channel and frequency of the tones of [`tone`], at half of full scale.
const TONES: [(u64, f64); 2] = [(0, 440.0), (1, 1000.0)];

/// The address of the page of a process.
fn page_of(process: &Process) -> String {
    let line = process.wait_line("page at ", LIMIT);
    line.trim_start_matches("page at ").to_owned()
}

fn said(process: &Process) -> String {
    process.lines(Stream::Err).join("\n")
}

/// One second of the two tones, which can be repeated without a discontinuity.
fn wav(folder: &tempfile::TempDir, seconds: u32) -> PathBuf {
    let path = folder.path().join("tones.wav");
    std::fs::write(&path, tone(44_100, 2, seconds * 44_100)).unwrap();
    path
}

/// The two lines as reported by the page, each in its own channel only.
fn expect_tones(page: &Chromium) {
    let loud = "passband.peaks().filter((p) => p.level > -40)";
    page.wait_for(&format!("{loud}.length === 2"), LIMIT);
    let peaks: Vec<Value> = page.eval(loud);
    for (channel, frequency) in TONES {
        let own: Vec<&Value> = peaks.iter().filter(|peak| peak["channel"] == channel).collect();
        assert_eq!(own.len(), 1, "one line in channel {channel}: {peaks:?}");
        let [at, level] = ["frequency", "level"].map(|key| own[0][key].as_f64().unwrap());
        assert!((at - frequency).abs() < BIN, "{frequency} Hz: {peaks:?}");
        assert!((level + 6.0206).abs() < 0.1, "{frequency} Hz: {peaks:?}");
    }
    // the line of the other channel is far lower, at the level of the side lobes of the flat top
    let csv: String = page.eval("passband.csv()");
    for (channel, frequency) in TONES {
        let row = 1 + (frequency / BIN).round() as usize;
        let row: Vec<f64> =
            csv.lines().nth(row).unwrap().split(',').take(3).map(|v| v.parse().unwrap()).collect();
        let (own, other) = (row[1 + channel as usize], row[2 - channel as usize]);
        assert!((own + 6.0206).abs() < 0.1 && other < -70.0, "{frequency} Hz: {row:?}");
    }
}

/// The answer of the page's server to a program.
fn get(page: &str, path: &str) -> String {
    let host = page.trim_start_matches("http://").split('/').next().unwrap();
    let mut socket = std::net::TcpStream::connect(host).expect("the server listens");
    write!(socket, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).expect("an answer in UTF-8");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    answer
}

/// A counter from the Prometheus endpoint.
fn metric(metrics: &str, name: &str) -> f64 {
    let line = metrics.lines().find(|line| line.starts_with(name));
    let line = line.unwrap_or_else(|| panic!("no {name} in {metrics}"));
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

#[test]
fn loopback_sound_reaches_the_browser_over_kafka() {
    let Some(kafka) = Kafka::shared() else { return };
    let Some(sound) = SoundServer::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let _player = sound.play(wav(&folder, 1));

    let brokers = kafka.bootstrap();
    let [samples, spectra, group] = ["samples", "spectra", "group"].map(unique);
    let set = |more: &[(&'static str, &str)]| {
        let common = [("KAFKA_BROKERS", brokers), ("SAMPLES", &samples), ("SPECTRA", &spectra)];
        let all = common.into_iter().chain(more.iter().copied());
        all.map(|(name, value)| (name, value.to_owned())).collect::<Vec<_>>()
    };
    let begin = |name: &str, more: &[(&'static str, &str)]| {
        let set = set(more);
        let set: Vec<_> = set.iter().map(|(name, value)| (*name, value.as_str())).collect();
        start(&["run", &pipeline(name)], &set)
    };
    let sampler = begin("spectrum-sampler.toml", &[("PULSE_SERVER", sound.server())]);
    wait_for(brokers, &samples, LIMIT);
    let fft =
        begin("spectrum-fft.toml", &[("GROUP", &group), ("TAPER", "flat_top"), ("DELIVERY", "exactly_once")]);
    wait_for(brokers, &spectra, LIMIT);
    let mut plot = begin("spectrum-plot.toml", &[("LISTEN", "127.0.0.1:0")]);
    let url = page_of(&plot);

    let Some(page) = Chromium::open(&url) else { return };
    page.wait_for("window.passband?.state().history > 40", LIMIT);
    // the recording may begin before the player: once the tones fill the window, they remain
    expect_tones(&page);
    assert!(said(&sampler).contains("recording speakers.monitor at 44.1 kHz"), "{}", said(&sampler));

    // counters are sent once per second: wait for counters from a time with sufficient data
    let much = "passband.state().counters.find((c) => c.name === 'passband_in_total')?.value > 40";
    page.wait_for(much, LIMIT);
    let counters: Vec<Value> = page.eval("passband.state().counters");
    let shown = |name: &str| {
        let found = counters.iter().find(|c| c["name"] == name);
        found.unwrap_or_else(|| panic!("no {name}: {counters:?}"))["value"].as_f64().unwrap()
    };
    // on a loaded machine, the sound server may lose samples: only then does the sampler report it
    let lost = || said(&sampler).matches("the sound server lost").count() as f64;
    assert!(shown("passband_gaps_total") <= lost(), "{counters:?} {}", said(&sampler));
    assert_eq!(shown("passband_lost_samples_total"), 0.0, "samples are counted where samples are read");
    assert_eq!(shown("passband_refused_total"), 0.0);
    let metrics = get(&url, "/metrics");
    assert!(metric(&metrics, "passband_gaps_total{pipeline=\"spectrum-plot\"}") <= lost());
    assert!(metric(&metrics, "passband_out_total{pipeline=\"spectrum-plot\"}") > 40.0);
    let strip = "document.querySelector('#status-bar [data-key=gaps] dd').textContent";
    let counted = "String(passband.state().counters.find((c) => c.name === 'passband_gaps_total').value)";
    page.wait_for(&format!("{strip} === {counted}"), LIMIT);

    // the page reconnects by itself
    plot.kill();
    page.wait_for("!passband.state().connected", LIMIT);
    let before: u64 = page.eval("passband.state().pictures");
    let address = url.trim_start_matches("http://").trim_end_matches('/').to_owned();
    let plot = begin("spectrum-plot.toml", &[("LISTEN", &address)]);
    assert_eq!(page_of(&plot), url);
    page.wait_for(&format!("passband.state().connected && passband.state().pictures > {before} + 40"), LIMIT);
    expect_tones(&page);

    for mut process in [sampler, fft, plot] {
        process.interrupt();
        let code = process.wait(LIMIT).and_then(|status| status.code());
        assert_eq!(code, Some(0), "{}", said(&process));
    }
}

#[test]
fn the_demo_moves_in_the_browser_and_stops_on_ctrl_c() {
    let mut demo = start(&["demo", "--no-open", "--listen", "127.0.0.1:0"], &[]);
    let Some(page) = Chromium::open(&page_of(&demo)) else { return };
    page.wait_for("window.passband?.state().history > 40", LIMIT);
    let first: Value = page.eval("passband.state()");
    assert_eq!(first["panels"][0]["channels"], serde_json::json!(["left", "right"]));
    page.wait_for("passband.peaks().some((p) => p.channel === 0 && p.level > -60)", LIMIT);
    page.wait_for("passband.peaks().some((p) => p.channel === 1 && p.level > -60)", LIMIT);
    let came = first["pictures"].as_u64().unwrap();
    page.wait_for(&format!("passband.state().pictures > {came} + 60"), LIMIT);
    // the right channel is a sweep: its strongest line moves
    let line =
        "passband.peaks().filter((p) => p.channel === 1).sort((a, b) => b.level - a.level)[0]?.frequency";
    let at: f64 = page.eval(&format!("{line} ?? 0"));
    page.wait_for(&format!("Math.abs({line} / {at} - 1) > 0.2"), LIMIT);
    demo.interrupt();
    assert_eq!(demo.wait(LIMIT).and_then(|status| status.code()), Some(0), "{}", said(&demo));
    assert!(said(&demo).contains("results"), "{}", said(&demo));
    page.wait_for("!passband.state().connected", LIMIT);
}

#[test]
fn a_recording_is_shown_at_its_own_pace() {
    let folder = tempfile::tempdir().unwrap();
    let file = wav(&folder, 16).display().to_string();
    let began = Instant::now();
    let arguments = ["live", &file, "--taper", "flat_top", "--no-open", "--listen", "127.0.0.1:0"];
    let mut live = start(&arguments, &[]);
    let Some(page) = Chromium::open(&page_of(&live)) else { return };
    page.wait_for("window.passband?.state().history > 10", LIMIT);
    expect_tones(&page);
    // the page remains after the end, also for browsers that connect later
    live.wait_line("the source has ended", LIMIT);
    assert!(
        began.elapsed() >= Duration::from_secs(16),
        "a recording of 16 s lasts 16 s: {:?}",
        began.elapsed()
    );
    page.goto(&page_of(&live));
    page.wait_for("window.passband?.peaks().length > 1", LIMIT);
    live.interrupt();
    assert!(live.wait(LIMIT).is_some_and(|status| status.success()), "{}", said(&live));
    // the last picture remains as well
    page.wait_for("!passband.state().connected", LIMIT);
    expect_tones(&page);
}

#[test]
fn devices_are_listed_and_unknown_ones_refused() {
    let Some(sound) = SoundServer::start() else { return };
    let set = [("PULSE_SERVER", sound.server())];
    let listed = run(&["devices", "--json"], &set);
    assert!(listed.status.success());
    let listed: Vec<Value> = serde_json::from_slice(&listed.stdout).unwrap();
    let device =
        |name: &str| listed.iter().find(|d| d["name"] == name).unwrap_or_else(|| panic!("{listed:?}"));
    let speakers = device("speakers.monitor");
    assert_eq!(
        [&speakers["kind"], &speakers["rate"], &speakers["channels"], &speakers["default"]],
        ["loopback".into(), Value::from(44_100.0), 2.into(), true.into()].each_ref()
    );
    assert_eq!(device("microphone")["kind"], "microphone");

    let refused = run(&["live", "--device", "nonsense", "--no-open", "--listen", "127.0.0.1:0"], &set);
    let told = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(1), "{told}");
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines.len(), 4, "{told}");
    assert_eq!(lines[0], "error: there is no sound device 'nonsense'");
    for (line, start) in lines[1..].iter().zip(["  at: ", "  why: ", "  do: "]) {
        assert!(line.starts_with(start), "{told}");
    }
    assert!(lines[2].contains("speakers.monitor") && lines[2].contains("microphone"), "{told}");

    let nowhere =
        command(&["live", "--no-open"], &[("PULSE_SERVER", "unix:/no/such/socket")]).output().unwrap();
    let told = String::from_utf8_lossy(&nowhere.stderr);
    assert_eq!(nowhere.status.code(), Some(1), "{told}");
    assert!(told.contains("there is no sound server") && told.contains("/no/such/socket"), "{told}");
}
