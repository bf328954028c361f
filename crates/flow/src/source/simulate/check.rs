//! What a configuration of the source must keep to.

use super::{Signal, Simulate};
use crate::config::Place;
use passband_signal::{Fault, Hertz};

/// Settings of the signal `cavity`.
const CAVITY: [&str; 8] =
    ["centre", "resonance", "width", "height", "line", "line_strength", "file", "files"];
/// Settings of the signal `sensors`.
const SENSORS: [&str; 10] =
    ["sensors", "every", "readings", "disorder", "delay", "late", "late_by", "doubled", "broken", "spikes"];

impl Simulate {
    /// Reports the settings that do not fit each other.
    pub(super) fn check_settings(&self, place: &Place, faults: &mut Vec<Fault>) {
        if self.channels == 0 || self.channels > 1024 {
            faults
                .push(place.fault("channels", format!("is {}", self.channels)).fix("set it from 1 to 1024"));
        }
        if self.rate.0 <= 0.0 {
            faults.push(place.fault("rate", "is 0 Hz").fix("set it to a rate such as \"48 kHz\""));
        } else if self.block.samples(self.rate) == 0 {
            faults.push(place.fault("block", "is 0 samples").fix("set it to at least 1 sample"));
        }
        if self.frequencies.is_empty() {
            faults.push(place.fault("frequencies", "is empty").fix("name at least one, such as \"440 Hz\""));
        }
        for f in self.frequencies.iter().filter(|f| f.0 > self.rate.0 / 2.0) {
            let fault = place.fault("frequencies", format!("has {f}, above half the rate of {}", self.rate));
            faults.push(
                fault
                    .why("it would appear as another frequency")
                    .fix("set a lower frequency or a higher rate"),
            );
        }
        self.check_signal(place, faults);
        if self.signal == Signal::Cavity {
            self.check_cavity(place, faults);
        }
        if self.signal == Signal::Sensors && !(1..=10_000_000).contains(&self.sensors) {
            let fault = place.fault("sensors", format!("is {}", self.sensors));
            faults.push(fault.fix("set it from 1 to 10000000"));
        }
        if self.signal == Signal::Sensors && self.every.0 < 1e-6 {
            faults.push(place.fault("every", "is less than 1 µs").fix("set it to a time such as \"1 s\""));
        }
    }

    /// Reports settings of other signals.
    fn check_signal(&self, place: &Place, faults: &mut Vec<Fault>) {
        let idle: [(bool, &[&str], &str); 4] = [
            (self.signal == Signal::Tones, &["frequencies"], "it applies to signal = \"tones\" only"),
            (self.signal == Signal::Cavity, &CAVITY, "it applies to signal = \"cavity\" only"),
            (self.signal == Signal::Sensors, &SENSORS, "it applies to signal = \"sensors\" only"),
            (
                self.signal != Signal::Sensors,
                &["rate", "channels", "block", "level"],
                "sensors have no samples",
            ),
        ];
        for (_, keys, why) in idle.into_iter().filter(|(used, ..)| !used) {
            place.without_effect(keys, why, faults);
        }
    }
    fn check_cavity(&self, place: &Place, faults: &mut Vec<Fault>) {
        if self.channels != 2 {
            let fault = place.fault("channels", format!("is {}", self.channels));
            faults.push(fault.why("a cavity always has I and Q").fix("remove it"));
        }
        if self.file.samples(self.rate) == 0 {
            faults.push(place.fault("file", "is 0 samples").fix("set it to at least 1 sample"));
        }
        if !(self.width_hz() > 0.0 && self.width_hz() < self.rate.0) {
            let fault =
                place.fault("width", format!("is {} at a rate of {}", Hertz(self.width_hz()), self.rate));
            faults.push(fault.fix("set it above 0 and below the rate"));
        }
        for (key, value) in [("height", self.height), ("line_strength", self.line_strength)] {
            if value < 0.0 {
                faults.push(place.fault(key, format!("is {value}, below 0")).fix("set it to 0 or more"));
            }
        }
        for (key, f) in [("resonance", Some(self.resonance_hz())), ("line", self.line.map(|line| line.0))] {
            if let Some(f) = f.filter(|f| (f - self.centre.0).abs() > self.rate.0 / 2.0) {
                let what = format!(
                    "is {}, more than half the rate from the centre frequency {}",
                    Hertz(f),
                    self.centre
                );
                faults.push(place.fault(key, what).fix("set a nearer frequency, or a higher rate"));
            }
        }
    }
}
