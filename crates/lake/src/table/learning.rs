//! Rows of tables as features of models: what `passband learn` learns from, and what `predict` predicts of.

use super::sql::{Batch, ColumnKind, Schema, Session, SqlError, numbers, texts, vectors};
use passband_learn::{Model, Rows};
use passband_signal::{Fault, Result};

/// Columns that identify a recording or describe its file, and say nothing about its sound.
const IDENTITY: [&str; 10] = [
    "recording",
    "time",
    "sample_rate",
    "channels",
    "samples",
    "feature_version",
    "track",
    "disc",
    "date",
    "frame",
];

/// A column of features.
struct Source {
    at: usize,
    name: String,
    /// Number of values of a list; 0 for a number.
    width: usize,
    values: Vec<Vec<f64>>,
}

/// The rows of a table for [`passband_learn::learn`]: its columns of numbers, and of lists with the same length in every
/// row, as features; one column as label, another one as group.
///
/// `table` is the name of a table, a path, or a query in parentheses. `features` names the columns; without any, all
/// columns but those that identify a recording.
///
/// # Errors  no such table or column, a column that holds something else, rows of several feature versions
pub fn labelled(
    session: &Session,
    table: &str,
    [label, group]: [&str; 2],
    features: &[String],
) -> Result<Rows, SqlError> {
    let statements = session.parse(&format!("SELECT * FROM {}", relation(table)))?;
    let [statement] = &statements[..] else {
        let fault = Fault::new(format!("{table} is not a table"));
        return Err(SqlError::Statement(fault.fix("name a file, a table, or a query in parentheses")));
    };
    let mut answer = session.run(statement)?;
    let schema = answer.schema().clone();
    let column = |name: &str| position(&schema, name).map_err(SqlError::Statement);
    let (label_at, group_at) = (column(label)?, column(group)?);
    let mut sources = sources(&schema, [label, group], features).map_err(SqlError::Statement)?;
    let id_at = ["path", "file_path", "content_hash"].iter().find_map(|name| schema.index_of(name).ok());
    let mut rows = Rows { label: label.into(), group: group.into(), ..Rows::default() };
    let mut version: Option<f64> = None;
    while let Some(batch) = answer.next_rows()? {
        let count = batch.num_rows();
        let words = |at: usize| words(&batch, at);
        let first = rows.labels.len();
        rows.labels.extend(words(label_at));
        rows.groups.extend(words(group_at));
        rows.ids.extend(
            id_at.map_or_else(|| (first..first + count).map(|row| format!("row {row}")).collect(), words),
        );
        for of in batch
            .schema()
            .index_of("feature_version")
            .ok()
            .and_then(|at| numbers(batch.column(at)))
            .into_iter()
            .flatten()
        {
            if *version.get_or_insert(of) != of {
                let fault = Fault::new("the rows have several feature versions");
                let fault = fault.why("features of different versions are not comparable");
                let fix = format!(
                    "select one: learn \"(SELECT * FROM {} WHERE feature_version = {of})\"",
                    relation(table)
                );
                return Err(SqlError::Query(fault.fix(fix)));
            }
        }
        for source in &mut sources {
            source.add(&batch);
        }
    }
    rows.feature_version = version.map_or_else(String::new, |version| version.to_string());
    rows.columns = sources.into_iter().flat_map(Source::columns).collect();
    Ok(rows)
}

/// A path in quotes; names and queries as they are.
pub fn relation(table: &str) -> String {
    let is_query = table.trim_start().starts_with('(');
    let is_name = table.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'))
        && !std::path::Path::new(table).exists();
    if is_query || is_name { table.into() } else { format!("'{}'", table.replace('\'', "''")) }
}

fn position(schema: &Schema, name: &str) -> Result<usize> {
    schema.index_of(name).map_err(|_| {
        let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        let fault = Fault::new(format!("the table has no column {name}"));
        fault.why(passband_flow::config::unknown(name, &names)).fix("name a column of the table")
    })
}

/// The columns of features.
fn sources(schema: &Schema, other: [&str; 2], features: &[String]) -> Result<Vec<Source>> {
    let source = |at: usize| Source { at, name: schema.field(at).name().clone(), width: 0, values: vec![] };
    let is_numeric = |at: usize| {
        matches!(ColumnKind::of(schema.field(at).data_type()), ColumnKind::Number | ColumnKind::List)
    };
    if features.is_empty() {
        let is_feature = |at: &usize| {
            let name = schema.field(*at).name().as_str();
            is_numeric(*at) && !other.contains(&name) && !IDENTITY.contains(&name)
        };
        return Ok((0..schema.fields().len()).filter(is_feature).map(source).collect());
    }
    let named = features.iter().map(|name| {
        let at = position(schema, name)?;
        if !is_numeric(at) {
            let fault = Fault::new(format!("the column {name} holds no numbers"));
            return Err(fault.fix("name columns of numbers, or of lists of numbers"));
        }
        Ok(source(at))
    });
    named.collect()
}

