//! Averages and holds over spectra.

use crate::data::{Data, Kind, Mark, Spectrum};
use crate::part::{Cut, Start, Takes, Transform, TransformPlan};
use passband_dsp::spectrum::{Averager, Averaging, Turn};
use passband_signal::Result;

crate::settings! {
    /// Combines several spectra: the mean power, the maximum or the minimum, bin by bin.
    ///
    /// `linear` gives one spectrum for every `over` frames, in groups that do not overlap. The other methods give one per
    /// frame: `exponential` an exponential moving average with a time constant of `over` frames, `max_hold` and
    /// `min_hold` the extremes since the stream began, or since a gap.
    pub struct Average {
        /// How spectra are combined.
        method: Method = "linear",
        /// Number of frames, for linear and exponential.
        over: u32 = "8",
    }
}

crate::choice! {
    /// How spectra are combined.
    pub enum Method {
        /// The mean power of each group.
        Linear = "linear",
        /// An exponential moving average of power.
        Exponential = "exponential",
        /// The maximum so far.
        MaxHold = "max_hold",
        /// The minimum so far.
        MinHold = "min_hold",
    }
}

impl Average {
    fn averaging(&self) -> Averaging {
        let frames = self.over as usize;
        match self.method {
            Method::Linear => Averaging::Linear(frames),
            Method::Exponential => Averaging::Exponential(frames),
            Method::MaxHold => Averaging::MaxHold,
            Method::MinHold => Averaging::MinHold,
        }
    }
}

impl TransformPlan for Average {
    fn takes(&self) -> Takes<'_> {
        Takes::Rows(&[Kind::Spectra], self)
    }
    fn gives(&self) -> Kind {
        Kind::Spectra
    }
    fn forgets(&self, _: Kind) -> Option<String> {
        let endless = self.method != Method::Linear;
        endless.then(|| {
            "its result depends on every frame since the stream began, and a restart loses them".into()
        })
    }
    fn check(&self, place: &crate::config::Place, faults: &mut Vec<passband_signal::Fault>) {
        if self.over == 0 {
            faults.push(place.fault("over", "is 0 frames").fix("set over to 1 or more"));
        }
    }
}

impl Start for Average {
    fn start(&self) -> Result<Box<dyn Transform>> {
        Ok(Box::new(Averages { averaging: self.averaging(), averager: None, first: None }))
    }
}

struct Averages {
    averaging: Averaging,
    averager: Option<(Averager, usize)>,
    /// The first frame of the incomplete group.
    first: Option<Mark>,
}

impl Transform for Averages {
    fn take(&mut self, cut: Cut<'_>, give: &mut dyn FnMut(Data) -> Result<()>) -> Result<()> {
        let Cut::Row(Data::Spectrum(row)) = cut else { return Ok(()) };
        let (averager, size) = match &mut self.averager {
            Some(known) if known.1 == row.values.len() => known,
            averager => averager
                .insert((Averager::start(self.averaging, row.scale, row.values.len()), row.values.len())),
        };
        let first = *self.first.get_or_insert(Mark { recording: row.recording, index: row.start });
        if averager.add(&row.values) == Turn::Wait {
            return Ok(());
        }
        let mut values = vec![0.0; *size];
        averager.finish(&mut values);
        let group = matches!(self.averaging, Averaging::Linear(_));
        if group {
            self.first = None;
        }
        // a group starts with its first frame, and the next group a group's length later
        let (start, hop) = match self.averaging {
            Averaging::Linear(n) => (first.index, row.hop * n as u64),
            _ => (row.start, row.hop),
        };
        give(Data::Spectrum(Spectrum { start, hop, values, ..row }))
    }

    fn restart(&mut self) {
        (self.averager, self.first) = (None, None);
    }

    fn pending(&self) -> Option<Mark> {
        matches!(self.averaging, Averaging::Linear(_)).then_some(self.first).flatten()
    }
}
