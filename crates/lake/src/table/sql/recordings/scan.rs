//! The plan of a query of recordings: which of them are read, and what is measured.

use super::Measured;
use super::columns::{Columns, Needs, PATH, RECORDING, STREAM};
use super::measure::{Job, measure};
use crate::table::sql::session::Shared;
use async_trait::async_trait;
use datafusion::arrow::array::{Array, ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{DataFusionError, ToDFSchema};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_expr::EquivalenceProperties;
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties};
use passband_flow::config::Value;
use passband_flow::source::recordings::{Playlist, Recordings, Track};
use passband_flow::transform::features::Name;
use passband_signal::Fault;
use std::any::Any;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// Files that EXPLAIN names; of more it tells the number.
const NAMED: usize = 5;

/// The table of a call of `recordings`.
pub struct RecordingsTable {
    pub source: Recordings,
    pub of: Measured,
    pub columns: Arc<Columns>,
    pub shared: Arc<Shared>,
}

impl fmt::Debug for RecordingsTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "recordings({:?})", self.source.path)
    }
}

fn carried(fault: Fault) -> DataFusionError {
    DataFusionError::External(Box::new(fault))
}

impl RecordingsTable {
    /// The recordings that are named, and that these filters let through.
    async fn tracks(&self, state: &dyn Session, filters: &[Expr]) -> Result<Vec<Track>, DataFusionError> {
        let (source, shared) = (self.source.clone(), self.shared.clone());
        let listed = tokio::task::spawn_blocking(move || source.tracks(&shared.control()));
        let listed = listed.await.map_err(|error| DataFusionError::External(Box::new(error)))?;
        let mut tracks = listed.map_err(carried)?;
        tracks.iter().for_each(|track| self.shared.files.note(track.path.as_ref()));
        let [path, stream, number] = [PATH, STREAM, RECORDING].map(|name| self.columns.schema.index_of(name));
        let schema = Arc::new(self.columns.schema.project(&[path?, stream?, number?])?);
        for filter in filters {
            let texts = |of: fn(&Track) -> &str| -> ArrayRef {
                Arc::new(StringArray::from_iter_values(tracks.iter().map(of)))
            };
            let numbers = Int64Array::from_iter_values(tracks.iter().map(|track| track.number));
            let columns = vec![texts(|track| &track.path), texts(|track| &track.name), Arc::new(numbers)];
            let batch = RecordBatch::try_new(schema.clone(), columns)?;
            let test = state.create_physical_expr(filter.clone(), &schema.clone().to_dfschema()?)?;
            let passed = test.evaluate(&batch)?.into_array(batch.num_rows())?;
            let passed = passed.as_any().downcast_ref::<BooleanArray>();
            let passed =
                passed.ok_or_else(|| DataFusionError::Internal("a filter is no condition".into()))?;
            let mut at = 0..;
            tracks.retain(|_| at.next().is_some_and(|at| passed.is_valid(at) && passed.value(at)));
        }
        Ok(tracks)
    }
}

#[async_trait]
impl TableProvider for RecordingsTable {
    fn as_any(&self) -> &dyn Any {
        self
    }
    fn schema(&self) -> SchemaRef {
        self.columns.schema.clone()
    }
    fn table_type(&self) -> TableType {
        TableType::Base
    }

