//! Export as ONNX.

mod graph;
mod message;

use crate::boosted::{Boosted, Node};
use crate::estimator::Estimator;
use crate::logistic::Logistic;
use crate::model::Model;
use graph::{Attribute, Graph, Type};
use message::Message;

impl Model {
    /// The model as ONNX (`ai.onnx` 17, `ai.onnx.ml` 3), which onnxruntime and others run.
    ///
    /// # Shape
    /// Input `features` `[N, features]` in 32 bits, `NaN` for missing values; outputs `label` `[N]` (text) and
    /// `probabilities` `[N, classes]` in 32 bits. Metadata: `features`, `classes` (JSON lists), `label`,
    /// `feature_version`, `data_hash`, `threshold`.
    ///
    /// # Precision
    /// Probabilities equal those of [`predict`](Self::predict) within 1e-6: both round features to 32 bits, compute
    /// linear models in 64 bits, and sum leaf values that are exact in 32 bits.
    pub fn to_onnx(&self) -> Vec<u8> {
        let mut graph = Graph::default();
        match &self.estimator {
            Estimator::Logistic(model) => logistic(&mut graph, model),
            Estimator::Boosted(model) => boosted(&mut graph, model),
        }
        graph.doubles("temperature", &[1], [f64::from(self.temperature)]);
        graph.node("Div", &["scores", "temperature"], "logits", vec![]);
        graph.node("Softmax", &["logits"], "softmax", vec![Attribute::Int("axis", 1)]);
        graph.node("Cast", &["softmax"], "probabilities", vec![Attribute::Int("to", Type::Float as i64)]);
        let axis = vec![Attribute::Int("axis", 1), Attribute::Int("keepdims", 0)];
        graph.node("ArgMax", &["softmax"], "best", axis);
        graph.texts("classes", &self.classes);
        graph.node("Gather", &["classes", "best"], "label", vec![]);
        let outputs = [("label", Type::Text, None), ("probabilities", Type::Float, Some(self.classes.len()))];
        let graph = graph.finish(("features", self.features.len()), outputs);

        let opset = |domain: &str, version| Message::new().text(1, domain).int(2, version);
        let list = |names: &[String]| serde_json::json!(names).to_string();
        let property = |(name, value): (&str, String)| Message::new().text(1, name).text(2, &value);
        let properties = [
            ("features", list(&self.features)),
            ("classes", list(&self.classes)),
            ("label", self.label.clone()),
            ("feature_version", self.feature_version.clone()),
            ("data_hash", self.data_hash.clone()),
            ("threshold", self.threshold.to_string()),
        ];
        Message::new()
            .int(1, 8)
            .text(2, "passband")
            .message(7, graph)
            .messages(8, [opset("", 17), opset("ai.onnx.ml", 3)])
            .messages(14, properties.map(property))
            .into_bytes()
    }
}

fn logistic(graph: &mut Graph, model: &Logistic) {
    let standardizer = &model.standardizer;
    let n = standardizer.medians.len();
    let double = || vec![Attribute::Int("to", Type::Double as i64)];
    graph.node("IsNaN", &["features"], "missing", vec![]);
    graph.floats("medians", &[n], standardizer.medians.iter().copied());
    graph.node("Where", &["missing", "medians", "features"], "filled", vec![]);
    graph.node("Cast", &["filled"], "values", double());
    graph.doubles("means", &[n], standardizer.means.iter().map(|v| f64::from(*v)));
    graph.node("Sub", &["values", "means"], "centred", vec![]);
    graph.doubles("scales", &[n], standardizer.scales.iter().map(|v| f64::from(*v)));
    graph.node("Mul", &["centred", "scales"], "scaled", vec![]);
    let mut inputs = "scaled";
    if !standardizer.indicators.is_empty() {
        let indicators = standardizer.indicators.iter().map(|i| *i as i64);
        graph.ints("with_missing", &[standardizer.indicators.len()], indicators);
        graph.node("Gather", &["missing", "with_missing"], "gaps", vec![Attribute::Int("axis", 1)]);
        graph.node("Cast", &["gaps"], "indicators", double());
        graph.node("Concat", &["scaled", "indicators"], "inputs", vec![Attribute::Int("axis", 1)]);
        inputs = "inputs";
    }
    let width = standardizer.width();
    let by_input = (0..width).flat_map(|i| model.weights.iter().map(move |row| f64::from(row[i])));
    graph.doubles("weights", &[width, model.weights.len()], by_input);
    graph.node("MatMul", &[inputs, "weights"], "products", vec![]);
    graph.doubles("intercepts", &[model.intercepts.len()], model.intercepts.iter().map(|v| f64::from(*v)));
    graph.node("Add", &["products", "intercepts"], "scores", vec![]);
}

fn boosted(graph: &mut Graph, model: &Boosted) {
    let (mut trees, mut ids, mut features, mut modes, mut values) = (vec![], vec![], vec![], vec![], vec![]);
    let (mut lefts, mut rights, mut missing) = (vec![], vec![], vec![]);
    let (mut leaf_trees, mut leaf_ids, mut targets, mut weights) = (vec![], vec![], vec![], vec![]);
    let all = model.rounds.iter().flat_map(|round| round.iter().enumerate());
    for (tree, (class, nodes)) in all.enumerate() {
        for (id, node) in nodes.0.iter().enumerate() {
            trees.push(tree as i64);
            ids.push(id as i64);
            match *node {
                Node::Split { feature, threshold, left, right, missing_left } => {
                    features.push(i64::from(feature));
                    modes.push("BRANCH_LEQ");
                    values.push(threshold);
                    lefts.push(i64::from(left));
                    rights.push(i64::from(right));
                    missing.push(i64::from(missing_left));
                }
                Node::Leaf { value } => {
                    for list in [&mut features, &mut lefts, &mut rights, &mut missing] {
                        list.push(0);
                    }
                    modes.push("LEAF");
                    values.push(0.0);
                    leaf_trees.push(tree as i64);
                    leaf_ids.push(id as i64);
                    targets.push(class as i64);
                    weights.push(value);
                }
            }
        }
    }
    use Attribute::{Floats, Int, Ints, Text, Texts};
    let attributes = vec![
        Int("n_targets", model.base.len() as i64),
        Floats("base_values", model.base.clone()),
        Text("aggregate_function", "SUM"),
        Text("post_transform", "NONE"),
        Ints("nodes_treeids", trees),
        Ints("nodes_nodeids", ids),
        Ints("nodes_featureids", features),
        Texts("nodes_modes", modes),
        Floats("nodes_values", values),
        Ints("nodes_truenodeids", lefts),
        Ints("nodes_falsenodeids", rights),
        Ints("nodes_missing_value_tracks_true", missing),
        Ints("target_treeids", leaf_trees),
        Ints("target_nodeids", leaf_ids),
        Ints("target_ids", targets),
        Floats("target_weights", weights),
    ];
    graph.node("TreeEnsembleRegressor", &["features"], "sums", attributes);
    graph.node("Cast", &["sums"], "scores", vec![Attribute::Int("to", Type::Double as i64)]);
}
