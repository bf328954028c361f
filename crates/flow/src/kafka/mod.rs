//! Code shared by the Kafka source and the Kafka sink: setup of clients, and conversion of their errors.

mod claim;
mod client;
mod explain;
mod fate;
mod group;
mod latest;
mod metadata;
mod orphans;
mod outbox;
mod room;
mod settle;

pub use claim::{Number, older};
pub use client::Connection;
pub use explain::{ERRORS, Heard, explain, fault_of};
pub use group::{Group, Rebalance, Rebalances};
pub use latest::{Latest, key_of, stream_of};
pub use orphans::Watch;
pub use outbox::{Carried, Outbox, Outboxes, PATIENCE};
pub use room::Room;
