//! The run: mean and σ over all its files, preserved over restarts.

use super::statistics::{State, Statistics};
use crate::config::Place;
use crate::data::{Axis, Data, Kind, Timestamp};
use crate::part::{Cut, Start, Takes, Transform, TransformPlan};
use passband_dsp::moments::Moments;
use passband_dsp::running::Running;
use passband_signal::{Fault, Result};

crate::settings! {
    /// Mean and σ over all files of a run, updated with each file and preserved over restarts.
    ///
    /// It computes two averages. `running` uses an experiment's own formulas, in which all files have the same weight:
    /// c ← (n−1)/n · c + 1/n · m and σ_c ← 1/n · √((n−1)² σ_c² + σ²). `pooled` is exact over all scans. An incomplete file
    /// is counted but not averaged. A file belongs to the run that contains its time, whenever it arrives: older files
    /// belong to the previous run, or if there is none, to a run "before ID"; files after the end belong to "after ID". A
    /// run ends when the next one begins.
    pub struct Run {
        /// The name of the run: a new name starts a new run, an existing name continues that run.
        run_id: String = "1",
        /// The start. Default: the first file that is newer than those of earlier runs.
        start: Option<Timestamp>,
        /// The end. Default: the start of the next run.
        end: Option<Timestamp>,
    }
}

crate::record! {
    /// Mean and deviation, by bin, over all recordings of a run: also the state that is carried over a restart.
    /// The message key is the name of the stream.
    pub struct RunStatistics("runs", "Run") {
        /// Names the run.
        run: String as key,
        /// When it began: what was taken before belongs to an older run.
        start: i64 as moment,
        /// When it ended, if it has.
        end: Option<i64> as moment,
        /// When its newest sample was taken.
        time: i64 as time,
        /// Its newest recording.
        last: i64,
        /// Recordings that were incomplete; they are counted and not averaged.
        incomplete: u64,
        /// What the bins stand for.
        axis: Axis,
        /// Files, mean and deviation by the experiment's running formulas, in which each file weighs the same.
        running: Running,
        /// Scans, mean and sums of squares over all scans: exact.
        pooled: Moments,
    } with {
        fn numbers(&self) -> usize {
            4 * self.pooled.bins()
        }
        fn check(&self) -> Result<(), String> {
            self.axis.band.fits(self.running.bins(), self.axis.length)?;
            self.axis.band.fits(self.pooled.bins(), self.axis.length)
        }
    }
}

impl TransformPlan for Run {
    fn takes(&self) -> Takes<'_> {
        Takes::Rows(&[Statistics::KIND], self)
    }
    fn gives(&self) -> Kind {
        RunStatistics::KIND
    }
    fn passes_on(&self) -> bool {
        true
    }
    fn carries(&self) -> bool {
        true
    }
    fn check(&self, place: &Place, faults: &mut Vec<Fault>) {
        if self.run_id.is_empty() {
            faults.push(place.fault("run_id", "is empty").fix("name the run, such as \"1\""));
        }
        if let (Some(start), Some(end)) = (self.start, self.end)
            && end <= start
        {
            let fault = place.fault("end", format!("is {end}, not after the start, {start}"));
            faults.push(fault.why("no file could belong to the run").fix("set a later end, or remove it"));
        }
    }
}

impl Start for Run {
    fn start(&self) -> Result<Box<dyn Transform>> {
        Ok(Box::new(Runs { settings: self.clone(), runs: vec![] }))
    }
}

struct Runs {
    settings: Run,
    /// All runs, including that of the settings once it has begun.
    runs: Vec<RunStatistics>,
}

impl Transform for Runs {
    fn take(&mut self, cut: Cut<'_>, give: &mut dyn FnMut(Data) -> Result<()>) -> Result<()> {
        let Cut::Row(row) = cut else { return Ok(()) };
        let Some(file) = row.take::<Statistics>() else { return Ok(()) };
        if file.state == State::Share {
            return Ok(());
        }
        let at = self.place(&file);
        self.close_older(give)?;
        let run = &mut self.runs[at];
        add(run, &file)?;
        give(Data::row(run.clone()))
    }

    fn carry_on(&mut self, state: &[Data]) -> Result<()> {
        self.runs = state.iter().filter_map(|data| data.get::<RunStatistics>().cloned()).collect();
        let Run { run_id, start, end } = &self.settings;
        if let Some(run) = self.runs.iter_mut().find(|run| run.run == *run_id) {
            run.start = start.map_or(run.start, |start| start.0);
            // a run that is named again is reopened
            run.end = end.map(|end| end.0);
        }
        Ok(())
    }
}

