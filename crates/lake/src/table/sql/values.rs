//! The values of a column as numbers, texts and lists, whatever type it has in a file.

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float32Type, Float64Type};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// Numbers and truth values.
    Number,
    /// Texts.
    Text,
    /// Points in time.
    Time,
    /// Lists.
    List,
    /// Anything else, such as structures.
    Other,
}

impl ColumnKind {
    /// The kind of a type.
    ///
    /// ```
    /// use passband_lake::table::sql::{ColumnKind, Session};
    /// let session = Session::new()?;
    /// let statements = session.parse("SELECT 1.5 AS a, 'x' AS b, now() AS c, [1] AS d")?;
    /// let schema = session.run(&statements[0])?.schema().clone();
    /// let kinds: Vec<_> = schema.fields().iter().map(|field| ColumnKind::of(field.data_type())).collect();
    /// assert_eq!(kinds, [ColumnKind::Number, ColumnKind::Text, ColumnKind::Time, ColumnKind::List]);
    /// # Ok::<(), passband_signal::Fault>(())
    /// ```
    pub fn of(kind: &DataType) -> Self {
        match kind {
            DataType::Boolean => Self::Number,
            kind if kind.is_numeric() => Self::Number,
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Self::Text,
            DataType::Dictionary(_, values) => Self::of(values),
            DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) => Self::Time,
            DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..) => Self::List,
            _ => Self::Other,
        }
    }
}

/// The numbers of a column; null is NaN. `None` if it holds anything else.
pub fn numbers(column: &ArrayRef) -> Option<Vec<f64>> {
    let of = match ColumnKind::of(column.data_type()) {
        ColumnKind::Number => cast(column, &DataType::Float64).ok()?,
        _ => return None,
    };
    let of = of.as_primitive::<Float64Type>();
    Some(of.iter().map(|value| value.unwrap_or(f64::NAN)).collect())
}

/// The texts of a column. `None` if it holds anything else.
pub fn texts(column: &ArrayRef) -> Option<Vec<Option<String>>> {
    let of = match ColumnKind::of(column.data_type()) {
        ColumnKind::Text => cast(column, &DataType::Utf8).ok()?,
        _ => return None,
    };
    Some(of.as_string::<i32>().iter().map(|text| text.map(str::to_owned)).collect())
}

/// Each list of a column of lists.
fn lists(column: &ArrayRef) -> Option<Vec<Option<ArrayRef>>> {
    match column.data_type() {
        DataType::List(_) => Some(column.as_list::<i32>().iter().collect()),
        DataType::LargeList(_) => Some(column.as_list::<i64>().iter().collect()),
        DataType::FixedSizeList(..) => Some(column.as_fixed_size_list().iter().collect()),
        _ => None,
    }
}

/// The lists of numbers of a column; a null in a list is NaN, a null list is empty. `None` if it holds anything else.
pub fn vectors(column: &ArrayRef) -> Option<Vec<Vec<f32>>> {
    let one = |list: Option<ArrayRef>| {
        let Some(list) = list else { return Some(vec![]) };
        if list.is_empty() {
            return Some(vec![]);
        }
        let list = match ColumnKind::of(list.data_type()) {
            ColumnKind::Number => cast(&list, &DataType::Float32).ok()?,
            _ => return None,
        };
        Some(list.as_primitive::<Float32Type>().iter().map(|value| value.unwrap_or(f32::NAN)).collect())
    };
    lists(column)?.into_iter().map(one).collect()
}

/// The lists of texts of a column; a null list is empty. `None` if it holds anything else.
pub fn text_lists(column: &ArrayRef) -> Option<Vec<Vec<String>>> {
    let one = |list: Option<ArrayRef>| {
        let texts = list.map_or(Some(vec![]), |list| texts(&list))?;
        Some(texts.into_iter().map(Option::unwrap_or_default).collect())
    };
    lists(column)?.into_iter().map(one).collect()
}
