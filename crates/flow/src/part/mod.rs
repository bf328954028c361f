//! What a part is: the contracts of source, window, transform and sink, and how a part is declared.
//!
//! A part is declared by its settings ([`settings!`](crate::settings)) and a plan: the settings struct implements
//! [`SourcePlan`], [`WindowPlan`], [`TransformPlan`] or [`SinkPlan`], which checks itself without touching the
//! outside, and opens the part that runs. One file, and one line in its folder's registry.

mod access;
mod context;
mod control;
mod counters;
mod format;
mod ledger;
mod readings;
mod registry;
mod sheet;
mod sink;
mod source;
mod transform;
mod window;

pub use access::*;
pub use context::*;
pub use control::*;
pub use counters::*;
pub use format::*;
pub use ledger::*;
pub use readings::*;
pub use registry::*;
pub use sheet::*;
pub use sink::*;
pub use source::*;
pub use transform::*;
pub use window::*;

use crate::config::{Field, Place, Reader, Settings, Shape, Value};
use crate::data::Kind;

/// A plan and the place it was declared at.
pub struct Placed<P: ?Sized> {
    /// Where it stands, so that a fault at run time can say so.
    pub place: Place,
    /// The part.
    pub plan: Box<P>,
    /// Of a sink: the only kinds of data that it wants, where it does not want everything.
    pub(crate) only: Vec<Kind>,
}

type Read<P> = fn(&mut Reader<'_>) -> Option<Box<P>>;

/// How a part's plan is read, by role.
#[derive(Clone, Copy)]
pub enum Role {
    /// Brings data.
    Source(Read<dyn SourcePlan>),
    /// Cuts the stream.
    Window(Read<dyn WindowPlan>),
    /// Measures each cut.
    Transform(Read<dyn TransformPlan>),
    /// Delivers results.
    Sink(Read<dyn SinkPlan>),
    /// Turns data into bytes and back.
    Format(Read<dyn Format>),
}

impl Role {
    /// The table it stands in.
    pub fn name(&self) -> &'static str {
        match self {
            Role::Source(_) => "source",
            Role::Window(_) => "window",
            Role::Transform(_) => "transform",
            Role::Sink(_) => "sink",
            Role::Format(_) => "format",
        }
    }
}

/// A part as declared.
#[derive(Clone, Copy)]
pub struct Part {
    /// Its `type` in the file, and the name of its source file.
    pub name: &'static str,
    /// What it is for.
    pub role: Role,
    /// Its doc comment's lines.
    pub doc: &'static [&'static str],
    /// Its settings.
    pub fields: fn() -> Vec<Field>,
    /// The kinds of records that it declares.
    pub records: &'static [Kind],
}

macro_rules! declare {
    ($make:ident, $plan:ident, $role:ident) => {
        #[doc = concat!("Declares a ", stringify!($make), ".")]
        pub const fn $make<P: Settings + $plan + 'static>(name: &'static str) -> Self {
            let read: Read<dyn $plan> = |reader| P::read(reader).map(|plan| Box::new(plan) as Box<dyn $plan>);
            Self { name, role: Role::$role(read), doc: P::DOC, fields: P::fields, records: &[] }
        }
    };
}

impl Part {
    declare!(source, SourcePlan, Source);
    declare!(window, WindowPlan, Window);
    declare!(transform, TransformPlan, Transform);
    declare!(sink, SinkPlan, Sink);
    /// Declares a format.
    pub const fn format<P: Settings + FormatPlan + 'static>(name: &'static str) -> Self {
        let read: Read<dyn Format> = |reader| P::read(reader).map(FormatPlan::open);
        Self { name, role: Role::Format(read), doc: P::DOC, fields: P::fields, records: &[] }
    }
    /// The same with the kinds of records that it declares.
    pub const fn giving(self, records: &'static [Kind]) -> Self {
        Self { records, ..self }
    }
    /// Its settings, with those that all of its role have.
    pub fn settings(&self) -> Vec<Field> {
        let mut fields = (self.fields)();
        if let Role::Sink(_) = self.role {
            fields.push(Field {
                name: "data",
                shape: Shape::List(Box::new(Kind::shape())),
                default: None,
                optional: true,
                doc: "What it gets of all that comes, where it does not get everything.",
            });
        }
        fields
    }
    /// The first sentence of the doc comment.
    pub fn summary(&self) -> &'static str {
        self.doc.first().map_or("", |line| line.trim())
    }
}
