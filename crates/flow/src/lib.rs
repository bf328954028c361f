//! The engine: source → window → transform → sink.
//!
//! A pipeline is read from TOML ([`Pipeline::parse`]) or built in a program ([`Pipeline::builder`]) and run ([`run`]).
//! Its parts are declared once ([`part`]); the reference, the JSON Schema and the checks are derived.

pub mod config;
mod cut;
pub mod data;
pub mod engine;
pub mod format;
pub mod kafka;
pub mod part;
pub mod prelude;
pub mod reference;
mod registry;
pub mod sink;
pub mod source;
pub mod store;
pub mod transform;
pub mod window;

pub use engine::{Control, Pipeline, Summary, run};
pub use part::Registry;
