//! Reads readings from an MQTT broker.

mod explain;
mod place;
mod reader;
mod session;
mod topic;

use crate::config::{Place, Secret};
use crate::data::{Kind, Stream};
use crate::format::{Carrier, Choice, Job, ReadReadings};
use crate::part::{Context, Source, SourcePlan};
use passband_signal::{Duration, Fault, Result};
use reader::Reader;
use session::Session;
use topic::Pattern;

crate::settings! {
    /// Reads readings from an MQTT broker (3.1.1), one per message.
    ///
    /// Messages of QoS 1 are acknowledged when their results are committed, and redelivered after a restart otherwise. The
    /// broker must keep them until then: configure it to send as many unacknowledged messages as a window contains
    /// (mosquitto: `max_inflight_messages 0`; the protocol allows 65,535) and to queue the others
    /// (`max_queued_messages 0`, `persistence true`). With an exactly-once sink, redelivered messages are distinguished from
    /// new ones by the order of the broker, and counted once.
    pub struct Mqtt {
        /// The broker, `mqtt://host:port`.
        broker: String = "mqtt://localhost:1883",
        /// The topics: `+` stands for any level and `#` for all following levels. `{key}` is a level that names the sensor, as
        /// in `sensors/{key}/temperature`; without it, the topic does, unless the format reads the key from the message.
        /// `{value}` is a level that names the single value in a message: with `home/{key}/{value}`, `time = "arrival"` and the
        /// `values` temperature and humidity, a `21.5` on `home/kitchen/temperature` is the temperature of the kitchen. Only the
        /// topics of these values are subscribed to.
        topics: Vec<String>,
        /// The format of the messages.
        format: Choice = "json",
        /// The name of the session that the broker stores: unique for each process, and kept over restarts. Default: the name
        /// of the pipeline.
        client_id: Option<String>,
        /// The user name, if the broker requires one.
        username: Option<String>,
        /// The password.
        password: Option<Secret>,
        /// The interval of keep-alive messages.
        keep_alive: Duration = "30 s",
        /// How long a start waits for a broker that does not answer before it fails.
        start_timeout: Duration = "1 min",
        /// The name of the stream.
        stream: String = "readings",
    }
}

impl Mqtt {
    fn patterns(&self) -> Result<Vec<Pattern>, String> {
        self.topics.iter().map(|topic| topic.parse()).collect()
    }

    /// Checks that topics and format together name the sensor and the value exactly once.
    fn check_names(&self, reader: &dyn ReadReadings, place: &Place, faults: &mut Vec<Fault>) {
        let Ok(patterns) = self.patterns() else { return };
        let (holds, values) = (reader.holds(), reader.value_names());
        let keyed = patterns.iter().filter(|pattern| pattern.names_key()).count();
        if keyed > 0 && holds.key {
            let fault = place.fault("topics", "has {key}, but the format reads the key from the message");
            faults.push(fault.fix("write + instead of {key}, or remove key from the format"));
        }
        let of_values = patterns.iter().any(Pattern::names_value);
        if of_values && !holds.named {
            let fault =
                place.fault("topics", format!("has {{value}}, and {} does not support it", self.format.name));
            faults.push(fault.fix("write + instead of {value}, or use json"));
        } else if of_values && values[..] == ["value".to_owned()] {
            let fault = place.fault("topics", "has {value}, but values of the format is not set");
            faults.push(fault.fix(
                "name them as the topics do, such as format = { type = \"json\", time = \"arrival\", values = { \
                 temperature = \"temperature\", humidity = \"humidity\" } }",
            ));
        } else if of_values && let Some(name) = values.iter().find(|name| name.contains(['/', '+', '#'])) {
            let fault = place
                .fault("topics", format!("has {{value}}, but no level of a topic can be named '{name}'"));
            faults.push(fault.fix("name the values of the format as the topics do"));
        }
        // single numbers do not identify their quantity
        let several = keyed > 1 || patterns.iter().any(Pattern::varies_behind_key);
        if holds.bare
            && several
            && patterns.iter().any(|pattern| pattern.names_key() && !pattern.names_value())
        {
            let fault = place.fault(
                "topics",
                "matches several topics for one sensor, and the messages are single numbers",
            );
            faults.push(fault.why("different quantities would be folded into one value").fix(
                "write {value} for the level that names the value, or remove {key}: the topic is then the key",
            ));
        }
    }

