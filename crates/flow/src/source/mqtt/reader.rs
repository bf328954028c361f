//! Converts the messages of a session to readings.

use super::place::{Fate, Numbers};
use super::session::{Epoch, Received, Session};
use super::topic::Pattern;
use crate::data::{Arrival, Data, Input, Origin, Positions, Readings, Refusal, Stream};
use crate::format::{Message, ReadReadings};
use crate::part::{Control, Settle, Source, Turn};
use passband_signal::{Fault, Result, now};
use rumqttc::Publish;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

/// Maximum number of readings per batch.
const BATCH: usize = 8192;
/// How long a turn waits for the first message.
const WAIT: Duration = Duration::from_millis(20);
/// The usual limit of unacknowledged messages of a broker, and the silence after which it is reported.
const INFLIGHT: usize = 20;
const QUIET: Duration = Duration::from_secs(10);
/// Redelivered messages arrive immediately after connecting: after this silence, all of them have arrived.
const AGAIN: Duration = Duration::from_secs(2);

pub struct Reader {
    session: Arc<Session>,
    received: Receiver<Received>,
    patterns: Vec<Pattern>,
    format: Box<dyn ReadReadings>,
    stream: Stream,
    place: Arc<str>,
    control: Control,
    numbers: Numbers,
    epoch: Epoch,
    /// Numbered messages.
    ready: VecDeque<(i64, Publish)>,
    /// When the last message arrived; `None` after the silence was reported.
    last: Option<Instant>,
}

impl Reader {
    pub fn new(
        session: Arc<Session>,
        received: Receiver<Received>,
        patterns: Vec<Pattern>,
        format: Box<dyn ReadReadings>,
        stream: Stream,
        place: &str,
        control: &Control,
    ) -> Self {
        let place = format!("MQTT broker {place}, message ").into();
        Self {
            session,
            received,
            patterns,
            format,
            stream,
            place,
            control: control.clone(),
            numbers: Numbers::default(),
            epoch: 0,
            ready: VecDeque::new(),
            last: None,
        }
    }

    /// Reports that the broker may be waiting for acknowledgements, which need further messages.
    fn quiet(&mut self) {
        let unsettled = self.session.unsettled();
        if self.last.is_some_and(|last| last.elapsed() > QUIET) && unsettled >= INFLIGHT {
            self.last = None;
            self.control.note(|| {
                format!(
                    "nothing comes while {unsettled} messages wait for their windows to end; if the broker waits for \
                     them, let it send more (mosquitto: max_inflight_messages 0)"
                )
            });
        }
    }
}

impl Reader {
    /// Numbers a message; without one, numbers the messages that wait for one that does not arrive.
    fn number(&mut self, message: Option<Publish>) {
        let Self { session, numbers, ready, epoch, .. } = self;
        let mut give = |fate: Fate| match fate {
            Fate::Safe(message) => session.safe(*epoch, &message),
            Fate::Numbered(number, message) => {
                session.number(*epoch, number, &message);
                ready.push_back((number, message));
            }
        };
        match message {
            Some(message) => numbers.take(message, &mut give),
            None => numbers.go_on(&mut give),
        }
    }

    /// Waits for messages; returns whether there are any.
    fn listen(&mut self) -> Result<bool> {
        if !self.ready.is_empty() {
            return Ok(true);
        }
        let mut received = match self.received.recv_timeout(WAIT) {
            Ok(received) => Some(received),
            Err(RecvTimeoutError::Timeout) => {
                let over = self.session.connected() && self.last.is_some_and(|last| last.elapsed() > AGAIN);
                if self.numbers.waits() && over {
                    self.number(None);
                }
                self.quiet();
                None
            }
            Err(RecvTimeoutError::Disconnected) => {
                return Err(Fault::new("the MQTT session has ended").passing());
            }
        };
        while let Some(message) = received {
            let (epoch, message) = message?;
            self.last = Some(Instant::now());
            if epoch != self.epoch {
                // nothing of the previous session is redelivered
                self.number(None);
                self.epoch = epoch;
            }
            self.number(Some(message));
            if self.ready.len() >= BATCH {
                break;
            }
            received = self.received.try_recv().ok();
        }
        Ok(!self.ready.is_empty())
    }
}

impl Source for Reader {
    fn next(&mut self, batch: &mut Vec<Input>) -> Result<Turn> {
        let went = self.listen();
        let mut readings = Box::new(Readings::new(self.format.value_names(), self.place.clone()));
        let time = now();
        while let Some((offset, message)) = self.ready.pop_front() {
            let names = self.patterns.iter().find_map(|pattern| pattern.read(&message.topic));
            let read = match names {
                None => Err("its topic belongs to an earlier subscription".into()),
                Some(names) => {
                    let key = names.key.unwrap_or(&message.topic).as_bytes();
                    let arrival = Arrival { time, offset, id: None };
                    let message = Message { key, bytes: &message.payload, time };
                    match names.value {
                        Some(name) => self.format.read_value(name, &message, arrival, &mut readings),
                        None => self.format.read(&message, arrival, &mut readings),
                    }
                }
            };
            if let Err(reason) = read {
                let (origin, place) = (Origin { shard: 0, offset }, readings.place_of(offset));
                let place = format!("{place}, topic {}", message.topic);
                let bytes = message.payload.to_vec();
                batch.push(Input::Refused(Refusal { origin, place, reason, bytes }));
            }
            if readings.is_full() {
                break;
            }
        }
        if let Some(note) = self.format.note() {
            self.control.note(|| note);
        }
        if let Some((offset, _)) = readings.offsets() {
            let origin = Origin { shard: 0, offset };
            batch.push(Input::Datum(self.stream.clone(), origin, Data::Readings(readings)));
        }
        // messages before a fault are valid
        went.map(|_| Turn::More)
    }

    fn resume(&mut self, positions: &Positions) -> Result<()> {
        if let Some(position) = positions.get(&0) {
            let ends = self.session.resume(position);
            self.numbers = Numbers::resume(position.offset, position.reached, ends);
        }
        Ok(())
    }

    fn settle(&self) -> Option<Arc<dyn Settle>> {
        Some(self.session.clone())
    }
}
