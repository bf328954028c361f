//! Recordings of instruments, which have no container: plain numbers in files, I/Q above all.
//!
//! A [`Datatype`] says how the numbers are written, [`sigmf`] reads the description that lies beside a recording, a
//! [`Pattern`] tells what belongs together by name, a [`Store`] is where the files are, and a [`Track`] reads samples
//! from them, channel after channel.

mod datatype;
mod finite;
mod pattern;
pub mod sigmf;
mod store;
mod track;

pub use datatype::{Datatype, Number, Order};
pub use finite::all_finite;
pub use pattern::{Half, Named, Pattern};
pub use store::{Folder, Info, Read, Store, fault};
pub use track::Track;
