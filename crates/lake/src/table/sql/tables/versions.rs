//! Tables as they were: `t FOR VERSION AS OF 3`, `t FOR TIMESTAMP AS OF '2026-01-01T12:00:00Z'`.

use super::snapshots;
use datafusion::common::TableReference;
use datafusion::sql::parser::Statement as Parsed;
use datafusion::sql::sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, Ident, ObjectName, TableAlias, TableFactor, Value, VisitMut,
    VisitorMut,
};
use iceberg::table::Table;
use passband_flow::data::Timestamp;
use passband_signal::{Fault, Result};
use std::ops::ControlFlow;

/// Which version of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Version {
    /// The id of a snapshot, or its number in the order of the commits, from 1 on.
    Snapshot(i64),
    /// The one that was current at this time (ms since 1970).
    Time(i64),
}

impl Version {
    /// The id of the snapshot that is meant.
    pub fn find(&self, table: &Table, name: &str) -> Result<i64> {
        let all = snapshots(table);
        let found = match self {
            Self::Snapshot(id) => {
                all.iter().find(|one| one.snapshot_id() == *id || one.sequence_number() == *id)
            }
            Self::Time(time) => all.iter().rev().find(|one| one.timestamp_ms() <= *time),
        };
        found.map(|snapshot| snapshot.snapshot_id()).ok_or_else(|| {
            let fault = match self {
                Self::Snapshot(id) => Fault::new(format!("the table {name} has no version {id}")),
                Self::Time(_) => Fault::new(format!("the table {name} has no version as old as that")),
            };
            let told = |one: &&iceberg::spec::SnapshotRef| {
                let time = Timestamp(one.timestamp_ms().saturating_mul(1000));
                format!("{} ({}, {time})", one.sequence_number(), one.snapshot_id())
            };
            let last: Vec<_> = all.iter().rev().take(5).map(told).collect();
            match last.is_empty() {
                true => fault.why("it has no version yet"),
                false => fault.why(format!("the newest versions are {}", last.join(", "))),
            }
        })
    }

    fn read(name: &str, value: &str) -> Result<Self> {
        match name {
            "version" => value.parse().map(Self::Snapshot).map_err(|_| {
                Fault::new(format!("{value} is not a version of a table"))
                    .fix("write the number of a commit, or the id of a snapshot: FOR VERSION AS OF 3")
            }),
            _ => {
                let text = value.trim().replace(' ', "T");
                // a date alone is its first moment, a time without a zone is in UTC
                let text = if text.len() == 10 { format!("{text}T00:00:00") } else { text };
                let zoned = text.ends_with(['Z', 'z']) || text[text.len().min(10)..].contains(['+', '-']);
                let text = if zoned { text } else { text + "Z" };
                let time: Result<Timestamp, String> = text.parse();
                time.map(|time| Self::Time(time.0.div_euclid(1000))).map_err(|why| {
                    Fault::new(format!("{value} is not a time"))
                        .why(why)
                        .fix("write it like '2026-01-31T12:00:00Z'")
                })
            }
        }
    }
}

/// A table of which a version is asked for, under a name of its own.
pub struct Versioned {
    pub name: String,
    pub of: TableReference,
    pub version: Version,
}

/// Takes the versions out of a statement: each such table is then named by what the result says.
///
/// # Errors  a version that cannot be one
pub fn take_versions(parsed: &mut Parsed) -> Result<Vec<Versioned>> {
    let mut taker = Taker { found: vec![], wrong: None };
    visit(parsed, &mut taker);
    taker.wrong.map_or(Ok(taker.found), Err)
}

fn visit(parsed: &mut Parsed, taker: &mut Taker) {
    match parsed {
        Parsed::Statement(sql) => drop(VisitMut::visit(&mut **sql, taker)),
        Parsed::Explain(explain) => visit(&mut explain.statement, taker),
        _ => {}
    }
}

struct Taker {
    found: Vec<Versioned>,
    wrong: Option<Fault>,
}

impl VisitorMut for Taker {
    type Break = ();

    fn pre_visit_table_factor(&mut self, relation: &mut TableFactor) -> ControlFlow<()> {
        let TableFactor::Table { name, alias, args, .. } = relation else { return ControlFlow::Continue(()) };
        let Some([FunctionArg::Named { name: of, arg: FunctionArgExpr::Expr(Expr::Value(value)), .. }]) =
            args.as_ref().map(|args| &args.args[..])
        else {
            return ControlFlow::Continue(());
        };
        // only the parser of statements writes these names in quotes
        if of.quote_style != Some('"') || !["version", "timestamp"].contains(&of.value.as_str()) {
            return ControlFlow::Continue(());
        }
        let (Value::SingleQuotedString(text) | Value::Number(text, _)) = &value.value else {
            return ControlFlow::Continue(());
        };
        let version = match Version::read(&of.value, text) {
            Ok(version) => version,
            Err(fault) => {
                self.wrong.get_or_insert(fault);
                return ControlFlow::Continue(());
            }
        };
        let parts: Vec<String> = name.0.iter().filter_map(|part| part.as_ident()).map(normal).collect();
        let table = parts.last().cloned().unwrap_or_default();
        let reference = reference(name);
        let own = format!("{} for {} as of {text}", parts.join("."), of.value);
        self.found.push(Versioned { name: own.clone(), of: reference, version });
        *name = ObjectName::from(vec![Ident::with_quote('"', own)]);
        *args = None;
        // columns can still be written with the name of the table
        alias.get_or_insert_with(|| TableAlias {
            explicit: true,
            name: Ident::with_quote('"', table),
            columns: vec![],
        });
        ControlFlow::Continue(())
    }
}

/// A table as a statement names it.
pub fn reference(name: &ObjectName) -> TableReference {
    let parts: Vec<String> = name.0.iter().filter_map(|part| part.as_ident()).map(normal).collect();
    match &parts[..] {
        [schema, table] => TableReference::partial(schema.as_str(), table.as_str()),
        _ => TableReference::bare(parts.join(".")),
    }
}

/// A name as SQL means it: without quotes in small letters.
pub fn normal(ident: &Ident) -> String {
    if ident.quote_style.is_some() { ident.value.clone() } else { ident.value.to_lowercase() }
}
