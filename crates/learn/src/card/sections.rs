//! Contents of the card.

use super::{Part, Section};
use crate::report::Report;
use crate::validate::Interval;

/// Classes beyond this make no readable matrix; the scores by class remain.
const LARGEST_MATRIX: usize = 30;
const IMPORTANCES: usize = 20;

pub(super) fn sections(report: &Report, command: &str) -> Vec<Section> {
    vec![
        data(report, command),
        scores(report),
        classes(report),
        confusion(report),
        calibration(report),
        importances(report),
        learning_curve(report),
        leaks(report),
        limits(report),
    ]
}

fn number(value: f64) -> String {
    format!("{value:.3}")
}

fn interval(score: Interval) -> String {
    format!("{:.3} [{:.3}, {:.3}]", score.value, score.low, score.high)
}

fn table<const N: usize>(header: [&str; N], rows: Vec<Vec<String>>) -> Part {
    Part::Table(header.map(str::to_owned).to_vec(), rows)
}

fn data(report: &Report, command: &str) -> Section {
    let facts = [
        ("predicts", report.label.clone()),
        ("model", format!("{}, {}", report.chosen, report.settings)),
        ("rows", report.rows.to_string()),
        ("groups", format!("{} values of {}", report.groups, report.group)),
        ("features", report.features.to_string()),
        ("feature version", report.feature_version.clone()),
        ("data hash (XXH3-128)", report.data_hash.clone()),
        ("seed", report.seed.to_string()),
    ];
    let facts = facts.into_iter().map(|(name, value)| vec![name.to_owned(), value]).collect();
    let mut parts = vec![table(["model", ""], facts)];
    if !command.is_empty() {
        parts.push(Part::Code(command.to_owned()));
    }
    Section { title: "Model and data", parts }
}

fn scores(report: &Report) -> Section {
    let weight = match report.class_weight {
        crate::ClassWeight::Uniform => "Every row counts the same.",
        crate::ClassWeight::Balanced => "In training every class counts the same.",
    };
    let text = format!(
        "Cross-validated in {} stratified folds of whole groups: no value of {} is in training and test rows at the \
         same time. Settings are chosen by folds of groups within the training rows. {weight} Intervals are 95 % \
         intervals of {} bootstrap samples of groups.",
        report.folds, report.group, report.resamples
    );
    let mut rows: Vec<Vec<String>> = report
        .tried
        .iter()
        .map(|tried| {
            let s = &tried.scores;
            let name = if tried.kind == report.chosen { " (chosen)" } else { "" };
            let scores = [s.accuracy, s.balanced_accuracy, s.macro_f1, s.log_loss].map(interval);
            [vec![format!("{}{name}", tried.kind)], scores.to_vec()].concat()
        })
        .collect();
    let baseline = [number(report.majority), String::new(), String::new(), String::new()];
    rows.push([vec!["most frequent class".to_owned()], baseline.to_vec()].concat());
    let header = ["model", "accuracy", "balanced accuracy", "macro F1", "log-loss (nats)"];
    Section { title: "Scores by group", parts: vec![Part::Text(text), table(header, rows)] }
}

fn classes(report: &Report) -> Section {
    let scores = &report.scores().classes;
    let rows = report.classes.iter().zip(scores).map(|((class, rows, groups), score)| {
        let mut row = vec![class.clone(), rows.to_string(), groups.to_string(), score.rows.to_string()];
        row.extend(match score.rows {
            0 => ["not tested".to_owned(), String::new(), String::new()],
            _ => [score.precision, score.recall, score.f1].map(number),
        });
        row
    });
    let header = ["class", "rows", "groups", "tested", "precision", "recall", "F1"];
    Section { title: "Scores by class", parts: vec![table(header, rows.collect())] }
}

fn confusion(report: &Report) -> Section {
    let title = "Confusion matrix";
    let names: Vec<String> = report.classes.iter().map(|class| class.0.clone()).collect();
    if names.len() > LARGEST_MATRIX {
        let text = format!("Not shown for more than {LARGEST_MATRIX} classes.");
        return Section { title, parts: vec![Part::Text(text)] };
    }
    let counts = report
        .scores()
        .confusion
        .iter()
        .zip(&names)
        .map(|(row, name)| [vec![name.clone()], row.iter().map(u32::to_string).collect()].concat());
    let rows = counts.collect();
    let header = [vec!["true \\ predicted".to_owned()], names].concat();
    Section { title, parts: vec![Part::Table(header, rows)] }
}

