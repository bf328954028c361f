//! A pipeline in two halves, where the pieces of one recording are read by several processes: one half folds the
//! shares of this process and sends them to a topic, the other merges the shares of all.

use super::pipeline::{Pipeline, Placed};
use crate::format::Choice;
use crate::part::{Gather, SinkPlan};
use crate::{sink, source};
use passband_signal::{Duration, Fault};

impl Pipeline {
    /// The two halves, if one of the transforms gathers; else the pipeline as it is.
    pub(super) fn halved(mut self) -> Result<Self, Vec<Fault>> {
        let gather = |t: &Placed<dyn crate::part::TransformPlan>| t.plan.gather();
        let Some((at, gather)) =
            self.transforms.iter().enumerate().find_map(|(at, t)| Some((at, gather(t)?)))
        else {
            return Ok(self);
        };
        let place = self.transforms[at].place.clone();
        let Gather { topic, every, fold, merge } = gather;
        let group = self.source.plan.as_kafka().and_then(|kafka| Some((kafka.clone(), kafka.group.clone()?)));
        let Some((from, group)) = group else {
            return Err(vec![
                Fault::new("shares are for the processes of a Kafka group, and the source is none")
                    .at(place.of("shares"))
                    .fix("read from kafka with a group, or take shares out"),
            ]);
        };
        if from.until == source::kafka::Until::End {
            let fault =
                Fault::new("shares are merged without an end, and the source ends").at(place.of("shares"));
            return Err(vec![fault.fix("take until out of the source, or shares out")]);
        }
        let shares = sink::kafka::Kafka {
            brokers: from.brokers.clone(),
            topic: topic.clone(),
            format: Choice::named("avro").map_err(|why| vec![Fault::new(why)])?,
            delivery: sink::kafka::Delivery::ExactlyOnce,
            commit_every: Some(Duration(every.as_secs_f64())),
            partitions: 1,
            refused: self.sinks.iter().find_map(|sink| sink.plan.refused_topic()),
            kept_as: None,
            start_timeout: from.start_timeout,
            librdkafka: from.librdkafka.clone(),
        };
        let merged = source::kafka::Kafka {
            topic,
            also: vec![],
            last: None,
            id_header: None,
            data: crate::transform::statistics::Statistics::KIND,
            format: shares.format.clone(),
            group: Some(format!("{group}-merge")),
            from: source::kafka::From::Earliest,
            rate: None,
            channels: None,
            ..from
        };
        let rest = self.transforms.split_off(at + 1);
        let name = self.name.clone();
        self.transforms.truncate(at);
        self.transforms.push(Placed { place: place.clone(), plan: fold, only: vec![] });
        let mut transforms = vec![Placed { place: place.clone(), plan: merge, only: vec![] }];
        transforms.extend(rest);
        let send: Box<dyn SinkPlan> = Box::new(shares);
        let sinks = std::mem::replace(
            &mut self.sinks,
            vec![Placed { place: place.clone(), plan: send, only: vec![] }],
        );
        let source = Placed { place, plan: Box::new(merged) as _, only: vec![] };
        self.merging = Some(Box::new(Pipeline {
            name,
            variables: self.variables.clone(),
            secrets: self.secrets.clone(),
            file: None,
            source,
            window: None,
            transforms,
            sinks,
            merging: None,
        }));
        Ok(self)
    }
}
