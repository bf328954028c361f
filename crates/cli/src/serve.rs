//! `passband serve`: pages over tables.

use crate::arguments::Page;
use crate::print::{self, Print, say};
use crate::table::Place;
use clap::Args;
use passband_serve::{Note, Options, Server};
use passband_signal::{Fault, Result};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};

/// `passband serve`
#[derive(Args)]
pub struct Serve {
    /// Tables: files such as rows.parquet, folders, patterns, or tables of the warehouse [default: all tables of the
    /// warehouse]. The first one with a row per recording, as `passband analyze` writes it, is the library. A recording, or
    /// a folder of recordings, is measured first.
    pub tables: Vec<String>,
    #[command(flatten)]
    pub place: Place,
    /// The file in which the rows of the recordings are kept for fast access; it can be deleted at any time [default: one
    /// for each table in the cache folder].
    #[arg(long)]
    pub store: Option<PathBuf>,
    /// Let queries read all files and recordings that this user can read, and not only the tables.
    #[arg(long)]
    pub files: bool,
    #[command(flatten)]
    pub page: Page,
}

pub fn serve(what: &Serve, print: Print) -> ExitCode {
    let (stop, stopped) = mpsc::channel();
    let serves = Arc::new(AtomicBool::new(false));
    let started = serves.clone();
    let interrupted = move || {
        if !started.load(Ordering::SeqCst) {
            // nothing that is read or measured has been changed
            std::process::exit(130);
        }
        let _ = stop.send(());
    };
    if ctrlc::set_handler(interrupted).is_err() {
        print::fault(&Fault::new("interruptions cannot be caught"), print.json);
        return ExitCode::FAILURE;
    }
    match start(what, print) {
        Ok(server) => {
            serves.store(true, Ordering::SeqCst);
            let _ = stopped.recv();
            drop(server);
            ExitCode::SUCCESS
        }
        Err(fault) => {
            print::fault(&fault, print.json);
            ExitCode::FAILURE
        }
    }
}

fn start(what: &Serve, print: Print) -> Result<Server> {
    let listen = passband_web::address(&what.page.listen("127.0.0.1:7374"));
    let listen = listen.map_err(|why| Fault::new(why).at("--listen"))?;
    let options = Options {
        tables: what.tables.clone(),
        warehouse: what.place.settings(),
        listen,
        token: what.page.token(),
        store: what.store.clone(),
        files: what.files,
    };
    let note = move |note| match note {
        Note::Unreadable(fault) => print::fault(&fault, print.json),
        Note::Measuring(text) if print.json => say(serde_json::json!({ "note": text })),
        Note::Measuring(text) if !print.quiet => say(text),
        Note::Measuring(_) => {}
    };
    let server = Server::start(options, note)?;
    let url = server.url();
    let shown = match url.split_once('?') {
        // the token is a secret and is not printed
        Some((address, _)) => format!("{address} (add ?token= and the token)"),
        None => url.clone(),
    };
    if print.json {
        let told = serde_json::json!({
            "url": url.split('?').next(), "recordings": server.recordings(), "tables": server.tables(),
        });
        say(told);
    } else if !print.quiet {
        let tables = server.tables().join(", ");
        say(format_args!("{} recordings; tables: {tables}", server.recordings()));
        say(format_args!("pages at {shown}"));
    }
    if what.page.opens() {
        crate::run::open_browser(&url);
    }
    Ok(server)
}
