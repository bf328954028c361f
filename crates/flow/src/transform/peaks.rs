//! The strongest peaks of a spectrum.

use crate::config::Place;
use crate::data::{Data, Kind, Spectrum};
use crate::part::{Cut, Start, Takes, Transform, TransformPlan};
use passband_dsp::spectrum::Scale;
use passband_signal::{Fault, Hertz, Result};

crate::settings! {
    /// The strongest peaks of each spectrum, with frequency and level interpolated between bins.
    ///
    /// A peak is a bin above both neighbours. The parabola through the logarithms of the three gives its frequency
    /// and level: a steady sine under a Hann taper reads within 0.02 bins and 0.4 dB, where the nearest bin alone is
    /// off by up to half a bin and 1.4 dB. Every spectrum gives one result, which is empty for silence.
    pub struct Peaks {
        /// The maximum number of peaks of each channel.
        most: u32 = "10",
        /// How far below the strongest peak of its channel a peak may be, in dB.
        range: f64 = "60",
        /// Peaks below this frequency are left out.
        from: Option<Hertz>,
        /// Peaks above this frequency are left out.
        to: Option<Hertz>,
    }
}

crate::record! {
    /// The strongest peaks of a spectrum. The message key is the name of the stream.
    pub struct SpectralPeaks("peaks", "SpectralPeaks") {
        /// The recording.
        recording: i64 as name,
        /// Index of the frame's first sample.
        start: u64,
        /// When the frame's last sample was taken.
        time: i64 as time,
        /// What the levels are: the scale of the spectrum.
        scale: Scale,
        /// The peaks, channel by channel, the strongest first.
        peaks: Vec<Peak>,
    } with {
        fn numbers(&self) -> usize {
            3 * self.peaks.len()
        }
    }
}

crate::record! {
    /// One peak.
    pub struct Peak("peaks_of_spectra", "Peak") {
        /// The channel, from 0.
        channel: usize,
        /// Its frequency.
        frequency: Hertz,
        /// Its level, on the scale of the spectrum.
        level: f64,
    }
}

impl TransformPlan for Peaks {
    fn takes(&self) -> Takes<'_> {
        Takes::Rows(&[Kind::Spectra], self)
    }
    fn gives(&self) -> Kind {
        SpectralPeaks::KIND
    }
    fn check(&self, place: &Place, faults: &mut Vec<Fault>) {
        if self.most == 0 {
            faults.push(place.fault("most", "is 0 peaks").fix("set it to 1 or more"));
        }
        if self.range < 0.0 {
            faults.push(place.fault("range", format!("is {} dB", self.range)).fix("set it to 0 dB or more"));
        }
        if let (Some(from), Some(to)) = (self.from, self.to)
            && from.0 >= to.0
        {
            let fault = place.fault("from", format!("is {from}, and to is {to}"));
            faults.push(fault.why("no frequency lies between them").fix("set from below to"));
        }
    }
}

impl Start for Peaks {
    fn start(&self) -> Result<Box<dyn Transform>> {
        Ok(Box::new(Finder(self.clone())))
    }
}

struct Finder(Peaks);

impl Transform for Finder {
    fn take(&mut self, cut: Cut<'_>, give: &mut dyn FnMut(Data) -> Result<()>) -> Result<()> {
        let Cut::Row(Data::Spectrum(row)) = cut else { return Ok(()) };
        let peaks = (0..row.channels).flat_map(|channel| self.0.of(&row, channel)).collect();
        let Spectrum { recording, start, time, scale, .. } = row;
        give(Data::row(SpectralPeaks { recording, start, time, scale, peaks }))
    }
}

impl Peaks {
    /// The peaks of one channel, the strongest first.
    fn of(&self, row: &Spectrum, channel: usize) -> Vec<Peak> {
        let values = row.channel(channel);
        let decibels = |value: f32| 10.0 * row.scale.to_power(f64::from(value)).log10();
        let mut found: Vec<(f64, f64)> = values
            .windows(3)
            .enumerate()
            // of equal neighbours, the first is the peak, so that a plateau is a single peak; NaN is never a
            // peak
            .filter(|(_, three)| three[1] > three[0] && three[1] >= three[2])
            .map(|(below, three)| {
                let [a, b, c] = [decibels(three[0]), decibels(three[1]), decibels(three[2])];
                let curve = a - 2.0 * b + c;
                let off = if curve < 0.0 && curve.is_finite() { 0.5 * (a - c) / curve } else { 0.0 };
                ((below + 1) as f64 + off, b - 0.25 * (a - c) * off)
            })
            .filter(|(_, level)| level.is_finite())
            .collect();
        let hertz = |place: f64| {
            let (bin, part) = (place.floor(), place.fract());
            row.frequency(bin as usize).0 + part * row.rate.0 / row.length as f64
        };
        let within = |place: f64| {
            let hertz = hertz(place);
            self.from.is_none_or(|from| hertz >= from.0) && self.to.is_none_or(|to| hertz <= to.0)
        };
        found.retain(|(place, _)| within(*place));
        found.sort_by(|one, other| other.1.total_cmp(&one.1));
        let floor = found.first().map_or(0.0, |(_, level)| level - self.range);
        let kept = found.into_iter().take(self.most as usize).filter(|(_, level)| *level >= floor);
        let level = |decibels: f64| row.scale.from_power(10f64.powf(decibels / 10.0));
        kept.map(|(place, decibels)| Peak { channel, frequency: Hertz(hertz(place)), level: level(decibels) })
            .collect()
    }
}
