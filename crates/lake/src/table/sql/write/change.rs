//! Parses the statements that write rows.

use super::super::tables::{normal, reference};
use datafusion::common::TableReference;
use datafusion::sql::parser::Statement as Parsed;
use datafusion::sql::sqlparser::ast::{
    CreateTable, Expr, Insert as Inserted, ObjectType, Query, SetExpr, Statement as Sql, TableObject,
};
use passband_signal::{Fault, Result};

/// A statement that writes rows.
pub enum Change {
    Insert(Insert),
    Create(Create),
}

/// `INSERT INTO table (columns) query`.
pub struct Insert {
    pub table: TableReference,
    /// The listed columns; empty if none are listed.
    pub columns: Vec<String>,
    pub query: Parsed,
    /// Whether the rows are literals (`VALUES`), so that strings may be parsed as times and decimals.
    pub is_literal: bool,
}

/// `CREATE TABLE table PARTITIONED BY (partition) AS query`, or with columns in place of the query.
pub struct Create {
    pub table: TableReference,
    pub partition: Vec<String>,
    pub unless_there: bool,
    /// The statement in a form that the query engine can plan.
    pub planned: Parsed,
    /// Whether the columns come from a query, and are then nullable.
    pub of_query: bool,
}

/// The change that a statement makes, if any.
///
/// # Errors  forms of these statements that append-only tables do not support
pub fn change(parsed: &Parsed) -> Result<Option<Change>> {
    let Parsed::Statement(sql) = parsed else { return Ok(None) };
    match &**sql {
        Sql::Insert(insert) => self::insert(insert).map(Some),
        Sql::CreateTable(table) if !table.temporary => create(table).map(Some),
        _ => Ok(None),
    }
}

/// The table that a statement drops.
pub fn dropped(parsed: &Parsed) -> Option<TableReference> {
    let Parsed::Statement(sql) = parsed else { return None };
    match &**sql {
        Sql::Drop { object_type: ObjectType::Table, names, .. } => names.first().map(reference),
        _ => None,
    }
}

/// A change of the views of a session.
pub enum ViewChange {
    Created(TableReference),
    Dropped(Vec<TableReference>),
}

/// The change of views that a statement makes, if any.
pub fn view_change(parsed: &Parsed) -> Option<ViewChange> {
    let Parsed::Statement(sql) = parsed else { return None };
    match &**sql {
        Sql::CreateView(view) => Some(ViewChange::Created(reference(&view.name))),
        Sql::Drop { object_type: ObjectType::View, names, .. } => {
            Some(ViewChange::Dropped(names.iter().map(reference).collect()))
        }
        _ => None,
    }
}

/// The table or view that a statement creates.
pub fn created(parsed: &Parsed) -> Option<TableReference> {
    let Parsed::Statement(sql) = parsed else { return None };
    match &**sql {
        Sql::CreateTable(table) => Some(reference(&table.name)),
        Sql::CreateView(view) => Some(reference(&view.name)),
        _ => None,
    }
}

/// Adapts a statement to the query engine: a table of the session is not marked as temporary, and `EXPLAIN` of a
/// statement that writes explains its query.
pub fn known(parsed: &mut Parsed) {
    match parsed {
        Parsed::Statement(sql) => {
            if let Sql::CreateTable(table) = &mut **sql {
                table.temporary = false;
            }
        }
        Parsed::Explain(explain) => {
            if let Ok(Some(change)) = change(&explain.statement) {
                match change {
                    Change::Insert(insert) => *explain.statement = insert.query,
                    Change::Create(create) => {
                        if let Some(query) = query_of(create.planned) {
                            *explain.statement = query;
                        }
                    }
                }
            }
        }
        _ => {}
    }
}

fn query_of(parsed: Parsed) -> Option<Parsed> {
    let Parsed::Statement(sql) = parsed else { return None };
    match *sql {
        Sql::CreateTable(CreateTable { query: Some(query), .. }) => Some(statement(query)),
        _ => None,
    }
}

fn statement(query: Box<Query>) -> Parsed {
    Parsed::Statement(Box::new(Sql::Query(query)))
}

fn unsupported(what: &str, fix: &str) -> Fault {
    Fault::new(format!("{what} is not supported")).fix(fix)
}

fn insert(insert: &Inserted) -> Result<Change> {
    let rows = "tables are append-only: write INSERT INTO t SELECT … or INSERT INTO t VALUES …";
    if insert.overwrite || insert.replace_into || insert.or.is_some() || insert.on.is_some() {
        return Err(unsupported("an INSERT that replaces rows", rows));
    }
    if insert.returning.is_some() {
        return Err(unsupported("RETURNING", "remove it: the answer is the number of rows"));
    }
    if insert.partitioned.is_some() {
        let fix = "remove PARTITION: each row goes to the partition of its values";
        return Err(unsupported("PARTITION in an INSERT", fix));
    }
    let TableObject::TableName(name) = &insert.table else {
        return Err(unsupported("an INSERT into a function", rows));
    };
    let Some(query) = insert.source.clone() else {
        return Err(unsupported("an INSERT without rows", rows));
    };
    Ok(Change::Insert(Insert {
        table: reference(name),
        columns: insert.columns.iter().map(normal).collect(),
        is_literal: matches!(&*query.body, SetExpr::Values(_)),
        query: statement(query),
    }))
}

fn create(table: &CreateTable) -> Result<Change> {
    if table.or_replace {
        let fix =
            "choose another name, or write CREATE OR REPLACE TEMPORARY TABLE for a table of this session";
        return Err(unsupported("CREATE OR REPLACE TABLE", fix));
    }
    let mut planned = table.clone();
    let partition = planned.partition_by.take().map_or(vec![], |expr| partition(*expr));
    Ok(Change::Create(Create {
        table: reference(&table.name),
        partition,
        unless_there: table.if_not_exists,
        of_query: table.query.is_some(),
        planned: Parsed::Statement(Box::new(Sql::CreateTable(planned))),
    }))
}

/// The partitions of a list, as the setting `partition` of the sink has them.
fn partition(expr: Expr) -> Vec<String> {
    match expr {
        Expr::Tuple(all) => all.into_iter().flat_map(partition).collect(),
        Expr::Nested(inner) => partition(*inner),
        Expr::Identifier(name) => vec![normal(&name)],
        other => vec![other.to_string()],
    }
}
