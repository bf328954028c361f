//! Recordings that are measured by several threads: results are delivered in the order of the recordings for any number
//! of threads; a panic on one recording loses only that recording; after a stop, no results in the middle are missing.

use super::super::{Context, Control, End, run};
use crate::data::{Data, Input, Kind, Origin, Output, Positions, Refusal, Stream};
use crate::engine::Pipeline;
use crate::part::{
    Commit, Committed, Cut, Sink, SinkPlan, Source, SourcePlan, Start, Takes, Transform, TransformPlan, Turn,
};
use crate::transform::spectrum::Spectrum;
use crate::window::tumbling::Tumbling;
use passband_signal::{Block, Hertz, Result, SignalSpec, Span};
use std::sync::{Arc, Mutex};

const FRAME: u64 = 256;
const ALL: i64 = 300;
/// The recording on which the transform fails, and one that is much longer than the others.
const BREAKS: i64 = 7;
const LONG: i64 = 11;

/// All rows (recording, first sample and a value of each), and the places of refusals.
#[derive(Debug, Default, PartialEq, Clone)]
struct Told {
    rows: Vec<(i64, u64, u32)>,
    refused: Vec<String>,
}

#[derive(Clone)]
struct Many {
    threads: usize,
    /// Number of rows after which the run is stopped.
    stop: usize,
    next: i64,
    control: Control,
    told: Arc<Mutex<Told>>,
}

struct One {
    recording: i64,
    index: u64,
}

fn frames(recording: i64) -> u64 {
    if recording == LONG { 3000 } else { 1 + recording.unsigned_abs() % 40 * 4 }
}

impl SourcePlan for Many {
    fn gives(&self) -> Kind {
        Kind::Samples
    }
    fn ends(&self) -> bool {
        true
    }
    fn gives_recordings(&self) -> bool {
        true
    }
    fn apart(&self) -> Option<usize> {
        Some(self.threads)
    }
    fn open(&self, context: &Context) -> Result<Box<dyn Source>> {
        Ok(Box::new(Self { control: context.control.clone(), ..self.clone() }))
    }
}

impl Source for Many {
    fn next(&mut self, _: &mut Vec<Input>) -> Result<Turn> {
        unreachable!("recordings are asked for one by one")
    }
    fn next_recording(&mut self) -> Result<Option<(Stream, Box<dyn Source>)>> {
        self.next += 1;
        let one = One { recording: self.next, index: 0 };
        Ok((self.next <= ALL).then(|| (format!("{}.wav", one.recording).into(), Box::new(one) as _)))
    }
    fn progress(&self) -> Option<(u64, u64)> {
        Some((self.next.unsigned_abs(), ALL.unsigned_abs()))
    }
}

impl Source for One {
    fn next(&mut self, batch: &mut Vec<Input>) -> Result<Turn> {
        let stream: Stream = format!("{}.wav", self.recording).into();
        if self.index == frames(self.recording) * FRAME {
            batch.push(Input::Ended(stream, 0));
            return Ok(Turn::End);
        }
        let sample = |n: u64| ((n * n) as f32 + self.recording as f32).sin();
        batch.push(Input::Datum(
            stream,
            Origin { shard: 0, offset: (self.index / FRAME) as i64 },
            Data::Samples(Block {
                spec: SignalSpec::real(Hertz(8000.0), 1),
                recording: self.recording,
                index: self.index,
                time: 0,
                of: 0,
                samples: (self.index..self.index + FRAME).map(sample).collect(),
            }),
        ));
        self.index += FRAME;
        Ok(Turn::More)
    }
}

impl TransformPlan for Many {
    fn takes(&self) -> Takes<'_> {
        Takes::Rows(&[Kind::Spectra], self)
    }
    fn gives(&self) -> Kind {
        Kind::Spectra
    }
}

impl Start for Many {
    fn start(&self) -> Result<Box<dyn Transform>> {
        Ok(Box::new(self.clone()))
    }
}

impl Transform for Many {
    fn take(&mut self, cut: Cut<'_>, give: &mut dyn FnMut(Data) -> Result<()>) -> Result<()> {
        let Cut::Row(Data::Spectrum(row)) = cut else { return Ok(()) };
        assert!(row.recording != BREAKS || row.start < 2 * FRAME, "a defect");
        give(Data::Spectrum(row))
    }
}

impl SinkPlan for Many {
    fn open(&self, _: &[Kind], context: &Context) -> Result<Box<dyn Sink>> {
        Ok(Box::new(Self { control: context.control.clone(), ..self.clone() }))
    }
}

impl Sink for Many {
    fn write(&mut self, output: &Output) -> Result<()> {
        let Data::Spectrum(row) = &output.data else { return Ok(()) };
        let mut told = self.told.lock().unwrap();
        told.rows.push((row.recording, row.start, row.values[3].to_bits()));
        if told.rows.len() == self.stop {
            self.control.stop();
        }
        Ok(())
    }
    fn refuse(&mut self, refusal: &Refusal) -> Result<bool> {
        self.told.lock().unwrap().refused.push(format!("{}: {}", refusal.place, refusal.reason));
        Ok(true)
    }
    fn commit(&mut self, _: &Positions, _: Commit) -> Result<Committed> {
        Ok(Committed::Safe)
    }
    fn finish(&mut self, _: End) -> Result<()> {
        Ok(())
    }
}

fn with(threads: usize, stop: usize) -> (Told, End) {
    let many = Many { threads, stop, next: 0, control: Control::default(), told: Arc::default() };
    let window = Tumbling { length: Span::Samples(FRAME), ..Tumbling::default() };
    let pipeline = Pipeline::builder(many.clone()).window(window).transform(Spectrum::default());
    let pipeline = pipeline.transform(many.clone()).sink(many.clone()).build().unwrap();
    let summary = run(&pipeline, &Control::default()).unwrap();
    let told = many.told.lock().unwrap().clone();
    (told, summary.end)
}

#[test]
fn results_leave_in_the_order_of_recordings_whatever_the_threads() {
    let (one, end) = with(1, usize::MAX);
    assert_eq!(end, End::Complete);
    let wanted = (1..=ALL).flat_map(|recording| {
        let frames = if recording == BREAKS { 2 } else { frames(recording) };
        (0..frames).map(move |frame| (recording, frame * FRAME))
    });
    assert!(one.rows.iter().map(|row| (row.0, row.1)).eq(wanted), "{:?}", one.rows.len());
    assert_eq!(one.refused.len(), 1, "{:?}", one.refused);
    assert!(one.refused[0].contains("7.wav") && one.refused[0].contains("a defect"), "{:?}", one.refused);
    for threads in [2, 5] {
        assert!(with(threads, usize::MAX) == (one.clone(), End::Complete), "{threads} threads");
    }
}

#[test]
fn a_stop_delivers_the_first_results_and_none_from_the_middle() {
    let (all, _) = with(1, usize::MAX);
    for threads in [1, 3] {
        let (some, end) = with(threads, 500);
        assert_eq!(end, End::Interrupted);
        assert!(some.rows.len() >= 500 && all.rows.starts_with(&some.rows), "{} rows", some.rows.len());
    }
}
