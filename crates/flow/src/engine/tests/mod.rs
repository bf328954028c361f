//! Tests of the engine without external services: crashes at any moment, any order of pieces, parts that panic.

mod crashes;
mod events;
mod gathering;
mod halves;
mod ledger;
mod lineup;
mod order;
mod panics;
mod recovery;
mod sharing;
