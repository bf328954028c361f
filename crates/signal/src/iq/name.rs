//! Metadata in the file names of receivers.

use super::datetime::{Moment, digits};
use crate::Hertz;

/// Metadata in a file name.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Told {
    /// The centre frequency.
    pub centre: Option<Hertz>,
    /// The time of the first sample (µs since 1970), with a resolution of a second; correct if the program used UTC.
    pub began: Option<i64>,
    /// The digits of that date and time as a sortable number: 20260301120000.
    pub stamp: Option<i64>,
}

/// Reads a file name as written by HDSDR, SDR#, SDRuno, SDR++ and similar programs: a frequency with its unit, a date
/// and a time, separated by `_` or spaces.
///
/// ```
/// use passband_signal::{Hertz, iq::told_by_name};
/// let told = told_by_name("HDSDR_20260301_120000Z_1200kHz_RF.wav");
/// assert_eq!((told.centre, told.stamp), (Some(Hertz(1.2e6)), Some(20260301120000)));
/// let told = told_by_name("baseband_1200000Hz_12-00-00_01-03-2026.wav");
/// assert_eq!((told.centre, told.stamp), (Some(Hertz(1.2e6)), Some(20260301120000)));
/// ```
pub fn told_by_name(name: &str) -> Told {
    let ending = name.rfind('.').filter(|at| name.len() - at <= 6 && !name[*at..].contains(['_', ' ']));
    let stem = &name[..ending.unwrap_or(name.len())];
    let words: Vec<&str> = stem.split(['_', ' ']).filter(|word| !word.is_empty()).collect();
    let dates: Vec<[i64; 3]> = words.iter().filter_map(|word| date(word)).collect();
    let clocks: Vec<[i64; 3]> = words.iter().filter_map(|word| clock(word)).collect();
    let joined = words.iter().find_map(|word| {
        let (day, time) = word.split_once(['T', 't'])?;
        Moment::new(date(day)?, clock(time)?, 0)
    });
    // several dates or times are ambiguous
    let apart = match (&dates[..], &clocks[..]) {
        ([date], [clock]) => Moment::new(*date, *clock, 0),
        _ => None,
    };
    let moment = joined.or(apart);
    Told {
        centre: words.iter().find_map(|word| frequency(word)),
        began: moment.map(Moment::since_1970),
        stamp: moment.map(Moment::stamp),
    }
}

/// `1200kHz`, `1.2MHz`.
fn frequency(word: &str) -> Option<Hertz> {
    let lower = word.to_ascii_lowercase();
    let number = lower.strip_suffix("hz")?;
    let (number, scale) = match number.chars().last()? {
        'k' => (&number[..number.len() - 1], 1e3),
        'm' => (&number[..number.len() - 1], 1e6),
        'g' => (&number[..number.len() - 1], 1e9),
        _ => (number, 1.0),
    };
    let plain = number.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b','));
    let value: f64 = if plain { number.replace(',', ".").parse().ok()? } else { return None };
    (value.is_finite() && value > 0.0).then_some(Hertz(value * scale))
}

/// `20260301`, `2026-03-01`, `01-03-2026`.
fn date(word: &str) -> Option<[i64; 3]> {
    let date = digits(word, '-', [4, 2, 2]).or_else(|| {
        let [day, month, year] = digits(word, '-', [2, 2, 4])?;
        Some([year, month, day])
    });
    let date = date.or_else(|| {
        let [all] = digits(word, '-', [8])?;
        Some([all / 10_000, all / 100 % 100, all % 100])
    })?;
    (1970..2200).contains(&date[0]).then_some(())?;
    Moment::new(date, [0; 3], 0).map(|moment| moment.date)
}

/// `120000Z`, `120000`, `12-00-00`.
fn clock(word: &str) -> Option<[i64; 3]> {
    let word = word.strip_suffix(['Z', 'z']).unwrap_or(word);
    let clock = digits(word, '-', [2, 2, 2]).or_else(|| {
        let [all] = digits(word, '-', [6])?;
        Some([all / 10_000, all / 100 % 100, all % 100])
    })?;
    Moment::new([2000, 1, 1], clock, 0).map(|moment| moment.clock)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_receivers_are_understood() {
        for (name, centre, stamp) in [
            ("HDSDR_20260301_120000Z_1200kHz_RF.wav", Some(1.2e6), Some(20_260_301_120_000)),
            ("SDRSharp_20260301_120000Z_1200000Hz_IQ.wav", Some(1.2e6), Some(20_260_301_120_000)),
            ("SDRuno_20200904_204456Z_14100kHz.wav", Some(14.1e6), Some(20_200_904_204_456)),
            ("baseband_1200000Hz_12-00-00_01-03-2026.wav", Some(1.2e6), Some(20_260_301_120_000)),
            ("AIRSPY_20260301_120000_10368200000Hz_IQ.WAV", Some(10_368.2e6), Some(20_260_301_120_000)),
            ("rec 2026-03-01 12-00-00 433.92MHz.wav", Some(433.92e6), Some(20_260_301_120_000)),
            ("20260301T120000Z.wav", None, Some(20_260_301_120_000)),
            // no date, no time, or several
            ("kHz_20261301_120000.wav", None, None),
            ("a_20260301_120000_130000.wav", None, None),
            ("1.5.2_GHz.wav", None, None),
            ("é_2GHz", Some(2e9), None),
            ("", None, None),
        ] {
            let told = told_by_name(name);
            assert_eq!((told.centre, told.stamp), (centre.map(Hertz), stamp), "{name}");
        }
        assert_eq!(told_by_name("x_20260301_120000Z").began, Some(1_772_366_400_000_000));
    }
}
