//! The state of one key in one pane: the sums of every measured field.

use passband_dsp::aggregate::{Kept, Layout, Measure};

/// The layout of a cell: the count of readings, then the sums of each field.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// By measured field: its index among a reading's values, and its sums.
    fields: Vec<(usize, Layout)>,
    width: usize,
    keeps: bool,
    /// The measures in the order of the results: the index into `fields`, and the measure.
    measures: Vec<(usize, Measure)>,
}

/// The state of one key in one pane, or in several merged panes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cell {
    /// The count of readings, then the sums of each field.
    pub sums: Vec<f64>,
    /// By field, the values kept for measures that need them.
    pub kept: Vec<Kept>,
}

impl Sheet {
    /// Creates the layout for these measures, each with the index of its field among a reading's values.
    pub fn new(measures: &[(usize, Measure)]) -> Self {
        let mut places: Vec<usize> = measures.iter().map(|(field, _)| *field).collect();
        places.sort_unstable();
        places.dedup();
        let layout = |place: usize| {
            let of = measures.iter().filter(|(field, _)| *field == place);
            Layout::new(of.flat_map(|(_, measure)| measure.needs))
        };
        let fields: Vec<(usize, Layout)> = places.iter().map(|place| (*place, layout(*place))).collect();
        let width = 1 + fields.iter().map(|(_, layout)| layout.width()).sum::<usize>();
        let keeps = fields.iter().any(|(_, layout)| layout.keeps());
        let number = |place: &usize| places.binary_search(place).unwrap_or(0);
        let measures = measures.iter().map(|(place, measure)| (number(place), *measure)).collect();
        Self { fields, width, keeps, measures }
    }
    /// The measured fields, each with its index and its sums.
    pub fn fields(&self) -> &[(usize, Layout)] {
        &self.fields
    }
    /// Numbers per cell.
    pub fn width(&self) -> usize {
        self.width
    }
    /// Lists of values per cell.
    pub fn lists(&self) -> usize {
        if self.keeps { self.fields.len() } else { 0 }
    }
    /// Appends an empty cell.
    pub fn start(&self, sums: &mut Vec<f64>, kept: &mut Vec<Kept>) {
        let from = sums.len();
        sums.resize(from + self.width, 0.0);
        self.clear(&mut sums[from..]);
        kept.resize_with(kept.len() + self.lists(), Kept::default);
    }
    fn clear(&self, sums: &mut [f64]) {
        sums[0] = 0.0;
        let mut at = 1;
        for (_, layout) in &self.fields {
            layout.clear(&mut sums[at..at + layout.width()]);
            at += layout.width();
        }
    }
    /// Adds a reading. NaN is a missing value and leaves the sums of its field unchanged.
    #[inline]
    pub fn add(&self, sums: &mut [f64], kept: &mut [Kept], time: i64, values: &[f64]) {
        sums[0] += 1.0;
        let (mut at, mut none) = (1, Kept::default());
        for (number, (place, layout)) in self.fields.iter().enumerate() {
            let kept = kept.get_mut(number).unwrap_or(&mut none);
            let value = values[*place];
            if !value.is_nan() {
                layout.add(&mut sums[at..at + layout.width()], kept, time, value);
            }
            at += layout.width();
        }
    }
    /// An empty cell.
    pub fn cell(&self) -> Cell {
        let mut cell = Cell::default();
        self.start(&mut cell.sums, &mut cell.kept);
        cell
    }
    /// Merges a cell of later readings.
    pub fn merge(&self, cell: &mut Cell, sums: &[f64], kept: &[Kept]) {
        cell.sums[0] += sums[0];
        let (mut at, nothing, mut none) = (1, Kept::default(), Kept::default());
        for (number, (_, layout)) in self.fields.iter().enumerate() {
            let range = at..at + layout.width();
            let own = cell.kept.get_mut(number).unwrap_or(&mut none);
            let other = kept.get(number).unwrap_or(&nothing);
            layout.merge(&mut cell.sums[range.clone()], own, &sums[range], other);
            at += layout.width();
        }
    }
    /// The number of readings, and the value of every measure.
    pub fn finish(&self, sums: &[f64], kept: &[Kept]) -> (u64, Box<[f64]>) {
        let nothing = Kept::default();
        let mut at = 1;
        let views = self.fields.iter().enumerate().map(|(number, (_, layout))| {
            let range = at..at + layout.width();
            at += layout.width();
            layout.view(&sums[range], kept.get(number).unwrap_or(&nothing))
        });
        let views: Vec<_> = views.collect();
        let values = self.measures.iter().map(|(field, measure)| measure.finish(&views[*field]));
        (sums[0] as u64, values.collect())
    }
}
