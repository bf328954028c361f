//! The score in JAMS, the JSON Annotated Music Specification (Humphrey et al., ISMIR 2014): namespaces `beat`, `chord`,
//! `key_mode`, `note_midi` and `tempo`.

use super::{Part, Score};
use serde_json::{Value, json};

pub fn write(score: &Score) -> Vec<u8> {
    let music = &score.music;
    let whole = music.duration_s;
    let beats = score.beats().map(|(time, place)| item(time, 0.0, json!(place.map(|(_, at)| at)), None));
    let chords = music.harmony.chords.iter().map(|chord| {
        let fit = chord.root.map(|_| chord.fit);
        item(chord.start_s, chord.end_s - chord.start_s, json!(chord.label()), fit)
    });
    let melody = score.melody();
    let notes = melody.iter().filter_map(|part| match part {
        Part::Note(note) => {
            let length = note.end_s - note.start_s;
            Some(item(note.start_s, length, json!(note.midi), Some(note.confidence)))
        }
        Part::Rest { .. } => None,
    });
    let key = music.harmony.keys.first();
    let key = key.map(|key| item(0.0, whole, json!(key.to_string().replace(' ', ":")), Some(key.confidence)));
    let tempo = music.rhythm.tempo;
    let tempo = tempo.map(|tempo| item(0.0, whole, json!(tempo.bpm), Some(tempo.confidence)));
    let annotations = [
        annotation("beat", whole, beats.collect()),
        annotation("chord", whole, chords.collect()),
        annotation("key_mode", whole, key.into_iter().collect()),
        annotation("note_midi", whole, notes.collect()),
        annotation("tempo", whole, tempo.into_iter().collect()),
    ];
    let file = json!({
        "title": score.name, "artist": "", "release": "", "duration": whole, "identifiers": {}, "jams_version": "0.3.4",
    });
    let all = json!({ "file_metadata": file, "annotations": annotations, "sandbox": {} });
    format!("{all:#}\n").into_bytes()
}

fn item(time: f64, duration: f64, value: Value, confidence: Option<f64>) -> Value {
    json!({ "time": time, "duration": duration, "value": value, "confidence": confidence })
}

fn annotation(namespace: &str, duration: f64, data: Vec<Value>) -> Value {
    let about = json!({
        "annotation_tools": "passband", "version": env!("CARGO_PKG_VERSION"), "data_source": "program",
        "curator": { "name": "", "email": "" }, "annotator": {}, "corpus": "", "annotation_rules": "", "validation": "",
    });
    json!({
        "namespace": namespace, "annotation_metadata": about, "data": data, "sandbox": {}, "time": 0.0,
        "duration": duration,
    })
}
