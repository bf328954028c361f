//! Constant-Q transform of a stream: one filter per pitch, each octave at half the sample rate of the one above
//! (Schörkhuber & Klapuri, 2010), as in librosa's `cqt`.

use std::collections::VecDeque;

use super::cut::Cut;
use super::cutter::Cutter;
use super::decimator::Decimator;
use super::transform::Transform;
use super::wavelet::{Pitches, Tone, Wavelets, cutoff};

/// The transform of one signal.
pub(super) struct ConstantQ {
    n_bins: usize,
    hop_length: usize,
    /// Number of halvings of the sample rate before the highest octave.
    early: usize,
    /// The levels at the full rate, at that of the highest octave, at half of that, and so on.
    levels: Vec<Level>,
    /// Number of samples on each side of its centre that a frame depends on.
    reach: usize,
    /// Rows that may lack some octaves, the oldest first.
    rows: VecDeque<f64>,
    /// The number of the oldest row in `rows`.
    oldest: u64,
    /// Maximum number of samples that are processed at once.
    piece: usize,
}

/// The state at one sample rate.
#[derive(Default)]
struct Level {
    /// Decimates the samples of the level above; `None` for the first level.
    decimator: Option<Decimator>,
    octaves: Vec<Octave>,
    /// The current samples.
    samples: Vec<f32>,
}

/// The filters of one octave.
struct Octave {
    /// Index of its first bin in a row.
    first_bin: usize,
    count: usize,
    wavelets: Wavelets,
    transform: Transform,
    cutter: Cutter,
    spectrum: Vec<[f64; 2]>,
    /// The number of the next frame.
    next: u64,
}

impl ConstantQ {
    pub(super) fn new(pitches: &Pitches, hop_length: usize, rate_hz: f64) -> Result<ConstantQ, String> {
        let tones = pitches.tones();
        let (cutoff, nyquist) = (cutoff(&tones), rate_hz / 2.0);
        if cutoff > nyquist {
            return Err(format!(
                "the highest of {} pitches reaches to {cutoff:.0} Hz, above half the sample rate of {rate_hz} Hz: set \
                 fewer octaves or bins, or a lower cqt_fmin",
                pitches.n_bins
            ));
        }
        let n_octaves = pitches.n_bins.div_ceil(pitches.per_octave);
        let by_rate = (libm::log2(nyquist / cutoff).ceil() as i64 - 2).max(0) as usize;
        let by_hop = (hop_length.trailing_zeros() as usize + 1).saturating_sub(n_octaves);
        let early = by_rate.min(by_hop);
        let full_hz = rate_hz / (1u64 << early) as f64;
        let longest = tones.iter().map(|tone| tone.length(full_hz)).fold(0.0, f64::max);
        if longest / (1 << (n_octaves - 1).min(hop_length.trailing_zeros() as usize - early)) as f64 > MOST {
            return Err(format!(
                "the lowest of the pitches, {} Hz, takes frames of {longest:.0} samples: set cqt_fmin higher, or \
                 hop_length to a multiple of {}",
                pitches.fmin,
                1u64 << n_octaves.min(32)
            ));
        }
        let piece = hop_length.min(4096);
        let mut levels = vec![Level { samples: Vec::with_capacity(piece), ..Level::default() }];
        if early > 0 {
            levels.push(Level::below(1 << early, piece));
        }
        let (mut rate, mut hop, mut end) = (full_hz, hop_length >> early, tones.len());
        for octave in 0..n_octaves {
            let start = end.saturating_sub(pitches.per_octave);
            let level = levels.last_mut().ok_or("no octave")?;
            level.octaves.push(Octave::new(
                &tones[start..end],
                start,
                (rate, full_hz),
                hop,
                pitches.sparsity,
            )?);
            end = start;
            if hop.is_multiple_of(2) && octave + 1 < n_octaves {
                (rate, hop) = (rate / 2.0, hop / 2);
                levels.push(Level::below(2, piece));
            }
        }
        let reach = reach(&levels);
        let room = (reach / hop_length + 8) * pitches.n_bins;
        let rows = VecDeque::with_capacity(room);
        Ok(ConstantQ { n_bins: pitches.n_bins, hop_length, early, levels, reach, rows, oldest: 0, piece })
    }

    pub(super) fn bins(&self) -> usize {
        self.n_bins
    }

    /// Samples that a frame depends on, per hop, and before the first sample.
    pub(super) fn span(&self) -> (usize, usize, usize) {
        (2 * self.reach, self.hop_length, self.reach)
    }

    /// Number of frames of a recording of `samples` samples.
    pub(super) fn frames(&self, samples: usize) -> usize {
        samples.div_ceil(1 << self.early) / (self.hop_length >> self.early) + 1
    }

