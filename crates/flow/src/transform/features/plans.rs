//! Plans by sample rate, each made once.

use super::MeasuredRate;
use passband_dsp::feature::{Plan, Settings};
use passband_signal::Hertz;

/// Rates whose plans are kept: a list may name recordings of any rate.
const KEPT: usize = 8;

/// The plans of some features.
pub struct Plans {
    settings: Vec<Settings>,
    rate: MeasuredRate,
    plans: Vec<(Hertz, Result<Plan, String>)>,
}

impl Plans {
    pub fn new(settings: Vec<Settings>, rate: MeasuredRate) -> Self {
        Self { settings, rate, plans: vec![] }
    }

    /// What is measured.
    pub fn settings(&self) -> &[Settings] {
        &self.settings
    }

    /// The rate at which they are measured.
    pub fn rate(&self) -> MeasuredRate {
        self.rate
    }

    /// The plan for recordings of this rate and so many samples; the error says why they cannot be measured.
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
                    length.map(|(name, value)| format!(": that takes {name} = {value}, or center = true"));
                Err(format!("its {samples} samples fill no frame of {name}{}", frame.unwrap_or_default()))
            }
        }
    }
}
