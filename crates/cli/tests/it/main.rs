//! Passband as a person uses it: the binary, its pipelines, and real services.

mod avro;
mod axion;
mod axion_once;
mod axion_page;
mod bad_input;
mod check;
mod docs;
mod exactly_once;
mod files;
mod haloscope;
mod live;
mod passband;
mod topic;
