//! Conversion of powers to decibels: librosa's `power_to_db`.

use super::measure::Whole;
use super::setting::{Allowed, Setting, Value};
use super::settings::Settings;
use crate::decibel::decibels;
use crate::fft::{Kernel, Lanes, Plain, Processor};

/// The settings of all features in decibels.
pub(super) const SETTINGS: &[Setting] = &[
    Setting {
        name: "ref",
        summary: "reference power, which gives 0 dB; max is the maximum of the recording",
        unit: "",
        default: Value::Number(1.0),
        allowed: Allowed::Number { least: 1e-37, most: 1e37, or: Some("max") },
    },
    Setting {
        name: "amin",
        summary: "minimum power; smaller values are raised to it",
        unit: "",
        default: Value::Number(1e-10),
        allowed: Allowed::Number { least: 1e-37, most: 1e37, or: None },
    },
    Setting {
        name: "top_db",
        summary: "maximum distance below the peak of the recording; smaller values are raised to it",
        unit: "dB",
        default: Value::Number(80.0),
        allowed: Allowed::Number { least: 0.0, most: 1e6, or: Some("none") },
    },
];

/// A decibel scale.
#[derive(Clone)]
pub(super) struct Decibels {
    processor: Processor,
    /// The reference in dB; `None` if it is the maximum power of the recording.
    reference: Option<f32>,
    floor: f32,
    top_db: Option<f32>,
}

impl Decibels {
    pub(super) fn of(settings: &Settings) -> Decibels {
        let amin = settings.number("amin").unwrap_or_default();
        let of = |power: f64| 10.0 * libm::log10(power);
        Decibels {
            processor: Processor::best(),
            reference: settings.number("ref").map(|power| of(power.max(amin)) as f32),
            floor: of(amin) as f32,
            top_db: settings.number("top_db").map(|db| db as f32),
        }
    }

    /// A scale relative to a power of 1, with powers below `amin` raised to it.
    pub(super) fn above(amin: f64) -> Decibels {
        let floor = (10.0 * libm::log10(amin)) as f32;
        Decibels { processor: Processor::best(), reference: Some(0.0), floor, top_db: None }
    }

    /// The setting that needs the whole recording, if any.
    pub(super) fn of_the_whole(&self) -> Option<Whole> {
        let loudest =
            |setting, instead| Some(Whole { setting, needs: "the maximum of the whole recording", instead });
        match (self.reference, self.top_db) {
            (None, _) => loudest("ref = max", "a number for ref"),
            (_, Some(_)) => loudest("top_db", "top_db = none"),
            (Some(_), None) => None,
        }
    }

    /// Whether both scales give the same levels for a single frame.
    pub(super) fn same_levels(&self, other: &Decibels) -> bool {
        let of = |scale: &Decibels| (scale.reference.unwrap_or_default().to_bits(), scale.floor.to_bits());
        of(self) == of(other)
    }

    /// Converts the powers of one frame, before what depends on the whole recording is applied.
    pub(super) fn take(&self, powers: &[f64], out: &mut [f32]) {
        self.processor.run(Take { decibels: self, powers, out });
    }

    /// Applies what depends on the maximum of the recording.
    pub(super) fn settle(&self, values: &mut [f32]) {
        let loudest = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let shift = if self.reference.is_none() && loudest.is_finite() { loudest } else { 0.0 };
        let floor = self.top_db.map_or(f32::NEG_INFINITY, |top_db| loudest - shift - top_db);
        for value in values {
            let shifted = *value - shift;
            // not `max`, which would convert a NaN to silence
            *value = if shifted < floor { floor } else { shifted };
        }
    }
}

struct Take<'a> {
    decibels: &'a Decibels,
    powers: &'a [f64],
    out: &'a mut [f32],
}

impl Kernel for Take<'_> {
    /// With portable lanes, which round equally on every machine, compiled for the processor.
    #[inline(always)]
    fn run<const W: usize, V: Lanes<W>>(self) {
        let Decibels { floor, reference, .. } = *self.decibels;
        let reference = reference.unwrap_or_default();
        for (out, power) in self.out.iter_mut().zip(self.powers) {
            *out = narrow(*power);
        }
        let finish = |x: f32| (if x > floor { x } else { floor }) - reference;
        let (rows, rest) = self.out.as_chunks_mut::<8>();
        for row in rows {
            decibels(Plain::load(row)).store(row);
            for x in row {
                *x = finish(*x);
            }
        }
        for one in rest.as_chunks_mut::<1>().0 {
            decibels(Plain::load(one)).store(one);
            one[0] = finish(one[0]);
        }
    }
}

/// Converts to f32; values out of range become the largest f32.
#[inline(always)]
pub(super) fn narrow(x: f64) -> f32 {
    const MOST: f64 = f32::MAX as f64;
    (if x > MOST { MOST } else { x }) as f32
}
