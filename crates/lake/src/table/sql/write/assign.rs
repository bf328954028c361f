//! Maps the columns of a query to the columns of a table and checks their types.

use crate::table::iceberg::append::words;
use crate::table::sql::names::meant;
use datafusion::arrow::array::{ArrayRef, AsArray, RecordBatch, StringArray, new_null_array};
use datafusion::arrow::compute::{CastOptions, cast_with_options};
use datafusion::arrow::datatypes::{DataType, Field, Float32Type, Float64Type, Schema, SchemaRef, TimeUnit};
use datafusion::arrow::error::ArrowError;
use passband_signal::{Fault, Result};
use std::sync::Arc;

/// Columns that a statement need not provide: the position of a row in a source, and the run that wrote it.
const OWN: [&str; 2] = ["_source", "_run"];

/// Where the values of a column come from.
enum Origin {
    /// This column of the query.
    Query(usize),
    /// Null.
    Null,
    /// The name of the run.
    Run,
}

/// Converts rows of a query to rows of a table.
pub struct Assignment {
    origins: Vec<Origin>,
    table: SchemaRef,
    run: String,
}

/// A fault of a column of a statement.
pub struct Wrong {
    /// The column as written in the statement.
    pub column: String,
    pub fault: Fault,
}

/// The columns of a query and the listed columns of the table.
pub struct Given<'a> {
    pub query: &'a Schema,
    pub listed: &'a [String],
    /// Whether strings may be parsed as times and decimals.
    pub is_literal: bool,
    pub run: &'a str,
}

impl Assignment {
    /// Maps the columns of the query to the listed columns or, if none are listed, to all columns of the table in order.
    ///
    /// # Errors  the number of columns differs; the table has no such column; the columns are in another order than the
    /// table's; a type does not fit; a NOT NULL column gets no values
    pub fn new(table: SchemaRef, name: &str, given: &Given<'_>) -> Result<Self, Wrong> {
        let names: Vec<&str> = table.fields().iter().map(|field| field.name().as_str()).collect();
        let targets = match given.listed {
            [] => unlisted(&names, name, given.query)?,
            listed => self::listed(&names, name, listed, given.query.fields().len())?,
        };
        let mut origins: Vec<Origin> = Vec::with_capacity(names.len());
        for (at, field) in table.fields().iter().enumerate() {
            let Some(from) = targets.iter().position(|target| *target == at) else {
                if !field.is_nullable() {
                    let fault =
                        Fault::new(format!("the column {} of the table {name} needs a value", field.name()));
                    let fault = fault.why("it is declared as NOT NULL").fix("give a value in each row");
                    return Err(Wrong { column: name.to_owned(), fault });
                }
                origins.push(if field.name() == OWN[1] { Origin::Run } else { Origin::Null });
                continue;
            };
            let comes = given.query.field(from).data_type();
            if !fits(comes, field.data_type(), given.is_literal) {
                return Err(misfit(field, comes, name, given.query.field(from).name()));
            }
            origins.push(Origin::Query(from));
        }
        Ok(Self { origins, table, run: given.run.to_owned() })
    }

    /// Rows of the table.
    ///
    /// # Errors  a value out of the range of the column's type; a null in a NOT NULL column
    pub fn rows(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        let count = batch.num_rows();
        let column = |(origin, field): (&Origin, &Arc<Field>)| -> Result<ArrayRef> {
            Ok(match origin {
                Origin::Null => new_null_array(field.data_type(), count),
                Origin::Run => Arc::new(StringArray::from_iter_values(std::iter::repeat_n(&self.run, count))),
                Origin::Query(at) => {
                    let strict = CastOptions { safe: false, ..CastOptions::default() };
                    let cast = cast_with_options(batch.column(*at), field.data_type(), &strict);
                    let told = |error| {
                        let what = format!("a value does not go into the column {}", field.name());
                        let kind = words(field.data_type()).unwrap_or_default();
                        Fault::new(what).why(error).fix(format!("give it values of type {kind}"))
                    };
                    let array = cast.map_err(told)?;
                    if overflows(batch.column(*at), &array) {
                        let why = "a finite number becomes infinite".to_owned();
                        return Err(told(ArrowError::ComputeError(why)));
                    }
                    if !field.is_nullable() && array.null_count() > 0 {
                        let what = format!("the column {} is NOT NULL, and a value is null", field.name());
                        return Err(Fault::new(what).fix("filter such rows, or give a value: coalesce(x, 0)"));
                    }
                    array
                }
            })
        };
        let columns: Result<Vec<ArrayRef>> =
            self.origins.iter().zip(self.table.fields()).map(column).collect();
        RecordBatch::try_new(self.table.clone(), columns?)
            .map_err(|error| Fault::new("the rows do not fit the table").why(error))
    }
}

