//! A panic in a part ends the run with an error: earlier results are delivered, and the run never counts as complete.

use super::super::{Context, Control, End, run};
use crate::data::{Data, Input, Kind, Output, Positions};
use crate::engine::Pipeline;
use crate::part::{
    Commit, Committed, Cut, Sink, SinkPlan, Source, SourcePlan, Start, Takes, Transform, TransformPlan, Turn,
};
use crate::source::simulate::Simulate;
use crate::transform::spectrum::Spectrum;
use crate::window::tumbling::Tumbling;
use passband_signal::{Duration, Result, Span};
use std::sync::{Arc, Mutex};

/// The part that panics, at frame number `BREAKS`.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Where {
    Source,
    Transform,
    Write,
    Commit,
    Nowhere,
}

const FRAME: u64 = 256;
const BREAKS: u64 = 20;
const ALL: u64 = 40;

/// What the sink received: the frames, and how the run ended.
#[derive(Debug, Default)]
struct Told {
    frames: Vec<u64>,
    end: Option<End>,
}

struct Breaks {
    place: Where,
    told: Arc<Mutex<Told>>,
}

impl Breaks {
    fn at(&self, place: Where, frame: u64) {
        assert!(self.place != place || frame < BREAKS, "a defect in {place:?}");
    }
    fn same(&self) -> Self {
        Self { place: self.place, told: self.told.clone() }
    }
}

/// A source that passes on another source's data until it panics.
struct Given(Box<dyn Source>, Breaks);

impl SourcePlan for Breaks {
    fn gives(&self) -> Kind {
        Kind::Samples
    }
    fn ends(&self) -> bool {
        true
    }
    fn open(&self, context: &Context) -> Result<Box<dyn Source>> {
        let simulate = Simulate {
            duration: Some(Duration((ALL * FRAME) as f64 / 44_100.0)),
            pace: crate::source::pace::Pace::Fast,
            ..Simulate::default()
        };
        Ok(Box::new(Given(simulate.open(context)?, self.same())))
    }
}

impl Source for Given {
    fn next(&mut self, batch: &mut Vec<Input>) -> Result<Turn> {
        let turn = self.0.next(batch);
        for input in batch {
            if let Input::Datum(_, _, Data::Samples(block)) = input {
                self.1.at(Where::Source, block.index / FRAME);
            }
        }
        turn
    }
}

impl TransformPlan for Breaks {
    fn takes(&self) -> Takes<'_> {
        Takes::Rows(&[Kind::Spectra], self)
    }
    fn gives(&self) -> Kind {
        Kind::Spectra
    }
}

impl Start for Breaks {
    fn start(&self) -> Result<Box<dyn Transform>> {
        Ok(Box::new(self.same()))
    }
}

impl Transform for Breaks {
    fn take(&mut self, cut: Cut<'_>, give: &mut dyn FnMut(Data) -> Result<()>) -> Result<()> {
        let Cut::Row(Data::Spectrum(row)) = cut else { return Ok(()) };
        self.at(Where::Transform, row.start / FRAME);
        give(Data::Spectrum(row))
    }
}

impl SinkPlan for Breaks {
    fn open(&self, _: &[Kind], _: &Context) -> Result<Box<dyn Sink>> {
        Ok(Box::new(self.same()))
    }
}

impl Sink for Breaks {
    fn write(&mut self, output: &Output) -> Result<()> {
        let Data::Spectrum(row) = &output.data else { return Ok(()) };
        self.at(Where::Write, row.start / FRAME);
        self.told.lock().unwrap().frames.push(row.start / FRAME);
        Ok(())
    }
    fn commit(&mut self, _: &Positions, _: Commit) -> Result<Committed> {
        self.at(Where::Commit, BREAKS);
        Ok(Committed::Safe)
    }
    fn finish(&mut self, end: End) -> Result<()> {
        self.told.lock().unwrap().end = Some(end);
        Ok(())
    }
}

#[test]
fn a_panic_of_a_part_is_an_error_and_no_end() {
    for place in [Where::Source, Where::Transform, Where::Write, Where::Commit, Where::Nowhere] {
        let breaks = Breaks { place, told: Arc::default() };
        let window = Tumbling { length: Span::Samples(FRAME), ..Tumbling::default() };
        let pipeline = Pipeline::builder(breaks.same()).window(window).transform(Spectrum::default());
        let pipeline = pipeline.transform(breaks.same()).sink(breaks.same()).build().unwrap();
        let ended = run(&pipeline, &Control::default());
        let told = breaks.told.lock().unwrap();
        // in order and without a gap, whichever part panicked
        assert!(told.frames.iter().copied().eq(0..told.frames.len() as u64), "{place:?}: {told:?}");
        match ended {
            Ok(summary) => {
                assert_eq!(
                    (place, summary.end, told.end),
                    (Where::Nowhere, End::Complete, Some(End::Complete))
                );
                assert_eq!(told.frames.len() as u64, ALL);
            }
            Err(fault) => {
                assert_ne!(place, Where::Nowhere, "{fault}");
                let text = fault.to_string();
                assert!(
                    text.contains("a defect in Passband") && text.contains(&format!("a defect in {place:?}")),
                    "{text}"
                );
                assert!(text.contains("\n  do: ") && !fault.is_passing(), "{text}");
                // an incomplete run is not reported as complete
                assert_ne!(told.end, Some(End::Complete), "{place:?}");
                assert!(place == Where::Commit || told.frames.len() as u64 <= BREAKS, "{place:?}: {told:?}");
            }
        }
    }
}
