//! `predict(rows, 'genre.json')`: the rows of a table with the predictions of a model.

use super::fault::Misused;
use super::functions::{Arguments, TableFunction};
use super::session::Shared;
use crate::table::learning::Binding;
use datafusion::arrow::array::{Array, ArrayRef, Float64Builder, StringBuilder, StructArray};
use datafusion::arrow::datatypes::{DataType, Field, Fields};
use datafusion::catalog::TableProvider;
use datafusion::common::{Column, DataFusionError};
use datafusion::datasource::ViewTable;
use datafusion::functions::core::expr_ext::FieldAccessor;
use datafusion::logical_expr::{
    ColumnarValue, Expr, LogicalPlan, LogicalPlanBuilder, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl,
    Signature, Volatility,
};
use passband_learn::Model;
use passband_signal::{Fault, Result};
use std::any::Any;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// Adds the predictions of a model.
pub static PREDICT: TableFunction = TableFunction {
    name: "predict",
    usage: "predict(features, 'genre.json', threshold => 0.6)",
    summary: "The rows with the class that a model predicts, and its probability; below the threshold there is no class",
    takes_table: true,
    call,
};

/// The columns that are added.
const ADDED: [&str; 2] = ["prediction", "probability"];
const USAGE: &str = "write predict(features, 'genre.json')";

fn call(mut arguments: Arguments, shared: &Arc<Shared>) -> Result<Arc<dyn TableProvider>> {
    let threshold = arguments.take("threshold");
    let path = arguments.take("model").or_else(|| arguments.positional.pop());
    if let Some((name, _)) = arguments.named.first() {
        return Err(Fault::new(format!("predict has no argument {name}")).fix(USAGE));
    }
    let (Some(input), Some(path), []) = (arguments.input, path, &arguments.positional[..]) else {
        return Err(Fault::new("predict needs a table and the file of a model").fix(USAGE));
    };
    shared.may_read(&path)?;
    let text = std::fs::read_to_string(&path).map_err(|error| {
        let fault = Fault::new("the model cannot be read").at(&*path).why(error);
        fault.fix("name a file that passband learn wrote")
    })?;
    let model = Model::from_json(&text).map_err(|fault| fault.within(&path))?;
    let threshold = match threshold {
        None => model.threshold(),
        Some(text) => text.parse().ok().filter(|value| (0.0..=1.0).contains(value)).ok_or_else(|| {
            Fault::new(format!("the threshold '{text}' is no probability")).fix("write a number from 0 to 1")
        })?,
    };
    let names: Vec<&str> = input.schema().fields().iter().map(|field| field.name().as_str()).collect();
    let binding = Binding::new(&model, |name| names.contains(&name))?;
    // rows without a version are taken as they are
    let version = names.contains(&"feature_version").then_some("feature_version");
    let made = predicted(
        input,
        Predict { model: Arc::new(model), binding, threshold, path, is_versioned: version.is_some() },
    );
    let plan = made.map_err(|error| Fault::new("the predictions cannot be planned").why(error))?;
    Ok(Arc::new(ViewTable::new(plan, None)))
}

/// All columns, and those of the predictions; columns of these names are replaced.
fn predicted(input: LogicalPlan, predict: Predict) -> Result<LogicalPlan, DataFusionError> {
    let column = |name: &str| {
        let at = input.schema().index_of_column_by_name(None, name);
        at.map(|at| Expr::Column(Column::from(input.schema().qualified_field(at))))
    };
    let own = input.schema().iter().filter(|field| !ADDED.contains(&field.1.name().as_str()));
    let mut all: Vec<Expr> =
        own.map(|field| Expr::Column(Column::from(field)).alias(field.1.name())).collect();
    let names = predict.binding.columns.iter().map(String::as_str);
    let names = names.chain(predict.is_versioned.then_some("feature_version"));
    let given: Vec<Expr> = names.filter_map(column).collect();
    let call = ScalarUDF::new_from_impl(predict).call(given);
    all.extend(ADDED.map(|name| call.clone().field(name).alias(name)));
    LogicalPlanBuilder::from(input).project(all)?.build()
}

/// The model as a function of the columns of its features, and of the feature version if there is one.
#[derive(Debug)]
struct Predict {
    model: Arc<Model>,
    binding: Binding,
    threshold: f64,
    path: String,
    is_versioned: bool,
}

impl PartialEq for Predict {
    fn eq(&self, other: &Self) -> bool {
        (&self.path, &self.binding) == (&other.path, &other.binding)
            && self.threshold == other.threshold
            && self.model.data_hash() == other.model.data_hash()
    }
}

impl Eq for Predict {}

impl Hash for Predict {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.path, &self.binding, self.threshold.to_bits()).hash(state);
    }
}

/// Accepts columns of any type.
fn signature() -> &'static Signature {
    static SIGNATURE: std::sync::LazyLock<Signature> =
        std::sync::LazyLock::new(|| Signature::variadic_any(Volatility::Immutable));
    &SIGNATURE
}

fn fields() -> Fields {
    let [class, probability] = ADDED;
    Fields::from(vec![
        Field::new(class, DataType::Utf8, true),
        Field::new(probability, DataType::Float64, true),
    ])
}

impl ScalarUDFImpl for Predict {
    fn as_any(&self) -> &dyn Any {
        self
    }
    fn name(&self) -> &str {
        "predict"
    }
    fn signature(&self) -> &Signature {
        signature()
    }
    fn return_type(&self, _: &[DataType]) -> Result<DataType, DataFusionError> {
        Ok(DataType::Struct(fields()))
    }
    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue, DataFusionError> {
        let misused = |fault: Fault| DataFusionError::External(Box::new(Misused("predict".into(), fault)));
        let mut arrays = ColumnarValue::values_to_arrays(&args.args)?;
        if self.is_versioned
            && let Some(versions) = arrays.pop().as_ref().and_then(super::values::numbers)
        {
            let names: Vec<&String> = self.model.features().iter().collect();
            for version in versions.iter().filter(|version| !version.is_nan()) {
                self.model.bind(&version.to_string(), &names).map_err(misused)?;
            }
        }
        let (mut classes, mut probabilities) = (StringBuilder::new(), Float64Builder::new());
        for row in self.binding.rows(&arrays) {
            // a value that the model refuses is missing
            let row: Vec<f64> =
                row.into_iter().map(|value| if value.is_finite() { value } else { f64::NAN }).collect();
            let prediction = self.model.predict(&row).map_err(misused)?;
            probabilities.append_value(prediction.best().1);
            classes.append_option(prediction.decide(self.threshold));
        }
        let columns: Vec<ArrayRef> = vec![Arc::new(classes.finish()), Arc::new(probabilities.finish())];
        let made = StructArray::try_new(fields(), columns, None)?;
        debug_assert_eq!(made.len(), args.number_rows);
        Ok(ColumnarValue::Array(Arc::new(made)))
    }
}
