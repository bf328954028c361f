//! CSV in long form: a line a value, as statistics programs like it.

use super::{Format, Message};
use crate::data::{Data, Kind};
use crate::part::FormatPlan;
use passband_signal::{Fault, Result};
use std::io::Write;

crate::settings! {
    /// CSV, a line a value: samples as `index,channel,value`, spectra as `start,channel,frequency,value`,
    /// statistics as `recording,frequency,mean,deviation,count`.
    ///
    /// For files and standard output; it cannot be read back.
    pub struct Csv {}
}

impl FormatPlan for Csv {
    fn open(self) -> Box<dyn Format> {
        Box::new(self)
    }
}

impl Format for Csv {
    fn encode(&mut self, data: &Data, out: &mut Vec<u8>) -> Result<()> {
        // writing to memory cannot fail
        match data {
            Data::Samples(b) => {
                for channel in 0..b.spec.channels {
                    for (index, value) in (b.index..).zip(b.channel(channel)) {
                        let _ = writeln!(out, "{index},{channel},{value}");
                    }
                }
            }
            Data::Spectrum(s) => {
                for channel in 0..s.channels {
                    for (bin, value) in s.channel(channel).iter().enumerate() {
                        let _ = writeln!(out, "{},{channel},{},{value}", s.start, s.frequency(bin).0);
                    }
                }
            }
            Data::Statistics(s) => {
                let values = s.moments.mean().iter().zip(s.moments.deviation());
                for (bin, (mean, deviation)) in values.enumerate() {
                    let frequency = s.band.frequency(bin, s.rate, s.length).0;
                    let (recording, count) = (s.recording, s.moments.count());
                    let _ = writeln!(out, "{recording},{frequency},{mean:e},{deviation:e},{count}");
                }
            }
            Data::Run(_) | Data::Lines(_) | Data::Noise(_) => {
                return Err(Fault::new(format!("there is no CSV of {}", data.kind())));
            }
        }
        Ok(())
    }

    fn refuses(&self, kind: Kind) -> Option<String> {
        let refused = matches!(kind, Kind::Runs | Kind::Lines | Kind::Noise);
        refused.then(|| format!("there is no CSV of {kind}"))
    }

    fn decode(&mut self, _: Kind, _: &Message<'_>) -> Result<Data, String> {
        Err("CSV is written, not read".into())
    }

    fn begin(&mut self, kind: Kind, out: &mut Vec<u8>) {
        out.extend_from_slice(match kind {
            Kind::Samples => b"index,channel,value\n",
            Kind::Spectra => b"start,channel,frequency,value\n",
            Kind::Statistics => b"recording,frequency,mean,deviation,count\n",
            Kind::Runs | Kind::Lines | Kind::Noise => b"",
        });
    }
}
