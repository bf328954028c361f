//! The engine as a library: a pipeline of Rust values instead of a file, and its results in a closure.
//!
//! `cargo run --release --example spectrum`

use passband_flow::prelude::*;

fn main() -> Result<(), Vec<Fault>> {
    // The settings are those of a pipeline file, with the same defaults: here 440 Hz left, 1 kHz right, at half of full
    // scale (-6.02 dBFS), as fast as they can be computed.
    let source = Simulate::default().duration(Duration(2.0)).pace(Pace::Fast);
    // A tone rarely lies on a bin. The flat top taper measures its level to 0.01 dB nevertheless.
    let spectrum = Spectrum::default().taper(taper::FLAT_TOP);
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
    // Parts that do not fit together are reported here, before anything is opened.
    let pipeline =
        Pipeline::builder(source).window(Tumbling::default()).transform(spectrum).sink(print).build()?;
    run(&pipeline, &Control::default()).map_err(|fault| vec![fault])?;
    Ok(())
}
