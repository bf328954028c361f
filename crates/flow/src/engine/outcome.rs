//! The outcome of a run: whether there was anything to process.

use super::Pipeline;
use crate::data::Kind;
use crate::part::{Control, Tally};
use passband_signal::Fault;

/// The counters at the start of this attempt.
#[derive(Clone, Copy)]
pub struct Before([u64; 6]);

fn counted(tally: Tally<'_>) -> [u64; 6] {
    let (came, all) = (tally.came, tally.all);
    [&came.r#in, &tally.out.out, &all.refused, &all.late, &all.duplicate, &came.frames].map(|one| one.get())
}

impl Before {
    pub fn of(tally: Tally<'_>) -> Self {
        Self(counted(tally))
    }

    /// Returns an error if a source that ended by itself gave no data. Finding no new data after a restart from kept
    /// positions is not an error.
    pub fn nothing(
        self,
        pipeline: &Pipeline,
        tally: Tally<'_>,
        control: &Control,
        resumed: bool,
    ) -> Option<Fault> {
        // the plan of a training set has checked that there are examples; they may all be built already, or elsewhere
        if pipeline.source.plan.gives() == Kind::Examples {
            return None;
        }
        let now = counted(tally);
        let [came, out, refused, late, duplicate, frames] =
            std::array::from_fn(|n| now[n] - self.0[n].min(now[n]));
        let kept = pipeline.source.plan.keeps_positions() || resumed;
        if out > 0 || kept && (came == 0 || came > refused + late) {
            return None;
        }
        let one = |n: u64, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
        let what = if pipeline.source.plan.gives() == Kind::Samples { "block" } else { "datum" };
        let fault = match () {
            () if came == 0 => Fault::new("there was nothing to measure")
                .why("the source ended without any data")
                .fix("check its input"),
            () if refused == came => {
                let fault = Fault::new("nothing was measured: all data was refused");
                let first = control.first_refusal();
                fault.why(first.unwrap_or_else(|| "it could not be used".into())).fix(
                    "correct the settings of the source and its format, or its input; set refused to keep the refused data",
                )
            }
            () if late + duplicate + refused >= came => {
                let why = format!(
                    "of {came} data, {late} were late, {duplicate} were duplicates, {refused} were refused"
                );
                let fault = Fault::new("nothing was measured: no data could be used").why(why);
                fault.fix("increase grace of the window, or check the times")
            }
            () if frames > 0 => Fault::new("nothing was measured: no result is complete")
                .why(format!("{} arrived, too few for the first result", one(frames, "frame")))
                .fix("reduce how many results the transforms combine, or provide more data"),
            () if pipeline.window.is_some() => {
                let fault = Fault::new("nothing was measured: the data does not fill one window");
                let why = match pipeline.source.plan.gives() {
                    Kind::Samples => format!("{} arrived, fewer samples than a frame has", one(came, what)),
                    _ => format!("{came} came"),
                };
                fault.why(why).fix("set a shorter length of the window")
            }
            () => Fault::new("nothing was measured").why(format!("{came} arrived, and gave no result")),
        };
        Some(fault)
    }
}