/// A column as texts, whatever it holds; null is empty.
fn words(batch: &Batch, at: usize) -> Vec<String> {
    let column = batch.column(at);
    if let Some(texts) = texts(column) {
        return texts.into_iter().map(Option::unwrap_or_default).collect();
    }
    let word = |number: f64| if number.is_nan() { String::new() } else { number.to_string() };
    numbers(column)
        .map_or_else(|| vec![String::new(); batch.num_rows()], |all| all.into_iter().map(word).collect())
}

impl Source {
    fn add(&mut self, batch: &Batch) {
        let column = batch.column(self.at);
        if let Some(numbers) = numbers(column) {
            self.values.extend(numbers.into_iter().map(|number| vec![number]));
        } else {
            let rows = vectors(column).unwrap_or_else(|| vec![vec![]; batch.num_rows()]);
            for row in rows {
                self.width = self.width.max(row.len());
                self.values.push(row.into_iter().map(f64::from).collect());
            }
        }
    }

    /// A column for each value. Lists of events, which have another length in each row, give none.
    fn columns(self) -> Vec<(String, Vec<f64>)> {
        let Self { name, width, values, .. } = self;
        if width == 0 {
            let one = |row: Vec<f64>| row.first().copied().unwrap_or(f64::NAN);
            // a list that is always empty has no width either
            return match values.iter().all(|row| row.len() == 1) {
                true => vec![(name, values.into_iter().map(one).collect())],
                false => vec![],
            };
        }
        if values.iter().any(|row| !row.is_empty() && row.len() != width) {
            return vec![];
        }
        let column = |at: usize| {
            let of = values.iter().map(|row| row.get(at).copied().unwrap_or(f64::NAN));
            (format!("{name}[{at}]"), of.collect())
        };
        (0..width).map(column).collect()
    }
}

/// Where the features of a model are in the columns of a table.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Binding {
    /// The columns of the table.
    pub columns: Vec<String>,
    /// For each feature its column, and its position in a list.
    features: Vec<(usize, Option<usize>)>,
}

impl Binding {
    /// Finds the features of a model by the names of their columns.
    ///
    /// # Errors  columns that are missing, which are named
    pub fn new(model: &Model, has: impl Fn(&str) -> bool) -> Result<Self> {
        let (mut columns, mut missing): (Vec<String>, Vec<&str>) = (vec![], vec![]);
        let mut features = vec![];
        for feature in model.features() {
            let list = feature.strip_suffix(']').and_then(|text| text.rsplit_once('['));
            let (name, index) = match list.and_then(|(name, at)| Some((name, at.parse().ok()?))) {
                Some((name, at)) => (name, Some(at)),
                None => (feature.as_str(), None),
            };
            if !has(name) && missing.last() != Some(&name) {
                missing.push(name);
            }
            let at = columns.iter().position(|known| known == name).unwrap_or_else(|| {
                columns.push(name.to_owned());
                columns.len() - 1
            });
            features.push((at, index));
        }
        if missing.is_empty() {
            return Ok(Self { columns, features });
        }
        let fault = Fault::new(format!("the table lacks columns of the model: {}", missing.join(", ")));
        Err(fault.fix("measure the recordings with the features and settings of the training rows"))
    }

    /// The values of the features of each row, from the columns in their order.
    pub fn rows(&self, columns: &[arrow_array::ArrayRef]) -> Vec<Vec<f64>> {
        enum Of {
            Numbers(Vec<f64>),
            Lists(Vec<Vec<f32>>),
        }
        let count = columns.first().map_or(0, |column| column.len());
        let of: Vec<Of> = columns
            .iter()
            .map(|column| match numbers(column) {
                Some(numbers) => Of::Numbers(numbers),
                None => Of::Lists(vectors(column).unwrap_or_else(|| vec![vec![]; count])),
            })
            .collect();
        let value = |row: usize, (at, index): &(usize, Option<usize>)| match (&of[*at], index) {
            (Of::Numbers(numbers), None) => numbers[row],
            (Of::Lists(lists), Some(index)) => {
                lists[row].get(*index).map_or(f64::NAN, |value| f64::from(*value))
            }
            _ => f64::NAN,
        };
        (0..count).map(|row| self.features.iter().map(|feature| value(row, feature)).collect()).collect()
    }
}
