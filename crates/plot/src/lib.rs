//! Pictures of recordings: spectrograms, chroma with chords, onset strength with beats, and tempogram, as SVG and PNG;
//! and scores in the formats of music programs ([`score`]).
//!
//! The transform [`Plot`] measures a recording as its samples arrive, draws the picture as a list of marks, and renders
//! this list as SVG, in which text remains text, and as PNG. The sink [`Pictures`] writes both to files.

mod axis;
mod colormap;
pub mod columns;
mod drawing;
mod font;
pub mod measure;
mod page;
mod picture;
mod png;
mod raster;
pub mod score;
mod sink;
mod svg;
mod transform;

pub use sink::Pictures;
pub use transform::{Picture, Plot};

use passband_flow::Registry;
use passband_flow::part::Part;

/// The parts of this crate.
pub static PARTS: &[Part] = &[
    Part::transform::<Plot>("plot"), //
    Part::sink::<Pictures>("pictures"),
];

/// The parts of the engine and of this crate.
pub fn registry() -> Registry {
    Registry::new(&[PARTS])
}
