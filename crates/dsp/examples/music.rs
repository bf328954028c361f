//! Estimates of the music analyses, one line of JSON a WAV file (mono, 16 bits): `music [--pitch] FILE...`.
//!
//! With `--pitch`, the pitch of one voice and its notes too.
//!
//! `cpu_s` is the CPU time of the thread where Linux tells it, else left out.

use passband_dsp::music::{
    BarSettings, Harmony, HarmonySettings, NoteSettings, Notes, PitchSettings, PitchTracker, Rhythm,
    RhythmSettings, bar_pattern, bars, tempo_curve,
};
use serde_json::{Value, json};

fn main() {
    let (options, paths): (Vec<_>, Vec<_>) =
        std::env::args().skip(1).partition(|word| word.starts_with("--"));
    for path in paths {
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
        let mut harmony =
            Harmony::new(rate_hz, &HarmonySettings::default()).expect("a rate that can be analysed");
        samples.chunks(4096).for_each(|block| harmony.push(block));
        let found = harmony.finish(&result.beats);
        if let Some(key) = found.keys.first() {
            add("key", json!(key.to_string()));
        }
        let chords = found.chords.iter().map(|chord| json!([chord.start_s, chord.end_s, chord.label()]));
        add("chords", chords.collect());
        if let Some(tempo) = result.tempo
            && let Some(found) =
                bars(&result.envelope, &result.beats, &found.chords, &tempo.meter, &BarSettings::default())
        {
            add("meter", json!(format!("{}/{}", found.time_signature.0, found.time_signature.1)));
            let pattern = bar_pattern(&result.envelope, &found.downbeats, found.beats_per_bar);
            add("pattern", json!(pattern.map(|pattern| pattern.all)));
            add("downbeats", json!(found.downbeats));
        }
        add("stability", json!(tempo_curve(&result.beats).map(|curve| curve.stability)));
        if options.iter().any(|option| option == "--pitch") {
            let start = cpu_s();
            let (pitch, notes) = pitch_and_notes(rate_hz, &samples);
            add("pitch", pitch);
            add("notes", notes);
            if let Some((start, end)) = start.zip(cpu_s()) {
                add("cpu_pitch", json!(end - start));
            }
        }
        if let Some((start, end)) = start.zip(cpu_s()) {
            add("cpu_s", json!(end - start));
        }
        println!("{out}");
    }
}

/// `[time, Hz or null]` by frame, and `[start, end, Hz]` by note.
fn pitch_and_notes(rate_hz: f64, samples: &[f32]) -> (Value, Value) {
    let settings = PitchSettings::default();
    let mut tracker = PitchTracker::new(rate_hz, &settings).expect("a rate that can be analysed");
    let mut notes = Notes::new(settings.hop_s, &NoteSettings::default());
    let (mut frames, mut found) = (vec![], vec![]);
    let mut each = |pitch: passband_dsp::music::Pitch| {
        frames.push(json!([pitch.time_s, pitch.hz]));
        notes.push(pitch, |note| found.push(json!([note.start_s, note.end_s, note.hz])));
    };
    samples.chunks(4096).for_each(|block| tracker.push(block, &mut each));
    tracker.finish(&mut each);
    notes.finish(|note| found.push(json!([note.start_s, note.end_s, note.hz])));
    (frames.into(), found.into())
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