    /// Starts at sample `index` of a recording. Returns the number of the first frame that lies entirely after it.
    pub(super) fn start_at(&mut self, index: u64) -> u64 {
        self.rows.clear();
        self.oldest = match index {
            0 => 0,
            _ => (index + self.reach as u64).div_ceil(self.hop_length as u64),
        };
        let mut start = index;
        for level in &mut self.levels {
            if let Some(decimator) = &mut level.decimator {
                start = decimator.start_at(start);
            }
            for octave in &mut level.octaves {
                octave.next = octave.cutter.start_at(start);
            }
        }
        self.oldest
    }

    /// Adds samples and emits the rows that they complete.
    pub(super) fn push(&mut self, samples: &[f32], mut each: impl FnMut(&[f64])) {
        for piece in samples.chunks(self.piece) {
            self.levels[0].samples.clear();
            self.levels[0].samples.extend_from_slice(piece);
            self.take(End::Open);
            self.give(&mut each);
        }
    }

    /// Emits the rows that extend beyond the end. The next samples begin another recording.
    pub(super) fn finish(&mut self, mut each: impl FnMut(&[f64])) {
        self.levels[0].samples.clear();
        self.take(End::Closed);
        self.give(&mut each);
        self.start_at(0);
    }

    /// Processes the samples of the first level through all levels.
    fn take(&mut self, end: End) {
        let Self { levels, rows, oldest, n_bins, .. } = self;
        let mut above: &[f32] = &[];
        for level in levels {
            let Level { decimator, octaves, samples } = level;
            if let Some(decimator) = decimator {
                samples.clear();
                samples.extend_from_slice(decimator.push(above));
                if end == End::Closed {
                    samples.extend_from_slice(decimator.finish());
                }
            }
            for octave in octaves {
                octave.take(samples, end, (rows, *oldest, *n_bins));
            }
            above = samples;
        }
    }

    /// Emits the rows whose octaves are complete.
    fn give(&mut self, each: &mut impl FnMut(&[f64])) {
        let octaves = self.levels.iter().flat_map(|level| &level.octaves);
        let complete = octaves.map(|octave| octave.next).min().unwrap_or_default();
        let count = complete.saturating_sub(self.oldest) as usize;
        self.oldest += count as u64;
        self.rows.make_contiguous();
        let done = count * self.n_bins;
        self.rows.as_slices().0[..done].chunks_exact(self.n_bins).for_each(each);
        self.rows.drain(..done);
    }
}

/// Whether more samples follow.
#[derive(Clone, Copy, PartialEq)]
enum End {
    Open,
    Closed,
}

/// Maximum length of a filter at its own sample rate.
const MOST: f64 = (1 << 17) as f64;

impl Level {
    /// A level at the rate of the level above, divided by `factor`.
    fn below(factor: usize, piece: usize) -> Level {
        let decimator = Decimator::new(factor, piece);
        let samples = Vec::with_capacity(piece + 2 * decimator.reach());
        Level { decimator: Some(decimator), octaves: vec![], samples }
    }
}

/// Number of samples of the signal on each side of its centre that a frame depends on.
fn reach(levels: &[Level]) -> usize {
    let (mut filtered, mut most, mut factor) = (0, 0, 1);
    for level in levels {
        if let Some(decimator) = &level.decimator {
            filtered += decimator.reach() * factor;
            factor *= decimator.factor();
        }
        for octave in &level.octaves {
            // two more samples, for rounding
            most = most.max(filtered + (octave.wavelets.n_fft / 2 + 2) * factor);
        }
    }
    most
}

impl Octave {
    fn new(
        tones: &[Tone],
        first_bin: usize,
        (rate_hz, full_hz): (f64, f64),
        hop_length: usize,
        sparsity: f64,
    ) -> Result<Octave, String> {
        let wavelets = Wavelets::new(tones, rate_hz, full_hz, sparsity);
        let cut = Cut::plain(wavelets.n_fft, hop_length)?;
        Ok(Octave {
            first_bin,
            count: tones.len(),
            transform: Transform::new(cut.weights()),
            cutter: Cutter::new(cut),
            spectrum: vec![[0.0; 2]; wavelets.bins.len()],
            wavelets,
            next: 0,
        })
    }

    /// Adds samples and writes the bins of the frames that they complete into `rows`.
    fn take(&mut self, samples: &[f32], end: End, (rows, oldest, n_bins): (&mut VecDeque<f64>, u64, usize)) {
        let Octave { first_bin, count, wavelets, transform, cutter, spectrum, next } = self;
        let mut each = |frame: &[f32]| {
            if let Some(row) = next.checked_sub(oldest) {
                let start = row as usize * n_bins;
                if rows.len() < start + n_bins {
                    rows.resize(start + n_bins, 0.0);
                }
                rows.make_contiguous();
                let out = &mut rows.as_mut_slices().0[start + *first_bin..][..*count];
                transform.spectrum(frame, wavelets.bins.clone(), spectrum);
                wavelets.magnitudes(spectrum, out);
            }
            *next += 1;
        };
        cutter.push(samples, &mut each);
        if end == End::Closed {
            cutter.finish(&mut each);
        }
    }
}
