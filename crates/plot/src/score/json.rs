//! The score as JSON: all results, times in seconds.

use super::{Part, Score};
use serde_json::{Value, json};

pub fn write(score: &Score) -> Vec<u8> {
    let music = &score.music;
    let key = |at: usize| music.harmony.keys.get(at);
    let part = |part: &Part<'_>| match part {
        Part::Rest { start_s, end_s } => json!({ "type": "rest", "onset": start_s, "end": end_s }),
        Part::Note(note) => json!({
            "type": "note", "onset": note.start_s, "end": note.end_s, "pitch": note.midi, "frequency": note.hz,
            "name": note.name(), "level": note.level_db, "confidence": note.confidence,
        }),
    };
    let chord = |chord: &passband_dsp::music::Chord| {
        json!({ "onset": chord.start_s, "end": chord.end_s, "label": chord.label(),
                "root": chord.root.map(|(root, _)| root.name()), "fit": chord.root.map(|_| chord.fit) })
    };
    let beat = |(time, place): (f64, Option<(usize, usize)>)| json!({ "time": time, "bar": place.map(|(bar, _)| bar), "position": place.map(|(_, position)| position) });
    let signature = music.bars.as_ref().map(|bars| bars.time_signature);
    let all = json!({
        "recording": score.name,
        "rate": score.rate_hz,
        "duration": music.duration_s,
        "tempo": music.rhythm.tempo.map(|tempo| tempo.bpm),
        "tempo_confidence": music.rhythm.tempo.map(|tempo| tempo.confidence),
        "time_signature": signature.map(|(beats, unit)| format!("{beats}/{unit}")),
        "key": key(0).map(ToString::to_string),
        "key_confidence": key(0).map(|key| key.confidence),
        "second_key": key(1).map(ToString::to_string),
        "tuning": music.harmony.tuning.map(|tuning| tuning.a4_hz),
        "melody": score.melody().iter().map(part).collect::<Vec<Value>>(),
        "chords": music.harmony.chords.iter().map(chord).collect::<Vec<Value>>(),
        "beats": score.beats().map(beat).collect::<Vec<Value>>(),
    });
    format!("{all:#}\n").into_bytes()
}
