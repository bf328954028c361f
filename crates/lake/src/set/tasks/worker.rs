//! A worker: receives shards, builds them, and commits their messages.

use super::plan_file::PlanFile;
use super::queue::{Message, Queue};
use crate::set::manifest::Progress;
use passband_flow::Control;
use passband_flow::config::PassedOn;
use passband_flow::kafka::explain;
use passband_flow::store::Directory;
use passband_signal::{Fault, Result};
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::KafkaResult;
use rdkafka::message::{BorrowedMessage, Message as _};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use std::time::Duration;

/// Time limit of one poll for a message.
const TURN: Duration = Duration::from_millis(100);
/// The pause after a transient fault.
const PAUSE: Duration = Duration::from_secs(2);

/// A shard that this worker builds.
pub struct Task<'a> {
    /// The prefix of its set.
    pub set: &'a str,
    /// Its number.
    pub shard: i32,
    /// The plan of the set.
    pub plan: &'a PlanFile,
}

/// Receives shards and builds them with `build` until the worker is stopped; returns the number of shards
/// built. `build` returns when the shard and its progress note are written, or early if it is stopped.
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
            control.note(|| format!("a message on {} is not a shard and is skipped", place.0));
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
            // the message is not committed, and another worker may succeed
            Err(fault) if !fault.is_passing() => return Err(fault),
            Err(fault) => {
                // a transient fault: the shard is built later
                control.note(|| fault.to_string());
                let _ = member.seek(&place.0, place.1, Offset::Offset(place.2), PAUSE);
                std::thread::sleep(PAUSE);
            }
        }
    }
    Ok(built)
}

/// The next message, if there is one. A partition that was revoked while paused is still paused when it is
/// assigned again, so all partitions are resumed if no message arrives.
fn next(member: &BaseConsumer) -> Option<KafkaResult<BorrowedMessage<'_>>> {
    let message = member.poll(TURN);
    if message.is_none() {
        release(member);
    }
    message
}

enum Outcome {
    Built,
    /// The shard was built before, or its plan was replaced.
    Known,
    Stopped,
}

fn read(message: &BorrowedMessage<'_>) -> Option<Message> {
    serde_json::from_slice(message.payload()?).ok()
}

/// Builds a shard unless it is finished. The consumer is polled meanwhile, so that the worker stays in the group.
fn one(
    member: &BaseConsumer,
    message: &Message,
    control: &Control,
    build: &(dyn Fn(&Task<'_>) -> Result<()> + Sync),
) -> Result<Outcome> {
    let Message { set, plan: id, shard } = message;
    let (place, stem) = Directory::of(set, &PassedOn::default(), control)?;
    let Some(plan) = wanted(&place, &stem, id, *shard)? else { return Ok(Outcome::Known) };
    let progress = Progress::of(&stem);
    control.note(|| format!("building shard {shard} of {set}"));
    let task = Task { set, shard: *shard, plan: &plan };
    let ended = std::thread::scope(|scope| {
        let building = scope.spawn(|| build(&task));
        while !building.is_finished() {
            hold(member);
        }
        building.join().unwrap_or_else(|_| Err(Fault::new("a thread that built a shard panicked")))
    });
    release(member);
    match ended {
        _ if control.stopping() => Ok(Outcome::Stopped),
        Ok(()) => match progress.get(&place, *shard, id)? {
            Some(_) => Ok(Outcome::Built),
            None => Err(Fault::new(format!("shard {shard} of {set} was not finished")).passing()),
        },
        Err(fault) if fault.is_passing() => Err(fault),
        // the set was completed or replanned while the shard was built: the shard itself has no fault
        Err(_) if wanted(&place, &stem, id, *shard)?.is_none() => Ok(Outcome::Known),
        Err(fault) => {
            // every worker would fail: the planning process reports it
            progress.fail(&place, *shard, id, &fault)?;
            control.note(|| fault.to_string());
            Ok(Outcome::Known)
        }
    }
}

/// The plan, if it is unchanged and the shard is not finished.
fn wanted(place: &Directory, stem: &str, id: &str, shard: i32) -> Result<Option<PlanFile>> {
    let Some(plan) = PlanFile::read(place, stem)?.filter(|plan| plan.id == id) else { return Ok(None) };
    match Progress::of(stem).get(place, shard, id)? {
        Some(done) if done.is_there(place)? => Ok(None),
        _ => Ok(Some(plan)),
    }
}

/// Polls the consumer with all partitions paused.
fn hold(member: &BaseConsumer) {
    if let Ok(assigned) = member.assignment() {
        let _ = member.pause(&assigned);
    }
    // a newly assigned partition may still deliver a message
    if let Some(Ok(message)) = member.poll(TURN) {
        let _ = member.seek(message.topic(), message.partition(), Offset::Offset(message.offset()), PAUSE);
    }
}

fn release(member: &BaseConsumer) {
    if let Ok(assigned) = member.assignment() {
        let _ = member.resume(&assigned);
    }
}

/// Commits the message. If the partition was reassigned, the other worker finds the shard finished.
fn take(member: &BaseConsumer, (topic, partition, offset): &(String, i32, i64), control: &Control) {
    let mut list = TopicPartitionList::new();
    let noted = list.add_partition_offset(topic, *partition, Offset::Offset(offset + 1));
    if let Err(error) = noted.and_then(|()| member.commit(&list, CommitMode::Sync)) {
        control.note(|| format!("a shard is built, but its message could not be committed: {error}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::set::tasks::plan_file;
    use passband_testbed::{Kafka, unique};
    use std::collections::BTreeSet;
    use std::time::Instant;

    fn until(what: &str, mut done: impl FnMut() -> bool) {
        let began = Instant::now();
        while !done() {
            assert!(began.elapsed() < Duration::from_secs(60), "{what}");
        }
    }

    /// A planning process that restarts while a worker builds must not receive a fault of the shard.
    #[test]
    fn a_plan_that_goes_while_a_shard_is_built_is_no_fault_of_the_shard() {
        let Some(kafka) = Kafka::shared() else { return };
        let address = format!("kafka://{}/{}", kafka.bootstrap(), unique("shards"));
        let queue = Queue::of(&address, &PassedOn::default()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let prefix = folder.path().join("digits").display().to_string();
        let (place, stem) = Directory::of(&prefix, &PassedOn::default(), &Control::default()).unwrap();
        let (progress, control) = (Progress::of(&stem), Control::default());
        let member = queue.member(&control).unwrap();
        for (shard, goes) in [(0, true), (1, false)] {
            plan_file::tests::store(&place, &stem);
            let message = Message { set: prefix.clone(), plan: "a8f1".into(), shard };
            let build = |_: &Task<'_>| {
                if goes {
                    PlanFile::remove(&place, &stem)?;
                }
                Err(Fault::new("its rows are gone"))
            };
            let ended = one(&member, &message, &control, &build);
            assert!(matches!(ended, Ok(Outcome::Known)), "shard {shard}");
            let told = progress.fault(&place, shard, "a8f1").unwrap();
            assert_eq!(told.is_none(), goes, "{told:?}");
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
