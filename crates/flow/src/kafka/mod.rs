//! Code shared by the Kafka source and the Kafka sink: setup of clients, and conversion of their errors.

mod client;
mod compacted;
mod explain;
mod group;
mod instance;
mod metadata;
mod outbox;
mod rebalance;
mod recovery;
mod stream_limit;
mod unassigned;
mod unfinished;

pub use client::Connection;
pub use compacted::{Compacted, key_of, stream_of};
pub use explain::{ConnectionErrors, ERRORS, explain, fault_of};
pub use group::Group;
pub use instance::{Number, older};
pub use outbox::{Carried, Outbox, Outboxes, PATIENCE};
pub use rebalance::{Rebalance, Rebalances};
pub use stream_limit::StreamLimit;
pub use unassigned::Watch;
