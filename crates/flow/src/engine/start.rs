//! Waiting for a broker that is not available yet when a pipeline starts.

use crate::part::Context;
use passband_signal::Result;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// Pause between two attempts.
const PAUSE: Duration = Duration::from_millis(500);

/// Opens a part. A transient fault is reported once, and opening is retried until it succeeds or the limit, if any, has
/// passed: a broker started together with the pipeline becomes available later.
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
            context.control.note(|| format!("{}; waiting for it, up to {seconds} s", fault.what()));
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
    use crate::part::Control;
    use passband_signal::Fault;
    use std::sync::{Arc, Mutex};

    /// Starts with these faults in succession, and returns the result, the number of attempts and the notes.
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
        // a permanent fault, no limit, and a limit that has passed
        let wrong = Fault::new("wrong password");
        assert_eq!(start(vec![away(), wrong.clone(), away()], limit).0, Err(wrong));
        assert_eq!(start(vec![away()], None), (Err(away()), 1, vec![]));
        assert_eq!(start(vec![away()], Some(Duration::ZERO)), (Err(away()), 1, vec![]));
    }
}
