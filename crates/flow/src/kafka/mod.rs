//! What the Kafka source and the Kafka sink share: how a client is set up, and what its errors mean.

mod client;
mod group;

pub use client::{Connection, explain, same_cluster};
pub use group::{Group, Rebalance, Rebalances};
