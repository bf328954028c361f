//! Recordings of instruments: raw samples in files, mostly I/Q, and their metadata.
//!
//! A [`Datatype`] is the encoding of samples. [`sigmf`] reads the metadata beside a recording (or with it in an
//! [`archive`]), [`wav`] the header of a WAV, and [`told_by_name`] the metadata in a file name. A [`Pattern`] groups
//! files by name. A [`Store`] lists and reads files, and a [`Track`] decodes samples channel by channel.

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
