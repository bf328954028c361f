//! What every source asks of its data before the engine sees it.

use crate::data::{Data, Stream};
use passband_signal::{Hertz, SignalSpec};
use std::collections::HashMap;

/// Refuses data that cannot be measured or does not fit its stream.
#[derive(Default)]
pub struct Guard {
    rate: Option<Hertz>,
    channels: Option<usize>,
    known: HashMap<Stream, (i64, SignalSpec)>,
}

impl Guard {
    /// A guard that also wants this rate and these channels.
    pub fn expecting(rate: Option<Hertz>, channels: Option<u32>) -> Self {
        Self { rate, channels: channels.map(|n| n as usize), known: HashMap::new() }
    }

    /// Why the datum is refused, if it is.
    pub fn check(&mut self, stream: &Stream, data: &Data) -> Result<(), String> {
        let Data::Samples(block) = data else { return Ok(()) };
        block.check().map_err(|fault| fault.what().to_owned())?;
        let SignalSpec { rate, channels, .. } = block.spec;
        match (self.rate, self.channels) {
            (Some(wanted), _) if wanted != rate => return Err(format!("the rate is {rate}, not {wanted}")),
            (_, Some(wanted)) if wanted != channels => {
                return Err(format!("{channels} channels, not {wanted}"));
            }
            _ => {}
        }
        match self.known.get_mut(stream) {
            Some((recording, spec)) if *recording == block.recording && *spec != block.spec => {
                let SignalSpec { rate: r, channels: c, .. } = *spec;
                Err(format!("{channels} channels at {rate} in a recording of {c} channels at {r}"))
            }
            // a new recording may be another signal; an old one that comes late changes nothing
            Some(known) if block.recording >= known.0 => {
                *known = (block.recording, block.spec);
                Ok(())
            }
            Some(_) => Ok(()),
            None => {
                self.known.insert(stream.clone(), (block.recording, block.spec));
                Ok(())
            }
        }
    }
}
