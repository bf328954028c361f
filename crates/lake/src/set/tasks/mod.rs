//! Builds a training set with several processes: the rows of each shard are files next to the set, and the
//! numbers of the shards are messages on a Kafka topic that the consumer group of the workers reads.
//!
//! A worker builds a shard, which appears under its name when it is complete, writes a progress note to
//! `STEM.progress`, and then commits the message. The message of a killed worker is redelivered to another
//! worker. A shard that is built twice has the same bytes. The planning process waits for all shards and
//! writes the manifest.
//!
//! With another scheduler in place of Kafka, [`missing`] lists the shards, [`variables`] are those of the pipeline that
//! builds one of them, and [`finish`] writes the manifest.

mod external;
mod plan_file;
mod queue;
mod wait;
mod worker;

pub use external::{finish, missing, variables};
pub use plan_file::{PlanFile, ShardRows};
pub use queue::Queue;
pub use wait::wait;
pub use worker::{Task, work};
