//! Commits that are made once, whatever becomes of their replies.
//!
//! A commit names itself in the snapshot's summary, and is made on condition that the table is as it was looked at. On
//! any doubt (a lost reply, a conflict, a catalogue that says nothing of a failed transaction) the table is loaded
//! again: if the commit is among the ancestors of the current snapshot it is done, else it is made again on what is
//! there now. Of two requests for one commit at most one can be granted, for both are bound to the same parent or the
//! later one is made in the knowledge of the earlier.

use super::history;
use super::pinned::Pinned;
use super::warehouse::{Warehouse, short};
use iceberg::TableIdent;
use iceberg::spec::DataFile;
use iceberg::table::Table;
use iceberg::transaction::{ApplyTransactionAction, Transaction};
use passband_signal::{Fault, Result};
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// How long a catalogue that is away, or other writers, are waited for.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long one request may take.
const REPLY: Duration = Duration::from_secs(30);
/// The pauses between attempts.
const FIRST: Duration = Duration::from_millis(20);
const LONGEST: Duration = Duration::from_secs(3);

/// A name that nothing else has: of a run, of a commit.
pub fn unique() -> String {
    use std::hash::{BuildHasher, Hasher, RandomState};
    // the keys of a hasher are random
    let half = || RandomState::new().build_hasher().finish();
    let time = std::time::UNIX_EPOCH.elapsed().map_or(0, |time| time.as_micros() as u64);
    format!("{time:014x}{:016x}", half() ^ u64::from(std::process::id()).rotate_left(32))
}

/// Appends files to a table, in one commit of this name, with the notes that `notes` gives of the table as it is.
///
/// # Errors   what `notes` says; a table that is gone; a catalogue that stays away (passing)
pub fn append(
    warehouse: &Warehouse,
    ident: &TableIdent,
    commit: &str,
    files: &[DataFile],
    notes: impl Fn(&Table) -> Result<HashMap<String, String>>,
) -> Result<Table> {
    let name = short(ident);
    let what = format!("rows cannot be committed to the table {name}");
    let within = |transaction: Transaction, table: &Table| {
        let mut summary = notes(table)?;
        summary.insert(history::COMMIT.into(), commit.to_owned());
        // a file is named by its run and a number, so none is there twice
        let action = transaction.fast_append().with_check_duplicate(false);
        let action = action.set_snapshot_properties(summary).add_data_files(files.iter().cloned());
        action.apply(transaction).map_err(|error| warehouse.fault(&what, error))
    };
    once(warehouse, ident, &what, |table| history::holds(table.metadata(), commit), within)
}

/// Makes a change of a table until it `is_made`, each attempt on the table as it is then.
///
/// # Errors   what `change` says; a table that is gone; a catalogue that stays away (passing)
pub fn once(
    warehouse: &Warehouse,
    ident: &TableIdent,
    what: &str,
    is_made: impl Fn(&Table) -> bool,
    change: impl Fn(Transaction, &Table) -> Result<Transaction>,
) -> Result<Table> {
    let (begun, mut pause, mut doubt) = (Instant::now(), FIRST, None::<Fault>);
    let mut nap = || {
        // writers that met once shall not meet again
        let share = unique().bytes().last().map_or(0, |byte| u32::from(byte) % 16);
        std::thread::sleep(pause + pause * share / 16);
        pause = (pause * 2).min(LONGEST);
    };
    let answered = |error: tokio::time::error::Elapsed| {
        let fault =
            Fault::new(what).at(warehouse.place()).why(format!("the catalogue has not answered: {error}"));
        fault.fix("check that it runs").passing()
    };
    loop {
        let load = async { tokio::time::timeout(REPLY, warehouse.catalog().load_table(ident)).await };
        let loaded = match warehouse.wait(load) {
            Ok(loaded) => loaded.map_err(|error| warehouse.fault(what, error)),
            Err(error) => Err(answered(error)),
        };
        let table = match loaded {
            Ok(table) => table,
            Err(fault) if fault.is_passing() && begun.elapsed() < PATIENCE => {
                nap();
                continue;
            }
            Err(fault) => return Err(fault),
        };
        if is_made(&table) {
            return Ok(table);
        }
        if let Some(fault) = doubt.take() {
            if !fault.is_passing() || begun.elapsed() > PATIENCE {
                return Err(fault);
            }
            nap();
            continue;
        }
        let transaction = change(Transaction::new(&table), &table)?;
        let pinned = Pinned::new(warehouse.catalog().clone(), table);
        let made = async { tokio::time::timeout(REPLY, transaction.commit(&pinned)).await };
        doubt = Some(match warehouse.wait(made) {
            // what is said to be done is looked for too
            Ok(Ok(_)) => Fault::new(what)
                .at(warehouse.place())
                .why("the catalogue granted it, and does not show it")
                .passing(),
            Ok(Err(error)) => warehouse.fault(what, error),
            Err(error) => answered(error),
        });
    }
}
