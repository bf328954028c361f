//! The contracts of source, window, transform, sink and format, and the declaration of parts.
//!
//! A part is declared by its settings ([`settings!`](crate::settings)) and a plan: the settings struct implements
//! [`SourcePlan`], [`WindowPlan`], [`TransformPlan`] or [`SinkPlan`]. The plan validates itself without I/O, and opens
//! the running part. Each part is one file and one line in its folder's registry.

mod access;
mod context;
mod control;
mod counters;
mod format;
mod journal;
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
pub use journal::*;
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

/// A plan and the place of its declaration.
pub struct Placed<P: ?Sized> {
    /// Its place in the file, for errors at run time.
    pub place: Place,
    /// The part.
    pub plan: Box<P>,
    /// For a sink: the kinds of data it receives; empty for all.
    pub(crate) only: Vec<Kind>,
}

type Read<P> = fn(&mut Reader<'_>) -> Option<Box<P>>;

/// How the plan of a part is read, by role.
#[derive(Clone, Copy)]
pub enum Role {
    /// Reads data.
    Source(Read<dyn SourcePlan>),
    /// Cuts the stream.
    Window(Read<dyn WindowPlan>),
    /// Measures each cut.
    Transform(Read<dyn TransformPlan>),
    /// Delivers results.
    Sink(Read<dyn SinkPlan>),
    /// Encodes and decodes data.
    Format(Read<dyn Format>),
}

impl Role {
    /// The name of its table.
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
    /// Its `type` in the file, which is also the name of its source file.
    pub name: &'static str,
    /// Its role.
    pub role: Role,
    /// The lines of its doc comment.
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
    /// Adds the kinds of records that it declares.
    pub const fn giving(self, records: &'static [Kind]) -> Self {
        Self { records, ..self }
    }
    /// Its settings, including those common to its role.
    pub fn settings(&self) -> Vec<Field> {
        let mut fields = (self.fields)();
        if let Role::Sink(_) = self.role {
            fields.push(Field {
                name: "data",
                shape: Shape::List(Box::new(Kind::shape())),
                default: None,
                optional: true,
                doc: "The kinds of data that it receives. Default: all.",
            });
        }
        fields
    }
    /// The first sentence of the doc comment.
    pub fn summary(&self) -> String {
        let lines = self.doc.iter().map(|line| line.trim()).take_while(|line| !line.is_empty());
        let text = lines.collect::<Vec<_>>().join(" ");
        // a full stop before a capital letter; those of extensions and abbreviations are not
        let is_end = |at: &usize| text[at + 2..].starts_with(|c: char| c.is_uppercase() || c == '`');
        match text.match_indices(". ").map(|(at, _)| at).find(is_end) {
            Some(at) => text[..=at].to_owned(),
            None => text,
        }
    }
}
