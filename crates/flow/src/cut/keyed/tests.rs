//! Readings of two values of which one may be missing: each measure uses the values that are present.

use super::*;
use crate::data::{Arrival, Column, Of, Shape};
use crate::part::{Control, Tally, Windows};
use passband_dsp::aggregate::Measure;
use std::collections::BTreeMap;
use std::sync::Arc;

const SECOND: i64 = 1_000_000;
const MEASURES: [&str; 7] = ["count", "min", "max", "mean", "first", "last", "median"];

/// Every measure of two values.
fn sums() -> Sums {
    let of = |value| MEASURES.map(|name| (value, Measure::by_name(name).unwrap()));
    let measures = [of(0), of(1)].concat();
    let column = |index| Column { path: vec![format!("{index}")], of: Of::Value { index, counts: false } };
    Sums {
        sheet: Sheet::new(&measures),
        shape: Arc::new(Shape::new((0..measures.len()).map(column).collect())),
    }
}

/// The expected measures of some values, by definition; the mean of dyadic numbers is exact.
fn told(values: &[f64]) -> Vec<f64> {
    let all: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    let mut sorted = all.clone();
    sorted.sort_unstable_by(f64::total_cmp);
    let middle = |at: usize| sorted.get(at).copied().unwrap_or(f64::NAN);
    let (last, half) = (all.len().wrapping_sub(1), all.len() / 2);
    let median = if all.len().is_multiple_of(2) {
        (middle(half.wrapping_sub(1)) + middle(half)) / 2.0
    } else {
        middle(half)
    };
    vec![
        all.len() as f64,
        middle(0),
        middle(last),
        all.iter().sum::<f64>() / all.len() as f64,
        all.first().copied().unwrap_or(f64::NAN),
        all.last().copied().unwrap_or(f64::NAN),
        median,
    ]
}

fn same(one: &[f64], other: &[f64]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(a, b)| a == b || a.is_nan() && b.is_nan())
}

/// Readings of three sensors, one per second: the second value is missing in most readings of the first sensor, and in
/// all of the third.
fn readings() -> (Readings, Vec<(usize, i64, [f64; 2])>) {
    let mut readings = Readings::new(["t".into(), "h".into()].into(), "".into());
    let (mut rows, mut seed) = (vec![], 1u32);
    for second in 0..600 {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let (sensor, value) =
            (seed as usize >> 8 & 1 | (second as usize % 3 / 2) << 1, f64::from(seed >> 20) / 8.0);
        let values = match (sensor, seed >> 16 & 7) {
            (0, 1..) | (2.., _) => [value, f64::NAN],
            (1, 0) => [f64::NAN, value],
            _ => [value, -value],
        };
        let arrival = Arrival { time: 0, offset: second, id: None };
        readings.push(&format!("k{sensor}"), second * SECOND, &values, arrival, b"");
        rows.push((sensor, second * SECOND, values));
    }
    (readings, rows)
}

fn folded(windows: Windows, saved: Option<Saves>) -> (Vec<Aggregate>, Control) {
    let (readings, _) = readings();
    let clock = Clock { windows, idle_after: None, max_ahead: None, early: None };
    let control = Control::default();
    let tally = Tally { came: &control.counters, out: &control.counters, all: &control.counters };
    let mut keyed = Keyed::new((clock, sums(), saved), &[], 0, None);
    let mut given = vec![];
    let mut give = |row: Data| {
        given.extend(row.take::<Aggregate>());
        Ok(())
    };
    let mut onto = Onto { tally, offset: &Default::default(), refuse: &mut |_| {}, give: &mut give };
    let at = At { offset: 0, known: 0 };
    keyed.take(at, Data::Readings(Box::new(readings)), &mut onto).unwrap();
    keyed.close(&mut give).unwrap();
    (given, control)
}

/// The expected contents of each sensor's windows, by the definition of the window.
fn by_definition(window: impl Fn(i64) -> Vec<i64>) -> BTreeMap<(i64, String), [Vec<f64>; 2]> {
    let mut all: BTreeMap<(i64, String), [Vec<f64>; 2]> = BTreeMap::new();
    for (sensor, time, values) in readings().1 {
        for start in window(time) {
            let cell = all.entry((start, format!("k{sensor}"))).or_default();
            cell.iter_mut().zip(values).for_each(|(all, value)| all.push(value));
        }
    }
    all
}

#[test]
fn a_missing_value_does_not_affect_other_values() {
    let missing: usize = readings().1.iter().flat_map(|row| row.2).filter(|value| value.is_nan()).count();
    let hopping =
        |length: i64, hop: i64| Windows::Hopping { length: length * SECOND, hop: hop * SECOND, grace: 0 };
    for (length, hop) in [(10, 10), (30, 10), (600, 1)] {
        let (given, control) = folded(hopping(length, hop), None);
        let counters = &control.counters;
        assert_eq!((counters.folded.get(), counters.missing_values.get()), (600, missing as u64));
        let starts = |time: i64| {
            let last = time.div_euclid(hop * SECOND) * hop * SECOND;
            (0..length / hop).map(|back| last - back * hop * SECOND).collect()
        };
        let right = by_definition(starts);
        assert_eq!(given.len(), right.len());
        for row in given {
            let cells = &right[&(row.start, row.key.to_string())];
            assert_eq!(row.readings, cells[0].len() as u64);
            let wanted = [told(&cells[0]), told(&cells[1])].concat();
            assert!(
                same(&row.values, &wanted),
                "{} {}: {:?}, not {wanted:?}",
                row.key,
                row.start,
                row.values
            );
        }
    }
    // sessions that never end, and windows with all readings of a sensor
    for cuts in [Windows::Sessions { gap: 1000 * SECOND, grace: 0 }, Windows::Counts(1000)] {
        let (given, control) = folded(cuts, None);
        assert_eq!(control.counters.missing_values.get(), missing as u64);
        let right = by_definition(|_| vec![0]);
        assert_eq!(given.len(), right.len());
        for row in given {
            let cells = &right[&(0, row.key.to_string())];
            assert!(same(&row.values, &[told(&cells[0]), told(&cells[1])].concat()), "{}", row.key);
        }
    }
}

#[test]
fn missing_values_are_not_counted_twice_after_a_restart() {
    let (readings, rows) = readings();
    let clock = Clock {
        windows: Windows::Hopping { length: SECOND, hop: SECOND, grace: 0 },
        idle_after: None,
        max_ahead: None,
        early: None,
    };
    let control = Control::default();
    let tally = Tally { came: &control.counters, out: &control.counters, all: &control.counters };
    let resume = Resume {
        next: Mark { recording: 0, index: 0 },
        edge: None,
        offset: Some(100),
        closed: vec![],
        watermark: None,
    };
    let mut keyed = Keyed::new((clock, sums(), None), &[], 0, Some(&resume));
    let mut onto = Onto { tally, offset: &Default::default(), refuse: &mut |_| {}, give: &mut |_| Ok(()) };
    let at = At { offset: 0, known: 400 };
    keyed.take(at, Data::Readings(Box::new(readings)), &mut onto).unwrap();
    let missing = rows[400..].iter().flat_map(|row| row.2).filter(|value| value.is_nan()).count();
    assert_eq!(control.counters.missing_values.get(), missing as u64);
    assert_eq!(control.counters.folded.get(), 200);
}
