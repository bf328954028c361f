//! Files read back by an independent reader.

use crate::registry;
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, RecordBatch};
use passband_flow::data::{Aggregate, Column, Data, Of, ResultState, Shape};
use passband_flow::format::{Choice, Format};
use passband_flow::transform::line_search::{Line, Lines};
use passband_signal::Hertz;
use std::sync::Arc;

fn open(name: &str) -> Box<dyn Format> {
    let _ = registry();
    Choice::named(name).unwrap().open().unwrap()
}

fn written(name: &str, rows: &[(&str, Data)]) -> Vec<u8> {
    let (mut format, mut out) = (open(name), vec![]);
    rows.iter().for_each(|(stream, data)| format.append_of(stream, data, &mut out).unwrap());
    format.end(&mut out).unwrap();
    out
}

fn read(name: &str, bytes: Vec<u8>) -> RecordBatch {
    match name {
        "parquet" => {
            let bytes = bytes::Bytes::from(bytes);
            let reader =
                parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap();
            reader.build().unwrap().next().unwrap().unwrap()
        }
        _ => {
            let cursor = std::io::Cursor::new(bytes);
            arrow_ipc::reader::FileReader::try_new(cursor, None).unwrap().next().unwrap().unwrap()
        }
    }
}

fn lines(run: Option<&str>, frequencies: &[f64]) -> Data {
    let line = |frequency: &f64| Line {
        bin: 3,
        frequency: Hertz(*frequency),
        excess: 5.5,
        width: Hertz(4.0),
        value: 3.0,
        baseline: f64::NAN,
    };
    Data::row(Lines {
        run: run.map(Into::into),
        recording: 7,
        time: 1_772_366_400_000_000,
        scans: 4,
        threshold: 5.0,
        expected: 0.01,
        scatter: 1.0,
        lines: frequencies.iter().map(line).collect(),
    })
}

#[test]
fn records_are_columns_with_their_types() {
    for name in ["parquet", "arrow"] {
        let rows = [("a", lines(None, &[])), ("süd", lines(Some("seven"), &[100.0, 200.0]))];
        let batch = read(name, written(name, &rows));
        assert_eq!(batch.num_rows(), 2);
        let column = |name: &str| batch.column_by_name(name).unwrap().clone();
        assert_eq!(column("stream").as_string::<i32>().value(1), "süd");
        assert!(column("run").is_null(0) && column("run").as_string::<i32>().value(1) == "seven");
        assert_eq!(column("scans").as_primitive::<Int64Type>().value(1), 4);
        let time = column("time");
        assert_eq!(time.as_primitive::<TimestampMicrosecondType>().value(0), 1_772_366_400_000_000);
        let lines = column("lines");
        let lines = lines.as_list::<i32>();
        assert_eq!((lines.value_length(0), lines.value_length(1)), (0, 2));
        let found = lines.value(1);
        let frequency = found.as_struct().column_by_name("frequency").unwrap().clone();
        assert_eq!(frequency.as_primitive::<Float64Type>().values(), &[100.0, 200.0]);
        let schema = batch.schema();
        assert_eq!(schema.field_with_name("threshold").unwrap().metadata()["unit"], "σ");
    }
}

#[test]
fn columns_that_a_pipeline_names_are_those_of_its_file() {
    let column = |path: &[&str], of| Column { path: path.iter().map(|name| (*name).into()).collect(), of };
    let value = |index, counts| Of::Value { index, counts };
    let shape = Arc::new(Shape::new(vec![
        column(&["sensor"], Of::Key),
        column(&["t", "count"], value(0, true)),
        column(&["t", "mean"], value(1, false)),
    ]));
    let aggregate = |result| {
        let (key, values) = ("a".into(), [3.0, 21.5].into());
        Data::row(Aggregate { key, start: 0, end: 10, result, readings: 3, shape: shape.clone(), values })
    };
    let batch = read("parquet", written("parquet", &[("s", aggregate(ResultState::Final))]));
    let names: Vec<_> = batch.schema().fields().iter().map(|field| field.name().clone()).collect();
    assert_eq!(names, ["stream", "sensor", "t.count", "t.mean"]);
    let mean = batch.column_by_name("t.mean").unwrap().clone();
    assert_eq!(mean.as_primitive::<Float64Type>().value(0), 21.5);
    // an early result has an additional column
    let (mut format, mut out) = (open("parquet"), vec![]);
    format.append_of("s", &aggregate(ResultState::Final), &mut out).unwrap();
    let more = format.append_of("s", &aggregate(ResultState::Early), &mut out).unwrap_err();
    assert!(more.to_string().contains("a column result"), "{more}");
}
