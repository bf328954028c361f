//! CSV in long form: a line a value, as statistics programs like it.

use super::Format;
use crate::data::{Data, Kind};
use crate::part::FormatPlan;
use passband_signal::Result;
use std::io::Write;

crate::settings! {
    /// CSV, a line a value: samples as `index,channel,value`, spectra as `start,channel,frequency,value`.
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
        }
        Ok(())
    }

    fn decode(&mut self, _: Kind, _: &[u8]) -> Result<Data, String> {
        Err("CSV is written, not read".into())
    }

    fn begin(&mut self, kind: Kind, out: &mut Vec<u8>) {
        out.extend_from_slice(match kind {
            Kind::Samples => b"index,channel,value\n",
            Kind::Spectra => b"start,channel,frequency,value\n",
        });
    }
}
