//! The recordings behind the rows: their files, their sound, and what is measured from them for their page.

pub mod audio;
pub mod file;
pub mod layers;
pub mod raster;

use passband_dsp::music::{MusicResult, Stage};
use passband_flow::Control;
use passband_flow::config::PassedOn;
use passband_flow::store::media;
use passband_plot::columns::Columns;
use passband_plot::measure::{HOP, MOST_COLUMNS, Measure, Measured};
use passband_signal::{Fault, Recording, Result, mean_of_channels};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Frames that are decoded at once.
const BLOCK: usize = 4096;
/// Recordings whose measurements are kept.
const KEPT: usize = 4;
/// Samples per column of the waveform before columns are pooled.
const WAVE_S: f64 = 0.005;

/// What is measured from a recording for its page.
pub struct Whole {
    /// Features, beats, chords, key, notes.
    pub measured: Measured,
    /// The lowest and the highest sample of each column: the former negated, so that both are maxima.
    pub wave: Columns,
    /// Seconds per column of the waveform before pooling.
    pub wave_s: f64,
}

/// A span of time in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    /// Its start.
    pub from: f64,
    /// Its end.
    pub to: f64,
}

pub fn open(address: &str) -> Result<Recording> {
    if address.contains("://") {
        let source = media(address, &PassedOn::default(), &Control::default())?;
        return Recording::read(source, address);
    }
    Recording::open(address)
}

/// Measures a recording, or a part of it with frames every `hop` samples at 22,050 Hz.
pub fn measure(address: &str, span: Option<Span>, stages: &[Stage], hop: usize) -> Result<Whole> {
    let mut recording = open(address)?;
    let spec = recording.spec();
    let rate = spec.rate.0;
    let mut measure = Measure::new(spec, stages, hop).map_err(|why| {
        let fault = Fault::new(format!("{address} cannot be measured")).why(why);
        fault.fix("resample it to 22050 or 44100 Hz")
    })?;
    let mut left = u64::MAX;
    if let Some(Span { from, to }) = span {
        let first = (from.max(0.0) * rate) as u64;
        recording.seek(first)?;
        left = (((to - from) * rate).ceil() as u64).max(1);
    }
    let wave_frames = ((rate * WAVE_S) as usize).max(1);
    let mut wave = Columns::new(2, MOST_COLUMNS);
    let (mut block, mut mean, mut pending) = (vec![], vec![], Vec::with_capacity(wave_frames));
    while left > 0 {
        let frames = recording.next_block(BLOCK.min(left.min(BLOCK as u64) as usize), &mut block)?;
        if frames == 0 {
            break;
        }
        left -= frames as u64;
        mean_of_channels(&block[..spec.channels * frames], spec.channels, &mut mean);
        measure.push(&mean);
        for sample in &mean {
            pending.push(*sample);
            if pending.len() == wave_frames {
                wave.push(extremes(&pending));
                pending.clear();
            }
        }
    }
    if !pending.is_empty() {
        wave.push(extremes(&pending));
    }
    Ok(Whole { measured: measure.finish(), wave, wave_s: wave_frames as f64 / rate })
}

fn extremes(samples: &[f32]) -> [f32; 2] {
    let least = samples.iter().copied().fold(f32::INFINITY, f32::min);
    [-least, samples.iter().copied().fold(f32::NEG_INFINITY, f32::max)]
}

type Slot = Arc<OnceLock<Result<Arc<Whole>>>>;

/// The measurements of the recordings that were looked at last.
#[derive(Default)]
pub struct Measurements(Mutex<Vec<(String, Slot)>>);

impl Measurements {
    /// The measurements of a file, made at the first call; `key` changes with its content.
    pub fn of(&self, key: &str, address: &str) -> Result<Arc<Whole>> {
        let slot = {
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let known = kept.iter().position(|(known, _)| known == key);
            let entry = match known {
                Some(at) => kept.remove(at),
                None => (key.to_owned(), Slot::default()),
            };
            let slot = entry.1.clone();
            kept.push(entry);
            let surplus = kept.len().saturating_sub(KEPT);
            kept.drain(..surplus);
            slot
        };
        let stages = [Stage::Rhythm, Stage::Harmony, Stage::Melody];
        let found = slot.get_or_init(|| measure(address, None, &stages, HOP).map(Arc::new)).clone();
        if found.is_err() {
            // a file that was away may be back
            self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|(known, _)| known != key);
        }
        found
    }
}

impl Whole {
    /// The musical results.
    pub fn music(&self) -> &MusicResult {
        &self.measured.music
    }

    /// Length in seconds.
    pub fn duration(&self) -> f64 {
        self.measured.duration_s
    }
}
