//! The declarations of the transform before anything is measured.

use super::plans::Plans;
use super::{MeasuredRate, Waveform};
use crate::config::Value as _;
use crate::data::Set;
use crate::part::Ahead;
use passband_dsp::feature::{self, Settings};
use passband_signal::Hertz;
use serde_json::{Map, Value, json};
use std::sync::{Mutex, PoisonError};

pub struct Foreseen {
    names: Vec<&'static str>,
    waveform: Waveform,
    /// The identity, for the manifest.
    identity: Value,
    plans: Mutex<Plans>,
}

impl Foreseen {
    pub fn new(settings: Vec<Settings>, rate: MeasuredRate, waveform: Waveform) -> Self {
        let of = |settings: &Settings| -> Map<String, Value> {
            settings.iter().map(|(setting, value)| (setting.name.to_owned(), as_json(value))).collect()
        };
        let features: Map<_, _> =
            settings.iter().map(|one| (one.feature().name.to_owned(), of(one).into())).collect();
        let word = if waveform == Waveform::Keep { "keep" } else { "drop" };
        let mut identity = json!({ "type": "features", "features": features, "waveform": word });
        if rate != MeasuredRate::Native {
            identity["rate"] = rate.written().into();
        }
        let names = settings.iter().map(|one| one.feature().name).collect();
        Self { names, waveform, identity, plans: Mutex::new(Plans::new(settings, rate)) }
    }
}

/// All settings, including those with default values, so that the identity stays valid if a default changes.
fn as_json(value: feature::Value) -> Value {
    match value {
        feature::Value::Number(x) if x.fract() == 0.0 && x.abs() < 1e15 => json!(x as i64),
        feature::Value::Number(x) => json!(x),
        feature::Value::Word(word) => json!(word),
        feature::Value::Switch(on) => json!(on),
    }
}

impl Ahead for Foreseen {
    fn identity(&self) -> Value {
        self.identity.clone()
    }
    fn shape(&self, set: &mut Set) {
        set.audio &= self.waveform == Waveform::Keep;
        set.features.extend(self.names.iter().map(|name| (*name).to_owned()));
    }
    fn refuses(&self, rate: Hertz, frames: u64) -> Option<String> {
        self.plans.lock().unwrap_or_else(PoisonError::into_inner).of(rate, frames).err()
    }
}
