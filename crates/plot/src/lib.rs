//! Pictures of recordings: spectrograms, chroma with chords, onset strength with beats, and tempogram, as SVG and PNG.
//!
//! The transform [`Plot`] measures a recording as its samples come, draws the picture as a list of marks, and writes that
//! list twice: as SVG, whose texts stay texts, and as the pixels of a PNG. The sink [`Pictures`] puts both into files.

mod axis;
mod colormap;
mod columns;
mod drawing;
mod font;
mod measure;
mod page;
mod picture;
mod png;
mod raster;
mod sink;
mod svg;
mod transform;

pub use sink::Pictures;
pub use transform::{Picture, Plot};

use passband_flow::Registry;
use passband_flow::part::Part;

/// The parts that draw.
pub static PARTS: &[Part] = &[
    Part::transform::<Plot>("plot"), //
    Part::sink::<Pictures>("pictures"),
];

/// The engine's parts and those that draw.
pub fn registry() -> Registry {
    Registry::new(&[PARTS])
}
