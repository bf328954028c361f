//! A worker: takes the number of a shard, has it built, and says so.

use super::plan_file::PlanFile;
use super::queue::{Message, Queue};
use crate::set::manifest::Progress;
use passband_flow::Control;
use passband_flow::config::PassedOn;
use passband_flow::kafka::explain;
use passband_flow::place::Place;
use passband_signal::{Fault, Result};
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::KafkaResult;
use rdkafka::message::{BorrowedMessage, Message as _};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use std::time::Duration;

/// How long a turn waits for a message.
const TURN: Duration = Duration::from_millis(100);
/// The pause after what may pass.
const PAUSE: Duration = Duration::from_secs(2);

/// A shard that is to be built here.
pub struct Task<'a> {
    /// The prefix of its set.
    pub set: &'a str,
    /// Its number.
    pub shard: i32,
    /// How sets like it are built.
    pub plan: &'a PlanFile,
}

/// Takes shards and has them built by `build` until it is stopped; gives how many. `build` returns when the shard is
/// there and its progress is told, or early if it is stopped.
pub fn work(
    queue: &Queue,
    control: &Control,
    build: &(dyn Fn(&Task<'_>) -> Result<()> + Sync),
) -> Result<u64> {
    let member = queue.member(control)?;
    control.note(|| format!("waiting for shards at {queue}"));
    let mut built = 0;
    while !control.stopping() {
        let Some(message) = next(&member) else { continue };
        let message = match message {
            Ok(message) => message,
            Err(error) => {
                let fault = explain(&error, &queue.connection.brokers);
                if !fault.is_passing() && error.rdkafka_error_code().is_none() {
                    return Err(fault);
                }
                control.note(|| fault.to_string());
                continue;
            }
        };
        let place = (message.topic().to_owned(), message.partition(), message.offset());
        let Some(task) = read(&message) else {
            control.counters.refused.add(1);
            control.note(|| format!("a message on {} is no shard: it is passed over", place.0));
            take(&member, &place, control);
            continue;
        };
        match one(&member, &task, control, build) {
            Ok(Outcome::Built) => {
                built += 1;
                take(&member, &place, control);
            }
            Ok(Outcome::Known) => take(&member, &place, control),
            Ok(Outcome::Stopped) => {}
            // another worker may know better
            Err(fault) if !fault.is_passing() => return Err(fault),
            Err(fault) => {
                // the store may come back; the shard is still to be built
                control.note(|| fault.to_string());
                let _ = member.seek(&place.0, place.1, Offset::Offset(place.2), PAUSE);
                std::thread::sleep(PAUSE);
            }
        }
    }
    Ok(built)
}

/// The next message, if one comes in a turn. A partition that was revoked while it was paused is still paused when it is
/// assigned again: where nothing comes, all are resumed.
fn next(member: &BaseConsumer) -> Option<KafkaResult<BorrowedMessage<'_>>> {
    let message = member.poll(TURN);
    if message.is_none() {
        release(member);
    }
    message
}

enum Outcome {
    Built,
    /// Somebody has built it before, or its plan is no more.
    Known,
    Stopped,
}

fn read(message: &BorrowedMessage<'_>) -> Option<Message> {
    serde_json::from_slice(message.payload()?).ok()
}

/// Builds one, unless it is done. While it is built the group is served, so that the shard stays with this worker.
fn one(
    member: &BaseConsumer,
    message: &Message,
    control: &Control,
    build: &(dyn Fn(&Task<'_>) -> Result<()> + Sync),
) -> Result<Outcome> {
    let Message { set, plan: id, shard } = message;
    let (place, stem) = Place::of(set, &PassedOn::default(), control)?;
    let Some(plan) = PlanFile::read(&place, &stem)?.filter(|plan| plan.id == *id) else {
        return Ok(Outcome::Known);
    };
    let progress = Progress::of(&stem);
    if let Some(done) = progress.get(&place, *shard, id)?
        && place.size(&done.shard.file)? == Some(done.shard.written.bytes)
    {
        return Ok(Outcome::Known);
    }
    control.note(|| format!("building shard {shard} of {set}"));
    let task = Task { set, shard: *shard, plan: &plan };
    let ended = std::thread::scope(|scope| {
        let building = scope.spawn(|| build(&task));
        while !building.is_finished() {
            hold(member);
        }
        building.join().unwrap_or_else(|_| Err(Fault::new("a thread that built a shard has panicked")))
    });
    release(member);
    match ended {
        _ if control.stopping() => Ok(Outcome::Stopped),
        Ok(()) => match progress.get(&place, *shard, id)? {
            Some(_) => Ok(Outcome::Built),
            None => Err(Fault::new(format!("shard {shard} of {set} was not finished")).passing()),
        },
        Err(fault) if fault.is_passing() => Err(fault),
        Err(fault) => {
            // nobody else would fare better: the one who waits must know
            progress.fail(&place, *shard, id, &fault)?;
            control.note(|| fault.to_string());
            Ok(Outcome::Known)
        }
    }
}

/// Serves the group, without taking anything.
fn hold(member: &BaseConsumer) {
    if let Ok(assigned) = member.assignment() {
        let _ = member.pause(&assigned);
    }
    // of a partition that has just come one may slip through
    if let Some(Ok(message)) = member.poll(TURN) {
        let _ = member.seek(message.topic(), message.partition(), Offset::Offset(message.offset()), PAUSE);
    }
}

fn release(member: &BaseConsumer) {
    if let Ok(assigned) = member.assignment() {
        let _ = member.resume(&assigned);
    }
}

/// The number is taken. Where the partition has gone to another worker, that one finds the shard done.
fn take(member: &BaseConsumer, (topic, partition, offset): &(String, i32, i64), control: &Control) {
    let mut list = TopicPartitionList::new();
    let noted = list.add_partition_offset(topic, *partition, Offset::Offset(offset + 1));
    if let Err(error) = noted.and_then(|()| member.commit(&list, CommitMode::Sync)) {
        control.note(|| format!("a shard is done, but could not be marked as taken: {error}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use passband_testbed::{Kafka, unique};
    use std::collections::BTreeSet;
    use std::time::Instant;

    fn until(what: &str, mut done: impl FnMut() -> bool) {
        let began = Instant::now();
        while !done() {
            assert!(began.elapsed() < Duration::from_secs(60), "{what}");
        }
    }

    #[test]
    fn partitions_that_left_while_a_shard_was_built_are_read_when_they_come_back() {
        let Some(kafka) = Kafka::shared() else { return };
        let address = format!("kafka://{}/{}", kafka.bootstrap(), unique("shards"));
        let queue = Queue::of(&address, &PassedOn::default()).unwrap();
        let control = Control::default();
        queue.send("set", "plan", &[]).unwrap();
        let assigned = |member: &BaseConsumer| member.assignment().map_or(0, |list| list.count());
        let first = queue.member(&control).unwrap();
        until("no partitions come", || {
            hold(&first);
            assigned(&first) == 64
        });
        hold(&first);
        let second = queue.member(&control).unwrap();
        until("no partitions go", || {
            hold(&first);
            let _ = second.poll(TURN);
            (assigned(&first), assigned(&second)) == (32, 32)
        });
        release(&first);
        drop(second);
        until("the partitions do not come back", || next(&first).is_none() && assigned(&first) == 64);
        queue.send("set", "plan", &(0..64).collect::<Vec<_>>()).unwrap();
        let mut seen = BTreeSet::new();
        until("some are not read", || {
            seen.extend(next(&first).map(|message| message.unwrap().partition()));
            seen.len() == 64
        });
    }
}
