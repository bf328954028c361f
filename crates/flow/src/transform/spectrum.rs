//! The spectrum of each frame.

use crate::config::{Node, Place, Shape, Value, unknown};
use crate::data::{Band, Data, Kind, Sides, Spectrum as Row};
use crate::part::{Cut, Frame, Start, Takes, Transform, TransformPlan};
use passband_dsp::iq::{Factor, IqSpectrum, Order};
use passband_dsp::spectrum::{Scale, Spectrum as Plan};
use passband_dsp::taper::{TAPERS, Taper, TaperDef};
use passband_signal::{Fault, Result};
use std::sync::LazyLock;

crate::settings! {
    /// The spectrum of each frame: the discrete Fourier transform of the tapered samples, for every channel.
    ///
    /// Bin k of a frame of N samples is at k · rate / N; there are N / 2 + 1 bins. I/Q is one complex signal: N bins from
    /// centre − rate / 2 upwards. Scales: `magnitude` |X| and `power` |X|² as in numpy and librosa; `amplitude`, the peak
    /// of a sine; `density`, power per Hz as in scipy's periodogram; `dbfs`, where a full-scale sine reads 0 dBFS for every
    /// taper.
    pub struct Spectrum {
        /// The weights on a frame, which reduce the leakage of strong lines.
        taper: TaperName = "hann",
        /// The parameter of the taper, for tapers that have one: beta of kaiser, the width of gaussian, alpha of tukey.
        parameter: Option<f64>,
        /// The scale of the values.
        scale: ScaleName = "dbfs",
    }
}

/// The name of a taper.
#[derive(Clone, Copy, Debug)]
pub struct TaperName(pub &'static str);

/// The name of a scale.
#[derive(Clone, Copy, Debug)]
pub struct ScaleName(pub Scale);

impl From<TaperDef> for TaperName {
    fn from(taper: TaperDef) -> Self {
        Self(taper.name)
    }
}

impl From<Scale> for ScaleName {
    fn from(scale: Scale) -> Self {
        Self(scale)
    }
}

impl Value for TaperName {
    fn shape() -> Shape {
        static NAMES: LazyLock<Vec<&str>> = LazyLock::new(|| TAPERS.iter().map(|t| t.name).collect());
        Shape::Choice(&NAMES)
    }
    fn read(node: &Node) -> Result<Self, String> {
        let (Shape::Choice(names), name) = (Self::shape(), node.text()?) else { return Err(String::new()) };
        names.iter().find(|n| **n == name).map(|n| Self(n)).ok_or_else(|| unknown(&name, names))
    }
    fn written(&self) -> String {
        self.0.to_owned()
    }
}

impl Value for ScaleName {
    fn shape() -> Shape {
        static NAMES: LazyLock<Vec<&str>> = LazyLock::new(|| Scale::ALL.iter().map(|s| s.name()).collect());
        Shape::Choice(&NAMES)
    }
    fn read(node: &Node) -> Result<Self, String> {
        let (Shape::Choice(names), name) = (Self::shape(), node.text()?) else { return Err(String::new()) };
        Scale::by_name(&name).map(Self).map_err(|_| unknown(&name, names))
    }
    fn written(&self) -> String {
        self.0.name().to_owned()
    }
}

impl TransformPlan for Spectrum {
    fn takes(&self) -> Takes<'_> {
        Takes::Frames(self)
    }
    fn gives(&self) -> Kind {
        Kind::Spectra
    }
    fn values(&self, length: u64) -> Option<u64> {
        Some(length / 2 + 1)
    }
    fn check(&self, place: &Place, faults: &mut Vec<Fault>) {
        if let Err(why) = Taper::by_name(self.taper.0, self.parameter) {
            faults.push(place.fault("parameter", format!("cannot be used: {why}")));
        }
    }
}

impl Start for Spectrum {
    fn start(&self) -> Result<Box<dyn Transform>> {
        let taper = Taper::by_name(self.taper.0, self.parameter).map_err(Fault::new)?;
        Ok(Box::new(Measure { taper, scale: self.scale.0, plan: None, complex: None }))
    }
}

struct Measure {
    taper: Taper,
    scale: Scale,
    /// Created at the first frame, when length and rate are known.
    plan: Option<Plan>,
    /// The plan for I/Q.
    complex: Option<IqSpectrum>,
}

impl Measure {
    /// The spectrum of a frame of I/Q, negative frequencies first.
    fn complex(&mut self, frame: &Frame<'_>) -> Result<Vec<f32>> {
        let length = frame.channels[0].len();
        let plan = match &mut self.complex {
            Some(plan) if plan.length() == length && plan.rate_hz() == frame.rate.0 => plan,
            plan => {
                let (rate, order) = (frame.rate.0, Order::Centred);
                let made = IqSpectrum::new(length, rate, &self.taper, self.scale, Factor::ONE, order);
                plan.insert(made.map_err(|why| Fault::new(UNMEASURED).why(why))?)
            }
        };
        let mut values = vec![0.0; plan.bins()];
        plan.measure(frame.channels[0], frame.channels[1], &mut values);
        Ok(values)
    }

    /// The spectra of the channels of a real signal.
    fn real(&mut self, frame: &Frame<'_>) -> Result<Vec<f32>> {
        let length = frame.channels.first().map_or(0, |c| c.len());
        let plan = match &mut self.plan {
            Some(plan) if plan.length() == length && plan.rate_hz() == frame.rate.0 => plan,
            plan => {
                let made = Plan::new(length, frame.rate.0, &self.taper, self.scale);
                plan.insert(made.map_err(|why| Fault::new(UNMEASURED).why(why))?)
            }
        };
        let mut values = vec![0.0; frame.channels.len() * plan.bins()];
        plan.measure(frame.channels, &mut values);
        Ok(values)
    }
}

const UNMEASURED: &str = "the spectrum cannot be measured";

impl Transform for Measure {
    fn take(&mut self, cut: Cut<'_>, give: &mut dyn FnMut(Data) -> Result<()>) -> Result<()> {
        let Cut::Frame(frame) = cut else { return Ok(()) };
        let length = frame.channels.first().map_or(0, |c| c.len());
        let (band, channels, values) = match frame.centre {
            Some(centre) => (Band { sides: Sides::Centred, centre }, 1, self.complex(frame)?),
            None => (Band::default(), frame.channels.len(), self.real(frame)?),
        };
        give(Data::Spectrum(Row {
            recording: frame.recording,
            start: frame.start,
            time: frame.time,
            rate: frame.rate,
            length: length as u64,
            hop: frame.hop,
            band,
            scale: self.scale,
            channels,
            values,
        }))
    }
}
