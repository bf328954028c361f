//! An estimate of the size of the output, where it can be known before the run.

use super::Pipeline;
use crate::part::{SinkPlan, Source};

/// Ratio of output to input size above which there is a warning.
const TIMES: f64 = 10.0;
/// Output size in bytes below which there is no warning.
const SMALL: f64 = 1e6;

/// A warning if the spectra of a recording need much more space than the recording.
pub fn warning(pipeline: &Pipeline, source: &dyn Source) -> Option<String> {
    let (samples, spec, input) = source.extent()?;
    let (length, hop) = pipeline.framing()?.frame(spec.rate)?;
    let [transform] = &pipeline.transforms[..] else { return None };
    let values = transform.plan.values(length)?;
    let frames = samples.checked_sub(length)? / hop.max(1) + 1;
    let kept = |sink: &dyn SinkPlan| sink.bytes_each();
    let (each, smaller) = pipeline.sinks.iter().find_map(|sink| kept(&*sink.plan))?;
    let output = frames as f64 * spec.channels as f64 * values as f64 * each;
    let times = output / input.max(1) as f64;
    (times > TIMES && output > SMALL).then(|| {
        format!(
            "warning: the output will take about {:.1} MB, {times:.0} times the input: a frame of {length} samples \
             every {hop}; {smaller}",
            output * 1e-6
        )
    })
}
