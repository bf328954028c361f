//! A training set that many processes build: what each shard is made of, as files beside the set, and the numbers of
//! the shards on a Kafka topic, which the workers of a group share.
//!
//! A shard is built by whoever takes its number, in full and under its name, or not at all; then a file in
//! `STEM.progress` says so, and only then its number counts as taken. A worker that is killed has taken nothing: another
//! gets its number. Built twice it has the same bytes. The one who planned waits for all and writes the manifest.

mod plan_file;
mod queue;
mod wait;
mod worker;

pub use plan_file::{PlanFile, ShardRows};
pub use queue::Queue;
pub use wait::wait;
pub use worker::{Task, work};
