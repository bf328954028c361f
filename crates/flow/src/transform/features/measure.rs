//! Computes the features of examples, one after another.

use super::Waveform;
use super::plans::Plans;
use super::stream::Samples;
use crate::data::{Data, Example, Feature, FileInfo, Mark};
use crate::part::{Cut, Passes, Transform};
use passband_dsp::resample::Resampler;
use passband_signal::{Fault, Hertz, Result};
use std::sync::Arc;

/// The maximum size of buffers that are kept, in samples.
const MEAN: usize = 1 << 20;

pub struct Measure {
    plans: Plans,
    waveform: Waveform,
    /// The mean of the channels.
    mean: Vec<f32>,
    /// The resampler with its input rate, and its output for the current example.
    resampler: Option<(Hertz, Resampler)>,
    resampled: Vec<f32>,
    /// The state for streams of samples.
    samples: Samples,
}

impl Measure {
    pub fn new(plans: Plans, waveform: Waveform, samples: Samples) -> Self {
        Self { plans, waveform, mean: vec![], resampler: None, resampled: vec![], samples }
    }

    fn measure(&mut self, example: &mut Example) -> Result<(), String> {
        let Self { plans, waveform, mean, resampler, resampled, .. } = self;
        let audio = example.audio.take().ok_or("its samples were dropped by the previous transform")?;
        let frames = audio.len() / example.channels.max(1);
        let count = plans.settings().len();
        let (own, rate) = (example.rate, plans.rate());
        if resampler.as_ref().is_none_or(|(known, _)| *known != own) {
            *resampler = rate.resampler(own)?.map(|resampler| (own, resampler));
        }
        let plan = plans.of(own, frames as u64)?;
        let mut values = vec![vec![]; count];
        let samples = match resampler {
            Some((_, resampler)) => {
                resampled.clear();
                resampler
                    .push(one_channel(&audio, example.channels, mean), |x| resampled.extend_from_slice(x));
                resampler.finish(|x| resampled.extend_from_slice(x));
                &*resampled
            }
            None => one_channel(&audio, example.channels, mean),
        };
        plan.all_frames(samples, &mut values);
        let widths: Vec<_> = (0..count).map(|at| plan.width(at)).collect();
        let measured = plans.settings().iter().zip(widths).zip(values);
        let measured = measured.map(|((settings, width), values)| {
            let name = settings.feature().name;
            Feature { name, width, values }
        });
        example.features.extend(measured);
        // memory of one long recording must not be held for the lifetime of the thread
        for memory in [mean, resampled] {
            if memory.capacity() > MEAN {
                *memory = vec![];
            }
        }
        example.audio = (*waveform == Waveform::Keep).then_some(audio);
        Ok(())
    }
}

/// The mean of all channels.
fn one_channel<'a>(audio: &'a [f32], channels: usize, mean: &'a mut Vec<f32>) -> &'a [f32] {
    if channels < 2 {
        return audio;
    }
    let of = |frame: &[f32]| frame.iter().map(|x| f64::from(*x)).sum::<f64>() / channels as f64;
    mean.clear();
    mean.extend(audio.chunks_exact(channels).map(|frame| of(frame) as f32));
    mean
}

impl Transform for Measure {
    fn begin(&mut self, file: &Arc<FileInfo>, passes: Passes) {
        self.samples.begin(file, passes);
    }
    fn needs_pass(&mut self) -> bool {
        self.samples.needs_pass()
    }
    fn take(&mut self, cut: Cut<'_>, give: &mut dyn FnMut(Data) -> Result<()>) -> Result<()> {
        let mut example = match cut {
            Cut::Row(Data::Samples(block)) => return self.samples.take(&block, give),
            Cut::Row(Data::Example(example)) => example,
            _ => return Ok(()),
        };
        if !self.plans.settings().is_empty() {
            self.measure(&mut example).map_err(|why| {
                let what = format!("row {}, {}, cannot be measured", example.row, example.name);
                Fault::new(what).why(why).fix("remove it from the list, or change the settings of features")
            })?;
        }
        give(Data::Example(example))
    }
    fn restart(&mut self) {
        self.samples.restart();
    }
    fn pending(&self) -> Option<Mark> {
        self.samples.pending()
    }
    fn close(&mut self, _: i64, give: &mut dyn FnMut(Data) -> Result<()>) -> Result<()> {
        self.samples.close(give)
    }
}
