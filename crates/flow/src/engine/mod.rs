//! The runtime: three threads and two bounded queues.
//!
//! Transforms that measure each row by itself run on several threads between the source and the worker
//! (`apart.rs`). Recordings that are independent of each other are read and measured by several threads, each
//! with its own worker (`lineup.rs`).
//!
//! The source thread reads, the worker thread folds streams into results, and the calling thread delivers
//! them. A slow sink fills its queue, which blocks the worker, which blocks the source: the bounded queues
//! provide back-pressure. Positions are queued behind the results they settle, so a position is committed
//! only after its results are (docs/engine.md).

mod apart;
mod deliver;
mod known;
mod lane;
mod lineup;
mod outcome;
mod outward;
mod pipeline;
mod size;
mod start;
#[cfg(test)]
mod tests;
mod threads;
mod worker;

pub use crate::part::{Context, Control, Counter, Counters, Drawing, End, Waits, Written};
pub use pipeline::{Builder, Given, Pipeline, Printed, variable_settings, variables};

use crate::config::Place;
use crate::data::{Input, Kind, Output, Positions, Refusal};
use crate::part::{Commit, Commits, Counted, Ledgers, Prefixes, Shared, Tally, TransformPlan};
use deliver::{Deliverer, Opened};
use outcome::Before;
use passband_signal::{Fault, Result};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};
use threads::{Work, whole};

/// Capacity of a queue, in batches; a full queue blocks its sender.
const QUEUE: usize = 16;

/// A delivery is sent when its results hold this many numbers; it exceeds the limit by at most one result.
const DELIVERY: usize = 1 << 16;

/// Maximum pause before a pipeline is restarted.
const PAUSE: Duration = Duration::from_secs(30);

/// What the worker sends to the delivering thread: results, followed by the positions they settle.
#[derive(Default)]
struct Delivery {
    outputs: Vec<Output>,
    refused: Vec<Refusal>,
    checkpoint: Option<Checkpoint>,
}

impl Delivery {
    fn is_empty(&self) -> bool {
        self.outputs.is_empty() && self.refused.is_empty() && self.checkpoint.is_none()
    }
    /// Whether to send it now, which bounds the size of the queued deliveries for any batch size.
    fn is_full(&self) -> bool {
        self.outputs.iter().map(|output| output.data.numbers()).sum::<usize>() >= DELIVERY
    }
}

struct Checkpoint {
    positions: Positions,
    /// The counts up to these positions.
    counted: Counted,
    /// Whether sinks may defer the commit.
    when: Commit,
    /// Notified when the positions are committed.
    done: Option<SyncSender<()>>,
}

/// The outcome of a run.
#[derive(Clone, Debug)]
pub struct Summary {
    /// How the run ended.
    pub end: End,
    /// Duration in wall-clock seconds.
    pub seconds: f64,
    /// What the sinks have written.
    pub written: Vec<Written>,
}

/// Runs a pipeline until its source ends, it is stopped, or a part fails.
///
/// After a transient fault (for example, an unavailable broker), a pipeline whose positions are kept is
/// restarted from them; uncommitted work is discarded and read again.
///
/// A pipeline that gathers results from several processes runs as two: one folds and sends the shares, the
/// other merges them.
pub fn run(pipeline: &Pipeline, control: &Control) -> Result<Summary> {
    let between = Counters::default();
    let all = &*control.counters;
    control.refusal.lock().unwrap_or_else(PoisonError::into_inner).take();
    pipeline::check(pipeline)?;
    pipeline.merging.as_deref().map_or(Ok(()), pipeline::check)?;
    let Some(merging) = &pipeline.merging else {
        return again(pipeline, control, Tally { came: all, out: all, all }, &Ran::default());
    };
    // the two halves end together and share `answered`; they also share the identity of this process, so that
    // both halves agree on which of two processes is the older one
    let folds = Ran::default();
    let merges = Ran {
        answered: folds.answered.clone(),
        shared: folds.shared.clone(),
        beside: folds.beside.clone(),
        ..Ran::default()
    };
    let stage = |pipeline: &Pipeline, tally, ran: &Ran| {
        let ended = again(pipeline, control, tally, ran);
        // the end of one half stops the other, which is not an interruption from outside
        let asked = ended.as_ref().is_ok_and(|summary| summary.end == End::Interrupted);
        ran.beside.fetch_or(!asked, Ordering::SeqCst);
        control.stop();
        ended
    };
    std::thread::scope(|scope| {
        let merged = scope.spawn(|| {
            // the half that writes the topic of the shares creates it
            while !folds.opened.load(Ordering::SeqCst) && !control.stopping() {
                std::thread::sleep(Duration::from_millis(10));
            }
            if control.stopping() {
                return Ok(Summary { end: End::Interrupted, seconds: 0.0, written: vec![] });
            }
            stage(merging, Tally { came: &between, out: all, all }, &merges)
        });
        let folded = stage(pipeline, Tally { came: all, out: &between, all }, &folds);
        let merged = merged.join().unwrap_or_else(|_| Err(Fault::new("the merge stage failed")));
        both(merged, folded)
    })
}

