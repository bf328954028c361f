//! The cost of one hop of the live spectrum: window, spectrum and Avro as executed by the engine, on one thread.
//!
//! 44.1 kHz stereo in blocks of 256 samples, a frame of 8192 every 256, Hann. The result is for both channels.

mod clock;

use clock::Clock;
use passband_dsp::spectrum::Scale;
use passband_flow::data::{Data, Kind};
use passband_flow::format::Message;
use passband_flow::format::{Avro, Format};
use passband_flow::part::{Cut, Framing, Start, Transform, Window};
use passband_flow::transform::spectrum::{ScaleName, Spectrum};
use passband_flow::window::sliding::Sliding;
use passband_signal::{Block, Hertz, Result, SignalSpec};
use std::hint::black_box;

const SPEC: SignalSpec = SignalSpec::real(Hertz(44_100.0), 2);
const BLOCK: u64 = 256;
/// Number of blocks per repetition: two minutes, enough for the resolution of the clock.
const BLOCKS: usize = 20_000;
/// Number of distinct blocks, which exceed the L1 and L2 caches.
const DISTINCT: usize = 1024;
const REPETITIONS: usize = 9;

fn main() -> Result<()> {
    let clock = Clock::new();
    let mut blocks: Vec<Block> = (0..DISTINCT as u64).map(block).collect();
    let encode = |block: &Block| {
        let mut bytes = vec![];
        avro().encode(&Data::Samples(block.clone()), &mut bytes).map(|()| bytes)
    };
    let messages: Vec<Vec<u8>> = blocks.iter().map(encode).collect::<Result<_>>()?;
    println!(
        "8192/256, Hann, 44.1 kHz stereo: us a hop, both channels, {} repetitions of {}",
        REPETITIONS,
        clock.name()
    );
    println!("{:<44}{:>9}{:>9}{:>9}", "", "median", "least", "most");
    let mut figure = f64::NAN;
    for scale in [Scale::Magnitude, Scale::Dbfs] {
        let from_samples = clock.microseconds(REPETITIONS, || {
            let mut chain = Chain::new(scale)?;
            for i in 0..BLOCKS {
                let block = &mut blocks[i % DISTINCT];
                block.index = i as u64 * BLOCK;
                chain.push(block)?;
            }
            Ok(chain.hops)
        })?;
        let from_messages = clock.microseconds(REPETITIONS, || {
            let (mut chain, mut codec) = (Chain::new(scale)?, avro());
            for i in 0..BLOCKS {
                let read = codec.decode(Kind::Samples, &Message::of(black_box(&messages[i % DISTINCT])));
                let Ok(Data::Samples(mut block)) = read else { panic!("a message was read as {read:?}") };
                block.index = i as u64 * BLOCK;
                chain.push(&block)?;
            }
            Ok(chain.hops)
        })?;
        for (from, all) in [("samples", &from_samples), ("Avro samples", &from_messages)] {
            let name = format!("{scale}, from {from} to Avro spectra");
            println!("{name:<44}{:>9.2}{:>9.2}{:>9.2}", all[REPETITIONS / 2], all[0], all[REPETITIONS - 1]);
        }
        if scale == Scale::Magnitude {
            figure = from_samples[REPETITIONS / 2];
        }
    }
    println!("spectrum_hop: {figure:.2} us");
    Ok(())
}

/// The engine's parts in sequence.
struct Chain {
    window: Box<dyn Window>,
    spectrum: Box<dyn Transform>,
    codec: Box<dyn Format>,
    /// A message as passed to a transport.
    message: Vec<u8>,
    hops: u64,
}

impl Chain {
    fn new(scale: Scale) -> Result<Self> {
        let spectrum = Spectrum { scale: ScaleName(scale), ..Spectrum::default() };
        Ok(Self {
            window: Sliding::default().start(SPEC)?,
            spectrum: spectrum.start()?,
            codec: avro(),
            message: vec![],
            hops: 0,
        })
    }

    fn push(&mut self, block: &Block) -> Result<()> {
        let Self { window, spectrum, codec, message, hops } = self;
        window.push(black_box(block), &mut |frame| {
            spectrum.take(Cut::Frame(frame), &mut |row| {
                message.clear();
                codec.encode(&row, message)?;
                black_box(&message[..]);
                *hops += 1;
                Ok(())
            })
        })
    }
}

fn avro() -> Box<dyn Format> {
    Box::new(Avro::default().codec())
}

/// White noise that differs between the channels.
fn block(number: u64) -> Block {
    let mut state = number + 1;
    let noise = || {
        state ^= state << 13; // xorshift64 (Marsaglia 2003)
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    let samples = std::iter::repeat_with(noise).take(2 * BLOCK as usize).collect();
    Block { spec: SPEC, recording: 0, index: 0, time: 0, of: 0, samples }
}
