//! Recordings of instruments: plain numbers in files, I/Q above all, and what receivers put around them.
//!
//! A [`Datatype`] says how the numbers are written, [`sigmf`] reads the description that lies beside a recording (or
//! with it in an [`archive`]), [`wav`] the header of a WAV, [`told_by_name`] what a name tells, a [`Pattern`] what
//! belongs together by name. A [`Store`] is where the files are, and a [`Track`] reads samples from them, channel after
//! channel.

mod archive;
mod container;
mod datatype;
mod datetime;
mod finite;
mod name;
mod pattern;
pub mod sigmf;
mod store;
mod track;
mod wav;

pub use archive::{Archive, Member, archive};
pub use container::container;
pub use datatype::{Datatype, Number, Order};
pub use datetime::datetime;
pub use finite::all_finite;
pub use name::{Told, told_by_name};
pub use pattern::{Half, Named, Pattern};
pub use store::{Folder, Info, Read, Store, fault};
pub use track::{Track, Written};
pub use wav::{Wav, Wavs, wav};