/// The outcome of two halves. Of two faults, a permanent one is returned: a transient one may be its
/// consequence.
fn both<T>(merged: Result<T>, folded: Result<T>) -> Result<T> {
    match (merged, folded) {
        (Err(merged), Err(folded)) if merged.is_passing() && !folded.is_passing() => Err(folded),
        (merged, folded) => merged.and(folded),
    }
}

/// The state of a stage over all attempts in this process.
#[derive(Default)]
struct Ran {
    /// Whether all parts were open at least once.
    opened: AtomicBool,
    /// Whether an external system that it depends on has answered at least once.
    answered: Arc<AtomicBool>,
    /// Whether the other half has ended, by itself or with a fault.
    beside: Arc<AtomicBool>,
    /// State that parts keep over all attempts, such as the number of this process among those of its
    /// instance.
    shared: Arc<Shared>,
}

/// Runs one stage, and restarts it after a transient fault.
fn again(pipeline: &Pipeline, control: &Control, tally: Tally<'_>, ran: &Ran) -> Result<Summary> {
    let began = Instant::now();
    let mut pause = Duration::from_millis(500);
    loop {
        let attempt = control.attempt();
        let (started, safe) = (Instant::now(), Mutex::new(tally.now()));
        match once(pipeline, &attempt, tally, ran, &safe) {
            Ok((end, written)) => {
                return Ok(Summary { end, seconds: began.elapsed().as_secs_f64(), written });
            }
            Err(fault)
                // an address that has never answered is probably wrong
                if (ran.opened.load(Ordering::SeqCst) || ran.answered.load(Ordering::SeqCst))
                    && fault.is_passing()
                    && (pipeline.source.plan.keeps_positions() || pipeline.kept_by_a_sink())
                    && !(control.stopping() && ran.beside.load(Ordering::SeqCst)) =>
            {
                // uncommitted data is read again
                if tally.is_whole() {
                    tally.set_back(&safe.into_inner().unwrap_or_else(PoisonError::into_inner));
                    control.delivered.store(control.counters.out.get(), Ordering::Relaxed);
                }
                // the positions are kept, so nothing is lost by not waiting for the fault to pass
                if control.stopping() {
                    control.note(|| format!("the next start reads again what was not delivered, after {fault}"));
                    let seconds = began.elapsed().as_secs_f64();
                    return Ok(Summary { end: End::Interrupted, seconds, written: vec![] });
                }
                // a pipeline that ran for longer than the maximum pause is restarted at once
                pause = if started.elapsed() > PAUSE {
                    Duration::from_millis(500)
                } else {
                    (pause * 2).min(PAUSE)
                };
                control.note(|| format!("restarting in {:.1} s after {fault}", pause.as_secs_f64()));
                let until = Instant::now() + pause;
                while Instant::now() < until && !control.stopping() {
                    std::thread::sleep(Duration::from_millis(50));
                }
            }
            Err(fault) => return Err(fault),
        }
    }
}

