//! What is folded of one key in one pane: the sums of every field that is measured.

use passband_dsp::aggregate::{Kept, Layout, Measure};

/// The sums of all fields, side by side, after the count of readings.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// By measured field: its place among a reading's values, and its sums.
    fields: Vec<(usize, Layout)>,
    width: usize,
    keeps: bool,
    /// The measures in the order of the results: which of `fields`, and which measure.
    measures: Vec<(usize, Measure)>,
}

/// What one key has in one pane, or in several merged.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cell {
    /// The count of readings, then the sums of each field.
    pub sums: Vec<f64>,
    /// By field.
    pub kept: Vec<Kept>,
}

impl Sheet {
    /// For these measures, each of the field at that place among a reading's values.
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
    /// What is folded: of each field its place and its sums.
    pub fn fields(&self) -> &[(usize, Layout)] {
        &self.fields
    }
    /// Numbers that a cell takes.
    pub fn width(&self) -> usize {
        self.width
    }
    /// Lists of values that a cell keeps.
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
    /// Folds a reading in; a value of NaN is missing, and the sums of its field stay as they are.
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
    /// Folds in what came later.
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
    /// How many readings, and every measure.
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
