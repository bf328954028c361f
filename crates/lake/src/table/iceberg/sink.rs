//! The sink `iceberg`: writes rows to a table, and commits them with the positions that they settle.

use super::commit::unique;
use super::data_files::DataFiles;
use super::keeper::{Design, Identity, Keeper};
use super::ledger::Positions as Kept;
use super::rows::Rows;
use super::schema;
use super::warehouse::{Warehouse, WarehouseSettings};
use crate::table::columns;
use iceberg::spec::DataFile;
use iceberg::table::Table;
use passband_flow::config::{Named, PassedOn, Place};
use passband_flow::data::{Data, Form, Kind, Output, Positions, Refusal};
use passband_flow::part::{
    Commit, Commits, Committed, Context, Control, End, Sink, SinkPlan, Writes, Written,
};
use passband_flow::sink::RefusedFile;
use passband_signal::{Duration, Fault, Result};
use std::sync::Arc;
use std::time::{Duration as Wait, Instant};

passband_flow::settings! {
    /// Results as rows of an Apache Iceberg table, which DuckDB, Spark, PyIceberg, Trino and `passband sql` read.
    ///
    /// The table is made from the declaration of its records: a column for each field with its text and unit, one with
    /// the stream's name, and `_source` and `_run`, by which each row can be traced. Columns that come later are added;
    /// a table with other columns of these names is refused. With `exactly_once` the source's positions are committed
    /// in the snapshot that has the rows, so that each row is there once, whatever is killed. See `docs/tables.md`.
    pub struct Iceberg {
        /// The table: `features` (in the namespace `passband`) or `namespace.features`.
        table: String,
        /// Where tables are: a folder, a prefix in an object store such as `s3://bucket/tables`, or the name of the
        /// warehouse in a REST catalogue. The usual place is PASSBAND_WAREHOUSE, or else the folder `warehouse`.
        warehouse: Option<String>,
        /// The catalogue: a SQLite file, or the http(s) address of a REST catalogue. The usual one is PASSBAND_CATALOG, or
        /// else `catalog.db` in the folder of the warehouse.
        catalog: Option<String>,
        /// Options of the object store, as for `iq_files`. Secrets are never printed.
        store: PassedOn,
        /// How a new table is partitioned: columns, or `day(time)`, `hour(time)`, `bucket(16, stream)`, `truncate(4, stream)`.
        partition: Vec<String> = "",
        /// Other names for columns: `{ stream = "file_path" }`. A column that the results do not have is passed over.
        rename: Named,
        /// When rows become visible.
        delivery: Delivery = "exactly_once",
        /// How long rows wait at most to be committed. Each commit makes a snapshot and a file for each partition.
        commit_every: Duration = "1 min",
        /// Rows after which they are committed earlier.
        commit_rows: u64 = "1000000",
        /// The name under which positions are kept in the table. The usual name is that of the pipeline.
        writer: Option<String>,
        /// A file for what was refused, a line of JSON each.
        refused: Option<String>,
    }
}

passband_flow::choice! {
    /// When rows become visible.
    pub enum Delivery {
        /// As they come, with the positions of a source that keeps some: each row once.
        ExactlyOnce = "exactly_once",
        /// As they come, without positions; for a source that cannot be resumed.
        AtLeastOnce = "at_least_once",
        /// All at once when the source came to its end; a run that does not get so far adds nothing.
        WholeRun = "whole_run",
    }
}

impl Iceberg {
    fn settings(&self) -> WarehouseSettings {
        WarehouseSettings {
            warehouse: self.warehouse.clone(),
            catalog: self.catalog.clone(),
            store: self.store.clone(),
        }
    }
}

impl SinkPlan for Iceberg {
    fn refuses(&self, kind: Kind) -> Option<String> {
        let Some(declared) = kind.declaration() else {
            return Some(format!("there are no columns of {kind}"));
        };
        columns::schema((declared.of)(Form::Plain)).err()
    }
    fn one_kind(&self) -> bool {
        true
    }
    fn exactly_once(&self) -> bool {
        self.delivery == Delivery::ExactlyOnce
    }
    fn commits_at_the_end(&self) -> bool {
        self.delivery == Delivery::WholeRun
    }
    fn commit_every(&self) -> Wait {
        // checkpoints are more frequent than commits, because they bound the amount of data that is read again
        self.commit_every.std().clamp(Wait::from_millis(1), Wait::from_secs(1))
    }
    fn writes(&self) -> Vec<Writes> {
        self.refused.clone().map(Writes::Appended).into_iter().collect()
    }
    fn check(&self, place: &Place, faults: &mut Vec<Fault>) {
        let mut told = |setting: &str, fault: Fault| faults.push(fault.within(&place.of(setting)));
        if let Err(fault) = Warehouse::name(&self.table) {
            told("table", fault);
        }
        if let Err(fault) = self.settings().check() {
            told("warehouse", fault);
        }
        for text in &self.partition {
            if let Err(fault) = schema::partition(text) {
                told("partition", fault);
            }
        }
        if self.commit_rows == 0 {
            told("commit_rows", Fault::new("a commit of no rows").fix("set it to 1 or more"));
        }
    }

