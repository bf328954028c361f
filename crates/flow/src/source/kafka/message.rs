//! One message: its stream and its data, or why it is refused.

use super::Reader;
use crate::data::{Arrival, Data, Input, Kind, Origin, Readings, Refusal, Stream};
use crate::format::{Choice, Message, name_hash};
use crate::kafka::stream_of;
use passband_signal::Result;
use rdkafka::Message as _;
use rdkafka::message::{BorrowedMessage, Headers};
use std::collections::hash_map::Entry;

impl Reader {
    /// Adds what a message holds, or its refusal.
    pub(super) fn message(&mut self, message: &BorrowedMessage<'_>, batch: &mut Vec<Input>) {
        // partitions of further topics are additional shards
        let further =
            self.also.iter().position(|topic| topic == message.topic()).map_or(0, |at| at as i32 + 1);
        let origin = Origin { shard: further << 16 | message.partition(), offset: message.offset() };
        let (key, bytes) = (message.key().unwrap_or_default(), message.payload().unwrap_or_default());
        let time = header(message, "time").and_then(|time| time.parse().ok());
        let time = time.unwrap_or_else(|| message.timestamp().to_millis().unwrap_or(0) * 1000);
        let read = self.read(message, &Message { key, bytes, time });
        let read = read.and_then(|(stream, data)| {
            match !self.grouped
                || self.stream_limits.entry(origin.shard).or_default().takes(&stream, origin.offset)
            {
                true => Ok((stream, data)),
                false => {
                    Err("more streams in this partition than fit in a position (4 kB): distribute the keys \
                              over more partitions"
                        .to_owned())
                }
            }
        });
        batch.push(match read {
            Ok((stream, data)) => Input::Datum(stream, origin, data),
            Err(reason) => {
                let (topic, partition, offset) = (message.topic(), message.partition(), origin.offset);
                let place = format!("topic {topic}, partition {partition}, offset {offset}");
                Input::Refused(Refusal { origin, place, reason, bytes: bytes.to_vec() })
            }
        });
    }

    /// Adds a reading to the batch of its partition; returns whether the batch is full.
    pub(super) fn reading(
        &mut self,
        message: &BorrowedMessage<'_>,
        all: &mut Vec<(i32, Box<Readings>)>,
        batch: &mut Vec<Input>,
    ) -> bool {
        let Some(reader) = &mut self.readings else { return true };
        let (partition, offset) = (message.partition(), message.offset());
        let at = all.iter().position(|(of, _)| *of == partition).unwrap_or_else(|| {
            let place = format!("topic {}, partition {partition}, offset ", message.topic());
            let readings = Readings::new(reader.value_names(), place.into()).with(&self.spare);
            all.push((partition, Box::new(readings)));
            all.len() - 1
        });
        let (key, bytes) = (message.key().unwrap_or_default(), message.payload().unwrap_or_default());
        let time = message.timestamp().to_millis().unwrap_or(0) * 1000;
        let named = self.id_header.as_deref().and_then(|name| header_bytes(message, name));
        let arrival = Arrival { time, offset, id: named.map(name_hash) };
        if let Err(reason) = reader.read(&Message { key, bytes, time }, arrival, &mut all[at].1) {
            let (origin, place) =
                (Origin { shard: partition, offset }, format!("{}{offset}", all[at].1.place));
            batch.push(Input::Refused(Refusal { origin, place, reason, bytes: bytes.to_vec() }));
        }
        all[at].1.is_full()
    }

    fn read(&mut self, from: &BorrowedMessage<'_>, message: &Message<'_>) -> Result<(Stream, Data), String> {
        let kind = match header(from, "kind") {
            None => self.kind,
            Some(name) => Kind::by_name(name).ok_or("an unknown kind of data")?,
        };
        let format = match header(from, "format").filter(|name| *name != self.format.0) {
            None => &mut self.format.1,
            Some(name) => match self.others.entry(name.to_owned()) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => {
                    let format =
                        Choice::named(new.key()).and_then(|c| c.open().map_err(|f| f.to_string()))?;
                    new.insert(format)
                }
            },
        };
        let data = format.decode(kind, message)?;
        // if a format defines the keys, the stream is named after the topic
        let name = if format.key_names_stream(kind) { message.key } else { b"" };
        if !self.streams.contains_key(name) {
            let text = if name.is_empty() { from.topic().into() } else { String::from_utf8_lossy(name) };
            self.streams.insert(name.to_vec(), Stream::from(stream_of(&text, &data)));
        }
        let stream = self.streams[name].clone();
        self.guard.check(&stream, &data).map(|()| (stream, data))
    }
}

/// The text of a header.
fn header<'a>(message: &'a BorrowedMessage<'_>, name: &str) -> Option<&'a str> {
    std::str::from_utf8(header_bytes(message, name)?).ok()
}

fn header_bytes<'a>(message: &'a BorrowedMessage<'_>, name: &str) -> Option<&'a [u8]> {
    message.headers()?.iter().find(|header| header.key == name)?.value
}
