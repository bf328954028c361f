//! Compensated sums: a number is stored as an unevaluated pair, whose second element is the rounding error of the
//! first.

/// Adds a value to a pair (Knuth's two-sum).
#[inline]
pub fn add(sum: &mut [f64], value: f64) {
    let [sum, rest] = sum else { return };
    let (old, new) = (*sum, *sum + value);
    let back = new - old;
    *rest += (old - (new - back)) + (value - back);
    *sum = new;
}

/// Adds another pair.
#[inline]
pub fn merge(sum: &mut [f64], other: &[f64]) {
    add(sum, other[0]);
    sum[1] += other[1];
}

/// The value of a pair; after an overflow, the second element is ignored.
pub fn value(sum: &[f64]) -> f64 {
    if sum[0].is_finite() { sum[0] + sum[1] } else { sum[0] }
}

/// A difference as a pair.
#[inline]
pub fn difference(value: f64, from: f64) -> [f64; 2] {
    let mut two = [value, 0.0];
    add(&mut two, -from);
    two
}

/// The product of two pairs.
#[inline]
pub fn product(one: [f64; 2], other: [f64; 2]) -> [f64; 2] {
    let whole = one[0] * other[0];
    [whole, one[0].mul_add(other[0], -whole) + (one[0] * other[1] + one[1] * other[0])]
}

/// The sum of `count` values minus `count · value`, computed without cancellation error.
pub fn less(sum: &[f64], count: f64, value: f64) -> [f64; 2] {
    let mut less = product([count, 0.0], [-value, 0.0]);
    merge(&mut less, sum);
    // renormalised: a product requires that the second element is small compared with the first
    let mut two = [less[0], 0.0];
    add(&mut two, less[1]);
    two
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tenths_add_up() {
        let (mut exact, mut plain) = ([0.0; 2], 0.0);
        for _ in 0..10_000_000 {
            add(&mut exact, 0.1);
            plain += 0.1;
        }
        // 0.1 is 3602879701896397 / 2^55; the exact sum of ten million of them, rounded once
        assert_eq!(value(&exact), 1_000_000.0);
        assert!((plain - 1e6_f64).abs() > 1e-4);
        assert_eq!(value(&less(&exact, 1e7, 0.1)), 0.0);
    }

    #[test]
    fn what_is_added_and_taken_away_leaves_the_rest() {
        let mut sum = [0.0; 2];
        for value in [1e100, 1.0, -1e100, 0.5] {
            add(&mut sum, value);
        }
        let mut other = [0.0; 2];
        add(&mut other, -1.0);
        merge(&mut sum, &other);
        assert_eq!(value(&sum), 0.5);
        let mut much = [f64::MAX, 0.0];
        add(&mut much, f64::MAX);
        assert_eq!(value(&much), f64::INFINITY);
    }
}
