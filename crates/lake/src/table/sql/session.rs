//! A session: what statements share, and how each is run.

use super::fault::{Known, SqlError, explain};
use super::files::{Files, is_path, store_error};
use super::fingerprints;
use super::functions::{Functions, TABLE_FUNCTIONS};
use super::measures;
use super::parse::{Statement, statements};
use super::tables::{IcebergTable, Tables, take_versions};
use super::write::{Change, ViewChange, answer, change, created, dropped, known, named, told, view_change};
use crate::table::iceberg::WarehouseSettings;
use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::datatypes::{SchemaRef, UInt64Type};
use datafusion::catalog::MemorySchemaProvider;
use datafusion::common::{DataFusionError, TableReference};
use datafusion::datasource::ViewTable;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::context::{SessionConfig, SessionContext};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::logical_expr::{DdlStatement, LogicalPlan};
use datafusion::sql::parser::Statement as Parsed;
use futures::StreamExt;
use passband_flow::Control;
use passband_signal::{Fault, Result};
use std::collections::HashMap;
use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Notify;

/// Keywords that are completed.
const KEYWORDS: &str = "SELECT FROM WHERE GROUP ORDER BY HAVING LIMIT OFFSET JOIN LEFT RIGHT FULL INNER CROSS ON USING WITH \
    UNION ALL DISTINCT EXCEPT INTERSECT INSERT INTO VALUES CREATE TABLE VIEW DROP EXPLAIN ANALYZE \
    DESCRIBE SHOW TABLES FUNCTIONS BETWEEN CASE VERSION TIMESTAMP PARTITION OVER UNNEST INTERVAL \
    TEMPORARY PARTITIONED";

/// The stack of each thread: the engine walks long expressions by recursion.
pub(super) const STACK: usize = 64 << 20;

/// SQL over files, recordings and tables. Statements of one session share its views and settings.
///
/// ```
/// use passband_lake::table::sql::Session;
/// let mut session = Session::new()?;
/// let statements = session.parse("SELECT 1 + 1 AS two; SELECT 3")?;
/// let mut answer = session.run(&statements[0])?;
/// assert_eq!(answer.schema().field(0).name(), "two");
/// assert_eq!(answer.next_rows()?.unwrap().num_rows(), 1);
/// assert!(answer.next_rows()?.is_none());
/// # Ok::<(), passband_signal::Fault>(())
/// ```
pub struct Session {
    pub(super) context: SessionContext,
    pub(super) tables: Tables,
    /// The statements that created the views of the session.
    views: Mutex<HashMap<TableReference, Statement>>,
    shared: Arc<Shared>,
    interrupt: Interrupt,
    /// Dropped without waiting for what it still does.
    runtime: Option<Runtime>,
}

/// What the tables of a session share.
pub struct Shared {
    pub(super) files: Files,
    notes: Box<dyn Fn(String) + Send + Sync>,
    refused: AtomicU64,
    /// The files that may be read; anything, if it is not set.
    readable: OnceLock<Vec<String>>,
}

impl Shared {
    /// What a pipeline of the engine is watched and stopped by; its notes are those of the session.
    pub(super) fn control(self: &Arc<Self>) -> Control {
        let shared = self.clone();
        Control::with_notes(move |note| (shared.notes)(note))
    }

    /// Refuses to read a path, unless it is one of those that may be read.
    pub(super) fn may_read(&self, path: &str) -> Result<()> {
        match self.readable.get() {
            Some(readable) if !readable.iter().any(|known| known == path) => {
                let fault = Fault::new(format!("the file {path} must not be read"));
                Err(fault
                    .why("queries are restricted to tables by their names")
                    .fix("name one of the tables"))
            }
            _ => Ok(()),
        }
    }

    /// Counts recordings that could not be measured.
    pub(super) fn refuse(&self, count: u64) {
        self.refused.fetch_add(count, Ordering::SeqCst);
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shared")
    }
}

/// Stops a running statement, from any thread.
#[derive(Clone, Default)]
pub struct Interrupt(Arc<(AtomicBool, Notify)>);

impl Interrupt {
    /// Stops the running statement; the next one is not affected.
    pub fn stop(&self) {
        self.0.0.store(true, Ordering::SeqCst);
        self.0.1.notify_waiters();
    }

    /// Whether the running statement was stopped.
    pub fn is_stopped(&self) -> bool {
        self.0.0.load(Ordering::SeqCst)
    }

    fn begin(&self) {
        self.0.0.store(false, Ordering::SeqCst);
    }

