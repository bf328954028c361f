//! Statistics of the readings of each sensor and window.

use crate::config::{Named, Place};
use crate::data::{Aggregate as Window, Column, Kind, Of, Shape};
use crate::part::{Fold, Sheet, Sums, Takes, TransformPlan};
use passband_dsp::aggregate::Measure;
use passband_signal::{Fault, Result};
use std::sync::Arc;

crate::settings! {
    /// Statistics of the readings of each sensor and window: count, minimum, maximum, mean and others, of any values.
    ///
    /// `output` names the columns in order. A column is `key`, `start` or `end` (ms since 1970), `start_iso` or `end_iso`,
    /// `readings` (their number) or `result` (final or early); or a value and its measures, such as
    /// "value: count, min, max, mean as average", which form an object under the column's name. The name `*` puts the
    /// measures beside the other columns. Measures are count, sum, min, max, mean, deviation, first, last, range, rate,
    /// median, time_weighted_mean, and percentiles such as p95 and p99.9 (in results named p99_9).
    pub struct Aggregate {
        /// The columns. Default: the end of the window, and measures of `value`.
        output: Named,
    }
}

/// The default columns.
const USUAL: [(&str, &str); 2] = [("time", "end"), ("value", "value: count, min, max, mean")];

impl Aggregate {
    fn columns(&self) -> Vec<(&str, &str)> {
        let given: Vec<_> = self.output.0.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        if given.is_empty() { USUAL.to_vec() } else { given }
    }

    /// The columns and measures for readings with these values.
    ///
    /// # Errors   what is wrong with `output`
    fn read(&self, names: Option<&[String]>) -> Result<Sums, String> {
        let (mut columns, mut measures) = (vec![], vec![]);
        for (name, text) in self.columns() {
            let fixed = match text.trim() {
                "key" => Some(Of::Key),
                "start" => Some(Of::Start),
                "end" => Some(Of::End),
                "start_iso" => Some(Of::StartIso),
                "end_iso" => Some(Of::EndIso),
                "readings" => Some(Of::Readings),
                "result" => Some(Of::Result),
                _ => None,
            };
            if let Some(of) = fixed {
                columns.push(Column { path: vec![name.to_owned()], of });
                continue;
            }
            let (value, list) = text.split_once(':').ok_or_else(|| {
                format!("'{text}' is neither key, start, end, start_iso, end_iso, readings, result nor like \"value: min, max\"")
            })?;
            let value = value.trim();
            let place = match names {
                Some(names) => names.iter().position(|n| n == value).ok_or_else(|| {
                    format!("readings have no value '{value}'; they have {}", names.join(", "))
                })?,
                None => 0,
            };
            for entry in list.split(',') {
                let (measure, own) = entry.split_once(" as ").unwrap_or((entry, entry));
                let (measure, own) = (Measure::by_name(measure.trim())?, own.trim());
                // a dot separates the names of a path, if columns are flattened
                let own = if own == entry.trim() { own.replace('.', "_") } else { own.to_owned() };
                let of = Of::Value { index: measures.len(), counts: measure.name == "count" };
                measures.push((place, measure));
                let mut path = if name == "*" { vec![] } else { vec![name.to_owned()] };
                path.push(own);
                columns.push(Column { path, of });
            }
        }
        distinct(&columns)?;
        Ok(Sums { sheet: Sheet::new(&measures), shape: Arc::new(Shape::new(columns)) })
    }
}

/// Checks that the names of columns are unique, and that none is both a value and an object that contains others.
fn distinct(columns: &[Column]) -> Result<(), String> {
    let names: Vec<_> = columns.iter().map(|column| column.path.join(".")).collect();
    let mut paths: Vec<Vec<_>> = names.iter().map(|name| name.split('.').collect()).collect();
    // sorted, a path is followed by those that it is a prefix of
    paths.sort_unstable();
    match paths.windows(2).find(|two| two[1].starts_with(&two[0])) {
        Some([one, other]) if one == other => Err(format!("the column {} occurs twice", one.join("."))),
        Some([one, other]) => Err(format!(
            "{} cannot be a value and also contain {}: rename one of them",
            one.join("."),
            other.join(".")
        )),
        _ => Ok(()),
    }
}

impl TransformPlan for Aggregate {
    fn takes(&self) -> Takes<'_> {
        Takes::Readings(self)
    }
    fn gives(&self) -> Kind {
        Window::KIND
    }
    fn check(&self, place: &Place, faults: &mut Vec<Fault>) {
        if let Err(why) = self.read(None) {
            let fix = format!(
                "write it like output = {{ time = \"end\", value = \"value: count, mean, p95\" }}; the measures are {}",
                Measure::names()
            );
            faults.push(place.fault("output", "cannot be used").why(why).fix(fix));
        }
    }
}

impl Fold for Aggregate {
    fn sums(&self, names: &[String]) -> Result<Sums, String> {
        self.read(Some(names))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(output: &[(&str, &str)]) -> Result<Vec<String>, String> {
        let output = output.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        let sums = Aggregate { output: Named(output) }.read(Some(&["a".into(), "b".into()]))?;
        Ok(sums.shape.columns.iter().map(|column| column.path.join(".")).collect())
    }

    #[test]
    fn columns_are_named_after_their_measures() {
        let output =
            [("time", "end"), ("a", "a: median, p95,p99.9, p5 as low"), ("*", "b: max as top, mean")];
        let wanted = ["time", "a.median", "a.p95", "a.p99_9", "a.low", "top", "mean"];
        assert_eq!(columns(&output).unwrap(), wanted);
    }

    #[test]
    fn wrong_columns_are_refused() {
        for (output, why) in [
            (vec![("a", "a: mean, max, mean")], "the column a.mean occurs twice"),
            (vec![("a", "a: p99.9, p99_9")], "\"p99_9\" is not a percentile"),
            (vec![("a", "a: p99.9, max as p99_9")], "the column a.p99_9 occurs twice"),
            (vec![("x", "a: mean"), ("*", "b: max as x")], "x cannot be a value and also contain x.mean"),
            (
                vec![("*", "a: max as x"), ("x-y", "end"), ("x", "b: min")],
                "x cannot be a value and also contain x.min",
            ),
            (vec![("a", "a: p101")], "\"p101\" is not a percentile; there are p0 to p100"),
            (vec![("a", "a: average")], "there is no measure \"average\"; there are count, sum, "),
            (vec![("a", "c: mean")], "readings have no value 'c'; they have a, b"),
            (vec![("a", "finish")], "'finish' is neither key, start"),
        ] {
            let error = columns(&output).unwrap_err();
            assert!(error.contains(why), "{output:?}: {error}");
        }
        // names that share a prefix without being in one object
        assert!(columns(&[("x", "a: mean"), ("xy", "start"), ("x-y", "end")]).is_ok());
    }
}
