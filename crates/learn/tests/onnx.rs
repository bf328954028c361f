//! The exported model gives the same answers in onnxruntime.

mod made;

use made::rows;
use passband_learn::{Choice, Dataset, Model, Options, learn};
use passband_testbed::Python;
use serde_json::json;

fn agrees(choice: Choice) {
    let Some(python) = Python::onnx() else { return };
    let data = Dataset::new(rows(12, 1.5, 4)).unwrap();
    let options = Options { model: choice, resamples: 10, shuffles: 0, ..Options::default() };
    let model = learn(&data, &options).unwrap().model;
    let held_out = Dataset::new(rows(30, 1.5, 99)).unwrap();
    let mut values: Vec<Vec<f64>> = (0..held_out.rows()).map(|row| held_out.row(row)).collect();
    values.push(vec![f64::NAN; 3]);
    values.push(vec![1e30, -1e30, 1e-30]);
    let folder = tempfile::tempdir().unwrap();
    let (onnx, json) = (folder.path().join("model.onnx"), folder.path().join("rows.json"));
    std::fs::write(&onnx, model.to_onnx()).unwrap();
    let answers = |model: &Model| {
        let predictions: Vec<_> = values.iter().map(|row| model.predict(row).unwrap()).collect();
        json!({
            "rows": values,
            "probabilities": predictions.iter().map(|p| p.probabilities.clone()).collect::<Vec<_>>(),
            "labels": predictions.iter().map(|p| p.best().0).collect::<Vec<_>>(),
        })
        .to_string()
    };
    std::fs::write(&json, answers(&model)).unwrap();
    let difference: f64 =
        python.run("crates/learn/tests/compare_onnx.py", [&onnx, &json]).trim().parse().unwrap();
    println!("{choice:?}: largest difference {difference:e}");
    assert!(difference <= 1e-6, "{choice:?}: {difference:e}");
    // The JSON is the same model.
    assert_eq!(answers(&Model::from_json(&model.to_json()).unwrap()), answers(&model));
}

#[test]
fn logistic_regression_agrees_with_onnxruntime() {
    agrees(Choice::Logistic);
}

#[test]
fn boosted_trees_agree_with_onnxruntime() {
    agrees(Choice::Boosted);
}
