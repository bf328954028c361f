//! The plan of a window function: its input sorted by time, folded on one thread.

use super::Job;
use super::fold::fold;
use crate::table::sql::session::Shared;
use async_trait::async_trait;
use datafusion::arrow::compute::SortOptions;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::DataFusionError;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{
    Distribution, EquivalenceProperties, LexRequirement, OrderingRequirements, PhysicalSortRequirement,
};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties};
use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// The table of a call of a window function.
pub struct WindowsTable {
    pub job: Arc<Job>,
    pub shared: Arc<Shared>,
}

impl fmt::Debug for WindowsTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.job.window)
    }
}

#[async_trait]
impl TableProvider for WindowsTable {
    fn as_any(&self) -> &dyn Any {
        self
    }
    fn schema(&self) -> SchemaRef {
        self.job.schema.clone()
    }
    fn table_type(&self) -> TableType {
        TableType::Base
    }
    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
        let input = state.create_physical_plan(&self.job.input).await?;
        let all: Vec<usize> = (0..self.job.schema.fields().len()).collect();
        let projection = projection.cloned().unwrap_or(all);
        Ok(Arc::new(WindowsExec::new(input, self.job.clone(), projection.into(), self.shared.clone())?))
    }
}

/// Folds the rows of its input in windows.
pub struct WindowsExec {
    input: Arc<dyn ExecutionPlan>,
    job: Arc<Job>,
    projection: Arc<[usize]>,
    shared: Arc<Shared>,
    properties: Arc<PlanProperties>,
}

impl WindowsExec {
    fn new(
        input: Arc<dyn ExecutionPlan>,
        job: Arc<Job>,
        projection: Arc<[usize]>,
        shared: Arc<Shared>,
    ) -> Result<Self, DataFusionError> {
        let schema = Arc::new(job.schema.project(&projection)?);
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Ok(Self { input, job, projection, shared, properties: Arc::new(properties) })
    }
}

impl fmt::Debug for WindowsExec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_as(DisplayFormatType::Default, f)
    }
}

impl DisplayAs for WindowsExec {
    fn fmt_as(&self, kind: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Job { window, settings, values, measures, .. } = &*self.job;
        let settings: Vec<String> = settings.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let (between, first) = match kind {
            DisplayFormatType::TreeRender => ("\n", ""),
            _ => (", ", "WindowsExec: "),
        };
        let lines = [
            format!("window={window}"),
            settings.join(between),
            format!("values=[{}]", values.join(", ")),
            format!("measures=[{measures}]"),
        ];
        let lines: Vec<String> = lines.into_iter().filter(|line| !line.is_empty()).collect();
        write!(f, "{first}{}", lines.join(between))
    }
}

impl ExecutionPlan for WindowsExec {
    fn name(&self) -> &str {
        "WindowsExec"
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }
    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }
    fn required_input_distribution(&self) -> Vec<Distribution> {
        vec![Distribution::SinglePartition]
    }
    /// The second column is the time: in its order no reading is late.
    fn required_input_ordering(&self) -> Vec<Option<OrderingRequirements>> {
        let schema = self.input.schema();
        let time = Arc::new(Column::new(schema.field(1).name(), 1));
        let options = SortOptions { descending: false, nulls_first: false };
        let requirement = PhysicalSortRequirement::new(time, Some(options));
        vec![LexRequirement::new([requirement]).map(OrderingRequirements::new)]
    }
    fn with_new_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
        let Some(input) = children.pop() else { return Ok(self) };
        Ok(Arc::new(Self::new(input, self.job.clone(), self.projection.clone(), self.shared.clone())?))
    }
    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream, DataFusionError> {
        let rows = self.input.execute(partition, context)?;
        fold(rows, self.job.clone(), self.projection.clone(), &self.shared)
    }
}
