//! The positions of the sums of a field in a slice of numbers.

use super::exact;
use super::kept::Kept;
use super::sums::{Sum, Sums};

/// The sums of one field.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    places: [Option<u8>; Sum::ALL.len()],
    width: usize,
    /// Whether the most common sums are all present, at the beginning, for which folding has a fast path.
    usual: bool,
}

impl Layout {
    /// A layout with these sums, without duplicates.
    pub fn new<'a>(needs: impl IntoIterator<Item = &'a Sum>) -> Self {
        let mut wanted: Vec<Sum> = needs.into_iter().copied().collect();
        if wanted.contains(&Sum::Squares) {
            wanted.extend([Sum::Count, Sum::Total]);
        }
        let (mut places, mut width) = ([None; Sum::ALL.len()], 0);
        for sum in Sum::ALL.into_iter().filter(|sum| wanted.contains(sum)) {
            places[sum as usize] = Some(width as u8);
            width += sum.width();
        }
        let usual = places[..4].iter().all(Option::is_some);
        Self { places, width, usual }
    }
    /// Number of numbers in the sums.
    pub fn width(&self) -> usize {
        self.width
    }
    /// Whether values are stored individually.
    pub fn keeps(&self) -> bool {
        self.place(Sum::Values).is_some() || self.place(Sum::Timed).is_some()
    }
    pub(super) fn place(&self, sum: Sum) -> Option<usize> {
        self.places[sum as usize].map(usize::from)
    }

    /// The sums over no values.
    pub fn start(&self) -> (Vec<f64>, Kept) {
        let mut sums = vec![0.0; self.width];
        self.clear(&mut sums);
        (sums, Kept::default())
    }
    /// Resets `sums` to no values.
    pub fn clear(&self, sums: &mut [f64]) {
        sums.fill(0.0);
        for (sum, value) in [
            (Sum::Minimum, f64::INFINITY),
            (Sum::Maximum, f64::NEG_INFINITY),
            (Sum::First, f64::INFINITY),
            (Sum::Last, f64::NEG_INFINITY),
        ] {
            if let Some(place) = self.place(sum) {
                sums[place] = value;
            }
        }
    }

    /// Adds a value.
    #[inline]
    pub fn add(&self, sums: &mut [f64], kept: &mut Kept, time: i64, value: f64) {
        let at = |sum: Sum| self.places[sum as usize].map(usize::from);
        if self.usual
            && let Some([count, total, rest, least, greatest]) = sums.first_chunk_mut()
        {
            let mut two = [*total, *rest];
            exact::add(&mut two, value);
            (*count, [*total, *rest]) = (*count + 1.0, two);
            (*least, *greatest) = (least.min(value), greatest.max(value));
        } else {
            if let Some(place) = at(Sum::Count) {
                sums[place] += 1.0;
            }
            if let Some(place) = at(Sum::Total) {
                exact::add(&mut sums[place..place + 2], value);
            }
            if let Some(place) = at(Sum::Minimum) {
                sums[place] = sums[place].min(value);
            }
            if let Some(place) = at(Sum::Maximum) {
                sums[place] = sums[place].max(value);
            }
        }
        if let (Some(place), Some(count)) = (at(Sum::Squares), at(Sum::Count)) {
            if sums[count] == 1.0 {
                sums[place] = value;
            }
            let off = exact::difference(value, sums[place]);
            exact::merge(&mut sums[place + 1..place + 3], &exact::product(off, off));
        }
        // of equal times, the first value remains the first, and the last value becomes the last, in order of arrival
        if let Some(place) = at(Sum::First)
            && (time as f64) < sums[place]
        {
            (sums[place], sums[place + 1]) = (time as f64, value);
        }
        if let Some(place) = at(Sum::Last)
            && (time as f64) >= sums[place]
        {
            (sums[place], sums[place + 1]) = (time as f64, value);
        }
        if at(Sum::Values).is_some() {
            kept.values.add(value);
        }
        if at(Sum::Timed).is_some() {
            kept.timed.add(time, value);
        }
    }

    /// Merges other sums, of values that arrived later.
    pub fn merge(&self, sums: &mut [f64], kept: &mut Kept, other: &[f64], others: &Kept) {
        let at = |sum: Sum| self.place(sum);
        let squares = (at(Sum::Squares), at(Sum::Count), at(Sum::Total));
        if let (Some(place), Some(count), Some(total)) = squares
            && other[count] > 0.0
        {
            if sums[count] == 0.0 {
                sums[place] = other[place];
            }
            // the other sum of squares is relative to a different value
            let way = exact::difference(other[place], sums[place]);
            let off = exact::less(&other[total..total + 2], other[count], other[place]);
            let own = &mut sums[place + 1..place + 3];
            exact::merge(own, &other[place + 1..place + 3]);
            exact::merge(own, &exact::product(exact::product(way, off), [2.0, 0.0]));
            exact::merge(own, &exact::product(exact::product(way, way), [other[count], 0.0]));
        }
        if let Some(place) = at(Sum::Count) {
            sums[place] += other[place];
        }
        if let Some(place) = at(Sum::Total) {
            exact::merge(&mut sums[place..place + 2], &other[place..place + 2]);
        }
        if let Some(place) = at(Sum::Minimum) {
            sums[place] = sums[place].min(other[place]);
        }
        if let Some(place) = at(Sum::Maximum) {
            sums[place] = sums[place].max(other[place]);
        }
        if let Some(place) = at(Sum::First)
            && other[place] < sums[place]
        {
            sums[place..place + 2].copy_from_slice(&other[place..place + 2]);
        }
        if let Some(place) = at(Sum::Last)
            && other[place] >= sums[place]
        {
            sums[place..place + 2].copy_from_slice(&other[place..place + 2]);
        }
        if at(Sum::Values).is_some() {
            kept.values.merge(&others.values);
        }
        if at(Sum::Timed).is_some() {
            kept.timed.merge(&others.timed);
        }
    }

    /// A view of the sums, to compute measures.
    pub fn view<'a>(&'a self, sums: &'a [f64], kept: &'a Kept) -> Sums<'a> {
        Sums { layout: self, sums, kept }
    }
}
