//! The cost of the mean power spectrum of I/Q files: scans of 3072 samples to mean and deviation of each bin.
//!
//! First in memory, on one thread: blocks as emitted by the source through the engine's window and transform. Then a
//! folder of pairs through the whole engine, from the page cache. `cargo bench --bench iq_scans -- FOLDER` reads the
//! pairs in that folder instead of generated ones.

mod clock;
mod pairs;

use clock::Clock;
use pairs::FILE;
use passband_dsp::iq::{Factor, IqSpectrum, Order};
use passband_dsp::moments::Moments;
use passband_dsp::taper::Taper;
use passband_flow::data::Data;
use passband_flow::part::{Cut, Framing, Start, Transform, Window};
use passband_flow::sink::each::Each;
use passband_flow::source::iq_files::{FilePace, Follow, IqFiles, Layout};
use passband_flow::source::pace::Pace;
use passband_flow::transform::power_spectrum::{FactorName, Over, PowerSpectrum};
use passband_flow::transform::statistics::{State, Statistics};
use passband_flow::window::scan::Scan;
use passband_flow::{Control, Pipeline, run};
use passband_signal::{Block, Duration, Fault, Hertz, Result, SignalSpec, Span};
use std::hint::black_box;
use std::path::Path;
use std::sync::mpsc::channel;
use std::time::Instant;

const SPEC: SignalSpec = SignalSpec::iq(Hertz(pairs::RATE), Hertz(0.0));
/// Samples per block, as in `iq_files` and messages of 10 scans.
const BLOCK: u64 = 30_720;
const SCANS: u64 = FILE / 3072;
/// Files per repetition.
const FILES: u64 = 4;
const REPETITIONS: usize = 9;
/// Number of pairs in the folder, and of repetitions of reading it.
const PAIRS: u64 = 60;
const READS: usize = 3;

fn main() -> Result<()> {
    let clock = Clock::new();
    let mut blocks: Vec<Block> = (0..FILE).step_by(BLOCK as usize).map(block).collect();
    println!("scans of 3072 samples; {REPETITIONS} repetitions of {FILES} files, {}", clock.name());
    let mut last = None;
    let took = clock.microseconds(REPETITIONS, || {
        let mut chain = Chain::new()?;
        for file in 0..FILES {
            last = chain.file(file as i64, &mut blocks)?;
        }
        Ok::<u64, Fault>(FILES * FILE)
    })?;
    let alone = clock.microseconds(REPETITIONS, || kernel(&blocks))?;
    drop(blocks);
    let Some(last) = last else { return Err(Fault::new("a file gave no spectrum")) };
    let rates: Vec<f64> = took.iter().rev().map(|microseconds| 1.0 / microseconds).collect();
    let figure = rates[REPETITIONS / 2];
    println!(
        "in memory: {figure:.0} MS/CPU-s ({:.0} to {:.0}); {}",
        rates[0],
        rates[REPETITIONS - 1],
        told(&last)
    );
    println!("the kernel alone: {:.0} MS/CPU-s", 1.0 / alone[REPETITIONS / 2]);
    assert_eq!((peak(&last), last.state, last.moments.count()), (pairs::BIN, State::Complete, SCANS));

    let given = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let own = tempfile::tempdir().map_err(|error| Fault::new("there is no temporary folder").why(error))?;
    let folder = given.as_deref().map_or(own.path(), Path::new);
    if given.is_none() {
        let unwritten = |error| Fault::new("the pairs could not be written").why(error);
        pairs::write(folder, PAIRS).map_err(unwritten)?;
    }
    // the first run only loads the files into the page cache
    for time in 0..=READS {
        let (began, cpu) = (Instant::now(), process());
        let (samples, first) = read(folder)?;
        let wall = began.elapsed().as_secs_f64();
        let rate = |seconds: f64| samples as f64 / seconds / 1e6;
        let cpu = cpu.zip(process()).map_or("unknown".into(), |(a, b)| format!("{:.0}", rate(b - a)));
        if time > 0 {
            let all = format!("{:.0} MS, {:.0} MS/s wall, {cpu} MS/CPU-s", samples as f64 / 1e6, rate(wall));
            println!("a folder of pairs, whole process: {all}; {}", told(&first));
        }
    }
    println!("iq_scans: {figure:.0} MS/CPU-s");
    Ok(())
}

