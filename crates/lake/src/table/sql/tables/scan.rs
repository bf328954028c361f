//! A snapshot of an Iceberg table: planned by Iceberg, read by DataFusion.

use super::fields::ById;
use super::filter::{Bounded, has_nan, predicate};
use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::stats::Precision;
use datafusion::common::{DataFusionError, Statistics};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::object_store::ObjectStoreUrl;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use futures::TryStreamExt;
use iceberg::arrow::schema_to_arrow_schema;
use iceberg::expr::Predicate;
use iceberg::scan::FileScanTask;
use iceberg::spec::DataFileFormat;
use iceberg::table::Table;
use object_store::ObjectMeta;
use object_store::path::Path;
use passband_flow::config::PassedOn;
use passband_flow::store::OpenBucket;
use passband_signal::Fault;
use std::any::Any;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// A table, as it is or as it was.
pub struct IcebergTable {
    table: Table,
    snapshot: Option<i64>,
    schema: SchemaRef,
    store: PassedOn,
}

impl fmt::Debug for IcebergTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.table.identifier())
    }
}

fn carried(fault: Fault) -> DataFusionError {
    DataFusionError::External(Box::new(fault))
}

impl IcebergTable {
    pub fn new(table: Table, snapshot: Option<i64>, store: PassedOn) -> iceberg::Result<Self> {
        let metadata = table.metadata();
        // an old snapshot has the columns that it had
        let own =
            snapshot.and_then(|id| metadata.snapshot_by_id(id)).map(|snapshot| snapshot.schema(metadata));
        let schema = own.transpose()?.unwrap_or_else(|| metadata.current_schema().clone());
        let schema = Arc::new(schema_to_arrow_schema(&schema)?);
        Ok(Self { table, snapshot, schema, store })
    }

    /// The folder of a local table.
    pub fn folder(&self) -> Option<PathBuf> {
        let location = self.table.metadata().location();
        let local = location.strip_prefix("file://").or((!location.contains("://")).then_some(location))?;
        Some(local.into())
    }

    async fn files(&self, predicate: Option<Predicate>) -> Result<Vec<FileScanTask>, DataFusionError> {
        let what = || format!("the files of the table {} cannot be listed", self.table.identifier().name());
        let tell = |error| carried(crate::table::iceberg::fault(what(), error));
        if self.table.metadata().current_snapshot_id().is_none() {
            return Ok(vec![]);
        }
        let mut scan = self.table.scan();
        if let Some(snapshot) = self.snapshot {
            scan = scan.snapshot_id(snapshot);
        }
        if let Some(predicate) = predicate {
            scan = scan.with_filter(predicate);
        }
        let files = scan.build().map_err(tell)?.plan_files().await.map_err(tell)?;
        files.try_collect().await.map_err(tell)
    }

    /// The files as those of one object store.
    fn located(
        &self,
        tasks: &[FileScanTask],
    ) -> Result<(ObjectStoreUrl, Vec<PartitionedFile>), DataFusionError> {
        let mut root: Option<String> = None;
        let mut files = vec![];
        for task in tasks {
            let path = &task.data_file_path;
            if task.data_file_format != DataFileFormat::Parquet {
                return Err(carried(Fault::new(format!(
                    "{path} is not Parquet, and other formats are not supported"
                ))));
            }
            if !task.deletes.is_empty() {
                return Err(carried(
                    Fault::new(format!(
                        "the table {} has rows that were deleted by another engine",
                        self.table.identifier().name()
                    ))
                    .why("delete files are not supported")
                    .fix("rewrite its files there first, such as by CALL system.rewrite_data_files in Spark"),
                ));
            }
            let (own, location) = match path.split_once("://") {
                None => ("file://".to_owned(), Path::from_absolute_path(path)?),
                Some(("file", path)) => ("file://".to_owned(), Path::from_absolute_path(path)?),
                Some((scheme, rest)) => {
                    let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
                    (format!("{scheme}://{bucket}"), Path::parse(key)?)
                }
            };
            if root.as_ref().is_some_and(|root| *root != own) {
                return Err(carried(Fault::new("the files of the table lie in several buckets").why(path)));
            }
            root = Some(own);
            files.push(PartitionedFile::new_from_meta(ObjectMeta {
                location,
                last_modified: Default::default(),
                size: task.file_size_in_bytes,
                e_tag: None,
                version: None,
            }));
        }
        Ok((ObjectStoreUrl::parse(root.as_deref().unwrap_or("file://"))?, files))
    }
}

#[async_trait]
impl TableProvider for IcebergTable {
    fn as_any(&self) -> &dyn Any {
        self
    }
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }
    fn table_type(&self) -> TableType {
        TableType::Base
    }
    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>, DataFusionError> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
        let metadata = self.table.metadata();
        let snapshot =
            self.snapshot.map_or_else(|| metadata.current_snapshot(), |id| metadata.snapshot_by_id(id));
        let committed = snapshot.map(|snapshot| snapshot.schema(metadata)).transpose();
        let what = "the schema of the snapshot cannot be read";
        let committed = committed.map_err(|error| carried(crate::table::iceberg::fault(what, error)))?;
        let committed = committed.unwrap_or_else(|| metadata.current_schema().clone());
        let named = if self.snapshot.is_some() { &committed } else { metadata.current_schema() };
        let columns = Bounded::new(named, &committed, metadata);
        let tasks = self.files(predicate(filters, &columns)).await?;
        let nan = match has_nan(filters, &columns) {
            Some(nan) => !self.files(Some(nan)).await?.is_empty(),
            None => false,
        };
        let rows: Option<u64> = tasks.iter().map(|task| task.record_count).sum();
        let (root, files) = self.located(&tasks)?;
        if !root.as_str().starts_with("file:")
            && let Some(bucket) = OpenBucket::of(root.as_str(), &self.store)
        {
            let bucket = bucket.map_err(carried)?;
            state.runtime_env().register_object_store(root.as_ref(), bucket.client().clone());
        }
        let mut statistics = Statistics::new_unknown(&self.schema);
        statistics.num_rows = rows.map_or(Precision::Absent, |rows| Precision::Exact(rows as usize));
        let partitions = state.config().target_partitions();
        let groups = FileGroup::new(files).split_files(partitions);
        let mut options = state.default_table_options().parquet;
        if nan {
            (options.global.pruning, options.global.enable_page_index) = (false, false);
        }
        let source = ParquetSource::new(TableSchema::from_file_schema(self.schema.clone()));
        let source = source.with_table_parquet_options(options);
        let config = FileScanConfigBuilder::new(root, Arc::new(source))
            .with_file_groups(groups)
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .with_statistics(statistics)
            .with_expr_adapter(Some(Arc::new(ById)))
            .build();
        Ok(DataSourceExec::from_data_source(config))
    }
}
