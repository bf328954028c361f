//! The start of a pipeline whose broker is not there yet.

use super::Context;
use passband_signal::Result;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// How long a broker has to answer before it is said that the start waits for it, and how long after that.
const FIRST: Duration = Duration::from_secs(3);
const LATER: Duration = Duration::from_secs(8);

/// From one try to the next.
const PAUSE: Duration = Duration::from_millis(500);

/// How often a start has waited.
#[derive(Debug, Default)]
pub struct Waits(AtomicU32);

impl Context {
    /// How long a broker has to answer when a part is opened.
    pub fn answer(&self) -> Duration {
        if self.has_waited() { LATER } else { FIRST }
    }
    /// Whether this start has waited for something outside.
    pub fn has_waited(&self) -> bool {
        self.waits.0.load(Ordering::Relaxed) > 0
    }
}

/// Opens a part. Where that meets a fault that may pass, it is said once, and tried again until the limit, if there is
/// one: a broker that is started together with the pipeline is ready later.
pub fn patiently<T>(
    context: &Context,
    limit: Option<Duration>,
    mut open: impl FnMut() -> Result<T>,
) -> Result<T> {
    let (began, limit, mut told) = (Instant::now(), limit.unwrap_or_default(), false);
    loop {
        let fault = match open() {
            Err(fault) if fault.is_passing() && began.elapsed() < limit => fault,
            ended => return ended,
        };
        context.waits.0.fetch_add(1, Ordering::Relaxed);
        if !std::mem::replace(&mut told, true) {
            let seconds = limit.as_secs();
            context.control.note(|| format!("{}; the start waits for it, up to {seconds} s", fault.what()));
        }
        let until = Instant::now() + PAUSE;
        while Instant::now() < until {
            if context.control.stopping() {
                return Err(fault);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Control;
    use passband_signal::Fault;
    use std::sync::{Arc, Mutex};

    /// What came of a start with these faults one after the other: how it ended, how often it tried, and its notes.
    fn start(faults: Vec<Fault>, limit: Option<Duration>) -> (Result<()>, usize, Vec<String>) {
        let notes = Arc::new(Mutex::new(vec![]));
        let told = notes.clone();
        let control = Control::with_notes(move |note| told.lock().unwrap().push(note));
        let context = Context { control, ..Context::default() };
        let (mut faults, mut tries) = (faults.into_iter(), 0);
        let ended = patiently(&context, limit, || {
            tries += 1;
            faults.next().map_or(Ok(()), Err)
        });
        let notes = notes.lock().unwrap().clone();
        (ended, tries, notes)
    }

    #[test]
    fn a_fault_that_passes_is_waited_for_and_told_once() {
        let away = || Fault::new("no broker answers at ada:hunter2@host:9092").passing();
        let limit = Some(Duration::from_secs(600));
        let (ended, tries, notes) = start(vec![away(), away()], limit);
        assert!(ended.is_ok() && tries == 3 && notes.len() == 1, "{notes:?}");
        assert!(notes[0].contains("up to 600 s") && !notes[0].contains("hunter2"), "{notes:?}");
        // what does not pass, what has no limit, and what is over
        let wrong = Fault::new("wrong password");
        assert_eq!(start(vec![away(), wrong.clone(), away()], limit).0, Err(wrong));
        assert_eq!(start(vec![away()], None), (Err(away()), 1, vec![]));
        assert_eq!(start(vec![away()], Some(Duration::ZERO)), (Err(away()), 1, vec![]));
    }
}