/// The engine's parts in sequence.
struct Chain {
    window: Box<dyn Window>,
    spectrum: Box<dyn Transform>,
}

impl Chain {
    fn new() -> Result<Self> {
        Ok(Self { window: Scan { length: 3072 }.start(SPEC)?, spectrum: of_files().start()? })
    }

    /// The spectrum of a file.
    fn file(&mut self, recording: i64, blocks: &mut [Block]) -> Result<Option<Statistics>> {
        let Self { window, spectrum } = self;
        let mut nothing = |_| Ok(());
        for block in blocks {
            block.recording = recording;
            window.push(black_box(block), &mut |frame| spectrum.take(Cut::Frame(frame), &mut nothing))?;
        }
        let mut found = None;
        spectrum.close(recording, &mut |data| {
            found = statistics(data);
            Ok(())
        })?;
        Ok(found)
    }
}

/// The transform's kernel on the same blocks, without window and engine: the upper limit of the speed.
fn kernel(blocks: &[Block]) -> Result<u64> {
    let PowerSpectrum { taper, scale, factor, .. } = of_files();
    let taper = Taper::by_name(taper.0, None).map_err(Fault::new)?;
    let plan = IqSpectrum::new(3072, SPEC.rate.0, &taper, scale.0, factor.0, Order::Centred);
    let (mut plan, mut moments) = (plan.map_err(Fault::new)?, Moments::start(3072));
    for block in (0..FILES).flat_map(|_| blocks) {
        let block = black_box(block);
        plan.fold(block.channel(0), block.channel(1), &mut moments);
    }
    black_box(&moments);
    Ok(FILES * FILE)
}

fn of_files() -> PowerSpectrum {
    PowerSpectrum { factor: FactorName(Factor::ROOT_HALF), over: Over::File, ..PowerSpectrum::default() }
}

fn statistics(data: Data) -> Option<Statistics> {
    data.take()
}

/// A block of the file, as emitted by a source.
fn block(index: u64) -> Block {
    let range = index..FILE.min(index + BLOCK);
    let samples =
        (0..2).flat_map(|half| range.clone().map(move |index| pairs::sample(index, half))).collect();
    Block { spec: SPEC, recording: 0, index, time: 0, of: FILE, samples }
}

/// Runs the whole engine over the folder; returns the number of samples in scans, and the first file's result.
fn read(folder: &Path) -> Result<(u64, Statistics)> {
    let source = IqFiles {
        path: folder.display().to_string(),
        store: Default::default(),
        format: Some(Layout::Pairs),
        pattern: None,
        rate: None,
        centre: Hertz(0.0),
        stream: None,
        block: Span::Samples(BLOCK),
        length: None,
        pace: FilePace::Signal(Pace::Fast),
        follow: Follow::No,
        settle: Duration(1.0),
    };
    let (tell, told) = channel();
    let each = Each::new(move |output| {
        let _ = tell.send(output.data.clone());
        Ok(())
    });
    let pipeline = Pipeline::builder(source).window(Scan { length: 3072 }).transform(of_files()).sink(each);
    run(&pipeline.build().map_err(|mut faults| faults.remove(0))?, &Control::default())?;
    let all: Vec<Statistics> = told.try_iter().filter_map(statistics).collect();
    let samples = all.iter().map(|file| file.moments.count() * 3072).sum();
    let first = all.into_iter().next().ok_or_else(|| Fault::new("no pair could be read"))?;
    Ok((samples, first))
}

/// CPU time of this process in seconds, with a resolution of 0.01 s.
fn process() -> Option<f64> {
    let line = std::fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = line.rsplit_once(')')?.1.split_whitespace().collect();
    Some((fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?) / 100.0)
}

fn peak(file: &Statistics) -> usize {
    let mean = file.moments.mean();
    (0..mean.len()).max_by(|a, b| mean[*a].total_cmp(&mean[*b])).unwrap_or(0)
}

/// The values that the peers must reproduce.
fn told(file: &Statistics) -> String {
    let (means, deviations): (f64, f64) = (file.moments.mean().iter().sum(), file.moments.deviation().sum());
    format!("peak bin {}, sums {means:.9e} and {deviations:.9e}", peak(file))
}
