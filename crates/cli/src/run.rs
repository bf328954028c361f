//! Runs pipelines: files, built-in ones, and those of the commands `demo` and `live`.

use crate::arguments::{Demo, Live, Page, Run};
use crate::print::{self, Print, say};
use crate::progress::Progress;
use crate::ready;
use crate::variables::{self, From, Set};
use passband_flow::engine::End;
use passband_flow::{Control, Pipeline, Registry, Summary};
use passband_signal::Fault;
use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The start of the note about pending results at a stop.
const STOPPING: &str = "stopping: ";
/// Maximum number of notes printed per [`NOTES_INTERVAL`]; further ones are only counted.
const NOTES: u32 = 20;
/// The interval after which notes are printed again, for runs over days.
const NOTES_INTERVAL: Duration = Duration::from_secs(60);

pub fn demo(demo: &Demo, print: Print) -> ExitCode {
    shown("demo", page(&demo.page), &demo.page, print)
}

pub fn live(live: &Live, print: Print) -> ExitCode {
    let mut set = page(&live.page);
    let (length, hop) = (variables::samples(&live.length), variables::samples(&live.hop));
    for (name, value) in
        [("LENGTH", &length), ("HOP", &hop), ("TAPER", &live.taper), ("DEVICE", &live.device)]
    {
        set.insert(name.into(), value.clone());
    }
    match &live.file {
        Some(file) => {
            set.insert("INPUT".into(), file.display().to_string());
            shown("spectrum-play", set, &live.page, print)
        }
        None => shown("spectrum", set, &live.page, print),
    }
}

/// The exit code of a complete run that refused recordings or rows of a list.
const REFUSED: u8 = 3;

/// Runs a built-in pipeline of recordings with the options of a command.
pub fn recordings(name: &str, set: Set, print: Print) -> ExitCode {
    optioned(name, set, print, Then { open: false, set_aside: Some(REFUSED) })
}

/// Actions besides running.
#[derive(Clone, Copy, Default)]
pub struct Then {
    /// Whether the page is opened in a browser.
    pub open: bool,
    /// The exit code of a complete run that refused some of its input.
    pub set_aside: Option<u8>,
}

fn page(page: &Page) -> Set {
    let token = page.token().unwrap_or_default();
    Set::from([("LISTEN".into(), page.listen("127.0.0.1:7373")), ("TOKEN".into(), token)])
}

fn shown(name: &str, set: Set, page: &Page, print: Print) -> ExitCode {
    optioned(name, set, print, Then { open: page.opens(), ..Then::default() })
}

/// Runs a built-in pipeline whose variables are the options of a command; errors name the options.
fn optioned(name: &str, set: Set, print: Print, then: Then) -> ExitCode {
    start_ready((ready::text(name).unwrap_or_default(), name), set, From::Options, print, then)
}

/// Runs the text of a built-in pipeline; errors name the options of the command.
pub fn start_ready((text, name): (&str, &str), set: Set, from: From, print: Print, then: Then) -> ExitCode {
    match variables::parse((text, &format!("{name}.toml")), &set, from, &registry()) {
        Ok(pipeline) => start(pipeline.without_places(), set, print, None, then),
        Err(faults) => print::faulty(&faults, print),
    }
}

pub fn run(what: &Run, print: Print) -> ExitCode {
    if what.list {
        return ready::list(print);
    }
    let named = what.pipeline.as_deref().unwrap_or_default();
    let (text, file) = match std::fs::read_to_string(named) {
        Ok(text) => (text, named.to_owned()),
        Err(error) => match ready::text(named) {
            Some(text) => (text.to_owned(), format!("{named}.toml")),
            None => {
                let fault = Fault::new(format!("the pipeline {named} cannot be read")).why(error);
                let fix = format!("name a file, or one of {}", ready::names().join(", "));
                return print::faulty(&[fault.fix(fix)], print);
            }
        },
    };
    let (set, mut faults) = variables::set(what, (&text, &file));
    let pipeline = variables::parse((&text, &file), &set, From::Set, &registry());
    let pipeline = pipeline.map_err(|more| faults.extend(more)).ok().filter(|_| faults.is_empty());
    match pipeline {
        None => print::faulty(&faults, print),
        Some(_) if what.check && print.json => {
            print::out(&format!("{}\n", serde_json::json!({ "pipeline": file, "faults": [] })))
        }
        Some(_) if what.check && print.quiet => ExitCode::SUCCESS,
        Some(_) if what.check => print::out(&format!("{file}: good\n")),
        Some(pipeline) => {
            let then = Then { set_aside: pipeline.reads_recordings().then_some(REFUSED), ..Then::default() };
            start(pipeline, set, print, what.metrics.as_deref(), then)
        }
    }
}

/// All parts.
pub fn registry() -> Registry {
    Registry::new(&[passband_web::PARTS, passband_lake::PARTS, passband_plot::PARTS])
}

fn start(mut pipeline: Pipeline, set: Set, print: Print, metrics: Option<&str>, then: Then) -> ExitCode {
    pipeline.variables = set.into_iter().collect();
    let name = pipeline.name.clone();
    under(&name, print, metrics, then, |control| passband_flow::run(&pipeline, control))
}

