//! Groups of scans by recording, and the stage that merges the shares of several processes.

use super::statistics::{State, Statistics};
use crate::data::{Data, Kind, Scans};
use crate::part::{Cut, Groups, Start, Takes, Transform, TransformPlan};
use passband_dsp::moments::Moments;
use passband_signal::{Fault, Result};

/// The open groups of a lane.
#[derive(Default)]
pub struct Open(Vec<Statistics>);

impl Open {
    /// The group of a recording, created by `new` if it is missing.
    pub fn of(&mut self, recording: i64, new: impl FnOnce() -> Statistics) -> &mut Statistics {
        // the newest group is the most frequently used
        let at = self.0.iter().rposition(|group| group.recording == recording);
        let at = at.unwrap_or_else(|| {
            self.0.push(new());
            self.0.len() - 1
        });
        &mut self.0[at]
    }
    /// The group of a recording, if there is one.
    pub fn find(&mut self, recording: i64) -> Option<&mut Statistics> {
        self.0.iter_mut().find(|group| group.recording == recording)
    }
    /// Closes a group: it is complete if it has all scans, unless it is a share.
    pub fn close(&mut self, recording: i64, share: bool) -> Option<Data> {
        let at = self.0.iter().position(|group| group.recording == recording)?;
        let group = self.0.remove(at);
        let state = match group.of > 0 && group.moments.count() >= group.of {
            _ if share => State::Share,
            true => State::Complete,
            false => State::Incomplete,
        };
        Some(Data::row(Statistics { state, ..group }))
    }
    /// Removes and returns all groups.
    pub fn take(&mut self) -> impl Iterator<Item = Data> + '_ {
        self.0.drain(..).map(Data::row)
    }
    /// Discards all groups.
    pub fn clear(&mut self) {
        self.0.clear();
    }
}

/// Merges the shares of recordings.
#[derive(Clone, Debug)]
pub struct Merge {
    /// When recordings are closed.
    pub groups: Groups,
}

impl TransformPlan for Merge {
    fn takes(&self) -> Takes<'_> {
        Takes::Rows(&[Statistics::KIND], self)
    }
    fn gives(&self) -> Kind {
        Statistics::KIND
    }
    fn groups(&self, _: u64) -> Option<Groups> {
        Some(self.groups.clone())
    }
}

impl Start for Merge {
    fn start(&self) -> Result<Box<dyn Transform>> {
        Ok(Box::new(Merging(Open::default())))
    }
}

struct Merging(Open);

impl Transform for Merging {
    fn take(&mut self, cut: Cut<'_>, _: &mut dyn FnMut(Data) -> Result<()>) -> Result<()> {
        let Cut::Row(row) = cut else { return Ok(()) };
        let Some(share) = row.take::<Statistics>() else { return Ok(()) };
        let group = self.0.of(share.recording, || empty(&share));
        if group.axis != share.axis {
            return Err(Fault::new(format!(
                "the shares of file {} were measured with different settings",
                share.recording
            ))
            .why("the processes run different pipelines")
            .fix("start all processes with the same pipeline, and set a new topic for the shares"));
        }
        let merged = group.moments.merge(&share.moments);
        merged.map_err(|why| Fault::new("shares cannot be merged").why(why))?;
        group.scans.merge(&share.scans);
        group.duplicates += share.duplicates;
        group.of = group.of.max(share.of);
        group.time = group.time.max(share.time);
        Ok(())
    }
    fn restart(&mut self) {
        self.0.clear();
    }
    fn close(&mut self, recording: i64, give: &mut dyn FnMut(Data) -> Result<()>) -> Result<()> {
        self.0.close(recording, false).map_or(Ok(()), give)
    }
    fn count_duplicates(&mut self, recording: i64, scans: u64) {
        if let Some(group) = self.0.find(recording) {
            group.duplicates += scans;
        }
    }
}

/// An empty group with the axis of another.
fn empty(like: &Statistics) -> Statistics {
    let moments = Moments::start(like.moments.bins());
    Statistics { moments, scans: Scans::default(), duplicates: 0, ..like.clone() }
}
