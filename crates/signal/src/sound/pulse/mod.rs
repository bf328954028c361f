//! PulseAudio and PipeWire.

mod wire;

use super::{CaptureOptions, Device, DeviceKind, DeviceState, choose};
use crate::{Fault, Hertz, Result, SignalSpec};
use pulseaudio::protocol::{self as pulse, Command};
use std::ffi::{CStr, CString};
use std::time::Instant;
use wire::Wire;

/// A capture stream of a sound server.
pub struct Stream {
    wire: Wire,
    channel: u32,
    device: String,
    /// Bytes of a partial sample.
    cut: Vec<u8>,
}

impl Stream {
    /// Appends the next samples; returns false after the timeout.
    pub fn receive(&mut self, samples: &mut Vec<f32>, end: Instant) -> Result<bool> {
        while let Some(message) = self.wire.receive(end)? {
            match message.channel {
                Some(channel) if channel == self.channel => {
                    self.cut.extend_from_slice(message.payload());
                    let whole = self.cut.chunks_exact(4);
                    let rest = whole.remainder().to_vec();
                    let before = samples.len();
                    samples.extend(whole.map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])));
                    self.cut = rest;
                    if samples.len() > before {
                        return Ok(true);
                    }
                }
                Some(_) => {}
                None => {
                    if let Some(Command::RecordStreamKilled(_)) = message.command(self.wire.version) {
                        return Err(Fault::new(format!("the sound device {} has disappeared", self.device))
                            .why("the server ended the recording: the device was unplugged or unloaded")
                            .fix("plug it in again, or choose another (passband devices)"));
                    }
                }
            }
        }
        Ok(false)
    }
}

pub fn devices() -> Result<Vec<Device>> {
    list(&mut Wire::connect()?)
}

pub fn open(options: &CaptureOptions) -> Result<(Stream, Device, SignalSpec)> {
    let mut wire = Wire::connect()?;
    let device = choose(&options.device, list(&mut wire)?)?;
    let channels = options.channels.unwrap_or(device.channels);
    let rate = options.rate.unwrap_or(device.rate);
    let bytes = u32::try_from(options.frames_per_block * channels * 4).unwrap_or(u32::MAX);
    let count = u8::try_from(channels).ok().filter(|n| (1..=32).contains(n)).ok_or_else(|| {
        Fault::new(format!("{channels} channels cannot be recorded"))
            .why("a sound server has 1 to 32")
            .fix(format!("{} has {}", device.name, device.channels))
    })?;
    let params = pulse::RecordStreamParams {
        source_name: CString::new(device.name.as_str()).ok(),
        sample_spec: pulse::SampleSpec {
            format: pulse::SampleFormat::Float32Le,
            channels: count,
            sample_rate: rate.0.round() as u32,
        },
        channel_map: positions(count),
        buffer_attr: pulse::stream::BufferAttr { fragment_size: bytes, ..Default::default() },
        // adjust the device's latency, and do not move the stream to another device
        flags: pulse::stream::StreamFlags { adjust_latency: true, no_move: true, ..Default::default() },
        ..Default::default()
    };
    let reply: pulse::CreateRecordStreamReply =
        wire.ask(&Command::CreateRecordStream(params)).map_err(|fault| {
            let parts = fault.parts();
            Fault::new(format!("{} cannot be recorded", device.name)).why(parts[0].1).fix(format!(
                "use its own format ({}, {} channels), or choose another device",
                device.rate, device.channels
            ))
        })?;
    let spec = SignalSpec::real(
        Hertz(f64::from(reply.sample_spec.sample_rate)),
        usize::from(reply.sample_spec.channels),
    );
    let stream = Stream { wire, channel: reply.channel, device: device.name.clone(), cut: Vec::new() };
    Ok((stream, device, spec))
}

fn list(wire: &mut Wire) -> Result<Vec<Device>> {
    let server: pulse::ServerInfo = wire.ask(&Command::GetServerInfo)?;
    let sources: pulse::SourceInfoList = wire.ask(&Command::GetSourceInfoList)?;
    let text = |s: &CStr| s.to_string_lossy().into_owned();
    let mut devices: Vec<_> = sources
        .into_iter()
        .map(|source| {
            let monitor = source.monitor_of_sink_name.is_some() || source.monitor_of_sink_index.is_some();
            let default = match &source.monitor_of_sink_name {
                Some(sink) => server.default_sink_name.as_ref() == Some(sink),
                None => !monitor && server.default_source_name.as_deref() == Some(&*source.name),
            };
            Device {
                name: text(&source.name),
                description: source.description.as_deref().map(text).unwrap_or_default(),
                kind: if monitor { DeviceKind::Monitor } else { DeviceKind::Microphone },
                rate: Hertz(f64::from(source.sample_spec.sample_rate)),
                channels: usize::from(source.sample_spec.channels),
                default,
                state: match source.state {
                    pulse::SourceState::Running => DeviceState::Running,
                    pulse::SourceState::Idle => DeviceState::Idle,
                    pulse::SourceState::Suspended => DeviceState::Suspended,
                },
            }
        })
        .collect();
    // the default input may be a monitor even if there is a microphone
    let is_microphone = |device: &&mut Device| device.kind == DeviceKind::Microphone;
    if !devices.iter().any(|device| device.kind == DeviceKind::Microphone && device.default)
        && let Some(first) = devices.iter_mut().find(is_microphone)
    {
        first.default = true;
    }
    Ok(devices)
}

/// The channel map: the usual positions for one or two channels, otherwise auxiliary channels.
fn positions(channels: u8) -> pulse::ChannelMap {
    match channels {
        1 => pulse::ChannelMap::mono(),
        2 => pulse::ChannelMap::stereo(),
        n => {
            use pulse::ChannelPosition as P;
            let usual = [P::FrontLeft, P::FrontRight, P::FrontCenter, P::Lfe, P::RearLeft, P::RearRight];
            let more = [P::SideLeft, P::SideRight];
            let aux = std::iter::repeat(P::Aux0);
            pulse::ChannelMap::new(usual.into_iter().chain(more).chain(aux).take(usize::from(n)))
        }
    }
}