    /// The broker's host and port.
    ///
    /// # Errors   what is wrong with the address
    fn address(&self) -> Result<(String, u16), String> {
        let rest = match self.broker.split_once("://") {
            Some(("mqtt" | "tcp", rest)) => rest,
            Some((scheme, _)) => return Err(format!("{scheme}:// is not supported, only mqtt:// is")),
            None => &self.broker,
        };
        let rest = rest.trim_end_matches('/');
        if rest.contains('@') {
            return Err("it contains a user: set username and password instead".into());
        }
        // IPv6 addresses are in brackets
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => {
                (host, port.parse().map_err(|_| format!("{port} is not a port"))?)
            }
            _ => (rest, 1883),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() { Err("it has no host".into()) } else { Ok((host.into(), port)) }
    }
}

impl SourcePlan for Mqtt {
    fn gives(&self) -> Kind {
        Kind::Readings
    }
    fn value_names(&self) -> Vec<String> {
        let reader = self.format.open().ok().and_then(|format| format.readings().ok());
        reader.map_or(vec![], |reader| reader.value_names().to_vec())
    }
    fn start_timeout(&self) -> std::time::Duration {
        self.start_timeout.std()
    }
    fn keeps_positions(&self) -> bool {
        true
    }
    fn resumes(&self) -> bool {
        true
    }
    fn check(&self, place: &Place, faults: &mut Vec<Fault>) {
        if let Err(why) = self.address() {
            // a password in the address is not repeated
            let fault = place.fault("broker", "cannot be used").why(why);
            faults.push(fault.fix("write it like \"mqtt://localhost:1883\""));
        }
        if self.topics.is_empty() {
            faults.push(place.fault("topics", "is empty").fix("name one, such as \"sensors/{key}\""));
        }
        if let Err(why) = self.patterns() {
            let fault = place.fault("topics", "has one that cannot be used").why(why);
            faults.push(fault.fix("write it like \"sensors/{key}/temperature\" or \"sensors/#\""));
        }
        if self.keep_alive.0 < 1.0 {
            faults.push(place.fault("keep_alive", "is less than 1 s").fix("set it to 1 s or more"));
        }
        if self.password.is_some() && self.username.is_none() {
            faults.push(place.fault("password", "is set without a username").fix("set username too"));
        }
        match self.format.open().ok().map(|format| format.readings()) {
            Some(Err(why)) => faults.push(place.fault("format", "cannot read readings").why(why)),
            Some(Ok(reader)) => self.check_names(&*reader, place, faults),
            None => {}
        }
        self.format.check(&[Job::Read(Kind::Readings, Carrier::Messages)], place, "format", faults);
    }

    fn open(&self, context: &Context) -> Result<Box<dyn Source>> {
        let patterns = self.patterns().map_err(|why| Fault::new(why).at("topics"))?;
        let address = self.address().map_err(|why| Fault::new(why).at("broker"))?;
        let id = self.client_id.clone().unwrap_or_else(|| context.pipeline.clone());
        let mut options = rumqttc::MqttOptions::new(id, address.0.clone(), address.1);
        options.set_clean_session(false).set_manual_acks(true).set_keep_alive(self.keep_alive.std());
        options.set_max_packet_size(16 << 20, 1 << 20);
        if let Some(user) = &self.username {
            options.set_credentials(user, self.password.as_ref().map_or("", Secret::reveal));
        }
        let format = self.format.open()?.readings().map_err(Fault::new)?;
        let values = format.value_names();
        let filters = patterns.iter().flat_map(|pattern| pattern.filters(&values)).collect();
        let place = format!("{}:{}", address.0, address.1);
        let (session, heard) = Session::open(options, filters, place.clone(), &context.control)?;
        let stream = Stream::from(self.stream.as_str());
        Ok(Box::new(Reader::new(session, heard, patterns, format, stream, &place, &context.control)))
    }
}
