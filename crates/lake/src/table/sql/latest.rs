//! `latest(features)`: the newest rows of each recording in an append-only table.

use super::functions::{Arguments, TableFunction};
use super::names::meant;
use super::session::Shared;
use datafusion::catalog::TableProvider;
use datafusion::common::{Column, DataFusionError};
use datafusion::datasource::ViewTable;
use datafusion::functions_window::expr_fn::rank;
use datafusion::logical_expr::expr::Sort;
use datafusion::logical_expr::{Expr, ExprFunctionExt, LogicalPlan, LogicalPlanBuilder, lit};
use passband_signal::{Fault, Result};
use std::sync::Arc;

/// Selects the newest rows of each recording.
pub static LATEST: TableFunction = TableFunction {
    name: "latest",
    usage: "latest(features, by => 'content_hash')",
    summary: "The rows of each recording with the highest feature version, newest run and highest number",
    takes_table: true,
    call,
};

/// The column that identifies a recording, by default.
const KEY: &str = "content_hash";
/// The rank, a column that no table of ours has.
const RANK: &str = "__rank";
/// The order of rows: by feature version, then by run, whose name begins with its time, then by number of the
/// recording, which grows within a run.
const ORDER: [&str; 3] = ["feature_version", "_run", "recording"];

fn call(mut arguments: Arguments, _: &Arc<Shared>) -> Result<Arc<dyn TableProvider>> {
    let key = arguments.take("by").unwrap_or_else(|| KEY.into());
    if let Some((name, _)) = arguments.named.first() {
        let fault = Fault::new(format!("latest has no argument {name}"));
        return Err(fault.fix("write latest(features), or latest(features, by => 'path')"));
    }
    let (Some(input), []) = (arguments.input, &arguments.positional[..]) else {
        return Err(Fault::new("latest needs one table").fix("write latest(features)"));
    };
    let names: Vec<&str> = input.schema().fields().iter().map(|field| field.name().as_str()).collect();
    if !names.contains(&&*key) {
        let fault = Fault::new(format!("the table has no column {key}"));
        return Err(fault
            .why(meant(&key, names.iter().copied()))
            .fix("name the column that identifies a recording: latest(features, by => 'path')"));
    }
    if !ORDER[..2].iter().any(|column| names.contains(column)) {
        return Err(Fault::new("the newest rows of this table cannot be determined")
            .why("it has neither feature_version nor _run")
            .fix("use a table that passband analyze or the sink iceberg wrote"));
    }
    let made = newest(input, &key);
    let plan = made.map_err(|error| Fault::new("the newest rows cannot be selected").why(error))?;
    Ok(Arc::new(ViewTable::new(plan, None)))
}

/// The rows of the first rank by [`ORDER`] within each key; every row without a key is kept.
fn newest(input: LogicalPlan, key: &str) -> Result<LogicalPlan, DataFusionError> {
    let columns: Vec<(String, Expr)> = input
        .schema()
        .iter()
        .map(|field| (field.1.name().clone(), Expr::Column(Column::from(field))))
        .collect();
    let column = |name: &str| columns.iter().find(|(own, _)| own == name).map(|(_, column)| column.clone());
    let order = ORDER.iter().filter_map(|name| column(name));
    let order = order.map(|column| Sort { expr: column, asc: false, nulls_first: false }).collect();
    let key: Vec<Expr> = column(key).into_iter().collect();
    let ranked = rank().partition_by(key.clone()).order_by(order).build()?.alias(RANK);
    let alone = key.into_iter().map(Expr::is_null).reduce(Expr::or).unwrap_or_else(|| lit(false));
    let first = Expr::Column(Column::from_name(RANK)).eq(lit(1_u64)).or(alone);
    let all = columns.into_iter().map(|(name, column)| column.alias(name));
    LogicalPlanBuilder::from(input).window(vec![ranked])?.filter(first)?.project(all)?.build()
}
