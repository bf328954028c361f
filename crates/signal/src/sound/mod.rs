//! Records from sound servers and sound cards: loopback (the output of the speakers), a microphone, or a named device.
//!
//! On Linux, this uses the native protocol of PulseAudio, which PipeWire also supports. With the feature `cpal`, it
//! uses cpal, also on macOS and Windows.
//!
//! ```no_run
//! use passband_signal::sound::{Capture, CaptureOptions};
//! use std::time::Duration;
//! let mut capture = Capture::open(&CaptureOptions::default())?;
//! let mut samples = Vec::new();
//! if let Some(captured) = capture.read(&mut samples, Duration::from_secs(1))? {
//!     println!("{} frames, taken at {} µs", captured.frames, captured.time);
//! }
//! # Ok::<(), passband_signal::Fault>(())
//! ```

mod clock;
#[cfg(feature = "cpal")]
#[path = "cpal.rs"]
mod system;
#[cfg(all(not(feature = "cpal"), target_os = "linux"))]
#[path = "pulse/mod.rs"]
mod system;
#[cfg(all(not(feature = "cpal"), not(target_os = "linux")))]
#[path = "absent.rs"]
mod system;

use crate::{Fault, Hertz, Result, SignalSpec};
use clock::Clock;
use std::time::Duration;

/// The kind of signal that a device records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceKind {
    /// The output of the speakers.
    Monitor,
    /// A microphone or another input.
    Microphone,
}

/// The state of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceState {
    /// It is being recorded.
    Running,
    /// Ready.
    Idle,
    /// Suspended until it is recorded, or disabled.
    Suspended,
    /// The system does not report the state.
    Unknown,
}

/// A device that can be recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct Device {
    /// Its name, for [`DeviceChoice::Named`].
    pub name: String,
    /// Its description.
    pub description: String,
    /// Its kind.
    pub kind: DeviceKind,
    /// Its native sample rate.
    pub rate: Hertz,
    /// Its native number of channels.
    pub channels: usize,
    /// Whether it is the default for [`DeviceChoice::Loopback`] or [`DeviceChoice::Microphone`].
    pub default: bool,
    /// Its state.
    pub state: DeviceState,
}

/// The choice of a device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum DeviceChoice {
    /// The output of the speakers: the monitor of the default output.
    #[default]
    Loopback,
    /// The default microphone.
    Microphone,
    /// The device with this name or description.
    Named(String),
}

/// The options of a recording.
#[derive(Clone, Debug, PartialEq)]
pub struct CaptureOptions {
    /// The device.
    pub device: DeviceChoice,
    /// Sample rate; `None`: that of the device. The sound server resamples if they differ.
    pub rate: Option<Hertz>,
    /// Number of channels; `None`: that of the device.
    pub channels: Option<usize>,
    /// Samples per channel in a block; also the latency requested from the sound server.
    pub frames_per_block: usize,
}

impl Default for CaptureOptions {
    /// Loopback at the device's rate and channels, with 256 frames per block.
    fn default() -> Self {
        Self { device: DeviceChoice::Loopback, rate: None, channels: None, frames_per_block: 256 }
    }
}

/// The result of [`Capture::read`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Captured {
    /// Number of samples per channel.
    pub frames: usize,
    /// The time of the first sample (µs since 1970).
    pub time: i64,
    /// Number of missing samples per channel before them; the index includes them.
    pub lost: u64,
}

/// The devices that can be recorded, defaults first.
///
/// # Errors
/// No sound server, or a refused connection.
pub fn devices() -> Result<Vec<Device>> {
    let mut devices = system::devices()?;
    devices.sort_by_key(|device| !device.default);
    Ok(devices)
}

