//! Commits that are applied exactly once, even if a reply is lost.
//!
//! The snapshot summary of a commit contains its id, and a commit requires that the table is unchanged since it was
//! loaded. In any doubt (a lost reply, a conflict, a catalogue that does not report a failed transaction), the table is
//! loaded again: if the commit is an ancestor of the current snapshot, it was applied; otherwise it is repeated on the
//! current state. At most one of two requests for a commit can succeed: either both require the same parent, or the
//! later one was made after the earlier one had been seen.

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

/// How long to wait for an unavailable catalogue, or for other writers.
const PATIENCE: Duration = Duration::from_secs(60);
/// Time limit of one request.
const REPLY: Duration = Duration::from_secs(30);
/// The first pause between attempts.
const FIRST: Duration = Duration::from_millis(20);
const LONGEST: Duration = Duration::from_secs(3);

/// A unique id, of a run or a commit.
pub fn unique() -> String {
    use std::hash::{BuildHasher, Hasher, RandomState};
    // the keys of a hasher are random
    let half = || RandomState::new().build_hasher().finish();
    let time = std::time::UNIX_EPOCH.elapsed().map_or(0, |time| time.as_micros() as u64);
    format!("{time:014x}{:016x}", half() ^ u64::from(std::process::id()).rotate_left(32))
}

/// Appends files to a table in a single commit with the id `commit`; `notes` returns the summary entries for the
/// current table.
///
/// # Errors   those of `notes`; a table that no longer exists; an unavailable catalogue (transient)
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
        // file names consist of the run and a number, so there are no duplicates
        let action = transaction.fast_append().with_check_duplicate(false);
        let action = action.set_snapshot_properties(summary).add_data_files(files.iter().cloned());
        action.apply(transaction).map_err(|error| warehouse.fault(&what, error))
    };
    once(warehouse, ident, &what, |table| history::holds(table.metadata(), commit), within)
}

/// Applies a change to a table until `is_made` returns true; each attempt is based on the table at that time.
///
/// # Errors   those of `change`; a table that no longer exists; an unavailable catalogue (transient)
pub fn once(
    warehouse: &Warehouse,
    ident: &TableIdent,
    what: &str,
    is_made: impl Fn(&Table) -> bool,
    change: impl Fn(Transaction, &Table) -> Result<Transaction>,
) -> Result<Table> {
    let (begun, mut pause, mut doubt) = (Instant::now(), FIRST, None::<Fault>);
    let mut nap = || {
        // jitter, so that conflicting writers do not conflict again
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
            // a reported success is verified as well
            Ok(Ok(_)) => Fault::new(what)
                .at(warehouse.place())
                .why("the catalogue confirmed it, but does not list the commit")
                .passing(),
            Ok(Err(error)) => warehouse.fault(what, error),
            Err(error) => answered(error),
        });
    }
}
