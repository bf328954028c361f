//! Passes results to a function of the program.

use crate::data::{Kind, Output, Positions};
use crate::part::{Commit, Committed, Context, End, Sink, SinkPlan};
use passband_signal::Result;
use std::sync::{Arc, Mutex, PoisonError};

type Function = dyn FnMut(&Output) -> Result<()> + Send;

/// Calls a function with each result, for programs that use the engine as a library; it is not available in
/// pipeline files.
///
/// The function is called on the thread that called [`run`](crate::run), in order. A result counts as committed when
/// the function returns; an error ends the run.
///
/// ```
/// use passband_flow::{Control, Pipeline, run, sink::each::Each, source::{pace::Pace, simulate::Simulate}};
/// use passband_signal::Duration;
/// let (tell, told) = std::sync::mpsc::channel();
/// let each = Each::new(move |output| {
///     let _ = tell.send(output.data.numbers());
///     Ok(())
/// });
/// let source = Simulate { duration: Some(Duration(0.01)), pace: Pace::Fast, ..Simulate::default() };
/// let pipeline = Pipeline::builder(source).sink(each).build().unwrap();
/// run(&pipeline, &Control::default()).unwrap();
/// assert_eq!(told.try_iter().collect::<Vec<_>>(), [512, 370]); // 441 samples of two channels, in blocks of 256
/// ```
#[derive(Clone)]
pub struct Each(Arc<Mutex<Function>>);

impl Each {
    /// A sink that calls `function`.
    pub fn new(function: impl FnMut(&Output) -> Result<()> + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(function)))
    }
}

impl SinkPlan for Each {
    fn open(&self, _: &[Kind], _: &Context) -> Result<Box<dyn Sink>> {
        Ok(Box::new(self.clone()))
    }
}

impl Sink for Each {
    fn write(&mut self, output: &Output) -> Result<()> {
        let mut function = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        function(output)
    }
    fn commit(&mut self, _: &Positions, _: Commit) -> Result<Committed> {
        Ok(Committed::Safe)
    }
    fn finish(&mut self, _: End) -> Result<()> {
        Ok(())
    }
}
