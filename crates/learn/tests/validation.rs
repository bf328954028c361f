//! Validation by group shows what a model knows, and what it only seems to know.

mod made;

use made::{Noise, rows};
use passband_learn::{Choice, ClassWeight, Dataset, Kind, Options, Report, Rows, learn};

fn quick(model: Choice) -> Options {
    Options { model, resamples: 200, shuffles: 2, ..Options::default() }
}

fn report(rows: Rows, model: Choice) -> Report {
    learn(&Dataset::new(rows).unwrap(), &quick(model)).unwrap().report
}

/// Twelve groups of 20 rows with eight features that are constant within a group, and labels that mean nothing, but of
/// which each group has mostly one.
fn groups_only() -> Rows {
    let mut noise = Noise(11);
    let groups = 12;
    let place: Vec<[f64; 8]> = (0..groups).map(|_| std::array::from_fn(|_| noise.normal())).collect();
    let group: Vec<usize> = (0..groups * 20).map(|i| i / 20).collect();
    let columns = (0..8).map(|f| {
        let values = group.iter().map(|&g| place[g][f] + 0.01 * noise.normal()).collect();
        (format!("room[{f}]"), values)
    });
    let columns = columns.collect();
    let labels = group.iter().map(|&g| {
        let usual = g % 2 == 0;
        let label = if noise.next() < 0.9 { usual } else { !usual };
        if label { "cat" } else { "dog" }.to_owned()
    });
    Rows {
        columns,
        labels: labels.collect(),
        groups: group.iter().map(|g| format!("day {g}")).collect(),
        ids: (0..group.len()).map(|i| i.to_string()).collect(),
        label: "animal".into(),
        group: "day".into(),
        feature_version: "1".into(),
    }
}

#[test]
fn a_feature_that_encodes_the_group_does_not_raise_the_score() {
    for choice in [Choice::Logistic, Choice::Boosted] {
        let report = report(groups_only(), choice);
        let accuracy = report.scores().accuracy;
        assert!(accuracy.low < 0.55, "{choice:?}: {accuracy:?}");
        // Random rows would have shown this as knowledge.
        assert!(report.leak_test.random_rows > accuracy.value + 0.15, "{choice:?}: {:?}", report.leak_test);
    }
}

#[test]
fn shuffled_labels_give_chance() {
    for choice in [Choice::Logistic, Choice::Boosted] {
        let report = report(rows(20, 2.0, 1), choice);
        assert!(report.scores().accuracy.low > 0.6, "{:?}", report.scores().accuracy);
        for accuracy in &report.leak_test.shuffled {
            assert!((0.2..0.47).contains(accuracy), "{choice:?}: {accuracy} of 1/3");
        }
    }
}

#[test]
fn boosted_trees_learn_what_lines_cannot() {
    let mut ring = rows(20, 2.5, 3);
    // Only the distance from 0 tells the third class, and nothing the other two.
    ring.columns.retain(|(name, _)| name != "near");
    ring.labels.iter_mut().filter(|label| *label == "jazz").for_each(|label| *label = "blues".into());
    let report = report(ring, Choice::Auto);
    let of = |kind| &report.tried.iter().find(|tried| tried.kind == kind).unwrap().scores;
    assert_eq!(report.chosen, Kind::Boosted);
    assert!(of(Kind::Boosted).accuracy.low > of(Kind::Logistic).accuracy.value + 0.05);
    assert_eq!(report.importances[0].feature, "ring");
    assert!(report.importances[0].log_loss > 0.1);
    assert!(report.importances[1].log_loss < 0.05);
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_any_number_of_threads() {
    let data = Dataset::new(rows(10, 1.5, 2)).unwrap();
    let run = |seed, threads| {
        let learned = learn(&data, &Options { seed, threads, ..quick(Choice::Boosted) }).unwrap();
        let report = learned.report;
        (learned.model.to_json(), learned.model.to_onnx(), report.to_html("x") + &report.to_markdown("x"))
    };
    assert_eq!(run(1, 1), run(1, 3));
    assert_ne!(run(1, 1).0, run(2, 1).0);
}

#[test]
fn balanced_classes_raise_the_recall_of_the_rare_one() {
    let mut rows = rows(30, 1.0, 5);
    // Keep one in six rows of rock.
    let mut seen = 0;
    let keep: Vec<bool> = rows
        .labels
        .iter()
        .map(|label| {
            seen += usize::from(label == "rock");
            label != "rock" || seen % 6 == 0
        })
        .collect();
    let filter = |i: usize| keep[i];
    for (_, values) in &mut rows.columns {
        *values = values.iter().enumerate().filter(|(i, _)| filter(*i)).map(|(_, v)| *v).collect();
    }
    for texts in [&mut rows.labels, &mut rows.groups, &mut rows.ids] {
        *texts = texts.iter().enumerate().filter(|(i, _)| filter(*i)).map(|(_, t)| t.clone()).collect();
    }
    let data = Dataset::new(rows).unwrap();
    let recall = |class_weight| {
        let options = Options { class_weight, ..quick(Choice::Logistic) };
        learn(&data, &options).unwrap().report.scores().classes[2].recall
    };
    assert!(recall(ClassWeight::Balanced) > recall(ClassWeight::Uniform) + 0.1);
}

#[test]
fn scores_add_up() {
    let report = report(rows(15, 1.5, 8), Choice::Logistic);
    let scores = report.scores();
    let total: u32 = scores.confusion.iter().flatten().sum();
    assert_eq!((total as usize, scores.rows), (180, 180));
    let hits: u32 = (0..3).map(|i| scores.confusion[i][i]).sum();
    assert!((f64::from(hits) / 180.0 - scores.accuracy.value).abs() < 1e-12);
    let mean = scores.classes.iter().map(|class| class.recall).sum::<f64>() / 3.0;
    assert!((mean - scores.balanced_accuracy.value).abs() < 1e-12);
    assert!(scores.accuracy.low <= scores.accuracy.value && scores.accuracy.value <= scores.accuracy.high);
    assert!((report.majority - 1.0 / 3.0).abs() < 1e-9);
    assert!(scores.ece_after < 0.12, "{}", scores.ece_after);
    let all = report.coverage[0];
    assert_eq!((all.threshold, all.decided), (0.0, 1.0));
    assert!((all.accuracy - scores.accuracy.value).abs() < 1e-12);
    let sure = report.coverage.last().unwrap();
    assert!(sure.decided < 1.0 && sure.accuracy > all.accuracy);
    let curve: Vec<f64> = report.learning_curve.iter().map(|point| point.share).collect();
    assert_eq!(curve, [0.25, 0.5, 0.75, 1.0]);
    // All training groups give the score itself.
    assert!((report.learning_curve[3].accuracy - scores.accuracy.value).abs() < 1e-12);
}
