//! Settings: declared once, read from the tables of pipeline files, with the line of each.

mod node;
mod reader;
mod settings;

pub use node::{Node, Raw, Vars};
pub(crate) use node::{Used, parse};
pub(crate) use reader::changed;
pub use reader::{Place, Reader};
pub use settings::{Field, Named, PassedOn, Secret, Settings, Shape, Value, defaults, unknown};