    /// What asks for names alone is answered before anything is decoded.
    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>, DataFusionError> {
        let of_names = |filter: &&Expr| {
            let columns = filter.column_refs();
            let known =
                columns.iter().all(|column| [PATH, STREAM, RECORDING].contains(&column.name.as_str()));
            match known && !filter.is_volatile() {
                true => TableProviderFilterPushDown::Exact,
                false => TableProviderFilterPushDown::Unsupported,
            }
        };
        Ok(filters.iter().map(of_names).collect())
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
        let all: Vec<usize> = (0..self.columns.all.len()).collect();
        let projection = projection.unwrap_or(&all).clone();
        let needs = projection.iter().map(|column| self.columns.all[*column].needs);
        let names = self.of.names(needs.clone());
        let listing = names.is_empty()
            && !self.of.is_of_events()
            && needs.clone().all(|need| matches!(need, Needs::Listing));
        let mut tracks = self.tracks(state, filters).await?;
        if let Some(limit) = limit.filter(|_| listing) {
            tracks.truncate(limit);
        }
        let partitions = match listing {
            true => 1,
            false => state.config().target_partitions().min(tracks.len()).max(1),
        };
        let schema = Arc::new(self.columns.schema.project(&projection)?);
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema.clone()),
            Partitioning::UnknownPartitioning(partitions),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Ok(Arc::new(RecordingsExec {
            tracks: Arc::new(tracks),
            job: Job {
                of: self.of.clone(),
                names,
                listing,
                columns: self.columns.clone(),
                projection: Arc::new(projection),
                schema,
                limit,
                shared: self.shared.clone(),
            },
            rounds: Mutex::default(),
            properties: Arc::new(properties),
        }))
    }
}

/// Reads recordings and measures them, on as many threads as there are partitions.
pub struct RecordingsExec {
    tracks: Arc<Vec<Track>>,
    job: Job,
    /// A playlist for each time that the plan is executed, and by partition how often it was.
    rounds: Mutex<(Vec<Round>, Vec<usize>)>,
    properties: Arc<PlanProperties>,
}

/// What the partitions of one execution share.
#[derive(Clone)]
pub struct Round {
    pub playlist: Playlist,
    pub paths: Arc<Vec<Track>>,
    /// How the partitions ended: how many are still running, how much was measured and refused.
    pub ended: Arc<Mutex<(usize, u64, u64)>>,
}

impl RecordingsExec {
    fn round(&self, partition: usize) -> Round {
        let mut rounds = self.rounds.lock().unwrap_or_else(PoisonError::into_inner);
        let partitions = self.properties.partitioning.partition_count();
        rounds.1.resize(partitions, 0);
        let at = rounds.1[partition];
        rounds.1[partition] += 1;
        while rounds.0.len() <= at {
            let playlist = Playlist::new(self.tracks.to_vec());
            let ended = Arc::new(Mutex::new((partitions, 0, 0)));
            rounds.0.push(Round { playlist, paths: self.tracks.clone(), ended });
        }
        rounds.0[at].clone()
    }

    /// What is measured, for EXPLAIN.
    fn measured(&self) -> String {
        match &self.job.names[..] {
            _ if self.job.of.is_of_events() => "events".into(),
            [] => "nothing".into(),
            names => names.iter().map(Name::written).collect::<Vec<_>>().join(", "),
        }
    }
}

impl fmt::Debug for RecordingsExec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_as(DisplayFormatType::Default, f)
    }
}

impl DisplayAs for RecordingsExec {
    fn fmt_as(&self, kind: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Job { of, limit, .. } = &self.job;
        let named =
            self.tracks.iter().take(NAMED).map(|track| track.path.as_str()).collect::<Vec<_>>().join(", ");
        let more = self.tracks.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(", {more} more") } else { String::new() };
        let mut lines = vec![
            ("measure", self.measured()),
            ("per", of.per.written()),
            ("rate", of.rate.written()),
            ("files", format!("{} [{named}{more}]", self.tracks.len())),
        ];
        lines.extend(limit.map(|limit| ("limit", limit.to_string())));
        let (between, first) = match kind {
            DisplayFormatType::TreeRender => ("\n", ""),
            _ => (", ", "RecordingsExec: "),
        };
        let lines: Vec<String> = lines.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        write!(f, "{first}{}", lines.join(between))
    }
}

impl ExecutionPlan for RecordingsExec {
    fn name(&self) -> &str {
        "RecordingsExec"
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }
    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![]
    }
    fn with_new_children(
        self: Arc<Self>,
        _: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
        Ok(self)
    }
    fn execute(
        &self,
        partition: usize,
        _: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream, DataFusionError> {
        measure(self.job.clone(), self.round(partition))
    }
}
