//! Runs pipelines: files, those that come with Passband, and the two that have a command of their own.

use crate::arguments::{Demo, Live, Page, Run};
use crate::progress::Progress;
use passband_flow::engine::End;
use passband_flow::{Control, Pipeline, Registry, Summary};
use passband_signal::Fault;
use std::collections::HashMap;
use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// How things are printed.
#[derive(Clone, Copy)]
pub struct Print {
    pub quiet: bool,
    pub json: bool,
}

/// The pipelines that come with Passband, by name.
const READY: [(&str, &str); 19] = [
    ("demo", include_str!("../../../pipelines/demo.toml")),
    ("spectrum", include_str!("../../../pipelines/spectrum.toml")),
    ("spectrum-play", include_str!("../../../pipelines/spectrum-play.toml")),
    ("spectrum-file", include_str!("../../../pipelines/spectrum-file.toml")),
    ("spectrum-sampler", include_str!("../../../pipelines/spectrum-sampler.toml")),
    ("spectrum-fft", include_str!("../../../pipelines/spectrum-fft.toml")),
    ("spectrum-plot", include_str!("../../../pipelines/spectrum-plot.toml")),
    ("axion-search", include_str!("../../../pipelines/axion-search.toml")),
    ("axion-search-from-files", include_str!("../../../pipelines/axion-search-from-files.toml")),
    ("axion-send", include_str!("../../../pipelines/axion-send.toml")),
    ("axion-process", include_str!("../../../pipelines/axion-process.toml")),
    ("axion-monitor", include_str!("../../../pipelines/axion-monitor.toml")),
    ("sensors", include_str!("../../../pipelines/sensors.toml")),
    ("sensors-send", include_str!("../../../pipelines/sensors-send.toml")),
    ("sensors-kafka", include_str!("../../../pipelines/sensors-kafka.toml")),
    ("sensors-mqtt", include_str!("../../../pipelines/sensors-mqtt.toml")),
    ("sensors-ndjson", include_str!("../../../pipelines/sensors-ndjson.toml")),
    ("sensors-csv", include_str!("../../../pipelines/sensors-csv.toml")),
    ("dataset", include_str!("../../../pipelines/dataset.toml")),
];

/// Notes that are printed in [`WHILE`] before they are only counted.
const NOTES: u32 = 20;
/// Who runs for days hears of what happens then, too.
const WHILE: Duration = Duration::from_secs(60);

pub type Set = HashMap<String, String>;

pub fn demo(demo: &Demo, print: Print) -> ExitCode {
    ready("demo", page(&demo.page), &demo.page, print)
}

pub fn live(live: &Live, print: Print) -> ExitCode {
    let mut set = page(&live.page);
    for (name, value) in
        [("LENGTH", &live.length), ("HOP", &live.hop), ("TAPER", &live.taper), ("DEVICE", &live.device)]
    {
        set.insert(name.into(), value.clone());
    }
    match &live.file {
        Some(file) => {
            set.insert("INPUT".into(), file.display().to_string());
            ready("spectrum-play", set, &live.page, print)
        }
        None => ready("spectrum", set, &live.page, print),
    }
}

/// Runs a ready pipeline that ends with `code` if it is whole, but something was set aside.
pub fn set_aside(name: &str, set: Set, code: u8, print: Print) -> ExitCode {
    let text = READY.iter().find(|(ready, _)| *ready == name).map_or("", |(_, text)| text);
    start(text, &format!("{name}.toml"), &set, print, None, Then { open: false, set_aside: Some(code) })
}

/// What is done besides running.
#[derive(Clone, Copy, Default)]
pub struct Then {
    /// The page is opened in a browser.
    pub open: bool,
    /// How a run ends that is whole, but has set something aside.
    pub set_aside: Option<u8>,
}

fn page(page: &Page) -> Set {
    let token = page.token.clone().or_else(|| std::env::var("PASSBAND_TOKEN").ok()).unwrap_or_default();
    Set::from([("LISTEN".into(), page.listen.clone()), ("TOKEN".into(), token)])
}

