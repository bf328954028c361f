//! Transforms one after the other: what one gives goes to the next.

use crate::config::{Pipeline, Place};
use crate::data::Data;
use crate::part::{Cut, Takes, Transform};
use passband_signal::Result;
use std::ops::RangeBounds;

/// One transform of a chain.
pub struct Link {
    pub place: Place,
    /// It passes on the rows that it measures.
    passes_on: bool,
    /// Its own results are carried over a restart.
    pub carries: bool,
    pub transform: Box<dyn Transform>,
}

type Chain = [Link];
type Give<'a> = &'a mut dyn FnMut(Data) -> Result<()>;

/// Starts these transforms of a pipeline.
pub fn links(pipeline: &Pipeline, which: impl RangeBounds<usize>) -> Result<Vec<Link>> {
    let which = pipeline.transforms.iter().enumerate().filter(|(at, _)| which.contains(at));
    // what is folded of readings is no link of the chain
    let which = which.filter(|(_, transform)| transform.plan.takes() != Takes::Readings);
    let link = which.map(|(_, transform)| {
        let made = transform.plan.start().map_err(|fault| fault.within(&transform.place.whole()))?;
        let (passes_on, carries) = (transform.plan.passes_on(), transform.plan.carries());
        Ok(Link { place: transform.place.clone(), passes_on, carries, transform: made })
    });
    link.collect()
}

/// A cut through all of them.
pub fn chain(transforms: &mut Chain, cut: Cut<'_>, give: Give<'_>) -> Result<()> {
    let Some((first, rest)) = transforms.split_first_mut() else { return Ok(()) };
    if let (true, Cut::Row(row)) = (first.passes_on, &cut) {
        onward(rest, row.clone(), give)?;
    }
    let taken = match rest {
        [] => first.transform.take(cut, give),
        rest => first.transform.take(cut, &mut |row| onward(rest, row, give)),
    };
    taken.map_err(|fault| fault.at(first.place.whole()))
}

/// A row to the transforms that are left, or out.
pub fn onward(rest: &mut Chain, row: Data, give: Give<'_>) -> Result<()> {
    match rest {
        [] => give(row),
        rest => chain(rest, Cut::Row(row), give),
    }
}

/// Lets every transform act, and sends what it gives through those after it.
pub fn all(
    transforms: &mut Chain,
    give: Give<'_>,
    act: &mut dyn FnMut(&mut dyn Transform, Give<'_>) -> Result<()>,
) -> Result<()> {
    let Some((first, rest)) = transforms.split_first_mut() else { return Ok(()) };
    let acted = act(&mut *first.transform, &mut |row| onward(rest, row, give));
    acted.map_err(|fault| fault.at(first.place.whole()))?;
    all(rest, give, act)
}
