//! Functions in the place of a table, with arguments by position and by name: `recordings('music/', rate => '44100 Hz')`.

use super::fault::Misused;
use super::latest;
use super::predict;
use super::recordings;
use super::session::Shared;
use super::windows;
use datafusion::catalog::TableProvider;
use datafusion::common::DataFusionError;
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::planner::{
    PlannedRelation, RelationPlanner, RelationPlannerContext, RelationPlanning,
};
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use datafusion::sql::sqlparser::ast::{
    Array, BinaryOperator, Expr, FunctionArg, FunctionArgExpr, ObjectName, TableFactor, UnaryOperator, Value,
    VisitorMut,
};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;
use passband_signal::{Fault, Result};
use std::ops::ControlFlow;
use std::sync::Arc;

/// Makes the table of a call.
type Call = fn(Arguments, &Arc<Shared>) -> Result<Arc<dyn TableProvider>>;

/// A function that gives a table.
pub struct TableFunction {
    /// Its name in SQL.
    pub name: &'static str,
    /// How it is called, for help and completion.
    pub usage: &'static str,
    /// One line: what it gives.
    pub summary: &'static str,
    /// Whether its first argument is a table, a query or the path of a file.
    pub(super) takes_table: bool,
    pub(super) call: Call,
}

/// Every function of this kind.
pub static TABLE_FUNCTIONS: &[&TableFunction] = &[
    &recordings::RECORDINGS,
    &latest::LATEST,
    &predict::PREDICT,
    &windows::TUMBLING,
    &windows::HOPPING,
    &windows::SESSION,
];

/// The constant arguments of a call.
#[derive(Debug, Default)]
pub struct Arguments {
    /// Those without a name; a list of texts counts as several.
    pub positional: Vec<String>,
    /// Those with a name, in their order.
    pub named: Vec<(String, String)>,
    /// The table that is its first argument, if it takes one.
    pub input: Option<LogicalPlan>,
}

impl Arguments {
    /// Takes the value of a name.
    pub fn take(&mut self, name: &str) -> Option<String> {
        let at = self.named.iter().position(|(known, _)| known == name)?;
        Some(self.named.remove(at).1)
    }

    fn of(args: Vec<FunctionArg>) -> Result<Self> {
        let mut all = Self::default();
        for arg in args {
            match arg {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => all.positional.extend(constants(&expr)?),
                FunctionArg::Named { name, arg, .. } => {
                    let FunctionArgExpr::Expr(expr) = arg else { return Err(no_constant(&arg.to_string())) };
                    let name = name.value.to_lowercase();
                    if all.named.iter().any(|(known, _)| *known == name) {
                        return Err(
                            Fault::new(format!("the argument {name} is given twice")).fix("leave one out")
                        );
                    }
                    all.named.push((name, constants(&expr)?.join(",")));
                }
                other => return Err(no_constant(&other.to_string())),
            }
        }
        Ok(all)
    }
}

fn no_constant(text: &str) -> Fault {
    Fault::new(format!("{text} is not a constant"))
        .fix("write a string such as 'music/', a number, or a list of strings")
}

/// The texts that a constant stands for.
fn constants(expr: &Expr) -> Result<Vec<String>> {
    let refuse = || no_constant(&expr.to_string());
    Ok(match expr {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) | Value::Number(text, _) => vec![text.clone()],
            Value::Boolean(truth) => vec![truth.to_string()],
            Value::Null => vec!["none".into()],
            _ => return Err(refuse()),
        },
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } => match &constants(expr)?[..] {
            [one] => vec![format!("-{one}")],
            _ => return Err(refuse()),
        },
        Expr::Array(Array { elem, .. }) => {
            let mut all = vec![];
            for one in elem {
                all.extend(constants(one)?);
            }
            all
        }
        Expr::Nested(inner) => constants(inner)?,
        Expr::BinaryOp { left, op: BinaryOperator::Eq, right } => {
            let fault = Fault::new(format!("the argument {left} is given with ="));
            return Err(fault.fix(format!("write {left} => {right}")));
        }
        // in a position for names a word stands for itself: per => frame
        Expr::Identifier(word) => vec![word.value.clone()],
        _ => return Err(refuse()),
    })
}

