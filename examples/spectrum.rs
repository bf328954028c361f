//! The engine as a library: a pipeline of Rust values instead of a file, and its results in a closure.
//!
//! `cargo run --release --example spectrum`

use passband_flow::data::Data;
use passband_flow::sink::each::Each;
use passband_flow::source::{pace::Pace, simulate::Simulate};
use passband_flow::transform::spectrum::{Spectrum, TaperName};
use passband_flow::window::tumbling::Tumbling;
use passband_flow::{Control, Pipeline, run};
use passband_signal::{Duration, Fault};

fn main() -> Result<(), Vec<Fault>> {
    // The settings are those of a pipeline file, with the same defaults: here 440 Hz left, 1 kHz right, at half of full
    // scale (-6.02 dBFS). Nobody listens, so two seconds of it need not take two seconds.
    let source = Simulate { duration: Some(Duration(2.0)), pace: Pace::Fast, ..Simulate::default() };
    // A tone hardly ever lies on a bin. The flat top taper reads its level right all the same.
    let spectrum = Spectrum { taper: TaperName("flat_top"), ..Spectrum::default() };
    // Each result holds all channels of one frame.
    let print = Each::new(|output| {
        let Data::Spectrum(row) = &output.data else { return Ok(()) };
        for channel in 0..row.channels {
            let values = row.channel(channel);
            let strongest = (0..row.bins()).max_by(|a, b| values[*a].total_cmp(&values[*b])).unwrap_or(0);
            let (hertz, level) = (row.frequency(strongest).0, values[strongest]);
            println!("sample {:>6}, channel {channel}: {level:.2} dBFS at {hertz:.1} Hz", row.start);
        }
        Ok(())
    });
    // Checked as a file is: parts that do not fit together are told here, before anything is opened.
    let window = Some(Box::new(Tumbling::default()) as _);
    let pipeline = Pipeline::new(source, window, vec![Box::new(spectrum)], vec![Box::new(print)])?;
    run(&pipeline, &Control::default()).map_err(|fault| vec![fault])?;
    Ok(())
}
