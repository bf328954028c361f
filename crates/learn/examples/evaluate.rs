//! Trains and validates models on a CSV file of features, and prints scores.
//!
//! `evaluate rows.csv LABEL GROUP [auto|logistic|boosted]`: all other columns are features, except `id`. Values are
//! numbers or empty, without quotes.

use passband_learn::{Choice, Dataset, Options, Rows, learn};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, label, group, rest @ ..] = arguments.as_slice() else {
        return Err("usage: evaluate rows.csv LABEL GROUP [auto|logistic|boosted]".into());
    };
    let model = match rest.first().map(String::as_str) {
        Some("logistic") => Choice::Logistic,
        Some("boosted") => Choice::Boosted,
        _ => Choice::Auto,
    };
    let data = Dataset::new(read(path, label, group)?)?;
    let options = Options { model, folds: Some(data.groups().len().min(10)), ..Options::default() };
    let report = learn(&data, &options)?.report;
    report.remarks.iter().for_each(|remark| println!("{remark}"));
    println!("majority {:.3}, leak test {:?}", report.majority, report.leak_test);
    for tried in &report.tried {
        let scores = &tried.scores;
        let show = |name: &str, score: passband_learn::Interval| {
            format!("{name} {:.3} [{:.3}, {:.3}]", score.value, score.low, score.high)
        };
        println!(
            "{}: {} rows, {}, {}, {}, {}, ECE {:.3} -> {:.3}",
            tried.kind,
            scores.rows,
            show("accuracy", scores.accuracy),
            show("balanced", scores.balanced_accuracy),
            show("macro F1", scores.macro_f1),
            show("log-loss", scores.log_loss),
            scores.ece_before,
            scores.ece_after,
        );
        println!("  settings {:?}", scores.settings);
    }
    Ok(())
}

fn read(path: &str, label: &str, group: &str) -> Result<Rows, Box<dyn Error>> {
    let text = std::fs::read_to_string(path)?;
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = lines.next().ok_or("an empty file")?;
    let lines: Vec<Vec<&str>> = lines.collect();
    let column = |name: &str| {
        let at = header.iter().position(|column| *column == name).ok_or(format!("no column {name}"))?;
        Ok::<Vec<String>, String>(lines.iter().map(|line| line[at].to_owned()).collect())
    };
    let number = |text: &str| if text.is_empty() { Ok(f64::NAN) } else { text.parse() };
    let columns: Result<Vec<(String, Vec<f64>)>, std::num::ParseFloatError> = header
        .iter()
        .enumerate()
        .filter(|(_, name)| ![label, group, "id"].contains(name))
        .map(|(at, name)| {
            let values: Result<Vec<f64>, _> = lines.iter().map(|line| number(line[at])).collect();
            Ok(((*name).to_owned(), values?))
        })
        .collect();
    Ok(Rows {
        columns: columns?,
        labels: column(label)?,
        groups: column(group)?,
        ids: column("id")?,
        label: label.to_owned(),
        group: group.to_owned(),
        feature_version: "1".to_owned(),
    })
}
