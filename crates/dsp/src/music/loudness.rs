//! Loudness as defined by EBU R128, and ReplayGain 2.0.

use ebur128::{EbuR128, Mode};

/// The target loudness of ReplayGain 2.0 (LUFS).
const REPLAY_GAIN_LUFS: f64 = -18.0;
/// Numbers of channels for which ITU-R BS.1770 defines weights.
const CHANNELS: std::ops::RangeInclusive<usize> = 1..=8;

/// The loudness of a recording.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LoudnessResult {
    /// Integrated loudness in LUFS; `None` for silence and below 400 ms.
    pub integrated: Option<f64>,
    /// Loudness range in LU; `None` for silence and below 3 s.
    pub range: Option<f64>,
    /// The highest true peak of any channel in dBTP; `None` if the integrated loudness is.
    pub true_peak: Option<f64>,
    /// ReplayGain 2.0 in dB; `None` if the integrated loudness is.
    pub replay_gain: Option<f64>,
}

fn finite(value: Result<f64, ebur128::Error>) -> Option<f64> {
    value.ok().filter(|value| value.is_finite())
}

/// Loudness at one moment, in LUFS; `None` for silence.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LiveLoudness {
    /// Loudness of the last 400 ms.
    pub momentary: Option<f64>,
    /// Loudness of the last 3 s.
    pub short_term: Option<f64>,
    /// Integrated loudness since the start.
    pub integrated: Option<f64>,
}

/// Measures the loudness of recordings, one after the other: EBU R128 (ITU-R BS.1770-4, EBU Tech 3341 and 3342).
///
/// # Shape      in blocks, channels one after the other; out one result
/// # Edges      silence, or a sample that is not finite, gives an empty result; the result does not depend on the block
/// length
/// # Memory     constant: gates and range are histograms with bins of 0.1 LU
/// # Agreement  libebur128, of which the crate `ebur128` is a port
/// # Example
/// ```
/// use passband_dsp::music::Loudness;
/// let mut loudness = Loudness::new(48_000.0, 2).unwrap();
/// // EBU Tech 3341, case 1: 1 kHz at -23 dBFS in both channels is -23 LUFS
/// let tone: Vec<f32> = (0..20 * 48_000).map(|n| 0.070_795 * (n as f32 * 0.130_899_69).sin()).collect();
/// loudness.push(&[&tone[..], &tone].concat());
/// assert!((loudness.finish().integrated.unwrap() + 23.0).abs() < 0.1);
/// ```
pub struct Loudness {
    meter: EbuR128,
    samples: u64,
    rate: u32,
    /// Whether a sample was not finite.
    failed: bool,
}

impl Loudness {
    /// # Edges      refuses more than 8 channels, and rates below 16 Hz or above 2.8 MHz
    pub fn new(rate_hz: f64, channels: usize) -> Result<Loudness, String> {
        if !CHANNELS.contains(&channels) {
            let [least, most] = [CHANNELS.start(), CHANNELS.end()];
            return Err(format!("loudness is defined for {least} to {most} channels, not for {channels}"));
        }
        let mode = Mode::I | Mode::S | Mode::LRA | Mode::TRUE_PEAK | Mode::HISTOGRAM;
        let rate = rate_hz.round() as u32;
        let meter = EbuR128::new(channels as u32, rate, mode);
        let meter = meter.map_err(|why| format!("the loudness at {rate_hz} Hz cannot be measured: {why}"))?;
        Ok(Loudness { meter, samples: 0, rate, failed: false })
    }

    /// Adds a block, its channels one after the other.
    pub fn push(&mut self, block: &[f32]) {
        let channels = self.meter.channels() as usize;
        let frames = block.len() / channels;
        let mut planes = [&block[..0]; *CHANNELS.end()];
        for (channel, plane) in planes[..channels].iter_mut().enumerate() {
            *plane = &block[channel * frames..][..frames];
        }
        self.samples += frames as u64;
        // a NaN would stay in the state of the filters
        let is_finite = block.iter().all(|sample| sample.is_finite());
        self.failed |= !is_finite || self.meter.add_frames_planar_f32(&planes[..channels]).is_err();
    }

    /// The current loudness.
    pub fn live(&self) -> LiveLoudness {
        if self.failed {
            return LiveLoudness::default();
        }
        LiveLoudness {
            momentary: finite(self.meter.loudness_momentary()),
            short_term: finite(self.meter.loudness_shortterm()),
            integrated: finite(self.meter.loudness_global()),
        }
    }

    /// Ends the recording and returns its result. The next block begins another recording at the same rate.
    pub fn finish(&mut self) -> LoudnessResult {
        let channels = 0..self.meter.channels();
        let peak = channels.filter_map(|channel| finite(self.meter.true_peak(channel))).fold(0.0, f64::max);
        let integrated = finite(self.meter.loudness_global());
        let is_long = self.samples >= 3 * u64::from(self.rate);
        let range = integrated.and_then(|_| finite(self.meter.loudness_range())).filter(|_| is_long);
        let result = LoudnessResult {
            integrated,
            range,
            true_peak: integrated.map(|_| 20.0 * libm::log10(peak)).filter(|peak| peak.is_finite()),
            replay_gain: integrated.map(|integrated| REPLAY_GAIN_LUFS - integrated),
        };
        self.meter.reset();
        self.samples = 0;
        if std::mem::take(&mut self.failed) { LoudnessResult::default() } else { result }
    }
}

impl std::fmt::Debug for Loudness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loudness").field("samples", &self.samples).finish_non_exhaustive()
    }
}