    /// Does it, unless it is stopped before.
    async fn unless<T>(&self, task: impl Future<Output = T>) -> Result<T, SqlError> {
        let mut task = std::pin::pin!(task);
        loop {
            let stopped = self.0.1.notified();
            if self.is_stopped() {
                return Err(SqlError::Interrupted);
            }
            tokio::select! {
                done = &mut task => return Ok(done),
                () = stopped => {}
                // a stop between the look and the wait is seen here
                () = tokio::time::sleep(Duration::from_millis(100)) => {}
            }
        }
    }
}

/// The rows of a statement, as they come.
pub struct Answer<'a> {
    session: &'a Session,
    statement: &'a Statement,
    schema: SchemaRef,
    rows: SendableRecordBatchStream,
    /// Whether the statement is complete and can no longer be interrupted.
    is_settled: bool,
}

impl Session {
    /// A session whose notes, such as which recordings were refused and why, go nowhere.
    pub fn new() -> Result<Self> {
        Self::with_notes(WarehouseSettings::default(), |_| {})
    }

    /// A session with the tables of a warehouse, whose notes go to `notes`. The warehouse is opened when a statement
    /// first names a table in it.
    pub fn with_notes(
        warehouse: WarehouseSettings,
        notes: impl Fn(String) + Send + Sync + 'static,
    ) -> Result<Self> {
        let runtime =
            Builder::new_multi_thread().enable_all().thread_name("sql").thread_stack_size(STACK).build();
        let runtime = runtime.map_err(|error| Fault::new("no threads for the queries").why(error))?;
        let mut config = SessionConfig::new().with_information_schema(true);
        let options = config.options_mut();
        options.sql_parser.collect_spans = true;
        // a folder is read with the folders in it
        options.execution.listing_table_ignore_subdirectory = false;
        options.execution.parquet.pushdown_filters = true;
        options.execution.time_zone = Some("UTC".into());
        // a folder is listed anew for each statement: other programs write to it meanwhile
        let environment = RuntimeEnvBuilder::new().with_object_list_cache_limit(0).build_arc();
        let environment =
            environment.map_err(|error| Fault::new("the query engine cannot start").why(error))?;
        let context = SessionContext::new_with_config_rt(config, environment);
        measures::all().for_each(|function| context.register_udf(function));
        context.register_udf(fingerprints::function());
        let (files, readable) = (Files::default(), OnceLock::new());
        let shared = Shared { files, notes: Box::new(notes), refused: AtomicU64::new(0), readable };
        let shared = Arc::new(shared);
        let planned = context.register_relation_planner(Arc::new(Functions(shared.clone())));
        planned.map_err(|error| Fault::new("the functions cannot be registered").why(error))?;
        let tables = Tables::new(warehouse);
        let views = Mutex::default();
        Ok(Self { context, tables, views, shared, interrupt: Interrupt::default(), runtime: Some(runtime) })
    }

    /// Restricts the following statements to queries, over tables and views by their names and over these files.
    pub fn restrict_to(&self, files: Vec<String>) {
        // restrictions are never lifted
        let _ = self.shared.readable.set(files);
    }

    /// What stops a running statement.
    pub fn interrupt(&self) -> Interrupt {
        self.interrupt.clone()
    }

    /// The statements of a text.
    ///
    /// # Errors  what is no SQL, with its place
    pub fn parse(&self, text: &str) -> Result<Vec<Statement>, SqlError> {
        statements(text).map_err(SqlError::Statement)
    }

    /// Begins a statement; its rows come from the answer. `INSERT` and `CREATE TABLE` are complete when this
    /// returns: their rows are committed in one commit, and the answer has one row with their number.
    ///
    /// # Errors  names that are not known, with those that could be meant; files that cannot be read; rows that do not
    /// fit a table
    pub fn run<'a>(&'a self, statement: &'a Statement) -> Result<Answer<'a>, SqlError> {
        self.interrupt.begin();
        self.shared.files.begin();
        if let Some(fault) = statement.refused() {
            return Err(SqlError::Statement(fault));
        }
        if self.shared.readable.get().is_some() && !statement.is_query() {
            let fault = Fault::new("only queries are answered here").why("the tables are read only");
            return Err(told(fault.fix("write SELECT, EXPLAIN, DESCRIBE or SHOW"), statement, ""));
        }
        let changes = change(&statement.parsed);
        let is_insert = matches!(changes, Ok(Some(Change::Insert(_))));
        if let Some(changes) = changes.map_err(|fault| told(fault, statement, ""))?
            && let Some(count) = self.change(changes, statement)?
        {
            // the rows are committed, so the answer is given even if an interruption came meanwhile
            return Ok(Answer { is_settled: true, ..self.answer(statement, answer(count)) });
        }
        if let Some(fault) = self.kept(statement)? {
            return Err(told(fault, statement, "DROP"));
        }
        let begun = self.wait(self.begin(statement))?;
        let rows = begun.map_err(|error| self.fault(&error, statement))?;
        let mut answered = self.answer(statement, rows);
        match is_insert {
            true => {
                let count = answered.count()?;
                Ok(self.answer(statement, answer(count)))
            }
            false => Ok(answered),
        }
    }

