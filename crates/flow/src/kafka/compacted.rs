//! Reads the newest message of each key of a compacted topic: state that is restored after a restart.

use super::{Connection, fault_of, unfinished::pending_in};
use crate::data::{Data, Kind, Pane, PanePart, Stream};
use crate::format::{Choice, Message};
use crate::part::Load;
use passband_signal::{Fault, Result};
use rdkafka::Message as _;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, Instant};

/// The broker aborts the transaction of a process that has died after 10 s.
const PATIENCE: Duration = Duration::from_secs(40);

/// Reads a topic to its end.
pub struct Compacted {
    /// The brokers.
    pub connection: Connection,
    /// The topic.
    pub topic: String,
    /// The format of its messages.
    pub format: Choice,
    /// The kind of its messages.
    pub kind: Kind,
}

impl Compacted {
    fn consumer(&self, isolation: &str) -> Result<BaseConsumer> {
        let ours = [
            ("group.id", "passband-state"),
            ("enable.auto.commit", "false"),
            ("isolation.level", isolation),
            ("fetch.wait.max.ms", "20"),
            ("enable.partition.eof", "true"),
        ];
        self.connection.config(&ours).create().map_err(|error| self.tell(&error))
    }
    fn tell(&self, error: &KafkaError) -> Fault {
        fault_of(error, &self.connection.brokers).at(format!("topic {}", self.topic))
    }
}

impl Load for Compacted {
    fn load(&self, shard: i32) -> Result<HashMap<Stream, Vec<Data>>> {
        let (all, safe) = (self.consumer("read_uncommitted")?, self.consumer("read_committed")?);
        let answer = Duration::from_secs(10);
        let began = Instant::now();
        let partitions = self.connection.partitions(all.client(), &self.topic, 0)?;
        let mut left: BTreeSet<i32> = BTreeSet::new();
        let mut start = TopicPartitionList::new();
        // panes: only those of the shard
        let panes = self.kind == Kind::Panes;
        let prefix = format!("{shard}/");
        let ours = |key: &[u8]| !panes || key.starts_with(prefix.as_bytes());
        for partition in (0..partitions).filter(|partition| !panes || *partition == shard % partitions) {
            // transactions of other processes must end before they can be read
            let (low, end) = loop {
                let ends = |consumer: &BaseConsumer| {
                    let marks = consumer.fetch_watermarks(&self.topic, partition, answer);
                    marks.map_err(|error| self.tell(&error))
                };
                let ((low, end), (_, stable)) = (ends(&all)?, ends(&safe)?);
                if stable >= end {
                    break (low, end);
                }
                if began.elapsed() > PATIENCE {
                    // transactions of this process were recovered at its start
                    return Err(pending_in(None).at(format!("topic {}, partition {partition}", self.topic)));
                }
                std::thread::sleep(Duration::from_millis(20));
            };
            if low < end {
                left.insert(partition);
                start
                    .add_partition_offset(&self.topic, partition, Offset::Offset(low))
                    .map_err(|e| self.tell(&e))?;
            }
        }
        safe.assign(&start).map_err(|error| self.tell(&error))?;
        let mut came = Instant::now();
        let mut newest: HashMap<Vec<u8>, (i64, Vec<u8>)> = HashMap::new();
        while !left.is_empty() {
            match safe.poll(Duration::from_millis(50)) {
                Some(Ok(message)) => {
                    came = Instant::now();
                    let key = message.key().unwrap_or_default();
                    match message.payload() {
                        Some(bytes) if ours(key) => {
                            newest.insert(key.to_vec(), (message.offset(), bytes.to_vec()));
                        }
                        _ => drop(newest.remove(key)),
                    }
                }
                // the marker of a transaction occupies an offset and is not a message: only this event reports that it
                // was passed
                Some(Err(KafkaError::PartitionEOF(partition))) => {
                    left.remove(&partition);
                }
                Some(Err(error)) => return Err(self.tell(&error)),
                None => {}
            }
            if came.elapsed() > PATIENCE {
                return Err(
                    Fault::new(format!("the state on topic {} did not arrive in time", self.topic)).passing()
                );
            }
        }
        let mut streams: HashMap<Stream, Vec<Data>> = HashMap::new();
        let mut format = self.format.open()?;
        for (key, (offset, bytes)) in newest {
            let data = match self.kind {
                Kind::Panes => pane(&key, &bytes).ok_or_else(|| "it is not part of a pane".to_owned()),
                kind => format.decode(kind, &Message { key: &key, bytes: &bytes, time: 0 }),
            };
            let data = data.map_err(|why| {
                let at = format!("topic {}, offset {offset}", self.topic);
                Fault::new("the state stored for a restart cannot be read")
                    .at(at)
                    .why(why)
                    .fix("set another topic for it")
            })?;
            let key = String::from_utf8_lossy(&key).into_owned();
            streams.entry(Stream::from(stream_of(&key, &data))).or_default().push(data);
        }
        Ok(streams)
    }
}

/// The key of a result: the name of the stream, and the key of the record, so that the newest state of each run is
/// kept; for a record with its own stream field, only its key; for a part of a pane: shard, stream, pane and part.
pub fn key_of(stream: &str, data: &Data) -> String {
    match data {
        Data::Row(row) => match (row.key(), data.kind().keeps_newest()) {
            (Some(key), true) => format!("{stream}/{key}"),
            (Some(key), false) => key,
            (None, _) => stream.to_owned(),
        },
        Data::Pane(pane) => format!("{}/{stream}/{}/{}", pane.shard, pane.part.start, pane.part.name),
        _ => stream.to_owned(),
    }
}

/// The name of the stream in a key of [`key_of`].
pub fn stream_of<'a>(key: &'a str, data: &Data) -> &'a str {
    match data {
        Data::Row(row) if data.kind().keeps_newest() => {
            let own = row.key().unwrap_or_default();
            key.strip_suffix(own.as_str()).and_then(|key| key.strip_suffix('/')).unwrap_or(key)
        }
        Data::Pane(_) => {
            let stream = key.split_once('/').and_then(|(_, rest)| rest.rsplit_once('/'));
            stream.and_then(|(stream, _)| stream.rsplit_once('/')).map_or(key, |(stream, _)| stream)
        }
        _ => key,
    }
}

/// A part of a pane, from a key of [`key_of`] and its bytes.
fn pane(key: &[u8], bytes: &[u8]) -> Option<Data> {
    let (shard, rest) = std::str::from_utf8(key).ok()?.split_once('/')?;
    let mut rest = rest.rsplitn(3, '/');
    let (name, start) = (rest.next()?.to_owned(), rest.next()?.parse().ok()?);
    let (of, bytes) = bytes.split_first_chunk()?;
    let part = PanePart { start, name, bytes: Some(bytes.to_vec()) };
    Some(Data::Pane(Box::new(Pane { shard: shard.parse().ok()?, of: u64::from_le_bytes(*of), part })))
}
