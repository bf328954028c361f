//! `passband devices`: what can be recorded.

use crate::run::{Print, print_fault};
use passband_signal::sound::{Device, DeviceKind, devices};
use serde_json::json;
use std::process::ExitCode;

pub fn list(print: Print) -> ExitCode {
    match devices() {
        Ok(devices) if print.json => {
            let list: Vec<_> = devices.iter().map(as_json).collect();
            println!("{}", serde_json::Value::from(list));
            ExitCode::SUCCESS
        }
        Ok(devices) => {
            let width = devices.iter().map(|d| d.name.chars().count()).max().unwrap_or(0);
            for device in &devices {
                let Device { name, description, rate, channels, .. } = device;
                let mark = if device.default { "*" } else { " " };
                println!(
                    "{mark} {name:width$}  {:<10}  {rate}, {channels} channels  {description}",
                    kind(device)
                );
            }
            if !print.quiet {
                let hint = "* is what `passband live` (loopback) or --device microphone takes; others by --device NAME";
                eprintln!("{}", if devices.is_empty() { "there is nothing to record from" } else { hint });
            }
            ExitCode::SUCCESS
        }
        Err(fault) => {
            print_fault(&fault, print.json);
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
