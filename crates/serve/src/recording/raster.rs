//! Pictures of a recording as bytes: spectrogram, mel spectrogram, chroma and tempogram.

use super::{Span, Whole};
use passband_plot::columns::Columns;
use passband_plot::measure::{LOG_ROWS, MEL_ROWS, MOST_COLUMNS, RATE_HZ, Rows, TEMPI, TEMPO_ROWS};

/// The names of the rasters. The rows of `waveform` are the lowest and the highest sample of each column.
pub const RASTERS: [&str; 6] = ["spectrogram", "mel", "chroma", "tempogram", "waveform", "onset_strength"];
/// Dynamic range of the levels in dB.
const RANGE_DB: f32 = 80.0;

/// How the values of the rows are spaced.
#[derive(Clone, Copy)]
enum Scale {
    Log = 0,
    Linear = 1,
    Mel = 2,
}

/// A raster of a recording, or of a part of it that was measured by itself. Levels are relative to the maximum of the
/// whole recording. `None` if there is no raster of this name.
///
/// The layout, little-endian: `PBR1`, u32 rows, u32 columns, f64 seconds per column, f64 time of the first column, f64
/// lowest and f64 highest value of the rows, u32 scale of the rows (0 log, 1 linear, 2 mel), f32 value of byte 0, f32
/// value of byte 255, and the cells, column by column from the lowest row.
pub fn raster(name: &str, whole: &Whole, part: Option<(&Whole, Span)>) -> Option<Vec<u8>> {
    let of = part.map_or(whole, |(part, _)| part);
    let duration = of.duration();
    let start = part.map_or(0.0, |(_, span)| span.from);
    let rows: &Rows = &of.measured.rows;
    let cells = |columns: &Columns, height: usize| {
        let count = (columns.frames() as usize).clamp(1, MOST_COLUMNS);
        let values = columns.spans(rows.frame_s, duration, count, 0.0);
        debug_assert_eq!(values.len(), count * height);
        (count, values)
    };
    let most = |columns: &Columns| {
        let all = columns.spans(whole.measured.rows.frame_s, whole.duration(), MOST_COLUMNS, 0.0);
        all.into_iter().fold(1e-10, f32::max)
    };
    let level = |power: f32, most: f32| 1.0 + 10.0 * (power / most).max(1e-12).log10() / RANGE_DB;
    let nyquist = rows.range[1];
    let (height, range, scale, values, (count, cells)) = match name {
        "spectrogram" => {
            let most = most(&whole.measured.rows.spectrogram);
            let (count, powers) = cells(&rows.spectrogram, LOG_ROWS);
            let levels = powers.into_iter().map(|power| level(power, most)).collect();
            (LOG_ROWS, rows.range, Scale::Log, [-RANGE_DB, 0.0], (count, levels))
        }
        "mel" => {
            let most = most(&whole.measured.rows.mel);
            let (count, powers) = cells(&rows.mel, MEL_ROWS);
            let levels = powers.into_iter().map(|power| level(power, most)).collect();
            (MEL_ROWS, [0.0, nyquist.max(RATE_HZ / 2.0)], Scale::Mel, [-RANGE_DB, 0.0], (count, levels))
        }
        "waveform" => {
            let count = (of.wave.frames() as usize).clamp(1, MOST_COLUMNS);
            let mut values = of.wave.spans(of.wave_s, duration, count, 0.0);
            // the lowest samples are kept negated
            values.iter_mut().step_by(2).for_each(|low| *low = -*low);
            values.iter_mut().for_each(|sample| *sample = (*sample + 1.0) / 2.0);
            (2, [0.0, 2.0], Scale::Linear, [-1.0, 1.0], (count, values))
        }
        "onset_strength" => {
            let most = most(&whole.measured.rows.onsets);
            let (count, strengths) = cells(&rows.onsets, 1);
            let strengths = strengths.into_iter().map(|strength| strength / most).collect();
            (1, [0.0, 1.0], Scale::Linear, [0.0, most], (count, strengths))
        }
        "chroma" => (12, [0.0, 12.0], Scale::Linear, [0.0, 1.0], cells(&rows.chroma, 12)),
        "tempogram" => (TEMPO_ROWS, TEMPI, Scale::Log, [0.0, 1.0], cells(&rows.tempo, TEMPO_ROWS)),
        _ => return None,
    };
    let cells: Vec<f32> = cells;
    let mut out = b"PBR1".to_vec();
    out.extend((height as u32).to_le_bytes());
    out.extend((count as u32).to_le_bytes());
    for value in [duration / count as f64, start, range[0], range[1]] {
        out.extend(value.to_le_bytes());
    }
    out.extend((scale as u32).to_le_bytes());
    values.iter().for_each(|value| out.extend(value.to_le_bytes()));
    out.extend(cells.iter().map(|value| (value.clamp(0.0, 1.0) * 255.0).round() as u8));
    Some(out)
}
