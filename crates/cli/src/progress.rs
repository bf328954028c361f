//! Progress: a bar on a terminal, lines elsewhere, nothing with `--quiet`. The drawing of a sink is shown above the
//! bar.

use crate::print::{self, say};
use console::Term;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use passband_flow::Control;
use passband_flow::engine::Counters;
use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Shows progress until dropped.
pub struct Progress {
    over: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
    bar: ProgressBar,
    control: Control,
}

/// The interval of lines without a terminal.
const LINE: Duration = Duration::from_secs(10);

impl Progress {
    pub fn start(control: &Control, quiet: bool) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let target =
            if quiet || !terminal { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(None, target).with_style(style("{prefix}{msg}"));
        let over = Arc::new(AtomicBool::new(false));
        let thread = {
            let (control, bar, over) = (control.clone(), bar.clone(), over.clone());
            std::thread::spawn(move || watch(&control, &bar, &over, (quiet, terminal)))
        };
        Self { over, thread: Some(thread), bar, control: control.clone() }
    }

    /// The bar, which notes are printed above.
    pub fn bar(&self) -> ProgressBar {
        self.bar.clone()
    }
}

/// The drawing of a sink, sized to leave room for the bar and the cursor.
fn drawn(control: &Control) -> Option<String> {
    let (lines, columns) = Term::stdout().size();
    control.drawn(columns.into(), usize::from(lines).saturating_sub(3))
}

fn watch(control: &Control, bar: &ProgressBar, over: &AtomicBool, (quiet, terminal): (bool, bool)) {
    let (mut printed, began) = (Instant::now(), Instant::now());
    let (mut last, mut rates) = ((0, 0, Instant::now()), (0.0, 0.0));
    while !over.load(Ordering::SeqCst) {
        std::thread::sleep(Duration::from_millis(200));
        let [out, bytes] =
            [&control.counters.out, &control.counters.example_bytes].map(|counter| counter.get());
        if last.2.elapsed() >= Duration::from_secs(1) {
            let seconds = last.2.elapsed().as_secs_f64();
            rates =
                (out.saturating_sub(last.0) as f64 / seconds, bytes.saturating_sub(last.1) as f64 / seconds);
            last = (out, bytes, Instant::now());
        }
        let counts = counts(control, rates, began.elapsed());
        let table = drawn(control);
        let above = table.is_some();
        // with --quiet, only the table is shown
        let below = |template| style(if quiet { "{prefix}" } else { template });
        let progress = control.progress();
        match progress {
            Some((done, all)) => {
                if bar.length() != Some(all) {
                    bar.set_style(below("{prefix}{bar:30} {percent:>3} %  {msg}  {eta} left"));
                    bar.set_length(all);
                }
                bar.set_position(done);
            }
            None => bar.set_style(below("{prefix}{spinner} {elapsed}  {msg}")),
        }
        bar.set_prefix(table.map_or(String::new(), |table| table + "\n"));
        bar.set_message(counts.clone());
        if above && bar.is_hidden() {
            bar.set_draw_target(ProgressDrawTarget::stdout());
        }
        bar.tick();
        if !quiet && !terminal && printed.elapsed() >= LINE {
            let share = progress.map_or(String::new(), |(done, all)| share(done, all, began.elapsed()));
            say(format_args!("{:.0} s: {share}{counts}", began.elapsed().as_secs_f64()));
            printed = Instant::now();
        }
    }
}

/// The share that is done, and the estimated remaining time.
fn share(done: u64, all: u64, time: Duration) -> String {
    let part = done as f64 / all as f64;
    let left = if done > 0 { time.as_secs_f64() * (1.0 / part - 1.0) } else { f64::NAN };
    let left = if left.is_finite() { format!("{left:.0} s left, ") } else { String::new() };
    format!("{:.0} %, {left}", 100.0 * part)
}

fn counts(control: &Control, (rate, bytes): (f64, f64), time: Duration) -> String {
    let counters: &Counters = &control.counters;
    let more = [("late", counters.late.get()), ("duplicate", counters.duplicate.get())];
    let more =
        more.iter().filter(|(_, n)| *n > 0).map(|(name, n)| format!(", {n} {name}")).collect::<String>();
    let [out, gaps, refused] = [&counters.out, &counters.gaps, &counters.refused].map(|c| c.get());
    let signal = control.signal();
    match counters.example_bytes.get() {
        0 if signal > 0.0 => {
            let (done, all) = control.progress().unwrap_or_default();
            let speed = signal / time.as_secs_f64().max(1e-3);
            format!("{done} of {all} recordings, {speed:.0} × real time, {refused} refused")
        }
        0 => format!("{out} results, {rate:.0}/s, {gaps} gaps{more}, {refused} refused"),
        _ => format!("{out} examples, {rate:.0}/s, {:.1} MB/s, {refused} refused", bytes * 1e-6),
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        self.bar.finish_and_clear();
        if let Some(table) = drawn(&self.control) {
            print::out(&format!("{table}\n"));
        }
    }
}
