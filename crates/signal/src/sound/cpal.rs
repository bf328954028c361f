//! Sound cards through cpal: CoreAudio, WASAPI, ALSA.
//!
//! Loopback recording works on macOS and Windows, by opening an output device as an input; ALSA has no loopback.

use super::{CaptureOptions, Device, DeviceKind, DeviceState, choose};
use crate::{Fault, Hertz, Result, SignalSpec};
use cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use cpal::{BufferSize, FromSample, SampleFormat, SizedSample, StreamConfig};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

/// Maximum number of buffers queued for a slow reader; further ones are lost and detected as a gap.
const WAITING: usize = 1024;

type Arrived = Result<Vec<f32>, String>;

/// A capture stream of a sound card.
pub struct Stream {
    _running: cpal::Stream,
    arrived: Receiver<Arrived>,
    device: String,
}

impl Stream {
    /// Appends the next samples; returns false after the timeout.
    pub fn receive(&mut self, samples: &mut Vec<f32>, end: Instant) -> Result<bool> {
        let gone = |why: String| {
            Fault::new(format!("the sound device {} has disappeared", self.device))
                .why(why)
                .fix("plug it in again, or choose another (passband devices)")
        };
        match self.arrived.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok(Ok(more)) => {
                samples.extend_from_slice(&more);
                Ok(true)
            }
            Ok(Err(why)) => Err(gone(why)),
            Err(RecvTimeoutError::Timeout) => Ok(false),
            Err(RecvTimeoutError::Disconnected) => Err(gone("the system ended the recording".to_owned())),
        }
    }
}

pub fn devices() -> Result<Vec<Device>> {
    Ok(list()?.into_iter().map(|(device, _, _)| device).collect())
}

pub fn open(options: &CaptureOptions) -> Result<(Stream, Device, SignalSpec)> {
    let listed = list()?;
    let chosen = choose(&options.device, listed.iter().map(|(device, _, _)| device.clone()).collect())?;
    let (device, card, format) =
        listed.into_iter().find(|(device, _, _)| *device == chosen).expect("it was chosen from these");
    let channels = options.channels.unwrap_or(device.channels);
    let rate = options.rate.unwrap_or(device.rate);
    let frames = u32::try_from(options.frames_per_block).unwrap_or(u32::MAX);
    let exactly = |buffer_size| StreamConfig {
        channels: u16::try_from(channels).unwrap_or(u16::MAX),
        sample_rate: rate.0.round() as u32,
        buffer_size,
    };
    // not every device has a configurable buffer size
    let (running, arrived) = record(&card, exactly(BufferSize::Fixed(frames)), format)
        .or_else(|_| record(&card, exactly(BufferSize::Default), format))
        .map_err(|e| {
            Fault::new(format!("{} cannot be recorded", device.name)).why(e).fix(format!(
                "use its own format ({}, {} channels), allow this program to record, or choose another device",
                device.rate, device.channels
            ))
        })?;
    let stream = Stream { _running: running, arrived, device: device.name.clone() };
    Ok((stream, device, SignalSpec::real(rate, channels)))
}

fn list() -> Result<Vec<(Device, cpal::Device, SampleFormat)>> {
    let host = cpal::default_host();
    let listed = |e: cpal::Error| {
        Fault::new("the sound cards cannot be listed")
            .why(e)
            .fix("check that this user may use them, and that the sound service runs")
    };
    let id = |device: Option<cpal::Device>| device.and_then(|d| d.id().ok()).map(|id| id.to_string());
    let (input, output) = (id(host.default_input_device()), id(host.default_output_device()));
    let mut found = Vec::new();
    for card in host.devices().map_err(listed)? {
        let Ok(name) = card.id().map(|id| id.to_string()) else { continue };
        let description = card.description().map(|d| d.name().to_owned()).unwrap_or_default();
        let monitors = cfg!(any(target_os = "macos", target_os = "windows"));
        let (kind, config, default) = match card.default_input_config() {
            Ok(config) if card.supports_input() => (DeviceKind::Microphone, config, &input),
            _ if !monitors => continue,
            _ => match card.default_output_config() {
                Ok(config) => (DeviceKind::Monitor, config, &output),
                Err(_) => continue,
            },
        };
        let device = Device {
            default: default.as_deref() == Some(&name),
            name,
            description,
            kind,
            rate: Hertz(f64::from(config.sample_rate())),
            channels: usize::from(config.channels()),
            state: DeviceState::Unknown,
        };
        found.push((device, card, config.sample_format()));
    }
    Ok(found)
}

fn record(
    card: &cpal::Device,
    config: StreamConfig,
    format: SampleFormat,
) -> Result<(cpal::Stream, Receiver<Arrived>), cpal::Error> {
    let (send, receive) = sync_channel(WAITING);
    let stream = match format {
        SampleFormat::F32 => build::<f32>(card, config, send),
        SampleFormat::F64 => build::<f64>(card, config, send),
        SampleFormat::I8 => build::<i8>(card, config, send),
        SampleFormat::I16 => build::<i16>(card, config, send),
        SampleFormat::I24 => build::<cpal::I24>(card, config, send),
        SampleFormat::I32 => build::<i32>(card, config, send),
        SampleFormat::U8 => build::<u8>(card, config, send),
        SampleFormat::U16 => build::<u16>(card, config, send),
        _ => Err(cpal::ErrorKind::UnsupportedConfig.into()),
    }?;
    stream.play()?;
    Ok((stream, receive))
}

fn build<T: SizedSample>(
    card: &cpal::Device,
    config: StreamConfig,
    send: SyncSender<Arrived>,
) -> Result<cpal::Stream, cpal::Error>
where
    f32: FromSample<T>,
{
    let failed = send.clone();
    card.build_input_stream(
        config,
        move |data: &[T], _: &cpal::InputCallbackInfo| {
            // the audio callback must not block on a full queue
            let _ = send.try_send(Ok(data.iter().map(|x| x.to_sample::<f32>()).collect()));
        },
        move |error: cpal::Error| {
            use cpal::ErrorKind as Kind;
            if !matches!(error.kind(), Kind::DeviceChanged | Kind::Xrun | Kind::RealtimeDenied) {
                let _ = failed.try_send(Err(error.to_string()));
            }
        },
        Some(Duration::from_secs(10)),
    )
}
