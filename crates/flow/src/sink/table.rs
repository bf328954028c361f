//! The latest values of each sensor, as a table for a terminal.

use crate::data::{Aggregate, Column, Of, ResultState, Shape, Stream};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Maximum number of sensors; beyond it, the last in name order are omitted.
const KEPT: usize = 10_000;
/// The space between two columns.
const GAP: &str = "  ";
/// Significant digits of the largest value of a column.
const DIGITS: i32 = 6;

/// The newest window of each sensor.
#[derive(Default)]
pub struct Table {
    /// The stream of the first window: sensors of other streams are shown with the name of the stream.
    first: Option<Stream>,
    shape: Arc<Shape>,
    /// By name, with numbers in the name ordered by value.
    rows: BTreeMap<(String, String), Row>,
    /// Whether sensors were omitted.
    more: bool,
}

#[derive(Clone)]
struct Row {
    end: i64,
    early: bool,
    readings: u64,
    values: Box<[f64]>,
}

impl Table {
    /// Adds a window.
    pub fn put(&mut self, stream: &Stream, window: &Aggregate) {
        let first = self.first.get_or_insert_with(|| stream.clone());
        let foreign = if first == stream { String::new() } else { format!(" · {stream}") };
        let name = printable(&window.key) + &printable(&foreign);
        let Aggregate { end, readings, ref values, .. } = *window;
        let row = Row { end, early: window.result == ResultState::Early, readings, values: values.clone() };
        // an early result of the next window may precede the final result of this one
        let newest = self.rows.entry((natural(&name), name)).or_insert_with(|| row.clone());
        if newest.end <= row.end {
            *newest = row;
        }
        self.shape = window.shape.clone();
        if self.rows.len() > KEPT {
            self.rows.pop_last();
            self.more = true;
        }
    }

    /// The table, within the given columns and lines.
    pub fn text(&self, columns: usize, lines: usize) -> String {
        if self.rows.is_empty() {
            return "no window has closed yet".into();
        }
        let shape = &self.shape.columns;
        let values: Vec<&Column> =
            shape.iter().filter(|column| matches!(column.of, Of::Readings | Of::Value { .. })).collect();
        let grouped = values.iter().any(|column| column.path.len() > 1);
        let capacity = lines.saturating_sub(1 + usize::from(grouped)).max(1);
        let all = self.rows.len() <= capacity && !self.more;
        let shown: Vec<_> = self.rows.iter().take(if all { capacity } else { capacity - 1 }).collect();

        let mut blocks = vec![vec!["sensor".to_owned()], vec!["until (UTC)".to_owned()]];
        blocks[0].extend(shown.iter().map(|((_, name), _)| name.clone()));
        blocks[1].extend(shown.iter().map(|(_, row)| moment(row.end) + if row.early { " …" } else { "" }));
        for column in &values {
            let mut cells = vec![printable(column.path.last().map_or("", |name| name))];
            cells.extend(written(&shown.iter().map(|(_, row)| row.value(column.of)).collect::<Vec<_>>()));
            blocks.push(cells);
        }
        let wide = |text: &String| text.chars().count();
        let widths: Vec<usize> =
            blocks.iter().map(|cells| cells.iter().map(wide).max().unwrap_or(0)).collect();

        let mut out = vec![];
        if grouped {
            out.push(groups(&values, &widths));
        }
        for at in 0..=shown.len() {
            let cell = |(column, cells): (usize, &Vec<String>)| match column {
                0 | 1 => format!("{:<1$}", cells[at], widths[column]),
                _ => format!("{:>1$}", cells[at], widths[column]),
            };
            out.push(blocks.iter().enumerate().map(cell).collect::<Vec<_>>().join(GAP));
        }
        if !all {
            let left = self.rows.len() - shown.len();
            out.push(format!("… and {left} {}", if self.more { "or more" } else { "more" }));
        }
        let lines: Vec<String> = out.iter().map(|line| cut(line.trim_end(), columns)).collect();
        lines.join("\n")
    }
}

impl Row {
    fn value(&self, of: Of) -> f64 {
        match of {
            Of::Value { index, .. } => self.values.get(index).copied().unwrap_or(f64::NAN),
            _ => self.readings as f64,
        }
    }
}

/// A header line with the names of the objects that contain the columns.
fn groups(values: &[&Column], widths: &[usize]) -> String {
    let group = |column: &Column| (column.path.len() > 1).then(|| printable(&column.path[0]));
    let mut line = " ".repeat(widths[0] + GAP.len() + widths[1]);
    let mut at = 2;
    for columns in values.chunk_by(|a, b| group(a) == group(b)) {
        let end = at + columns.len();
        let width = widths[at..end].iter().sum::<usize>() + GAP.len() * (columns.len() - 1);
        let rule = match group(columns[0]) {
            Some(name) => format!("{:─^width$}", format!(" {name} ")),
            None => " ".repeat(width),
        };
        line = line + GAP + &cut(&rule, width);
        at = end;
    }
    line
}

