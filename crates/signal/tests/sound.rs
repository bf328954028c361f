//! Recording from a real sound server: PulseAudio with a null sink.
//!
//! The address of a server is an environment variable, which cannot be set for a single test of a process. Therefore
//! each test starts its server, and then runs itself in a separate process with this variable.
#![cfg(all(target_os = "linux", not(feature = "cpal")))]

mod wav;

use passband_signal::sound::{Capture, CaptureOptions, DeviceChoice, DeviceKind, devices};
use passband_signal::{Hertz, now};
use passband_testbed::{Process, SoundServer};
use std::f64::consts::TAU;
use std::process::Command;
use std::time::Duration;

const INSIDE: &str = "PASSBAND_SOUND_TEST";
const LIMIT: Duration = Duration::from_secs(60);

/// Whether this is the inner process; the outer one starts it, and runs `script` on the server meanwhile.
fn inside(test: &str, script: impl FnOnce(&mut SoundServer, &Process)) -> bool {
    if std::env::var_os(INSIDE).is_some() {
        return true;
    }
    let Some(mut server) = SoundServer::start() else { return false };
    let folder = tempfile::tempdir().unwrap();
    let tones = folder.path().join("tones.wav");
    let tone =
        |hertz: f64| (0..44_100).map(move |i| (0.5 * (TAU * hertz * f64::from(i) / 44_100.0).sin()) as f32);
    let signal = [tone(440.0).collect(), tone(1000.0).collect()];
    std::fs::write(&tones, wav::wav(wav::Format::Float, 44_100, &signal)).unwrap();
    let _player = server.play(&tones);
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]).env(INSIDE, "1").env("PULSE_SERVER", server.server());
    let mut process = Process::start(&mut command);
    script(&mut server, &process);
    let status = process.wait(LIMIT).expect("the inner test ends");
    let said = [process.lines(passband_testbed::Stream::Out), process.lines(passband_testbed::Stream::Err)];
    println!("{}", said.concat().join("\n"));
    assert!(status.success());
    false
}

/// Amplitude of a tone in a signal of a whole number of its periods.
fn amplitude(signal: &[f32], hertz: f64, rate: f64) -> f64 {
    let (mut re, mut im) = (0.0, 0.0);
    for (i, x) in signal.iter().enumerate() {
        let (sin, cos) = (TAU * hertz * i as f64 / rate).sin_cos();
        (re, im) = (re + f64::from(*x) * cos, im + f64::from(*x) * sin);
    }
    2.0 * re.hypot(im) / signal.len() as f64
}

#[test]
fn hears_what_the_speakers_play() {
    if !inside("hears_what_the_speakers_play", |_, _| {}) {
        return;
    }
    let mut capture = Capture::open(&CaptureOptions::default()).unwrap();
    assert_eq!(capture.device().name, "speakers.monitor");
    assert_eq!((capture.spec().rate, capture.spec().channels), (Hertz(44_100.0), 2));
    let (mut left, mut right, mut block) = (Vec::new(), Vec::new(), Vec::new());
    let (mut times, mut delays) = (Vec::new(), Vec::new());
    while left.len() < 44_100 {
        let captured = capture.read(&mut block, LIMIT).unwrap().expect("sound");
        assert_eq!((captured.frames, captured.lost, block.len()), (256, 0, 512));
        // the player may begin after the recording
        if left.is_empty() && block.iter().all(|x| x.abs() < 0.1) {
            continue;
        }
        if left.is_empty() {
            times.clear();
        }
        times.push(captured.time);
        delays.push(now() - captured.time);
        left.extend(block.iter().step_by(2));
        right.extend(block.iter().skip(1).step_by(2));
    }
    delays.sort_unstable();
    println!(
        "from a block's first sample to its arrival: p50 {} µs, p99 {} µs",
        delays[delays.len() / 2],
        delays[delays.len() * 99 / 100]
    );
    // a second whose first block may contain silence: measured from the second block on
    let second = |signal: &[f32]| signal[256..256 + 33_075].to_vec();
    let (left, right) = (second(&left), second(&right));
    for (channel, own, other) in [(&left, 440.0, 1000.0), (&right, 1000.0, 440.0)] {
        let decibel = 20.0 * amplitude(channel, own, 44_100.0).log10();
        assert!((decibel + 6.0206).abs() < 0.01, "{own} Hz at {decibel} dBFS");
        assert!(amplitude(channel, other, 44_100.0) < 1e-3);
    }
    // blocks of 5.8 ms, each starting at the time at which the previous one ended
    for pair in times.windows(2) {
        assert!((pair[1] - pair[0] - 5805).abs() < 3000, "{pair:?}");
    }
    assert!((now() - times[times.len() - 1]).abs() < 2_000_000);
}

