//! The windows of sensors on their way to the board: their columns, described once.

use crate::board::Told;
use crate::{Panel, Sensed};
use passband_flow::data::Stream;
use passband_flow::data::{Aggregate, Of, ResultState, Shape};
use std::sync::Arc;

/// The sensors of one pipeline.
pub(crate) struct Sensors {
    panel: Sensed,
    /// The stream of the first: sensors of others have its name behind their own.
    first: Option<Stream>,
    /// How the last one was written, and where its values go.
    shape: Option<Arc<Shape>>,
    places: Vec<Place>,
}

/// Where a column's value comes from, and its place in the panel.
struct Place {
    of: Of,
    column: usize,
}

impl Sensors {
    /// The panel of that stream's number. Columns come with the first window.
    pub fn new(stream: usize) -> Self {
        let panel = Sensed { stream, ..Sensed::default() };
        Self { panel, first: None, shape: None, places: vec![] }
    }

    /// What is to be drawn.
    pub fn panel(&self) -> Panel {
        Panel::Sensors(self.panel.clone())
    }

    /// Learns the columns of a window. True: the panel has changed.
    pub fn take(&mut self, stream: &Stream, window: &Aggregate) -> bool {
        let known = self.shape.as_ref().is_some_and(|shape| Arc::ptr_eq(shape, &window.shape));
        !known && self.arrange(stream, &window.shape)
    }

    /// Gives the window that was just taken to `put`, as the board wants it.
    pub fn tell(&self, stream: &Stream, window: &Aggregate, put: impl FnOnce(Told<'_>)) {
        let mut values = vec![f64::NAN; self.panel.columns.len()];
        for Place { of, column } in &self.places {
            values[*column] = match of {
                Of::Readings => window.readings as f64,
                Of::Value { index, .. } => window.values.get(*index).copied().unwrap_or(f64::NAN),
                _ => continue,
            };
        }
        let named;
        let key = match &self.first {
            Some(first) if first != stream => {
                named = format!("{} · {stream}", window.key);
                &named
            }
            _ => &*window.key,
        };
        let (start, end, readings) = (window.start, window.end, window.readings);
        let early = window.result == ResultState::Early;
        put(Told { key, start, end, readings, early, values: values.into() });
    }

    /// Finds the place of each column. Columns only ever are added: what browsers keep stays as it is. True: some were.
    fn arrange(&mut self, stream: &Stream, shape: &Arc<Shape>) -> bool {
        let before = self.panel.columns.len();
        if self.first.is_none() {
            self.first = Some(stream.clone());
            self.panel.title = stream.to_string();
        }
        self.places.clear();
        for column in shape.columns.iter().filter(|c| matches!(c.of, Of::Readings | Of::Value { .. })) {
            let name = column.path.join(".");
            let at = self.panel.columns.iter().position(|known| *known == name).unwrap_or_else(|| {
                self.panel.columns.push(name);
                self.panel.columns.len() - 1
            });
            self.places.push(Place { of: column.of, column: at });
        }
        self.shape = Some(shape.clone());
        before != self.panel.columns.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use passband_flow::data::Column;

    fn window(names: &[&str], values: &[f64]) -> Aggregate {
        let of = |index| Of::Value { index, counts: false };
        let path = |name: &str| name.split('.').map(str::to_owned).collect();
        let columns = names.iter().enumerate().map(|(at, name)| Column { path: path(name), of: of(at) });
        let key = [Column { path: vec!["key".into()], of: Of::Key }];
        Aggregate {
            key: "a".into(),
            start: 0,
            end: 1,
            result: ResultState::Final,
            readings: 1,
            shape: Arc::new(Shape::new(key.into_iter().chain(columns).collect())),
            values: values.into(),
        }
    }

    #[test]
    fn columns_are_described_once_and_only_added() {
        let mut sensors = Sensors::new(0);
        let mut seen = vec![];
        let mut take = |stream: &str, window: &Aggregate| {
            let new = sensors.take(&stream.into(), window);
            sensors.tell(&stream.into(), window, |t| seen.push((t.key.to_owned(), t.values)));
            let Panel::Sensors(panel) = sensors.panel() else { unreachable!() };
            if new { panel.columns } else { vec![] }
        };
        let first = window(&["t.min", "t.max"], &[1.0, 2.0]);
        assert_eq!(take("x", &first), ["t.min", "t.max"]);
        assert!(take("x", &first).is_empty());
        assert_eq!(take("y", &window(&["t.max", "n"], &[3.0, 4.0])), ["t.min", "t.max", "n"]);
        assert_eq!(seen[1], ("a".to_owned(), [1.0, 2.0].into()));
        assert_eq!(seen[2].0, "a · y");
        assert!(seen[2].1[0].is_nan());
        assert_eq!(seen[2].1[1..], [3.0, 4.0]);
    }
}
