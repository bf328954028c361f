//! Checks that the parts of a pipeline fit together.

use super::{Parts, behind};
use crate::data::Kind;
use crate::part::{Placed, SinkPlan, SourcePlan, Takes, TransformPlan, Windows};
use passband_signal::{Fault, Hertz};

fn sink_takes(sink: &Placed<dyn SinkPlan>, come: &[Kind], faults: &mut Vec<Fault>) {
    let gets = sink.gets(come);
    let mut fault = |what: String, why: String, fix: &str| {
        faults.push(Fault::new(what).at(sink.place.whole()).why(why).fix(fix));
    };
    for kind in &gets {
        if let Some(why) = sink.plan.refuses(*kind) {
            fault(format!("this sink does not accept {kind}"), why, "");
        }
    }
    sink.plan.check_format(&gets, &sink.place, faults);
    let mut fault = |what: String, why: String, fix: &str| {
        faults.push(Fault::new(what).at(sink.place.whole()).why(why).fix(fix));
    };
    if gets.is_empty() {
        let fix = "correct data, or add the transform that produces it";
        fault(
            "this sink would never receive data".into(),
            format!("the kinds here are {}", listed(come)),
            fix,
        );
    }
    if gets.len() > 1 && sink.plan.one_kind() {
        let fix = "select one of them with data, or set another format";
        fault(
            "this sink accepts data of one kind".into(),
            format!("the kinds here are {}", listed(&gets)),
            fix,
        );
    }
}

fn listed(kinds: &[Kind]) -> String {
    kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(", ")
}

impl Parts {
    /// Checks that the parts fit together.
    pub(super) fn check(&self, file: &str, faults: &mut Vec<Fault>) {
        for (role, table) in [("source", "[source]"), ("sink", "[[sink]]")] {
            if !self.declared.contains(&role) {
                faults.push(
                    Fault::new(format!("there is no {table}")).at(file).fix(format!("add a {table} table")),
                );
            }
        }
        if self.faulty {
            return;
        }
        if let Some(source) = &self.source {
            let kinds = self.kinds(source, faults);
            self.once(source, faults);
            self.kept_as(source, faults);
            self.anew(source, faults);
            self.panes(faults);
            self.sinks.iter().for_each(|sink| sink_takes(sink, &kinds, faults));
        }
    }

