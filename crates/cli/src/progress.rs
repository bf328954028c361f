//! Progress: a bar on a terminal, plain lines otherwise, nothing when quiet.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use passband_flow::Control;
use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Shows how far a run is, until dropped.
pub struct Progress {
    over: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
    bar: ProgressBar,
}

/// How often a line is printed where there is no terminal.
const LINE: Duration = Duration::from_secs(10);

impl Progress {
    pub fn start(control: &Control, quiet: bool) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let target =
            if quiet || !terminal { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let bar = ProgressBar::with_draw_target(None, target);
        let over = Arc::new(AtomicBool::new(false));
        let thread = (!quiet).then(|| {
            let (control, bar, over) = (control.clone(), bar.clone(), over.clone());
            std::thread::spawn(move || watch(&control, &bar, &over, terminal))
        });
        Self { over, thread, bar }
    }

    /// The bar, so that notes are printed above it.
    pub fn bar(&self) -> ProgressBar {
        self.bar.clone()
    }
}

fn watch(control: &Control, bar: &ProgressBar, over: &AtomicBool, terminal: bool) {
    let (mut said, began) = (Instant::now(), Instant::now());
    let (mut last, mut rate) = ((0, Instant::now()), 0.0);
    while !over.load(Ordering::SeqCst) {
        std::thread::sleep(Duration::from_millis(200));
        let out = control.counters.out.get();
        if last.1.elapsed() >= Duration::from_secs(1) {
            rate = (out - last.0) as f64 / last.1.elapsed().as_secs_f64();
            last = (out, Instant::now());
        }
        let counts = format!(
            "{out} results, {rate:.0}/s, {} gaps, {} refused",
            control.counters.gaps.get(),
            control.counters.refused.get()
        );
        let progress = control.progress();
        match progress {
            Some((done, all)) if bar.length() != Some(all) => {
                bar.set_style(style("{bar:30} {percent:>3} %  {msg}  {eta} left"));
                bar.set_length(all);
                bar.set_position(done);
            }
            Some((done, _)) => bar.set_position(done),
            None => bar.set_style(style("{spinner} {elapsed}  {msg}")),
        }
        bar.set_message(counts.clone());
        bar.tick();
        if !terminal && said.elapsed() >= LINE {
            let share = progress
                .map_or(String::new(), |(done, all)| format!("{:.0} %, ", 100.0 * done as f64 / all as f64));
            eprintln!("{:.0} s: {share}{counts}", began.elapsed().as_secs_f64());
            said = Instant::now();
        }
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
    }
}
