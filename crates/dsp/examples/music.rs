//! Estimates of the music analyses, one line of JSON a WAV file (mono, 16 bits): `music FILE...`.
//!
//! `cpu_s` is the CPU time of the thread where Linux tells it, else left out.

use passband_dsp::music::{Rhythm, RhythmSettings};
use serde_json::{Value, json};

fn main() {
    for path in std::env::args().skip(1) {
        let start = cpu_s();
        let bytes = std::fs::read(&path).expect("a file that can be read");
        let (rate_hz, samples) = read_wav(&bytes);
        let mut out = json!({ "file": path });
        let mut add = |name: &str, value: Value| out[name] = value;
        let mut rhythm =
            Rhythm::new(rate_hz, &RhythmSettings::default()).expect("a rate that can be analysed");
        samples.chunks(4096).for_each(|block| rhythm.push(block));
        let result = rhythm.finish();
        if let Some(tempo) = result.tempo {
            add("bpm", json!(tempo.bpm));
            add("second_bpm", json!(tempo.second_bpm));
            add("confidence", json!(tempo.confidence));
        }
        add("beats", json!(result.beats));
        if let Some((start, end)) = start.zip(cpu_s()) {
            add("cpu_s", json!(end - start));
        }
        println!("{out}");
    }
}

/// CPU seconds that this thread has used.
fn cpu_s() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(stat.split(' ').next()?.parse::<f64>().ok()? / 1e9)
}

/// Sample rate and samples of a mono WAV file of 16 bits.
fn read_wav(bytes: &[u8]) -> (f64, Vec<f32>) {
    let (mut at, mut rate_hz) = (12, 44100.0);
    while let Some(head) = bytes.get(at..at + 8) {
        let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        let body = &bytes[at + 8..bytes.len().min(at + 8 + length)];
        match &head[..4] {
            b"fmt " => rate_hz = f64::from(u32::from_le_bytes([body[4], body[5], body[6], body[7]])),
            b"data" => {
                let samples = body.as_chunks::<2>().0;
                return (
                    rate_hz,
                    samples.iter().map(|x| f32::from(i16::from_le_bytes(*x)) / 32768.0).collect(),
                );
            }
            _ => {}
        }
        at += 8 + length + length % 2;
    }
    (rate_hz, vec![])
}
