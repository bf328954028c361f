//! Reads data from a Kafka topic.

mod check;
mod message;
mod open;
mod reader;
mod until;

use crate::config::{PassedOn, Place};
use crate::data::Kind;
use crate::format::Choice;
use crate::kafka::Connection;
use crate::part::{Context, Reads, Shares, SinkPlan, Source, SourcePlan};
use crate::sink::kafka::Delivery;
use passband_signal::{Fault, Hertz, Result};
use reader::Reader;
use std::time::Duration;

crate::settings! {
    /// Reads samples, spectra or other data from a Kafka topic.
    ///
    /// The message key names the stream. With a `group`, processes share the partitions, and positions are stored, so that
    /// a pipeline resumes where it stopped. Without a group, every reader reads all partitions.
    pub struct Kafka {
        /// The brokers, host:port, separated by commas.
        brokers: String = "localhost:9092",
        /// The topic.
        topic: String,
        /// Further topics, for a reader without a group.
        also: Vec<String> = "",
        /// The kind of messages without a header `kind`.
        data: Kind = "samples",
        /// The format of the messages.
        format: Choice = "avro",
        /// The consumer group. Without one, the reader reads all partitions, and no positions are stored.
        group: Option<String>,
        /// The name of this process within the group: unique in the group, and kept over restarts.
        instance: String = "1",
        /// Where to start if there is no position.
        from: From = "earliest",
        /// Without a group: start this number of messages before the end of each partition; overrides `from`.
        last: Option<u32>,
        /// When reading ends. At `end`, the windows of readers without a group are closed; those of a group stay open for its
        /// next start.
        until: Until = "stopped",
        /// The rate to accept; messages with other rates are refused.
        rate: Option<Hertz>,
        /// The number of channels to accept; messages with other numbers are refused.
        channels: Option<u32>,
        /// For readings: the header with a unique id, by which repeated readings are detected.
        id_header: Option<String>,
        /// How long a start waits for a broker that does not answer before it fails.
        start_timeout: passband_signal::Duration = "1 min",
        /// Settings of librdkafka, by its own names.
        librdkafka: PassedOn,
    }
}

crate::choice! {
    /// Where to start if there is no position.
    pub enum From {
        /// At the oldest message.
        Earliest = "earliest",
        /// At the next message.
        Latest = "latest",
    }
}

crate::choice! {
    /// When reading ends.
    pub enum Until {
        /// When the pipeline is stopped.
        Stopped = "stopped",
        /// When everything is read that existed at the start: for a group, in the partitions of this process.
        End = "end",
    }
}

impl Kafka {
    fn connection(&self) -> Connection {
        Connection::new(&self.brokers, &self.librdkafka)
    }
}

impl SourcePlan for Kafka {
    fn gives(&self) -> Kind {
        self.data
    }
    fn value_names(&self) -> Vec<String> {
        let reader = (self.data == Kind::Readings).then(|| self.format.open().ok()?.readings().ok());
        reader.flatten().map_or(vec![], |reader| reader.value_names().to_vec())
    }
    fn reads(&self) -> Vec<Reads> {
        let topics = std::iter::once(&self.topic).chain(&self.also);
        topics.map(|topic| Reads::Topic(self.brokers.clone(), topic.clone())).collect()
    }
    fn ends(&self) -> bool {
        self.until == Until::End
    }
    fn start_timeout(&self) -> Duration {
        self.start_timeout.std()
    }
    fn keeps_positions(&self) -> bool {
        self.group.is_some()
    }
    fn between(&self, shares: &Shares) -> Result<(Box<dyn SinkPlan>, Box<dyn SourcePlan>)> {
        let Shares { topic, kind, every, refused } = shares.clone();
        let Some(group) = &self.group else {
            let fault =
                Fault::new("shares are for processes of one consumer group, and the source has no group");
            return Err(fault.fix("set group of the source, or remove shares"));
        };
        if self.until == Until::End {
            let fault = Fault::new("merging shares has no end, but until ends the source");
            return Err(fault.fix("remove until from the source, or remove shares"));
        }
        let send = crate::sink::kafka::Kafka {
            brokers: self.brokers.clone(),
            topic: topic.clone(),
            format: Choice::named("avro").map_err(Fault::new)?,
            delivery: Delivery::ExactlyOnce,
            commit_every: Some(passband_signal::Duration(every.as_secs_f64())),
            partitions: 1,
            refused,
            kept_as: None,
            start_timeout: self.start_timeout,
            librdkafka: self.librdkafka.clone(),
        };
        let merge = Kafka {
            topic,
            also: vec![],
            last: None,
            id_header: None,
            data: kind,
            format: send.format.clone(),
            group: Some(format!("{group}-merge")),
            from: From::Earliest,
            rate: None,
            channels: None,
            ..self.clone()
        };
        Ok((Box::new(send), Box::new(merge)))
    }
    fn check(&self, place: &Place, faults: &mut Vec<Fault>) {
        self.check_settings(place, faults);
    }
    fn open(&self, context: &Context) -> Result<Box<dyn Source>> {
        Ok(Box::new(self.reader(context)?))
    }
}
