//! `INSERT INTO` and `CREATE TABLE AS`: write the rows of a query to an Iceberg table in one commit.

mod assign;
mod change;
#[cfg(test)]
mod tests;

use super::fault::{Place, SqlError, find};
use super::parse::Statement;
use super::session::Session;
use crate::table::iceberg::Warehouse;
use crate::table::iceberg::append::{Appender, columns_of_files};
use assign::{Assignment, Given, kept};
pub use change::{Change, ViewChange, change, created, dropped, known, view_change};
use change::{Create, Insert};
use datafusion::arrow::array::{RecordBatch, UInt64Array};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::common::TableReference;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::logical_expr::{DdlStatement, LogicalPlan};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::StreamExt;
use iceberg::TableIdent;
use passband_signal::{Fault, Result};
use std::sync::Arc;

/// The answer to a statement that wrote this number of rows.
pub fn answer(rows: u64) -> SendableRecordBatchStream {
    let schema = Arc::new(Schema::new(vec![Field::new("rows", DataType::UInt64, false)]));
    let batch = RecordBatch::try_new(schema.clone(), vec![Arc::new(UInt64Array::from(vec![rows]))]);
    let batch = futures::stream::iter([batch.map_err(Into::into)]);
    Box::pin(RecordBatchStreamAdapter::new(schema, batch))
}

/// The name of a table in a warehouse.
pub fn named(reference: &TableReference) -> Result<(String, TableIdent)> {
    let name = match reference {
        TableReference::Bare { table } => table.to_string(),
        TableReference::Partial { schema, table } => format!("{schema}.{table}"),
        TableReference::Full { catalog, schema, table } => format!("{catalog}.{schema}.{table}"),
    };
    let is_path = matches!(reference, TableReference::Bare { table } if table.contains(['/', '.']));
    let ident = match is_path {
        true => Err(Fault::new(format!("{name} is a path, and INSERT and CREATE TABLE write to tables"))
            .fix(
                "name a table of the warehouse, such as features; for a file write the query, with -o FILE",
            )),
        false => Warehouse::name(&name),
    };
    Ok((name, ident?))
}

impl Session {
    /// Changes a table of the warehouse and returns the number of rows; `None` if it is a table of the session.
    pub(super) fn change(&self, change: Change, statement: &Statement) -> Result<Option<u64>, SqlError> {
        let table = match &change {
            Change::Insert(insert) => &insert.table,
            Change::Create(create) => &create.table,
        };
        let of_session = self.context.table_exist(table.clone()).unwrap_or(false);
        match change {
            Change::Insert(_) if of_session => Ok(None),
            Change::Insert(insert) => self.insert(insert, statement).map(Some),
            Change::Create(create) if of_session => {
                let fault = Fault::new(format!("there is a table {} in this session already", create.table));
                Err(told(fault.fix("choose another name"), statement, create.table.table()))
            }
            Change::Create(create) => self.create(create, statement).map(Some),
        }
    }

    fn insert(&self, insert: Insert, statement: &Statement) -> Result<u64, SqlError> {
        let (name, ident) =
            named(&insert.table).map_err(|fault| told(fault, statement, insert.table.table()))?;
        let warehouse = self.tables.warehouse().map_err(SqlError::Query)?;
        let known = match &warehouse {
            Some(warehouse) => warehouse.find(&ident).map_err(SqlError::Query)?.is_some(),
            None => false,
        };
        let Some(warehouse) = warehouse.filter(|_| known) else {
            let fault = Fault::new(format!("there is no table {name}"));
            let tables = self.tables();
            let fault = fault.why(super::names::meant(&name, tables.iter().map(String::as_str)));
            let fault =
                fault.fix(format!("correct the name, or create the table: CREATE TABLE {name} AS SELECT …"));
            return Err(told(fault, statement, insert.table.table()));
        };
        let plan = self.planned(statement, insert.query)?;
        let appender = Appender::to(warehouse, ident).map_err(SqlError::Query)?;
        let given = Given {
            query: plan.schema().as_arrow(),
            listed: &insert.columns,
            is_literal: insert.is_literal,
            run: appender.run(),
        };
        let columns = columns_of_files(appender.table()).map_err(SqlError::Query)?;
        let assignment = Assignment::new(columns, &name, &given)
            .map_err(|wrong| told(wrong.fault, statement, &wrong.column))?;
        self.pour(plan, statement, appender, &assignment)
    }

