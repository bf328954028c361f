//! The picture of a recording: its panels, as librosa's `specshow` draws them.

use crate::axis::{self, Tick};
use crate::colormap::Rgb;
use crate::drawing::{Anchor, Drawing, Frame, Mark};
use crate::measure::{FRAME_S, LOG_ROWS, MEL_ROWS, Measured, RATE_HZ, TEMPI, TEMPO_ROWS};
use crate::page::{Axis, Page, SMALL};
use passband_dsp::music::{Chord, ChordQuality};

/// Columns of each panel, for 200 dots per inch.
const COLUMNS: usize = 1167;
/// Dynamic range of the spectrograms below their maximum, in dB.
const RANGE_DB: f32 = 80.0;
/// Number of MFCCs.
const N_MFCC: usize = 20;
const CURVE: Rgb = [59, 15, 112];
const BEAT: Rgb = [222, 73, 104];
const WHITE: Rgb = [255, 255, 255];

/// Draws the picture of a recording with this name.
pub fn draw(name: &str, measured: &Measured) -> Drawing {
    let mut page = Page::new(name, &about(measured), measured.duration_s);
    let rows = &measured.rows;
    let spans =
        |of: &crate::columns::Columns, least: f32| of.spans(FRAME_S, measured.duration_s, COLUMNS, least);

    let axis = Axis { label: "Frequency (Hz)", ticks: axis::octaves(rows.range) };
    let spectrogram = relative_db(&spans(&rows.spectrogram, 0.0));
    heat(&mut page, "Spectrogram", 118.0, axis, LOG_ROWS, &spectrogram, decibel_bar());

    let mel = spans(&rows.mel, 0.0);
    let axis = Axis { label: "Frequency (Hz)", ticks: axis::mels(RATE_HZ / 2.0) };
    heat(&mut page, "Mel spectrogram", 98.0, axis, MEL_ROWS, &relative_db(&mel), decibel_bar());

    let mfcc = mfcc(&mel);
    let (scaled, bar) = scaled_mfcc(&mfcc);
    let place = |at: usize| (at as f64 + 0.5) / N_MFCC as f64;
    let ticks = [0, 5, 10, 15].map(|at| (place(at), at.to_string())).into();
    heat(&mut page, "MFCC", 80.0, Axis { label: "Coefficient", ticks }, N_MFCC, &scaled, bar);

    chroma(&mut page, measured, &spans(&rows.chroma, 0.0));
    onsets(&mut page, measured);
    tempogram(&mut page, measured, &spans(&rows.tempo, 0.0));
    page.finish(name.to_owned())
}

/// The line below the title.
fn about(measured: &Measured) -> String {
    let music = &measured.music;
    let mut parts =
        vec![axis::clock(measured.duration_s, if measured.duration_s < 10.0 { 0.1 } else { 1.0 })];
    parts.push(format!("{} kHz", measured.spec.rate.0 / 1000.0));
    parts.push(match measured.spec.channels {
        1 => "1 channel".into(),
        channels => format!("{channels} channels"),
    });
    parts.extend(music.rhythm.tempo.map(|tempo| format!("{:.1} BPM", tempo.bpm)));
    parts.extend(music.harmony.keys.first().map(ToString::to_string));
    parts.join(" · ")
}

/// Draws a panel of cells. `values` are between 0 and 1, column by column, bottom row first.
fn heat(page: &mut Page, title: &str, height: f64, axis: Axis, rows: usize, values: &[f32], bar: Axis) {
    let frame = page.panel(title, 0.0, height);
    cells(page, frame, rows, values);
    page.axes(&frame, &axis);
    page.colour_bar(&frame, &bar);
}

fn cells(page: &mut Page, frame: Frame, rows: usize, values: &[f32]) {
    let columns = values.len() / rows;
    let cell =
        |row: usize, column: usize| (values[column * rows + row].clamp(0.0, 1.0) * 255.0).round() as u8;
    let cells = (0..rows).rev().flat_map(|row| (0..columns).map(move |column| cell(row, column))).collect();
    page.marks.push(Mark::Cells { frame, columns, cells });
}

/// Converts power to a level relative to the maximum: 1 is the maximum, 0 is 80 dB below it. Silence is 0.
fn relative_db(power: &[f32]) -> Vec<f32> {
    let greatest = power.iter().copied().fold(1e-10, f32::max);
    power
        .iter()
        .map(|power| (1.0 + 10.0 * (power / greatest).max(1e-12).log10() / RANGE_DB).max(0.0))
        .collect()
}

