//! Passband as a person uses it: the binary, its pipelines, and real services.

mod bad_input;
mod check;
mod exactly_once;
mod files;
mod passband;
mod topic;
