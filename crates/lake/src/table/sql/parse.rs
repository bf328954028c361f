//! Text to statements, with the place of each in the text.

use super::fault::{Place, syntax};
use super::functions::TablesAsQueries;
use super::write::change;
use datafusion::sql::parser::{DFParserBuilder, Statement as Parsed};
use datafusion::sql::sqlparser::ast::{CopySource, SetExpr, Statement as Sql, VisitMut};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer, Word};
use passband_signal::{Fault, Result};
use std::sync::Arc;

/// One statement of a text.
#[derive(Clone, Debug)]
pub struct Statement {
    pub(super) parsed: Parsed,
    /// The whole text, for the places of errors.
    pub(super) text: Arc<str>,
    /// Its tokens, from the statement's first on.
    pub(super) tokens: Vec<TokenWithSpan>,
}

/// The statements of a text, which are separated by `;`.
pub fn statements(text: &str) -> Result<Vec<Statement>> {
    let text: Arc<str> = text.into();
    let tokens = Tokenizer::new(&GenericDialect {}, &text).tokenize_with_location();
    let tokens = tokens.map_err(|error| {
        let place = Place { line: error.location.line, column: error.location.column };
        Fault::new(format!("the SQL cannot be read: {}", lower(&error.message))).at(place.shown(&text))
    })?;
    let pieces = tokens.split(|token| token.token == Token::SemiColon);
    let blank = |piece: &&[TokenWithSpan]| {
        piece.iter().all(|token| matches!(token.token, Token::Whitespace(_) | Token::EOF))
    };
    pieces.filter(|piece| !blank(piece)).map(|piece| statement(piece, &text)).collect()
}

/// Whether a text ends with a `;` that ends a statement, and not within a text, a name or a comment. What cannot be read
/// is complete: more text would not make it valid.
///
/// ```
/// use passband_lake::table::sql::is_complete;
/// assert!(is_complete("SELECT ';';") && is_complete("SELECT 1; -- one"));
/// assert!(!is_complete("SELECT ';") && !is_complete("SELECT 1 -- ;"));
/// ```
pub fn is_complete(text: &str) -> bool {
    match Tokenizer::new(&GenericDialect {}, text).tokenize() {
        Ok(tokens) => {
            let last = tokens.iter().rev().find(|token| !matches!(token, Token::Whitespace(_)));
            last == Some(&Token::SemiColon)
        }
        Err(error) => !error.message.starts_with("Unterminated") && !error.message.contains("EOF"),
    }
}

fn statement(piece: &[TokenWithSpan], text: &Arc<str>) -> Result<Statement> {
    let tokens: Vec<_> =
        piece.iter().filter(|token| !matches!(token.token, Token::Whitespace(_))).cloned().collect();
    let parser =
        DFParserBuilder::new(partitioned(versions(&tokens))).with_dialect(&GenericDialect {}).build();
    let parsed = parser.and_then(|mut parser| parser.parse_statements());
    let parsed = parsed.map_err(|error| syntax(&error, &tokens, text))?;
    match parsed.into_iter().next() {
        Some(mut parsed) => {
            tables_as_queries(&mut parsed);
            Ok(Statement { parsed, text: text.clone(), tokens })
        }
        None => Err(Fault::new("the statement is empty")),
    }
}

/// Whether a query changes nothing: `WITH … INSERT` is parsed as a query, too.
fn only_asks(body: &SetExpr) -> bool {
    match body {
        SetExpr::Select(select) => select.into.is_none(),
        SetExpr::Query(query) => only_asks(&query.body),
        SetExpr::SetOperation { left, right, .. } => only_asks(left) && only_asks(right),
        SetExpr::Values(_) | SetExpr::Table(_) => true,
        _ => false,
    }
}

fn is_query(parsed: &Parsed) -> bool {
    let asks = |sql: &Sql| match sql {
        Sql::Query(query) => only_asks(&query.body),
        Sql::ShowTables { .. } | Sql::ShowColumns { .. } | Sql::ShowFunctions { .. } => true,
        Sql::ExplainTable { .. } => true,
        Sql::Explain { statement, .. } => matches!(&**statement, Sql::Query(query) if only_asks(&query.body)),
        _ => false,
    };
    match parsed {
        Parsed::Statement(sql) => asks(sql),
        Parsed::Explain(explain) => is_query(&explain.statement),
        _ => false,
    }
}

fn tables_as_queries(parsed: &mut Parsed) {
    match parsed {
        Parsed::Statement(sql) => drop(VisitMut::visit(&mut **sql, &mut TablesAsQueries)),
        Parsed::Explain(explain) => tables_as_queries(&mut explain.statement),
        _ => {}
    }
}

