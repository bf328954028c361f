//! What a window says, as an object of the shape that the pipeline gives it.

use super::write::{members, name};
use crate::data::{Aggregate, Of, ResultState};
use crate::transform::run::Timestamp;
use passband_signal::Result;
use std::io::Write;

/// Appends it; in a file its key comes first, where it has no column.
pub fn write(aggregate: &Aggregate, file: bool, out: &mut Vec<u8>) -> Result<()> {
    let columns = &aggregate.shape.0;
    let has = |of: Of| columns.iter().any(|column| column.of == of);
    out.push(b'{');
    if file && !has(Of::Key) {
        name("key", out)?;
        super::write(&aggregate.key, out)?;
    }
    let all: Vec<usize> = (0..columns.len()).collect();
    members(&all, 0, &|column| &columns[column].path, out, &mut |column, out| {
        value(aggregate, columns[column].of, out)
    })?;
    if aggregate.result == ResultState::Early && !has(Of::Result) {
        name("result", out)?;
        super::write(&aggregate.result.name(), out)?;
    }
    out.push(b'}');
    Ok(())
}

fn value(aggregate: &Aggregate, of: Of, out: &mut Vec<u8>) -> Result<()> {
    // writing to memory cannot fail
    match of {
        Of::Key => return super::write(&aggregate.key, out),
        Of::Result => return super::write(&aggregate.result.name(), out),
        Of::Value { index, counts } => {
            let value = aggregate.values.get(index).copied().unwrap_or(f64::NAN);
            if !counts || !value.is_finite() {
                return super::write(&value, out);
            }
            drop(write!(out, "{}", value as i64));
        }
        Of::Start => drop(write!(out, "{}", aggregate.start.div_euclid(1000))),
        Of::End => drop(write!(out, "{}", aggregate.end.div_euclid(1000))),
        Of::StartIso => drop(write!(out, "\"{}\"", Timestamp(aggregate.start))),
        Of::EndIso => drop(write!(out, "\"{}\"", Timestamp(aggregate.end))),
        Of::Readings => drop(write!(out, "{}", aggregate.readings)),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Column, Shape};

    fn aggregate(columns: &[(&str, Of)], result: ResultState) -> Aggregate {
        let column =
            |(path, of): &(&str, Of)| Column { path: path.split('.').map(String::from).collect(), of: *of };
        Aggregate {
            key: "Sensor\"1".into(),
            start: 1_709_294_400_000_000,
            end: 1_709_294_410_500_000,
            result,
            readings: 10,
            shape: Shape(columns.iter().map(column).collect()).into(),
            values: [10.0, 1.5, f64::NAN, 0.1 + 0.2].into(),
        }
    }

    fn text(aggregate: &Aggregate, file: bool) -> String {
        let mut out = vec![];
        write(aggregate, file, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn value(index: usize) -> Of {
        Of::Value { index, counts: index == 0 }
    }

    #[test]
    fn the_reference_shape_and_others() {
        let columns = [
            ("time", Of::End),
            ("temperature.count", value(0)),
            ("temperature.min", value(1)),
            ("temperature.max", value(2)),
            ("temperature.mean", value(3)),
        ];
        let last = aggregate(&columns, ResultState::Final);
        let inner = r#""time":1709294410500,"temperature":{"count":10,"min":1.5,"max":null,"mean":0.30000000000000004}"#;
        assert_eq!(text(&last, false), format!("{{{inner}}}"));
        assert_eq!(text(&last, true), format!(r#"{{"key":"Sensor\"1",{inner}}}"#));
        let early = aggregate(&columns, ResultState::Early);
        assert_eq!(text(&early, false), format!(r#"{{{inner},"result":"early"}}"#));

        // members of one object that are no neighbours, and columns of everything
        let columns = [
            ("a.min", value(1)),
            ("from", Of::Start),
            ("b.n", Of::Readings),
            ("a.mean", value(3)),
            ("sensor", Of::Key),
            ("b.state", Of::Result),
            ("since", Of::StartIso),
            ("until", Of::EndIso),
        ];
        let all = aggregate(&columns, ResultState::Early);
        let wanted = concat!(
            r#"{"a":{"min":1.5,"mean":0.30000000000000004},"from":1709294400000,"b":{"n":10,"state":"early"},"#,
            r#""sensor":"Sensor\"1","since":"2024-03-01T12:00:00Z","until":"2024-03-01T12:00:10.500000Z"}"#
        );
        assert_eq!((text(&all, true), text(&all, false)), (wanted.into(), wanted.into()));
        assert_eq!(text(&aggregate(&[], ResultState::Early), false), r#"{"result":"early"}"#);
        let bare: serde_json::Value = serde_json::from_str(&text(&early, true)).unwrap();
        assert_eq!(bare["temperature"]["mean"], 0.1 + 0.2);
    }
}