    fn open(&self, kinds: &[Kind], context: &Context) -> Result<Box<dyn Sink>> {
        let warehouse = Warehouse::create(&self.settings())?;
        let identity = Identity {
            writer: self.writer.clone().unwrap_or_else(|| context.pipeline.clone()),
            run: unique(),
            pipeline: context.pipeline.clone(),
            shared: context.settle.is_some(),
        };
        let keeper = Arc::new(Keeper::new(warehouse, Warehouse::name(&self.table)?, identity));
        let kind = kinds.first().map_or("", |kind| kind.name());
        let sink = Writer {
            keeper,
            plan: self.clone(),
            kind,
            control: context.control.clone(),
            rows: None,
            table: None,
            open: None,
            closed: vec![],
            files: 0,
            waiting: 0,
            since: None,
            settled: None,
            unsettled: false,
            committed: 0,
            safe: None,
            refused: self.refused.as_deref().map(RefusedFile::new),
        };
        // an incompatible table is reported before results are computed
        if let Some(table) = sink.keeper.warehouse.find(&sink.keeper.ident)? {
            let known = kinds.first().and_then(|kind| kind.declaration());
            // for some kinds, the first record determines the fields
            let known = known.map_or(&[][..], |known| (known.of)(Form::Plain));
            if !known.is_empty() {
                let wanted = schema::declared(&*schema::columns(known, &self.rename)?)?;
                schema::missing(&wanted, table.metadata().current_schema(), &sink.keeper.name())?;
            }
            sink.warn(&table);
        }
        Ok(Box::new(sink))
    }
}

struct Writer {
    keeper: Arc<Keeper>,
    plan: Iceberg,
    kind: &'static str,
    control: Control,
    /// Rows that are not in a file yet.
    rows: Option<Rows>,
    /// The table for which the files are written.
    table: Option<Table>,
    open: Option<DataFiles>,
    /// Completed files that are not committed.
    closed: Vec<DataFile>,
    /// Number of file writers started, used in file names.
    files: u32,
    /// Number of rows that are not committed.
    waiting: u64,
    /// When the oldest of them arrived.
    since: Option<Instant>,
    /// The positions that the rows so far settle.
    settled: Option<Positions>,
    /// Whether rows arrived after these positions.
    unsettled: bool,
    committed: u64,
    /// The positions of the last commit.
    safe: Option<Positions>,
    refused: Option<RefusedFile>,
}

/// Number of manifests from which planning a query takes noticeable time.
const MANIFESTS: usize = 1000;

impl Writer {
    fn warn(&self, table: &Table) {
        let Some(snapshot) = table.metadata().current_snapshot() else { return };
        let reader = table.manifest_list_reader(snapshot);
        let Ok(list) = self.keeper.warehouse.wait(reader.load()) else { return };
        let count = list.entries().len();
        if count >= MANIFESTS {
            let name = self.keeper.name();
            self.control.note(|| {
                format!("the table {name} has {count} manifests, one for each commit, and queries read them all: rewrite them with Spark (CALL system.rewrite_manifests), and set a longer commit_every")
            });
        }
    }

    /// Writes the buffered rows to files.
    fn flush(&mut self) -> Result<()> {
        let Some(rows) = self.rows.as_mut().filter(|rows| rows.len() > 0) else { return Ok(()) };
        let batch = rows.take(&self.keeper.identity.run)?;
        let Some(table) = &self.table else { return Ok(()) };
        let files = match &mut self.open {
            Some(files) => files,
            None => {
                self.files += 1;
                let name = format!("{}-{:05}", self.keeper.identity.run, self.files);
                self.open.insert(DataFiles::begin(table, &name)?)
            }
        };
        self.keeper.warehouse.wait(files.write(&batch))
    }

    /// Completes the files that are open.
    fn close(&mut self) -> Result<()> {
        if let Some(files) = self.open.take() {
            self.closed.extend(self.keeper.warehouse.wait(files.close())?);
        }
        Ok(())
    }

    /// Prepares for rows with the fields of this record.
    fn turn(&mut self, output: &Output) -> Result<()> {
        let Some(record) = output.data.record() else {
            return Err(Fault::new(format!("there are no columns of {}", output.data.kind())));
        };
        let fields = record.fields(Form::Plain);
        if self.rows.as_ref().is_some_and(|rows| rows.takes(fields)) && self.table.is_some() {
            return Ok(());
        }
        self.flush()?;
        let rows = Rows::new(fields, &self.plan.rename)?;
        let design = Design { partition: &self.plan.partition, kind: self.kind };
        let table = self.keeper.table(&rows.columns, &design)?;
        let before = self.table.as_ref().map(|table| table.metadata().current_schema_id());
        if before != Some(table.metadata().current_schema_id()) {
            // all rows of a file have the same schema
            self.close()?;
        }
        self.rows = Some(rows);
        self.table = Some(table);
        Ok(())
    }

