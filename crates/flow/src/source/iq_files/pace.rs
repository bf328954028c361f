//! The pace of files.

use crate::config::{Node, Shape, Value};
use crate::source::pace::Pace;
use passband_signal::Duration;

/// The pace of files.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FilePace {
    /// That of the signal, or without waiting.
    Signal(Pace),
    /// A time per file, over which its blocks are spread evenly.
    EachFile(Duration),
}

impl FilePace {
    /// The pace of the signal.
    pub fn pace(self) -> Pace {
        match self {
            FilePace::Signal(pace) => pace,
            FilePace::EachFile(_) => Pace::RealTime,
        }
    }
    /// The duration of a part of a file that lasts `seconds` in the signal and is this `share` of its file.
    pub fn seconds(self, seconds: f64, share: f64) -> f64 {
        match self {
            FilePace::Signal(_) => seconds,
            FilePace::EachFile(time) => time.0 * share,
        }
    }
}

impl Value for FilePace {
    fn shape() -> Shape {
        Shape::Text
    }
    fn read(node: &Node) -> Result<Self, String> {
        let text = node.text()?;
        if let Some(time) = text.trim().strip_suffix("a file") {
            return time.trim().parse().map(Self::EachFile);
        }
        Pace::read(node).map(Self::Signal).map_err(|why| format!("{why}, or a time such as \"5 s a file\""))
    }
    fn written(&self) -> String {
        match self {
            Self::Signal(pace) => pace.written(),
            Self::EachFile(time) => format!("{time} a file"),
        }
    }
}
