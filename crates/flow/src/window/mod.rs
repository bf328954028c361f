//! Windows cut a stream: they say which samples belong to a frame, and when it is full.

pub mod count;
pub mod hopping;
pub mod scan;
pub mod session;
pub mod sliding;
pub mod tumbling;

use crate::part::Part;

/// Every window there is.
pub static WINDOWS: &[Part] = &[
    Part::window::<sliding::Sliding>("sliding"), //
    Part::window::<tumbling::Tumbling>("tumbling"),
    Part::window::<scan::Scan>("scan"),
    Part::window::<hopping::Hopping>("hopping"),
    Part::window::<session::Session>("session"),
    Part::window::<count::Count>("count"),
];