    fn answer<'a>(&'a self, statement: &'a Statement, rows: SendableRecordBatchStream) -> Answer<'a> {
        Answer { session: self, statement, schema: rows.schema(), rows, is_settled: false }
    }

    /// The fault of a statement that drops a table of the warehouse.
    fn kept(&self, statement: &Statement) -> Result<Option<Fault>, SqlError> {
        let Some(table) = dropped(&statement.parsed) else { return Ok(None) };
        let Ok((name, _)) = named(&table) else { return Ok(None) };
        let of_session = self.context.table_exist(table).unwrap_or(false);
        if of_session || !self.tables.names().contains(&name) {
            return Ok(None);
        }
        let fault = Fault::new(format!("the table {name} of the warehouse is not dropped"));
        let fault = fault.why("DROP TABLE is for tables of the session");
        Ok(Some(fault.fix("drop it by another engine, such as PyIceberg: catalog.drop_table(…)")))
    }

    /// Why this file must not be written by the statement that was begun last, if so: it is one that is read.
    pub fn reads(&self, output: &Path) -> Option<String> {
        self.shared.files.is_read(output)
    }

    /// How many recordings could not be measured so far.
    pub fn refused(&self) -> u64 {
        self.shared.refused.load(Ordering::SeqCst)
    }

    pub(super) fn wait<T>(&self, task: impl Future<Output = T>) -> Result<T, SqlError> {
        match &self.runtime {
            Some(runtime) => runtime.block_on(self.interrupt.unless(task)),
            None => Err(SqlError::Interrupted),
        }
    }

    async fn begin(&self, statement: &Statement) -> Result<SendableRecordBatchStream, DataFusionError> {
        let mut parsed = statement.parsed.clone();
        known(&mut parsed);
        let plan = self.plan(statement, parsed).await?;
        if let LogicalPlan::Ddl(DdlStatement::CreateExternalTable(_)) = &plan {
            return Err(DataFusionError::NotImplemented("CREATE EXTERNAL TABLE".into()));
        }
        let frame = self.context.execute_logical_plan(plan).await?;
        self.note_view(statement);
        frame.execute_stream().await
    }

    /// The plan of a statement, with the files and Iceberg tables that it names as tables while it is planned.
    pub(super) async fn plan(
        &self,
        statement: &Statement,
        mut parsed: Parsed,
    ) -> Result<LogicalPlan, DataFusionError> {
        let carried = |fault: Fault| DataFusionError::External(Box::new(fault));
        let versioned = take_versions(&mut parsed).map_err(carried)?;
        let mut named: Vec<TableReference> = vec![];
        for one in &versioned {
            let table = self.tables.table(&one.of, Some(&one.version)).await.map_err(carried)?;
            let table = table.ok_or_else(|| carried(Fault::new(format!("there is no table {}", one.of))))?;
            let reference = TableReference::bare(one.name.as_str());
            if !self.context.table_exist(reference.clone())? {
                self.context.register_table(reference.clone(), table)?;
                named.push(reference);
            }
        }
        let created = created(&parsed);
        for reference in self.context.state().resolve_table_references(&parsed)? {
            // there may be no warehouse yet to look for it in
            if created.as_ref() == Some(&reference) {
                continue;
            }
            if self.context.table_exist(reference.clone()).unwrap_or(false) {
                self.renew(&reference).await?;
                continue;
            }
            // a path is written in quotes; a name without them is that of a table or function
            let table = match &reference {
                TableReference::Bare { table } if statement.quotes(table) => {
                    if is_path(table) {
                        self.shared.may_read(table).map_err(carried)?;
                    }
                    self.shared.files.table(table, &self.context).await.map_err(carried)?
                }
                _ => None,
            };
            let table = match table {
                None => match self.tables.table(&reference, None).await {
                    // a table function does not need a warehouse
                    Err(_) if self.context.table_function(reference.table()).is_ok() => None,
                    table => table.map_err(carried)?,
                },
                table => table,
            };
            if let Some(table) = table {
                if let Some(folder) =
                    table.as_any().downcast_ref::<IcebergTable>().and_then(IcebergTable::folder)
                {
                    self.shared.files.reads_folder(&folder);
                }
                self.add_schema(&reference)?;
                self.context.register_table(reference.clone(), table)?;
                named.push(reference);
            }
        }
        let plan = self.context.state().statement_to_plan(parsed).await;
        // a file or a table may be another one by the next statement
        for reference in named {
            self.context.deregister_table(reference)?;
        }
        plan
    }

