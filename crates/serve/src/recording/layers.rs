//! The layers of a recording's page, as JSON.

use super::Whole;
use super::raster::RASTERS;
use passband_dsp::music::{Chord, LocalKey, Note, StructureSettings, borders, tempo_curve};
use passband_plot::columns::Columns;
use passband_plot::measure::MOST_COLUMNS;
use serde_json::{Value, json};

/// Beats, chords, notes, key, waveform and onset strength of a recording.
pub fn layers(whole: &Whole) -> Value {
    let (music, duration) = (whole.music(), whole.duration());
    let tempo = music.rhythm.tempo;
    let key = |at: usize| music.harmony.keys.get(at);
    let bars = music.bars.as_ref();
    let pattern = music.bar_pattern.as_ref();
    let sections = borders(&music.harmony.chroma_by_second, &StructureSettings::default());
    let curve = tempo_curve(&music.rhythm.beats).map(|curve| curve.points).unwrap_or_default();
    let keys =
        music.harmony.keys.iter().map(|key| json!({ "key": key.to_string(), "confidence": key.confidence }));
    json!({
        "duration": duration,
        "sample_rate": whole.measured.spec.rate.0,
        "tempo": tempo.map(|tempo| tempo.bpm),
        "tempo_confidence": tempo.map(|tempo| tempo.confidence),
        "second_tempo": tempo.map(|tempo| tempo.second_bpm),
        "key": key(0).map(ToString::to_string),
        "key_confidence": key(0).map(|key| key.confidence),
        "keys": keys.collect::<Vec<_>>(),
        "time_signature": bars.map(|bars| format!("{}/{}", bars.time_signature.0, bars.time_signature.1)),
        "tuning": music.harmony.tuning.map(|tuning| tuning.a4_hz),
        "beats": music.rhythm.beats,
        "downbeats": bars.map(|bars| bars.downbeats.clone()).unwrap_or_default(),
        "onsets": music.rhythm.onsets,
        "tempo_curve": {
            "times": curve.iter().map(|point| point.0).collect::<Vec<_>>(),
            "tempi": curve.iter().map(|point| point.1).collect::<Vec<_>>(),
        },
        "bar_pattern": pattern.map(|pattern| pattern.all.clone()).unwrap_or_default(),
        "bar_pattern_low": pattern.map(|pattern| pattern.low.clone()).unwrap_or_default(),
        "chords": music.harmony.chords.iter().map(chord).collect::<Vec<_>>(),
        "local_keys": music.harmony.local_keys.iter().map(local_key).collect::<Vec<_>>(),
        "notes": music.notes.iter().map(note).collect::<Vec<_>>(),
        "sections": sections,
        "waveform": waveform(whole, duration),
        "onset_strength": onset_strength(&whole.measured.rows.onsets, whole.measured.rows.frame_s, duration),
        "rasters": RASTERS,
    })
}

fn chord(chord: &Chord) -> Value {
    let root = chord.root.map(|(root, _)| root.semitones());
    let confidence = chord.root.map(|_| chord.fit);
    json!({
        "start": chord.start_s, "end": chord.end_s, "label": chord.label(), "root": root,
        "confidence": confidence,
    })
}

fn local_key(local: &LocalKey) -> Value {
    json!({ "start": local.start_s, "end": local.end_s, "key": local.key.to_string() })
}

fn note(note: &Note) -> Value {
    json!({
        "start": note.start_s, "end": note.end_s, "pitch": note.midi, "frequency": note.hz,
        "name": note.name(), "level": note.level_db, "confidence": note.confidence,
    })
}

/// The lowest and the highest sample of each column, from -1 to 1, or beyond if the recording is clipped.
pub fn waveform(whole: &Whole, duration: f64) -> Value {
    let count = (whole.wave.frames() as usize).clamp(1, MOST_COLUMNS);
    let values = whole.wave.spans(whole.wave_s, duration, count, 0.0);
    let rounded = |value: f32| (f64::from(value) * 1e4).round() / 1e4;
    let low: Vec<f64> = values.iter().step_by(2).map(|value| -rounded(*value)).collect();
    let high: Vec<f64> = values.iter().skip(1).step_by(2).map(|value| rounded(*value)).collect();
    json!({ "columns": count, "seconds_per_column": duration / count as f64, "low": low, "high": high })
}

fn onset_strength(onsets: &Columns, frame_s: f64, duration: f64) -> Value {
    let count = (onsets.frames() as usize).clamp(1, MOST_COLUMNS);
    let values = onsets.spans(frame_s, duration, count, 0.0);
    let rounded: Vec<f64> = values.iter().map(|value| (f64::from(*value) * 1e3).round() / 1e3).collect();
    json!({ "seconds_per_column": duration / count as f64, "values": rounded })
}
