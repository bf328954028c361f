//! A constant-Q transform of a stream: filters as far apart as pitches are, octave after octave, each octave at half the
//! sample rate of the one above (Schörkhuber & Klapuri, 2010), as librosa's `cqt` does it.

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
    /// How many halvings come before the highest octave.
    early: usize,
    /// At the full rate, at that of the highest octave, at half of it, and so on.
    levels: Vec<Level>,
    /// Samples before and after the middle of a frame that it depends on.
    reach: usize,
    /// Rows of which some octaves may be missing, the oldest first.
    rows: VecDeque<f64>,
    /// The number of the oldest of them.
    oldest: u64,
    /// Samples that are taken at once.
    piece: usize,
}

/// One sample rate.
#[derive(Default)]
struct Level {
    /// What makes its samples from those of the level above; of the first level nothing.
    decimator: Option<Decimator>,
    octaves: Vec<Octave>,
    /// The samples at hand.
    samples: Vec<f32>,
}

/// The filters of one octave.
struct Octave {
    /// Which of the bins of a row.
    first_bin: usize,
    count: usize,
    wavelets: Wavelets,
    transform: Transform,
    cutter: Cutter,
    spectrum: Vec<[f64; 2]>,
    /// The number of its next frame.
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

    /// Samples of the signal that a frame depends on, samples from one to the next, and before the first sample.
    pub(super) fn span(&self) -> (usize, usize, usize) {
        (2 * self.reach, self.hop_length, self.reach)
    }

    /// Frames in a recording of so many samples.
    pub(super) fn frames(&self, samples: usize) -> usize {
        samples.div_ceil(1 << self.early) / (self.hop_length >> self.early) + 1
    }

    /// At a sample within a recording. Gives the number of the first frame, which lies behind it as a whole.
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

    /// Takes samples and gives the rows that they complete.
    pub(super) fn push(&mut self, samples: &[f32], mut each: impl FnMut(&[f64])) {
        for piece in samples.chunks(self.piece) {
            self.levels[0].samples.clear();
            self.levels[0].samples.extend_from_slice(piece);
            self.take(End::Open);
            self.give(&mut each);
        }
    }

    /// Gives the rows that reach over the end, and is ready for another recording.
    pub(super) fn finish(&mut self, mut each: impl FnMut(&[f64])) {
        self.levels[0].samples.clear();
        self.take(End::Closed);
        self.give(&mut each);
        self.start_at(0);
    }

    /// Takes what is at hand on the first level down through all of them.
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

    /// Gives the rows of which every octave is there.
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

/// Whether more samples come.
#[derive(Clone, Copy, PartialEq)]
enum End {
    Open,
    Closed,
}

/// The longest filter at its own rate.
const MOST: f64 = (1 << 17) as f64;

impl Level {
    /// At the rate of the level above, divided by the factor.
    fn below(factor: usize, piece: usize) -> Level {
        let decimator = Decimator::new(factor, piece);
        let samples = Vec::with_capacity(piece + 2 * decimator.reach());
        Level { decimator: Some(decimator), octaves: vec![], samples }
    }
}

/// How many samples of the signal before and after its middle a frame depends on.
fn reach(levels: &[Level]) -> usize {
    let (mut filtered, mut most, mut factor) = (0, 0, 1);
    for level in levels {
        if let Some(decimator) = &level.decimator {
            filtered += decimator.reach() * factor;
            factor *= decimator.factor();
        }
        for octave in &level.octaves {
            // Two more samples, for what is rounded on the way.
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

    /// Takes samples and puts what their frames give into rows.
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
