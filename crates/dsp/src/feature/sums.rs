//! Sums in eight partial sums, in an order that does not depend on the vector width, so that results are bit-identical.

/// Adds the eight partial sums.
#[inline(always)]
pub(super) fn of_eight([a, b, c, d, e, f, g, h]: [f64; 8]) -> f64 {
    ((a + b) + (c + d)) + ((e + f) + (g + h))
}

/// A sum of terms.
#[inline(always)]
pub(super) fn sum<T: Copy>(values: &[T], term: impl Fn(T) -> f64) -> f64 {
    let (eights, rest) = values.as_chunks::<8>();
    let mut sums = [0.0; 8];
    for values in eights {
        for i in 0..8 {
            sums[i] += term(values[i]);
        }
    }
    for (sum, value) in sums.iter_mut().zip(rest) {
        *sum += term(*value);
    }
    of_eight(sums)
}

/// A sum of products.
#[inline(always)]
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let [sum] = dots([a], b);
    sum
}

/// Several sums of products with the same numbers, computed in parallel to hide the latency of additions.
#[inline(always)]
pub(super) fn dots<const N: usize>(a: [&[f64]; N], b: &[f64]) -> [f64; N] {
    let mut sums = [[0.0; 8]; N];
    let (others, other_rest) = b.as_chunks::<8>();
    let mut eights = [&[][..]; N];
    for (eights, a) in eights.iter_mut().zip(a) {
        *eights = &a[..b.len()].as_chunks::<8>().0[..others.len()];
    }
    for (at, b) in others.iter().enumerate() {
        for n in 0..N {
            for i in 0..8 {
                sums[n][i] += eights[n][at][i] * b[i];
            }
        }
    }
    for n in 0..N {
        let rest = &a[n][8 * others.len()..];
        for (sum, (a, b)) in sums[n].iter_mut().zip(rest.iter().zip(other_rest)) {
            *sum += a * b;
        }
    }
    let mut totals = [0.0; N];
    for (total, sums) in totals.iter_mut().zip(sums) {
        *total = of_eight(sums);
    }
    totals
}

/// A row-major matrix times a vector.
#[inline(always)]
pub(super) fn product(rows: &[f64], vector: &[f64], mut put: impl FnMut(usize, f64)) {
    if vector.is_empty() {
        return;
    }
    let mut fours = rows.chunks_exact(4 * vector.len());
    let mut at = 0;
    for four in &mut fours {
        let (ab, cd) = four.split_at(2 * vector.len());
        let ((a, b), (c, d)) = (ab.split_at(vector.len()), cd.split_at(vector.len()));
        for (i, sum) in dots([a, b, c, d], vector).into_iter().enumerate() {
            put(at + i, sum);
        }
        at += 4;
    }
    for row in fours.remainder().chunks_exact(vector.len()) {
        put(at, dot(row, vector));
        at += 1;
    }
}
