//! Everything that a program needs to build and run a pipeline.

pub use crate::data::{Data, Output};
pub use crate::sink::each::Each;
pub use crate::sink::file::File;
pub use crate::source::{pace::Pace, recordings::Recordings, simulate::Simulate};
pub use crate::transform::{aggregate::Aggregate, average::Average, features::Features, spectrum::Spectrum};
pub use crate::window::{hopping::Hopping, session::Session, sliding::Sliding, tumbling::Tumbling};
pub use crate::{Control, Pipeline, Registry, Summary, run};
pub use passband_dsp::spectrum::Scale;
pub use passband_dsp::taper;
pub use passband_signal::{Duration, Fault, Hertz, Span};
