//! Bad input: each a clear message, never a panic.

mod made;

use made::rows;
use passband_learn::{Choice, ChordModel, Dataset, Key, Model, Options, Rows, Tune, learn};

fn fault(change: impl FnOnce(&mut Rows)) -> String {
    let mut rows = rows(6, 1.0, 1);
    change(&mut rows);
    Dataset::new(rows).unwrap_err().to_string()
}

fn quick() -> Options {
    Options { model: Choice::Logistic, resamples: 10, shuffles: 0, ..Options::default() }
}

#[test]
fn data_that_cannot_be_learned_from_is_refused_with_its_place() {
    let one = fault(|rows| rows.labels.fill("rock".into()));
    assert!(one.contains("column genre has fewer than two values") && one.contains("class rock"), "{one}");
    let one = fault(|rows| rows.groups.fill("Bach".into()));
    assert!(one.contains("column artist has fewer than two values") && one.contains("group Bach"), "{one}");
    let infinite = fault(|rows| rows.columns[1].1[7] = f64::NEG_INFINITY);
    assert!(infinite.contains("column ring has the value -inf") && infinite.contains("at: row 7.wav"));
    let large = fault(|rows| rows.columns[1].1[7] = 1e300);
    assert!(large.contains("1e300") && large.contains("32 bits"), "{large}");
    assert!(fault(|rows| rows.columns[0].0 = "ring".into()).contains("two columns ring"));
    assert!(fault(|rows| rows.columns[0].1.truncate(5)).contains("column near has 5 values"));
    assert!(fault(|rows| rows.columns.clear()).contains("no column to learn from"));
    assert!(fault(|rows| rows.labels.fill(String::new())).contains("no row has a value"));
    // Each class has one artist only.
    let artists = fault(|rows| rows.groups.clone_from(&rows.labels));
    assert!(artists.contains("no class of genre can be tested"), "{artists}");
}

#[test]
fn columns_and_rows_without_information_are_dropped_and_reported() {
    let mut rows = rows(6, 1.0, 1);
    let n = rows.labels.len();
    rows.columns.push(("empty".into(), vec![f64::NAN; n]));
    rows.columns.push(("rate".into(), vec![44_100.0; n]));
    let mut sparse = vec![f64::NAN; n];
    sparse[3] = 1.0;
    rows.columns.push(("sparse".into(), sparse));
    rows.labels[0] = String::new();
    rows.groups[1] = String::new();
    // A class of a single artist.
    (60..66).for_each(|row| rows.labels[row] = "polka".into());
    let data = Dataset::new(rows).unwrap();
    assert_eq!(data.features(), ["near", "ring", "noise", "sparse"]);
    assert_eq!(data.rows(), n - 2);
    let remarks = data.remarks().join("\n");
    for expected in [
        "1 rows without a value of genre",
        "1 rows without a value of artist",
        "column empty is not used: it has no values",
        "column rate is not used: all its values are equal",
        "class polka is in one artist only",
    ] {
        assert!(remarks.contains(expected), "{expected} in {remarks}");
    }
    let learned = learn(&data, &quick()).unwrap();
    let polka = &learned.report.scores().classes[2];
    assert_eq!((polka.class.as_str(), polka.rows), ("polka", 0));
    assert_eq!(learned.report.scores().rows, n - 2 - 6);
    assert!(learned.report.to_markdown("").contains("| polka | 6 | 1 | 0 | not tested |"));
}

#[test]
fn impossible_folds_are_refused() {
    let data = Dataset::new(rows(4, 1.0, 1)).unwrap();
    let fault = learn(&data, &Options { folds: Some(5), ..quick() }).unwrap_err().to_string();
    assert!(fault.contains("5 folds, but column artist has 4 values") && fault.contains("use 4 folds"));
    assert!(learn(&data, &Options { folds: Some(1), ..quick() }).is_err());
    assert!(learn(&data, &Options { threshold: 1.5, ..quick() }).is_err());
    assert_eq!(learn(&data, &quick()).unwrap().report.folds, 4);
    // Two groups leave no folds within the training rows.
    let two = Dataset::new(rows(2, 1.0, 1)).unwrap();
    for model in [Choice::Logistic, Choice::Boosted] {
        assert_eq!(learn(&two, &Options { model, ..quick() }).unwrap().report.folds, 2);
    }
}

