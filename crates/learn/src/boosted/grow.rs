//! Growth of a tree, leaf by leaf: the split that lowers the loss most is next.

use super::bins::{Bins, MISSING};
use super::tree::{Node, Tree, quantized};
use super::{Growth, ROUNDS};
use crate::random::Random;

/// Weight of squared leaf values in the loss.
const L2: f64 = 1.0;
/// A leaf with less curvature than this would get a value from rounding errors.
const LEAST_HESSIAN: f64 = 1e-3;
/// Keeps the sum over all rounds below 2⁸.
const LARGEST_LEAF: f64 = 200.0 / ROUNDS as f64;

#[derive(Clone, Copy, Default)]
struct Sum {
    gradient: f64,
    hessian: f64,
    rows: u32,
}

impl Sum {
    fn add(&mut self, other: Sum) {
        self.gradient += other.gradient;
        self.hessian += other.hessian;
        self.rows += other.rows;
    }
    fn minus(self, other: Sum) -> Sum {
        Sum {
            gradient: self.gradient - other.gradient,
            hessian: self.hessian - other.hessian,
            rows: self.rows - other.rows,
        }
    }
    fn quality(self) -> f64 {
        self.gradient * self.gradient / (self.hessian + L2)
    }
}

#[derive(Clone, Copy)]
struct Split {
    gain: f64,
    feature: usize,
    /// The last bin that goes left.
    bin: usize,
    missing_left: bool,
}

struct Leaf {
    node: usize,
    rows: Vec<u32>,
    sum: Sum,
    /// Sums by chosen feature and bin.
    histograms: Vec<Vec<Sum>>,
    best: Option<Split>,
}

/// A tree, and the node that each row reaches.
pub(super) fn grow(
    bins: &Bins,
    gradients: &[(f64, f64)],
    growth: Growth,
    random: &mut Random,
) -> (Tree, Vec<usize>) {
    let mut features: Vec<usize> = (0..bins.features()).collect();
    random.shuffle(&mut features);
    features.truncate(((bins.features() as f64 * growth.features).ceil() as usize).max(1));
    features.sort_unstable();
    let grower = Grower { bins, gradients, growth, features };

    let mut nodes = vec![Node::Leaf { value: 0.0 }];
    let rows: Vec<u32> = (0..bins.rows as u32).collect();
    let histograms = grower.histograms(&rows);
    let mut leaves = vec![grower.leaf(0, rows, histograms)];
    while leaves.len() < growth.leaves {
        let gain = |leaf: &Leaf| leaf.best.map_or(0.0, |split| split.gain);
        // Of equal gains the first, so that the order of leaves decides, not the sort.
        let Some(at) = (0..leaves.len())
            .filter(|&i| leaves[i].best.is_some())
            .reduce(|a, b| if gain(&leaves[b]) > gain(&leaves[a]) { b } else { a })
        else {
            break;
        };
        let leaf = leaves.swap_remove(at);
        let Some(split) = leaf.best else { break };
        let (left, right) = grower.split(leaf, split, nodes.len());
        nodes[left.0] = Node::Split {
            feature: split.feature as u32,
            threshold: bins.borders[split.feature][split.bin - 1],
            left: left.1.node as u32,
            right: right.node as u32,
            missing_left: split.missing_left,
        };
        nodes.extend([Node::Leaf { value: 0.0 }; 2]);
        leaves.extend([left.1, right]);
    }
    let mut reached = vec![0; bins.rows];
    for leaf in leaves {
        let step = -leaf.sum.gradient / (leaf.sum.hessian + L2) * growth.rate;
        nodes[leaf.node] = Node::Leaf { value: quantized(step.clamp(-LARGEST_LEAF, LARGEST_LEAF)) };
        leaf.rows.iter().for_each(|&row| reached[row as usize] = leaf.node);
    }
    (Tree(nodes), reached)
}

struct Grower<'a> {
    bins: &'a Bins,
    gradients: &'a [(f64, f64)],
    growth: Growth,
    features: Vec<usize>,
}

impl Grower<'_> {
    fn histograms(&self, rows: &[u32]) -> Vec<Vec<Sum>> {
        let histogram = |&feature: &usize| {
            let mut sums = vec![Sum::default(); self.bins.borders[feature].len() + 2];
            let bins = &self.bins.of[feature];
            for &row in rows {
                let (gradient, hessian) = self.gradients[row as usize];
                sums[bins[row as usize] as usize].add(Sum { gradient, hessian, rows: 1 });
            }
            sums
        };
        self.features.iter().map(histogram).collect()
    }

    fn leaf(&self, node: usize, rows: Vec<u32>, histograms: Vec<Vec<Sum>>) -> Leaf {
        let mut sum = Sum::default();
        for &row in &rows {
            let (gradient, hessian) = self.gradients[row as usize];
            sum.add(Sum { gradient, hessian, rows: 1 });
        }
        let best = self.best(sum, &histograms);
        Leaf { node, rows, sum, histograms, best }
    }

    fn best(&self, total: Sum, histograms: &[Vec<Sum>]) -> Option<Split> {
        let mut best: Option<Split> = None;
        for (&feature, sums) in self.features.iter().zip(histograms) {
            let missing = sums[MISSING as usize];
            let mut left = Sum::default();
            for (bin, sum) in sums.iter().enumerate().take(sums.len() - 1).skip(1) {
                left.add(*sum);
                // Without missing values here, those met later follow the larger part.
                let with = if missing.rows > 0 { [Some(true), Some(false)] } else { [None; 2] };
                for missing_left in with.into_iter().take(if missing.rows > 0 { 2 } else { 1 }) {
                    let mut left = left;
                    if missing_left == Some(true) {
                        left.add(missing);
                    }
                    let right = total.minus(left);
                    let least = self.growth.rows_per_leaf as u32;
                    if left.rows.min(right.rows) < least || left.hessian.min(right.hessian) < LEAST_HESSIAN {
                        continue;
                    }
                    let gain = left.quality() + right.quality() - total.quality();
                    if gain > best.map_or(1e-6, |split| split.gain) {
                        let missing_left = missing_left.unwrap_or(left.rows >= right.rows);
                        best = Some(Split { gain, feature, bin, missing_left });
                    }
                }
            }
        }
        best
    }

    /// The parent's node with the left leaf, and the right leaf; their nodes are `next` and `next + 1`.
    fn split(&self, leaf: Leaf, split: Split, next: usize) -> ((usize, Leaf), Leaf) {
        let bins = &self.bins.of[split.feature];
        let goes_left = |row: &u32| match bins[*row as usize] {
            MISSING => split.missing_left,
            bin => usize::from(bin) <= split.bin,
        };
        let (left, right): (Vec<u32>, Vec<u32>) = leaf.rows.iter().partition(|row| goes_left(row));
        // The larger part's sums are the difference, which costs no pass over its rows.
        let smaller = self.histograms(if left.len() < right.len() { &left } else { &right });
        let larger: Vec<Vec<Sum>> = leaf
            .histograms
            .into_iter()
            .zip(&smaller)
            .map(|(all, part)| all.into_iter().zip(part).map(|(all, part)| all.minus(*part)).collect())
            .collect();
        let (of_left, of_right) =
            if left.len() < right.len() { (smaller, larger) } else { (larger, smaller) };
        ((leaf.node, self.leaf(next, left, of_left)), self.leaf(next + 1, right, of_right))
    }
}
