//! The windows of sensors: one cell per sensor.

use super::{Panels, View};
use crate::window_log::Window;
use crate::{Live, Panel, Sensed};
use passband_flow::data::{Aggregate, Of, Output, ResultState, Shape, Stream};
use std::borrow::Cow;
use std::sync::Arc;

/// The sensors of a pipeline.
pub(crate) struct Sensors {
    panel: Sensed,
    /// The stream of the first window: for sensors of other streams, the stream's name is appended to their own.
    first: Option<Stream>,
    /// The shape of the last window, and the places of its values.
    shape: Option<Arc<Shape>>,
    places: Vec<Place>,
}

/// The origin of a column's value, and its place in the panel.
struct Place {
    of: Of,
    column: usize,
}

impl Sensors {
    /// The view with this number. The columns are determined by the first window.
    pub fn new(stream: usize) -> Self {
        let panel = Sensed { stream, ..Sensed::default() };
        Self { panel, first: None, shape: None, places: vec![] }
    }

    /// Converts a window for the log.
    fn window<'a>(&self, key: &'a str, window: &Aggregate) -> Window<'a> {
        let mut values = vec![f64::NAN; self.panel.columns.len()];
        for Place { of, column } in &self.places {
            values[*column] = match of {
                Of::Readings => window.readings as f64,
                Of::Value { index, .. } => window.values.get(*index).copied().unwrap_or(f64::NAN),
                _ => continue,
            };
        }
        let (start, end, readings) = (window.start, window.end, window.readings);
        let early = window.result == ResultState::Early;
        Window { key, start, end, readings, early, values: values.into() }
    }

    /// The name of a sensor on the page.
    fn key<'a>(&self, stream: &Stream, window: &'a Aggregate) -> Cow<'a, str> {
        match &self.first {
            Some(first) if first != stream => Cow::Owned(format!("{} · {stream}", window.key)),
            _ => Cow::Borrowed(&window.key),
        }
    }

    /// Finds the place of each column. Columns are only ever added, so rows that were sent remain valid.
    fn arrange(&mut self, stream: &Stream, shape: &Arc<Shape>) -> Panels {
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
        if before == self.panel.columns.len() { Panels::Same } else { Panels::Changed }
    }
}

impl View for Sensors {
    fn panels(&self) -> Vec<Panel> {
        vec![Panel::Sensors(self.panel.clone())]
    }
    fn learn(&mut self, output: &Output) -> Panels {
        match output.data.get::<Aggregate>() {
            Some(window) if !self.shape.as_ref().is_some_and(|shape| Arc::ptr_eq(shape, &window.shape)) => {
                self.arrange(&output.stream, &window.shape)
            }
            _ => Panels::Same,
        }
    }
    fn publish(&mut self, output: &Output, live: &Live) {
        let Some(window) = output.data.get::<Aggregate>() else { return };
        live.window(self.window(&self.key(&output.stream, window), window));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use passband_flow::data::{Column, Data};

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
            let output =
                Output { stream: stream.into(), data: Data::row(window.clone()), origin: Default::default() };
            let change = sensors.learn(&output);
            let key = sensors.key(&output.stream, window);
            seen.push((key.to_string(), sensors.window(&key, window).values));
            let Panel::Sensors(panel) = sensors.panels().remove(0) else { unreachable!() };
            if change == Panels::Changed { panel.columns } else { vec![] }
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
