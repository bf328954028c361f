//! Settings: declared once, read from the tables of pipeline files, with the line of each.

mod node;
mod reader;
mod settings;
mod suggest;
mod tables;
mod values;

pub use node::{Node, Raw, Vars};
pub(crate) use node::{Used, parse};
pub(crate) use reader::changed;
pub use reader::{Place, Reader};
pub use settings::{Field, Settings, Shape, Value, defaults};
pub use suggest::unknown;
pub use tables::{Named, PassedOn, Secret};
