//! `passband devices`: lists recording devices.

use crate::print::{self, Print, say};
use passband_signal::sound::{Device, DeviceKind, devices};
use serde_json::json;
use std::fmt::Write;
use std::process::ExitCode;

pub fn list(print: Print) -> ExitCode {
    match devices() {
        Ok(devices) if print.json => {
            let list: Vec<_> = devices.iter().map(as_json).collect();
            print::out(&format!("{}\n", serde_json::Value::from(list)))
        }
        Ok(devices) => {
            let width = devices.iter().map(|d| d.name.chars().count()).max().unwrap_or(0);
            let mut text = String::new();
            for device in &devices {
                let Device { name, description, rate, channels, .. } = device;
                let mark = if device.default { "*" } else { " " };
                let _ = writeln!(
                    text,
                    "{mark} {name:width$}  {:<10}  {rate}, {channels} channels  {description}",
                    kind(device)
                );
            }
            let printed = print::out(&text);
            if !print.quiet {
                let hint = "* is the default of `passband live` (loopback) or of --device microphone; select others by --device NAME";
                say(if devices.is_empty() { "there are no recording devices" } else { hint });
            }
            printed
        }
        Err(fault) => {
            print::fault(&fault, print.json);
            ExitCode::FAILURE
        }
    }
}

fn kind(device: &Device) -> &'static str {
    match device.kind {
        DeviceKind::Monitor => "loopback",
        DeviceKind::Microphone => "microphone",
    }
}

fn as_json(device: &Device) -> serde_json::Value {
    json!({
        "name": device.name,
        "description": device.description,
        "kind": kind(device),
        "rate": device.rate.0,
        "channels": device.channels,
        "default": device.default,
    })
}
