//! A chain of transforms, each processing the results of the previous one.

use super::Give;
use crate::config::Place;
use crate::data::{Data, FileInfo, Mark};
use crate::part::{Cut, Passes, Placed, Takes, Transform, TransformPlan};
use passband_signal::Result;
use std::sync::Arc;

/// The transforms of one stream.
pub struct Chain<'a> {
    plans: &'a [Placed<dyn TransformPlan>],
    links: Vec<Link>,
}

/// One transform of a chain.
pub struct Link {
    place: Place,
    /// Whether it measures frames; rows of the transforms before it then bypass it.
    of_frames: bool,
    /// Whether it passes on its input.
    passes_on: bool,
    /// Whether its state is restored from its own results after a restart.
    carries: bool,
    transform: Box<dyn Transform>,
}

/// Creates these transforms. A transform that folds readings is not a link: it is run by the cut.
pub fn links(plans: &[Placed<dyn TransformPlan>]) -> Result<Vec<Link>> {
    let links = plans.iter().filter_map(|placed| match placed.plan.takes() {
        Takes::Frames(start) | Takes::Rows(_, start) => Some((placed, start)),
        Takes::Readings(_) => None,
    });
    let start =
        |(Placed { place, plan, .. }, start): (&Placed<dyn TransformPlan>, &dyn crate::part::Start)| {
            let transform = start.start().map_err(|fault| fault.within(&place.whole()))?;
            Ok(Link {
                place: place.clone(),
                of_frames: matches!(plan.takes(), Takes::Frames(_)),
                passes_on: plan.passes_on(),
                carries: plan.carries(),
                transform,
            })
        };
    links.map(start).collect()
}

impl<'a> Chain<'a> {
    /// A chain whose transforms are created with the first datum.
    pub fn new(plans: &'a [Placed<dyn TransformPlan>]) -> Self {
        Self { plans, links: vec![] }
    }
    /// Creates the transforms, unless they exist.
    pub fn start(&mut self) -> Result<()> {
        if self.links.is_empty() {
            self.links = links(self.plans)?;
        }
        Ok(())
    }
    /// Starts a recording that is read from this file.
    pub fn begin(&mut self, file: &Arc<FileInfo>, passes: Passes) -> Result<()> {
        self.start()?;
        self.links.iter_mut().for_each(|link| link.transform.begin(file, passes));
        Ok(())
    }
    /// Whether the recording must be read again before it is closed.
    pub fn needs_pass(&mut self) -> bool {
        // only the first transform receives the samples; the others receive its rows
        self.links.first_mut().is_some_and(|link| link.transform.needs_pass())
    }
    /// Drops the transforms with their state.
    pub fn clear(&mut self) {
        self.links.clear();
    }
    /// Whether there is no transform.
    pub fn is_empty(&self) -> bool {
        self.links.is_empty()
    }
    /// Passes a cut through the chain.
    pub fn take(&mut self, cut: Cut<'_>, give: Give<'_>) -> Result<()> {
        take(&mut self.links, cut, give)
    }
    /// Passes a row through the chain.
    pub fn onward(&mut self, row: Data, give: Give<'_>) -> Result<()> {
        onward(&mut self.links, row, give)
    }
    /// Drops unfinished results, after a gap in the stream.
    pub fn restart(&mut self) {
        self.links.iter_mut().for_each(|link| link.transform.restart());
    }
    /// Closes a recording.
    pub fn close(&mut self, recording: i64, give: Give<'_>) -> Result<()> {
        all(&mut self.links, give, &mut |transform, give| transform.close(recording, give))
    }
    /// Emits the shares that must be committed with the positions.
    pub fn settle(&mut self, give: Give<'_>) -> Result<()> {
        all(&mut self.links, give, &mut |transform, give| transform.settle(give))
    }
    /// Counts scans of this recording that were repeated and dropped.
    pub fn count_duplicates(&mut self, recording: i64, scans: u64) {
        self.links.iter_mut().for_each(|link| link.transform.count_duplicates(recording, scans));
    }
    /// Restores the state of transforms that carry it over a restart.
    pub fn restore(&mut self, state: &[Data]) -> Result<()> {
        self.links
            .iter_mut()
            .filter(|link| link.carries)
            .try_for_each(|link| link.transform.carry_on(state).map_err(|fault| fault.at(link.place.whole())))
    }
    /// The first sample of each unfinished result.
    pub fn pending(&self) -> impl Iterator<Item = Mark> {
        self.links.iter().filter_map(|link| link.transform.pending())
    }
}

fn take(links: &mut [Link], cut: Cut<'_>, give: Give<'_>) -> Result<()> {
    let Some((first, rest)) = links.split_first_mut() else { return Ok(()) };
    let cut = match cut {
        Cut::Row(row) if first.of_frames => return onward(rest, row, give),
        cut => cut,
    };
    match &cut {
        Cut::Frame(frame) if first.passes_on => take(rest, Cut::Frame(frame), give)?,
        Cut::Row(row) if first.passes_on => onward(rest, row.clone(), give)?,
        _ => {}
    }
    let taken = match rest {
        [] => first.transform.take(cut, give),
        rest => first.transform.take(cut, &mut |row| onward(rest, row, give)),
    };
    taken.map_err(|fault| fault.at(first.place.whole()))
}

/// Passes a row through these transforms; without any, emits it.
pub fn onward(links: &mut [Link], row: Data, give: Give<'_>) -> Result<()> {
    match links {
        [] => give(row),
        links => take(links, Cut::Row(row), give),
    }
}

/// Calls every transform, and passes its results through those after it.
fn all(
    links: &mut [Link],
    give: Give<'_>,
    act: &mut dyn FnMut(&mut dyn Transform, Give<'_>) -> Result<()>,
) -> Result<()> {
    let Some((first, rest)) = links.split_first_mut() else { return Ok(()) };
    let acted = act(&mut *first.transform, &mut |row| onward(rest, row, give));
    acted.map_err(|fault| fault.at(first.place.whole()))?;
    all(rest, give, act)
}