#[test]
fn lists_and_names_devices() {
    if !inside("lists_and_names_devices", |_, _| {}) {
        return;
    }
    let listed = devices().unwrap();
    let find = |name: &str| listed.iter().find(|device| device.name == name).unwrap();
    let (monitor, microphone) = (find("speakers.monitor"), find("microphone"));
    assert_eq!((monitor.kind, monitor.default, monitor.channels), (DeviceKind::Monitor, true, 2));
    assert_eq!((microphone.kind, microphone.default), (DeviceKind::Microphone, true));

    let options = CaptureOptions {
        device: DeviceChoice::Microphone,
        rate: Some(Hertz(48_000.0)),
        channels: Some(1),
        frames_per_block: 480,
    };
    let mut capture = Capture::open(&options).unwrap();
    assert_eq!((capture.spec().rate, capture.spec().channels), (Hertz(48_000.0), 1));
    let (mut signal, mut block) = (Vec::new(), Vec::new());
    while signal.len() < 2 * 48_000 {
        capture.read(&mut block, LIMIT).unwrap().expect("sound");
        signal.extend_from_slice(&block);
    }
    // the sine of 250 Hz from the server's microphone
    let own = amplitude(&signal[48_000..96_000], 250.0, 48_000.0);
    assert!(own > 0.01 && amplitude(&signal[48_000..96_000], 300.0, 48_000.0) < own / 100.0, "{own}");

    let named = CaptureOptions { device: DeviceChoice::Named("trumpet".into()), ..CaptureOptions::default() };
    let fault = Capture::open(&named).err().unwrap().to_string();
    assert!(fault.contains("'trumpet'") && fault.contains("speakers.monitor, microphone"), "{fault}");
    let many = CaptureOptions { channels: Some(99), ..CaptureOptions::default() };
    assert!(Capture::open(&many).err().unwrap().what().contains("99 channels"));
}

#[test]
fn tells_when_the_server_goes() {
    let script = |server: &mut SoundServer, process: &Process| {
        process.wait_line("recording", LIMIT);
        server.kill();
    };
    if !inside("tells_when_the_server_goes", script) {
        return;
    }
    let mut capture = Capture::open(&CaptureOptions::default()).unwrap();
    let mut block = Vec::new();
    capture.read(&mut block, LIMIT).unwrap().expect("sound");
    println!("recording");
    let fault = loop {
        match capture.read(&mut block, LIMIT) {
            Ok(captured) => assert!(captured.is_some(), "waits for ever"),
            Err(fault) => break fault,
        }
    };
    assert!(fault.what().contains("has disappeared"), "{fault}");
    // a process that is ending may still accept connections for a moment, and close them
    let end = std::time::Instant::now() + LIMIT;
    while !Capture::open(&CaptureOptions::default()).err().unwrap().what().contains("no sound server") {
        assert!(std::time::Instant::now() < end, "it is never said that the server is not there");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn counts_what_was_lost_while_the_device_slept() {
    let script = |server: &mut SoundServer, process: &Process| {
        process.wait_line("recording", LIMIT);
        assert!(server.pactl(&["suspend-sink", "speakers", "1"]));
        std::thread::sleep(Duration::from_millis(1500));
        assert!(server.pactl(&["suspend-sink", "speakers", "0"]));
    };
    if !inside("counts_what_was_lost_while_the_device_slept", script) {
        return;
    }
    let mut capture = Capture::open(&CaptureOptions::default()).unwrap();
    let mut block = Vec::new();
    let first = capture.read(&mut block, LIMIT).unwrap().expect("sound");
    println!("recording");
    let (mut frames, mut lost, mut last) = (first.frames as u64, 0, first);
    // until the gap has been detected and the clock has continued
    while lost == 0 || frames < 2 * 44_100 {
        last = capture.read(&mut block, LIMIT).unwrap().expect("sound");
        frames += last.frames as u64;
        lost += last.lost;
    }
    assert!(lost > 44_100, "{lost}");
    // the returned and the lost samples together correspond to the elapsed time
    let passed = (last.time - first.time) as f64 * 1e-6 * 44_100.0;
    let counted = (frames + lost - last.frames as u64) as f64;
    assert!((passed - counted).abs() < 0.05 * 44_100.0, "{passed} passed, {counted} counted");
}
