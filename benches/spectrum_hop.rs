//! What one hop of the live spectrum costs: window, spectrum and Avro as the engine runs them, on one thread.
//!
//! 44.1 kHz stereo in blocks of 256 samples, a frame of 8192 every 256, Hann. The figure counts both channels.

mod clock;

use clock::Clock;
use passband_dsp::spectrum::Scale;
use passband_flow::config::Settings;
use passband_flow::data::{Data, Kind};
use passband_flow::format::{Avro, Format};
use passband_flow::part::{Cut, Transform, TransformPlan, Window, WindowPlan};
use passband_flow::transform::spectrum::{ScaleName, Spectrum};
use passband_flow::window::sliding::Sliding;
use passband_signal::{Block, Hertz, SignalSpec};

const SPEC: SignalSpec = SignalSpec { rate: Hertz(44_100.0), channels: 2 };
const BLOCK: usize = 256;
/// Two minutes: enough work in a repetition that the clock's grain does not show.
const BLOCKS: usize = 20_000;
/// Distinct blocks, so that the input does not lie in the first cache all the time.
const DISTINCT: usize = 1024;
const REPETITIONS: usize = 9;

fn main() {
    let clock = Clock::new();
    let blocks = blocks();
    let messages: Vec<Vec<u8>> = blocks.iter().map(|block| encoded(&Data::Samples(block.clone()))).collect();
    println!("8192/256, Hann, stereo; µs a hop for both channels; {}; {REPETITIONS} repetitions", clock.name());
    println!("{:<52} {:>8} {:>8} {:>8}", "", "median", "least", "most");
    let mut figure = f64::NAN;
    for scale in [Scale::Magnitude, Scale::Dbfs] {
        let samples = clock.microseconds(REPETITIONS, || {
            let mut chain = Chain::new(scale);
            (0..BLOCKS).for_each(|i| chain.push(&at(&blocks[i % DISTINCT], i)));
            chain.hops
        });
        let messages = clock.microseconds(REPETITIONS, || {
            let (mut chain, mut codec) = (Chain::new(scale), avro());
            for i in 0..BLOCKS {
                match codec.decode(Kind::Samples, &messages[i % DISTINCT]) {
                    Ok(Data::Samples(block)) => chain.push(&at_index(block, i)),
                    other => panic!("a message of samples was read as {other:?}"),
                }
            }
            chain.hops
        });
        row(&format!("{scale}: samples to Avro spectra"), &samples);
        row(&format!("{scale}: Avro samples to Avro spectra"), &messages);
        if scale == Scale::Magnitude {
            figure = samples[REPETITIONS / 2];
        }
    }
    println!("spectrum_hop: {figure:.2} us");
}

fn row(name: &str, all: &[f64]) {
    println!("{name:<52} {:>8.2} {:>8.2} {:>8.2}", all[all.len() / 2], all[0], all[all.len() - 1]);
}
