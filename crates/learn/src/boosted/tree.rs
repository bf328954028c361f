//! A decision tree.

use passband_signal::{Fault, Result};
use serde::{Deserialize, Serialize};

/// Leaf values are multiples of 2⁻¹⁶ and their sums stay below 2⁸, so that sums in 32 bits are exact in any order.
/// This makes an exported model agree with this one, whatever runtime evaluates it.
const STEP: f64 = 1.0 / 65_536.0;

/// The nearest value that can be summed exactly.
pub(super) fn quantized(value: f64) -> f32 {
    ((value / STEP).round() * STEP) as f32
}

/// A node of a [`Tree`]; children come after their parent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Packed", into = "Packed")]
pub(crate) enum Node {
    Split {
        feature: u32,
        /// Values up to this go left.
        threshold: f32,
        left: u32,
        right: u32,
        /// Whether missing values go left.
        missing_left: bool,
    },
    Leaf {
        value: f32,
    },
}

/// A node in JSON: `[feature, threshold, left, right, missing_left]`, or the value of a leaf.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Packed {
    Split(u32, f32, u32, u32, bool),
    Leaf(f32),
}

impl From<Packed> for Node {
    fn from(packed: Packed) -> Self {
        match packed {
            Packed::Split(feature, threshold, left, right, missing_left) => {
                Self::Split { feature, threshold, left, right, missing_left }
            }
            Packed::Leaf(value) => Self::Leaf { value },
        }
    }
}

impl From<Node> for Packed {
    fn from(node: Node) -> Self {
        match node {
            Node::Split { feature, threshold, left, right, missing_left } => {
                Self::Split(feature, threshold, left, right, missing_left)
            }
            Node::Leaf { value } => Self::Leaf(value),
        }
    }
}

/// Nodes, of which the first is the root.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Tree(pub(crate) Vec<Node>);

impl Tree {
    /// Value of the leaf that a row reaches.
    pub(crate) fn score(&self, row: &[f32]) -> f64 {
        let mut at = 0;
        loop {
            match self.0[at] {
                Node::Leaf { value } => return f64::from(value),
                Node::Split { feature, threshold, left, right, missing_left } => {
                    let value = row[feature as usize];
                    let goes_left = if value.is_nan() { missing_left } else { value <= threshold };
                    at = if goes_left { left } else { right } as usize;
                }
            }
        }
    }

    pub(super) fn value(&self, node: usize) -> f64 {
        match self.0[node] {
            Node::Leaf { value } => f64::from(value),
            Node::Split { .. } => 0.0,
        }
    }

    /// Whether every path ends and every feature exists.
    pub(crate) fn check(&self, features: usize) -> Result<()> {
        let broken = |why: String| Err(Fault::new("a tree of the model is broken").why(why));
        if self.0.is_empty() {
            return broken("it has no nodes".to_owned());
        }
        for (at, node) in self.0.iter().enumerate() {
            let (feature, left, right) = match *node {
                Node::Split { feature, threshold, left, right, .. } if threshold.is_finite() => {
                    (feature, left, right)
                }
                Node::Leaf { value } if value.is_finite() => continue,
                _ => return broken(format!("node {at} has an infinite value")),
            };
            if feature as usize >= features {
                return broken(format!("node {at} tests feature {feature} of {features}"));
            }
            if [left, right].iter().any(|&child| child as usize <= at || child as usize >= self.0.len()) {
                return broken(format!(
                    "node {at} has children {left} and {right} of {} nodes",
                    self.0.len()
                ));
            }
        }
        Ok(())
    }
}
