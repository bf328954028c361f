//! Compares fingerprints: `fingerprint_match(a.fingerprint, b.fingerprint) > 0.85`.

use super::fault::Misused;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, Float64Builder};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::DataFusionError;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use passband_dsp::music::Fingerprint;
use passband_signal::Fault;
use std::any::Any;
use std::sync::Arc;

/// The function.
pub fn function() -> ScalarUDF {
    let signature = Signature::exact(vec![DataType::Utf8, DataType::Utf8], Volatility::Immutable);
    ScalarUDF::new_from_impl(FingerprintMatch { signature })
}

const NAME: &str = "fingerprint_match";

/// The share of bits that agree where they agree most; null of nulls and of what is too short to be compared.
#[derive(Debug, PartialEq, Eq, Hash)]
struct FingerprintMatch {
    signature: Signature,
}

fn parsed(text: &str) -> Result<Fingerprint, DataFusionError> {
    Fingerprint::parse(text).map_err(|why| {
        let start: String = text.chars().take(20).collect();
        let fault = Fault::new(format!("'{start}' is no fingerprint")).why(why);
        let fault = fault
            .fix("compare the columns fingerprint of recordings('music/'), or texts that fpcalc printed");
        DataFusionError::External(Box::new(Misused(NAME.into(), fault)))
    })
}

impl ScalarUDFImpl for FingerprintMatch {
    fn as_any(&self) -> &dyn Any {
        self
    }
    fn name(&self) -> &str {
        NAME
    }
    fn signature(&self) -> &Signature {
        &self.signature
    }
    fn return_type(&self, _: &[DataType]) -> Result<DataType, DataFusionError> {
        Ok(DataType::Float64)
    }
    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue, DataFusionError> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let (one, two) = (arrays[0].as_string::<i32>(), arrays[1].as_string::<i32>());
        let mut out = Float64Builder::with_capacity(one.len());
        // the rows of a join most often have the left one of the row before
        let mut known: Option<(&str, Fingerprint)> = None;
        for (one, two) in one.iter().zip(two) {
            let (Some(one), Some(two)) = (one, two) else {
                out.append_null();
                continue;
            };
            let left = match known.take() {
                Some((text, print)) if text == one => print,
                _ => parsed(one)?,
            };
            let found = left.compare(&parsed(two)?);
            out.append_option(found.map(|found| 1.0 - found.bit_error_rate));
            known = Some((one, left));
        }
        Ok(ColumnarValue::Array(Arc::new(out.finish()) as ArrayRef))
    }
}
