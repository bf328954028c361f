//! Sinks receive results in the order of the pipeline file.

use super::super::{Control, run};
use crate::engine::Pipeline;
use crate::sink::each::Each;
use crate::source::pace::Pace;
use crate::source::simulate::Simulate;
use passband_signal::Duration;
use std::sync::{Arc, Mutex};

#[test]
fn sinks_are_served_in_their_order() {
    let served: Arc<Mutex<Vec<usize>>> = Arc::default();
    let sink = |number: usize| {
        let served = served.clone();
        Each::new(move |_| {
            served.lock().unwrap().push(number);
            Ok(())
        })
    };
    let source = Simulate { duration: Some(Duration(0.001)), pace: Pace::Fast, ..Simulate::default() };
    let pipeline = Pipeline::builder(source).sink(sink(1)).sink(sink(2)).sink(sink(3)).build().unwrap();
    run(&pipeline, &Control::default()).unwrap();
    assert_eq!(*served.lock().unwrap(), [1, 2, 3]);
}
