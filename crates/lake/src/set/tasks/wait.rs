//! Waits in the planning process until workers have built all shards.

use crate::set::manifest::{FinishedShard, Progress};
use passband_flow::Control;
use passband_flow::data::{Set, Shard};
use passband_flow::store::Directory;
use passband_signal::Result;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Interval at which finished shards are looked up.
const LOOK: Duration = Duration::from_millis(500);
/// A note is printed after this time without a finished shard, and again each time the waiting time has
/// doubled.
const SILENCE: Duration = Duration::from_secs(20);

/// Waits until all shards of a set are finished; returns false if the pipeline was stopped before.
///
/// # Errors
/// The fault of a shard that a worker could not build, and those of the store.
pub fn wait(
    place: &Directory,
    stem: &str,
    set: &Set,
    done: &mut BTreeMap<i32, FinishedShard>,
    control: &Control,
    workers: &str,
) -> Result<bool> {
    let progress = Progress::of(stem);
    let all: u64 = set.shards.iter().map(|shard| shard.examples).sum();
    let (mut last, mut silence) = (Instant::now(), SILENCE);
    loop {
        let missing = |done: &BTreeMap<i32, FinishedShard>| -> Vec<Arc<Shard>> {
            set.shards.iter().filter(|shard| !done.contains_key(&shard.number)).cloned().collect()
        };
        let names = progress.names(place)?;
        for shard in missing(done) {
            if names.contains(&Progress::fault_name(shard.number))
                && let Some(fault) = progress.fault(place, shard.number, &set.plan)?
            {
                return Err(fault);
            }
            if !names.contains(&Progress::name(shard.number)) {
                continue;
            }
            let Some(found) = progress.get(place, shard.number, &set.plan)? else { continue };
            if found.is_there(place)? {
                done.insert(shard.number, found);
                last = Instant::now();
            }
        }
        let made = set.shards.iter().filter(|shard| done.contains_key(&shard.number));
        control.tell_progress(made.map(|shard| shard.examples).sum(), all.max(1));
        let left = missing(done).len();
        if left == 0 {
            return Ok(true);
        }
        if control.stopping() {
            return Ok(false);
        }
        if last.elapsed() > silence {
            silence *= 2;
            control.note(|| {
                format!("{left} shards are still to be built; start workers with: passband dataset worker {workers}")
            });
        }
        std::thread::sleep(LOOK);
    }
}