    /// Plans a view again, over its tables and files as they are now.
    async fn renew(&self, reference: &TableReference) -> Result<(), DataFusionError> {
        let views = || self.views.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(defined) = views().get(reference).cloned() else { return Ok(()) };
        let LogicalPlan::Ddl(DdlStatement::CreateView(view)) =
            Box::pin(self.plan(&defined, defined.parsed.clone())).await?
        else {
            return Ok(());
        };
        self.context.deregister_table(reference.clone())?;
        let view = ViewTable::new(Arc::unwrap_or_clone(view.input), view.definition);
        self.context.register_table(reference.clone(), Arc::new(view)).map(drop)
    }

    /// Keeps the definition of a view that was created, and forgets that of one that was dropped.
    fn note_view(&self, statement: &Statement) {
        let mut views = self.views.lock().unwrap_or_else(PoisonError::into_inner);
        match view_change(&statement.parsed) {
            Some(ViewChange::Created(view)) => drop(views.insert(view, statement.clone())),
            Some(ViewChange::Dropped(names)) => names.iter().for_each(|name| drop(views.remove(name))),
            None => {}
        }
    }

    /// Makes the schema of a table that is named with its namespace.
    fn add_schema(&self, reference: &TableReference) -> Result<(), DataFusionError> {
        let TableReference::Partial { schema, .. } = reference else { return Ok(()) };
        let options = self.context.copied_config();
        let catalog = self.context.catalog(&options.options().catalog.default_catalog);
        if let Some(catalog) = catalog.filter(|catalog| catalog.schema(schema).is_none()) {
            catalog.register_schema(schema, Arc::new(MemorySchemaProvider::new()))?;
        }
        Ok(())
    }

    fn known(&self) -> Known {
        let state = self.context.state();
        let functions = state.scalar_functions().keys().chain(state.aggregate_functions().keys());
        let functions =
            functions.chain(state.window_functions().keys()).chain(state.table_functions().keys());
        let functions =
            functions.map(String::as_str).chain(TABLE_FUNCTIONS.iter().map(|function| function.name));
        Known { tables: self.tables(), functions: functions.map(str::to_owned).collect() }
    }

    /// The names of the tables and views.
    pub fn tables(&self) -> Vec<String> {
        let schemas = self.context.catalog_names().into_iter().filter_map(|name| self.context.catalog(&name));
        let schemas = schemas.flat_map(|catalog| {
            let names = catalog.schema_names().into_iter().filter(|name| name != "information_schema");
            names.filter_map(|name| catalog.schema(&name)).collect::<Vec<_>>()
        });
        let mut names: Vec<String> = schemas.flat_map(|schema| schema.table_names()).collect();
        names.extend(self.tables.names());
        names.sort();
        names.dedup();
        names
    }

    /// Words for completion: keywords, tables, functions, and the columns of tables that need not be read.
    pub fn words(&self) -> Vec<String> {
        let Known { tables, functions } = self.known();
        let mut words: Vec<String> = KEYWORDS.split(' ').map(str::to_owned).collect();
        words.extend(tables.into_iter().chain(functions));
        words.extend(super::recordings::columns());
        words.sort();
        words.dedup();
        words
    }

    pub(super) fn fault(&self, error: &DataFusionError, statement: &Statement) -> SqlError {
        match store_error(error) {
            Some(_) => SqlError::Query(self.shared.files.fault(error, "")),
            None => explain(error, statement, &self.known()),
        }
    }
}

impl Answer<'_> {
    /// The number that the engine answers to an `INSERT`.
    fn count(&mut self) -> Result<u64, SqlError> {
        let mut count = 0;
        while let Some(batch) = self.next_rows()? {
            let numbers = batch.columns().first().and_then(|column| column.as_primitive_opt::<UInt64Type>());
            count += numbers.map_or(0, |numbers| numbers.values().iter().sum());
        }
        Ok(count)
    }

    /// The columns.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The next rows; none at the end.
    ///
    /// # Errors  a row that cannot be computed, a file that breaks off, an interruption
    pub fn next_rows(&mut self) -> Result<Option<RecordBatch>, SqlError> {
        let Self { session, statement, rows, is_settled, .. } = self;
        if *is_settled {
            session.interrupt.begin();
        }
        match session.wait(rows.next())? {
            Some(Ok(batch)) => Ok(Some(batch)),
            Some(Err(error)) => Err(session.fault(&error, statement)),
            None => Ok(None),
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