/// Plans calls of these functions.
#[derive(Debug)]
pub struct Functions(pub Arc<Shared>);

impl RelationPlanner for Functions {
    fn plan_relation(
        &self,
        relation: TableFactor,
        context: &mut dyn RelationPlannerContext,
    ) -> Result<RelationPlanning, DataFusionError> {
        let of = |name: &ObjectName| {
            let word = name.to_string().to_lowercase();
            TABLE_FUNCTIONS.iter().find(|function| function.name == word)
        };
        let named = match &relation {
            TableFactor::Table { name, args: Some(_), .. } | TableFactor::Function { name, .. } => of(name),
            _ => None,
        };
        // the functions of the query engine are its own to plan
        let Some(function) = named else { return Ok(RelationPlanning::Original(Box::new(relation))) };
        let (name, mut args, alias) = match relation {
            TableFactor::Table { name, args: Some(args), alias, .. } => (name, args.args, alias),
            TableFactor::Function { name, args, alias, .. } => (name, args, alias),
            other => return Ok(RelationPlanning::Original(Box::new(other))),
        };
        let misused = |fault: Fault| DataFusionError::External(Box::new(Misused(name.to_string(), fault)));
        let mut input = None;
        if function.takes_table
            && let Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Subquery(query)))) =
                args.first().cloned()
        {
            args.remove(0);
            let (lateral, alias, sample) = (false, None, None);
            input = Some(context.plan(TableFactor::Derived { lateral, subquery: query, alias, sample })?);
        }
        let arguments = Arguments::of(args).map(|arguments| Arguments { input, ..arguments });
        let arguments = arguments.and_then(|arguments| {
            // without a table, what has no name is a path
            let mut paths = arguments.positional.iter().filter(|_| !function.takes_table);
            paths.try_for_each(|path| self.0.may_read(path)).map(|()| arguments)
        });
        let table = arguments.and_then(|arguments| (function.call)(arguments, &self.0));
        let source = provider_as_source(table.map_err(misused)?);
        let plan = LogicalPlanBuilder::scan(function.name, source, None)?.build()?;
        Ok(RelationPlanning::Planned(Box::new(PlannedRelation::new(plan, alias))))
    }
}

/// Writes the first argument of functions that take a table as a query, so that the table is found as any other is:
/// `tumbling(t, …)` and `tumbling('t.csv', …)` as `tumbling((SELECT * FROM t), …)`.
pub struct TablesAsQueries;

impl VisitorMut for TablesAsQueries {
    type Break = ();

    fn pre_visit_table_factor(&mut self, relation: &mut TableFactor) -> ControlFlow<()> {
        let (name, args) = match relation {
            TableFactor::Table { name, args: Some(args), .. } => (name, &mut args.args),
            TableFactor::Function { name, args, .. } => (name, args),
            _ => return ControlFlow::Continue(()),
        };
        let word = name.to_string().to_lowercase();
        let takes = TABLE_FUNCTIONS.iter().any(|function| function.takes_table && function.name == word);
        let Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(first))) = args.first_mut().filter(|_| takes)
        else {
            return ControlFlow::Continue(());
        };
        let table = match first {
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) => first.to_string(),
            Expr::Value(value) if matches!(value.value, Value::SingleQuotedString(_)) => first.to_string(),
            _ => return ControlFlow::Continue(()),
        };
        let query = Parser::new(&GenericDialect {}).try_with_sql(&format!("SELECT * FROM {table}"));
        if let Ok(query) = query.and_then(|mut parser| parser.parse_query()) {
            *first = Expr::Subquery(query);
        }
        ControlFlow::Continue(())
    }
}
