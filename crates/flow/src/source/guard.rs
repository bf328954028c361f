//! Validates the data of every source before the engine processes it.

use crate::data::{Data, Stream};
use passband_signal::{Hertz, SignalSpec};
use std::collections::HashMap;

/// One past the greatest sample index, 2⁵³: a 64-bit float represents all smaller indices exactly, and so do times,
/// frequencies and JSON numbers derived from them. At 1 GHz it is reached after 104 days.
const INDICES: u64 = 1 << 53;

/// Limit of times (µs since 1970), about 9,000 years from 1970.
const TIMES: u64 = 1 << 58;

/// Checks that numbers are within limits, so that later sums of them cannot overflow.
fn within(data: &Data) -> Result<(), String> {
    let index = |name: &str, index: u64| match index {
        index if index > INDICES => Err(format!("{name} is {index}, beyond {INDICES}")),
        _ => Ok(()),
    };
    let time = |time: i64| match time.unsigned_abs() > TIMES {
        true => Err(format!("its time is {time} µs since 1970, out of the range of calendars")),
        false => Ok(()),
    };
    match data {
        Data::Samples(block) => {
            index("the index of its last sample", block.end())?;
            index("the length of its recording", block.of)?;
            if block.of > 0 && block.end() > block.of {
                return Err(format!("it ends at sample {} of {}", block.end(), block.of));
            }
            time(block.time)
        }
        Data::Spectrum(spectrum) => {
            index("its start", spectrum.start)?;
            index("its hop", spectrum.hop)?;
            index("its length", spectrum.length)?;
            time(spectrum.time)
        }
        Data::Row(row) => {
            if let Some(share) = row.share() {
                index("its number of scans", share.of)?;
            }
            row.check()?;
            time(row.time())
        }
        _ => Ok(()),
    }
}

/// Refuses data that cannot be measured or does not fit its stream.
#[derive(Default)]
pub struct Guard {
    rate: Option<Hertz>,
    channels: Option<usize>,
    known: HashMap<Stream, (i64, SignalSpec)>,
}

impl Guard {
    /// A guard that also requires this rate and number of channels.
    pub fn expecting(rate: Option<Hertz>, channels: Option<u32>) -> Self {
        Self { rate, channels: channels.map(|n| n as usize), known: HashMap::new() }
    }

    /// Why the datum is refused, if it is.
    pub fn check(&mut self, stream: &Stream, data: &Data) -> Result<(), String> {
        within(data)?;
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
            // a new recording may have another format; a late block of an old one changes nothing
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

#[cfg(test)]
mod tests {
    use super::*;
    use passband_signal::Block;

    #[test]
    fn numbers_beyond_the_limits_are_refused() {
        let spec = SignalSpec::real(Hertz(1e6), 1);
        let check = |index: u64, of: u64, time: i64| {
            let block = Block { spec, recording: 0, index, time, of, samples: vec![0.0; 10] };
            Guard::default().check(&"s".into(), &Data::Samples(block))
        };
        for (index, of, time) in
            [(0, 0, 0), (0, 10, -1), (INDICES - 10, INDICES, 1 << 58), (90, 100, i64::MIN >> 5)]
        {
            assert_eq!(check(index, of, time), Ok(()), "{index} {of} {time}");
        }
        for (index, of, time, why) in [
            (1 << 63, 0, 0, "index of its last sample is 9223372036854775818"),
            (u64::MAX, 0, 0, "index of its last sample"),
            (0, u64::MAX, 0, "length of its recording"),
            (95, 100, 0, "ends at sample 105 of 100"),
            (0, 0, i64::MIN, "its time"),
            (0, 0, i64::MAX, "its time"),
        ] {
            assert!(check(index, of, time).unwrap_err().contains(why), "{index} {of} {time}");
        }
    }
}
