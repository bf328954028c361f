//! Harmony: which chord comes next.

mod experts;
mod label;
mod mixture;
mod model;
mod score;

pub use label::{Degree, Key, Mode, Quality, degrees};
pub use model::{ChordModel, Progression, Tune};
pub use score::HarmonyScores;
