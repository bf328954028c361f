//! Onset strength: the increase of spectral energy from frame to frame.

use super::bands::Bands;
use super::frames::Frames;
use super::rate;
use crate::feature::transform::Transform;
use crate::taper::Taper;

/// Settings of [`OnsetStrength`]. The defaults are those of the paper, at 100 frames per second.
#[derive(Clone, Debug, PartialEq)]
pub struct OnsetStrengthSettings {
    /// Frames per second.
    pub frames_per_second: f64,
    /// Bands per octave of the logarithmic filter bank.
    pub bands_per_octave: u32,
    /// Lowest frequency in Hz.
    pub fmin: f64,
    /// Highest frequency in Hz, limited to half of the sample rate.
    pub fmax: f64,
    /// Width of the maximum filter in bands, an odd number. 1 gives the plain spectral flux.
    pub max_size: usize,
}

impl Default for OnsetStrengthSettings {
    fn default() -> Self {
        Self { frames_per_second: 100.0, bands_per_octave: 24, fmin: 30.0, fmax: 17000.0, max_size: 3 }
    }
}

/// Edges between the parts of [`Flux`], in Hz: basses and bass drums; chords; melodies and snares; cymbals.
pub const EDGES_HZ: [f64; 3] = [150.0, 600.0, 2500.0];

/// Onset strength of one frame: the rise of the spectrum over the previous frame.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Flux {
    /// Over all bands.
    pub all: f64,
    /// Over each part of the spectrum between [`EDGES_HZ`], lowest first.
    pub parts: [f64; 4],
}

/// SuperFlux: spectral flux with a maximum filter along frequency, which suppresses vibrato.
///
/// `o[t] = Σ_b max(0, L[t, b] − max(L[t − 1, b − 1 ..= b + 1]))` with `L = log10(1 + |X| in band b)`
///
/// # Shape      in blocks of samples; out one [`Flux`] per frame, centred on `t / frames_per_second` seconds
/// # Units      in full scale 1; out logarithmic magnitude, summed over bands
/// # Edges      silence gives 0; samples that are not finite count as 0
/// # Memory     two frames of bands
/// # Reference  Böck & Widmer, Maximum Filter Vibrato Suppression for Onset Detection, DAFx 2013
/// # Example
/// ```
/// use passband_dsp::music::{OnsetStrength, OnsetStrengthSettings};
/// let mut stage = OnsetStrength::new(44100.0, &OnsetStrengthSettings::default()).unwrap();
/// let mut strength = vec![];
/// // Half a second of silence, then a tone of 440 Hz.
/// let tone: Vec<f32> = (0..44100).map(|n| if n < 22050 { 0.0 } else { (n as f32 * 0.0627).sin() }).collect();
/// stage.push(&tone, |flux| strength.push(flux.all));
/// stage.finish(|flux| strength.push(flux.all));
/// assert_eq!(strength.len(), 100);
/// let loudest = (0..100).max_by(|a, b| strength[*a].total_cmp(&strength[*b])).unwrap();
/// assert!((48..=50).contains(&loudest), "{loudest}");
/// ```
#[derive(Debug)]
pub struct OnsetStrength {
    frames: Frames,
    flux: SuperFlux,
}

struct SuperFlux {
    transform: Transform,
    power: Vec<f64>,
    bands: Bands,
    /// The part to which each band belongs.
    parts: Vec<usize>,
    reach: usize,
    now: Vec<f64>,
    before: Vec<f64>,
    started: bool,
}

impl std::fmt::Debug for SuperFlux {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SuperFlux of {} bands", self.now.len())
    }
}

impl OnsetStrength {
    /// # Edges      sample rates below 4 kHz or above 768 kHz, and settings that leave no band, are refused
    pub fn new(rate_hz: f64, settings: &OnsetStrengthSettings) -> Result<OnsetStrength, String> {
        rate::check(rate_hz)?;
        let OnsetStrengthSettings { frames_per_second, bands_per_octave, fmin, fmax, max_size } = *settings;
        if !(1.0..=1000.0).contains(&frames_per_second) {
            return Err(format!("frames_per_second = {frames_per_second} must be between 1 and 1000"));
        }
        let length = rate::frame_length(rate_hz, 2048.0 / 44100.0);
        let bands = Bands::logarithmic(length, rate_hz, bands_per_octave, fmin, fmax)?;
        let count = bands.len();
        let part = |hz: f64| EDGES_HZ.iter().filter(|edge| hz >= **edge).count();
        let parts = bands.centres().map(part).collect();
        // a full-scale sine has magnitude length / 4 under a Hann taper: scaled to that of 2048 samples
        let scale = 2048.0 / length as f64;
        let hann = Taper::by_name("hann", None)?;
        let weights = hann.weights(length).iter().map(|weight| weight * scale).collect();
        let flux = SuperFlux {
            transform: Transform::new(weights),
            power: vec![0.0; length / 2 + 1],
            bands,
            parts,
            reach: max_size / 2,
            now: vec![0.0; count],
            before: vec![0.0; count],
            started: false,
        };
        Ok(OnsetStrength { frames: Frames::new(length, rate_hz / frames_per_second), flux })
    }

    /// Adds a block and emits the frames that it completes.
    pub fn push(&mut self, block: &[f32], mut each: impl FnMut(Flux)) {
        let OnsetStrength { frames, flux } = self;
        frames.push(block, |frame| each(flux.take(frame)));
    }

    /// Emits the frames that extend beyond the end. The next block begins another recording.
    pub fn finish(&mut self, mut each: impl FnMut(Flux)) {
        let OnsetStrength { frames, flux } = self;
        frames.finish(|frame| each(flux.take(frame)));
        flux.started = false;
    }
}

impl SuperFlux {
    fn take(&mut self, frame: &[f32]) -> Flux {
        std::mem::swap(&mut self.now, &mut self.before);
        self.transform.power(frame, &mut self.power);
        for power in &mut self.power {
            *power = power.sqrt();
        }
        self.bands.sum(&self.power, &mut self.now);
        for band in &mut self.now {
            *band = libm::log10(1.0 + *band);
        }
        if !std::mem::replace(&mut self.started, true) {
            return Flux::default();
        }
        let mut flux = Flux::default();
        for (band, now) in self.now.iter().enumerate() {
            let reach = band.saturating_sub(self.reach)..(band + self.reach + 1).min(self.before.len());
            let before = self.before[reach].iter().fold(0.0, |most: f64, x| most.max(*x));
            let rise = (now - before).max(0.0);
            flux.all += rise;
            flux.parts[self.parts[band]] += rise;
        }
        flux
    }
}
