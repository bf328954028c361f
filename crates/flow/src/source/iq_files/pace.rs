//! How fast files come.

use crate::config::{Node, Shape, Value};
use crate::source::pace::Pace;
use passband_signal::Duration;

/// How fast files come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FilePace {
    /// As the signal itself did, or without waiting.
    Signal(Pace),
    /// So much time for each file, its blocks spread evenly over it.
    EachFile(Duration),
}

impl FilePace {
    /// Whether anything is waited for.
    pub fn pace(self) -> Pace {
        match self {
            FilePace::Signal(pace) => pace,
            FilePace::EachFile(_) => Pace::RealTime,
        }
    }
    /// How long a part of a file takes, which by itself lasts `seconds` and is this `share` of its file.
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
