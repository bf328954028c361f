//! Features of sound as functions of columns with samples: `mfcc(samples, 22050, 'n_mfcc=13')`.
//!
//! One function for each feature that the engine has, by its name. It gives the rows of the frames, as the transform
//! `features` does of one channel at its own rate.

use super::fault::Misused;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, Float32Builder, ListBuilder};
use datafusion::arrow::datatypes::{DataType, Field, Float32Type, Float64Type};
use datafusion::common::{DataFusionError, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use passband_dsp::feature::{FEATURES, Feature, Plan};
use passband_flow::config::Named;
use passband_signal::Fault;
use std::any::Any;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// The functions.
pub fn all() -> impl Iterator<Item = ScalarUDF> {
    FEATURES.iter().map(|feature| ScalarUDF::new_from_impl(OfSamples::new(feature)))
}

#[derive(Debug)]
struct OfSamples {
    feature: &'static Feature,
    signature: Signature,
}

impl PartialEq for OfSamples {
    fn eq(&self, other: &Self) -> bool {
        self.feature.name == other.feature.name
    }
}

impl Eq for OfSamples {}

impl Hash for OfSamples {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.feature.name.hash(state);
    }
}

fn list(of: DataType) -> DataType {
    DataType::List(Arc::new(Field::new_list_field(of, true)))
}

impl OfSamples {
    fn new(feature: &'static Feature) -> Self {
        Self { feature, signature: Signature::user_defined(Volatility::Immutable) }
    }

    fn misused(&self, what: &str, why: &str) -> DataFusionError {
        let name = self.feature.name;
        let fault = Fault::new(format!("{name}: {what}")).why(why);
        let fault = fault.fix(format!(
            "write {name}(samples, 22050), with settings such as {name}(samples, 22050, 'hop_length=256')"
        ));
        DataFusionError::External(Box::new(Misused(name.into(), fault)))
    }

    /// A plan with these settings, such as `n_mfcc=13,hop_length=256`.
    fn plan(&self, settings: &str, rate: f64) -> Result<Plan, DataFusionError> {
        let mut all = self.feature.settings();
        let given: Named =
            settings.parse().map_err(|why: String| self.misused("the settings cannot be used", &why))?;
        for (name, value) in &given.0 {
            all.set(name, value).map_err(|why| self.misused("the settings cannot be used", &why))?;
        }
        Plan::new(&all, rate).map_err(|why| self.misused("it cannot be measured so", &why))
    }
}

impl ScalarUDFImpl for OfSamples {
    fn as_any(&self) -> &dyn Any {
        self
    }
    fn name(&self) -> &str {
        self.feature.name
    }
    fn signature(&self) -> &Signature {
        &self.signature
    }
    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>, DataFusionError> {
        let is_list = |kind: &DataType| {
            matches!(
                kind,
                DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..) | DataType::Null
            )
        };
        match given {
            [samples, _] | [samples, _, _] if is_list(samples) => {
                let wanted = [list(DataType::Float32), DataType::Float64, DataType::Utf8];
                Ok(wanted.into_iter().take(given.len()).collect())
            }
            _ => {
                plan_err!("{} takes a list of samples, their rate in Hz, and settings as a text", self.name())
            }
        }
    }
    fn return_type(&self, _: &[DataType]) -> Result<DataType, DataFusionError> {
        Ok(list(list(DataType::Float32)))
    }
    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue, DataFusionError> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let (samples, rates) = (arrays[0].as_list::<i32>(), arrays[1].as_primitive::<Float64Type>());
        let settings = arrays.get(2).map(|column| column.as_string::<i32>());
        let mut out = ListBuilder::new(ListBuilder::new(Float32Builder::new()));
        // plans have tables, and rows most often have the rate of those before them
        let mut known: Option<(f64, String, Plan)> = None;
        let mut values = vec![];
        for row in 0..samples.len() {
            if samples.is_null(row) || rates.is_null(row) {
                out.append_null();
                continue;
            }
            let text = settings.filter(|texts| texts.is_valid(row)).map_or("", |texts| texts.value(row));
            let rate = rates.value(row);
            let plan = match known.take() {
                Some((of, settings, plan)) if of == rate && settings == text => plan,
                _ => self.plan(text, rate)?,
            };
            let (_, _, plan) = known.insert((rate, text.to_owned(), plan));
            let own = samples.value(row);
            let own = own.as_primitive::<Float32Type>();
            if own.null_count() > 0 {
                return Err(self.misused("a sample is null", "every sample of a row must be a number"));
            }
            values.clear();
            plan.frames(own.values(), &mut values);
            for frame in values.chunks_exact(plan.width(0).max(1)) {
                out.values().values().append_slice(frame);
                out.values().append(true);
            }
            out.append(true);
        }
        Ok(ColumnarValue::Array(Arc::new(out.finish()) as ArrayRef))
    }
}
