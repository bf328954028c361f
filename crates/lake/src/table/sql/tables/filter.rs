//! Conditions of a query as Iceberg's, by which it passes over files.
//!
//! A condition that has no such form is left out: what is read is filtered again.

use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::InList;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator};
use iceberg::expr::{Predicate, Reference};
use iceberg::spec::{Datum, PrimitiveType, Schema};

/// The part of these conditions that can be decided by the statistics of files.
pub fn predicate(filters: &[Expr], schema: &Schema) -> Option<Predicate> {
    filters.iter().filter_map(|filter| of(filter, schema)).reduce(Predicate::and)
}

fn of(filter: &Expr, schema: &Schema) -> Option<Predicate> {
    match filter {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::And, right }) => {
            // half of an AND is weaker than the whole, and so is true where that is
            match (of(left, schema), of(right, schema)) {
                (Some(left), Some(right)) => Some(left.and(right)),
                (one, other) => one.or(other),
            }
        }
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) => {
            Some(of(left, schema)?.or(of(right, schema)?))
        }
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => match (&**left, &**right) {
            (Expr::Column(column), Expr::Literal(value, _)) => compare(&column.name, *op, value, schema),
            (Expr::Literal(value, _), Expr::Column(column)) => {
                compare(&column.name, op.swap()?, value, schema)
            }
            _ => None,
        },
        Expr::InList(InList { expr, list, negated: false }) => {
            let Expr::Column(column) = &**expr else { return None };
            let value = |one: &Expr| {
                if let Expr::Literal(value, _) = one { datum(&column.name, value, schema) } else { None }
            };
            let values: Option<Vec<Datum>> = list.iter().map(value).collect();
            Some(Reference::new(&column.name).is_in(values?))
        }
        Expr::IsNotNull(inner) => {
            let Expr::Column(column) = &**inner else { return None };
            let field = schema.field_by_name(&column.name)?;
            field.field_type.is_primitive().then(|| Reference::new(&column.name).is_not_null())
        }
        _ => None,
    }
}

fn compare(column: &str, op: Operator, value: &ScalarValue, schema: &Schema) -> Option<Predicate> {
    let (column, value) = (Reference::new(column), datum(column, value, schema)?);
    Some(match op {
        Operator::Eq => column.equal_to(value),
        Operator::Lt => column.less_than(value),
        Operator::LtEq => column.less_than_or_equal_to(value),
        Operator::Gt => column.greater_than(value),
        Operator::GtEq => column.greater_than_or_equal_to(value),
        _ => return None,
    })
}

/// A constant as a value of a column; none, where its type is another.
fn datum(column: &str, value: &ScalarValue, schema: &Schema) -> Option<Datum> {
    let kind = schema.field_by_name(column)?.field_type.as_primitive_type()?.clone();
    Some(match (kind, value) {
        (PrimitiveType::Boolean, ScalarValue::Boolean(Some(value))) => Datum::bool(*value),
        (PrimitiveType::Int, ScalarValue::Int32(Some(value))) => Datum::int(*value),
        (PrimitiveType::Long, ScalarValue::Int64(Some(value))) => Datum::long(*value),
        (PrimitiveType::Float, ScalarValue::Float32(Some(value))) if !value.is_nan() => Datum::float(*value),
        (PrimitiveType::Double, ScalarValue::Float64(Some(value))) if !value.is_nan() => {
            Datum::double(*value)
        }
        (PrimitiveType::String, ScalarValue::Utf8(Some(value)) | ScalarValue::Utf8View(Some(value))) => {
            Datum::string(value)
        }
        (PrimitiveType::Date, ScalarValue::Date32(Some(days))) => Datum::date(*days),
        (PrimitiveType::Timestamp, ScalarValue::TimestampMicrosecond(Some(time), None)) => {
            Datum::timestamp_micros(*time)
        }
        (PrimitiveType::Timestamptz, ScalarValue::TimestampMicrosecond(Some(time), Some(_))) => {
            Datum::timestamptz_micros(*time)
        }
        _ => return None,
    })
}