    fn is_due(&self) -> bool {
        self.waiting >= self.plan.commit_rows
            || self.keeper.must_commit()
            || self.since.is_some_and(|since| since.elapsed() >= self.plan.commit_every.std())
    }

    /// Commits the waiting rows, together with the positions that they settle.
    fn deliver(&mut self) -> Result<()> {
        self.flush()?;
        self.close()?;
        let settled = self.settled.take().unwrap_or_default();
        self.safe = Some(settled.clone());
        let positions = match self.plan.delivery {
            Delivery::ExactlyOnce => settled,
            _ => Positions::new(),
        };
        // without a table, positions need not be stored: there are no rows either
        if self.closed.is_empty()
            && (positions.is_empty() || self.keeper.warehouse.find(&self.keeper.ident)?.is_none())
        {
            return Ok(());
        }
        let moved: Kept = positions.into_iter().map(|(shard, position)| (shard, Some(position))).collect();
        let table = self.keeper.commit(&self.closed, &moved, self.plan.delivery == Delivery::ExactlyOnce)?;
        self.table = self.table.is_some().then_some(table);
        self.closed.clear();
        self.committed += std::mem::take(&mut self.waiting);
        self.since = None;
        Ok(())
    }

    /// Removes files that will never be committed.
    fn discard(&mut self) {
        let (rows, name) = (self.waiting, self.keeper.name());
        if rows > 0 && self.plan.delivery == Delivery::WholeRun {
            self.control.note(|| {
                format!("the run did not finish: its {rows} rows are not committed to the table {name}")
            });
        }
        self.rows = None;
        if self.close().is_err() {
            self.open = None;
        }
        let Some(table) = &self.table else { return };
        for file in self.closed.drain(..) {
            // a file that cannot be removed is an orphan, which `passband table orphans` lists
            let _ = self.keeper.warehouse.wait(table.file_io().delete(file.file_path()));
        }
    }
}

impl Sink for Writer {
    fn write(&mut self, output: &Output) -> Result<()> {
        if matches!(output.data, Data::Pane(_)) {
            return Ok(());
        }
        self.turn(output)?;
        self.keeper.waits(output.origin.shard);
        self.unsettled = true;
        self.waiting += 1;
        self.since.get_or_insert_with(Instant::now);
        let Some(rows) = &mut self.rows else { return Ok(()) };
        rows.add(output);
        if rows.is_full() { self.flush() } else { Ok(()) }
    }

    fn refuse(&mut self, refusal: &Refusal) -> Result<bool> {
        self.refused.as_mut().map_or(Ok(false), |file| file.add(refusal).map(|()| true))
    }

    fn ledger(&self) -> Commits {
        match self.plan.delivery {
            Delivery::ExactlyOnce => Commits::Kept(self.keeper.clone()),
            _ => Commits::Results,
        }
    }

    fn commit(&mut self, positions: &Positions, when: Commit) -> Result<Committed> {
        // asked again for what was committed while there was nothing to write
        if self.waiting == 0 && !positions.is_empty() && self.safe.as_ref() == Some(positions) {
            return Ok(Committed::Safe);
        }
        self.settled.get_or_insert_default().extend(positions.clone());
        self.unsettled = false;
        let wanted = when == Commit::Now || self.is_due();
        if self.plan.delivery == Delivery::WholeRun || !wanted {
            return Ok(if self.waiting == 0 { Committed::Empty } else { Committed::Later });
        }
        self.deliver().map(|()| Committed::Safe)
    }

    fn idle(&mut self) -> Result<()> {
        // rows after the last checkpoint are not settled by its positions
        let may = self.plan.delivery != Delivery::WholeRun && !self.unsettled;
        if may && self.waiting > 0 && self.is_due() { self.deliver() } else { Ok(()) }
    }

    fn finish(&mut self, end: End) -> Result<()> {
        let keeps = match (self.plan.delivery, end) {
            (_, End::Failed) => false,
            (Delivery::WholeRun, end) => end == End::Complete,
            (Delivery::ExactlyOnce, _) => !self.unsettled,
            (Delivery::AtLeastOnce, _) => true,
        };
        if keeps && self.waiting > 0 {
            self.deliver()?;
        }
        self.discard();
        Ok(())
    }

    fn written(&self) -> Vec<Written> {
        let to = format!("table {} of {}", self.keeper.name(), self.keeper.warehouse.place());
        let own = Written { to, bytes: None, rows: self.committed, of: "rows", whole: true };
        std::iter::once(own).chain(self.refused.as_ref().and_then(RefusedFile::written)).collect()
    }
}
