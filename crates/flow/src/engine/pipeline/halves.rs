//! Splits a pipeline whose recordings are read piece by piece in several processes: one half folds the shares
//! of this process and sends them to a topic, the other merges the shares of all processes.

use super::Pipeline;
use crate::part::{Gather, Placed, Shares, TransformPlan};
use passband_signal::Fault;

impl Pipeline {
    /// The two halves if one of the transforms gathers results of several processes; otherwise the unchanged
    /// pipeline.
    pub(super) fn halved(mut self) -> Result<Self, Vec<Fault>> {
        let gather = |t: &Placed<dyn TransformPlan>| t.plan.gather();
        let Some((at, gather)) =
            self.transforms.iter().enumerate().find_map(|(at, t)| Some((at, gather(t)?)))
        else {
            return Ok(self);
        };
        let place = self.transforms[at].place.clone();
        let Gather { shares, fold, merge } = gather;
        let refused = self.sinks.iter().find_map(|sink| sink.plan.refused_topic());
        let between = self.source.plan.between(&Shares { refused, ..shares });
        let (send, merged) = between.map_err(|fault| vec![fault.at(place.of("shares"))])?;
        let rest = self.transforms.split_off(at + 1);
        let name = self.name.clone();
        self.transforms.truncate(at);
        self.transforms.push(Placed { place: place.clone(), plan: fold, only: vec![] });
        let mut transforms = vec![Placed { place: place.clone(), plan: merge, only: vec![] }];
        transforms.extend(rest);
        let sinks = std::mem::replace(
            &mut self.sinks,
            vec![Placed { place: place.clone(), plan: send, only: vec![] }],
        );
        let source = Placed { place, plan: merged, only: vec![] };
        self.merging = Some(Box::new(Pipeline {
            name,
            variables: self.variables.clone(),
            secrets: self.secrets.clone(),
            file: None,
            measured_by: None,
            source,
            window: None,
            transforms,
            sinks,
            merging: None,
        }));
        Ok(self)
    }
}
