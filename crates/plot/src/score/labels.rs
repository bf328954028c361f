//! Text formats with one event per line: times in seconds, separated by tabs.

use super::{Part, Score};
use std::fmt::Write;

/// Chords as `.lab`: start, end, label in Harte notation.
pub fn chords(score: &Score) -> Vec<u8> {
    let line = |chord: &passband_dsp::music::Chord| {
        format!("{:.6}\t{:.6}\t{}\n", chord.start_s, chord.end_s, chord.label())
    };
    score.music.harmony.chords.iter().map(line).collect::<String>().into_bytes()
}

/// Beats: time, and the position in the bar if there are bars.
pub fn beats(score: &Score) -> Vec<u8> {
    let line = |(time, place): (f64, Option<(usize, usize)>)| match place {
        Some((_, position)) => format!("{time:.6}\t{position}\n"),
        None => format!("{time:.6}\n"),
    };
    score.beats().map(line).collect::<String>().into_bytes()
}

/// A label track of Audacity: notes and rests, chords, and beats as bar.position, in order of time.
pub fn audacity(score: &Score) -> Vec<u8> {
    let part = |part: Part<'_>| match part {
        Part::Note(note) => (note.start_s, note.end_s, note.name()),
        Part::Rest { start_s, end_s } => (start_s, end_s, "rest".into()),
    };
    let mut labels: Vec<(f64, f64, String)> = score.melody().into_iter().map(part).collect();
    labels.extend(score.music.harmony.chords.iter().map(|chord| (chord.start_s, chord.end_s, chord.label())));
    labels.extend(score.beats().map(|(time, place)| {
        (time, time, place.map_or("beat".into(), |(bar, position)| format!("{bar}.{position}")))
    }));
    labels.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut text = String::new();
    for (start, end, label) in labels {
        let _ = writeln!(text, "{start:.6}\t{end:.6}\t{label}");
    }
    text.into_bytes()
}
