//! Estimates of the music analyses, one line of JSON a WAV file (mono, 16 bits): `music [--pitch] FILE...`.
//!
//! Without an option rhythm, bars, harmony and structure; with `--pitch`, the pitch of one voice and its notes instead.
//! `cpu_s` is the CPU time of the thread where Linux tells it, else left out.

use passband_dsp::music::{
    MusicAnalyzer, NoteSettings, Notes, Pitch, PitchSettings, PitchTracker, Stage, StructureSettings, borders,
};
use serde_json::{Value, json};

fn main() {
    let (options, paths): (Vec<_>, Vec<_>) =
        std::env::args().skip(1).partition(|word| word.starts_with("--"));
    let voice = options.iter().any(|option| option == "--pitch");
    for path in paths {
        let start = cpu_s();
        let bytes = std::fs::read(&path).expect("a file that can be read");
        let (rate_hz, samples) = read_wav(&bytes);
        let mut out =
            if voice { pitch_and_notes(rate_hz, &samples) } else { rhythm_and_harmony(rate_hz, &samples) };
        out["file"] = json!(path);
        out["seconds"] = json!(samples.len() as f64 / rate_hz);
        if let Some((start, end)) = start.zip(cpu_s()) {
            out["cpu_s"] = json!(end - start);
        }
        println!("{out}");
    }
}

fn rhythm_and_harmony(rate_hz: f64, samples: &[f32]) -> Value {
    let mut analyzer =
        MusicAnalyzer::new(rate_hz, &[Stage::Rhythm, Stage::Harmony]).expect("a rate that can be analysed");
    samples.chunks(4096).for_each(|block| analyzer.push(block));
    let music = analyzer.finish();
    let chord = |chord: &passband_dsp::music::Chord| json!([chord.start_s, chord.end_s, chord.label()]);
    json!({
        "bpm": music.rhythm.tempo.map(|tempo| tempo.bpm),
        "second_bpm": music.rhythm.tempo.map(|tempo| tempo.second_bpm),
        "beats": music.rhythm.beats,
        "key": music.harmony.keys.first().map(ToString::to_string),
        "chords": music.harmony.chords.iter().map(chord).collect::<Vec<_>>(),
        "meter": music.bars.as_ref().map(|bars| format!("{}/{}", bars.time_signature.0, bars.time_signature.1)),
        "downbeats": music.bars.map(|bars| bars.downbeats),
        "borders": borders(&music.harmony.chroma_by_second, &StructureSettings::default()),
    })
}

/// `[time, Hz or null]` by frame, and `[start, end, Hz]` by note.
fn pitch_and_notes(rate_hz: f64, samples: &[f32]) -> Value {
    let settings = PitchSettings::default();
    let mut tracker = PitchTracker::new(rate_hz, &settings).expect("a rate that can be analysed");
    let mut notes = Notes::new(settings.hop_s, &NoteSettings::default());
    let (mut frames, mut found) = (vec![], vec![]);
    let mut each = |pitch: Pitch| {
        frames.push(json!([pitch.time_s, pitch.hz]));
        notes.push(pitch, |note| found.push(json!([note.start_s, note.end_s, note.hz])));
    };
    samples.chunks(4096).for_each(|block| tracker.push(block, &mut each));
    tracker.finish(&mut each);
    notes.finish(|note| found.push(json!([note.start_s, note.end_s, note.hz])));
    json!({ "pitch": frames, "notes": found })
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
