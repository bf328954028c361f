//! Passband as a person uses it: the binary, its pipelines, and real services.

mod avro;
mod bad_input;
mod check;
mod docs;
mod exactly_once;
mod files;
mod live;
mod passband;
mod topic;