/// Whether a finite 64-bit number became infinite as a 32-bit one.
fn overflows(from: &ArrayRef, to: &ArrayRef) -> bool {
    let (Some(from), Some(to)) =
        (from.as_primitive_opt::<Float64Type>(), to.as_primitive_opt::<Float32Type>())
    else {
        return false;
    };
    from.iter().zip(to).any(|(from, to)| from.is_some_and(f64::is_finite) && to.is_some_and(f32::is_infinite))
}

/// Maps the columns of a query to those of the table, by position.
fn unlisted(names: &[&str], name: &str, query: &Schema) -> Result<Vec<usize>, Wrong> {
    let count = query.fields().len();
    let all: Vec<usize> = (0..names.len()).collect();
    let given: Vec<usize> = all.iter().copied().filter(|at| !OWN.contains(&names[*at])).collect();
    let wrong = |fault: Fault| Wrong { column: name.to_owned(), fault };
    let targets = match () {
        () if count == all.len() => all,
        () if count == given.len() => given,
        () => {
            let known: Vec<&str> = given.iter().map(|at| names[*at]).collect();
            let what = format!("the query has {count} columns, and the table {name} has {}", known.len());
            let fault = Fault::new(what).why(format!("they are {}", short(&known)));
            return Err(wrong(
                fault.fix(format!("list those that are given: INSERT INTO {name} (a, b) SELECT …")),
            ));
        }
    };
    for (own, target) in query.fields().iter().zip(&targets) {
        let is_another = own.name() != names[*target] && names.contains(&own.name().as_str());
        if is_another {
            let what =
                format!("the columns of the query are in another order than those of the table {name}");
            let listed: Vec<&str> = query.fields().iter().map(|field| field.name().as_str()).collect();
            let why = format!("{} comes where the table has {}", own.name(), names[*target]);
            let fix = format!("list the columns: INSERT INTO {name} ({}) SELECT …", listed.join(", "));
            return Err(wrong(Fault::new(what).why(why).fix(fix)));
        }
    }
    Ok(targets)
}

fn short(names: &[&str]) -> String {
    match names.len() {
        0..=12 => names.join(", "),
        more => format!("{}, and {} more", names[..12].join(", "), more - 12),
    }
}

/// Maps the columns of a query to the listed columns of the table.
fn listed(names: &[&str], name: &str, listed: &[String], count: usize) -> Result<Vec<usize>, Wrong> {
    let mut targets = vec![];
    for column in listed {
        let wrong = |fault: Fault| Wrong { column: column.clone(), fault };
        let Some(at) = names.iter().position(|known| known == column) else {
            let fault = Fault::new(format!("the table {name} has no column {column}"));
            let fault = fault.why(meant(column, names.iter().copied()));
            return Err(wrong(fault.fix("correct the name, or remove the column")));
        };
        if targets.contains(&at) {
            return Err(wrong(Fault::new(format!("the column {column} is listed twice")).fix("remove one")));
        }
        targets.push(at);
    }
    if targets.len() != count {
        let what = format!("{} columns are listed, and the query has {count}", targets.len());
        let fault = Fault::new(what).fix("list as many columns as the query has");
        return Err(Wrong { column: name.to_owned(), fault });
    }
    Ok(targets)
}

fn misfit(field: &Field, comes: &DataType, table: &str, written: &str) -> Wrong {
    let words =
        |kind: &DataType| kept(kind).and_then(|kind| words(&kind)).unwrap_or_else(|| kind.to_string());
    let (is, comes) = (words(field.data_type()), words(comes));
    let what = format!("{comes} does not go into the column {} of the table {table}", field.name());
    let fault = Fault::new(what).why(format!("the column is {is}, and the query gives {comes}"));
    let kind = sql_name(field.data_type());
    let fault = fault.fix(format!("convert it by CAST(… AS {kind}), or choose another column"));
    Wrong { column: written.to_owned(), fault }
}

/// A type as `CAST` writes it.
fn sql_name(kind: &DataType) -> &'static str {
    match kind {
        DataType::Boolean => "BOOLEAN",
        DataType::Int32 => "INT",
        DataType::Int64 => "BIGINT",
        DataType::Float32 => "REAL",
        DataType::Utf8 => "VARCHAR",
        DataType::Date32 => "DATE",
        DataType::Timestamp(_, None) => "TIMESTAMP",
        DataType::Timestamp(..) => "TIMESTAMPTZ",
        DataType::Time64(_) => "TIME",
        DataType::LargeBinary => "BYTEA",
        DataType::Decimal128(..) => "DECIMAL",
        _ => "DOUBLE",
    }
}

