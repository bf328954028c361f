//! The columns of a file by their ids: names can be given anew, ids cannot.

use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::common::DataFusionError;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr_adapter::{
    DefaultPhysicalExprAdapterFactory, PhysicalExprAdapter, PhysicalExprAdapterFactory,
};
use datafusion::physical_plan::PhysicalExpr;
use parquet::arrow::PARQUET_FIELD_ID_META_KEY as ID;
use std::sync::Arc;

/// Finds the columns of a table in its files by their ids. A column that a file lacks is null.
#[derive(Debug)]
pub struct ById;

impl PhysicalExprAdapterFactory for ById {
    fn create(
        &self,
        table: SchemaRef,
        file: SchemaRef,
    ) -> Result<Arc<dyn PhysicalExprAdapter>, DataFusionError> {
        let id = |field: &Field| field.metadata().get(ID).cloned();
        let named = |(at, field): (usize, &Arc<Field>)| {
            let own = id(field)?;
            let column = table.fields().iter().find(|column| id(column).as_ref() == Some(&own));
            let name = column.map_or_else(
                || format!("{} (column {at} of the file)", field.name()),
                |column| column.name().clone(),
            );
            Some(field.as_ref().clone().with_name(name))
        };
        // a file without ids was not written by Iceberg: its names are all there is
        let fields: Option<Vec<Field>> = file.fields().iter().enumerate().map(named).collect();
        let renamed = fields.map_or(file.clone(), |fields| Arc::new(Schema::new(fields)));
        let inner = DefaultPhysicalExprAdapterFactory.create(table, renamed)?;
        Ok(Arc::new(Renamed { inner, file }))
    }
}

/// Gives columns the names that they have in the file: the reader finds them by name.
#[derive(Debug)]
struct Renamed {
    inner: Arc<dyn PhysicalExprAdapter>,
    file: SchemaRef,
}

impl PhysicalExprAdapter for Renamed {
    fn rewrite(&self, expr: Arc<dyn PhysicalExpr>) -> Result<Arc<dyn PhysicalExpr>, DataFusionError> {
        let own = |expr: Arc<dyn PhysicalExpr>| {
            let column = expr.as_any().downcast_ref::<Column>();
            let field = column.and_then(|column| Some((column, self.file.fields().get(column.index())?)));
            Ok(match field {
                Some((column, field)) if column.name() != field.name() => {
                    Transformed::yes(Arc::new(Column::new(field.name(), column.index())) as _)
                }
                _ => Transformed::no(expr),
            })
        };
        self.inner.rewrite(expr)?.transform_down(own).data()
    }
}
