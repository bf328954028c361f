//! Passband as a person uses it: the binary, its pipelines, and real services.

mod avro;
mod axion;
mod axion_once;
mod axion_page;
mod bad_input;
mod check;
mod definition;
mod disasters;
mod docs;
mod exactly_once;
mod files;
mod haloscope;
mod live;
mod log;
mod passband;
mod publisher;
mod sensors;
mod sensors_long;
mod sensors_mqtt;
mod sensors_once;
mod sensors_page;
mod terminal;
mod topic;