fn ready(name: &str, set: Set, page: &Page, print: Print) -> ExitCode {
    let text = READY.iter().find(|(ready, _)| *ready == name).map_or("", |(_, text)| text);
    let open = !page.no_open && std::io::stderr().is_terminal();
    start(text, &format!("{name}.toml"), &set, print, None, Then { open, ..Then::default() })
}

pub fn run(what: &Run, print: Print) -> ExitCode {
    let mut set = Set::new();
    for pair in &what.set {
        let Some((name, value)) = pair.split_once('=') else {
            return faulty(
                &[Fault::new(format!("--set {pair} has no =")).fix("write --set NAME=VALUE")],
                print,
            );
        };
        set.insert(name.into(), value.into());
    }
    let (text, file) = match std::fs::read_to_string(&what.pipeline) {
        Ok(text) => (text, what.pipeline.clone()),
        Err(error) => match READY.iter().find(|(name, _)| *name == what.pipeline) {
            Some((name, text)) => ((*text).to_owned(), format!("{name}.toml")),
            None => {
                let names: Vec<_> = READY.iter().map(|(name, _)| *name).collect();
                let fault = Fault::new(format!("the pipeline {} cannot be read", what.pipeline)).why(error);
                return faulty(&[fault.fix(format!("name a file, or one of {}", names.join(", ")))], print);
            }
        },
    };
    if what.check {
        return match parse(&text, &file, &set) {
            Ok(_) => {
                match print.json {
                    true => println!("{}", serde_json::json!({ "pipeline": file, "faults": [] })),
                    false if !print.quiet => println!("{file}: good"),
                    false => {}
                }
                ExitCode::SUCCESS
            }
            Err(faults) => faulty(&faults, print),
        };
    }
    start(&text, &file, &set, print, what.metrics.as_deref(), Then::default())
}

/// Every part there is.
pub fn registry() -> Registry {
    Registry::new(&[passband_web::PARTS, passband_lake::PARTS])
}

fn parse(text: &str, file: &str, set: &Set) -> Result<Pipeline, Vec<Fault>> {
    let vars = |name: &str| set.get(name).cloned().or_else(|| std::env::var(name).ok());
    Pipeline::parse(text, file, &vars, &registry())
}

fn start(text: &str, file: &str, set: &Set, print: Print, metrics: Option<&str>, then: Then) -> ExitCode {
    let mut pipeline = match parse(text, file, set) {
        Ok(pipeline) => pipeline,
        Err(faults) => return faulty(&faults, print),
    };
    pipeline.variables = set.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    let name = pipeline.name.clone();
    under(&name, print, metrics, then, |control| passband_flow::run(&pipeline, control))
}

/// A pipeline that comes with Passband, with these variables.
pub fn ready_pipeline(name: &str, set: &Set) -> Result<Pipeline, Vec<Fault>> {
    let Some((_, text)) = READY.iter().find(|(ready, _)| *ready == name) else {
        return Err(vec![Fault::new(format!("there is no pipeline '{name}' here"))]);
    };
    parse(text, &format!("{name}.toml"), set)
}

