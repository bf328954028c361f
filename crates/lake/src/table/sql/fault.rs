//! What an error of the query engine means: where in the text, and what could be meant.

use super::names::meant;
use super::parse::{Statement, lower};
use datafusion::arrow::error::ArrowError;
use datafusion::common::{DataFusionError, SchemaError};
use datafusion::sql::sqlparser::parser::ParserError;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};
use passband_signal::Fault;

/// Why a statement gave no rows, or not all.
#[derive(Clone, Debug)]
pub enum SqlError {
    /// The statement is wrong: it was not begun.
    Statement(Fault),
    /// What it reads, or computes, met a fault.
    Query(Fault),
    /// It was stopped by [`Interrupt::stop`](super::Interrupt::stop).
    Interrupted,
}

impl From<SqlError> for Fault {
    fn from(error: SqlError) -> Self {
        match error {
            SqlError::Statement(fault) | SqlError::Query(fault) => fault,
            SqlError::Interrupted => Fault::new("the statement was interrupted"),
        }
    }
}

/// A function of ours was called wrongly: its name, and how.
#[derive(Debug)]
pub struct Misused(pub String, pub Fault);

impl std::fmt::Display for Misused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.1.fmt(f)
    }
}

impl std::error::Error for Misused {}

/// A place in the text of a statement, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub line: u64,
    pub column: u64,
}

/// Characters of a line that are shown about a place.
const SHOWN: usize = 100;

impl Place {
    /// The place of the first of these tokens.
    pub fn first(tokens: &[TokenWithSpan]) -> Self {
        tokens.first().map_or(Self { line: 1, column: 1 }, Self::of)
    }

    fn of(token: &TokenWithSpan) -> Self {
        Self { line: token.span.start.line.max(1), column: token.span.start.column.max(1) }
    }

    /// `line 1, column 8`, the line, and a caret below the place.
    pub fn shown(self, text: &str) -> String {
        let Self { line, column } = self;
        let whole = text.lines().nth(line as usize - 1).unwrap_or_default();
        // of a long line only what is about the place
        let before = (column as usize - 1).min(whole.chars().count());
        let skip = if before > SHOWN - 20 { before - SHOWN / 2 } else { 0 };
        let shown: String =
            whole.chars().skip(skip).take(SHOWN).map(|c| if c == '\t' { ' ' } else { c }).collect();
        let caret = " ".repeat(before - skip);
        format!("line {line}, column {column}\n    {}\n    {caret}^", shown.trim_end())
    }
}

/// The parser's message, and the place that it ends with.
fn split(message: &str) -> (&str, Option<Place>) {
    let place = || {
        let (text, place) = message.rsplit_once(" at Line: ")?;
        let (line, column) = place.split_once(", Column: ")?;
        Some((text, Place { line: line.parse().ok()?, column: column.trim().parse().ok()? }))
    };
    place().map_or((message, None), |(text, place)| (text, Some(place)))
}

/// What is wrong with a text that is no statement.
pub fn syntax(error: &DataFusionError, tokens: &[TokenWithSpan], text: &str) -> Fault {
    let message = match error.find_root() {
        DataFusionError::SQL(parser, _) => match &**parser {
            ParserError::TokenizerError(text) | ParserError::ParserError(text) => text.clone(),
            ParserError::RecursionLimitExceeded => "it is nested too deeply".into(),
        },
        other => other.message().into_owned(),
    };
    let (message, place) = split(&message);
    let message = message.replace("found: EOF", "found the end");
    let place = place.unwrap_or_else(|| match tokens.iter().rev().find(|token| token.token != Token::EOF) {
        // what is missing is missing behind the last word
        Some(last) if message.contains("found the end") => {
            Place { line: last.span.end.line.max(1), column: last.span.end.column.max(1) }
        }
        _ => Place::first(tokens),
    });
    let fault = Fault::new(format!("the SQL cannot be read: {}", lower(&message))).at(place.shown(text));
    match misspelt(tokens, place) {
        Some(hint) => fault.fix(hint),
        None => fault.fix("correct the statement at the caret, or the word before it"),
    }
}

/// The word at a place, or before it, that looks like a keyword and is none.
fn misspelt(tokens: &[TokenWithSpan], place: Place) -> Option<String> {
    const KEYWORDS: [&str; 24] = [
        "SELECT", "FROM", "WHERE", "GROUP", "ORDER", "BY", "HAVING", "LIMIT", "JOIN", "WITH", "UNION",
        "INSERT", "INTO", "CREATE", "TABLE", "VIEW", "VALUES", "DISTINCT", "EXPLAIN", "DESCRIBE", "SHOW",
        "DROP", "AS", "ON",
    ];
    let at = tokens.iter().position(|token| Place::of(token) == place).unwrap_or(tokens.len());
    let about = tokens[..tokens.len().min(at + 1)].iter().rev().take(3);
    about.filter_map(|token| if let Token::Word(word) = &token.token { Some(word) } else { None }).find_map(
        |word| {
            let known = KEYWORDS.iter().any(|keyword| word.value.eq_ignore_ascii_case(keyword));
            let near = super::names::nearest(&word.value, KEYWORDS).into_iter().next()?;
            (!known && word.quote_style.is_none() && word.value.len() > 2 && near.len() > 2)
                .then(|| format!("write {near} in place of {}, if that is meant", word.value))
        },
    )
}

/// What is known to a session, for names that are not.
pub struct Known {
    pub tables: Vec<String>,
    pub functions: Vec<String>,
}