    /// Derives the kinds of data along the chain.
    fn kinds(&self, source: &Placed<dyn SourcePlan>, faults: &mut Vec<Fault>) -> Vec<Kind> {
        let mut kinds = vec![source.plan.gives()];
        let readings = kinds == [Kind::Readings];
        if let Some(window) = &self.window {
            let place = window.place.whole();
            match (readings, kinds == [Kind::Samples]) {
                (true, _) => {
                    let clock = window.plan.clock();
                    if let Err(why) = clock.unwrap_or(Err("this window is for samples only".into())) {
                        faults.push(Fault::new("this window is not for readings").at(place).why(why));
                    }
                }
                (_, true) if window.plan.framing().is_some() => {
                    let keys = ["grace", "idle_after", "early", "max_ahead"];
                    window.place.without_effect(
                        &keys,
                        "it applies to readings only, and the source provides samples",
                        faults,
                    );
                }
                (_, true) => {
                    let fault =
                        Fault::new("this window is for readings, and the source provides samples").at(place);
                    faults.push(fault.fix("use sliding, tumbling or scan"));
                }
                _ => {
                    let what = format!(
                        "the window needs samples or readings, and the source provides {}",
                        listed(&kinds)
                    );
                    faults.push(Fault::new(what).at(place).fix("remove the window"));
                }
            }
        }
        self.overlap(faults);
        let mut framed = self.window.is_some();
        for transform in &self.transforms {
            let (takes, place) = (transform.plan.takes(), transform.place.whole());
            match takes {
                Takes::Readings(_) if !(framed && readings) => faults.push(
                    Fault::new("this transform folds readings, and there is no window of readings before it")
                        .at(place)
                        .fix("read data = \"readings\", add [window] with type = \"tumbling\" and a length such as \"10 s\", and put this transform first"),
                ),
                Takes::Readings(fold) => {
                    if let Err(why) = fold.sums(&source.plan.value_names()) {
                        faults.push(Fault::new("this transform does not accept these readings").at(place).why(why));
                    }
                }
                Takes::Frames(_) if framed && readings => faults.push(
                    Fault::new("this transform measures samples, and the source provides readings")
                        .at(place)
                        .fix("use aggregate"),
                ),
                Takes::Frames(_) if !framed => faults.push(
                    Fault::new("this transform measures frames, and there is no window before it")
                        .at(place)
                        .fix("add [window] with type = \"sliding\" before the transforms, and put this transform first"),
                ),
                Takes::Rows(wants, _) if framed => faults.push(
                    Fault::new(format!("this transform accepts {}, and the window provides frames", listed(wants)))
                        .at(place)
                        .fix("insert a transform that measures frames before it"),
                ),
                // a transform that passes its input through does not have to measure all kinds of it
                Takes::Rows(wants, _) if !kinds.iter().any(|kind| wants.contains(kind)) => {
                    let what = format!("this transform accepts {}, not {}", listed(wants), listed(&kinds));
                    faults.push(Fault::new(what).at(place));
                }
                Takes::Rows(wants, _)
                    if !transform.plan.passes_on() && !kinds.iter().all(|kind| wants.contains(kind)) =>
                {
                    let what = format!("this transform accepts {} only, not {}", listed(wants), listed(&kinds));
                    faults.push(Fault::new(what).at(place).fix("move it before the transform that adds the others"));
                }
                _ => {}
            }
            if let Some((setting, what, fix)) = transform.plan.unfit(&kinds) {
                faults.push(transform.place.fault(setting, what).fix(fix));
            }
            framed &= matches!(takes, Takes::Frames(_)) && transform.plan.passes_on();
            behind(&*transform.plan, &mut kinds);
        }
        if self.transforms.is_empty()
            && let Some(window) = &self.window
        {
            let what = "the window cuts frames, but no transform measures them";
            faults.push(
                Fault::new(what).at(window.place.whole()).fix("add a [[transform]], or remove the window"),
            );
        }
        kinds
    }

    /// Checks that the scans of a recording are contiguous: overlapping frames would change their number.
    fn overlap(&self, faults: &mut Vec<Fault>) {
        let Some(window) = &self.window else { return };
        let grouped =
            |t: &&Placed<dyn TransformPlan>| t.plan.groups(1).is_some() || t.plan.gather().is_some();
        let Some(transform) = self.transforms.iter().find(grouped) else { return };
        // if length and hop have different units, the usual audio rate is assumed
        if let Some((length, hop)) = window.plan.framing().and_then(|framing| framing.frame(Hertz(48_000.0)))
            && length != hop
        {
            let what = format!(
                "this transform counts the scans of a file, but the window has frames of {length} samples every {hop}"
            );
            let fault = Fault::new(what).at(transform.place.whole());
            faults.push(
                fault
                    .why("scans are frames end to end: frames that overlap or skip samples give another number")
                    .fix("use window type = \"scan\", or set hop to the length"),
            );
        }
    }

    /// A source that resumes at kept positions must not feed a sink that starts with an empty file: earlier
    /// results would be lost.
    fn anew(&self, source: &Placed<dyn SourcePlan>, faults: &mut Vec<Fault>) {
        for sink in self.sinks.iter().filter(|s| source.plan.takes_once() && s.plan.begins_anew()) {
            let fault = Fault::new(
                "this sink starts its output anew with each run, but the source emits each recording once",
            )
            .at(sink.place.whole())
            .why("after a restart, earlier results would be lost");
            faults.push(fault.fix("use a sink that appends: iceberg, files, kafka, or stdout"));
        }
        for sink in self.sinks.iter().filter(|s| source.plan.takes_once() && s.plan.commits_at_the_end()) {
            let fault = sink.place.fault("delivery", "is for a source with an end");
            faults.push(fault.fix("set delivery = \"exactly_once\""));
        }
        for sink in self.sinks.iter().filter(|s| source.plan.keeps_positions() && s.plan.begins_anew()) {
            let fault = Fault::new("this sink starts its output anew with each run, but the source resumes at its last position")
                .at(sink.place.whole())
                .why("after a restart, earlier results would be lost")
                .fix("remove group from the source, so that everything is read again, or write the results to Kafka");
            faults.push(fault);
        }
    }