fn decibel_bar() -> Axis {
    let tick = |db: i32| (1.0 + f64::from(db) / 80.0, format!("{db}").replace('-', "−"));
    Axis { label: "dB", ticks: [-80, -60, -40, -20, 0].map(tick).into() }
}

/// The MFCCs of mel spectra, as in librosa: DCT-II of the levels, limited to 80 dB below the maximum.
fn mfcc(mel: &[f32]) -> Vec<f32> {
    let decibels = |power: &f32| 10.0 * power.max(1e-10).log10();
    let levels: Vec<f32> = mel.iter().map(decibels).collect();
    let floor = levels.iter().copied().fold(-100.0, f32::max) - RANGE_DB;
    let cosines: Vec<f32> = (0..N_MFCC * MEL_ROWS)
        .map(|at| {
            let (coefficient, band) = ((at / MEL_ROWS) as f64, (at % MEL_ROWS) as f64);
            let norm = if coefficient == 0.0 { 1.0 } else { 2f64.sqrt() } / (MEL_ROWS as f64).sqrt();
            (norm * (std::f64::consts::PI * coefficient * (band + 0.5) / MEL_ROWS as f64).cos()) as f32
        })
        .collect();
    let of = |column: &[f32]| -> Vec<f32> {
        let dot = |row: &[f32]| row.iter().zip(column).map(|(x, level)| x * level.max(floor)).sum();
        cosines.chunks_exact(MEL_ROWS).map(dot).collect()
    };
    levels.chunks_exact(MEL_ROWS).flat_map(of).collect()
}

/// Scales coefficients to 0 to 1; returns them with their colour bar. The range covers 99 % of all coefficients but the
/// first two, which are the level and the slope of the spectrum and many times as large.
fn scaled_mfcc(mfcc: &[f32]) -> (Vec<f32>, Axis) {
    let others = mfcc.iter().enumerate().filter(|(at, _)| at % N_MFCC > 1).map(|(_, value)| value.abs());
    let mut others: Vec<f32> = others.collect();
    others.sort_by(f32::total_cmp);
    let most = others.get(others.len() * 99 / 100).copied().unwrap_or(1.0).max(1.0);
    let unit = 10f32.powf(most.log10().floor());
    let most = [1.0, 1.5, 2.0, 3.0, 5.0, 7.5, 10.0]
        .map(|step| step * unit)
        .into_iter()
        .find(|step| *step >= most)
        .unwrap_or(most);
    let tick = |at: f32| ((f64::from(at) + 1.0) / 2.0, format!("{}", at * most).replace('-', "−"));
    let scaled = mfcc.iter().map(|value| (value / most + 1.0) / 2.0).collect();
    (scaled, Axis { label: "dB", ticks: [-1.0, -0.5, 0.0, 0.5, 1.0].map(tick).into() })
}

fn chroma(page: &mut Page, measured: &Measured, values: &[f32]) {
    let frame = page.panel("Chroma, with chords", 12.0, 92.0);
    cells(page, frame, 12, values);
    let names = [(0, "C"), (2, "D"), (4, "E"), (5, "F"), (7, "G"), (9, "A"), (11, "B")];
    let ticks = names.map(|(class, name)| ((f64::from(class) + 0.5) / 12.0, name.to_owned())).into();
    page.axes(&frame, &Axis { label: "Pitch class", ticks });
    let ticks: Vec<Tick> = [0.0, 0.5, 1.0].map(|at| (at, format!("{at}"))).into();
    page.colour_bar(&frame, &Axis { label: "share", ticks });
    let mut chords: Vec<&Chord> =
        measured.music.harmony.chords.iter().filter(|chord| chord.root.is_some()).collect();
    // the longest first: if there is not enough space, only these are labelled
    chords.sort_by(|one, two| (two.end_s - two.start_s).total_cmp(&(one.end_s - one.start_s)));
    let mut taken: Vec<[f64; 2]> = vec![];
    for chord in chords {
        let (name, [start, end]) =
            (written(chord), [chord.start_s, chord.end_s].map(|time| page.x(&frame, time)));
        let (middle, half) = ((start + end) / 2.0, page.font.width(&name, SMALL) / 2.0);
        if (end - start) * 3.0 < half {
            break;
        }
        let own = [middle - half - 1.5, middle + half + 1.5];
        if taken.iter().all(|[from, to]| own[1] <= *from || own[0] >= *to) {
            taken.push(own);
            page.text([middle, frame.y - 4.5], SMALL, Anchor::Middle, name);
            page.line(vec![[start, frame.y - 3.0], [start, frame.y]], 0.6, [26; 3], None);
        }
    }
}