/// A running recording.
///
/// # Time
/// The time of a sample is derived from arrival times, smoothed by a second-order delay-locked loop (0.1 Hz), so that
/// it neither jitters with the scheduler nor drifts from the device's clock. It is based on the system time at the
/// start of the recording, so later adjustments of the system clock have no effect.
/// # Losses
/// If samples are late for half a second without interruption, the samples of the delay are missing: the server dropped
/// them, or the device was suspended. The gap is reported after that half second. A slow reader catches up without
/// losing samples.
/// # Reference
/// Adriaensen, Using a DLL to filter time, Linux Audio Conference 2005.
pub struct Capture {
    stream: system::Stream,
    device: Device,
    spec: SignalSpec,
    clock: Clock,
    block: usize,
    /// Interleaved samples that are still to be returned; they end at the clock's time.
    waiting: Vec<f32>,
    /// A gap: the number of buffered frames before it, and the number of missing samples.
    hole: Option<(usize, u64)>,
}

impl Capture {
    /// Opens a device and starts recording.
    ///
    /// # Errors
    /// No sound server; an unknown device (the error lists the devices), or one that cannot be opened.
    pub fn open(options: &CaptureOptions) -> Result<Self> {
        if options.frames_per_block == 0 {
            return Err(
                Fault::new("a block of 0 samples cannot be recorded").fix("set it to 1 sample or more")
            );
        }
        let (stream, device, spec) = system::open(options)?;
        let clock = Clock::new(spec.rate);
        Ok(Self {
            stream,
            device,
            spec,
            clock,
            block: options.frames_per_block,
            waiting: Vec::new(),
            hole: None,
        })
    }

    /// Sample rate and number of channels.
    pub fn spec(&self) -> SignalSpec {
        self.spec
    }

    /// The device.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Waits for the next block, and returns its interleaved samples; `None` after the timeout. A block has the
    /// requested length, but is shorter before a gap.
    ///
    /// # Errors
    /// The sound server or the device has disappeared.
    pub fn read(&mut self, samples: &mut Vec<f32>, timeout: Duration) -> Result<Option<Captured>> {
        let end = std::time::Instant::now() + timeout;
        let channels = self.spec.channels;
        loop {
            let waiting = self.waiting.len() / channels;
            let lost = match self.hole {
                Some((0, lost)) => {
                    self.hole = None;
                    lost
                }
                _ => 0,
            };
            let frames = self.hole.map_or(self.block, |(before, _)| before.min(self.block));
            if waiting >= frames {
                let time = self.clock.time(waiting);
                samples.clear();
                samples.extend(self.waiting.drain(..frames * channels));
                self.hole = self.hole.map(|(before, lost)| (before - frames, lost));
                return Ok(Some(Captured { frames, time, lost }));
            }
            if lost > 0 {
                self.hole = Some((0, lost));
            }
            let before = self.waiting.len();
            if !self.stream.receive(&mut self.waiting, end)? {
                return Ok(None);
            }
            let lost = self.clock.arrived((self.waiting.len() - before) / channels);
            if lost > 0 {
                self.hole = Some((before / channels, lost + self.hole.map_or(0, |(_, lost)| lost)));
            }
        }
    }
}

/// The chosen device, or a fault that lists the devices.
fn choose(choice: &DeviceChoice, devices: Vec<Device>) -> Result<Device> {
    let meant = |device: &Device| match choice {
        DeviceChoice::Loopback => device.default && device.kind == DeviceKind::Monitor,
        DeviceChoice::Microphone => device.default && device.kind == DeviceKind::Microphone,
        DeviceChoice::Named(name) => device.name == *name || device.description == *name,
    };
    if let Some(device) = devices.iter().find(|device| meant(device)) {
        return Ok(device.clone());
    }
    let what = match choice {
        DeviceChoice::Loopback => "there is no device that records the output of the speakers".to_owned(),
        DeviceChoice::Microphone => "there is no microphone".to_owned(),
        DeviceChoice::Named(name) => format!("there is no sound device '{name}'"),
    };
    let names: Vec<_> = devices.into_iter().map(|device| device.name).collect();
    let (why, fix) = match names.is_empty() {
        true => ("the sound server has no device at all".to_owned(), "connect one, or load a null sink"),
        false => (format!("devices are: {}", names.join(", ")), "name one of them"),
    };
    Err(Fault::new(what).why(why).fix(fix))
}