/// Does something long: with notes, progress, Ctrl-C and the counts at the end.
pub fn under(
    name: &str,
    print: Print,
    metrics: Option<&str>,
    then: Then,
    work: impl FnOnce(&Control) -> passband_signal::Result<Summary>,
) -> ExitCode {
    let (notes, heard) = std::sync::mpsc::channel();
    let mut control = Control::with_notes(move |note| drop(notes.send(note)));
    if !print.json && std::io::stdout().is_terminal() {
        control = control.with_drawing();
    }
    let interrupts = AtomicU32::new(0);
    let stop = control.clone();
    // the second Ctrl-C does not wait for anything
    let _ = ctrlc::set_handler(move || match interrupts.fetch_add(1, Ordering::SeqCst) {
        0 => stop.stop(),
        _ => std::process::exit(130),
    });
    let token = std::env::var("PASSBAND_TOKEN").ok();
    let metrics = metrics.map(|at| passband_web::serve(at, token.as_deref(), 60.0, (name, &control)));
    if let Some(Err(fault)) = metrics {
        return faulty(&[fault.at("--metrics")], print);
    }
    let progress = Progress::start(&control, print.quiet || print.json);
    let bar = progress.bar();
    let teller = std::thread::spawn(move || {
        let (mut told, mut since) = (0, Instant::now());
        for note in heard {
            if since.elapsed() >= WHILE {
                (told, since) = (0, Instant::now());
            }
            // behind the address stands what else it wants
            let page = note.strip_prefix("page at ").map(|page| page.split_once(' ').unwrap_or((page, "")));
            if let Some((url, "")) = page.filter(|_| then.open) {
                open_browser(url);
            }
            told += u32::from(page.is_none());
            match told {
                _ if print.json => match page {
                    Some((url, "")) => eprintln!("{}", serde_json::json!({ "page": url })),
                    Some((url, wants)) => {
                        let wants = wants.trim_matches(['(', ')']);
                        eprintln!("{}", serde_json::json!({ "page": url, "wants": wants }));
                    }
                    None if print.quiet || told > NOTES => {}
                    None => eprintln!("{}", serde_json::json!({ "note": note })),
                },
                _ if print.quiet && page.is_none() => {}
                _ if page.is_some() => bar.suspend(|| eprintln!("{note}")),
                0..NOTES => bar.suspend(|| eprintln!("{note}")),
                NOTES => bar.suspend(|| eprintln!("{note}\nmore of these are only counted for a while")),
                _ => {}
            }
        }
    });
    let ended = work(&control);
    drop(progress);
    let code = match &ended {
        Ok(summary) => {
            tell(summary, &control, print);
            let refused = control.counters.refused.get() > 0;
            match (summary.end, then.set_aside) {
                (End::Interrupted, _) => ExitCode::from(130),
                (_, Some(code)) if refused => ExitCode::from(code),
                _ => ExitCode::SUCCESS,
            }
        }
        Err(fault) => {
            print_fault(fault, print.json);
            ExitCode::FAILURE
        }
    };
    drop(control);
    drop(metrics);
    let _ = teller; // it ends with the process: a part may still hold the other end
    code
}

/// The counts, at the end.
fn tell(summary: &Summary, control: &Control, print: Print) {
    let all = control.counters.all();
    if print.json {
        let counts: serde_json::Map<_, _> =
            all.iter().map(|(name, _, n)| ((*name).to_owned(), (*n).into())).collect();
        let end = format!("{:?}", summary.end).to_lowercase();
        eprintln!("{}", serde_json::json!({ "end": end, "seconds": summary.seconds, "counts": counts }));
    } else if !print.quiet {
        let how = match summary.end {
            End::Complete => "done",
            End::Interrupted => "interrupted (files that are not whole end in .part)",
            End::Failed => "failed",
        };
        eprintln!("{how} after {:.1} s", summary.seconds);
        for (name, help, value) in all.iter().filter(|(name, _, n)| *n > 0 || matches!(*name, "in" | "out")) {
            eprintln!("{value:>12}  {:<13} {help}", name.replace('_', " "));
        }
    }
}

pub fn faulty(faults: &[Fault], print: Print) -> ExitCode {
    faults.iter().for_each(|fault| print_fault(fault, print.json));
    ExitCode::from(2)
}

/// A fault in the house's four lines, or as JSON.
pub fn print_fault(fault: &Fault, json: bool) {
    if json {
        let parts: serde_json::Map<_, _> = fault
            .parts()
            .into_iter()
            .filter(|(_, text)| !text.is_empty())
            .map(|(name, text)| (name.to_owned(), text.into()))
            .collect();
        eprintln!("{}", serde_json::Value::Object(parts));
    } else {
        eprintln!("{fault}");
    }
}

/// Opens the page where there is a browser; where there is none, the address is printed all the same.
fn open_browser(url: &str) {
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
