//! Training sets: a list of labels and its recordings, planned, cut into examples, and written as shards.

pub mod inspect;
pub mod labelled;
pub mod labels;
pub mod manifest;
pub mod plan;
pub mod record;
pub mod shards;
pub mod tasks;
