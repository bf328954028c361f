//! Conditions of a query as Iceberg's, by which it passes over files.
//!
//! A condition that has no such form is left out: what is read is filtered again.

use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::InList;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator};
use iceberg::expr::{Predicate, Reference};
use iceberg::spec::{Datum, PrimitiveType, Schema, SchemaRef, TableMetadata, Type};

/// The columns of a query, as the statistics of files know them.
pub struct Bounded<'a> {
    /// With the names of the query.
    schema: &'a Schema,
    /// With the names that the snapshot had when it was committed.
    snapshot: &'a Schema,
    metadata: &'a TableMetadata,
}

impl<'a> Bounded<'a> {
    pub fn new(schema: &'a Schema, snapshot: &'a Schema, metadata: &'a TableMetadata) -> Self {
        Self { schema, snapshot, metadata }
    }

    /// A column and its type, unless the type was promoted: bounds of older files have the former type.
    fn column(&self, name: &str) -> Option<(Reference, &'a Type)> {
        let field = self.schema.field_by_name(name)?;
        let is_same = |schema: &SchemaRef| {
            schema.field_by_id(field.id).is_none_or(|earlier| earlier.field_type == field.field_type)
        };
        let known = self.snapshot.name_by_field_id(field.id)?;
        self.metadata.schemas_iter().all(is_same).then(|| (Reference::new(known), &*field.field_type))
    }
}

/// A condition that holds for files with NaN in one of the floating-point columns of these filters, if there are such
/// columns. The bounds of files and row groups ignore NaN, which a query orders after all numbers.
pub fn has_nan(filters: &[Expr], schema: &Bounded<'_>) -> Option<Predicate> {
    let columns = filters.iter().flat_map(Expr::column_refs);
    let floats = columns.filter_map(|column| {
        let field = schema.schema.field_by_name(&column.name)?;
        let is_float =
            matches!(&*field.field_type, Type::Primitive(PrimitiveType::Float | PrimitiveType::Double));
        Some(Reference::new(schema.snapshot.name_by_field_id(field.id).filter(|_| is_float)?).is_nan())
    });
    floats.reduce(Predicate::or)
}

/// The part of these conditions that can be decided by the statistics of files.
pub fn predicate(filters: &[Expr], schema: &Bounded<'_>) -> Option<Predicate> {
    filters.iter().filter_map(|filter| of(filter, schema)).reduce(Predicate::and)
}

fn of(filter: &Expr, schema: &Bounded<'_>) -> Option<Predicate> {
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
            let (column, kind) = schema.column(&column.name)?;
            let value =
                |one: &Expr| if let Expr::Literal(value, _) = one { datum(kind, value) } else { None };
            let values: Option<Vec<Datum>> = list.iter().map(value).collect();
            Some(column.is_in(values?))
        }
        Expr::IsNotNull(inner) => {
            let Expr::Column(column) = &**inner else { return None };
            let (column, kind) = schema.column(&column.name)?;
            kind.is_primitive().then(|| column.is_not_null())
        }
        _ => None,
    }
}

fn compare(column: &str, op: Operator, value: &ScalarValue, schema: &Bounded<'_>) -> Option<Predicate> {
    let (column, kind) = schema.column(column)?;
    let value = datum(kind, value)?;
    let is_float = matches!(value.data_type(), PrimitiveType::Float | PrimitiveType::Double);
    Some(match op {
        // NaN is greater than every number
        Operator::Gt if is_float => column.clone().greater_than(value).or(column.is_nan()),
        Operator::GtEq if is_float => column.clone().greater_than_or_equal_to(value).or(column.is_nan()),
        Operator::Eq => column.equal_to(value),
        Operator::Lt => column.less_than(value),
        Operator::LtEq => column.less_than_or_equal_to(value),
        Operator::Gt => column.greater_than(value),
        Operator::GtEq => column.greater_than_or_equal_to(value),
        _ => return None,
    })
}

/// A constant as a value of a column; none, where its type is another.
fn datum(kind: &Type, value: &ScalarValue) -> Option<Datum> {
    Some(match (kind.as_primitive_type()?, value) {
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