    fn create(&self, create: Create, statement: &Statement) -> Result<u64, SqlError> {
        let (name, ident) =
            named(&create.table).map_err(|fault| told(fault, statement, create.table.table()))?;
        if create.unless_there
            && let Some(warehouse) = self.tables.warehouse().map_err(SqlError::Query)?
            && warehouse.find(&ident).map_err(SqlError::Query)?.is_some()
        {
            return Ok(0);
        }
        let plan = match self.planned(statement, create.planned)? {
            LogicalPlan::Ddl(DdlStatement::CreateMemoryTable(table)) => {
                if table.constraints.iter().next().is_some() || !table.column_defaults.is_empty() {
                    let fault = Fault::new("keys, constraints and defaults of columns are not supported");
                    return Err(told(fault.fix("leave them out"), statement, create.table.table()));
                }
                Arc::unwrap_or_clone(table.input)
            }
            other => other,
        };
        let columns = columns(plan.schema().as_arrow(), create.of_query)
            .map_err(|(fault, column)| told(fault, statement, &column))?;
        let warehouse = self.tables.create().map_err(SqlError::Query)?;
        let appender =
            Appender::create(warehouse, ident, &columns, &create.partition).map_err(SqlError::Query)?;
        let given =
            Given { query: plan.schema().as_arrow(), listed: &[], is_literal: false, run: appender.run() };
        let assignment = columns_of_files(appender.table())
            .and_then(|table| Assignment::new(table, &name, &given).map_err(|wrong| wrong.fault));
        match assignment {
            Ok(assignment) => self.pour(plan, statement, appender, &assignment),
            Err(fault) => {
                appender.discard();
                Err(SqlError::Query(fault))
            }
        }
    }

    fn planned(
        &self,
        statement: &Statement,
        parsed: datafusion::sql::parser::Statement,
    ) -> Result<LogicalPlan, SqlError> {
        let plan = self.wait(self.plan(statement, parsed))?;
        plan.map_err(|error| self.fault(&error, statement))
    }

    /// Runs a query and appends its rows.
    fn pour(
        &self,
        plan: LogicalPlan,
        statement: &Statement,
        mut appender: Appender,
        assignment: &Assignment,
    ) -> Result<u64, SqlError> {
        let all = || {
            let begun =
                self.wait(async { self.context.execute_logical_plan(plan).await?.execute_stream().await })?;
            let mut rows = begun.map_err(|error| self.fault(&error, statement))?;
            while let Some(batch) = self.wait(rows.next())? {
                let batch = batch.map_err(|error| self.fault(&error, statement))?;
                let batch = assignment.rows(&batch).map_err(SqlError::Query)?;
                appender.write(&batch).map_err(SqlError::Query)?;
            }
            // an interruption after the last row counts too
            self.wait(async {})
        };
        match all() {
            Ok(()) => appender.commit().map_err(SqlError::Query),
            Err(error) => {
                appender.discard();
                Err(error)
            }
        }
    }
}

/// A fault of a statement, with the position of `word`.
pub fn told(fault: Fault, statement: &Statement, word: &str) -> SqlError {
    let place = find(statement, word).unwrap_or(Place::first(&statement.tokens));
    SqlError::Statement(fault.at(place.shown(&statement.text)))
}

/// The columns of a table created from a query, with their docs and units.
fn columns(query: &Schema, of_query: bool) -> Result<Schema, (Fault, String)> {
    let mut columns: Vec<Field> = vec![];
    for field in query.fields() {
        let (name, own) = (field.name(), field.name().clone());
        if name.is_empty() || name.contains('.') {
            let fault = Fault::new(format!("{name} cannot be the name of a column"));
            return Err((fault.fix("give it a name: SELECT avg(x) AS mean"), own));
        }
        if columns.iter().any(|known| known.name() == name) {
            let fault = Fault::new(format!("two columns would have the name {name}"));
            return Err((fault.fix("rename one: SELECT x AS other"), own));
        }
        let Some(kind) = kept(field.data_type()) else {
            let fault = Fault::new(format!("the column {name} cannot be stored in a table"));
            let fault = fault.why(format!("Iceberg has no type for {}", field.data_type()));
            return Err((fault.fix("convert it, for example CAST(x AS DOUBLE)"), own));
        };
        let about = |key: &str| Some((key.to_owned(), field.metadata().get(key)?.clone()));
        let about = ["doc", "unit"].into_iter().filter_map(about).collect();
        columns.push(Field::new(name, kind, of_query || field.is_nullable()).with_metadata(about));
    }
    Ok(Schema::new(columns))
}
