//! Windows cut a stream into frames, or readings into windows of event time.

pub mod count;
pub mod hopping;
pub mod scan;
pub mod session;
pub mod sliding;
pub mod tumbling;

use crate::part::Part;

/// All windows.
pub static WINDOWS: &[Part] = &[
    Part::window::<sliding::Sliding>("sliding"), //
    Part::window::<tumbling::Tumbling>("tumbling"),
    Part::window::<scan::Scan>("scan"),
    Part::window::<hopping::Hopping>("hopping"),
    Part::window::<session::Session>("session"),
    Part::window::<count::Count>("count"),
];