impl Runs {
    /// The index of the run that a file belongs to; the run is started or extended if necessary.
    fn place(&mut self, file: &Statistics) -> usize {
        let Self { settings, runs } = self;
        let (id, time) = (settings.run_id.as_str(), file.time);
        let own = runs.iter().position(|run| run.run == id);
        let start = settings.start.map(|start| start.0).or(own.map(|own| runs[own].start));
        let end = settings.end.map(|end| end.0);
        let others = || runs.iter().enumerate().filter(|(_, run)| run.run != id);
        let begins = match start {
            Some(start) => time >= start,
            None => others().all(|(_, run)| time >= run.end.unwrap_or(run.time + 1)),
        };
        if begins && end.is_none_or(|end| time < end) {
            return own.unwrap_or_else(|| begin(runs, id.into(), start.unwrap_or(time), end, file));
        }
        let holds = |run: &RunStatistics| run.start <= time && run.end.is_none_or(|end| time < end);
        if let Some((at, _)) = others().filter(|(_, run)| holds(run)).max_by_key(|(_, run)| run.start) {
            return at;
        }
        let named = |name: &str| runs.iter().position(|run| run.run == name);
        if begins {
            let (name, from) = (format!("after {id}"), end.unwrap_or(time));
            // a run that was ended by a later run is reopened
            return match named(&name) {
                Some(at) => {
                    runs[at].end = None;
                    at
                }
                None => begin(runs, name, from, None, file),
            };
        }
        if let (Some(own), None) = (own, settings.start)
            && runs.len() == 1
        {
            // without a start, the files of a run may arrive out of order
            runs[own].start = time;
            return own;
        }
        let next = runs.iter().map(|run| run.start).chain(start).filter(|start| *start > time).min();
        let name = format!("before {id}");
        match named(&name) {
            Some(at) => {
                let run = &mut runs[at];
                (run.start, run.end) = (run.start.min(time), run.end.max(next));
                at
            }
            None => begin(runs, name, time, next, file),
        }
    }

    /// Ends older runs without an end at the start of the run of the settings.
    fn close_older(&mut self, give: &mut dyn FnMut(Data) -> Result<()>) -> Result<()> {
        let id = &self.settings.run_id;
        let own = self.runs.iter().find(|run| run.run == *id).map(|run| run.start);
        let Some(start) = self.settings.start.map(|start| start.0).or(own) else { return Ok(()) };
        for run in self.runs.iter_mut().filter(|run| run.run != *id && run.end.is_none() && run.start < start)
        {
            run.end = Some(start);
            give(Data::row(run.clone()))?;
        }
        Ok(())
    }
}

/// Starts an empty run with the axis of a file, and returns its index.
fn begin(
    runs: &mut Vec<RunStatistics>,
    run: String,
    start: i64,
    end: Option<i64>,
    file: &Statistics,
) -> usize {
    let bins = file.moments.bins();
    runs.push(RunStatistics {
        run,
        start,
        end,
        time: file.time,
        last: file.recording,
        incomplete: 0,
        axis: file.axis,
        running: Running::start(bins),
        pooled: Moments::start(bins),
    });
    runs.len() - 1
}

/// Adds a file to its run.
fn add(run: &mut RunStatistics, file: &Statistics) -> Result<()> {
    let (of_file, of_run) = (&file.axis, &run.axis);
    let what =
        |name: &str, file: String, run: String| (file != run).then(|| format!("{name} {file}, not {run}"));
    let differs = [
        what("a rate of", of_file.rate.to_string(), of_run.rate.to_string()),
        what("samples in a scan:", of_file.length.to_string(), of_run.length.to_string()),
        what("a centre of", of_file.band.centre.to_string(), of_run.band.centre.to_string()),
        what("sides", format!("{:?}", of_file.band.sides), format!("{:?}", of_run.band.sides)),
        what("the scale", of_file.scale.to_string(), of_run.scale.to_string()),
        what("bins:", file.moments.bins().to_string(), run.pooled.bins().to_string()),
    ];
    if let Some(differs) = differs.into_iter().flatten().next() {
        let text =
            format!("recording {} cannot be averaged into run {}: it has {differs}", file.recording, run.run);
        let start = Timestamp(file.time);
        return Err(Fault::new(text).why("a run is the mean of files with equal settings").fix(format!(
            "begin a new run: set run_id to another name, and start to {start} or shortly before"
        )));
    }
    if file.time >= run.time {
        (run.time, run.last) = (file.time, file.recording);
    }
    if file.state == State::Incomplete {
        run.incomplete += 1;
        return Ok(());
    }
    let deviation: Vec<f64> = file.moments.deviation().collect();
    run.running.add(file.moments.mean(), &deviation);
    run.pooled.merge(&file.moments).map_err(Fault::new)
}
