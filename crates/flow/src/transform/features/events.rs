//! Events of a recording as records: its beats, the notes of its melody, its chords.

use super::Over;
use crate::data::{Data, Kind};
use passband_dsp::music::{MusicResult, Stage, tempo_curve};
use passband_signal::Result;

crate::record! {
    /// A beat of a recording. The message key is the name of the stream.
    pub struct BeatEvent("beats", "Beat", streams) {
        /// Names the recording, as in Samples; in a folder, by its number.
        recording: i64 as name,
        /// The number of the beat in the recording, from 0 on.
        beat: u64 as name,
        /// Time of the beat; for a recording without a date, counted from 1970.
        time: i64 as time,
        /// Time of the beat, from the start of the recording.
        start: f64 as unit "s",
        /// The bar, counted from 1; beats before the first downbeat are in bar 0. Null with fewer than four beats.
        bar: Option<u64>,
        /// The position in the bar: 1 is the downbeat.
        position: Option<u64>,
        /// Tempo at the beat: the median of the five nearest intervals; null for the last beat.
        tempo: Option<f64> as unit "1/min",
        /// The chord at the beat, such as C:maj; N if there is none.
        chord: Option<String>,
    }
}

crate::record! {
    /// A note of the melody of a recording in which one voice sounds. The message key is the name of the stream.
    pub struct NoteEvent("notes", "Note", streams) {
        /// Names the recording, as in Samples; in a folder, by its number.
        recording: i64 as name,
        /// The number of the note in the recording, from 0 on.
        note: u64 as name,
        /// Start of the note; for a recording without a date, counted from 1970.
        time: i64 as time,
        /// Start, from the start of the recording. The time between the end of a note and the next start is a rest.
        start: f64 as unit "s",
        /// End, from the start of the recording.
        end: f64 as unit "s",
        /// Median pitch as a MIDI number with cents as the fraction; A4 at 440 Hz is 69.
        pitch: f64,
        /// Median pitch.
        frequency: f64 as unit "Hz",
        /// The nearest note of the scale, such as F#4.
        name: String,
        /// Highest level (RMS), relative to full scale.
        level: f64 as unit "dB",
        /// Mean probability of voicing.
        confidence: f64,
    }
}

crate::record! {
    /// A chord of a recording. The message key is the name of the stream.
    pub struct ChordEvent("chords", "Chord", streams) {
        /// Names the recording, as in Samples; in a folder, by its number.
        recording: i64 as name,
        /// The number of the chord in the recording, from 0 on.
        chord: u64 as name,
        /// Start of the chord; for a recording without a date, counted from 1970.
        time: i64 as time,
        /// Start, from the start of the recording.
        start: f64 as unit "s",
        /// End, from the start of the recording.
        end: f64 as unit "s",
        /// The chord in the notation of Harte et al., such as C:maj; N if there is none.
        label: String,
        /// Root of the chord, C to B with sharps; null if there is no chord.
        root: Option<String>,
        /// Quality of the chord: maj, min, 7, dim or aug; null if there is no chord.
        quality: Option<String>,
        /// Fit to the sound: mean cosine of the angle between the notes of the chord and the chroma, plus a share for
        /// the bass.
        fit: Option<f64>,
    }
}

impl Over {
    /// The kind of its records, and the stages they need, if they are events.
    pub fn events(self) -> Option<(Kind, &'static [Stage])> {
        match self {
            Over::Frame | Over::Recording => None,
            Over::Beat => Some((BeatEvent::KIND, &[Stage::Rhythm, Stage::Harmony])),
            Over::Note => Some((NoteEvent::KIND, &[Stage::Melody])),
            Over::Chord => Some((ChordEvent::KIND, &[Stage::Rhythm, Stage::Harmony])),
        }
    }

    /// Emits the events of a recording in order of time. `time` converts seconds from its start to event time.
    pub fn give(
        self,
        music: &MusicResult,
        recording: i64,
        time: impl Fn(f64) -> i64,
        give: &mut dyn FnMut(Data) -> Result<()>,
    ) -> Result<()> {
        match self {
            Over::Frame | Over::Recording => Ok(()),
            Over::Beat => beats(music, recording, time).into_iter().map(Data::row).try_for_each(give),
            Over::Note => notes(music, recording, time).map(Data::row).try_for_each(give),
            Over::Chord => chords(music, recording, time).map(Data::row).try_for_each(give),
        }
    }
}

fn beats(music: &MusicResult, recording: i64, time: impl Fn(f64) -> i64) -> Vec<BeatEvent> {
    let beats = &music.rhythm.beats;
    let places = music.bars.as_ref().map(|bars| bars.positions(beats));
    let tempi = tempo_curve(beats).map(|curve| curve.points).unwrap_or_default();
    let beat = |(at, start): (usize, &f64)| {
        let place = places.as_ref().map(|places| places[at]);
        let chords = music.harmony.chords.iter();
        BeatEvent {
            recording,
            beat: at as u64,
            time: time(*start),
            start: *start,
            bar: place.map(|(bar, _)| bar as u64),
            position: place.map(|(_, position)| position as u64),
            tempo: tempi.iter().find(|(at, _)| at == start).map(|(_, bpm)| *bpm),
            // chords change on beats, up to rounding
            chord: chords.take_while(|chord| chord.start_s <= start + 0.01).last().map(|chord| chord.label()),
        }
    };
    beats.iter().enumerate().map(beat).collect()
}

fn notes(music: &MusicResult, recording: i64, time: impl Fn(f64) -> i64) -> impl Iterator<Item = NoteEvent> {
    music.notes.iter().enumerate().map(move |(at, note)| NoteEvent {
        recording,
        note: at as u64,
        time: time(note.start_s),
        start: note.start_s,
        end: note.end_s,
        pitch: note.midi,
        frequency: note.hz,
        name: note.name(),
        level: note.level_db,
        confidence: note.confidence,
    })
}

fn chords(
    music: &MusicResult,
    recording: i64,
    time: impl Fn(f64) -> i64,
) -> impl Iterator<Item = ChordEvent> {
    music.harmony.chords.iter().enumerate().map(move |(at, chord)| ChordEvent {
        recording,
        chord: at as u64,
        time: time(chord.start_s),
        start: chord.start_s,
        end: chord.end_s,
        label: chord.label(),
        root: chord.root.map(|(root, _)| root.name().to_owned()),
        quality: chord.root.map(|(_, quality)| quality.label().to_owned()),
        fit: chord.root.map(|_| chord.fit),
    })
}