    /// Refuses `kept_as` for sinks that keep no positions.
    fn kept_as(&self, source: &Placed<dyn SourcePlan>, faults: &mut Vec<Fault>) {
        for sink in &self.sinks {
            let why = match (sink.plan.exactly_once(), source.plan.resumes()) {
                (false, _) => "positions are stored with the results only if delivery is \"exactly_once\"",
                (true, false) => "the source stores its own positions",
                (true, true) => continue,
            };
            sink.place.without_effect(&["kept_as"], why, faults);
        }
    }

    /// Checks that the state of open windows is kept by a single sink, in the transaction that carries the
    /// positions.
    fn panes(&self, faults: &mut Vec<Fault>) {
        let mut keep = self.sinks.iter().filter(|sink| sink.only.contains(&Kind::Panes));
        let Some(sink) = keep.next() else { return };
        let mut fault = |what: &str, fix: &str| {
            faults.push(Fault::new(what).at(sink.place.of("data")).fix(fix));
        };
        if sink.only.len() > 1 || keep.next().is_some() {
            fault("panes need one sink of their own", "add another [[sink]] for the other kinds");
        }
        if sink.plan.loads(Kind::Panes).is_none() {
            let fix = "set type = \"kafka\" and delivery = \"exactly_once\"";
            fault(
                "panes must be stored where they can be read again, in one transaction with the positions",
                fix,
            );
        }
        let clock = self.window.as_ref().and_then(|window| window.plan.clock()?.ok());
        if !clock.is_some_and(|clock| matches!(clock.windows, Windows::Hopping { .. })) {
            let fix = "remove this sink: after a restart these windows are read again";
            fault("only tumbling and hopping windows have panes", fix);
        }
    }

    /// Checks the requirements of exactly-once delivery on the other parts.
    fn once(&self, source: &Placed<dyn SourcePlan>, faults: &mut Vec<Fault>) {
        let once: Vec<_> = self.sinks.iter().filter(|s| s.plan.exactly_once()).collect();
        let Some(sink) = once.first() else { return };
        let mut fault =
            |what: String, place: String, fix: &str| faults.push(Fault::new(what).at(place).fix(fix));
        if !source.plan.keeps_positions() && !source.plan.resumes() {
            let what =
                "delivery is exactly_once, but the source has no positions that a transaction can carry"
                    .into();
            fault(
                what,
                sink.place.of("delivery"),
                "read from kafka with a group, or set delivery = \"at_least_once\"",
            );
        }
        let come = self.kinds(source, &mut vec![]);
        for transform in self.transforms.iter().filter(|t| t.plan.carries()) {
            let kind = transform.plan.gives();
            let kept = once.iter().any(|sink| sink.plan.loads(kind).is_some() && sink.gets(&come) == [kind]);
            if !kept {
                let what = format!(
                    "this transform restores its state from {kind} after a restart, and no sink stores them"
                );
                let fix = format!(
                    "add a [[sink]] of type kafka with data = \"{kind}\" and delivery = \"exactly_once\""
                );
                fault(what, transform.place.whole(), &fix);
            }
        }
        if let Some(window) = &self.window
            && let Some(why) = window.plan.forgets()
        {
            let what = format!("this window cannot be part of an exactly-once chain: {why}");
            fault(what, window.place.whole(), "choose another window, or set delivery = \"at_least_once\"");
        }
        let comes = source.plan.gives();
        for transform in &self.transforms {
            if let Some(why) = transform.plan.forgets(comes) {
                fault(
                    format!("this transform cannot be part of an exactly-once chain: {why}"),
                    transform.place.whole(),
                    "move it to the stage that reads the results, or set delivery = \"at_least_once\"",
                );
            }
        }
    }
}