/// One attempt: opens every part and runs them.
fn once(
    pipeline: &Pipeline,
    control: &Control,
    tally: Tally<'_>,
    ran: &Ran,
    safe: &Mutex<Counted>,
) -> Result<(End, Vec<Written>)> {
    let before = Before::of(tally);
    let mut context = Context {
        pipeline: pipeline.name.clone(),
        variables: pipeline.variables.clone(),
        secrets: pipeline.secrets.clone(),
        control: control.clone(),
        settle: None,
        describes_files: pipeline.describes_files(),
        kept: pipeline.kept_by_a_sink(),
        ahead: pipeline.transforms.iter().filter_map(|transform| transform.plan.ahead()).collect(),
        set: OnceLock::new(),
        rows: Mutex::default(),
        waits: Waits::default(),
        answered: ran.answered.clone(),
        ledgers: Arc::new(Ledgers::default()),
        prefixes: Prefixes::of(pipeline.sinks.iter().flat_map(|sink| sink.plan.writes())),
        shared: Shared::default(),
        run: ran.shared.clone(),
    };
    let placed = |place: &Place| {
        let place = place.whole();
        move |fault: Fault| fault.within(&place)
    };
    let first = !ran.opened.load(Ordering::SeqCst);
    let plan = &pipeline.source.plan;
    let opened = start::patiently(&context, first.then(|| plan.start_timeout()), || plan.open(&context));
    let mut source = opened.map_err(placed(&pipeline.source.place))?;
    if let Some(warning) = size::warning(pipeline, &*source) {
        control.note(|| warning);
    }
    context.settle = source.settle();
    let kinds = pipeline.gives();
    let (mut sinks, mut first_once): (Vec<Opened>, usize) = (vec![], 0);
    for (number, sink) in pipeline.sinks.iter().enumerate() {
        let open = || sink.plan.open(&sink.gets(&kinds), &context);
        let opened = start::patiently(&context, first.then(|| sink.plan.start_timeout()), open);
        let opened = opened.map_err(placed(&sink.place))?;
        // the transaction that carries the positions is committed last, after the other sinks have committed
        let at = if sink.plan.exactly_once() { sinks.len() } else { first_once };
        first_once += usize::from(!sink.plan.exactly_once());
        sinks.insert(at, Opened { number, place: sink.place.whole(), only: sink.only.clone(), sink: opened });
    }
    for Opened { place, sink, .. } in &mut sinks {
        if let Some(note) = sink.begin().map_err(|fault| fault.within(place))? {
            control.note(|| note);
        }
    }
    // all subscribers have their rows by now
    context.rows.lock().unwrap_or_else(PoisonError::into_inner).take();
    let every = pipeline.sinks.iter().map(|s| s.plan.commit_every()).min().unwrap_or(Duration::from_secs(1));

    // a sink that keeps its own positions may have none for a shard yet: the source's position must not
    // advance before the rows of that sink are committed
    sinks.sort_by_key(|opened| matches!(opened.sink.ledger(), Commits::OfSource));
    context.ledgers.set(sinks.iter().map(|opened| (opened.number, opened.sink.ledger())));
    let mut given = vec![];
    if pipeline.source.plan.resumes()
        && let Some(positions) = context.ledgers.resume()?
    {
        source.resume(&positions).map_err(placed(&pipeline.source.place))?;
        given = positions.into_iter().map(|(shard, p)| Input::Assigned(shard, Some(p))).collect();
        // also without positions: a known run may continue with other files
        if given.is_empty() {
            given.push(Input::Assigned(0, None));
        }
    }
    let resumed = given.iter().any(|input| matches!(input, Input::Assigned(_, Some(_))));
    let carries = |plan: &dyn TransformPlan| plan.carries().then(|| plan.gives());
    let panes = pipeline.stage().is_saved().then_some(Kind::Panes);
    let carried = panes.or_else(|| pipeline.transforms.iter().find_map(|t| carries(&*t.plan)));
    let carried = carried.and_then(|kind| {
        pipeline.sinks.iter().find_map(|s| s.plan.loads(kind).filter(|_| s.gets(&kinds) == [kind]))
    });

    ran.opened.store(true, Ordering::SeqCst);

    let first: Mutex<Option<Fault>> = Mutex::new(None);
    let ended = AtomicBool::new(false);
    let fail = |fault: Fault| {
        let mut first = first.lock().unwrap_or_else(|e| e.into_inner());
        // a permanent fault takes precedence over a transient one
        if first.as_ref().is_none_or(|first| first.is_passing() && !fault.is_passing()) {
            *first = Some(fault);
        }
        control.abort.store(true, Ordering::SeqCst);
    };
    let failed = || first.lock().unwrap_or_else(|e| e.into_inner()).is_some();
    let work = Work { pipeline, control, tally, every, ended: &ended, fail: &fail };
    let journal = sinks.iter().find_map(|opened| opened.sink.journal());
    let mut way = work.way(source, journal);
    let settle = context.settle.clone();
    let (deliveries_in, deliveries) = sync_channel(QUEUE);
    let end = std::thread::scope(|scope| {
        work.start(scope, &mut way, (given, carried.as_deref()), deliveries_in);
        let mut deliverer = Deliverer {
            sinks,
            control,
            settle: context.settle.take(),
            ledgers: context.ledgers.clone(),
            safe,
            uncommitted: None,
        };
        whole("sinks", || deliverer.run(deliveries)).unwrap_or_else(fail);
        let by_itself = ended.load(Ordering::SeqCst) && pipeline.source.plan.ends();
        if by_itself && !failed() {
            // an empty result must not replace an earlier result
            if let Some(fault) = before.nothing(pipeline, tally, control, resumed) {
                fail(fault.within(&pipeline.source.place.whole()));
            }
        }
        let end = match () {
            () if failed() => End::Failed,
            () if by_itself || !pipeline.source.plan.ends() => End::Complete,
            () => End::Interrupted,
        };
        let (all_there, written) = whole("sinks", || deliverer.finish(end)).unwrap_or_else(|fault| {
            fail(fault);
            (false, vec![])
        });
        let sinks = deliverer.sinks;
        let empty =
            written.iter().find(|one| end == End::Complete && by_itself && one.rows == 0 && !one.whole);
        if let Some(Written { to, .. }) = empty {
            let fault = Fault::new(format!("there were no results for {to}"));
            fail(
                fault
                    .why("the results are of kinds that this sink does not accept")
                    .fix("correct data of this sink"),
            );
        }
        (if end == End::Complete && !all_there { End::Interrupted } else { end }, written, sinks)
    });
    let (end, written, sinks) = end;
    match first.into_inner().unwrap_or_else(|e| e.into_inner()) {
        // a restarted process would replace a newer process of this instance: the older of the two ends
        Some(fault) if fault.is_passing() => {
            let newest = sinks.iter().find_map(|opened| opened.sink.is_newest());
            // without transactions, it is the process that joined the group in the place of the other
            let newest = newest.or_else(|| settle.as_ref().and_then(|settle| settle.is_newest()));
            newest.unwrap_or(Ok(())).and(Err(fault))
        }
        Some(fault) => Err(fault),
        None => Ok((end, written)),
    }
}