/// The numbers of a column, with equal numbers of decimal places.
fn written(numbers: &[f64]) -> Vec<String> {
    let known = || numbers.iter().copied().filter(|x| x.is_finite());
    let largest = known().fold(0.0, |most: f64, x| most.max(x.abs()));
    let size = if largest > 0.0 { largest.log10().floor() as i32 } else { 0 };
    let most = (DIGITS - 1 - size).clamp(0, 9) as usize;
    let needed = |x: f64| {
        let text = format!("{x:.most$}");
        text.split_once('.').map_or(0, |(_, fraction)| fraction.trim_end_matches('0').len())
    };
    let digits = known().map(needed).max().unwrap_or(0);
    let one = |x: &f64| match () {
        () if !x.is_finite() => "–".to_owned(),
        () if !(-5..12).contains(&size) => format!("{x:.4e}"),
        () => format!("{x:.digits$}"),
    };
    numbers.iter().map(one).collect()
}

/// A time to the second.
fn moment(micros: i64) -> String {
    let time = jiff::Timestamp::from_microsecond(micros);
    time.map_or_else(|_| micros.to_string(), |time| time.strftime("%F %T").to_string())
}

/// Replaces control characters: names are untrusted, and terminals interpret them.
fn printable(name: &str) -> String {
    name.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// A sort key that orders `Sensor10` after `Sensor2`: each number is preceded by its length.
fn natural(name: &str) -> String {
    let digit = |c: char| c.is_ascii_digit();
    let mut sorted = String::new();
    let mut rest = name;
    while let Some(at) = rest.find(digit) {
        let (before, from) = rest.split_at(at);
        let end = from.find(|c| !digit(c)).unwrap_or(from.len());
        let number = from[..end].trim_start_matches('0');
        sorted.push_str(before);
        // sorts in the position of a digit
        sorted.push('0');
        sorted.extend(char::from_u32(number.len() as u32));
        sorted.push_str(number);
        rest = &from[end..];
    }
    sorted + rest
}

fn cut(text: &str, width: usize) -> String {
    text.chars().take(width).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(key: &str, end: i64, values: [f64; 3]) -> Aggregate {
        let column = |path: &[&str], of| Column { path: path.iter().map(|p| (*p).to_owned()).collect(), of };
        let value = |index| Of::Value { index, counts: index == 0 };
        let shape = Shape::new(vec![
            column(&["key"], Of::Key),
            column(&["n"], Of::Readings),
            column(&["temperature", "count"], value(0)),
            column(&["temperature", "min"], value(1)),
            column(&["t", "m"], value(2)),
        ]);
        let (key, values) = (key.into(), values.into());
        Aggregate {
            key,
            start: 0,
            end,
            result: ResultState::Final,
            readings: 7,
            shape: Arc::new(shape),
            values,
        }
    }

    #[test]
    fn the_latest_values_are_in_aligned_columns() {
        let mut table = Table::default();
        let (one, other) = ("a".into(), "b".into());
        table.put(&one, &window("Sensor10", 1_709_294_400_000_000, [50.0, 21.5, f64::NAN]));
        table.put(&one, &window("Sensor2", 1_709_294_400_000_000, [48.0, -3.25, 1e-3]));
        table.put(&one, &window("Sensor2", 1_709_294_410_000_000, [49.0, 100.0, 1e-3]));
        table.put(&one, &window("Sensor2", 1_709_294_400_000_000, [47.0, 0.0, 0.0]));
        table.put(&other, &window("A\u{1b}[2J", 1_709_294_410_000_000, [1.0, 0.0, -0.5]));
        let want = "
                                    temperature  ─ t ──
sensor     until (UTC)          n  count    min       m
A\u{fffd}[2J · b  2024-03-01 12:00:10  7      1    0.0  -0.500
Sensor2    2024-03-01 12:00:10  7     49  100.0   0.001
Sensor10   2024-03-01 12:00:00  7     50   21.5       –";
        assert_eq!(format!("\n{}", table.text(100, 20)), want);
        let small = table.text(20, 4);
        assert_eq!(small.lines().collect::<Vec<_>>()[2..], ["A\u{fffd}[2J · b  2024-03-0", "… and 2 more"]);
    }

    #[test]
    fn numbers_in_names_are_sorted_by_value() {
        let mut names = ["b", "a10", "a9b", "a9", "a010", "a", "a1.10", "a1.9"];
        names.sort_by_key(|name| natural(name));
        assert_eq!(names, ["a", "a1.9", "a1.10", "a9", "a9b", "a10", "a010", "b"]);
    }
}