fn calibration(report: &Report) -> Section {
    let scores = report.scores();
    let text = format!(
        "Expected calibration error (10 bins): {:.3} before, {:.3} after temperature scaling. The temperature is \
         fitted to predictions of held-out groups within the training rows; that of the model is {:.3}. Below a \
         probability of {} it abstains by default:",
        scores.ece_before, scores.ece_after, report.temperature, report.threshold
    );
    let rows = report.coverage.iter().map(|at| {
        vec![
            format!("{:.1}", at.threshold),
            number(at.decided),
            match at.decided {
                0.0 => String::new(),
                _ => number(at.accuracy),
            },
        ]
    });
    let header = ["threshold", "share of rows decided", "accuracy of these"];
    Section {
        title: "Calibration and abstention",
        parts: vec![Part::Text(text), table(header, rows.collect())],
    }
}

fn importances(report: &Report) -> Section {
    let text = "Permutation importance: increase of the log-loss of held-out rows when the values of a feature, or of \
                all elements of a list, are permuted among them. Features that others can replace have low values."
        .to_owned();
    let rows = report.importances.iter().take(IMPORTANCES);
    let rows = rows.map(|feature| vec![feature.feature.clone(), number(feature.log_loss)]).collect();
    let mut parts = vec![Part::Text(text), table(["feature", "increase (nats)"], rows)];
    if report.importances.len() > IMPORTANCES {
        parts.push(Part::Text(format!("{} more are not shown.", report.importances.len() - IMPORTANCES)));
    }
    Section { title: "Importances", parts }
}

fn learning_curve(report: &Report) -> Section {
    let rows = report.learning_curve.iter().map(|point| {
        let groups = format!("{:.1}", point.groups);
        vec![format!("{:.2}", point.share), groups, format!("{:.1}", point.rows), number(point.accuracy)]
    });
    let header = ["share of training groups", "groups", "rows", "accuracy"];
    Section { title: "Learning curve", parts: vec![table(header, rows.collect()), Part::Chart] }
}

fn leaks(report: &Report) -> Section {
    let test = &report.leak_test;
    let mut items = Vec::new();
    if !test.shuffled.is_empty() {
        let mean = test.shuffled.iter().sum::<f64>() / test.shuffled.len() as f64;
        let most = test.shuffled.iter().copied().fold(0.0, f64::max);
        items.push(format!(
            "Labels shuffled {} times: mean accuracy {mean:.3}, at most {most:.3}; the most frequent class has a share \
             of {:.3}.",
            test.shuffled.len(),
            test.chance
        ));
    }
    items.push(format!(
        "Folds of random rows instead of groups: accuracy {:.3} instead of {:.3}. The difference is knowledge about \
         the values of {}, which does not help with new ones.",
        test.random_rows,
        report.scores().accuracy.value,
        report.group
    ));
    items.push(format!("Rows of different groups with identical features: {} pairs.", test.twins));
    Section { title: "Leak test", parts: vec![Part::Items(items)] }
}

fn limits(report: &Report) -> Section {
    let mut items = report.remarks.clone();
    if report.groups < 10 {
        items.push(format!(
            "With {} groups the intervals are rough: the scores of other values of {} may be outside.",
            report.groups, report.group
        ));
    }
    let rare: Vec<&str> =
        report.classes.iter().filter(|class| class.1 < 10 || class.2 < 3).map(|c| c.0.as_str()).collect();
    if !rare.is_empty() {
        items.push(format!("Fewer than 10 rows or 3 groups, so little is known about: {}.", rare.join(", ")));
    }
    if report.scores().accuracy.low <= report.majority {
        items.push(
            "The interval of the accuracy includes the most frequent class: the data do not show that the model is \
             better than guessing."
                .to_owned(),
        );
    }
    items.push(
        "The scores hold for groups like those of the data. Other equipment, languages, styles or codecs were not \
         tested unless they are among the groups."
            .to_owned(),
    );
    items.push(format!(
        "The model gives one of its {} classes even for a recording of none of them, unless it abstains.",
        report.classes.len()
    ));
    items.push("Labels are taken as true. Errors in them limit every score.".to_owned());
    Section { title: "Limits", parts: vec![Part::Items(items)] }
}