/// A built-in pipeline with these variables.
pub fn ready_pipeline(name: &str, set: &Set) -> Result<Pipeline, Vec<Fault>> {
    let Some(text) = ready::text(name) else {
        return Err(vec![Fault::new(format!("there is no built-in pipeline '{name}'"))]);
    };
    variables::parse((text, &format!("{name}.toml")), set, From::Options, &registry())
}

/// Runs a long operation with notes, progress, Ctrl-C handling and a summary.
pub fn under(
    name: &str,
    print: Print,
    metrics: Option<&str>,
    then: Then,
    work: impl FnOnce(&Control) -> passband_signal::Result<Summary>,
) -> ExitCode {
    let (notes, received) = std::sync::mpsc::channel();
    let mut control = Control::with_notes(move |note| drop(notes.send(note)));
    if !print.json && std::io::stdout().is_terminal() {
        control = control.with_drawing();
    }
    stopped_by_interrupts(&control);
    let token = variables::token();
    let metrics = metrics.map(|at| passband_web::serve(at, token.as_deref(), 60.0, (name, &control)));
    if let Some(Err(fault)) = metrics {
        return print::faulty(&[fault.at("--metrics")], print);
    }
    let progress = Progress::start(&control, print.quiet || print.json);
    let bar = progress.bar();
    let printer = std::thread::spawn(move || {
        let (mut printed, mut since) = (0, Instant::now());
        for note in received {
            if since.elapsed() >= NOTES_INTERVAL {
                (printed, since) = (0, Instant::now());
            }
            // the address may be followed by further requirements
            let page = note.strip_prefix("page at ").map(|page| page.split_once(' ').unwrap_or((page, "")));
            if let Some((url, "")) = page.filter(|_| then.open) {
                open_browser(url);
            }
            let always = page.is_some() || note.starts_with(STOPPING);
            printed += u32::from(!always);
            match printed {
                _ if print.json => match page {
                    Some((url, "")) => say(serde_json::json!({ "page": url })),
                    Some((url, wants)) => {
                        let wants = wants.trim_matches(['(', ')']);
                        say(serde_json::json!({ "page": url, "wants": wants }));
                    }
                    None if print.quiet || !always && printed > NOTES => {}
                    None => say(serde_json::json!({ "note": note })),
                },
                _ if print.quiet && page.is_none() => {}
                _ if always => bar.suspend(|| say(&note)),
                0..NOTES => bar.suspend(|| say(&note)),
                NOTES => {
                    bar.suspend(|| say(format_args!("{note}\nfurther notes are only counted for a while")))
                }
                _ => {}
            }
        }
    });
    let ended = work(&control);
    drop(progress);
    let code = match &ended {
        Ok(summary) => {
            let enough = control.has_enough() && summary.written.iter().all(|written| written.whole);
            let refused = control.counters.refused.get() > 0;
            if !enough {
                print::summary(summary, &control.counters, print);
            }
            match (summary.end, then.set_aside) {
                _ if enough => ExitCode::SUCCESS,
                (End::Interrupted, _) => ExitCode::from(130),
                (_, Some(code)) if refused => ExitCode::from(code),
                _ => ExitCode::SUCCESS,
            }
        }
        Err(fault) => {
            print::fault(fault, print.json);
            ExitCode::FAILURE
        }
    };
    drop(control);
    drop(metrics);
    let _ = printer; // not joined: a part may still hold the sender, and the thread ends with the process
    code
}

/// The run that Ctrl-C stops: a command may have several, one after the other.
static RUNNING: Mutex<Option<Control>> = Mutex::new(None);

/// Ctrl-C stops this run from now on; the second Ctrl-C ends the process immediately.
fn stopped_by_interrupts(control: &Control) {
    *RUNNING.lock().unwrap_or_else(PoisonError::into_inner) = Some(control.clone());
    let interrupts = AtomicU32::new(0);
    // the handler is already set if this is not the first run
    let _ = ctrlc::set_handler(move || {
        let running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match (interrupts.fetch_add(1, Ordering::SeqCst), running) {
            (0, Some(control)) => {
                control.stop();
                control.note(|| {
                    let waiting = control.waiting();
                    format!("{STOPPING}delivering {waiting} results; press Ctrl-C again to stop immediately")
                });
            }
            _ => std::process::exit(130),
        }
    });
}

/// Opens the page in a browser, if there is one.
pub fn open_browser(url: &str) {
    let (program, arguments): (_, &[&str]) = match std::env::consts::OS {
        "macos" => ("open", &[]),
        "windows" => ("cmd", &["/C", "start", ""]),
        _ if std::env::var_os("DISPLAY").or(std::env::var_os("WAYLAND_DISPLAY")).is_none() => return,
        _ => ("xdg-open", &[]),
    };
    let quiet = || std::process::Stdio::null();
    let _ =
        std::process::Command::new(program).args(arguments).arg(url).stdout(quiet()).stderr(quiet()).spawn();
}
