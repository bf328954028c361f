//! The part of a pipeline that cuts and folds streams.

use super::{Cuts, Keyed, Ordered, Pieces};
use crate::data::Resume;
use crate::part::{Clock, Groups, Placed, Saves, Sums, TransformPlan, WindowPlan};

/// Window and transforms of a pipeline.
#[derive(Clone)]
pub struct Stage<'a> {
    /// The window.
    pub window: Option<&'a Placed<dyn WindowPlan>>,
    /// The transforms that run in the lane.
    pub transforms: &'a [Placed<dyn TransformPlan>],
    /// How streams are cut.
    pub way: Way,
}

/// How streams are cut.
#[derive(Clone)]
pub enum Way {
    /// In order.
    Ordered,
    /// As pieces of recordings in any order.
    Pieces {
        /// When recordings are closed.
        groups: Groups,
        /// Samples per scan.
        scan: Option<u64>,
    },
    /// Readings by key and event time.
    Keyed {
        /// The windows.
        clock: Clock,
        /// The measures.
        sums: Sums,
        /// How open windows are stored, if they are.
        saves: Option<Saves>,
    },
}

impl<'a> Stage<'a> {
    /// The state of one stream. `resume`: where its next result starts; `reached`: the offset of the shard below which
    /// everything was counted before the restart.
    pub fn start(&self, shard: i32, resume: Option<&Resume>, reached: i64) -> Box<dyn Cuts + 'a> {
        match &self.way {
            Way::Ordered => Box::new(Ordered::new(self.window, self.transforms, resume)),
            Way::Pieces { groups, scan } => {
                let groups = (groups.clone(), *scan);
                Box::new(Pieces::new(self.window, self.transforms, groups, resume, reached))
            }
            Way::Keyed { clock, sums, saves } => {
                let clock = (clock.clone(), sums.clone(), *saves);
                Box::new(Keyed::new(clock, self.transforms, shard, resume))
            }
        }
    }

    /// Whether a sink stores the open windows.
    pub fn is_saved(&self) -> bool {
        matches!(&self.way, Way::Keyed { saves: Some(_), .. })
    }
}