/// `CREATE TABLE t PARTITIONED BY (day(time))` as `PARTITION BY`, which the parser knows for expressions.
fn partitioned(mut tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let first = tokens.iter().find_map(|token| keyword(&token.token));
    if first == Some(Keyword::CREATE) {
        // a table comes before its query
        let at = tokens
            .iter()
            .position(|token| keyword(&token.token) == Some(Keyword::AS))
            .unwrap_or(tokens.len());
        for token in &mut tokens[..at] {
            if let Token::Word(word) = &mut token.token
                && word.keyword == Keyword::PARTITIONED
            {
                *word = Word { value: "PARTITION".into(), quote_style: None, keyword: Keyword::PARTITION };
            }
        }
    }
    tokens
}

/// `t FOR VERSION AS OF 3` as `t(version => 3)`, which the parser knows for every table; `TIMESTAMP` likewise.
fn versions(tokens: &[TokenWithSpan]) -> Vec<TokenWithSpan> {
    let mut out: Vec<TokenWithSpan> = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while at < tokens.len() {
        let keyword = |offset: usize| tokens.get(at + offset).and_then(|token| keyword(&token.token));
        let of = match keyword(1) {
            Some(Keyword::VERSION) => "version",
            Some(Keyword::TIMESTAMP) => "timestamp",
            _ => "",
        };
        let is_version = !of.is_empty()
            && keyword(0) == Some(Keyword::FOR)
            && keyword(2) == Some(Keyword::AS)
            && keyword(3) == Some(Keyword::OF);
        // the value may say its type: TIMESTAMP '2026-01-01'
        let typed = usize::from(is_version && keyword(4) == Some(Keyword::TIMESTAMP));
        let Some(value) = tokens.get(at + 4 + typed).filter(|_| is_version) else {
            out.push(tokens[at].clone());
            at += 1;
            continue;
        };
        let placed = |token: Token| TokenWithSpan { token, span: tokens[at].span };
        let name = Word { value: of.into(), quote_style: Some('"'), keyword: Keyword::NoKeyword };
        out.extend([Token::LParen, Token::Word(name), Token::RArrow].map(placed));
        out.push(value.clone());
        out.push(placed(Token::RParen));
        at += 5 + typed;
    }
    out
}

fn keyword(token: &Token) -> Option<Keyword> {
    if let Token::Word(word) = token { Some(word.keyword) } else { None }
}

/// A message of the parser as a part of a sentence.
pub(super) fn lower(text: &str) -> String {
    let mut letters = text.chars();
    match (letters.next(), text.chars().nth(1)) {
        (Some(first), Some(second)) if !second.is_uppercase() => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => text.to_owned(),
    }
}

impl Statement {
    /// Whether it asks for what a query would do, and not for its rows.
    pub fn is_explain(&self) -> bool {
        matches!(&self.parsed, Parsed::Explain(_))
            || matches!(&self.parsed, Parsed::Statement(sql) if matches!(**sql, Sql::Explain { .. }))
    }

    /// Whether it only asks: a query, or the description of one, of a table or of what there is.
    pub fn is_query(&self) -> bool {
        is_query(&self.parsed)
    }

    /// Whether it writes rows to a table, and answers with their number.
    pub fn writes(&self) -> bool {
        matches!(change(&self.parsed), Ok(Some(_)))
    }

    /// Whether it has this text in quotes.
    pub(super) fn quotes(&self, text: &str) -> bool {
        self.tokens.iter().any(|token| match &token.token {
            Token::SingleQuotedString(own) => own == text,
            Token::Word(word) => word.quote_style.is_some() && word.value == text,
            _ => false,
        })
    }

    /// Why it is refused whatever it says, if so.
    pub(super) fn refused(&self) -> Option<Fault> {
        let (what, fix) = match &self.parsed {
            Parsed::CopyTo(_) => ("COPY is not supported", "write the query, with -o FILE for its output"),
            Parsed::CreateExternalTable(_) => (
                "CREATE EXTERNAL TABLE is not supported",
                "write the path of the file in quotes: FROM 'x.parquet'",
            ),
            Parsed::Statement(sql) => match &**sql {
                Sql::Copy { source: CopySource::Table { .. } | CopySource::Query(_), .. } => {
                    ("COPY is not supported", "write the query, with -o FILE for its output")
                }
                Sql::StartTransaction { .. } | Sql::Commit { .. } | Sql::Rollback { .. } => {
                    ("there are no transactions", "leave the statement out: each INSERT is one commit")
                }
                _ => return None,
            },
            _ => return None,
        };
        Some(Fault::new(what).at(Place::first(&self.tokens).shown(&self.text)).fix(fix))
    }
}
