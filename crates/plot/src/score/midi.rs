//! The score as a Standard MIDI File of format 1: a track with tempo, time signature, key and chords (as markers), and
//! a track with the melody. The tempo is constant, so every event is at its time in the recording; rests are gaps.

use super::Score;
use passband_dsp::music::{Key, Mode};

/// Ticks per quarter note.
const TICKS: u16 = 480;

/// An event with its tick.
type Event = (u32, Vec<u8>);

pub fn write(score: &Score) -> Vec<u8> {
    let music = &score.music;
    let signature = music.bars.as_ref().map_or((4, 4), |bars| bars.time_signature);
    // In 6/8 a beat is a dotted quarter.
    let quarters_a_beat = if signature.1 == 8 { 1.5 } else { 1.0 };
    let quarters = music.rhythm.tempo.map_or(120.0, |tempo| tempo.bpm * quarters_a_beat);
    let micros = (60e6 / quarters).round().clamp(1.0, 16_777_215.0);
    let tick = |seconds: f64| (seconds.max(0.0) * 1e6 / micros * f64::from(TICKS)).round() as u32;

    let mut score = vec![
        meta(0, 0x03, score.name.as_bytes()),
        meta(0, 0x51, &(micros as u32).to_be_bytes()[1..]),
        meta(0, 0x58, &[signature.0, signature.1.trailing_zeros() as u8, 24, 8]),
    ];
    score.extend(music.harmony.keys.first().map(|key| meta(0, 0x59, &signs(key))));
    let chords = music.harmony.chords.iter();
    score.extend(chords.map(|chord| meta(tick(chord.start_s), 0x06, chord.label().as_bytes())));

    let mut melody = vec![meta(0, 0x03, b"melody")];
    for note in &music.notes {
        let number = note.midi.round().clamp(0.0, 127.0) as u8;
        // From -60 dB to full scale.
        let velocity = (127.0 * (1.0 + note.level_db / 60.0)).clamp(1.0, 127.0) as u8;
        let (start, end) = (tick(note.start_s), tick(note.end_s));
        melody.push((start, vec![0x90, number, velocity]));
        melody.push((end.max(start + 1), vec![0x80, number, 64]));
    }
    let mut file = b"MThd\0\0\0\x06\0\x01\0\x02".to_vec();
    file.extend(TICKS.to_be_bytes());
    let end = tick(music.duration_s);
    track(score, end, &mut file);
    track(melody, end, &mut file);
    file
}

fn meta(tick: u32, kind: u8, bytes: &[u8]) -> Event {
    let mut event = vec![0xff, kind];
    variable(bytes.len() as u32, &mut event);
    event.extend(bytes);
    (tick, event)
}

/// Number of sharps, negative for flats, and whether the mode is minor.
fn signs(key: &Key) -> [u8; 2] {
    let minor = key.mode == Mode::Minor;
    let relative_major = key.tonic.semitones() + if minor { 3 } else { 0 };
    let fifths = (7 * relative_major % 12) as i8;
    let fifths = if fifths > 6 { fifths - 12 } else { fifths };
    [fifths.to_be_bytes()[0], u8::from(minor)]
}

/// A track: each event with the number of ticks since the previous one. At equal ticks, notes end before others begin.
fn track(mut events: Vec<Event>, end: u32, file: &mut Vec<u8>) {
    events.sort_by_key(|(tick, event)| (*tick, event[0] == 0x90));
    let end = events.last().map_or(end, |(last, _)| end.max(*last));
    events.push((end, vec![0xff, 0x2f, 0]));
    let (mut bytes, mut before) = (vec![], 0);
    for (tick, event) in events {
        variable(tick - before, &mut bytes);
        bytes.extend(event);
        before = tick;
    }
    file.extend(b"MTrk");
    file.extend((bytes.len() as u32).to_be_bytes());
    file.extend(bytes);
}

/// A variable-length quantity: groups of seven bits, the highest first.
fn variable(number: u32, out: &mut Vec<u8>) {
    // the maximum of the format: 2.5 days at 120 beats per minute
    let number = number.min(0x0fff_ffff);
    for shift in [21, 14, 7] {
        if number >> shift > 0 {
            out.push((number >> shift) as u8 & 0x7f | 0x80);
        }
    }
    out.push(number as u8 & 0x7f);
}