/// Whether values of one type can be stored in a column without changing their meaning. The range is checked for each
/// value.
fn fits(from: &DataType, to: &DataType, is_literal: bool) -> bool {
    use DataType::*;
    let is_text = |kind: &DataType| matches!(kind, Utf8 | LargeUtf8 | Utf8View);
    let is_binary = |kind: &DataType| matches!(kind, Binary | LargeBinary | BinaryView);
    let is_time_of_day = |kind: &DataType| matches!(kind, Time32(_) | Time64(_));
    let is_decimal = |kind: &DataType| matches!(kind, Decimal128(..) | Decimal256(..));
    match (from, to) {
        (from, to) if from == to => true,
        (Null, _) => true,
        (Dictionary(_, from), to) => fits(from, to, is_literal),
        (from, to) if from.is_integer() => to.is_integer() || to.is_floating() || is_decimal(to),
        (from, to) if from.is_floating() || is_decimal(from) => to.is_floating() || is_decimal(to),
        (from, to) if is_text(from) => is_text(to) || is_literal && (to.is_temporal() || is_decimal(to)),
        (from, to) if is_binary(from) => is_binary(to),
        (from, to) if is_time_of_day(from) => is_time_of_day(to),
        (Date32 | Date64, Date32 | Timestamp(..)) | (Timestamp(..), Timestamp(..)) => true,
        (List(from) | LargeList(from) | FixedSizeList(from, _), List(to)) => {
            fits(from.data_type(), to.data_type(), is_literal)
        }
        (Struct(from), Struct(to)) => {
            from.len() == to.len()
                && to.iter().all(|field| {
                    let own = from.iter().find(|own| own.name() == field.name());
                    own.is_some_and(|own| fits(own.data_type(), field.data_type(), is_literal))
                })
        }
        (Map(from, _), Map(to, _)) => match (from.data_type(), to.data_type()) {
            (Struct(from), Struct(to)) => {
                let inner = from.iter().zip(to);
                inner.into_iter().all(|(from, to)| fits(from.data_type(), to.data_type(), is_literal))
            }
            _ => false,
        },
        _ => false,
    }
}

/// The type in which Iceberg stores values of this type; `None` if there is none.
pub fn kept(kind: &DataType) -> Option<DataType> {
    use DataType::*;
    let inner = |field: &Arc<Field>| {
        let own = field.as_ref().clone().with_metadata(Default::default()).with_nullable(true);
        Some(Arc::new(own.with_data_type(kept(field.data_type())?)))
    };
    Some(match kind {
        Boolean | Int32 | Int64 | Float32 | Float64 | Utf8 | Date32 | FixedSizeBinary(_) => kind.clone(),
        Int8 | Int16 | UInt8 | UInt16 => Int32,
        UInt32 | UInt64 => Int64,
        Float16 => Float32,
        Decimal32(p, s) | Decimal64(p, s) | Decimal128(p, s) if *s >= 0 => Decimal128(*p, *s),
        LargeUtf8 | Utf8View => Utf8,
        Binary | LargeBinary | BinaryView => LargeBinary,
        Date64 => Date32,
        Time32(_) | Time64(_) => Time64(TimeUnit::Microsecond),
        Timestamp(_, None) => Timestamp(TimeUnit::Microsecond, None),
        Timestamp(_, Some(_)) => Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        Dictionary(_, values) => kept(values)?,
        List(item) | LargeList(item) | FixedSizeList(item, _) => List(inner(item)?),
        Struct(fields) => Struct(fields.iter().map(inner).collect::<Option<_>>()?),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use DataType::*;

    #[test]
    fn types_convert_only_without_a_change_of_meaning() {
        let zoned = Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        let list = |kind| List(Arc::new(Field::new("item", kind, true)));
        for (from, to, right) in [
            (Int64, Int32, true),
            (Int64, Float64, true),
            (Float64, Float32, true),
            (Float64, Int64, false),
            (Utf8, Int64, false),
            (Int64, Utf8, false),
            (Utf8View, Utf8, true),
            (Null, list(Utf8), true),
            (list(Float64), list(Float32), true),
            (list(Float64), Float64, false),
            (Date32, zoned.clone(), true),
            (zoned.clone(), Date32, false),
            (Utf8, zoned.clone(), false),
            (Boolean, Int64, false),
        ] {
            assert_eq!(fits(&from, &to, false), right, "{from} to {to}");
        }
        assert!(fits(&Utf8, &zoned, true));
    }
}
