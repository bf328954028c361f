//! Examines the audio of a record: peaks, clipping, silence, length, and a hash for duplicates.

use super::duplicates::RecordHash;
use super::render;
use super::totals::Totals;
use super::waveform_stats::{self, RUN, SILENT};
use crate::set::record::{Feature, Record, Tensor};
use std::borrow::Cow;

impl Totals<'_> {
    /// Examines the waveform, or the features if there is none.
    pub fn add_audio(&mut self, record: &Record, tensors: &[(&str, Cow<'_, Tensor>)]) {
        let mut content = RecordHash::default();
        let mut finite = true;
        let waveform = tensors.iter().find(|(name, _)| *name == "audio");
        for (name, tensor) in tensors {
            let is_waveform = waveform.is_some_and(|(audio, _)| audio == name);
            let channels = if is_waveform { *tensor.shape().last().unwrap_or(&1) as usize } else { 1 };
            let sound = waveform_stats::measure(tensor.values(), channels);
            finite &= sound.finite;
            if is_waveform && sound.clipped >= RUN {
                self.clipped.add(self.number, || format!("{} samples at full scale in a row", sound.clipped));
            }
            if is_waveform && sound.peak < SILENT && sound.finite {
                self.silent.add(self.number, || format!("its peak is {}", render::decibels(sound.peak)));
            }
            if is_waveform || waveform.is_none() {
                content.add(tensor.shape(), tensor.values());
            }
        }
        let floats = record.features().filter_map(|(_, feature)| match feature {
            Feature::Floats(values) => Some(values),
            _ => None,
        });
        if !finite || floats.flatten().any(|value| !value.is_finite()) {
            self.not_finite.add(self.number, || "it has NaN or infinity".into());
        }
        if let Some(hash) = content.value() {
            self.contents.add(self.number, hash);
        }
        if let Some((_, tensor)) = waveform.or(tensors.first()) {
            let frames = tensor.shape().first().copied().unwrap_or(0);
            self.frames.add(frames);
            let rate = if waveform.is_some() { self.rate(record, tensor) } else { None };
            if let Some(rate) = rate.filter(|rate| rate.is_finite() && *rate > 0.0) {
                self.micros.add((frames as f64 / rate * 1e6).round() as u64);
                if self.rates.len() < 2 && !self.rates.contains(&rate) {
                    self.rates.push(rate);
                }
            }
        }
    }

    /// The sample rate: of the tensor, of a column, or of the set.
    fn rate(&self, record: &Record, tensor: &Tensor) -> Option<f64> {
        let column = ["sample_rate", "rate"].iter().find_map(|name| match record.get(name)? {
            Feature::Ints(values) => values.first().map(|value| *value as f64),
            Feature::Floats(values) => values.first().map(|value| f64::from(*value)),
            _ => None,
        });
        tensor.rate().map(|rate| rate.0).or(column).or(self.manifest.rate)
    }
}