/// A chord symbol: C, Am, G7.
fn written(chord: &Chord) -> String {
    chord.root.map_or(String::new(), |(root, quality)| {
        let quality = match quality {
            ChordQuality::Major => "",
            ChordQuality::Minor => "m",
            ChordQuality::Seventh => "7",
            ChordQuality::Diminished => "dim",
            ChordQuality::Augmented => "aug",
        };
        format!("{}{quality}", root.name().replace('#', "♯"))
    })
}

fn onsets(page: &mut Page, measured: &Measured) {
    let (onsets, duration_s) = (&measured.rows.onsets, measured.duration_s);
    let few = onsets.frames() as usize <= COLUMNS;
    // short recordings have a point per frame, longer ones the maximum of each column
    let (count, step_s, first_s) = match few {
        true => (onsets.frames() as usize, FRAME_S, 0.0),
        false => (COLUMNS, duration_s / COLUMNS as f64, duration_s / COLUMNS as f64 / 2.0),
    };
    let span_s = if few { count as f64 * FRAME_S } else { duration_s };
    let values = onsets.spans(FRAME_S, span_s, count, 0.0);
    let most = values.iter().copied().fold(0.0, f32::max);
    let top = if most > 0.0 { f64::from(most) * 1.08 } else { 1.0 };
    let beats = &measured.music.rhythm.beats;
    let downbeats = measured.music.bars.as_ref().map(|bars| bars.downbeats.as_slice()).unwrap_or_default();
    let frame_of = |page: &mut Page, title: &str| page.panel(title, 0.0, 70.0);
    // lines closer than 2 points would merge into an area
    let room = |events: &[f64]| (events.len() as f64) * 2.0 < 420.0;
    let (title, shown): (_, &[f64]) =
        match (beats.is_empty(), room(beats), room(downbeats) && !downbeats.is_empty()) {
            (true, ..) => ("Onset strength", &[]),
            (_, true, _) if downbeats.is_empty() => ("Onset strength; lines: beats", beats),
            (_, true, _) => ("Onset strength; lines: beats, solid: first of a bar", beats),
            (.., true) => ("Onset strength; lines: first beats of bars", downbeats),
            _ => ("Onset strength", &[]),
        };
    let frame = frame_of(page, title);
    for beat in shown.iter().filter(|beat| **beat <= duration_s) {
        let (x, first) = (page.x(&frame, *beat), downbeats.contains(beat));
        let (width, dash) = if first { (0.9, None) } else { (0.5, Some(2.0)) };
        page.line(vec![[x, frame.y], [x, frame.bottom()]], width, BEAT, dash);
    }
    let point = |(at, value): (usize, &f32)| {
        let y = frame.bottom() - (f64::from(*value) / top).clamp(0.0, 1.0) * frame.height;
        [page.x(&frame, first_s + at as f64 * step_s), y]
    };
    let points: Vec<[f64; 2]> = values.iter().enumerate().map(point).collect();
    page.line(points, 0.8, CURVE, None);
    let unit = 10f64.powf(top.log10().floor());
    let step = [0.5, 1.0, 2.0, 5.0].map(|step| step * unit).into_iter().find(|step| top / step <= 4.0);
    let step = step.unwrap_or(5.0 * unit);
    let label = |value: f64| format!("{}", (value * 1000.0).round() / 1000.0);
    let ticks = (0..5).map(|at| f64::from(at) * step).filter(|value| *value <= top);
    let ticks = ticks.map(|value| (value / top, label(value))).collect();
    page.axes(&frame, &Axis { label: "Strength", ticks });
}

fn tempogram(page: &mut Page, measured: &Measured, values: &[f32]) {
    let tempo = measured.music.rhythm.tempo;
    let title = match tempo {
        Some(tempo) => format!("Tempogram; line: {:.1} BPM", tempo.bpm),
        None => "Tempogram".into(),
    };
    let frame = page.panel(&title, 0.0, 88.0);
    cells(page, frame, TEMPO_ROWS, values);
    let [slow, fast] = TEMPI;
    if let Some(tempo) = tempo {
        let y = frame.bottom() - (tempo.bpm / slow).ln() / (fast / slow).ln() * frame.height;
        page.line(vec![[frame.x, y], [frame.right(), y]], 0.8, WHITE, Some(4.0));
    }
    page.axes(&frame, &Axis { label: "Tempo (BPM)", ticks: axis::tempi(TEMPI) });
    let ticks: Vec<Tick> = [0.0, 0.5, 1.0].map(|at| (at, format!("{at}"))).into();
    page.colour_bar(&frame, &Axis { label: "share", ticks });
}