#[test]
fn a_model_refuses_other_features() {
    let model = learn(&Dataset::new(rows(6, 1.0, 1)).unwrap(), &quick()).unwrap().model;
    assert_eq!(model.bind("3", &["id", "noise", "near", "ring"]).unwrap(), [2, 3, 1]);
    let version = model.bind("4", &["near", "ring", "noise"]).unwrap_err().to_string();
    assert!(version.contains("feature version 3, the rows have version 4"), "{version}");
    let missing = model.bind("3", &["near"]).unwrap_err().to_string();
    assert!(missing.contains("lacks columns of the model: ring, noise"), "{missing}");
    assert!(model.predict(&[1.0]).is_err());
    let infinite = model.predict(&[0.0, f64::INFINITY, 0.0]).unwrap_err().to_string();
    assert!(infinite.contains("feature ring has the value inf"), "{infinite}");
    let blank = model.predict(&[f64::NAN; 3]).unwrap();
    assert!((blank.probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    assert_eq!(blank.decide(0.99), None);
    assert!(blank.decide(0.0).is_some());
}

#[test]
fn a_corrupt_model_is_refused() {
    let data = Dataset::new(rows(6, 1.5, 1)).unwrap();
    for choice in [Choice::Logistic, Choice::Boosted] {
        let json = learn(&data, &Options { model: choice, ..quick() }).unwrap().model.to_json();
        assert_eq!(Model::from_json(&json).unwrap().to_json(), json);
        for text in ["", "{}", "[1]", "{\"format\":\"x\",\"version\":1}", &json[..json.len() / 2]] {
            assert!(Model::from_json(text).is_err(), "{text}");
        }
        let newer = json.replacen("\"version\":1", "\"version\":9", 1);
        assert!(Model::from_json(&newer).unwrap_err().to_string().contains("version 9"));
        // A class, a feature or a tree less than the rest of the model expects, and a loop in a tree.
        let mut value: serde_json::Value = serde_json::from_str(&json).unwrap();
        let broken = |change: &dyn Fn(&mut serde_json::Value)| {
            let mut value = value.clone();
            change(&mut value);
            Model::from_json(&value.to_string()).unwrap_err();
        };
        broken(&|v| drop(v["classes"].as_array_mut().unwrap().pop()));
        broken(&|v| v["temperature"] = 0.0.into());
        broken(&|v| v["estimator"]["kind"] = "oracle".into());
        match choice {
            Choice::Boosted => {
                broken(&|v| v["features"] = vec!["near"].into());
                broken(&|v| drop(v["estimator"]["rounds"][0].as_array_mut().unwrap().pop()));
                broken(&|v| v["estimator"]["rounds"][0][0] = serde_json::json!([[0, 0.5, 0, 0, true]]));
                broken(&|v| v["estimator"]["rounds"][0][0] = serde_json::json!([]));
                broken(&|v| v["estimator"]["rounds"][0][0] = serde_json::json!([1e300]));
            }
            _ => {
                broken(&|v| drop(v["features"].as_array_mut().unwrap().pop()));
                broken(&|v| drop(v["estimator"]["weights"][0].as_array_mut().unwrap().pop()));
                broken(&|v| v["estimator"]["standardizer"]["indicators"] = vec![99].into());
            }
        }
        value["estimator"] = serde_json::Value::Null;
        assert!(Model::from_json(&value.to_string()).is_err());
    }
}

#[test]
fn names_with_markup_stay_text_in_the_card() {
    let mut rows = rows(6, 1.0, 1);
    let evil = "<script>alert(1)</script>|*x*";
    rows.labels.iter_mut().filter(|l| *l == "rock").for_each(|l| *l = evil.into());
    rows.columns[0].0 = "<img src=x onerror=alert(1)>".into();
    rows.group = "a|b".into();
    let report = learn(&Dataset::new(rows).unwrap(), &quick()).unwrap().report;
    let html = report.to_html("passband learn \"<b>\"");
    assert!(!html.contains("<script") && !html.contains("<img") && !html.contains("<b>"));
    assert!(html.contains("<svg") && html.contains("&lt;script&gt;"));
    for outside in ["http:", "https:", "src=", "href="] {
        assert!(!html.replace("src=x", "").contains(outside), "{outside}");
    }
    let markdown = report.to_markdown("```");
    assert!(markdown.contains("\\<script\\>alert(1)\\</script\\>\\|\\*x\\*"), "{markdown}");
    assert!(markdown.contains("````\n```\n````"));
    for (name, text) in
        [("confusion", "## Confusion matrix"), ("limits", "With 6 groups"), ("seed", "| seed | 0 |")]
    {
        assert!(markdown.contains(text), "{name}");
    }
}

#[test]
fn chord_models_are_checked() {
    let key: Key = "C major".parse().unwrap();
    let tune = Tune::new(&["C", "F", "G7", "C", "Am", "Dm", "G7", "C"], key).unwrap();
    let model = ChordModel::train(&vec![tune.clone(); 12], 1).unwrap();
    let json = model.to_json();
    assert_eq!(ChordModel::from_json(&json).unwrap().to_json(), json);
    let next = |model: &ChordModel| model.predict(&["C:maj", "A:min"], key).unwrap();
    assert_eq!(next(&ChordModel::from_json(&json).unwrap()), next(&model));
    assert_eq!(next(&model)[0].0, "D:min");
    let sum: f64 = next(&model).iter().map(|(_, p)| p).sum();
    assert!((sum - 1.0).abs() < 1e-12 && next(&model).iter().all(|(chord, _)| chord != "A:min"));
    // Nothing known yet: the shares of chords at any place.
    let empty: [&str; 0] = [];
    assert_eq!(model.predict(&empty, key).unwrap().len(), 48);
    assert!(model.predict(&["C:nonsense"], key).is_err());
    assert!(ChordModel::train(&[tune], 1).is_err());
    let broken =
        [json.replacen("[0,", "[48,", 1), json.replacen("[0,20,", "[0,0,", 1), json[..99].to_owned()];
    for text in broken {
        assert_ne!(text, json);
        assert!(ChordModel::from_json(&text).is_err());
    }
}