/// What an error of planning or running a statement means.
pub fn explain(error: &DataFusionError, statement: &Statement, known: &Known) -> SqlError {
    if let Some(Misused(name, fault)) = find_cause::<Misused>(error) {
        let place = find(statement, name).unwrap_or(Place::first(&statement.tokens));
        return SqlError::Statement(fault.clone().at(place.shown(&statement.text)));
    }
    if let Some(fault) = inner(error) {
        return SqlError::Query(fault);
    }
    let fault = described(error, statement, known);
    match error.find_root() {
        DataFusionError::SchemaError(..)
        | DataFusionError::Plan(_)
        | DataFusionError::NotImplemented(_)
        | DataFusionError::SQL(..) => SqlError::Statement(fault),
        _ => SqlError::Query(fault),
    }
}

fn described(error: &DataFusionError, statement: &Statement, known: &Known) -> Fault {
    let root = error.find_root();
    let diagnostic = error.diagnostic().and_then(|found| found.span);
    let spanned = diagnostic.map(|span| Place { line: span.start.line, column: span.start.column });
    let located = |name: &str| spanned.or_else(|| find(statement, name));
    let at = |fault: Fault, place: Option<Place>| match place {
        Some(place) => fault.at(place.shown(&statement.text)),
        None => fault.at(Place::first(&statement.tokens).shown(&statement.text)),
    };
    match root {
        DataFusionError::SchemaError(schema, _) => match &**schema {
            SchemaError::FieldNotFound { field, valid_fields } => {
                let names: Vec<&str> = valid_fields.iter().map(|column| column.name.as_str()).collect();
                let fault = Fault::new(format!("there is no column {}", field.name));
                let fault = at(fault, located(&field.name)).why(meant(&field.name, names.iter().copied()));
                let lower =
                    names.iter().find(|name| name.eq_ignore_ascii_case(&field.name) && **name != field.name);
                match lower {
                    Some(name) => fault.fix(format!("write \"{name}\": a name with capitals is quoted")),
                    None => fault.fix("correct the name; DESCRIBE lists the columns of a table"),
                }
            }
            SchemaError::AmbiguousReference { field } => at(
                Fault::new(format!("the column {} is in more than one table", field.name)),
                located(&field.name),
            )
            .fix(format!("write the table before it, such as t.{}", field.name)),
            other => at(Fault::new("the statement cannot be planned"), spanned).why(other),
        },
        DataFusionError::Plan(message) if message.contains("table '") && message.contains("not found") => {
            let name = message.split('\'').nth(1).unwrap_or_default();
            let name = name.rsplit('.').next().unwrap_or(name);
            let fault = at(Fault::new(format!("there is no table {name}")), located(name));
            fault
                .why(meant(name, known.tables.iter().map(String::as_str)))
                .fix("correct the name, or write the path of a file in quotes: FROM 'x.parquet'")
        }
        DataFusionError::Plan(message) if unknown_function(message).is_some() => {
            let name = unknown_function(message).unwrap_or_default();
            let fault = at(Fault::new(format!("there is no function {name}")), find(statement, name));
            let near = super::names::nearest(name, known.functions.iter().map(String::as_str));
            let fault = if near.is_empty() {
                fault
            } else {
                fault.why(format!("the nearest names are {}", near.join(", ")))
            };
            fault.fix("correct the name; SHOW FUNCTIONS lists all")
        }
        root => {
            let message = first_line(&root.message());
            let what = match root {
                DataFusionError::NotImplemented(_) => "the statement asks for what is not supported",
                DataFusionError::Plan(_) => "the statement cannot be planned",
                DataFusionError::ResourcesExhausted(_) => "the query needs more memory than it may use",
                _ => "the query failed",
            };
            at(Fault::new(what), spanned).why(message)
        }
    }
}

/// A fault of ours that the engine has carried through.
pub fn inner(error: &DataFusionError) -> Option<Fault> {
    find_cause::<Fault>(error).cloned()
}

/// The error of this type among the causes of one of the engine.
pub fn find_cause<T: std::error::Error + 'static>(error: &DataFusionError) -> Option<&T> {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        match error.downcast_ref::<DataFusionError>() {
            Some(DataFusionError::External(own)) => {
                if let Some(found) = own.downcast_ref::<T>() {
                    return Some(found);
                }
                if let Some(own) = own.downcast_ref::<DataFusionError>() {
                    return find_cause(own);
                }
            }
            Some(DataFusionError::Shared(shared)) => return find_cause(shared),
            Some(DataFusionError::ArrowError(arrow, _)) => {
                if let ArrowError::ExternalError(own) = &**arrow {
                    if let Some(found) = own.downcast_ref::<T>() {
                        return Some(found);
                    }
                    if let Some(own) = own.downcast_ref::<DataFusionError>() {
                        return find_cause(own);
                    }
                }
            }
            Some(DataFusionError::ObjectStore(store)) => {
                if let Some(found) = (&**store as &(dyn std::error::Error + 'static)).downcast_ref::<T>() {
                    return Some(found);
                }
            }
            _ => {}
        }
        cause = error.source();
    }
    None
}

fn unknown_function(message: &str) -> Option<&str> {
    let rest = message.strip_prefix("Invalid function '").or_else(|| {
        let (_, rest) = message.split_once("table function '")?;
        Some(rest)
    });
    rest.or_else(|| message.strip_prefix("There is no table function named "))?.split('\'').next()
}

/// Where a name stands in a statement.
pub fn find(statement: &Statement, name: &str) -> Option<Place> {
    let named = |token: &&TokenWithSpan| match &token.token {
        Token::Word(word) => word.value.eq_ignore_ascii_case(name),
        Token::SingleQuotedString(text) => text == name,
        _ => false,
    };
    statement.tokens.iter().find(named).map(Place::of)
}

fn first_line(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    lower(line.trim_end_matches('.'))
}
