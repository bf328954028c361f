//! Pipeline files: parsed, checked as a whole before anything is opened, and turned into parts.

mod fit;
mod given;
mod node;
mod pipeline;
mod reader;
mod settings;
mod stages;

pub use given::{Given, Printed, variables};
pub use node::{Node, Raw, Vars};
pub(crate) use pipeline::Apart;
pub use pipeline::{Pipeline, Placed};
pub(crate) use reader::changed;
pub use reader::{Place, Reader};
pub use settings::{Field, Named, PassedOn, Secret, Settings, Shape, Value, defaults, unknown};
