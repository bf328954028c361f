//! The scales of a spectrum.

use std::fmt;

/// The meaning of the value of a bin. `X` is the transform of the tapered frame, `w` the taper, `N` its length.
///
/// | scale | value | unit, for samples in full scale |
/// |---|---|---|
/// | magnitude | `abs(X)`, not normalised, as numpy `rfft` and librosa | FS·samples |
/// | power | `abs(X)²` | FS²·samples² |
/// | amplitude | `2·abs(X) / Σw`: the peak of a sine on the bin; `abs(X) / Σw` at 0 Hz and Nyquist | FS |
/// | density | `2·abs(X)² / (rate·Σw²)`: one-sided power per Hz; not doubled at 0 Hz and Nyquist | FS²/Hz |
/// | dbfs | `20·log10(amplitude)`: 0 for a full-scale sine on a bin; at least [`Scale::FLOOR_DBFS`] | dBFS |
///
/// Nyquist, half the rate, has its own bin only for even lengths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scale {
    /// `abs(X)`.
    Magnitude,
    /// `abs(X)²`.
    Power,
    /// Peak amplitude of a sine on the bin.
    Amplitude,
    /// One-sided power spectral density per hertz.
    Density,
    /// Decibels relative to a full-scale sine.
    Dbfs,
}

impl Scale {
    /// All scales, in display order.
    pub const ALL: &'static [Scale] =
        &[Scale::Magnitude, Scale::Power, Scale::Amplitude, Scale::Density, Scale::Dbfs];

    /// The value of silence on the dBFS scale.
    pub const FLOOR_DBFS: f32 = -240.0;

    /// The power of a value on this scale.
    ///
    /// ```
    /// use passband_dsp::spectrum::Scale;
    /// assert_eq!((Scale::Magnitude.to_power(3.0), Scale::Dbfs.to_power(20.0)), (9.0, 100.0));
    /// ```
    pub fn to_power(self, value: f64) -> f64 {
        match self {
            Scale::Power | Scale::Density => value,
            Scale::Magnitude | Scale::Amplitude => value * value,
            Scale::Dbfs => 10f64.powf(value / 10.0),
        }
    }

    /// The value of a power on this scale. A negative power gives silence, except on scales of power.
    ///
    /// ```
    /// use passband_dsp::spectrum::Scale;
    /// assert_eq!((Scale::Magnitude.from_power(9.0), Scale::Dbfs.from_power(0.0)), (3.0, -240.0));
    /// ```
    pub fn from_power(self, power: f64) -> f64 {
        match self {
            Scale::Power | Scale::Density => power,
            Scale::Magnitude | Scale::Amplitude => power.max(0.0).sqrt(),
            Scale::Dbfs => (10.0 * power.max(0.0).log10()).max(f64::from(Scale::FLOOR_DBFS)),
        }
    }

    /// Finds a scale by name; the error for an unknown name lists the valid ones.
    ///
    /// ```
    /// use passband_dsp::spectrum::Scale;
    /// assert_eq!(Scale::by_name("dbfs"), Ok(Scale::Dbfs));
    /// assert!(Scale::by_name("db").unwrap_err().contains("magnitude, power"));
    /// ```
    pub fn by_name(name: &str) -> Result<Scale, String> {
        Scale::ALL.iter().copied().find(|scale| scale.name() == name).ok_or_else(|| {
            let names: Vec<_> = Scale::ALL.iter().map(|scale| scale.name()).collect();
            format!("there is no scale \"{name}\"; there are {}", names.join(", "))
        })
    }

    /// Its name in pipeline files.
    pub fn name(self) -> &'static str {
        match self {
            Scale::Magnitude => "magnitude",
            Scale::Power => "power",
            Scale::Amplitude => "amplitude",
            Scale::Density => "density",
            Scale::Dbfs => "dbfs",
        }
    }

    /// One line: its use.
    pub fn summary(self) -> &'static str {
        match self {
            Scale::Magnitude => "|X| of the tapered frame, not normalised, as numpy and librosa give it",
            Scale::Power => "|X|² of the tapered frame, not normalised",
            Scale::Amplitude => "peak amplitude of a sine on the bin, whatever the taper",
            Scale::Density => "power per hertz, one-sided, as scipy's periodogram: for noise",
            Scale::Dbfs => "decibels under a full-scale sine, which reads 0 whatever the taper",
        }
    }

    /// The unit of its values, where FS is full scale (a sample of 1.0).
    pub fn unit(self) -> &'static str {
        match self {
            Scale::Magnitude => "FS·samples",
            Scale::Power => "FS²·samples²",
            Scale::Amplitude => "FS",
            Scale::Density => "FS²/Hz",
            Scale::Dbfs => "dBFS",
        }
    }
}

impl fmt::Display for Scale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
