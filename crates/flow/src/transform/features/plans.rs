//! Feature plans, cached by sample rate.

use super::MeasuredRate;
use passband_dsp::feature::{Plan, Settings};
use passband_signal::Hertz;

/// Maximum number of cached plans: a list may contain recordings of any rate.
const KEPT: usize = 8;

/// The plans of a set of features.
pub struct Plans {
    settings: Vec<Settings>,
    rate: MeasuredRate,
    plans: Vec<(Hertz, Result<Plan, String>)>,
}

impl Plans {
    pub fn new(settings: Vec<Settings>, rate: MeasuredRate) -> Self {
        Self { settings, rate, plans: vec![] }
    }

    /// The settings of the features.
    pub fn settings(&self) -> &[Settings] {
        &self.settings
    }

    /// The rate at which features are measured.
    pub fn rate(&self) -> MeasuredRate {
        self.rate
    }

    /// The plan for recordings of this rate and number of samples.
    ///
    /// # Errors   why such recordings cannot be measured
    pub fn of(&mut self, rate: Hertz, samples: u64) -> Result<&mut Plan, String> {
        let Self { settings, rate: measured, plans } = self;
        let (rate, samples) = (measured.of(rate), measured.length(rate, samples)?);
        let at = plans.iter().position(|(known, _)| *known == rate).unwrap_or_else(|| {
            if plans.len() == KEPT {
                drop(plans.remove(0));
            }
            plans.push((rate, Plan::of_all(settings, rate.0)));
            plans.len() - 1
        });
        let plan = plans[at].1.as_mut().map_err(|why| why.clone())?;
        let short = (0..settings.len()).find(|feature| plan.rows(*feature, samples as usize) == 0);
        match short.map(|feature| &settings[feature]) {
            None => Ok(plan),
            Some(settings) => {
                let (name, lengths) = (settings.feature().name, ["n_fft", "frame_length"]);
                let length = lengths.iter().find_map(|name| settings.value(name).map(|value| (name, value)));
                let frame =
                    length.map(|(name, value)| format!(": this needs {name} = {value}, or center = true"));
                Err(format!(
                    "its {samples} samples are shorter than a frame of {name}{}",
                    frame.unwrap_or_default()
                ))
            }
        }
    }
}
