//! The law of all folds: parts that are folded separately and merged are equal to the whole.

use passband_dsp::aggregate::{Layout, MEASURES};
use passband_dsp::moments::Moments;
use passband_dsp::running::Running;

/// Numbers that do not cancel by chance.
fn value(n: usize) -> f64 {
    let state = (n as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (state >> 11) as f64 / (1u64 << 53) as f64 * 20.0 - 7.0
}

/// Ends of parts: equal parts, empty parts, single items.
const PARTS: [&[usize]; 4] = [&[100, 200, 300], &[0, 1, 2, 300], &[299, 300], &[7, 7, 150, 150, 300]];

/// Folds 300 items at once and in parts, and merges the parts from the left and from the right.
fn all_ways<F: Clone>(
    empty: impl Fn() -> F,
    add: impl Fn(&mut F, usize),
    merge: impl Fn(&mut F, &F),
) -> (F, Vec<F>) {
    let fold = |items: std::ops::Range<usize>| {
        let mut fold = empty();
        items.for_each(|n| add(&mut fold, n));
        fold
    };
    let merged = PARTS.iter().flat_map(|ends| {
        let begins = std::iter::once(0).chain(ends.iter().copied());
        let parts: Vec<F> = begins.zip(ends.iter()).map(|(begin, end)| fold(begin..*end)).collect();
        let mut left = empty();
        parts.iter().for_each(|part| merge(&mut left, part));
        // the later part is merged into the earlier one, for any grouping
        let right = parts.iter().rev().cloned().reduce(|later, mut earlier| {
            merge(&mut earlier, &later);
            earlier
        });
        [Some(left), right].into_iter().flatten()
    });
    (fold(0..300), merged.collect())
}

fn close(a: f64, b: f64) -> bool {
    a == b || a.is_nan() && b.is_nan() || (a - b).abs() <= 1e-12 * a.abs().max(b.abs()).max(1e-3)
}

#[test]
fn moments() {
    let frame = |n: usize| [value(n) as f32, value(3 * n) as f32 * 1e-6, 5.0];
    let (whole, merged) = all_ways(
        || Moments::start(3),
        |fold, n| fold.add(&frame(n)),
        |fold, other| fold.merge(other).unwrap(),
    );
    for fold in merged {
        assert_eq!(fold.count(), whole.count());
        assert!(fold.mean().iter().zip(whole.mean()).all(|(a, b)| close(*a, *b)));
        assert!(fold.squares().iter().zip(whole.squares()).all(|(a, b)| close(*a, *b)));
    }
}

#[test]
fn the_running_mean_of_files() {
    let (whole, merged) = all_ways(
        || Running::start(2),
        |fold, n| fold.add(&[value(n), 1.0], &[value(n).abs(), 0.5]),
        |fold, other| fold.merge(other).unwrap(),
    );
    for fold in merged {
        assert_eq!(fold.files(), whole.files());
        assert!(fold.mean().iter().zip(whole.mean()).all(|(a, b)| close(*a, *b)));
        assert!(fold.deviation().iter().zip(whole.deviation()).all(|(a, b)| close(*a, *b)));
    }
}

#[test]
fn every_measure_of_readings() {
    for measure in MEASURES {
        let layout = Layout::new(measure.needs);
        let (whole, merged) = all_ways(
            || layout.start(),
            |(sums, kept), n| layout.add(sums, kept, 1_000_000 * n as i64, value(n)),
            |(sums, kept), (other, others)| layout.merge(sums, kept, other, others),
        );
        let finished = |(sums, kept): &(Vec<f64>, _)| measure.finish(&layout.view(sums, kept));
        for fold in merged {
            assert!(close(finished(&fold), finished(&whole)), "{}", measure.name);
        }
    }
}
