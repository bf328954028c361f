//! What the Kafka source and the Kafka sink share: how a client is set up, and what its errors mean.

mod client;
mod dangling;
mod group;
mod latest;
mod orphans;
mod outbox;

pub use client::{Connection, explain, same_cluster};
pub use group::{Group, Rebalance, Rebalances};
pub use latest::{Latest, key_of, stream_of};
pub use orphans::Watch;
pub use outbox::{Outbox, PATIENCE};
