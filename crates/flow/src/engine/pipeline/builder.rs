//! Builds pipelines in Rust, without a file.

use super::{Parts, Pipeline};
use crate::config::Place;
use crate::part::{Placed, SinkPlan, SourcePlan, TransformPlan, WindowPlan};
use passband_signal::Fault;

/// A pipeline under construction; created by [`Pipeline::builder`].
#[must_use = "a builder does nothing until it is built"]
pub struct Builder(Parts);

fn placed<P: ?Sized>(name: &'static str, plan: Box<P>) -> Placed<P> {
    Placed { place: Place::named(name), plan, only: vec![] }
}

impl Pipeline {
    /// Starts a pipeline that reads from `source`. Its parts are the settings of a pipeline file as Rust values, with
    /// the same defaults.
    ///
    /// ```
    /// use passband_flow::prelude::*;
    /// let (tell, told) = std::sync::mpsc::channel();
    /// let source = Simulate::default().duration(Duration(1.0)).pace(Pace::Fast);
    /// let pipeline = Pipeline::builder(source)
    ///     .window(Tumbling::default())
    ///     .transform(Spectrum::default().taper(taper::FLAT_TOP).scale(Scale::Amplitude))
    ///     .sink(Each::new(move |output| Ok(tell.send(output.data.numbers()).unwrap_or(()))))
    ///     .build()
    ///     .unwrap();
    /// run(&pipeline, &Control::default()).unwrap();
    /// assert_eq!(told.try_iter().count(), 5); // whole frames of 8192 samples in a second at 44.1 kHz
    ///
    /// let faults = Pipeline::builder(Simulate::default()).build().err().unwrap();
    /// assert!(faults[0].to_string().contains("no [[sink]]"));
    /// ```
    pub fn builder(source: impl SourcePlan + 'static) -> Builder {
        let source = Some(placed::<dyn SourcePlan>("source", Box::new(source)));
        Builder(Parts { source, declared: vec!["source"], ..Parts::default() })
    }
}

impl Builder {
    /// Sets how the stream is cut into frames; required only by transforms of frames.
    pub fn window(mut self, window: impl WindowPlan + 'static) -> Self {
        self.0.window = Some(placed("window", Box::new(window)));
        self
    }
    /// Appends a transform of the previous part's results.
    pub fn transform(mut self, transform: impl TransformPlan + 'static) -> Self {
        self.0.transforms.push(placed("transform", Box::new(transform)));
        self
    }
    /// Adds a sink for the results.
    pub fn sink(mut self, sink: impl SinkPlan + 'static) -> Self {
        if self.0.sinks.is_empty() {
            self.0.declared.push("sink");
        }
        self.0.sinks.push(placed("sink", Box::new(sink)));
        self
    }
    /// Checks the pipeline like a pipeline file; opens nothing.
    ///
    /// # Errors
    /// Returns every setting that cannot be used, and every part that does not fit its neighbours.
    pub fn build(self) -> Result<Pipeline, Vec<Fault>> {
        let mut faults = vec![];
        self.0.each(&mut faults);
        self.0.fitted(None, faults)
    }
}
